/**
 * One utterance taken for two: the caller goes on after the turn was committed, or a tail of it comes late. As long as
 * nothing of the answer was heard, the turn is taken back and the whole is answered once; and the call learns how long
 * this caller pauses within a turn.
 */
import type { EarEvent } from '../contracts.js';
import type { Step } from './state.js';
import { wordsOf } from './words.js';

/** What a turn came of that may be taken back: words, or their absence. */
const takeable = new Set(['utterance', 'not_heard', 'no_input']);
/** A learned pause gets so much more, and moves by this share of what is new. */
const slackMs = 100;
const learning = 0.3;
const forgetting = 0.1;

/** All that was said since before the last turn, where that can be taken back; `text` is what is new. */
export function wholeOf(step: Step, text: string): string | undefined {
  const { s } = step;
  if (s.inbox.length > 0 || !isUnheard(step)) return undefined;
  const { said } = s.asking!;
  return said === undefined || isHeardAnew(step) ? text : `${said} ${text}`;
}

/** The same when the turn is committed: the caller had only paused. */
export function takenBack(step: Step, text: string): string | undefined {
  const whole = wholeOf(step, text);
  if (whole !== undefined && whole !== text) learnPause(step);
  return whole;
}

/** Nothing of the turn's answer was heard or will be, and it did nothing that stays. */
function isUnheard(step: Step): boolean {
  const { s } = step;
  const { asking, playout } = s;
  if (!asking || !takeable.has(asking.input) || asking.usedTool === true || asking.ending === 'failed') return false;
  const parts = s.heard?.parts ?? [];
  // A turn that is over and said nothing has been answered all the same.
  if (playout.sentences.length > 0 || (!asking.running && !asking.aborted && parts.length === 0)) return false;
  const { firstSent } = asking.stages;
  const onsetMs = s.caller.startMs ?? step.now;
  if (firstSent !== undefined && onsetMs > firstSent + s.manners.withdrawMs) return false;
  return parts.every((part) => part.share === 0);
}

/** The turn was committed on an interim transcript, and this is the final one of the same speech. */
function isHeardAnew(step: Step): boolean {
  const { committed, caller } = step.s;
  return (
    committed !== undefined && committed.finalEndMs === undefined && (caller.startMs ?? step.now) < committed.untilMs
  );
}

/** Notes what was committed, so that a late tail of it is known. */
export function afterCommit(step: Step, text: string, untilMs: number): void {
  const { s } = step;
  const last = s.caller.finals.at(-1);
  s.committed = { text, untilMs, ...(last && s.caller.interim === '' ? { finalEndMs: last.endMs } : {}) };
}

/**
 * A final transcript of speech that was committed already: the words of it that are new, or undefined where it says
 * nothing that was not known.
 */
export function lateTail(step: Step, event: Extract<EarEvent, { kind: 'final' }>): string | undefined {
  const { s } = step;
  const text = event.text.trim();
  const { committed } = s;
  // What was dropped on purpose (an echo, "mhm", keys beside it) has no tail.
  if (text === '' || committed?.untilMs !== s.committedUntilMs) return undefined;
  const known = wordsOf(committed.text);
  const words = wordsOf(text);
  if (words.every((word, i) => word === known[known.length - words.length + i])) return undefined;
  // Committed on what might still change: this is how it ended.
  if (committed.finalEndMs === undefined) return s.playout.firstSentMs === undefined ? text : afterWords(text, known);
  return event.startMs >= committed.finalEndMs ? text : undefined;
}

/** What follows `known` in a text that begins with it. */
function afterWords(text: string, known: readonly string[]): string | undefined {
  const words = wordsOf(text);
  if (words.length <= known.length || !known.every((word, i) => words[i] === word)) return undefined;
  const places = [...text.matchAll(/\S+/g)];
  const first = places[known.length];
  return first && places.length === words.length ? text.slice(first.index) : undefined;
}

/** The caller paused for longer than they were given: the next wait is longer. */
function learnPause(step: Step): void {
  const { s } = step;
  if (s.committed === undefined || s.caller.startMs === undefined) return;
  move(step, s.caller.startMs - s.committed.untilMs + slackMs, learning);
}

/** A turn was answered and the caller had nothing to add: the wait goes back towards the state's own. */
export function forgetPause(step: Step): void {
  const { s } = step;
  if (s.pauseMs !== undefined && s.asking?.input === 'utterance') move(step, 0, forgetting);
}

function move(step: Step, towardsMs: number, share: number): void {
  const { s } = step;
  const { minMs, maxMs } = s.listening?.endpointing ?? { minMs: 300, maxMs: 2500 };
  const fromMs = s.pauseMs ?? minMs;
  s.pauseMs = Math.round(Math.min(maxMs, Math.max(minMs, fromMs + share * (towardsMs - fromMs))));
}
