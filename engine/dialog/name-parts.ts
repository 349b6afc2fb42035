/** A first and a last name: two words are both, one is the part that is named, asked for, or missing. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { splitName } from '../slot-types/name.js';
import { slotType } from '../slot-types/index.js';
import type { Reading, SlotContext } from '../slot-types/slot-type.js';
import type { PartReading } from './parts.js';
import { nextPart, partsOf } from './parts.js';
import { stored } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';

const roles: readonly [string, RegExp][] = [
  ['first', /\b(?:first|given|christian)[ -]?names?(?:\s+(?:is|as|to|should be))?[\s,:]*$/i],
  ['last', /(?:\b(?:last|family|second)[ -]?names?|\bsurnames?|\bm(?:r|rs|s|iss)\.?)(?:\s+(?:is|as|to|should be))?[\s,:]*$/i],
]; // prettier-ignore

export function nameReadings(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  context: SlotContext,
): PartReading[] {
  const before = partsOf(stored(talk, frame, slot));
  const known = before ?? frame?.parts[slot.name]?.values ?? {};
  const asked = context.asked && !before ? nextPart(frame, slot) : undefined;
  const found = namesIn(text, context).map((reading): PartReading => {
    const role = roles.find(([, pattern]) => pattern.test(text.slice(0, reading.start)))?.[0];
    const name = String(reading.value);
    if (role) return { ...reading, value: { [role]: name }, confidence: 1, named: true };
    const whole = splitName(name);
    if (asked === 'last' && known['first'] !== undefined)
      return { ...reading, value: { last: whole.first === known['first'] && whole.last ? whole.last : name } };
    // "Mary Ann", asked for the first name: both, or two first names.
    if (whole.last !== undefined && asked === 'first')
      return { ...reading, value: { ...whole }, confidence: Math.min(reading.confidence, 0.7) };
    if (whole.last !== undefined) return { ...reading, value: { ...whole } };
    return { ...reading, value: { [asked ?? 'first']: name } };
  });
  return joined(found, text);
}

/** "First name Mary, surname Walsh": names after words that say which they are, beside those of the type. */
function namesIn(text: string, context: SlotContext): Reading[] {
  const starts = [...text.matchAll(/\b(?:first|given|christian|last|family|second)[ -]?name\b|\bsurname\b/gi)];
  const pieces = starts.flatMap((match, index) => {
    const from = match.index + match[0].length;
    const said = text.slice(from, starts[index + 1]?.index ?? text.length);
    const lead = /^(?:\s+(?:is|as|to|should be))?[\s,:]*/i.exec(said)![0].length;
    const rest = said.slice(lead).replace(/(?:[\s,]+and)?(?:\s+(?:my|the))?[\s,.]*$/i, '');
    const [one] = slotType('name').find(rest, { ...context, asked: true });
    return one && one.start === 0 ? [{ ...one, start: from + lead, end: from + lead + one.end }] : [];
  });
  return pieces.length > 0 ? pieces : slotType('name').find(text, context);
}

/** Two parts of one sentence are one reading. */
function joined(found: PartReading[], text: string): PartReading[] {
  const named = found.filter((one) => one.named).sort((a, b) => a.start - b.start);
  const [first, last] = [named[0], named.at(-1)];
  if (!first || !last || first === last) return found;
  const value = Object.assign({}, ...named.map((one) => one.value)) as Json;
  return [{ ...first, value, end: last.end, text: text.slice(first.start, last.end) }];
}
