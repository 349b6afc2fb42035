import type { Reading } from './slot-type.js';
import { isWrapping } from './answer.js';
import { cityNames } from './city-names.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import type { Token } from './normalise.js';
import { isQuestion } from './normalise.js';
import { readCardinal, readOrdinal } from './numbers.js';
import { isOrdinary } from './ordinary-words.js';
import { monthAt, weekdayAt } from './read-date.js';

function plain(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Known names by their words: the longest that fits wins ("New York" before "York"). */
const known = cityNames
  .map((name) => ({ name, words: plain(name).split(' ') }))
  .sort((a, b) => b.words.length - a.words.length);
const byFirst = new Map<string, { name: string; words: string[] }[]>();
for (const one of known) byFirst.set(one.words[0]!, [...(byFirst.get(one.words[0]!) ?? []), one]);

/** Also words or first names: only after a preposition, or in answer. */
const doubtful = new Set(['nice', 'cork', 'split', 'derby', 'hull', 'lima', 'sofia', 'florence', 'phoenix', 'austin', 'charlotte', 'valencia', 'verona', 'faro', 'orlando', 'lagos', 'perth', 'quebec', 'palma', 'bath', 'reading']); // prettier-ignore
const places = new Set([
  'in',
  'to',
  'from',
  'at',
  'near',
  'around',
  'via',
  'for',
  'of',
  'into',
  'towards',
  'city',
  'visit',
]);
const trailing = new Set([
  'please',
  'then',
  'city',
  'airport',
  'instead',
  'thanks',
  'actually',
  'maybe',
  'tomorrow',
  'today',
]);

/** A town: a known one in any sentence ("that would be in Porto"), any other after "in" or as the answer. */
export const city = defineType({
  name: 'city',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = knownAt(tokens, index);
      const before = tokens[index - 1]?.word ?? '';
      const led = places.has(before) || (context.asked && /^(?:but|not|no|wait|or)$/.test(before));
      const doubt =
        one !== undefined && doubtful.has(one.name.toLowerCase()) && !led && !tokens[index]!.raw.match(/^\p{Lu}/u);
      if (one === undefined || (doubt && !(context.asked && alone(tokens, index, one.next)))) {
        index += 1;
        continue;
      }
      const capital = tokens[index]!.raw !== tokens[index]!.word;
      found.push(reading(text, tokens, index, one.next, one.name, led || capital || context.asked ? 1 : 0.8));
      index = one.next;
    }
    if (found.length > 0) return found;
    return unknown(tokens, context.asked && !isQuestion(text), text);
  },
  parse(written) {
    const value = writtenText(written);
    return value === undefined || value === '' || /^\d/.test(value)
      ? { problem: 'A city is expected here, such as Porto.' }
      : { value };
  },
  say: (value) => String(value),
  spoken: () => oneOf(cityNames.map((name) => name.toLowerCase())),
});

function knownAt(tokens: readonly Token[], index: number): { name: string; next: number } | undefined {
  for (const one of byFirst.get(plain(tokens[index]!.word)) ?? []) {
    if (one.words.every((word, offset) => plain(tokens[index + offset]?.word ?? '') === word)) {
      return { name: one.name, next: index + one.words.length };
    }
  }
  return undefined;
}

function alone(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.every(
    (token, index) => (index >= from && index < to) || isWrapping(token.word) || trailing.has(token.word),
  );
}

/** A town that is on no list: capitals after "in", or one to three unknown words that are the whole answer. */
function unknown(tokens: readonly Token[], asked: boolean, text: string): Reading[] {
  for (let index = 0; index < tokens.length; index++) {
    const capital = /^\p{Lu}\p{Ll}/u.test(tokens[index]!.raw);
    const led = /^(?:in|to|from|near|via)$/.test(tokens[index - 1]?.word ?? '');
    if (!townly(tokens, index) || !(asked || (capital && led))) continue;
    let to = index + 1;
    while (to < tokens.length && to - index < 3 && !/[,.;!?]/.test(tokens[to]!.gap) && townly(tokens, to)) to += 1;
    if (capital && led) {
      while (to > index + 1 && !/^\p{Lu}/u.test(tokens[to - 1]!.raw)) to -= 1;
      return [
        reading(text, tokens, index, to, titled(tokens, index, to), tokens[index - 1]!.word === 'in' ? 0.9 : 0.6),
      ];
    }
    if (alone(tokens, index, to)) return [reading(text, tokens, index, to, titled(tokens, index, to), 0.8)];
    if (asked && led && tokens.slice(to).every((token) => isWrapping(token.word) || trailing.has(token.word))) {
      return [reading(text, tokens, index, to, titled(tokens, index, to), 0.7)];
    }
  }
  return [];
}

function townly(tokens: readonly Token[], index: number): boolean {
  const { word } = tokens[index]!;
  if (!/^\p{L}[\p{L}\p{M}'-]{2,}$/u.test(word) || isOrdinary(word) || isWrapping(word) || trailing.has(word))
    return false;
  if (weekdayAt(tokens[index]) !== undefined || monthAt(tokens[index]) !== undefined) return false;
  return readCardinal(tokens, index) === undefined && readOrdinal(tokens, index) === undefined;
}

function titled(tokens: readonly Token[], from: number, to: number): string {
  return tokens
    .slice(from, to)
    .map(({ raw }) => (/\p{Lu}/u.test(raw) ? raw : raw[0]!.toUpperCase() + raw.slice(1)))
    .join(' ');
}
