/** The thread in which Silero runs, for all calls. */
import { answerRequests } from '../worker-thread.js';
import { loadSilero, type SileroBatch, type SileroModel } from './silero-model.js';

export type VadRequest = { kind: 'warm' } | ({ kind: 'run' } & SileroBatch) | { kind: 'forget'; call: number };

let model: Promise<SileroModel> | undefined;

answerRequests<VadRequest>(async (request): Promise<Float32Array> => {
  model ??= loadSilero();
  const silero = await model;
  if (request.kind === 'run') return silero.run(request);
  if (request.kind === 'forget') silero.forget(request.call);
  return new Float32Array();
});
