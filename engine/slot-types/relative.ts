/**
 * Values said by their distance from another one: "an hour later", "the day after", "two more", "ten euros less"; and of
 * a time only its minutes, "half past". English words, like the parsers of the types.
 */
import type { Json } from '../contracts.js';
import { addDays, addMonths } from './calendar.js';
import { slotType } from './index.js';
import { tokenise } from './normalise.js';
import type { Token } from './normalise.js';
import { readCardinal } from './numbers.js';
import type { Reading, SlotContext, SlotTypeName } from './slot-type.js';

type Shift = (base: string, amount: Amount) => Json | undefined;

/** How much, of what: `unit` is '' for a bare number. Negative is earlier, or less. */
interface Amount {
  count: number;
  unit: '' | 'minute' | 'day' | 'month' | 'year';
}

const minutesOf: Readonly<Record<string, number>> = { minute: 1, min: 1, hour: 60, hr: 60 };
const daysOf: Readonly<Record<string, number>> = { day: 1, night: 1, week: 7, fortnight: 14 };
const dayMinutes = 1440;

const shifts: Partial<Record<SlotTypeName, Shift>> = {
  date: (base, { count, unit }) => shiftDay(base.slice(0, 10), count, unit),
  time: (base, { count, unit }) => {
    const at = minutesAt(base) + count;
    return unit === 'minute' && at >= 0 && at < dayMinutes ? timeAt(at) : undefined;
  },
  datetime(base, { count, unit }) {
    const [day = '', time = ''] = base.split('T');
    if (unit !== 'minute') {
      const moved = shiftDay(day, count, unit);
      return moved === undefined ? undefined : `${moved}T${time}`;
    }
    const at = minutesAt(time) + count;
    return `${addDays(day, Math.floor(at / dayMinutes))}T${timeAt(((at % dayMinutes) + dayMinutes) % dayMinutes)}`;
  },
  integer: (base, { count, unit }) => (unit === '' ? Number(base) + count : undefined),
  number: (base, { count, unit }) => (unit === '' ? Number(base) + count : undefined),
};

function shiftDay(day: string, count: number, unit: Amount['unit']): string | undefined {
  if (unit === 'day') return addDays(day, count);
  if (unit === 'month' || unit === 'year') return addMonths(day, count * (unit === 'year' ? 12 : 1));
  return undefined;
}

