/** Keys: a menu's, or those of the slot that is asked for. */
import type { Input } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { goOnAfterAnswer, takeFills } from './answer.js';
import { climb } from './ladders.js';
import type { RuleName } from './rules.js';
import { contextOf, findSlot } from './slots.js';
import type { Talk } from './talk.js';
import { topFrame } from './talk.js';
import { offer } from './transitions.js';

type Keys = Extract<Input, { kind: 'keys' }>;

/** What keys do: a transition with that key, else the value of the slot asked for, else no match. */
export function onKeys(talk: Talk, input: Keys): void {
  const { s } = talk;
  s.trace.route = 'keys';
  const { digits } = input;
  const isSecret = slotAsked(talk)?.sensitive === 'secret';
  if (!isSecret) s.trace.keys = digits;
  if (digits !== '' && offer(talk, { kind: 'key', key: digits })) {
    s.trace.rule = 'key-of-menu' satisfies RuleName;
    return;
  }
  const frame = topFrame(s);
  const slot = frame ? askedForKeys(talk) : undefined;
  if (!frame || !slot || !fits(slot, digits)) return climb(talk, 'no_match');
  const value = readKeys(talk, slot, digits);
  if (value === undefined) return climb(talk, 'no_match');
  s.turnValue = slot.sensitive === 'secret' ? null : value;
  s.trace.rule = 'keys-for-slot' satisfies RuleName;
  const fill = { kind: 'fill', slot: slot.name, value, text: digits, confidence: 1, correction: false } as const;
  if (slot.sensitive !== 'secret') s.trace.moves.push(fill);
  const taken = takeFills(talk, [fill], true);
  // The same value once more at its own question: it is answered.
  if (taken !== 'handled') goOnAfterAnswer(talk, frame);
}

/** The slot whose value may be keyed in now. */
export function askedForKeys(talk: Talk): Slot | undefined {
  const slot = slotAsked(talk);
  return slot?.dtmf || slot?.by === 'keys' ? slot : undefined;
}

function slotAsked(talk: Talk): Slot | undefined {
  const frame = topFrame(talk.s);
  if (frame?.phase !== 'waiting' || !frame.question || !('slot' in frame.question)) return undefined;
  return findSlot(talk.agent, frame.flow, frame.question.slot);
}

function fits(slot: Slot, digits: string): boolean {
  if (digits === '') return false;
  return !slot.dtmf || (digits.length >= slot.dtmf.min && digits.length <= slot.dtmf.max);
}

function readKeys(talk: Talk, slot: Slot, digits: string): NonNullable<ReturnType<typeof parse>> | undefined {
  return parse(talk, slot, digits) ?? undefined;
}

function parse(talk: Talk, slot: Slot, digits: string): string | number | boolean | null {
  const context = contextOf(talk, topFrame(talk.s), slot, true);
  const parsed = slotType(slot.type).parse(digits, context);
  const value = 'value' in parsed ? parsed.value : slotType(slot.type).find(digits, context)[0]?.value;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
