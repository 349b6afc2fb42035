/**
 * Does what was said sound finished? A turn model says so within its budget, where the call has one; without it the
 * last words tell: nobody ends a turn with "and my". What sounds unfinished gets the state's longest wait.
 */
import type { Step } from './state.js';
import { saidSoFar } from './caller-turn.js';
import { isAnswer, wordsOf } from './words.js';

/** Asks the turn model, once for each text. */
export function judge(step: Step): void {
  const { s, now } = step;
  const text = saidSoFar(step);
  if (!s.hasTurnModel || text === '' || s.caller.judged?.text === text) return;
  const n = (s.judgements += 1);
  s.caller.judged = { n, text };
  s.due.judge = now + s.manners.judgeMs;
  step.emit({ kind: 'judge', n, text, language: languageOf(step) });
}

/** The model's verdict; one that comes too late, or is about other words, is not looked at. */
export function judged(step: Step, n: number, complete: boolean): boolean {
  const { s } = step;
  if (s.caller.judged?.n !== n || s.due.judge === undefined) {
    step.emit({ kind: 'count', name: 'late_judgements' });
    return false;
  }
  delete s.due.judge;
  s.caller.judged = { ...s.caller.judged, complete };
  return true;
}

/** The model took too long: unknown. */
export function judgeOverdue(step: Step): void {
  step.emit({ kind: 'log', level: 'warn', event: 'turn model too slow' });
}

/** True where the caller is taken to go on after what was said. */
export function soundsUnfinished(step: Step): boolean {
  const { s } = step;
  if (s.hasTurnModel) return s.caller.judged?.complete === false;
  const text = saidSoFar(step);
  return !isAnswer(text, s.listening) && isOpenEnded(text, languageOf(step));
}

function languageOf(step: Step): string {
  const { s } = step;
  return s.caller.language ?? s.listening?.language ?? s.language;
}

interface OpenEnds {
  /** A sound of thinking, whatever is before it. */
  thinking: readonly string[];
  /** Never the last word of more than one. */
  never: readonly string[];
  /** Not the last words unless the sentence is a question ("who is it for"). */
  seldom: readonly string[];
  questions: RegExp;
  /** Beginnings without what they begin. */
  begun: RegExp;
}

const openEnds: Readonly<Record<string, OpenEnds>> = {
  en: {
    thinking: ['um', 'uh', 'erm', 'er', 'uhm'],
    never: ['and', 'or', 'but', 'because', 'if', 'the', 'a', 'an', 'my', 'your', 'our', 'their', 'than'],
    seldom: ['for', 'with', 'from', 'of', 'at'],
    questions: /\b(what|who|where|which|when|how|whose|why)\b/,
    begun: /(^|\s)(i'd like to|i would like to|i want to|i need to|can you|could you|my \S+ is|it's for)$/,
  },
  es: {
    thinking: ['eh', 'em', 'mmm'],
    never: ['y', 'o', 'pero', 'porque', 'el', 'la', 'los', 'las', 'un', 'una', 'mi', 'su', 'de', 'del', 'para', 'con'],
    seldom: ['en', 'a', 'por', 'que'],
    questions: /\b(qué|quién|dónde|cuál|cuándo|cómo)\b/,
    begun: /(^|\s)(quiero|quisiera|me gustaría|necesito|puede|mi \S+ es)$/,
  },
};

/** Words by which an end is judged. */
export const openEndWords: ReadonlySet<string> = new Set(
  Object.values(openEnds).flatMap(({ thinking, never, seldom, questions, begun }) => [
    ...thinking,
    ...never,
    ...seldom,
    ...`${questions.source} ${begun.source} don't do not didn't no yes yeah sure sí`.match(/[\p{L}']+/gu)!,
  ]),
);

/** By its last words alone. */
export function isOpenEnded(text: string, language: string): boolean {
  const ends = openEnds[language.slice(0, 2)];
  const words = wordsOf(text);
  const last = words.at(-1);
  // A question mark was heard by somebody who listens to more than words.
  if (!ends || last === undefined || /[?!]\s*$/.test(text)) return false;
  if (ends.thinking.includes(last)) return true;
  if (words.length < 2) return false;
  const said = words.join(' ');
  if (ends.never.includes(last)) return true;
  // "Yes, I'd like to" and "I don't want to" are whole.
  if (ends.begun.test(said)) return !/\b(don't|do not|didn't|no|yes|yeah|sure|sí)\b/.test(said);
  return ends.seldom.includes(last) && !ends.questions.test(said);
}
