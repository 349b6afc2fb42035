import type { Json } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { defineType, inOrder, maybe, oneOf, reading } from './define.js';
import type { Token } from './normalise.js';
import { numberWords, readCardinal, readDigitRun, readOrdinal, unitWords } from './numbers.js';
import { readNumber } from './number.js';
import { monthAt } from './read-date.js';
import { currencyOf } from './regions.js';

const signs: Readonly<Record<string, string>> = { '€': 'EUR', $: 'USD', '£': 'GBP' };

/** Names of currencies; `here` is whatever is paid with in the caller's region. */
const names: Readonly<Record<string, string>> = {
  euro: 'EUR', euros: 'EUR', eur: 'EUR', dollar: 'USD', dollars: 'USD', usd: 'USD', pound: 'GBP', pounds: 'GBP', sterling: 'GBP',
  gbp: 'GBP', franc: 'CHF', francs: 'CHF', chf: 'CHF', bucks: 'here', buck: 'here', quid: 'here', rupee: 'INR', rupees: 'INR',
  yen: 'JPY', krona: 'SEK', kronor: 'SEK', zloty: 'PLN', rand: 'ZAR', peso: 'MXN', pesos: 'MXN',
}; // prettier-ignore

/** Currencies called "dollar" or "pound" where they are at home. */
const dollars = new Set(['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD']);

const spokenNames: Readonly<Record<string, readonly [one: string, many: string, part: string, parts: string]>> = {
  EUR: ['euro', 'euros', 'cent', 'cents'], USD: ['dollar', 'dollars', 'cent', 'cents'], GBP: ['pound', 'pounds', 'penny', 'pence'],
  CAD: ['dollar', 'dollars', 'cent', 'cents'], AUD: ['dollar', 'dollars', 'cent', 'cents'],
  NZD: ['dollar', 'dollars', 'cent', 'cents'], CHF: ['franc', 'francs', 'centime', 'centimes'],
  INR: ['rupee', 'rupees', 'paisa', 'paise'], JPY: ['yen', 'yen', 'sen', 'sen'], SEK: ['krona', 'kronor', 'öre', 'öre'],
  PLN: ['zloty', 'zloty', 'grosz', 'groszy'], ZAR: ['rand', 'rand', 'cent', 'cents'], MXN: ['peso', 'pesos', 'centavo', 'centavos'],
}; // prettier-ignore

