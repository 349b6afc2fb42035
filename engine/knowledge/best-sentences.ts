/** The one or two sentences of a passage that answer a question: what is said when no model words it. */
import { wordsOf } from './words.js';

/** Two sentences longer than this are one too many for the ear. */
const longestCharacters = 240;

/** The sentence that has most of the question's words, with the one it leans on or the one that goes on. */
export function bestSentences(question: string, sentences: readonly string[]): string {
  const asked = wordsOf(question);
  const shared = sentences.map((sentence) => [...wordsOf(sentence)].filter((word) => asked.has(word)).length);
  const at = Math.max(0, shared.indexOf(Math.max(...shared)));
  const best = sentences[at] ?? '';
  const before = leaning.test(best) ? sentences[at - 1] : undefined;
  const both = before === undefined ? [best, sentences[at + 1] ?? ''] : [before, best];
  const text = both.join(' ').trim();
  return text.length <= longestCharacters ? text : best;
}

/** Speaks of what the sentence before named. */
const leaning = /^(?:it|its|they|their|this|these|that|those|then|there|after that|otherwise|he|she)\b/i;
