import type { Reading } from './slot-type.js';
import { defineType, inOrder, oneOf, reading, writtenText } from './define.js';
import type { Token } from './normalise.js';
import { readNumber } from './number.js';
import { isWrapping } from './answer.js';
import { wordsAt } from './normalise.js';
import type { DateMoment } from './read-date.js';
import { dateMoment, readDate } from './read-date.js';
import { numberWords, readCardinal } from './numbers.js';

const daySeconds = 86_400;

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1, seconds: 1, sec: 1, secs: 1, minute: 60, minutes: 60, min: 60, mins: 60, hour: 3600, hours: 3600, hr: 3600, hrs: 3600,
  day: 86_400, days: 86_400, night: 86_400, nights: 86_400, week: 604_800, weeks: 604_800, fortnight: 1_209_600,
  s: 1, m: 60, h: 3600, d: 86_400, w: 604_800,
}; // prettier-ignore

/** The units that durations are written in, largest first. */
const written: readonly (readonly [string, number, string])[] = [
  ['d', 86_400, 'day'], ['h', 3600, 'hour'], ['m', 60, 'minute'], ['s', 1, 'second'],
]; // prettier-ignore

/** A length of time, written `90s` in the largest unit that is exact: "an hour and a half" → `90m`. */
export const duration = defineType({
  name: 'duration',
  read(tokens, context, text) {
    const found: Reading[] = [];
    const moment = dateMoment({ ...context, range: { max: 'today' } });
    for (let index = 0; index < tokens.length;) {
      const one = eitherOf(tokens, index) ?? readDuration(tokens, index) ?? readSince(tokens, index, moment);
      if (one === undefined) {
        index += 1;
        continue;
      }
      const others = one.other === undefined ? [] : [writeDuration(one.other)];
      found.push(reading(text, tokens, index, one.next, writeDuration(one.seconds), 1, others));
      index = one.next;
    }
    return found;
  },
  parse(value) {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(writtenText(value) ?? '');
    const seconds = match === null ? NaN : Number(match[1]) * (match[2] === 'ms' ? 0.001 : unitSeconds[match[2]!]!);
    if (!Number.isFinite(seconds)) return { problem: 'A length of time is expected here, such as 90s.' };
    return { value: Number.isInteger(seconds) ? writeDuration(seconds) : `${Math.round(seconds * 1000)}ms` };
  },
  say(value) {
    const match = /^(\d+)([smhd])$/.exec(String(value));
    if (match === null) return String(value);
    let rest = Number(match[1]) * unitSeconds[match[2]!]!;
    const parts: string[] = [];
    for (const [, size, name] of written) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    }
    return parts.length === 0 ? '0 seconds' : parts.join(' and ');
  },
  spoken: () =>
    inOrder(
      oneOf(['a', 'an', ...Array.from({ length: 60 }, (_, index) => numberWords(index + 1))]),
      oneOf(['minute', 'minutes', 'hour', 'hours', 'day', 'days', 'week', 'weeks', 'hour and a half']),
    ),
});

/** "Since Monday", "since last week": the days that have passed. */
function readSince(tokens: readonly Token[], index: number, moment: DateMoment): DurationRead | undefined {
  if (tokens[index]?.word !== 'since') return undefined;
  if (wordsAt(tokens, index + 1, ['last', 'week'])) return { seconds: 7 * daySeconds, next: index + 3 };
  const date = readDate(tokens, index + 1, moment);
  if (date === undefined) return undefined;
  const passed = (Date.parse(moment.today) - Date.parse(date.day)) / 1000 / daySeconds;
  // A weekday is read as the next one, and what began on it began on the last one.
  const days = passed <= 0 && passed > -7 ? passed + 7 : passed;
  return days > 0 ? { seconds: days * daySeconds, next: date.next } : undefined;
}

function writeDuration(seconds: number): string {
  const unit = written.find(([, size]) => seconds % size === 0 && seconds >= size) ?? written[3]!;
  return `${seconds / unit[1]}${unit[0]}`;
}

