/** Small questions about words: what is a backchannel, what is an order to stop, where does a word begin. Pure. */
import type { Listening } from '../../engine/contracts.js';
import type { WordTime } from './events.js';
import type { Sentence } from './state.js';

/** Words as they are compared: lower case, no punctuation. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}'’ -]/gu, ' ')
    .split(/[\s-]+/)
    .filter((word) => word !== '');
}

function holds(words: string[], phrase: string): boolean {
  const wanted = wordsOf(phrase);
  if (wanted.length === 0) return false;
  for (let i = 0; i + wanted.length <= words.length; i++) {
    if (wanted.every((word, k) => words[i + k] === word)) return true;
  }
  return false;
}

/** True when the text has one of the words that always stop the agent. */
export function hasStopWord(text: string, listening: Listening | undefined): boolean {
  const words = wordsOf(text);
  return (listening?.stopWords ?? defaultStopWords).some((phrase) => holds(words, phrase));
}

/** How many words are left when those that never stop the agent ("mhm", "I see") are taken out. */
export function firmWords(text: string, listening: Listening | undefined): number {
  let left = ` ${wordsOf(text).join(' ')} `;
  const soft = (listening?.softWords ?? defaultSoftWords).map((phrase) => wordsOf(phrase).join(' '));
  // Longest first, so that "oh I see" is not left as "oh".
  for (const phrase of soft.sort((a, b) => b.length - a.length)) {
    if (phrase !== '') left = left.replaceAll(` ${phrase} `, ' ').replaceAll(` ${phrase} `, ' ');
  }
  return left.trim() === '' ? 0 : left.trim().split(' ').length;
}

/** True when a soft word is just what the question asks for: "okay" where the state takes okay for an answer. */
export function isAnswer(text: string, listening: Listening | undefined): boolean {
  const said = wordsOf(text).join(' ');
  if (said === '' || !listening) return false;
  return listening.moves.some((move) => move.examples.some((example) => wordsOf(example).join(' ') === said));
}

/** Until the flow says how to listen (the greeting): English. The flow's own lists come with `Listening`. */
const defaultSoftWords = [
  'mhm',
  'mm',
  'mmm',
  'uh',
  'um',
  'uh-huh',
  'hm',
  'okay',
  'ok',
  'right',
  'yeah',
  'i see',
  'ah',
  'oh',
];
const defaultStopWords = ['stop', 'wait', 'hold on', 'no'];

/** Every word in these. */
export const defaultPublicWords: readonly string[] = [...defaultSoftWords, ...defaultStopWords].flatMap(wordsOf);

/** Where each word of a sentence begins in its audio: from the voice if it told, else by characters. */
export function wordTimes(sentence: Sentence): WordTime[] {
  if (sentence.words && sentence.words.length > 0) return sentence.words;
  const totalMs = sentence.samples / 8;
  const length = Math.max(1, sentence.text.length);
  return [...sentence.text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    startMs: (match.index / length) * totalMs,
    endMs: ((match.index + match[0].length) / length) * totalMs,
  }));
}

/** How many characters of the text had been said in full words at `ms`. */
export function charsAt(sentence: Sentence, ms: number): number {
  const spoken = wordTimes(sentence).filter((word) => word.endMs <= ms + 1).length;
  if (spoken === 0) return 0;
  const places = [...sentence.text.matchAll(/\S+/g)];
  // The voice may count words otherwise than the text is written ("19:00" is two): then by share.
  const counted = wordTimes(sentence).length;
  const index = counted === places.length ? spoken : Math.round((spoken / counted) * places.length);
  const last = places[Math.min(index, places.length) - 1];
  return last ? last.index + last[0].length : 0;
}

/** The beginning of the word that was being said at `ms`, at most 300 ms back. */
export function wordStart(sentence: Sentence, ms: number): number {
  let start = 0;
  for (const word of wordTimes(sentence)) if (word.startMs <= ms) start = word.startMs;
  return Math.max(0, Math.max(start, ms - 300));
}
