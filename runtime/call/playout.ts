/**
 * Audio out: a queue of sentences, made by the voice one after the other and sent a little ahead of time, with a mark
 * after every 100 ms. What was heard of it is in heard.ts.
 */
import type { Out } from '../../engine/contracts.js';
import { frameMs, frameSamples } from '../contracts.js';
import type { Sentence, Step } from './state.js';
import { expectedSamples, heardChars, watchPlayout } from './heard.js';
import { isGated } from './protected.js';
import { adoptSentence, sentenceFailed } from './speculation.js';
import { emptyPlayout } from './state.js';
import { charsAt, wordStart } from './words.js';

const samplesPerMs = 8;

type Words = Extract<Out, { kind: 'words' }>;

/** Puts words at the end of the queue and asks the voice for them. */
export function enqueue(
  step: Step,
  words: Pick<Words, 'id' | 'text' | 'ssml' | 'rate' | 'speaker' | 'language' | 'bargeIn' | 'mustHear'> & {
    remembered?: boolean;
  },
  own?: 'filler' | 'notice',
): void {
  const { s, now } = step;
  if (words.text.trim() === '') return;
  const ahead = own ? undefined : adoptSentence(step, words);
  s.playout.sentences.push({ ...newSentence(step, { ...words, own }), ...(ahead && madeOf(ahead)) });
  const stages = s.asking?.stages;
  if (stages && !own) stages.firstSentence ??= now;
  if (stages && ahead) {
    stages.ttsRequest ??= ahead.requestedMs;
    stages.firstByte ??= ahead.firstByteMs;
    if (!ahead.done) s.due.voice = now + (ahead.samples > 0 ? s.manners.voiceGapMs : s.manners.voiceFirstByteMs);
  }
  requestVoice(step);
  schedulePump(step);
}

/** What the voice has made of a sentence so far. */
function madeOf({
  n,
  voice,
  tries,
  samples,
  done,
  words,
  requestedMs,
  firstByteMs,
  lastByteMs,
}: Sentence): Partial<Sentence> {
  return { n, voice, tries, samples, done, words, requestedMs, firstByteMs, lastByteMs };
}

