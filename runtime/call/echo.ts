/**
 * The agent's own first words, come back by a loudspeaker that nobody has cancelled yet: no interruption and no turn.
 * Only in the first seconds of the call's first speech, and only of what was played by then; later a caller may well
 * repeat what was said, unless they are as soft as an echo.
 */
import { inOrder } from './in-order.js';
import type { Step } from './state.js';
import { playedText } from './heard.js';
import { hasStopWord, wordsOf } from './words.js';

const firstMs = 3000;
/** So much of what was heard is what was played, in order. */
const likeness = 0.8;

/** 12 dB below the agent: callers are louder, what a telephone lets through of its loudspeaker is softer. */
const faintLoudness = 0.25;
/** A line that was caught echoing is held to so much more than what it echoed, but never to all of the agent's level. */
const aboveEcho = 1.5;
const mostFaint = 0.8;

/** The line's gate: softer than this beside the agent's own sound is taken for its echo until words tell otherwise. */
export function gateOf({ s }: Pick<Step, 's'>): number {
  return s.manners.suppressEcho ? Math.min(mostFaint, Math.max(faintLoudness, s.echo * aboveEcho)) : 0;
}

/** Speech began, so loud beside the agent. */
export function noteLoudness(step: Step, loudness: number | undefined): void {
  const { caller } = step.s;
  if (loudness === undefined) return;
  caller.loudness = loudness;
  caller.faint = loudness < gateOf(step);
}

/** The agent fell silent for a sound in which nobody said anything: the line may have an echo as loud as that. */
export function suspectEcho({ s }: Step, loudness: number | undefined): void {
  if (loudness !== undefined && loudness < mostFaint) s.echo = Math.max(s.echo, loudness);
}

/** What is heard now is compared with what is played. */
export function mayBeEcho({ s, now }: Pick<Step, 's' | 'now'>): boolean {
  if (!s.manners.suppressEcho || s.spokeMs === undefined) return false;
  return (s.caller.segmentMs ?? now) <= s.spokeMs + firstMs || s.caller.faint;
}

/** True for words that are an echo; they are counted when `final`. */
export function isEcho(step: Step, text: string, final: boolean): boolean {
  const { s } = step;
  if (!mayBeEcho(step)) return false;
  const heard = wordsOf(text);
  // One word is no evidence: "hello" answers "hello". While more may come it is only not yet a reason to give way.
  if (heard.length < (final ? 2 : 1) || hasStopWord(text, s.listening)) return false;
  if (inOrder(heard, wordsOf(playedText(step))).size < likeness * heard.length) return false;
  if (final) step.emit({ kind: 'count', name: 'echo_suppressed' });
  return true;
}
