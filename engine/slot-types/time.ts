import type { Spoken } from '../contracts.js';
import type { Reading } from './slot-type.js';
import { defineType, inOrder, maybe, oneOf, reading, words } from './define.js';
import { numberWords, readCardinal, readOrdinal } from './numbers.js';
import { readTime } from './read-time.js';
import { dateMoment, readDate } from './read-date.js';

/** A time of day, written `19:30`. What may be morning or evening is given as both. */
export const time = defineType({
  name: 'time',
  read(tokens, context, text) {
    const found: Reading[] = [];
    const moment = dateMoment(context);
    for (let index = 0; index < tokens.length;) {
      // The fourteen of "march fourteen" is no hour.
      const day = readOrdinal(tokens, index)?.next ?? dayNumbers(readDate(tokens, index, moment)?.next, index);
      const one = day === undefined ? readTime(tokens, index, context) : undefined;
      if (one === undefined) {
        index = day ?? readCardinal(tokens, index)?.next ?? index + 1;
        continue;
      }
      const [value, ...others] = one.times;
      found.push(reading(text, tokens, index, one.next, value!, one.confidence, others));
      index = one.next;
    }
    return found;
  },
  parse(written) {
    const match = typeof written === 'string' ? /^(\d{1,2}):(\d{2})(?::00)?$/.exec(written.trim()) : null;
    const [hour, minute] = [Number(match?.[1] ?? 99), Number(match?.[2] ?? 99)];
    if (hour > 23 || minute > 59) return { problem: 'A time is expected here, such as 19:00.' };
    return { value: `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}` };
  },
  say: (value) => sayTime(String(value)),
  spoken: () => timeSpoken,
});

function dayNumbers(next: number | undefined, index: number): number | undefined {
  return next !== undefined && next > index + 1 ? next : undefined;
}

/** `19:30` → "half past seven in the evening". */
export function sayTime(value: string): string {
  const match = /^(\d{2}):(\d{2})/.exec(value);
  if (match === null) return value;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  if (minute === 0 && hour === 12) return 'noon';
  if (minute === 0 && hour === 0) return 'midnight';
  return `${clockWords(hour, minute)} ${partOfDay(hour)}`;
}

function clockWords(hour: number, minute: number): string {
  const name = (one: number): string => numberWords(one % 12 === 0 ? 12 : one % 12);
  if (minute === 0) return `${name(hour)} o'clock`;
  if (minute === 30) return `half past ${name(hour)}`;
  if (minute % 5 === 0) {
    const count = (one: number): string => (one === 15 ? 'quarter' : numberWords(one));
    return minute < 30 ? `${count(minute)} past ${name(hour)}` : `${count(60 - minute)} to ${name(hour + 1)}`;
  }
  return `${name(hour)} ${minute < 10 ? 'oh ' : ''}${numberWords(minute)}`;
}

function partOfDay(hour: number): string {
  if (hour === 0 || hour >= 22) return 'at night';
  if (hour < 12) return 'in the morning';
  return hour < 18 ? 'in the afternoon' : 'in the evening';
}

const hours = oneOf(Array.from({ length: 12 }, (_, index) => numberWords(index + 1)));
const minuteWords = oneOf([...Array.from({ length: 10 }, (_, index) => numberWords(10 + index)), '20', '25', '30', '35', '40', '45', '50', '55'].map((one) => (/^\d/.test(one) ? numberWords(Number(one)) : one)).concat(['oh five'])); // prettier-ignore
const parts = oneOf([
  'a m',
  'p m',
  'in the morning',
  'in the afternoon',
  'in the evening',
  'at night',
  'tonight',
  "o'clock",
]);

export const timeSpoken: Spoken = oneOf([
  inOrder(maybe(words('at')), hours, maybe(minuteWords), maybe(parts)),
  inOrder(maybe(words('at')), oneOf(['half past', 'quarter past', 'a quarter past', 'quarter to', 'ten past', 'ten to', 'twenty past', 'twenty to', 'five past', 'five to']), hours, maybe(parts)), // prettier-ignore
  'noon',
  'midday',
  'midnight',
]);
