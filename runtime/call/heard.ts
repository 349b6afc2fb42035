/**
 * What the caller has heard of what was sent. Heard is the last returned mark and at most 100 ms since, never past a
 * mark that is not back; a line without marks, or one that stops answering them, is judged by the clock.
 */
import type { Heard } from '../../engine/contracts.js';
import { frameMs } from '../contracts.js';
import type { Sentence, Step } from './state.js';
import { charsAt } from './words.js';

const samplesPerMs = 8;
/** Less than this and no full word: nothing was heard. */
const nothingHeardMs = 150;

/** When the end of the audio, or the next mark, is expected. */
export function watchPlayout(step: Step): void {
  const { s } = step;
  const { playout } = s;
  const oldest = playout.marks[0];
  if (oldest) s.due.mark = playout.playEndMs - (playout.sentMs - oldest.posMs) + s.manners.markOverdueMs;
  else delete s.due.mark;
  if (s.marksMode === 'clock' && playout.sentences.length > 0) {
    // The first-heard stamp and the end, by the clock.
    const next = playout.firstHeardMs === undefined ? playout.firstSentMs : playout.playEndMs;
    if (next !== undefined) s.due.drained = next;
  } else delete s.due.drained;
}

/** A mark came back. Names that are not outstanding (cleared, or of an older playout) move nothing. */
export function markReturned(step: Step, name: string): void {
  const { s, now } = step;
  const { playout } = s;
  const index = playout.marks.findIndex((mark) => mark.name === name);
  if (index < 0) return step.emit({ kind: 'count', name: 'fenced_mark' });
  const mark = playout.marks[index]!;
  playout.marks.splice(0, index + 1);
  playout.base = { posMs: mark.posMs, atMs: now };
  firstHeard(step, now - Math.min(mark.posMs, s.manners.markMs));
  watchPlayout(step);
}

function firstHeard(step: Step, atMs: number): void {
  const { s } = step;
  if (s.playout.firstHeardMs !== undefined) return;
  s.playout.firstHeardMs = Math.max(atMs, s.playout.firstSentMs ?? atMs);
  if (s.asking && s.playout.sentences.some((sentence) => !sentence.own)) {
    s.asking.stages.firstHeard ??= s.playout.firstHeardMs;
  }
}

/** No mark for too long: from now on, in this call, the clock says what was heard. */
export function marksOverdue(step: Step): void {
  const { s } = step;
  s.marksMode = 'clock';
  s.playout.marks = [];
  s.playout.estimated = true;
  step.emit({ kind: 'log', level: 'warn', event: 'marks overdue', fields: { heard: 'estimated' } });
  clockPassed(step);
}

export function clockPassed(step: Step): void {
  const { s } = step;
  if (s.playout.firstSentMs !== undefined) firstHeard(step, s.playout.firstSentMs);
  watchPlayout(step);
  if (s.due.drained !== undefined && s.due.drained <= step.now) delete s.due.drained;
}

/** The position up to which the caller has heard this playout, milliseconds. */
export function heardPosition(step: Step): number {
  const { s, now } = step;
  const { playout } = s;
  if (playout.firstSentMs === undefined) return 0;
  const byClock = Math.max(0, playout.sentMs - Math.max(0, playout.playEndMs - now));
  if (s.marksMode === 'clock') {
    playout.estimated = true;
    return byClock;
  }
  const oldest = playout.marks[0];
  // Not past a mark that is not back: the end counts as heard only when its mark says so.
  const most = oldest ? Math.max(playout.base.posMs, oldest.posMs - frameMs) : playout.sentMs;
  const byMark = Math.min(playout.base.posMs + Math.min(now - playout.base.atMs, s.manners.markMs), most);
  const expectedMs = oldest ? playout.playEndMs - (playout.sentMs - oldest.posMs) : Infinity;
  if (now > expectedMs + s.manners.markLateMs && byClock > byMark) {
    playout.estimated = true;
    return byClock;
  }
  return byMark;
}

