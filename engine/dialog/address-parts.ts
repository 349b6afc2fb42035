/** The parts of an address: what an address holds, and one part that is named or asked for. */
import type { Slot } from '../language/flow.js';
import type { AddressPart } from '../slot-types/address.js';
import { addressParts, readAddressPart } from '../slot-types/address.js';
import { slotType } from '../slot-types/index.js';
import { isQuestion } from '../slot-types/normalise.js';
import type { SlotContext } from '../slot-types/slot-type.js';
import type { PartReading } from './parts.js';
import { nextPart } from './parts.js';
import { stored } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';

const names: readonly [AddressPart, RegExp][] = [
  ['postcode', /\b(?:post(?:al)? ?code|zip(?: ?code)?|eir ?code)\b/gi],
  ['unit', /\b(?:flat|apartment|unit|suite)(?: number)?\b/gi],
  ['number', /\b(?:house )?number\b/gi],
  ['city', /\b(?:city|town)\b/gi],
  ['street', /\b(?:street|road)(?: name)?(?= is\b| should\b)/gi],
];
const lead = /^(?:\s+(?:is|as|to|should be))?[\s,:]*/i;

export function addressReadings(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  context: SlotContext,
): PartReading[] {
  const whole = slotType('address').find(text, context);
  if (whole.length > 0) return whole.map((one) => ({ ...one, ...(isPart(one.value) && { confidence: 1 }) }));
  const before = stored(talk, frame, slot);
  const named = names.flatMap(([part, pattern]) =>
    [...text.matchAll(pattern)].flatMap((match): PartReading[] => {
      const after = match.index + match[0].length;
      const start = after + lead.exec(text.slice(after))![0].length;
      return readPart(part, text, start, context).map((one) => ({ ...one, named: true }));
    }),
  );
  if (named.length > 0) return named.slice(0, 1);
  const asked = context.asked && before === null && !isQuestion(text) ? nextPart(frame, slot) : undefined;
  const part = addressParts.find((one) => one === asked);
  return part ? readPart(part, text, 0, context) : [];
}

/** What a question for a part is answered with is not less sure for being no whole address. */
function isPart(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function readPart(part: AddressPart, text: string, start: number, context: SlotContext): PartReading[] {
  const found = readAddressPart(part, text.slice(start), { ...context, asked: true });
  if (!found) return [];
  return [{ ...found, value: { [part]: found.value }, start: start + found.start, end: start + found.end }];
}