interface DurationRead {
  seconds: number;
  next: number;
  /** "An hour or two": the other of the two. */
  other?: number;
}

/** "Two or three days", "an hour or two": both, to be asked back. */
function eitherOf(tokens: readonly Token[], index: number): DurationRead | undefined {
  const count = readNumber(tokens, index);
  if (count !== undefined && tokens[count.next]?.word === 'or') {
    const last = readPart(tokens, count.next + 1);
    if (last !== undefined) return whole({ seconds: count.value * last.unit, other: last.seconds, next: last.next });
  }
  const first = readPart(tokens, index);
  if (first === undefined || tokens[first.next]?.word !== 'or') return undefined;
  const other = readNumber(tokens, first.next + 1);
  if (other === undefined || readPart(tokens, first.next + 1) !== undefined) return undefined;
  return whole({ seconds: first.seconds, other: other.value * first.unit, next: other.next });
}

function whole(read: DurationRead): DurationRead | undefined {
  return Number.isInteger(read.seconds) && Number.isInteger(read.other ?? 0) && read.seconds !== read.other ? read : undefined; // prettier-ignore
}

/** Seconds from `index` on: counted units, joined by "and". */
export function readDuration(tokens: readonly Token[], index: number): DurationRead | undefined {
  const first = readPart(tokens, index);
  if (first === undefined) return undefined;
  let { seconds, next } = first;
  let smallest = first.unit;
  for (;;) {
    const and = tokens[next]?.word === 'and' ? next + 1 : next;
    if (and > next && tokens[and]?.word === 'a' && tokens[and + 1]?.word === 'half') {
      seconds += smallest / 2;
      next = and + 2;
      break;
    }
    const pause = /[,.;!?]/.test(tokens[next]?.gap ?? '');
    const more = pause ? undefined : readPart(tokens, and);
    if (more === undefined && smallest === 3600 && !pause) {
      // "An hour fifteen".
      const minutes = readCardinal(tokens, and);
      const last = tokens[minutes?.next ?? -1];
      const ends = last === undefined || isWrapping(last.word) || /[,.;!?]/.test(last.gap);
      if (minutes && ends && Number.isInteger(minutes.value) && minutes.value >= 5 && minutes.value < 60) {
        seconds += minutes.value * 60;
        next = minutes.next;
      }
    }
    if (more === undefined || more.unit >= smallest) break;
    seconds += more.seconds;
    smallest = more.unit;
    next = more.next;
  }
  return Number.isInteger(seconds) ? { seconds, next } : undefined;
}

function readPart(
  tokens: readonly Token[],
  index: number,
): { seconds: number; unit: number; next: number } | undefined {
  const { word } = tokens[index] ?? { word: '' };
  let count = readNumber(tokens, index);
  if (word === 'half') {
    const an = /^an?$/.test(tokens[index + 1]?.word ?? '') ? index + 2 : index + 1;
    count = { value: 0.5, next: an };
  } else if (word === 'three' && tokens[index + 1]?.word === 'quarters') {
    const of = tokens[index + 2]?.word === 'of' ? index + 3 : index + 2;
    count = { value: 0.75, next: /^an?$/.test(tokens[of]?.word ?? '') ? of + 1 : of };
  } else if (/^an?$/.test(word) && tokens[index + 1]?.word === 'quarter' && tokens[index + 2]?.word === 'of') {
    count = { value: 0.25, next: /^an?$/.test(tokens[index + 3]?.word ?? '') ? index + 4 : index + 3 };
  } else if (/^an?$/.test(word) && count === undefined) count = { value: 1, next: index + 1 };
  if (count === undefined || count.value < 0 || count.value > 1e6) return undefined;
  const unit = tokens[count.next];
  if (unit === undefined || !Object.hasOwn(unitSeconds, unit.word)) return undefined;
  // "7 s" is no length; "7s" and "7 seconds" are.
  if (unit.word.length === 1 && unit.gap !== '') return undefined;
  const seconds = unitSeconds[unit.word]!;
  return { seconds: count.value * seconds, unit: seconds, next: count.next + 1 };
}