/** What a bare number counts when one of these follows: people, hours, not money. */
const counted =
  /^(?:people|persons?|guests?|adults?|children|kids|percent|%|days?|nights?|weeks?|months?|years?|hours?|minutes?|seconds?|times?|pm|am|o'clock|tickets?|seats?|rooms?|items?|pieces?|th|st|nd|rd|of)$/;

/** The end of a figure said digit by digit: no part of it is an amount. */
function dictated(tokens: readonly Token[], index: number): number | undefined {
  const run = readDigitRun(tokens, index);
  return run !== undefined && run.groups > 2 ? run.next : undefined;
}

interface Sum {
  amount: number;
  currency: string;
  next: number;
  /** No currency was named. */
  bare: boolean;
  /** "two fifty" may be 2.50 or 250. */
  other?: number;
  /** "At twelve fifty": all of it is no amount. */
  isTime?: true;
}

/** An amount, written `30 EUR`: "thirty euros", "$12.50", "twelve fifty", "two hundred", "a grand", "fifty cents". */
export const money = defineType({
  name: 'money',
  read(tokens, context, text) {
    const found: Reading[] = [];
    const home = currencyOf(context.language);
    for (let index = 0; index < tokens.length;) {
      const sum = readOrdinal(tokens, index) === undefined ? readSum(tokens, index, home) : undefined;
      if (sum === undefined || sum.isTime) {
        index = sum?.next ?? readOrdinal(tokens, index)?.next ?? dictated(tokens, index) ?? index + 1;
        continue;
      }
      const others = sum.other === undefined ? [] : [write(sum.other, sum.currency)];
      const confidence = !sum.bare ? 1 : context.asked ? 0.95 : 0.8;
      found.push(reading(text, tokens, index, sum.next, write(sum.amount, sum.currency), confidence, others));
      index = sum.next;
    }
    return found;
  },
  parse(written, context) {
    const value = canonical(written, context);
    return value === undefined ? { problem: 'An amount of money is expected here, such as 30 EUR.' } : { value };
  },
  say: (value, context) => sayMoney(value, context),
  spoken(context) {
    const [one, many, , parts] = spokenNames[currencyOf(context.language)] ?? spokenNames['EUR']!;
    const amounts = oneOf([...Array.from({ length: 100 }, (_, index) => numberWords(index + 1)), ...[200, 300, 400, 500, 1000].map(numberWords)]); // prettier-ignore
    const small = oneOf(Array.from({ length: 90 }, (_, index) => numberWords(index + 10)));
    return inOrder(amounts, maybe(oneOf([one, many])), maybe(small), maybe(oneOf([parts])));
  },
});

function readSum(tokens: readonly Token[], index: number, home: string): Sum | undefined {
  const sign = signs[tokens[index]!.word];
  if (sign !== undefined) {
    const amount = readNumber(tokens, index + 1);
    if (amount === undefined) return undefined;
    return { amount: amount.value, currency: localised(sign, home), next: amount.next, bare: false };
  }
  const slang = phraseSum(tokens, index, home);
  if (slang !== undefined) return slang;
  if (tokens[index]!.word === 'half' && readCardinal(tokens, index) === undefined) return undefined;
  const amount = readNumber(tokens, index) ?? article(tokens, index);
  if (amount === undefined) return undefined;
  if (/^(?:grand|k)$/.test(tokens[amount.next]?.word ?? '')) {
    const named = currencyAt(tokens, amount.next + 1, home);
    return { amount: amount.value * 1000, currency: named ?? home, next: amount.next + (named ? 2 : 1), bare: false };
  }
  if (/^(?:cents?|pence|penny|p)$/.test(tokens[amount.next]?.word ?? '') && amount.value < 100) {
    return { amount: amount.value / 100, currency: home, next: amount.next + 1, bare: false };
  }
  const named = currencyAt(tokens, amount.next, home);
  if (named !== undefined) return withCents(tokens, amount.value, named, amount.next + 1);
  if (/^(?:a|couple)$/.test(tokens[index]!.word) && amount.value === 2) return undefined;
  return pairOrBare(tokens, index, amount, home);
}

/** "a fiver", "a tenner", "a grand", "a euro". */
function phraseSum(tokens: readonly Token[], index: number, home: string): Sum | undefined {
  const at = tokens[index]!.word === 'a' ? index + 1 : index;
  const word = tokens[at]?.word ?? '';
  const amount = word === 'fiver' ? 5 : word === 'tenner' ? 10 : word === 'grand' && at > index ? 1000 : undefined;
  return amount === undefined ? undefined : { amount, currency: home, next: at + 1, bare: false };
}

function article(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const named = /^an?$/.test(tokens[index]!.word) && Object.hasOwn(names, tokens[index + 1]?.word ?? '');
  return named ? { value: 1, next: index + 1 } : undefined;
}

function currencyAt(tokens: readonly Token[], index: number, home: string): string | undefined {
  const word = tokens[index]?.word ?? '';
  if (signs[word] !== undefined) return localised(signs[word], home);
  if (!Object.hasOwn(names, word)) return undefined;
  return localised(names[word]!, home);
}

function localised(currency: string, home: string): string {
  if (currency === 'here') return home;
  return currency === 'USD' && dollars.has(home) ? home : currency;
}

/** "twelve euros fifty", "twelve euros and fifty cents", "two euros ninety". */
function withCents(tokens: readonly Token[], amount: number, currency: string, index: number): Sum {
  const and = tokens[index]?.word === 'and' ? index + 1 : index;
  const cents = /[,.;!?]/.test(tokens[index]?.gap ?? '') ? undefined : readCardinal(tokens, and);
  if (
    cents !== undefined &&
    Number.isInteger(amount) &&
    Number.isInteger(cents.value) &&
    cents.value > 0 &&
    cents.value < 100
  ) {
    const named = /^(?:cents?|pence|penny|p)$/.test(tokens[cents.next]?.word ?? '');
    const free =
      and === index && cents.value >= 5 && !counted.test(tokens[cents.next]?.word ?? '') && tokens[and]!.word !== 'a';
    if (named || free)
      return { amount: amount + cents.value / 100, currency, next: cents.next + (named ? 1 : 0), bare: false };
  }
  return { amount, currency, next: index, bare: false };
}

/** "twelve fifty", "nineteen ninety nine", "twelve oh five", or a number that only may be money. */
function pairOrBare(
  tokens: readonly Token[],
  index: number,
  amount: { value: number; next: number },
  home: string,
): Sum | undefined {
  const run = readDigitRun(tokens, index);
  const cents = joinedCents(tokens, amount);
  if (cents !== undefined && Number.isInteger(amount.value) && amount.value > 0 && amount.value < 1000) {
    const after = tokens[cents.next];
    if (counted.test(after?.word ?? '')) return undefined;
    // "At twelve fifty" is a time, unless a currency follows.
    const isTime = /^(?:at|past|by|until|till)$/.test(tokens[index - 1]?.word ?? '');
    const currency = currencyAt(tokens, cents.next, home);
    const sum: Sum = { amount: amount.value + cents.value / 100, currency: currency ?? home, next: cents.next + (currency ? 1 : 0), bare: currency === undefined }; // prettier-ignore
    if (isTime && sum.bare) sum.isTime = true;
    if (amount.value < 10 && cents.value >= 10) sum.other = amount.value * 100 + cents.value;
    return sum;
  }
  if (run !== undefined && run.groups > 1 && run.next > amount.next) return undefined;
  const after = tokens[amount.next];
  const before = tokens[index - 1];
  if (counted.test(after?.word ?? '') || before?.word === '/' || after?.word === '/') return undefined;
  if (monthAt(before) !== undefined || monthAt(after) !== undefined) return undefined;
  if (tokens[index]!.gap === '-' || after?.gap === '-' || /^(?:at|past)$/.test(before?.word ?? '') || after?.gap === '')
    return undefined;
  if (before?.word === 'number') return undefined;
  // "The second one", "that one": no amount.
  if (
    tokens[index]!.word === 'one' &&
    before !== undefined &&
    !/^(?:just|only|it|make|send|pay|uh|um|about|say)$/.test(before.word)
  )
    return undefined;
  if (before !== undefined && tokens[index]!.gap === '' && /^[a-z]+$/.test(before.word)) return undefined;
  return { amount: amount.value, currency: home, next: amount.next, bare: true };
}

function joinedCents(tokens: readonly Token[], amount: { next: number }): { value: number; next: number } | undefined {
  const at = amount.next;
  if (tokens[at] === undefined || /[,.;:!?-]/.test(tokens[at].gap)) return undefined;
  const unit = tokens[at + 1]?.word ?? '';
  if (/^(?:oh|o)$/.test(tokens[at].word) && Object.hasOwn(unitWords, unit))
    return { value: unitWords[unit]!, next: at + 2 };
  const cents = readCardinal(tokens, at);
  if (cents === undefined || !Number.isInteger(cents.value) || cents.value < 10 || cents.value > 99) return undefined;
  // A third number in a row is a dictated figure, not cents.
  return tokens[at].word === 'a' || readCardinal(tokens, cents.next) !== undefined ? undefined : cents;
}

function write(amount: number, currency: string): string {
  const rounded = Math.round(amount * 100) / 100;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(2)} ${currency}`;
}

function canonical(written: Json, context: SlotContext): string | undefined {
  if (typeof written === 'number' && Number.isFinite(written)) return write(written, currencyOf(context.language));
  if (typeof written === 'object' && written !== null && !Array.isArray(written)) {
    const { value, currency } = written;
    return typeof value === 'number' && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)
      ? write(value, currency)
      : undefined;
  }
  if (typeof written !== 'string') return undefined;
  const text = written.trim();
  const match =
    /^(-?\d+(?:,\d{3})*(?:\.\d+)?)\s*([A-Z]{3})?$/.exec(text) ??
    /^([A-Z]{3})\s*(-?\d+(?:,\d{3})*(?:\.\d+)?)$/.exec(text);
  if (match === null) return undefined;
  const [amount, currency] = /^[A-Z]/.test(match[1]!) ? [match[2]!, match[1]!] : [match[1]!, match[2]];
  return write(Number(amount.replace(/,/g, '')), currency ?? currencyOf(context.language));
}

/** `12.50 EUR` → "12 euros 50". */
export function sayMoney(value: Json, context: SlotContext): string {
  const match = /^(-?)(\d+)(?:\.(\d+))? ([A-Z]{3})$/.exec(canonical(value, context) ?? '');
  if (match === null) return String(value);
  const [, minus, whole, part = '', currency] = match;
  const [one, many, cent, cents] = spokenNames[currency!] ?? [currency!, currency!, 'hundredth', 'hundredths'];
  const small = Number(part.padEnd(2, '0').slice(0, 2));
  const sign = minus === '' ? '' : 'minus ';
  if (whole === '0' && small > 0) return `${sign}${small} ${small === 1 ? cent : cents}`;
  const head = `${sign}${whole} ${whole === '1' ? one : many}`;
  if (small === 0) return head;
  return small < 10 ? `${head} and ${small} ${small === 1 ? cent : cents}` : `${head} ${small}`;
}