export function newSentence(
  step: Step,
  from: Pick<Sentence, 'id' | 'text' | 'ssml' | 'rate' | 'speaker' | 'bargeIn' | 'mustHear' | 'own' | 'half'> & {
    language?: string;
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
    rate: from.rate,
    speaker: from.speaker,
    language: from.language ?? s.language,
    bargeIn: from.bargeIn,
    mustHear: from.mustHear,
    remembered: from.remembered ?? true,
    own: from.own,
    half: from.half,
    voice: from.voice ?? (s.voiceRefused ? 'fallback' : 'main'),
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
  if (!next.own && s.asking) s.asking.stages.ttsRequest ??= now;
  // After the last try there is nobody left to ask: late is better than never said.
  const tries = next.tries >= 1 ? 2 : 1;
  s.due.voice = now + tries * s.manners.voiceFirstByteMs;
  speak(step, next);
}

/** Gives a sentence to the voice. */
export function speak(step: Step, sentence: Sentence): void {
  const { s, now } = step;
  if (s.voiceRefused) sentence.voice = 'fallback';
  sentence.requestedMs = now;
  sentence.tries += 1;
  step.emit({
    kind: 'speak',
    sentence: sentence.n,
    text: sentence.text,
    ...(sentence.ssml === undefined ? {} : { ssml: sentence.ssml }),
    ...(sentence.rate === undefined ? {} : { rate: sentence.rate }),
    ...(sentence.speaker === undefined ? {} : { speaker: sentence.speaker }),
    voice: sentence.voice,
    language: sentence.language,
  });
}

/** It was asked of the voice, and nobody hears what comes after `usedChars`. */
export function noteWaste(step: Step, sentence: Sentence, usedChars = 0): void {
  const characters = sentence.text.length - usedChars;
  if (sentence.requestedMs === undefined || characters <= 0) return;
  step.emit({ kind: 'wasted', sentence: sentence.n, characters });
}

/** The sentence that the voice speaks of: of the playout, or one made ahead. */
function sentenceOf(step: Step, n: number): Sentence | undefined {
  const { playout, speculation } = step.s;
  return speculation?.sentence?.n === n ? speculation.sentence : playout.sentences.find((one) => one.n === n);
}

export function voiceAudio(step: Step, n: number, samples: number): void {
  const { s, now } = step;
  const sentence = sentenceOf(step, n);
  if (!sentence || sentence.done || samples <= 0) return step.emit({ kind: 'count', name: 'stale_voice' });
  sentence.samples += samples;
  sentence.firstByteMs ??= now;
  sentence.lastByteMs = now;
  if (sentence === s.speculation?.sentence) return;
  if (!sentence.own && s.asking) s.asking.stages.firstByte ??= now;
  s.due.voice = now + s.manners.voiceGapMs;
  // The first sound waits for no timer: a voice that gives all of it at once would keep that from ringing.
  if (s.playout.firstSentMs === undefined && !s.hold) pump(step);
  else schedulePump(step);
}

export function voiceWords(step: Step, n: number, words: { text: string; startMs: number; endMs: number }[]): void {
  const sentence = sentenceOf(step, n);
  if (sentence) sentence.words = [...(sentence.words ?? []), ...words];
}

export function voiceDone(step: Step, n: number): void {
  const { s } = step;
  const sentence = sentenceOf(step, n);
  if (!sentence || sentence.done) return;
  if (sentence.samples === 0) return voiceFailed(step, n, 'gave no audio');
  sentence.done = true;
  if (sentence === s.speculation?.sentence) return;
  s.voiceFailures = 0;
  requestVoice(step);
  schedulePump(step);
}

/**
 * The voice refused or died. Before the first byte the whole sentence is asked for again, after it only what was
 * not sent, each from the other voice; when both failed the sentence is dropped and never counted as said.
 */
export function voiceFailed(step: Step, n: number, problem: string, refused = false): void {
  const { s } = step;
  if (s.speculation?.sentence?.n === n) return sentenceFailed(step);
  const index = s.playout.sentences.findIndex((one) => one.n === n);
  const sentence = s.playout.sentences[index];
  if (!sentence || sentence.done) return;
  if (refused && sentence.voice === 'main') s.voiceRefused = true;
  step.emit({ kind: 'unspeak', sentences: [n], failed: true, ...(sentence.samples > 0 ? { keep: true } : {}) });
  step.emit({ kind: 'count', name: 'voice_failed' });
  const last = sentence.tries >= 2;
  const fields = { problem, voice: sentence.voice, again: !last, id: sentence.id };
  step.emit({ kind: 'log', level: 'warn', event: 'voice failed', fields });
  if (sentence.samples === 0) noteWaste(step, sentence);
  if (sentence.samples === 0 && !last) {
    sentence.requestedMs = undefined;
    sentence.voice = 'fallback';
  } else if (sentence.samples > 0 && !last) {
    // Cut at the last full word that came and go on from there.
    const chars = charsAt({ ...sentence, samples: expectedSamples(sentence) }, sentence.samples / samplesPerMs);
    sentence.done = true;
    const rest = sentence.text.slice(chars).trim();
    noteWaste(step, sentence, chars);
    if (rest !== '') {
      const whole = sentence.text;
      const continuation = newSentence(step, {
        ...sentence,
        ssml: undefined,
        text: rest,
        voice: 'fallback',
        half: { nth: 2, chars, whole },
      });
      continuation.tries = 1;
      sentence.text = whole.slice(0, chars);
      sentence.half = { nth: 1, chars: 0, whole };
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

export function voiceSilent(step: Step): void {
  const waiting = step.s.playout.sentences.find((one) => !one.done && one.requestedMs !== undefined);
  if (waiting)
    voiceFailed(step, waiting.n, waiting.samples === 0 ? 'gave no audio in time' : 'stopped in mid-sentence');
}

// ---- Sending --------------------------------------------------------------------------------

/** Sets the next moment at which frames are due; absolute, so that a late tick is made up for. */
export function schedulePump(step: Step): void {
  const { s, now } = step;
  if (s.hold || s.closed !== undefined || !available(step) || isGated(step)) {
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
  while (available(step) && !isGated(step) && playout.playEndMs < now + manners.leadMs) {
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
    delete sentence.waits;
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
    backToWord(sentence, heardMs);
    for (const later of playout.sentences.slice(index + 1)) later.sent = 0;
    playout.cursor = index;
    playout.sentMs = sentence.startPosMs + (sentence.sent / frameSamples) * frameMs;
  }
  playout.base = { posMs: playout.sentMs, atMs: now };
  delete s.due.mark;
  delete s.due.drained;
}

function backToWord(sentence: Sentence, heardMs: number): void {
  const startMs = wordStart(sentence, Math.max(0, heardMs - sentence.startPosMs));
  sentence.sent = Math.min(sentence.sent, Math.floor(startMs / frameMs) * frameSamples);
}

/** As it was heard up to `heardMs` it stands in the record; what is left of it is said from the beginning of a word. */
export function backTo(sentence: Sentence, heardMs: number): void {
  if (sentence.sent === 0) return;
  sentence.noted = heardChars(sentence, heardMs);
  backToWord(sentence, heardMs);
  sentence.startPosMs = -(sentence.sent / frameSamples) * frameMs;
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
  }
  delete s.due.mark;
  delete s.due.drained;
  delete s.due.pump;
  requestVoice(step);
  schedulePump(step);
}
