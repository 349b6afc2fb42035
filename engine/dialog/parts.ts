/**
 * Values that are given in parts, each with a question of its own: the start and the end of a date_range, the first and
 * the last name, the parts of an address. While one part is missing the slot is empty.
 */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import type { Reading, SlotContext, SlotTypeName } from '../slot-types/slot-type.js';
import { addressReadings } from './address-parts.js';
import { dayReadings } from './day-parts.js';
import { nameReadings } from './name-parts.js';
import { refusal, store, stored } from './slots.js';
import type { Fill, Frame } from './state.js';
import type { Talk } from './talk.js';

/** A reading of a whole value or of some of its parts; `named` when the words before it say which part it is. */
export interface PartReading extends Reading {
  named?: boolean;
}

type ReadParts = (
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  context: SlotContext,
) => PartReading[];

const readers: Partial<Record<SlotTypeName, ReadParts>> = {
  date_range: dayReadings,
  name: nameReadings,
  address: addressReadings,
};

/** The part that is asked for now, or undefined where the whole is. */
export function nextPart(frame: Frame | undefined, slot: Slot): string | undefined {
  if (!slot.parts) return undefined;
  const known = frame?.parts[slot.name]?.values ?? {};
  if (slot.ask.length > 0 && Object.keys(known).length === 0) return undefined;
  return [...slot.parts.keys()].find((part) => known[part] === undefined);
}

/** Every reading of a slot with parts: whole values as they are, others as the parts they are. */
export function partReadings(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  context: SlotContext,
): PartReading[] {
  return readers[slot.type]?.(talk, frame, slot, text, context) ?? [];
}

/** The parts of a value that are known. */
export function partsOf(value: Json): Record<string, string> | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string'));
}

export interface Joined {
  /** Fills of whole values. */
  fills: Fill[];
  /** Slots of which one part is known now, and was not refused. */
  halves: Slot[];
  /** Slots whose part was refused. */
  refused: { slot: Slot; why: NonNullable<ReturnType<typeof refusal>> }[];
}

/**
 * Puts parts together: with what is known already they are a whole value, or they are kept until the rest is said.
 * @param find the slot that a fill means
 */
export function joinParts(
  talk: Talk,
  frame: Frame,
  fills: readonly Fill[],
  find: (name: string) => Slot | undefined,
): Joined {
  const joined: Joined = { fills: [], halves: [], refused: [] };
  for (const fill of fills) {
    const slot = find(fill.slot);
    const names = [...(slot?.parts?.keys() ?? [])];
    const given = slot?.parts ? partsOf(fill.value) : undefined;
    if (!slot || !given || names.every((name) => given[name] !== undefined)) {
      joined.fills.push(fill);
      continue;
    }
    const before = frame.parts[slot.name];
    const values: Record<string, Json> = { ...(partsOf(stored(talk, frame, slot)) ?? before?.values), ...given };
    const confidence = Math.min(fill.confidence, before?.confidence ?? 1);
    if (names.every((name) => values[name] !== undefined)) {
      joined.fills.push({ ...fill, value: values, confidence });
      continue;
    }
    const why = refusalOfHalf(talk, frame, slot, values);
    if (why) joined.refused.push({ slot, why });
    else {
      frame.parts[slot.name] = { values, confidence };
      joined.halves.push(slot);
    }
  }
  return joined;
}

/** A start in the past is refused at once: what reads the missing part cannot be computed, and does not hold. */
function refusalOfHalf(talk: Talk, frame: Frame, slot: Slot, values: Json): ReturnType<typeof refusal> {
  const before = stored(talk, frame, slot);
  const notes = talk.s.trace.notes.length;
  store(talk, frame, slot, values);
  const why = refusal(talk, frame, slot);
  store(talk, frame, slot, before);
  talk.s.trace.notes.length = notes;
  return why;
}
