/** Corrections that no slot of the running flow explains: a bare number, a value of another flow, a slot that is only named. */
import type { Move } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';
import { surely } from './answer.js';
import { farFlows } from './far-slots.js';
import type { Moment } from './moment.js';
import { opensWithSlip, plainOf } from './moment.js';
import type { Assigned } from './readings.js';
import { assignReadings, isBare, round } from './readings.js';
import { contextOf, isOutside, slotsInScope, stored } from './slots.js';
import { readsOf } from './questions.js';
import { builtIns, same, stateOf } from './talk.js';

/** Values of flows beneath and of called ones that are over, which the sentence puts right. */
export function withFarChanges(moment: Moment, here: Assigned): Assigned {
  const { talk, text, heard } = moment;
  const isSlip = opensWithSlip(talk, text);
  const { corrections } = builtIns(talk);
  if (!isSlip && !corrections.denies.test(text) && !corrections.states.test(text)) return here;
  const result: Assigned = { ...here, fills: [...here.fills], used: [...here.used] };
  for (const { flow, frame } of farFlows(talk)) {
    const slots = ownFilled(moment, flow, frame).filter((slot) => slot.type !== 'text' && slot.type !== 'yes_no');
    if (slots.length === 0) continue;
    const ask = { text, heard, frame, slots, wanted: [], examples: [], mayCorrect: isSlip };
    const there = assignReadings(talk, ask);
    for (const fill of there.fills) {
      const span = there.used.find((one) => one.slot === fill.slot)!;
      if (!fill.correction || result.used.some((one) => one.start < span.end && span.start < one.end)) continue;
      result.fills.push({ ...fill, slot: `${flow}.${fill.slot}` });
      result.used.push({ ...span, slot: `${flow}.${fill.slot}` });
      result.called = [...(result.called ?? []), ...slots.flatMap((slot) => slot.called)];
    }
  }
  return result;
}

function ownFilled({ talk }: Moment, flow: string, frame: Moment['frame']): Slot[] {
  return [...(talk.agent.flows.get(flow)?.slots.values() ?? [])].filter(
    (slot) => slot.value === undefined && !slot.fields && stored(talk, frame, slot) !== null,
  );
}

/** What says only that something is wrong, or one number, is short; anything longer need not be searched for it. */
const longestRemark = 80;

const numberTypes: readonly SlotTypeName[] = [
  'number',
  'integer',
  'ordinal',
  'money',
  'date',
  'time',
  'datetime',
  'duration',
];

/**
 * "Yes, but make it eleven": a bare number changes the one filled slot that it fits, of several the one that the words
 * just said speak of, else the one filled last.
 * Null where that is not what was said, or where a question is open that takes it.
 */
export function bareNumberChange(moment: Moment): Assigned | null {
  const { talk, frame, text, heard, askedSlot } = moment;
  const said =
    frame !== undefined && text.length <= longestRemark ? builtIns(talk).corrections.bareNumber.exec(text) : null;
  if (!said || !frame || askedSlot || !(frame.question ?? opensWithSlip(talk, text))) return null;
  const { before, number } = said.groups!;
  const order = Object.keys(frame.slots);
  const filled = slotsInScope(talk.agent, frame.flow)
    .filter((slot) => numberTypes.includes(slot.type) && slot.value === undefined && stored(talk, frame, slot) !== null)
    .sort((a, b) => order.indexOf(b.name) - order.indexOf(a.name));
  const fitting = filled.flatMap((slot) => {
    const [bare] = slotType(slot.type).find(number!, contextOf(talk, frame, slot, true));
    if (!bare) return [];
    const reading = { ...bare, start: before!.length + bare.start, end: before!.length + bare.end };
    const values = [reading.value, ...(reading.others ?? [])].filter((value) => !isOutside(talk, frame, slot, value));
    return values.length > 0 ? [{ slot, reading, values }] : [];
  });
  // "Five" is five people before it is the fifth of the month, which is said otherwise.
  const sure = fitting.filter(({ reading }) => reading.confidence >= surely);
  const likely = sure.length > 0 ? sure : fitting;
  const first = likely.find(({ slot }) => isSaidHere(moment, slot)) ?? likely[0];
  if (!first || filled.length < 2) return null;
  const { slot, reading, values } = first;
  const used = [{ start: reading.start, end: reading.end, type: slot.type, slot: slot.name }];
  const near = nearBefore(stored(talk, frame, slot), values);
  if (near === undefined) return { fills: [], used, unsure: { slot: slot.name, values } };
  if (same(near, stored(talk, frame, slot))) return { fills: [], used };
  const confidence = round(heard * Math.max(reading.confidence, 0.8));
  return {
    fills: [{ kind: 'fill', slot: slot.name, value: near, text: reading.text, confidence, correction: true }],
    used,
  };
}

