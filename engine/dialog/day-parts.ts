/** One day of a stay: which end it is, its role says ("until the 12th"), else the question, else what is missing. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { addDays, daysBetween } from '../slot-types/calendar.js';
import { slotType } from '../slot-types/index.js';
import type { Reading, SlotContext } from '../slot-types/slot-type.js';
import { besideDenied } from './partial-values.js';
import type { PartReading } from './parts.js';
import { nextPart, partsOf } from './parts.js';
import { refusal, store, stored } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';

type Part = 'start' | 'end';
type Days = Partial<Record<Part, string>>;

/** Every reading of a date_range with parts: whole values as they are, single days as the part they are. */
export function dayReadings(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  context: SlotContext,
): PartReading[] {
  const whole = slotType(slot.type)
    .find(text, context)
    .filter((reading) => !reading.single);
  const isFree = (one: Reading): boolean => !whole.some((other) => one.start < other.end && other.start < one.end);
  const before: Days | undefined = partsOf(stored(talk, frame, slot));
  const known = before ?? partsOf(frame?.parts[slot.name]?.values ?? null) ?? {};
  const asked = context.asked && !before ? (nextPart(frame, slot) as Part | undefined) : undefined;
  const dates = slotType('date')
    .find(text, { ...context, relativeTo: known.start ?? null })
    .filter(isFree);
  const single = dates.flatMap((reading): PartReading[] => {
    const role = roleOf(text, reading.start);
    if (before && role === undefined) return eitherEnd(talk, frame, slot, reading, before, context);
    const part: Part = role ?? asked ?? (known.start === undefined ? 'start' : 'end');
    const meant = before ? inPlaceOf(slot, reading, before[part], context) : reading;
    const days = [meant.value, ...(meant.others ?? [])].map((day) =>
      part === 'end' ? endAfter(text, reading, String(day), known.start, context) : String(day),
    );
    const values = [...new Set(days)].map((day) => ({ [part]: day }));
    return [{ ...withValues(reading, values), ...(role && { named: true }) }];
  });
  if (whole.length > 0 || single.length > 0 || asked !== 'end' || known.start === undefined)
    return [...whole, ...single];
  return lengthReadings(text, known.start, context);
}

/** "Three nights", asked for the end. */
function lengthReadings(text: string, start: string, context: SlotContext): PartReading[] {
  return slotType('duration')
    .find(text, context)
    .flatMap((reading) => {
      const days = /^(\d+)d$/.exec(String(reading.value))?.[1];
      return days === undefined ? [] : [withValues(reading, [{ end: addDays(start, Number(days)) }])];
    });
}

function withValues(reading: Reading, [value, ...others]: Json[]): PartReading {
  const { text, start, end, confidence } = reading;
  return { value: value ?? null, text, start, end, confidence, ...(others.length > 0 && { others }) };
}

/** A day in place of one end of what is known already: both ends may be meant, unless only one makes sense. */
function eitherEnd(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  reading: Reading,
  before: Days,
  context: SlotContext,
): PartReading[] {
  const ranges = (['start', 'end'] as const)
    .map((part): Days => ({ ...before, [part]: String(inPlaceOf(slot, reading, before[part], context).value) }))
    .filter(({ start, end }) => start !== undefined && end !== undefined && start <= end)
    .filter((range) => mayHold(talk, frame, slot, range));
  return ranges.length === 0 ? [] : [withValues(reading, ranges)];
}

/** "The 13th", in place of the 12th of June: of June, though another 13th comes first. */
function inPlaceOf(slot: Slot, reading: Reading, day: string | undefined, context: SlotContext): Reading {
  return besideDenied({ ...slot, type: 'date', parts: undefined }, reading, day ?? null, context);
}

/** Whether no `reject` line or range refuses a value. The slot is as it was afterwards. */
function mayHold(talk: Talk, frame: Frame | undefined, slot: Slot, value: Json): boolean {
  const before = stored(talk, frame, slot);
  const { turnSlots } = talk.s;
  talk.s.turnSlots = [...(turnSlots ?? [])];
  store(talk, frame, slot, value);
  const isRefused = refusal(talk, frame, slot) !== null;
  store(talk, frame, slot, before);
  talk.s.turnSlots = turnSlots;
  return !isRefused;
}

/** A day of the month or a weekday is the first one after the start: "the 2nd" after June the 30th is in July. */
function endAfter(
  text: string,
  reading: Reading,
  day: string,
  start: string | undefined,
  context: SlotContext,
): string {
  if (start === undefined || day >= start) return day;
  const again = slotType('date')
    .find(text, { ...context, now: `${start}T00:00` })
    .find((one) => one.start === reading.start);
  const later = String(again?.value ?? day);
  // With its month named it was meant as it was said, and is refused where that cannot be.
  return later >= start && daysBetween(start, later) <= 31 ? later : day;
}

const between = "(?:\\s+(?:on|at|it|is|the|day|date|will|be|would|should|i'm|we|i|of|a|my|car|room|again|there|by))*";
const before = (words: string): RegExp => new RegExp(`\\b(?:${words})${between}\\s*$`, 'iu');
const ofPart = (words: string): RegExp => new RegExp(`\\b(?:${words})${between}(?:\\s+to)?${between}\\s*$`, 'iu');

/** Words that name a part come before the small ones that only hint at it: "move check-in to the 10th" is no end. */
const roles: readonly [Part, RegExp][] = [
  ['end', ofPart('back|return(?:ing|ed)?|leav(?:e|ing)|departure|check(?:ing)?[ -]?out|end(?:s|ing)?|last day')],
  [
    'start',
    ofPart(
      'start(?:s|ing)?|begin(?:s|ning)?|arriv(?:e|ing|al)|check(?:ing)?[ -]?in|pick(?:ing)?(?: (?:it|the car))?[ -]?up|first day',
    ),
  ],
  ['end', before('until|till|til|to|through')],
  ['start', before('from')],
];

function roleOf(text: string, start: number): Part | undefined {
  const head = text.slice(0, start);
  return roles.find(([, pattern]) => pattern.test(head))?.[0];
}
