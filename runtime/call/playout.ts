/**
 * Audio out: a queue of sentences, sent a little ahead of time, and what the caller has heard of it.
 * A mark is sent after every 100 ms of audio; heard is the last returned mark and at most 100 ms since, never
 * more than was sent. A line without marks, or one that stops answering them, is judged by the clock.
 */
import type { Heard, Out } from '../../engine/contracts.js';
import { frameMs, frameSamples } from '../contracts.js';
import type { Sentence, Step } from './state.js';
import { emptyPlayout } from './state.js';
import { charsAt, wordStart } from './words.js';

const samplesPerMs = 8;
/** Less than this and no full word: nothing was heard. */
const nothingHeardMs = 150;
/** A mark this much later than the clock says: the clock is believed until it comes. */
const markLateMs = 300;

type Words = Extract<Out, { kind: 'words' }>;

/** Puts words at the end of the queue and asks the voice for them. */
export function enqueue(
  step: Step,
  words: Pick<Words, 'id' | 'text' | 'ssml' | 'bargeIn' | 'mustHear'> & { remembered?: boolean },
  own?: 'filler' | 'notice',
): void {
  const { s, now } = step;
  if (words.text.trim() === '') return;
  s.playout.sentences.push(newSentence(step, { ...words, own }));
  const stages = s.asking?.stages;
  if (stages && !own) stages.firstSentence ??= now;
  requestVoice(step);
  schedulePump(step);
}

function newSentence(
  step: Step,
  from: Pick<Sentence, 'id' | 'text' | 'ssml' | 'bargeIn' | 'mustHear' | 'own' | 'before'> & {
    remembered?: boolean;
    voice?: Sentence['voice'];
  },
): Sentence {
  const { s } = step;
  s.sentences += 1;
  return {
    n: s.sentences,
    gen: s.playout.gen,
    id: from.id,
    text: from.text,
    ssml: from.ssml,
    bargeIn: from.bargeIn,
    mustHear: from.mustHear,
    remembered: from.remembered ?? true,
    own: from.own,
    before: from.before,
    voice: from.voice ?? 'main',
    tries: 0,
    samples: 0,
    sent: 0,
    done: false,
    startPosMs: 0,
  };
}

/** One sentence at a time is with the voice: the next is asked for when the former is complete. */
export function requestVoice(step: Step): void {
  const { s, now } = step;
  const next = s.playout.sentences.find((sentence) => !sentence.done);
  if (!next) {
    delete s.due.voice;
    return;
  }
  if (next.requestedMs !== undefined) return;
  next.requestedMs = now;
  next.tries += 1;
  if (!next.own && s.asking) s.asking.stages.ttsRequest ??= now;
  s.due.voice = now + s.manners.voiceFirstByteMs;
  step.emit({
    kind: 'speak',
    sentence: next.n,
    text: next.text,
    ...(next.ssml === undefined ? {} : { ssml: next.ssml }),
    voice: next.voice,
    language: s.listening?.language ?? s.language,
  });
}

export function voiceAudio(step: Step, n: number, samples: number): void {
  const { s, now } = step;
  const sentence = s.playout.sentences.find((one) => one.n === n);
  if (!sentence || sentence.done || samples <= 0) return step.emit({ kind: 'count', name: 'stale_voice' });
  sentence.samples += samples;
  sentence.lastByteMs = now;
  if (!sentence.own && s.asking) s.asking.stages.firstByte ??= now;
  s.due.voice = now + s.manners.voiceGapMs;
  schedulePump(step);
}

export function voiceWords(step: Step, n: number, words: { text: string; startMs: number; endMs: number }[]): void {
  const sentence = step.s.playout.sentences.find((one) => one.n === n);
  if (sentence) sentence.words = [...(sentence.words ?? []), ...words];
}

export function voiceDone(step: Step, n: number): void {
  const { s } = step;
  const sentence = s.playout.sentences.find((one) => one.n === n);
  if (!sentence || sentence.done) return;
  if (sentence.samples === 0) return voiceFailed(step, n, 'gave no audio');
  sentence.done = true;
  s.voiceFailures = 0;
  requestVoice(step);
  schedulePump(step);
}

/**
 * The voice refused or died. Before the first byte the whole sentence is asked for again, after it only what was
 * not sent, each from the other voice; when both failed the sentence is dropped and never counted as said.
 */
