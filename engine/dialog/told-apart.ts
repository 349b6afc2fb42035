/** Readings of one answer, said so that they are told apart, and no more than that. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { contextOf, sayValue } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';

/** "Three in the morning or three in the afternoon?": the day, which is the same in both, is not said twice. */
export function saidApart(talk: Talk, frame: Frame, slot: Slot, values: readonly Json[]): string[] {
  const parts = slot.type === 'datetime' && !slot.spoken ? values.map((value) => String(value).split('T')) : [];
  const isSame = (at: 0 | 1): boolean => parts.length > 1 && parts.every((one) => one[at] !== undefined && one[at] === parts[0]![at]); // prettier-ignore
  const context = contextOf(talk, frame, slot, false);
  if (isSame(0)) return parts.map(([, time]) => slotType('time').say(time!.slice(0, 5), context));
  if (isSame(1)) return parts.map(([day]) => slotType('date').say(day!, context));
  return values.map((value) => sayValue(talk, frame, slot, value));
}
