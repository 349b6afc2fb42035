/** The thread in which Silero runs, for all calls. */
import { answerRequests } from '../worker-thread.js';
import { loadSilero, type SileroModel } from './silero-model.js';

export type VadRequest =
  { kind: 'warm' } | { kind: 'run'; batch: { call: number; frame: Int16Array }[] } | { kind: 'forget'; call: number };

let model: Promise<SileroModel> | undefined;

answerRequests<VadRequest>(async (request): Promise<number[]> => {
  model ??= loadSilero();
  const silero = await model;
  if (request.kind === 'run') return silero.run(request.batch);
  if (request.kind === 'forget') silero.forget(request.call);
  return [];
});