/** True when nothing is left to send and everything sent was heard. */
export function isDrained(step: Step): boolean {
  const { s, now } = step;
  const { playout } = s;
  if (playout.cursor < playout.sentences.length || s.hold) return false;
  if (playout.firstSentMs === undefined) return true;
  return s.marksMode === 'clock' ? now >= playout.playEndMs : playout.marks.length === 0;
}

/**
 * What was heard of each piece of the dialog's words, after what was told of them before: `text` is the whole piece,
 * `share` its heard part, by characters.
 */
export function ledger(step: Step, heardMs: number): Heard {
  const { s } = step;
  const parts = [...(s.heard?.parts ?? [])];
  for (const sentence of s.playout.sentences) {
    if (sentence.own || !sentence.remembered) continue;
    const chars = heardChars(sentence, heardMs);
    const { id, half } = sentence;
    const text = half?.whole ?? sentence.text;
    const share = Math.min(1, ((half?.chars ?? 0) + chars) / Math.max(1, text.length));
    // One piece of the dialog's words, spoken in two halves; the first may have been told of when it was cut.
    const first = half?.nth === 2 ? parts.findLastIndex((one) => one.id === id && one.text === text) : -1;
    if (first < 0) parts.push({ id, text, share });
    else if (chars > 0) parts[first] = { id, text, share: chars === sentence.text.length ? 1 : share };
  }
  return { parts, estimated: s.playout.estimated || s.heard?.estimated === true };
}

/** What is being played, up to the word that is just said. */
export function playedText(step: Step): string {
  const { s } = step;
  const untilMs = (s.hold?.heardMs ?? heardPosition(step)) + s.manners.markMs;
  const texts = s.playout.sentences.map((sentence) => {
    const chars = heardChars(sentence, untilMs);
    const rest = sentence.sent > 0 ? (/^\s*\S+/.exec(sentence.text.slice(chars))?.[0] ?? '') : '';
    return sentence.text.slice(0, chars) + rest;
  });
  return joined(texts);
}

/** The words that were heard, and those that were not, for the record. */
export function heardText(step: Step, heardMs: number): { heard: string; unheard: string } {
  const heard: string[] = [];
  const unheard: string[] = [];
  const { sentences } = step.s.playout;
  const dialogs = sentences.some((one) => !one.own);
  for (const sentence of sentences) {
    if (dialogs && sentence.own) continue;
    const chars = heardChars(sentence, heardMs);
    heard.push(sentence.text.slice(sentence.noted ?? 0, chars).trim());
    unheard.push(sentence.text.slice(chars).trim());
  }
  return { heard: joined(heard), unheard: joined(unheard) };
}

function joined(texts: string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

export function heardChars(sentence: Sentence, heardMs: number): number {
  if (sentence.sent === 0) return 0;
  const ms = Math.min(heardMs - sentence.startPosMs, sentence.sent / samplesPerMs);
  if (ms <= 0) return 0;
  if (sentence.done && ms >= sentence.samples / samplesPerMs - 1) return sentence.text.length;
  const known = sentence.done ? sentence : { ...sentence, samples: expectedSamples(sentence) };
  const chars = charsAt(known, ms);
  return chars === 0 && ms < nothingHeardMs ? 0 : chars;
}

/** The sentence that is being heard, or will be next. */
export function current(step: Step, pos = heardPosition(step)): Sentence | undefined {
  const { playout } = step.s;
  return (
    playout.sentences.find(
      (one, i) => i < playout.cursor && one.sent > 0 && pos < one.startPosMs + one.sent / samplesPerMs,
    ) ?? playout.sentences[playout.cursor]
  );
}

/** What the whole sentence would have come to, by its words' times or 15 characters a second. */
export function expectedSamples(sentence: Sentence): number {
  return Math.max(sentence.samples, Math.round((sentence.text.length / 15) * 1000 * samplesPerMs));
}