export function voiceFailed(step: Step, n: number, problem: string): void {
  const { s } = step;
  const index = s.playout.sentences.findIndex((one) => one.n === n);
  const sentence = s.playout.sentences[index];
  if (!sentence || sentence.done) return;
  step.emit({ kind: 'unspeak', sentences: [n], ...(sentence.samples > 0 ? { keep: true } : {}) });
  step.emit({ kind: 'count', name: 'voice_failed' });
  const last = sentence.tries >= 2;
  step.emit({ kind: 'log', level: 'warn', event: 'voice failed', fields: { problem, again: !last, id: sentence.id } });
  if (sentence.samples === 0 && !last) {
    sentence.requestedMs = undefined;
    sentence.voice = 'fallback';
  } else if (sentence.samples > 0 && !last) {
    // Cut at the last full word that came and go on from there.
    const chars = charsAt({ ...sentence, samples: expectedSamples(sentence) }, sentence.samples / samplesPerMs);
    sentence.done = true;
    const rest = sentence.text.slice(chars).trim();
    if (rest !== '') {
      const whole = sentence.before?.whole ?? sentence.text;
      const continuation = newSentence(step, {
        ...sentence,
        ssml: undefined,
        text: rest,
        voice: 'fallback',
        before: { text: sentence.text.slice(0, chars), chars: (sentence.before?.chars ?? 0) + chars, whole },
      });
      continuation.tries = 1;
      sentence.text = sentence.text.slice(0, chars);
      s.playout.sentences.splice(index + 1, 0, continuation);
    }
  } else {
    sentence.done = true;
    s.voiceFailures += 1;
    // No voice is left: the call ends, and asking for the next sentence would only take time.
    if (s.voiceFailures >= s.manners.voiceFailures) return schedulePump(step);
  }
  requestVoice(step);
  schedulePump(step);
}

/** What the whole sentence would have come to, by its words' times or 15 characters a second. */
function expectedSamples(sentence: Sentence): number {
  return Math.max(sentence.samples, Math.round((sentence.text.length / 15) * 1000 * samplesPerMs));
}

export function voiceSilent(step: Step): void {
  const waiting = step.s.playout.sentences.find((one) => !one.done && one.requestedMs !== undefined);
  if (waiting)
    voiceFailed(step, waiting.n, waiting.samples === 0 ? 'gave no audio in time' : 'stopped in mid-sentence');
}

// ---- Sending --------------------------------------------------------------------------------

/** Sets the next moment at which frames are due; absolute, so that a late tick is made up for. */
export function schedulePump(step: Step): void {
  const { s, now } = step;
  if (s.hold || s.closed !== undefined || !available(step)) {
    delete s.due.pump;
    return;
  }
  s.due.pump = Math.max(now, s.playout.playEndMs - s.manners.leadMs + s.manners.pumpMs);
}

function available(step: Step): boolean {
  const { playout } = step.s;
  const sentence = playout.sentences[playout.cursor];
  if (!sentence) return false;
  return sentence.done || sentence.samples - sentence.sent >= frameSamples;
}

/** Sends what is due: up to the lead. */
export function pump(step: Step): void {
  const { s, now } = step;
  const { playout, manners } = s;
  while (available(step) && playout.playEndMs < now + manners.leadMs) {
    const sentence = playout.sentences[playout.cursor]!;
    if (sentence.sent >= sentence.samples) {
      finishSentence(step, sentence);
      continue;
    }
    if (sentence.sent === 0) begin(step, sentence);
    const to = Math.min(sentence.sent + frameSamples, sentence.samples);
    if (playout.firstSentMs !== undefined && playout.playEndMs < now && sentence.sent > 0) {
      step.emit({ kind: 'count', name: 'underrun' });
    }
    const playAtMs = Math.max(playout.playEndMs, now);
    step.emit({ kind: 'send', sentence: sentence.n, from: sentence.sent, to, playAtMs });
    if (playout.firstSentMs === undefined) {
      playout.firstSentMs = now;
      playout.base = { posMs: playout.sentMs, atMs: now };
      if (!sentence.own && s.asking) s.asking.stages.firstSent ??= now;
    }
    sentence.sent = to;
    playout.sentMs += frameMs;
    playout.playEndMs = playAtMs + frameMs;
    playout.sinceMarkMs += frameMs;
    if (sentence.sent >= sentence.samples && sentence.done) finishSentence(step, sentence);
    else if (playout.sinceMarkMs >= manners.markMs) sendMark(step);
  }
  schedulePump(step);
  watchPlayout(step);
}

function begin(step: Step, sentence: Sentence): void {
  const { s } = step;
  sentence.startPosMs = s.playout.sentMs;
  s.spokeMs ??= step.now;
  step.emit({
    kind: 'notify',
    notice: { kind: 'transcript', who: 'agent', text: sentence.text, final: true, id: sentence.id },
  });
}

function finishSentence(step: Step, sentence: Sentence): void {
  const { playout } = step.s;
  if (sentence.sent === 0) sentence.startPosMs = playout.sentMs;
  playout.cursor += 1;
  if (playout.sinceMarkMs > 0) sendMark(step);
}

