import type { Stages } from '../call/events.js';

/** In the order in which they happen; what is named is what happened last. */
const order = [
  ['final', 'final'],
  ['decision', 'decision'],
  ['route', 'route'],
  ['firstToken', 'first_token'],
  ['firstSentence', 'first_sentence'],
  ['ttsRequest', 'tts_request'],
  ['firstByte', 'first_byte'],
  ['firstSent', 'first_sent'],
  ['firstHeard', 'first_heard'],
] as const satisfies readonly (readonly [keyof Stages, string])[];

export interface StageLength {
  stage: (typeof order)[number][1] | 'gap';
  fromMs: number;
  ms: number;
}

/**
 * How long each stage of an answer took: from the stage before it that is known. What was worked out ahead of the
 * decision took no time of its own. The stages add up to `gap`, which is there when a caller spoke and was answered.
 */
export function stageLengths(stages: Stages): StageLength[] {
  const beganMs = stages.speechEnd ?? stages.final ?? stages.decision;
  if (beganMs === undefined) return [];
  let lastMs = beganMs;
  const lengths: StageLength[] = [];
  for (const [key, stage] of order) {
    const atMs = stages[key];
    if (atMs === undefined || (stages.speechEnd === undefined && atMs === beganMs)) continue;
    const ms = Math.max(0, atMs - lastMs);
    lengths.push({ stage, fromMs: lastMs, ms });
    lastMs += ms;
  }
  if (stages.speechEnd !== undefined && stages.firstHeard !== undefined)
    lengths.push({ stage: 'gap', fromMs: beganMs, ms: lastMs - beganMs });
  return lengths;
}
