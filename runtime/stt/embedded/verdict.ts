/** Whether what the recogniser made of an utterance was really said, and how surely. Pure. */
import type { AlignedWord } from './recogniser.js';

/** Time on garbage over time on words above which an utterance is taken for something else. */
const mostGarbage = 0.34;
/** Noise around speech lands on garbage: so much of it does not count at either end. */
const freeEdgeS = 0.4;

export interface Verdict {
  /** Empty when rejected. */
  text: string;
  words: AlignedWord[];
  /** (1 - garbage share) x geometric mean of the words' own probabilities. */
  confidence: number;
}

export const isGarbage = (word: string): boolean => word.startsWith('g_');

export function judge(aligned: readonly AlignedWord[]): Verdict {
  const words = aligned.filter(({ word }) => !isGarbage(word));
  const first = aligned.findIndex(({ word }) => !isGarbage(word));
  if (first === -1) return { text: '', words: [], confidence: 0 };
  const last = aligned.findLastIndex(({ word }) => !isGarbage(word));
  const garbageS = (from: number, to: number): number =>
    aligned.slice(from, to).reduce((sum, { word, lengthS }) => sum + (isGarbage(word) ? lengthS : 0), 0);
  const garbage =
    Math.max(0, garbageS(0, first) - freeEdgeS) +
    garbageS(first, last) +
    Math.max(0, garbageS(last, aligned.length) - freeEdgeS);
  const speech = words.reduce((sum, { lengthS }) => sum + lengthS, 0);
  const mean = Math.exp(words.reduce((sum, { p }) => sum + Math.log(Math.max(p, 1e-6)), 0) / words.length);
  const confidence = Math.min(1, (1 - garbage / (garbage + speech)) * mean);
  if (garbage / speech > mostGarbage) return { text: '', words: [], confidence };
  return { text: words.map(({ word }) => word).join(' '), words, confidence };
}

/** The words of an unfinished utterance, if most of it is words: a garbage word is a phone, a fifth of a word. */
export function interimText(words: readonly string[]): string {
  const real = words.filter((word) => !isGarbage(word));
  return (words.length - real.length) / 5 > real.length * mostGarbage ? '' : real.join(' ');
}
