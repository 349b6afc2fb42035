/** Keys: a menu's, or those of the slot that is asked for. */
import type { Input, Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { goOnAfterAnswer, takeFills } from './answer.js';
import type { Edit } from './item-edits.js';
import { asJson } from './item-edits.js';
import type { Item, Pending } from './items.js';
import { head, heardFor, innerItems, itemsIn, pendingItem, readItems, writeItems } from './items.js';
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
  const filled = fillOf(talk, slot, value);
  s.turnValue = slot.sensitive === 'secret' ? null : value;
  s.trace.rule = 'keys-for-slot' satisfies RuleName;
  const fill = { kind: 'fill', ...filled, text: digits, confidence: 1, correction: false } as const;
  if (slot.sensitive !== 'secret') s.trace.moves.push(fill);
  const taken = takeFills(talk, [fill], true);
  // The same value once more at its own question: it is answered.
  if (taken !== 'handled') goOnAfterAnswer(talk, frame);
}

/** What a keyed value fills: the slot, or the item whose field was asked for. */
function fillOf(talk: Talk, slot: Slot, value: Json): { slot: string; value: Json } {
  const whole = slotOfQuestion(talk);
  const items = whole && itemsIn(talk, topFrame(talk.s), whole);
  if (!items) return { slot: slot.name, value };
  const pending = pendingItem(items);
  const item = pending ? putInto(pending, value) : { [slot.name]: value };
  const edit: Edit = pending && readItems(items)[pending.at] ? { edit: 'change', at: pending.at, item } : { edit: 'add', item }; // prettier-ignore
  return { slot: items.slot.name, value: asJson([edit]) };
}

/** The item with the value in the place that was asked for; of a list there, as one more of it. */
function putInto({ missing }: Pending, value: Json): Item {
  const inner = innerItems(missing.items, missing.item, missing.field);
  const first = inner && head(inner);
  return missing.put(inner && first ? writeItems(inner, [...readItems(inner), { [first.name]: value }]) : value);
}

/** The slot whose value may be keyed in now. */
export function askedForKeys(talk: Talk): Slot | undefined {
  const slot = slotAsked(talk);
  return slot?.by !== 'speech' && (slot?.dtmf || slot?.by === 'keys') ? slot : undefined;
}

/** The slot that was asked for; of a list or a record the field that is asked for. */
function slotAsked(talk: Talk): Slot | undefined {
  const slot = slotOfQuestion(talk);
  const items = slot && itemsIn(talk, topFrame(talk.s), slot);
  if (!items || slot.sensitive === 'secret') return slot;
  const pending = pendingItem(items);
  return pending ? heardFor(pending.missing).field : head(items);
}

function slotOfQuestion(talk: Talk): Slot | undefined {
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