function sendMark(step: Step): void {
  const { playout } = step.s;
  playout.sinceMarkMs = 0;
  if (step.s.marksMode === 'clock') return;
  playout.sequence += 1;
  const name = `${String(playout.gen)}:${String(playout.sequence)}`;
  playout.marks.push({ name, posMs: playout.sentMs });
  step.emit({ kind: 'mark', name });
}

/** When the end of the audio, or the next mark, is expected. */
function watchPlayout(step: Step): void {
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

// ---- Heard ----------------------------------------------------------------------------------

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
  if (now > expectedMs + markLateMs && byClock > byMark) {
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

/** What was heard of each piece of the dialog's words: `text` is the whole piece, `share` its heard part, by characters. */
export function ledger(step: Step, heardMs: number): Heard {
  const { sentences, estimated } = step.s.playout;
  const parts: Heard['parts'] = [];
  for (const [i, sentence] of sentences.entries()) {
    if (sentence.own || !sentence.remembered) continue;
    const chars = heardChars(sentence, heardMs);
    const before = parts.at(-1);
    if (sentence.before && before) {
      // One piece of the dialog's words, spoken in two halves.
      if (chars === sentence.text.length) before.share = 1;
      else if (chars > 0) before.share = (sentence.before.chars + chars) / Math.max(1, before.text.length);
      continue;
    }
    const text = sentences[i + 1]?.before?.whole ?? sentence.text;
    parts.push({ id: sentence.id, text, share: Math.min(1, chars / Math.max(1, text.length)) });
  }
  return { parts, estimated };
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
    heard.push(sentence.text.slice(0, chars).trim());
    unheard.push(sentence.text.slice(chars).trim());
  }
  return { heard: joined(heard), unheard: joined(unheard) };
}

function joined(texts: string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

function heardChars(sentence: Sentence, heardMs: number): number {
  if (sentence.sent === 0) return 0;
  const ms = Math.min(heardMs - sentence.startPosMs, sentence.sent / samplesPerMs);
  if (ms <= 0) return 0;
  if (sentence.done && ms >= sentence.samples / samplesPerMs - 1) return sentence.text.length;
  const known = sentence.done ? sentence : { ...sentence, samples: expectedSamples(sentence) };
  const chars = charsAt(known, ms);
  return chars === 0 && ms < nothingHeardMs ? 0 : chars;
}

/** The sentence that is being heard, or will be next. */
export function current(step: Step): Sentence | undefined {
  const { playout } = step.s;
  const pos = heardPosition(step);
  return (
    playout.sentences.find(
      (one, i) => i < playout.cursor && one.sent > 0 && pos < one.startPosMs + one.sent / samplesPerMs,
    ) ?? playout.sentences[playout.cursor]
  );
}

// ---- Cutting and taking up again ------------------------------------------------------------

/** Puts the play head back to `heardMs`, snapped to the beginning of a word, so that sending takes up from there. */
export function rewind(step: Step, heardMs: number): void {
  const { s, now } = step;
  const { playout } = s;
  const index = playout.sentences.findIndex(
    (one) => one.sent > 0 && heardMs < one.startPosMs + Math.ceil(one.sent / frameSamples) * frameMs,
  );
  playout.marks = [];
  playout.sinceMarkMs = 0;
  playout.playEndMs = now;
  if (index >= 0) {
    const sentence = playout.sentences[index]!;
    const startMs = wordStart(sentence, Math.max(0, heardMs - sentence.startPosMs));
    sentence.sent = Math.min(sentence.sent, Math.floor(startMs / frameMs) * frameSamples);
    for (const later of playout.sentences.slice(index + 1)) later.sent = 0;
    playout.cursor = index;
    playout.sentMs = sentence.startPosMs + (sentence.sent / frameSamples) * frameMs;
  }
  playout.base = { posMs: playout.sentMs, atMs: now };
  delete s.due.mark;
  delete s.due.drained;
}

/** Drops every sentence for which `drop` holds, with its request to the voice. */
export function dropSentences(step: Step, drop: (sentence: Sentence, index: number) => boolean): void {
  const { s } = step;
  const gone = s.playout.sentences.filter(drop);
  if (gone.length > 0) step.emit({ kind: 'unspeak', sentences: gone.map((one) => one.n) });
  const kept = s.playout.sentences.filter((one, i) => !drop(one, i));
  s.gen += 1;
  s.playout = { ...emptyPlayout(s.gen, step.now), sentences: kept };
  for (const sentence of kept) {
    sentence.gen = s.gen;
    sentence.sent = 0;
  }
  delete s.due.mark;
  delete s.due.drained;
  delete s.due.pump;
  requestVoice(step);
  schedulePump(step);
}