function minutesAt(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function timeAt(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

const directions: readonly { sign: 1 | -1; pattern: RegExp }[] = [
  { sign: 1, pattern: /^(?:later|after|more|longer|extra|on)$/ },
  { sign: -1, pattern: /^(?:earlier|before|less|fewer|sooner|shorter)$/ },
];

/**
 * What a text says of a value by its distance from `base`, the value as written; empty where it says no such thing.
 * @param base what it counts from: the value that is put right, or that of `relative_to:`. Of a date_range, its start
 *   for what is earlier and its end for what is later.
 */
export function relativeReadings(type: SlotTypeName, text: string, base: Json, context: SlotContext): Reading[] {
  if (base === null || base === undefined || !(context.language ?? 'en').startsWith('en')) return [];
  const tokens = tokenise(text);
  const found = type === 'money' || type === 'duration' ? [] : shifted(type, text, tokens, base);
  if (type === 'money' || type === 'duration') found.push(...amounts(type, text, base, context));
  if (type === 'time' || type === 'datetime') found.push(...minutesOnly(type, text, tokens, String(base)));
  return found;
}

function shifted(type: SlotTypeName, text: string, tokens: readonly Token[], base: Json): Reading[] {
  const shift = shifts[type];
  for (let index = 0; index < tokens.length; index++) {
    const amount = amountAt(tokens, index);
    const end = amount && tokens[amount.next];
    const sign = end && directions.find(({ pattern }) => pattern.test(end.word))?.sign;
    if (!shift || !amount || !sign) continue;
    // "After four" and "before noon" begin something else; "after that" does not.
    const behind = tokens[amount.next + 1]?.word ?? '';
    const isThat = /^(?:that|this|it|then)$/.test(behind);
    if (/^(?:after|before)$/.test(end.word) && behind !== '' && !isThat && !/^(?:please|instead|thanks)$/.test(behind))
      continue;
    const value = shift(String(edgeOf(base, sign)), { count: amount.count * sign, unit: amount.unit });
    if (value === undefined || Number.isNaN(value)) continue;
    const stop = isThat ? tokens[amount.next + 1]!.end : end.end;
    const { start } = tokens[index]!;
    return [{ value, text: text.slice(start, stop), start, end: stop, confidence: 1 }];
  }
  // "The next day", "the following week": one later.
  const next = /\bthe (?:next|following) (day|week|month|year)\b/i.exec(text);
  const unit = next?.[1]?.toLowerCase();
  const value = shift && unit && shift(String(edgeOf(base, 1)), unit === 'month' || unit === 'year' ? { count: 1, unit } : { count: daysOf[unit]!, unit: 'day' }); // prettier-ignore
  if (!next || value === undefined || typeof value !== 'string') return [];
  return [{ value, text: next[0], start: next.index, end: next.index + next[0].length, confidence: 1 }];
}

function edgeOf(base: Json, sign: 1 | -1): Json {
  if (base === null || typeof base !== 'object' || Array.isArray(base)) return base;
  return base[sign === 1 ? 'end' : 'start'] ?? null;
}

/** "An hour", "half an hour", "an hour and a half", "the day", "two weeks", and a number alone. */
function amountAt(tokens: readonly Token[], index: number): (Amount & { next: number }) | undefined {
  const word = (at: number): string => tokens[at]?.word ?? '';
  let count: number | undefined;
  let next = index;
  if (word(index) === 'half' && /^an?$/.test(word(index + 1))) [count, next] = [0.5, index + 2];
  else if (word(index) === 'quarter' && word(index + 1) === 'of') [count, next] = [0.25, index + 3];
  else if (/^an?$/.test(word(index)) && word(index + 1) === 'couple')
    [count, next] = [2, index + (word(index + 2) === 'of' ? 3 : 2)]; // prettier-ignore
  else if (/^(?:an?|the)$/.test(word(index))) [count, next] = [1, index + 1];
  const number = readCardinal(tokens, index);
  if (number) [count, next] = [number.value, number.next];
  if (count === undefined) return undefined;
  const unit = word(next).replace(/s$/, '');
  const isTime = Object.hasOwn(minutesOf, unit);
  if (isTime && word(next + 1) === 'and' && /^an?$/.test(word(next + 2)) && word(next + 3) === 'half')
    return { count: (count + 0.5) * minutesOf[unit]!, unit: 'minute', next: next + 4 };
  if (isTime) return { count: count * minutesOf[unit]!, unit: 'minute', next: next + 1 };
  if (Object.hasOwn(daysOf, unit)) return { count: count * daysOf[unit]!, unit: 'day', next: next + 1 };
  if (unit === 'month' || unit === 'year') return { count, unit, next: next + 1 };
  return number ? { count, unit: '', next } : undefined;
}

/** "Ten euros more", "half an hour longer": an amount in the words of its own type, and which way. */
function amounts(type: 'money' | 'duration', text: string, base: Json, context: SlotContext): Reading[] {
  for (const one of slotType(type).find(text, { ...context, asked: true, range: undefined } as SlotContext)) {
    const behind = /^[\s,]*(more|longer|extra|later|less|shorter|fewer)\b/i.exec(text.slice(one.end));
    const sign = behind && directions.find(({ pattern }) => pattern.test(behind[1]!.toLowerCase()))?.sign;
    if (!behind || !sign || one.others?.length) continue;
    const value = type === 'money' ? sumOfMoney(base, one.value, sign) : sumOfTime(base, one.value, sign, context);
    if (value === undefined) continue;
    const end = one.end + behind[0].length;
    return [{ value, text: text.slice(one.start, end), start: one.start, end, confidence: 1 }];
  }
  return [];
}

function sumOfMoney(base: Json, more: Json, sign: number): string | undefined {
  const [amount, currency] = String(base).split(' ');
  const [other, otherCurrency] = String(more).split(' ');
  const sum = Number(amount) + sign * Number(other);
  if (currency !== otherCurrency || !(sum > 0)) return undefined;
  return `${Number.isInteger(sum) ? sum : sum.toFixed(2)} ${currency}`;
}

const secondsIn: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A written duration in seconds; NaN for anything else. */
export function secondsOf(written: Json): number {
  const match = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(String(written));
  return match ? Number(match[1]) * secondsIn[match[2]!]! : NaN;
}

function sumOfTime(base: Json, more: Json, sign: number, context: SlotContext): Json | undefined {
  const seconds = secondsOf(base) + sign * secondsOf(more);
  if (!(seconds > 0)) return undefined;
  const parsed = slotType('duration').parse(`${seconds}s`, context);
  return 'value' in parsed ? parsed.value : undefined;
}

/** "Half past", "quarter to": the hour stays. */
function minutesOnly(type: 'time' | 'datetime', text: string, tokens: readonly Token[], base: string): Reading[] {
  const [day, time] = type === 'datetime' ? base.split('T') : [undefined, base];
  const at = tokens.findIndex(({ word }, index) => word === 'past' || (word === 'to' && tokens[index - 1]?.word === 'quarter')); // prettier-ignore
  const after = tokens[at + 1]?.word;
  if (time === undefined || at < 1 || (after !== undefined && !/^(?:please|thanks|instead|then|rather|sorry)$/.test(after))) return []; // prettier-ignore
  const words: Readonly<Record<string, number>> = { half: 30, quarter: 15 };
  const first = at > 1 && readCardinal(tokens, at - 2)?.next === at ? at - 2 : at - 1;
  const minutes = words[tokens[at - 1]!.word] ?? readCardinal(tokens, first)?.value;
  if (minutes === undefined || !Number.isInteger(minutes) || minutes < 1 || minutes > 59) return [];
  const hour = Math.floor(minutesAt(time) / 60);
  const before = minutesAt(time) % 60 === 0 ? (hour + 23) % 24 : hour;
  const moved = tokens[at]!.word === 'to' ? before * 60 + 60 - minutes : hour * 60 + minutes;
  const value = `${day === undefined ? '' : `${day}T`}${timeAt(moved)}`;
  const { start } = tokens[first]!;
  const { end } = tokens[at]!;
  return [{ value, text: text.slice(start, end), start, end, confidence: 1 }];
}
