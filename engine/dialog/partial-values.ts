/** Values said in part: a day that leaves month and year as they were, a name before something else or in two turns. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { builtInsOf } from './built-ins/built-ins.js';
import { slotType } from '../slot-types/index.js';
import { relativeReadings } from '../slot-types/relative.js';
import type { Reading, SlotContext, SlotTypeName } from '../slot-types/slot-type.js';

const dayMs = 86_400_000;

/** A date farther away than this is said with its year, which a correction then leaves as it was. */
const farDays = 366;

/**
 * "No, the fourth", of the fifth of May 1980: the day changes, month and year stay. Of a day soon to come the month
 * stays while that day is not over; of one long ago or far off a day and a month leave the year.
 */
export function besideDenied<One extends Reading>(slot: Slot, reading: One, before: Json, context: SlotContext): One {
  if (slot.type !== 'date' || slot.parts || typeof before !== 'string' || typeof reading.value !== 'string')
    return reading;
  const [year = '', month = ''] = before.split('-');
  const [, saidMonth = '', saidDay = ''] = reading.value.split('-');
  const isFar = Math.abs(Date.parse(before) - Date.parse(context.now.slice(0, 10))) / dayMs > farDays;
  const said = saidOf(reading, context);
  const isDay = said === 'day';
  if (!isDay && !(isFar && said === 'day and month')) return reading;
  const value = `${year}-${isDay ? month : saidMonth}-${saidDay}`;
  const isReal = new Date(`${value}T00:00:00Z`).toISOString().slice(0, 10) === value;
  if (!isReal || (!isFar && value < context.now.slice(0, 10))) return reading;
  const whole: One = { ...reading, value };
  delete whole.others;
  return whole;
}

/**
 * What is said by its distance from the value that is put right, or from that of `relative_to:`, before what its words
 * mean by themselves: "an hour later" is no length of time. Of a day and time the part that was not said stays.
 */
export function besideKnown<One extends Reading>(
  slot: Slot,
  text: string,
  before: Json,
  context: SlotContext,
  found: One[],
): (One | Reading)[] {
  if (slot.parts) return found;
  const near = relativeReadings(slot.type, text, before ?? context.relativeTo ?? null, context);
  if (near.length > 0) return near;
  if (before === null) return found;
  if (slot.type === 'time') return found.map((one) => inSameHalf(one, before));
  if (slot.type !== 'datetime' || found.length > 0 || typeof before !== 'string') return found;
  const [day = '', time = ''] = before.split('T');
  const dates = slotType('date').find(text, { ...context, asked: true });
  if (dates.length > 0) {
    const asDate: Slot = { ...slot, type: 'date' };
    return dates.map((one) => withEach(besideDenied(asDate, one, day, context), (value) => `${String(value)}T${time}`));
  }
  const times = slotType('time').find(text, { ...context, asked: true });
  return times.map((one) => withEach(inSameHalf(one, time), (value) => `${day}T${String(value)}`));
}

function withEach(one: Reading, make: (value: Json) => Json): Reading {
  return { ...one, value: make(one.value), ...(one.others && { others: one.others.map(make) }) };
}

/** "Make it eight", of seven in the evening: eight in the evening. */
function inSameHalf<One extends Reading>(one: One, before: Json): One {
  const half = (time: Json): boolean => String(time) < '12:00';
  const alike = [one.value, ...(one.others ?? [])].filter((value) => half(value) === half(before));
  if (!one.others || alike.length !== 1) return one;
  const whole: One = { ...one, value: alike[0]! };
  delete whole.others;
  return whole;
}

/** Far from now, in another month: what is read otherwise from there was not said. */
const elsewhen = { years: 10, days: 40 };

