/**
 * Working ahead: while the caller may be about to finish, the dialog rehearses the turn (it is understood, a model
 * begins to answer) and the voice makes the first sentence. Nothing of it has an effect and nothing is sent. When the
 * turn is committed with the same words at the same place, what was made is adopted; anything else is dropped.
 */
import type { Out } from '../../engine/contracts.js';
import type { Queued, Sentence, Step } from './state.js';
import { saidSoFar } from './caller-turn.js';
import { wholeOf } from './merging.js';
import { newSentence, noteWaste, speak } from './playout.js';

type Words = Extract<Out, { kind: 'words' }>;

/**
 * An interim transcript came. In a pause it may be all, if it reaches to the end of the speech; else when it stands for a
 * moment, since words follow most interims.
 */
export function wordsCame(step: Step): void {
  const { caller, manners } = step.s;
  const isPause = !caller.speaking && caller.endMs !== undefined;
  if (hasReadAll(step)) rehearse(step);
  else rehearseIn(step, isPause ? manners.readMs : manners.stableMs);
}

/** The caller has paused. What was not read yet is on its way: a rehearsal without it would be for nothing. */
export function pauseCame(step: Step): void {
  const { interim, ended } = step.s.caller;
  if (interim === '' || ended || hasReadAll(step)) rehearse(step);
  else rehearseIn(step, step.s.manners.readMs);
}

function hasReadAll({ s: { caller } }: Step): boolean {
  return !caller.speaking && caller.endMs !== undefined && (caller.readMs ?? 0) >= caller.endMs;
}

function rehearseIn(step: Step, forMs: number): void {
  const { s, now } = step;
  if (s.speculation?.key !== keyOf(saidSoFar(step))) discard(step);
  if (mayRehearse(step)) s.due.rehearse = now + forMs;
}

/** The caller speaks on. */
export function discardUnlessAdopted(step: Step): void {
  if (!step.s.speculation?.adopted) discard(step);
}

/** The caller has paused, or what they said has stood for a moment. */
export function rehearse(step: Step): void {
  const { s } = step;
  delete s.due.rehearse;
  const said = saidSoFar(step);
  const key = keyOf(said);
  if (key === '' || key === s.speculation?.key) return;
  discard(step);
  if (!mayRehearse(step)) return;
  const whole = wholeOf(step, said);
  const text = whole ?? said;
  s.caller.rehearsals += 1;
  s.rehearsals += 1;
  s.speculation = { n: s.rehearsals, key, text, position: s.listening?.position ?? '' };
  step.emit({ kind: 'count', name: 'speculations' });
  step.emit({
    kind: 'rehearse',
    n: s.rehearsals,
    said: { text, ...(whole === undefined ? {} : { whole }), ...(s.heard ? { heard: s.heard } : {}) },
  });
}

/** Only where the dialog stands still and waits for just this. */
function mayRehearse(step: Step): boolean {
  const { s, now } = step;
  const { asking, caller, manners } = s;
  return (
    s.rehearses &&
    asking?.running === false &&
    asking.ending === 'listen' &&
    s.playout.sentences.length === 0 &&
    s.inbox.length === 0 &&
    s.keys.digits === '' &&
    s.ending === undefined &&
    s.listening?.secret !== true &&
    // The last one is for a pause: words still follow most interim transcripts.
    caller.rehearsals < manners.rehearsals - (caller.speaking ? 1 : 0) &&
    now - (caller.startMs ?? now) <= manners.rehearseWithinMs
  );
}

/** The rehearsal gave words: the voice makes the first sentence of them. After a guess, of the right ones. */
export function rehearsed(step: Step, n: number, words: Words & { guess?: true }): void {
  const { s } = step;
  const { speculation } = s;
  if (speculation?.n !== n || s.asking?.running) return step.emit({ kind: 'count', name: 'stale_rehearsals' });
  if (words.text.trim() === '') return;
  const { sentence } = speculation;
  if (sentence) {
    if (!speculation.guess || words.guess) return;
    delete speculation.guess;
    if (isSame(step, sentence, words)) return;
    dropSentence(step, sentence);
  }
  speculation.sentence = newSentence(step, words);
  if (words.guess) speculation.guess = true;
  else delete speculation.guess;
  speak(step, speculation.sentence);
}

/** A turn is asked for: is it the one that was rehearsed? Returns what was, in its own spelling. */
export function adopt(step: Step, queued: Queued): string | undefined {
  const { s } = step;
  const { speculation } = s;
  delete s.due.rehearse;
  if (!speculation) return undefined;
  const same =
    queued.kind === 'utterance' &&
    keyOf(queued.whole ?? queued.text) === keyOf(speculation.text) &&
    speculation.position === (s.listening?.position ?? '');
  if (!same) {
    discard(step);
    return undefined;
  }
  step.emit({ kind: 'count', name: 'speculations_adopted' });
  if (speculation.sentence) speculation.adopted = true;
  else delete s.speculation;
  return speculation.text;
}

/** The turn's first words have come: the sentence that was made ahead, if it is this one. */
export function adoptSentence(
  step: Step,
  words: Pick<Words, 'text' | 'ssml' | 'rate' | 'speaker' | 'language'>,
): Sentence | undefined {
  const { s } = step;
  const ahead = s.speculation?.sentence;
  delete s.speculation;
  if (!ahead) return undefined;
  const inOrder = s.playout.sentences.every(({ n }) => n < ahead.n);
  if (inOrder && isSame(step, ahead, words)) {
    step.emit({ kind: 'count', name: 'speculated_sentences_adopted' });
    return ahead;
  }
  dropSentence(step, ahead);
  return undefined;
}

function isSame(
  { s }: Step,
  ahead: Sentence,
  { text, ssml, rate, speaker, language = s.language }: Parameters<typeof adoptSentence>[1],
): boolean {
  const sounds = ahead.text === text && ahead.ssml === ssml && ahead.rate === rate && ahead.speaker === speaker;
  return sounds && ahead.language === language;
}

/** It was for nothing: stopped in this very tick, and never heard, whatever becomes of the stopping. */
export function discard(step: Step): void {
  const { s } = step;
  delete s.due.rehearse;
  const { speculation } = s;
  if (!speculation) return;
  delete s.speculation;
  if (!speculation.adopted) {
    step.emit({ kind: 'count', name: 'speculations_wasted' });
    step.emit({ kind: 'forget', n: speculation.n });
  }
  if (speculation.sentence) dropSentence(step, speculation.sentence);
}

/** The voice could not say it ahead of time: the turn asks again. */
export function sentenceFailed(step: Step): void {
  const { speculation } = step.s;
  if (!speculation?.sentence) return;
  dropSentence(step, speculation.sentence, { failed: true });
  delete speculation.sentence;
}

function dropSentence(step: Step, sentence: Sentence, why: { failed?: true } = {}): void {
  step.emit({ kind: 'count', name: 'speculated_sentences_wasted' });
  noteWaste(step, sentence);
  step.emit({ kind: 'unspeak', sentences: [sentence.n], ...why });
}

/** The same words, however they are written: interims lack the commas and capitals of finals. */
export function keyOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[.,!?;:…]+(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
