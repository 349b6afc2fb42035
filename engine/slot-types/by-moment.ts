/** "Wednesday", "the one at four", "the morning one": options that hold a day or a time, chosen by it. */
import type { Json } from '../contracts.js';
import { weekdayOf } from './calendar.js';
import { date } from './date.js';
import type { Reading, SlotContext } from './slot-type.js';
import { ordinal } from './ordinal.js';
import { time } from './time.js';

interface Option {
  id: string;
  data?: Readonly<Record<string, Json>>;
}

interface Moment {
  day?: string;
  time?: string;
}

/** Parts of a day as they are named of what is on offer, by the hours they hold. English. */
const partsOfDay: readonly (readonly [RegExp, from: string, to: string])[] = [
  [/\b(?:morning|before noon)\b/i, '00:00', '11:59'],
  [/\bafternoon\b/i, '12:00', '17:59'],
  [/\b(?:evening|tonight)\b/i, '17:00', '23:59'],
];

/** A weekday by its name is that day of any week that is on offer. */
const onlyWeekday = /^(?:this |next |on |coming )*(?:mon|tues|wednes|thurs|fri|satur|sun)day$/i;

/**
 * The options whose day and time are those that were said; none where neither was, or where no option has them.
 * `start` and `end` are the stretch of the words.
 */
export function byMoment(
  text: string,
  options: readonly Option[],
  context: SlotContext,
): { start: number; end: number; ids: string[] } | undefined {
  const offered = options.map(({ id, data }) => ({ id, moment: momentOf(data ?? { id }) }));
  const hasDays = offered.some(({ moment }) => moment.day !== undefined);
  const hasTimes = offered.some(({ moment }) => moment.time !== undefined);
  if (!hasDays && !hasTimes) return undefined;
  const bare: SlotContext = { language: context.language, now: context.now, asked: context.asked };
  const [day] = hasDays ? date.find(text, bare) : [];
  const times = hasTimes ? time.find(text, bare) : [];
  const hour = times.find((one) => !day || one.end <= day.start || one.start >= day.end);
  const part = hasTimes ? partIn(text) : undefined;
  const spans = [day, hour, part].flatMap((one) => (one ? [{ start: one.start, end: one.end }] : []));
  if (spans.length === 0) return undefined;
  const ids = offered
    .filter(({ moment }) => !day || isOn(moment, day))
    .filter(({ moment }) => (hour ? valuesOf(hour).includes(moment.time ?? '') : !part || part.holds(moment)))
    .map(({ id }) => id);
  if (ids.length === 0) return undefined;
  return {
    start: Math.min(...spans.map((one) => one.start)),
    end: Math.max(...spans.map((one) => one.end)),
    ids,
  };
}

function momentOf(data: Readonly<Record<string, Json>>): Moment {
  for (const value of Object.values(data)) {
    const match = typeof value === 'string' ? /^(?:(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d))?|(\d\d:\d\d))/.exec(value) : null;
    if (!match) continue;
    const hour = match[2] ?? match[3];
    return { ...(match[1] !== undefined && { day: match[1] }), ...(hour !== undefined && { time: hour }) };
  }
  return {};
}

function isOn({ day }: Moment, said: Reading): boolean {
  if (day === undefined) return false;
  if (valuesOf(said).includes(day)) return true;
  if (onlyWeekday.test(said.text.trim())) return weekdayOf(day) === weekdayOf(String(said.value));
  return dayOfMonth(said) === Number(day.slice(8));
}

/** "The 23rd", of whatever month is on offer. */
function dayOfMonth({ text, value }: Reading): number | undefined {
  const [only] = ordinal.find(text, { language: 'en', now: `${String(value)}T00:00`, asked: true });
  const isAll = only?.end === text.trimEnd().length && /^(?:on )?(?:the )?$/i.test(text.slice(0, only.start));
  return isAll ? Number(only.value) : undefined;
}

function valuesOf(reading: Reading): string[] {
  return [reading.value, ...(reading.others ?? [])].map(String);
}

function partIn(text: string): { start: number; end: number; holds: (moment: Moment) => boolean } | undefined {
  for (const [pattern, from, to] of partsOfDay) {
    const match = pattern.exec(text);
    if (!match) continue;
    const holds = ({ time: at }: Moment): boolean => at !== undefined && from <= at && at <= to;
    return { start: match.index, end: match.index + match[0].length, holds };
  }
  return undefined;
}