/** What of the date was said, in any language: the rest changes with the day on which it is said. */
function saidOf(reading: Reading, context: SlotContext): 'day' | 'day and month' | 'more' {
  const then = new Date(`${context.now.slice(0, 10)}T00:00:00Z`);
  then.setUTCFullYear(then.getUTCFullYear() + elsewhen.years, then.getUTCMonth(), then.getUTCDate() + elsewhen.days);
  const now = `${then.toISOString().slice(0, 10)}${context.now.slice(10)}`;
  const { language, range } = context;
  // "Eighty five" is a year only where no day to come is meant.
  const isPast = range?.max !== undefined && (range.max === 'today' || range.max <= context.now.slice(0, 10));
  const elsewhere: SlotContext = { language, now, asked: true, ...(isPast && { range: { max: 'today' } }) };
  const [other] = slotType('date').find(reading.text, elsewhere);
  const [year, month, day] = String(reading.value).split('-');
  const [otherYear, otherMonth, otherDay] = String(other?.value ?? '').split('-');
  if (day !== otherDay || year === otherYear) return 'more';
  if (month === otherMonth) return 'day and month';
  // "The fourth of next month" says its month too.
  const isAlone = slotType('ordinal')
    .find(reading.text, { language, now, asked: true })
    .some(({ end }) => end === reading.text.length);
  return isAlone ? 'day' : 'more';
}

/**
 * "Aoife." "And your date of birth?" "Murphy.": the rest of a name whose first word was all that the last turn gave.
 * @param isJust whether the last turn filled the slot
 */
export function restOfName(slot: Slot, text: string, before: Json, isJust: boolean, context: SlotContext): Reading[] {
  if (slot.type !== 'name' || slot.parts || !isJust || typeof before !== 'string' || /\s/.test(before)) return [];
  const [rest, ...others] = slotType('name').find(text, { ...context, asked: true });
  if (!rest || others.length > 0 || typeof rest.value !== 'string') return [];
  const isSame = rest.value.toLowerCase().split(' ').includes(before.toLowerCase());
  return [{ ...rest, value: isSame ? rest.value : `${before} ${rest.value}` }];
}

/** "No, it's Murray", where nothing is asked for: another name in the place of the one that was read back. */
export function nameInstead(slot: Slot, text: string, before: Json, context: SlotContext): Reading[] {
  if (slot.type !== 'name' || slot.parts || before === null) return [];
  const found = slotType('name').find(text, { ...context, asked: true });
  return found.length === 1 ? found : [];
}

/**
 * "The fourth of May", of a day that may lie years back: which year is not known. A day of a past that goes back
 * farther than this needs one, unless it is said by its distance ("yesterday") or its place in the week.
 */
const farBackDays = 3 * 366;

export function lacksYear(slot: Slot, reading: Reading, before: Json, context: SlotContext): boolean {
  const { min, max } = context.range ?? {};
  if (slot.type !== 'date' || slot.parts || before !== null || min === undefined || max === undefined) return false;
  const today = context.now.slice(0, 10);
  const isOfPast = (max === 'today' || max <= today) && (Date.parse(today) - Date.parse(min)) / dayMs > farBackDays;
  return isOfPast && saidOf(reading, context) !== 'more';
}

/** What people say after their name without being asked: it is cut off before the name is read. */
const afterName: readonly SlotTypeName[] = ['date', 'phone', 'email', 'digits'];
const cutSurely = 0.6;

/** "Aoife Murphy, fourth of May nineteen eighty": the name is what stands before the date. */
export function nameBeforeOthers(slot: Slot, text: string, context: SlotContext): Reading[] {
  if (slot.type !== 'name' || slot.parts) return [];
  const bare = { language: context.language, now: context.now, asked: false };
  const starts = afterName.flatMap((type) =>
    slotType(type)
      .find(text, bare)
      .filter(({ confidence }) => confidence >= cutSurely)
      .map(({ start }) => start),
  );
  if (starts.length === 0) return [];
  const head = text.slice(0, Math.min(...starts)).replace(builtInsOf(context.language).corrections.betweenValues, '');
  return head === '' ? [] : slotType('name').find(head, context);
}
