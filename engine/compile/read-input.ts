import type { FillMove, Input, Understanding } from '../contracts.js';
import { languageHeard } from '../dialog/languages.js';
import type { DialogState, Understand } from '../dialog/seam.js';
import { inside } from '../dialog/state.js';
import type { Agent } from '../language/flow.js';
import type { UnderstandingCache } from './understanding-cache.js';

/** From this confidence on a speculative understanding is taken. */
const wellHeard = 0.8;

/** How a cache knows words that are put in place of the turn before: they are read from where that began. */
export function againKey({ whole }: { whole?: string }): string {
  return whole === undefined ? '' : '\u0000whole';
}

export interface ReadParts {
  agent: Agent;
  state: DialogState;
  /** What was understood ahead of the turn. */
  cache: UnderstandingCache;
  understand: (utterance: Parameters<Understand>[2], stop: AbortSignal) => Promise<Understanding>;
  signal: AbortSignal;
}

/**
 * What the words of a turn mean. Speculation knows no confidence: what was heard well is understood the same, its values
 * a little less surely; what was heard badly is understood anew.
 */
export async function readInput(
  input: Extract<Input, { kind: 'utterance' }>,
  { agent, state, cache, understand, signal }: ReadParts,
): Promise<Understanding> {
  const { text, confidence = 1, language } = input;
  // What was speculated on was read in the language of the talk.
  const isOther = languageHeard(agent, inside(state), { text, language }) !== undefined;
  const of = (isOther ? `\u0000${language ?? ''}` : '') + againKey(input);
  const ask = (key: string, heard?: number): Promise<Understanding> =>
    cache.ask(key + of, signal, (stop) =>
      understand(
        { text, ...(heard !== undefined && { confidence: heard }), ...(language !== undefined && { language }) },
        stop,
      ),
    );
  return confidence >= wellHeard
    ? lessSurely({ ...(await ask(input.rehearsed ?? text)), text }, confidence)
    : ask(`${text}\u0000${String(confidence)}`, confidence);
}

function lessSurely(understanding: Understanding, confidence: number): Understanding {
  if (confidence >= 1) return understanding;
  const lower = (move: FillMove): FillMove => ({
    ...move,
    confidence: Math.round(move.confidence * confidence * 1000) / 1000,
  });
  const moves = understanding.moves.map((move) =>
    move.kind === 'fill' ? lower(move) : move.kind === 'queue' ? { ...move, fills: move.fills.map(lower) } : move,
  );
  return { ...understanding, moves };
}
