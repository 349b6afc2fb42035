import type { Reading } from './slot-type.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import { isAnswer } from './answer.js';
import { headCounts } from './head-count.js';
import { readNumber } from './number.js';
import { numberWords, readCardinal, readDigitRun, readOrdinal } from './numbers.js';

/** Ninety-nine is as far as a grammar lists numbers by name; more are heard as groups of these. */
const listedUpTo = 99;

/** What a recogniser writes for a number that is said alone: heard so only as the whole answer. "Me too" is none. */
const soundsLike: ReadonlyMap<string, number> = new Map([
  ['won', 1],
  ['to', 2],
  ['too', 2],
  ['for', 4],
  ['fore', 4],
  ['ate', 8],
]);

const beside = new Set(['please', 'just', 'only']);

/** A whole number: "four", "twenty one", "a hundred and fifty", "a couple", "30". */
export const integer = defineType({
  name: 'integer',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      // The twenty of "the twenty third" is no number of things.
      const one = readOrdinal(tokens, index) === undefined ? readCardinal(tokens, index) : undefined;
      if (one === undefined) {
        index = readOrdinal(tokens, index)?.next ?? index + 1;
        continue;
      }
      // One and a half is no whole number, and not one either.
      const exact = readNumber(tokens, index);
      if (exact !== undefined && exact.next > one.next && !Number.isInteger(exact.value)) {
        index = exact.next;
        continue;
      }
      const run = readDigitRun(tokens, index);
      const word = tokens[index]!.word;
      const negative = index > 0 && /^(?:minus|negative)$/.test(tokens[index - 1]!.word);
      const from = negative ? index - 1 : index;
      if (run !== undefined && run.next > one.next && run.groups > 1 && run.digits.length <= 12) {
        // "four four seven": dictated figure by figure, so one number, but less surely so.
        found.push(reading(text, tokens, from, run.next, (negative ? -1 : 1) * Number(run.digits), 0.6));
        index = run.next;
        continue;
      }
      if (Number.isSafeInteger(one.value)) {
        const value = negative ? -one.value : one.value;
        found.push(reading(text, tokens, from, one.next, value, certainty(word, tokens[one.next]?.word)));
      }
      index = one.next;
    }
    found.push(...headCounts(tokens, text, found));
    if (found.length === 0 && context.asked) {
      const [at, another] = tokens.flatMap(({ word }, index) => (beside.has(word) ? [] : [index]));
      const value = at === undefined || another !== undefined ? undefined : soundsLike.get(tokens[at]!.word);
      if (value !== undefined) return [reading(text, tokens, at!, at! + 1, value, 0.7)];
    }
    if (found.length === 0 && context.asked && isAnswer(tokens, ['none', 'nobody', 'nothing'])) {
      const at = tokens.findIndex((token) => /^(?:none|nobody|nothing)$/.test(token.word));
      return [reading(text, tokens, at, at + 1, 0, 0.7)];
    }
    return found;
  },
  parse(written) {
    const value = Number(writtenText(written)?.replace(/,(?=\d{3}\b)/g, '') || NaN);
    return Number.isSafeInteger(value) ? { value } : { problem: 'A whole number is expected here, such as 4.' };
  },
  say: (value) => String(value).replace(/^-/, 'minus '),
  spoken: () => oneOf(Array.from({ length: listedUpTo }, (_, index) => numberWords(index + 1))),
});

/** "one" is as often a pronoun ("that one", "one of those") as a count. */
function certainty(word: string, next: string | undefined): number {
  return word === 'one' && (next === undefined || !/^[a-z]/.test(next)) ? 0.95 : 1;
}
