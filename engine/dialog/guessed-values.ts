/** Numbers that no question, name or example claims: what must not be taken for the value of a slot. */
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { Reading, SlotTypeName } from '../slot-types/slot-type.js';
import type { Ask } from './readings.js';
import { contextOf, isOutside } from './slots.js';
import type { Talk } from './talk.js';

/** Types whose values are read out of any number. */
const numbers: readonly SlotTypeName[] = ['number', 'integer', 'ordinal', 'digits', 'code'];

/** Types that numbers are parts of. */
const wholes: readonly SlotTypeName[] = ['date', 'datetime', 'time', 'money', 'duration'];

/** From here a longer value is surely one. */
const surelyWhole = 0.6;

/**
 * Whether a number that nobody asked for is no value of the slot: it is out of range (and to be told "ten is the most"
 * of what was never said of the slot is a fault of ours), or it is cut out of a date, a time, an amount or a duration.
 */
export function isMereGuess(talk: Talk, ask: Ask, slot: Slot, reading: Reading): boolean {
  if (!numbers.includes(slot.type)) return false;
  const values = [reading.value, ...(reading.others ?? [])];
  if (values.every((value) => isOutside(talk, ask.frame, slot, value)) && !ask.wanted.includes(slot.name)) return true;
  const context = contextOf(talk, ask.frame, slot, false);
  return wholes.some((type) =>
    slotType(type)
      .find(ask.text, { language: context.language, now: context.now, asked: false })
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