/** The words that the caller has just heard speak of it: "at eight we are full" - "could we do nine?". */
function isSaidHere({ talk, frame }: Moment, slot: Slot): boolean {
  const { say, confirm } = stateOf(talk, frame!);
  return [say, confirm].some((words) => words && readsOf(words).includes(slot.name));
}

/** Eleven, in the place of seven in the evening, is eleven in the evening: the reading in the same half of the day. */
function nearBefore<Value>(before: Value, values: readonly Value[]): Value | undefined {
  if (values.length === 1) return values[0];
  const half = (value: unknown): string | undefined => /^(\d\d):\d\d$/.exec(String(value))?.[1];
  const [was] = [half(before)];
  const alike = values.filter(
    (value) => was !== undefined && half(value) !== undefined && Number(half(value)) >= 12 === Number(was) >= 12,
  );
  return alike.length === 1 ? alike[0] : undefined;
}

/** "The number is wrong": the filled slot that is named, and no other value for it. `flow.slot` where it is of another flow. */
export function wrongSlot(moment: Moment): Extract<Move, { kind: 'repair' }> | null {
  const { text, frame } = moment;
  if (!frame || text.length > longestRemark) return null;
  const { isWrong, isRight, wrongFirst } = builtIns(moment.talk).corrections;
  const match = isWrong.exec(text) ?? wrongFirst.exec(text);
  // "What should I change?" - "the day": its name is all that is asked for.
  const bare = frame.question?.kind === 'change' ? withoutArticle(moment) : undefined;
  const name = match?.groups?.['before'] ?? match?.groups?.['after'] ?? bare;
  if (name === undefined || isRight.test(text)) return null;
  const slot = slotNamed(moment, name.trim());
  return slot === undefined ? null : { kind: 'repair', name: 'correct', slot };
}

function withoutArticle(moment: Moment): string {
  const { articles } = builtIns(moment.talk).hearing;
  return plainOf(moment).replace(new RegExp(`^(?:${articles}\\s+)+`, 'u'), '');
}

/** "Not the 12th": the value is wrong, and no other is given. */
export function deniedAlone(moment: Moment): Extract<Move, { kind: 'repair' }> | null {
  const { talk, frame, text } = moment;
  const rest =
    frame && text.length <= longestRemark ? builtIns(talk).corrections.deniedOnly.exec(text)?.[1] : undefined;
  if (rest === undefined || !frame) return null;
  const here = slotsInScope(talk.agent, frame.flow).map((slot) => ({ slot, frame, name: slot.name }));
  const far = farFlows(talk).flatMap((one) =>
    ownFilled(moment, one.flow, one.frame).map((slot) => ({
      slot,
      frame: one.frame,
      name: `${one.flow}.${slot.name}`,
    })),
  );
  for (const { slot, frame: place, name } of [...here, ...far]) {
    const held = slot.fields ? null : stored(talk, place, slot);
    if (held === null || slot.type === 'text' || slot.type === 'yes_no') continue;
    const [reading] = slotType(slot.type).find(rest, contextOf(talk, place, slot, true));
    if (
      reading &&
      same(reading.value, held) &&
      isBare(talk, rest, { fills: [], used: [{ ...reading, type: slot.type, slot: name }] }, slot.called)
    )
      return { kind: 'repair', name: 'correct', slot: name };
  }
  return null;
}

/** The filled slot that is called so: here, then beneath, then in what is over. Two of one flow are none. */
export function slotNamed(moment: Moment, words: string): string | undefined {
  const { talk, frame } = moment;
  if (!frame) return undefined;
  const said = words.toLowerCase();
  const isCalled = (slot: Slot): boolean =>
    [slot.name.replace(/_/g, ' '), ...slot.called].some((one) => one.toLowerCase() === said);
  const here = slotsInScope(talk.agent, frame.flow).filter(
    (slot) => stored(talk, frame, slot) !== null && isCalled(slot),
  );
  if (here.length > 0) return here.length === 1 ? here[0]!.name : undefined;
  for (const far of farFlows(talk)) {
    const there = ownFilled(moment, far.flow, far.frame).filter(isCalled);
    if (there.length > 0) return there.length === 1 ? `${far.flow}.${there[0]!.name}` : undefined;
  }
  return undefined;
}
