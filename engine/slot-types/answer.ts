import type { Token } from './normalise.js';
import { fillers } from './normalise.js';

const aroundAnswers = new Set([
  'it', "it's", 'its', 'is', "i'd", "i'll", 'i', 'would', 'want', 'need', 'have', 'take', 'the', 'a', 'an', 'that', "that's",
  'thats', 'that’s', 'my', 'make', 'for', 'at', 'on', 'in', 'to', 'of', 'be', 'will', 'about', 'around', 'say', 'let', "let's",
  'lets', 'go', 'with', 'get', 'give', 'me', 'us', 'we', "we'd", "we're", 'are', 'number', 'yes', 'yeah', 'sure', 'right',
  'one', 'maybe', 'think', 'guess', 'only', 'do', 'can', 'you', 'put', 'sir', 'love', 'thank', 'should', 'and', 'but', 'no',
]); // prettier-ignore

/** Whether the utterance is one of `values` and otherwise only what people wrap an answer in. */
export function isAnswer(tokens: readonly Token[], values: readonly string[]): boolean {
  return (
    tokens.some((token) => values.includes(token.word)) &&
    tokens.every((token) => values.includes(token.word) || isWrapping(token.word))
  );
}

/** Whether everything outside the tokens `from` to `to` is what people wrap an answer in. */
export function isWrapped(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.every((token, index) => (index >= from && index < to) || isWrapping(token.word));
}

/** Whether the word says nothing by itself: "I'd", "like", "the", "please". */
export function isWrapping(word: string): boolean {
  return fillers.has(word) || aroundAnswers.has(word);
}
