import type { Reading } from './slot-type.js';
import { defineType, inOrder, maybe, oneOf, reading, words, writtenText } from './define.js';
import { numberWords, readCardinal, readOrdinal, unitWords } from './numbers.js';
import type { Token } from './normalise.js';

/** A number with or without a part after the point: "three point five", "minus two", "two and a half", "4.5". */
export const number = defineType({
  name: 'number',
  read(tokens, _context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one =
        readOrdinal(tokens, index) === undefined
          ? (readFraction(tokens, index) ?? readNumber(tokens, index))
          : undefined;
      if (one === undefined) {
        index = readOrdinal(tokens, index)?.next ?? index + 1;
        continue;
      }
      const negative =
        /^(?:minus|negative)$/.test(tokens[index - 1]?.word ?? '') || minusSign(text, tokens[index]!.start);
      found.push(reading(text, tokens, index, one.next, negative ? -one.value : one.value));
      index = one.next;
    }
    return found;
  },
  parse(written) {
    const value =
      typeof written === 'number' ? written : Number(writtenText(written)?.replace(/,(?=\d{3}\b)/g, '') || NaN);
    return Number.isFinite(value) ? { value } : { problem: 'A number is expected here, such as 4.5.' };
  },
  say: (value) => String(value).replace(/^-/, 'minus '),
  spoken: () => {
    const whole = oneOf(Array.from({ length: 100 }, (_, index) => numberWords(index)));
    return inOrder(maybe(words('minus')), whole, maybe(inOrder(words('point'), oneOf(Object.keys(unitWords)))));
  },
});

function minusSign(text: string, start: number): boolean {
  return /(?:^|\s)[-−]$/.test(text.slice(0, start));
}

/** Reads "two point five", "two and a half", "half", "a quarter of", and whole numbers. */
export function readNumber(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const { word } = tokens[index] ?? { word: '' };
  if (word === 'point' || word === 'nought' || word === 'zero') {
    const at = word === 'point' ? index : index + 1;
    const tail = decimals(tokens, at);
    if (tail !== undefined) return { value: Number(`0.${tail.digits}`), next: tail.next };
    if (word === 'point') return undefined;
  }
  const whole = readCardinal(tokens, index);
  if (whole === undefined) return undefined;
  const tail = decimals(tokens, whole.next);
  if (tail !== undefined && Number.isInteger(whole.value)) {
    return { value: Number(`${whole.value}.${tail.digits}`), next: tail.next };
  }
  const [and, a, part] = [0, 1, 2].map((offset) => tokens[whole.next + offset]?.word);
  const more = and === 'and' ? parts[`${a ?? ''} ${part ?? ''}`] : undefined;
  if (more === undefined) return whole;
  const scale = { hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9 }[tokens[whole.next + 3]?.word ?? ''];
  // "One and a half thousand".
  return { value: (whole.value + more) * (scale ?? 1), next: whole.next + (scale === undefined ? 3 : 4) };
}

/** What follows a whole number and "and". */
const parts: Readonly<Record<string, number>> = { 'a half': 0.5, 'a quarter': 0.25, 'three quarters': 0.75, 'a third': 1 / 3, 'two thirds': 2 / 3 }; // prettier-ignore

/** "Half", "a quarter", "three quarters" by themselves: not those of an hour ("quarter to"). */
function readFraction(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const pair = parts[`${tokens[index]?.word ?? ''} ${tokens[index + 1]?.word ?? ''}`];
  const alone = { half: 0.5, quarter: 0.25 }[tokens[index]?.word ?? ''];
  const value = pair ?? alone;
  const next = index + (pair === undefined ? 1 : 2);
  const after = tokens[next]?.word ?? '';
  if (value === undefined || /^(?:past|to|after|till|before|an?|hour)$/.test(after)) return undefined;
  return alone !== undefined && readCardinal(tokens, next) !== undefined ? undefined : { value, next };
}

/** The figures after a spoken "point". */
function decimals(tokens: readonly Token[], index: number): { digits: string; next: number } | undefined {
  if (tokens[index]?.word !== 'point') return undefined;
  let digits = '';
  let at = index + 1;
  for (; at < tokens.length && digits.length < 12;) {
    const one = readCardinal(tokens, at);
    const oh = tokens[at]!.word === 'oh' || tokens[at]!.word === 'o';
    if (!oh && (one === undefined || !Number.isInteger(one.value) || tokens[at]!.word === 'a')) break;
    digits += oh ? '0' : String(one!.value);
    at = oh ? at + 1 : one!.next;
  }
  return digits === '' ? undefined : { digits, next: at };
}
