/** Numbers that no question, name or example claims: what must not be taken for the value of a slot. */
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { Reading, SlotTypeName } from '../slot-types/slot-type.js';
import type { Ask, Candidate } from './readings.js';
import { contextOf, isOutside, stored } from './slots.js';
import type { Talk } from './talk.js';

/** Types whose values are read out of any number. */
const numbers: readonly SlotTypeName[] = ['number', 'integer', 'ordinal', 'digits', 'code'];

/** Types that numbers are parts of. */
const wholes: readonly SlotTypeName[] = ['date', 'datetime', 'time', 'money', 'duration'];

/** From here a longer value is surely one. */
const surelyWhole = 0.6;

/**
 * Whether a number that nobody asked for is no value of the slot: it is out of range (and to be told "ten is the most"
 * of what was never said of the slot is a fault of ours), or it is cut out of a date, a time, an amount or a duration,
 * or it is the "one" that stands for a thing.
 */
export function isMereGuess(talk: Talk, ask: Ask, slot: Slot, reading: Reading): boolean {
  if (!numbers.includes(slot.type)) return false;
  // "The Tuesday one", "make it a large one".
  if (/^one$/i.test(reading.text)) return true;
  const values = [reading.value, ...(reading.others ?? [])];
  if (values.every((value) => isOutside(talk, ask.frame, slot, value)) && !ask.wanted.includes(slot.name)) return true;
  return isCutOut(talk, ask, slot, reading, wholes);
}

/**
 * Whether the answer to the slot's question is a part of what answers another one: the "ten" of "ten past eight" is no
 * number of people where a time is to be given too, and the "first" of "the first of April" is never a place in a list.
 */
export function isPartOfAnother(talk: Talk, ask: Ask, slot: Slot, reading: Reading): boolean {
  if (slot.type === 'choice')
    return isPlace(talk, ask, slot, reading) && isCutOut(talk, ask, slot, reading, ['date', 'time', 'datetime']);
  if (!numbers.includes(slot.type)) return false;
  const types = wholes.filter((type) => ask.slots.some((one) => one !== slot && one.type === type));
  return isCutOut(talk, ask, slot, reading, types);
}

/** "The first", "number two": nothing of the option itself was said. */
function isPlace(talk: Talk, ask: Ask, slot: Slot, { text }: Reading): boolean {
  const { language, now } = contextOf(talk, ask.frame, slot, true);
  return (['ordinal', 'integer'] as const).some((type) =>
    slotType(type)
      .find(text, { language, now, asked: false })
      .some(({ start, end }) => end - start >= text.length - 'the '.length),
  );
}

/** The stretch lies within a longer one that is surely a value of one of these types. */
function isCutOut(talk: Talk, ask: Ask, slot: Slot, reading: Reading, types: readonly SlotTypeName[]): boolean {
  const { language, now } = contextOf(talk, ask.frame, slot, false);
  return types.some((type) =>
    slotType(type)
      .find(ask.text, { language, now, asked: false })
      .some(
        ({ start, end, confidence, text }) =>
          confidence >= surelyWhole &&
          start <= reading.start &&
          reading.end <= end &&
          end - start > reading.end - reading.start &&
          !(type === 'duration' && isCountedBy(slot, text)),
      ),
  );
}

/** "Three nights" is a duration, and the value of a slot `nights`. */
function isCountedBy(slot: Slot, duration: string): boolean {
  const unit = /([\p{L}]+)\W*$/u.exec(duration.toLowerCase())?.[1]?.replace(/s$/, '');
  const words = [slot.name, ...slot.called].flatMap((one) => one.toLowerCase().split(/[^\p{L}]+/u));
  return words.some((word) => word.replace(/s$/, '') === unit);
}

/**
 * A value that the slot's range refuses, and that another slot is still waiting for: a date of birth is no day to come,
 * and the eight digits of an account are no reading of a meter. What answers the question stays its answer.
 */
export function isBetterElsewhere(
  talk: Talk,
  ask: Ask,
  { slot, reading }: Candidate,
  all: readonly Candidate[],
): boolean {
  const isRefused = (one: Slot, read: Reading): boolean =>
    [read.value, ...(read.others ?? [])].every((value) => isOutside(talk, ask.frame, one, value));
  return (
    slot.name !== ask.asked &&
    isRefused(slot, reading) &&
    all.some(
      (other) =>
        other.slot !== slot &&
        other.reading.start < reading.end &&
        other.reading.end > reading.start &&
        stored(talk, ask.frame, other.slot) === null &&
        !isRefused(other.slot, other.reading),
    )
  );
}

/** "Five", of money: nothing says that it is an amount, and not a time or a number of something. */
export function isBareAmount(talk: Talk, ask: Ask, slot: Slot, { text }: Reading): boolean {
  if (slot.type !== 'money') return false;
  const { language, now } = contextOf(talk, ask.frame, slot, false);
  const [number] = slotType('number').find(text, { language, now, asked: true });
  return number !== undefined && number.end - number.start >= text.trim().length;
}
