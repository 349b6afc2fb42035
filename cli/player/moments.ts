/** When the caller breaks in: a script's `at` as a moment of virtual time. */
import type { TurnMoment } from '../../engine/language/script.js';
import { durationOf, wordTimes } from './virtual-voice.js';

/** One sentence of the agent's last reply, fillers left out. `fromMs` once its first frame is under way. */
export interface ReplySentence {
  text: string;
  fromMs?: number;
}

/** Where an `at` falls, or why it cannot. */
export type Moment = { atMs: number } | { problem: string };

/** Words are cut just after their end: the next one has not begun by then. */
const afterWordMs = 10;

/**
 * When an `at` falls. `undefined`: not known yet, time has to go on.
 * @param reply the agent's words since the caller's last act; `complete` when no more will come
 * @param toolStartedMs when the tool of `find_order + 1s` began
 */
export function momentOf(
  at: TurnMoment,
  reply: { sentences: readonly ReplySentence[]; complete: boolean },
  toolStartedMs: (tool: string) => number | undefined,
): Moment | undefined {
  switch (at.kind) {
    case 'tool': {
      const startedMs = toolStartedMs(at.tool);
      return startedMs === undefined ? undefined : { atMs: startedMs + at.afterMs };
    }
    case 'ms': {
      const fromMs = reply.sentences[0]?.fromMs;
      return fromMs === undefined ? undefined : { atMs: fromMs + at.ms };
    }
    case 'word':
      return afterWord(at.n, reply);
    case 'percent': {
      if (!reply.complete) return undefined;
      const wholeMs = reply.sentences.reduce((sum, { text }) => sum + durationOf(text), 0);
      let leftMs = wholeMs * at.share;
      for (const { text, fromMs } of reply.sentences) {
        const lengthMs = durationOf(text);
        if (leftMs <= lengthMs) return fromMs === undefined ? undefined : { atMs: fromMs + leftMs };
        leftMs -= lengthMs;
      }
      return undefined;
    }
  }
}

function afterWord(n: number, reply: { sentences: readonly ReplySentence[]; complete: boolean }): Moment | undefined {
  let before = 0;
  for (const { text, fromMs } of reply.sentences) {
    const words = wordTimes(text);
    if (n <= before + words.length) {
      return fromMs === undefined ? undefined : { atMs: fromMs + words[n - before - 1]!.endMs + afterWordMs };
    }
    before += words.length;
  }
  return reply.complete
    ? { problem: `the agent's words have only ${before} words, so there is no word ${n} to break in after` }
    : undefined;
}

/** The part of a text that was heard, cut at the end of a word. `share` is of its length in time. */
export function heardPart(text: string, share: number): string {
  if (share >= 0.999) return text;
  const untilMs = durationOf(text) * share + 1;
  const words = wordTimes(text).filter(({ endMs }) => endMs <= untilMs);
  return words.map((word) => word.text).join(' ');
}
