/** The end of a call: it waits until the words before it were heard or cut. */
import type { Awaited } from './state.js';
import type { Talk } from './talk.js';

/** Ends the call, after the words before it. */
export function endCall(talk: Talk, hangUp: boolean): void {
  if (waitForWords(talk, 'end')) return;
  talk.s.ended = true;
  talk.effect = { kind: 'end', hangUp };
}

/**
 * Waits until the words said so far were heard or cut. False when there is nothing to wait for:
 * go on at once.
 */
export function waitForWords(talk: Talk, awaiting: Awaited): boolean {
  if (!talk.s.unheard || talk.s.gone) return false;
  talk.s.awaiting = awaiting;
  talk.effect = { kind: 'wait', for: 'played' };
  return true;
}
