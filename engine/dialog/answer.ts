/** Values that the caller gave: taken, refused, confirmed, or a correction of what was said before. */
import { isOffered, takeOffer } from './returning.js';
import type { Slot } from '../language/flow.js';
import type { Changed } from './correct.js';
import { isKept, isWritten, reroute } from './correct.js';
import { takeFar } from './far-slots.js';
import { itemsIn } from './items.js';
import { climbAfterRefusal } from './ladders.js';
import type { Joined } from './parts.js';
import { joinParts } from './parts.js';
import { collect, putQuestion, readsOf } from './questions.js';
import { clearSlot, findSlot, refusal, store, stored } from './slots.js';
import type { Fill, Frame } from './state.js';
import { takeItems } from './take-items.js';
import type { Talk } from './talk.js';
import { countersOf, flowOf, note, same, stateOf, topFrame } from './talk.js';
import { askAgain, offer } from './transitions.js';
import { repairOf, say, sayBuiltIn, sayText } from './words.js';

/** From here a value that was heard needs no yes; below the second it was not understood. */
export const surely = 0.8;
export const hardly = 0.5;

/** `handled`: the talk went on by itself; `answered`: values were taken; `nothing`: none could be. */
export type Taken = 'handled' | 'answered' | 'nothing';

interface Change {
  slot: Slot;
  fill: Fill;
  before: ReturnType<typeof stored>;
  isCorrection: boolean;
}

/**
 * Takes the values of one turn in the flow that runs. A refused value leaves the slot as it was before;
 * a value that another slot's rules no longer allow empties that slot.
 */
export function takeFills(talk: Talk, fills: readonly Fill[], byKeys: boolean): Taken {
  const frame = topFrame(talk.s);
  if (!frame) return takeOnFloor(talk, fills);
  if (fills.some((fill) => fill.slot.includes('.'))) return takeFar(talk, frame, fills);
  const ofItems = takeAllItems(talk, frame, fills);
  if (ofItems) {
    const others = fills.filter((fill) => !isOfItems(talk, frame, fill));
    const taken = others.length > 0 && topFrame(talk.s) === frame ? takeFills(talk, others, byKeys) : 'nothing';
    return [ofItems, taken].includes('handled') ? 'handled' : ofItems === 'nothing' ? taken : ofItems;
  }
  const joined = joinHere(talk, frame, fills);
  for (const { slot, why } of joined.refused) sayRefusal(talk, frame, slot, why);
  const taken = takeWhole(talk, frame, joined.fills, byKeys);
  if (taken === 'handled') return taken;
  if (joined.refused.length > 0) {
    if (frame.question?.kind === 'open') askForRefused(talk, frame, joined.refused[0]!.slot.name);
    climbAfterRefusal(talk);
    return 'handled';
  }
  return joined.halves.length > 0 || joined.waits ? 'answered' : taken;
}

function isOfItems(talk: Talk, frame: Frame, fill: Fill): boolean {
  return findSlot(talk.agent, frame.flow, fill.slot)?.fields !== undefined;
}

/** What the turn does to lists and records; undefined when it does nothing to them. */
function takeAllItems(talk: Talk, frame: Frame, fills: readonly Fill[], stays = false): Taken | undefined {
  let all: Taken | undefined;
  for (const fill of fills) {
    const slot = findSlot(talk.agent, frame.flow, fill.slot);
    const items = slot && itemsIn(talk, frame, slot);
    if (!items) continue;
    const taken = takeItems(talk, frame, items, fill, { isWritten: isWritten(talk, frame, items.slot.name), stays });
    if (taken === 'too_late') return tooLate(talk, frame);
    all = all === 'handled' || taken === 'handled' ? 'handled' : all === 'answered' ? all : taken;
  }
  return all;
}

/** Parts put together; words that cannot be read yet are kept. */
function joinHere(talk: Talk, frame: Frame, fills: readonly Fill[]): Joined & { waits: boolean } {
  const isKept = (fill: Fill): boolean => typeof fill.value === 'string' && fill.value.startsWith(keptMark);
  for (const fill of fills.filter(isKept)) frame.kept[fill.slot] = String(fill.value).slice(keptMark.length);
  const heard = fills.filter((fill) => !isKept(fill));
  const joined = joinParts(talk, frame, heard, (name) => findSlot(talk.agent, frame.flow, name));
  return { ...joined, waits: heard.length < fills.length };
}

/** A value refused at an open question: its slot is what is asked next. */
function askForRefused(talk: Talk, frame: Frame, name: string): void {
  frame.openOver.push(frame.state);
  openToFirstMissing(talk, frame, name);
}

function takeWhole(talk: Talk, frame: Frame, fills: readonly Fill[], byKeys: boolean): Taken {
  const changes = changesOf(talk, frame, fills, byKeys);
  const late = changes.find((change) => change.isCorrection && isWritten(talk, frame, change.slot.name));
  if (late) return tooLate(talk, frame);
  if (changes.length === 0) return fills.length > 0 && !byKeys ? 'nothing' : 'nothing';
  for (const { slot, fill } of changes) store(talk, frame, slot, fill.value);
  if (!byKeys) noteTurnValue(talk, frame, changes);
  frame.left = frame.left.filter((name) => !changes.some((change) => change.slot.name === name));
  const refused = changes.filter((change) => refusal(talk, frame, change.slot) !== null);
  const refusals = refused.map((change) => ({ slot: change.slot, why: refusal(talk, frame, change.slot)! }));
  for (const { slot, before } of refused) store(talk, frame, slot, before);
  talk.s.turnSlots = talk.s.turnSlots.filter((name) => !refused.some(({ slot }) => slot.name === name));
  const kept = changes.filter((change) => !refused.includes(change));
  for (const { slot } of kept) delete frame.parts[slot.name];
  const corrected = kept.filter((change) => change.isCorrection);
  const emptied = emptyWhatNoLongerHolds(talk, frame, kept);
  if (corrected.length > 0 || refused.some((change) => change.isCorrection)) talk.s.trace.intent = 'correct';
  if (corrected.length > 0) sayBuiltIn(talk, 'correct', { frame });
  for (const { slot, why } of [...refusals, ...emptied]) sayRefusal(talk, frame, slot, why);
  for (const change of kept) decideOnConfirming(talk, frame, change, byKeys);
  const changedNames = [...corrected.map((change) => change.slot.name), ...emptied.map((one) => one.slot.name)];
  const newNames = kept
    .filter((change) => !change.isCorrection && !isAsked(talk, frame, change.slot.name))
    .map((change) => change.slot.name);
  const toForget = (names: readonly string[], isNew: boolean): Changed[] =>
    changedHere(
      talk,
      frame,
      names.filter((name) => !isKept(talk, frame.flow, name)),
    ).map((one) => ({ ...one, ...(isNew && { isNew }) }));
  if (reroute(talk, [...toForget(changedNames, false), ...toForget(newNames, true)])) return 'handled';
  if (refused.length > 0) {
    if (kept.length > 0 && frame.question?.kind === 'open') frame.openOver.push(frame.state);
    if (frame.question?.kind === 'open') openToFirstMissing(talk, frame, refused[0]!.slot.name);
    climbAfterRefusal(talk);
    return 'handled';
  }
  if (changedNames.length > 0) {
    if (isOffered(frame)) {
      takeOffer(talk, frame);
      return 'handled';
    }
    if (frame.question?.kind === 'change' || frame.question?.kind === 'resume')
      frame.question = questionOfState(talk, frame);
    if (frame.phase === 'waiting') askAgain(talk, frame);
    return 'handled';
  }
  return 'answered';
}

/** `turn.value`: what answers the question, else what was said last; a secret is nobody's to read. */
function noteTurnValue(talk: Talk, frame: Frame, changes: readonly { slot: Slot; fill: Fill }[]): void {
  const told = changes.find(({ slot }) => isAsked(talk, frame, slot.name)) ?? changes.at(-1);
  talk.s.turnValue = told === undefined || told.slot.sensitive === 'secret' ? null : told.fill.value;
}

/** Slots of a flow, and of the agent, as what changed. */
export function changedHere(talk: Talk, frame: Frame, names: readonly string[]): Changed[] {
  return names.map((name) => {
    const flow = findSlot(talk.agent, frame.flow, name)?.flow;
    return { slot: name, ...(flow !== undefined && { flow }) };
  });
}

/** A value refused at an open question: its slot is what is asked next. */
function openToFirstMissing(talk: Talk, frame: Frame, name: string): void {
  if (!frame.openOver.includes(frame.state)) return;
  frame.question = { kind: 'slot', slot: name };
  Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
}

/** What the state asks when nothing else is being asked. */
export function questionOfState(talk: Talk, frame: Frame): NonNullable<Frame['question']> {
  const { confirm, generate } = stateOf(talk, frame);
  if (generate && frame.generated?.state === frame.state) return { kind: 'generate' };
  return confirm ? { kind: 'confirm' } : { kind: 'state' };
}

/** Goes on after an answer: the next question, or the same one when it was not the one answered. */
export function goOnAfterAnswer(talk: Talk, frame: Frame): void {
  const { question } = frame;
  if (question?.kind === 'open') frame.openOver.push(frame.state);
  if (isOffered(frame)) return takeOffer(talk, frame);
  if (question?.kind === 'slot' || question?.kind === 'open' || question?.kind === 'slot_confirm')
    return collectOrEnter(talk, frame, 'same');
  if ((question?.kind === 'resume' || question?.kind === 'change') && stateOf(talk, frame).collect)
    return collect(talk, frame, 'same');
  if (question?.kind === 'change' || question?.kind === 'resume') frame.question = questionOfState(talk, frame);
  putQuestion(talk, frame, 'same');
}

/** Values that were confirmed before their state was entered lead back to its beginning. */
export function collectOrEnter(talk: Talk, frame: Frame, put: 'same' | 'next'): void {
  if (stateOf(talk, frame).collect) return collect(talk, frame, put);
  frame.phase = 'enter';
  frame.question = null;
}

function isAsked(talk: Talk, frame: Frame, name: string): boolean {
  const { question } = frame;
  if (question && 'slot' in question && question.slot === name) return true;
  const { collect, generate } = stateOf(talk, frame);
  return collect?.slots.includes(name) === true || generate?.fills.has(name) === true;
}

function changesOf(talk: Talk, frame: Frame, fills: readonly Fill[], byKeys: boolean): Change[] {
  return fills.flatMap((fill) => {
    const slot = findSlot(talk.agent, frame.flow, fill.slot);
    if (!slot || slot.value !== undefined) return [];
    if (!byKeys && slot.confirm === 'auto' && fill.confidence < hardly) return [];
    const before = stored(talk, frame, slot);
    if (same(before, fill.value)) {
      // Said once more while asked whether it is right: that is a yes.
      frame.toConfirm = frame.toConfirm.filter((name) => name !== slot.name);
      return [];
    }
    const isPending = frame.toConfirm.includes(slot.name);
    return [{ slot, fill, before, isCorrection: before !== null && !isPending }];
  });
}

/** Nothing runs: a value can only be meant for what is over. */
function takeOnFloor(talk: Talk, fills: readonly Fill[]): Taken {
  const { s } = talk;
  const isLate = fills.some((fill) =>
    s.pastWrites.some((write) => write.used.includes(fill.slot.split('.').at(-1) ?? '')),
  );
  if (isLate) {
    s.trace.intent = 'correct';
    if (!offer(talk, { kind: 'on', name: 'too_late' })) sayBuiltIn(talk, 'too_late');
    return 'handled';
  }
  const shared = fills.filter(({ slot }) => talk.agent.slots.has(slot) && !talk.agent.slots.get(slot)!.fields);
  for (const fill of shared) store(talk, undefined, talk.agent.slots.get(fill.slot)!, fill.value);
  return shared.length > 0 ? 'answered' : 'nothing';
}

export function tooLate(talk: Talk, frame: Frame): Taken {
  talk.s.trace.intent = 'correct';
  if (offer(talk, { kind: 'on', name: 'too_late' })) return 'handled';
  sayBuiltIn(talk, 'too_late', { frame });
  if (frame.phase === 'waiting') askAgain(talk, frame);
  return 'handled';
}

/** A change has the `reject` lines that read the slot tried again. */
export function emptyWhatNoLongerHolds(
  talk: Talk,
  frame: Frame,
  kept: readonly { slot: Slot }[],
): { slot: Slot; why: NonNullable<ReturnType<typeof refusal>> }[] {
  const names = kept.map((change) => change.slot.name);
  const emptied: { slot: Slot; why: NonNullable<ReturnType<typeof refusal>> }[] = [];
  for (const slot of flowOf(talk, frame).slots.values()) {
    if (names.includes(slot.name) || !slot.reject.some((line) => line.if.reads.some((read) => names.includes(read))))
      continue;
    const why = refusal(talk, frame, slot);
    if (!why) continue;
    clearSlot(talk, frame, slot);
    emptied.push({ slot, why });
  }
  return emptied;
}

export function sayRefusal(talk: Talk, frame: Frame, slot: Slot, why: NonNullable<ReturnType<typeof refusal>>): void {
  const id = `reject.${slot.name}`;
  if (why.say) say(talk, id, why.say, { frame });
  else if (why.text !== undefined) sayText(talk, id, why.text, { frame });
}

/** Explicit, implicit or none; `auto` goes by how surely it was heard. Keys need no confirmation. */
export function decideOnConfirming(
  talk: Talk,
  frame: Frame,
  change: Pick<Change, 'slot' | 'fill'> & { isCorrection?: boolean },
  byKeys: boolean,
): void {
  const { slot, fill } = change;
  const { name } = slot;
  frame.toConfirm = frame.toConfirm.filter((one) => one !== name);
  frame.toEcho = frame.toEcho.filter((one) => one !== name);
  if (byKeys || slot.sensitive === 'secret') return;
  const ofSlot = slot.confirm === 'auto' ? mannerBySureness(talk, frame, slot, fill.confidence) : slot.confirm;
  const manner = (change.isCorrection ? repairOf(talk, frame, 'correct')?.confirm : undefined) ?? ofSlot;
  if (manner === 'explicit') frame.toConfirm.push(name);
  if (manner === 'implicit') frame.toEcho.push(name);
}

function mannerBySureness(talk: Talk, frame: Frame, slot: Slot, confidence: number): 'none' | 'implicit' | 'explicit' {
  // What the caller is asked to confirm with the whole is not confirmed twice.
  if (confidence < surely) return isReadBack(talk, frame, slot) ? 'none' : 'explicit';
  // A plain yes or free words are not said back; nor is what no write will use.
  if (slot.type === 'yes_no' || slot.type === 'text') return 'none';
  return confidence < 1 && isUsedByWrite(talk, frame, slot) ? 'implicit' : 'none';
}

/** Whether a later yes-or-no of the flow says the value: a state's `confirm`, or its words before a yes. */
function isReadBack(talk: Talk, frame: Frame, slot: Slot): boolean {
  for (const state of flowOf(talk, frame).states.values()) {
    const asked =
      state.confirm ?? (state.transitions.some((one) => one.intents.includes('yes')) ? state.say : undefined);
    if (asked && readsOf(asked).includes(slot.name)) return true;
  }
  return false;
}

function isUsedByWrite(talk: Talk, frame: Frame, slot: Slot): boolean {
  const flow = flowOf(talk, frame);
  for (const state of flow.states.values()) {
    const tool = state.call ? (flow.tools.get(state.call.tool) ?? talk.agent.tools.get(state.call.tool)) : undefined;
    if (tool?.effect === 'write' && tool.input.has(slot.name) && !state.call?.with.has(slot.name)) return true;
  }
  return false;
}

/** What the request that starts a flow says already. A refused value is said so and asked for. */
export function fillNewFlow(talk: Talk, frame: Frame, fills: readonly Fill[]): void {
  const joined = joinHere(
    talk,
    frame,
    fills.filter((fill) => mayPrefill(talk, frame, fill)),
  );
  for (const { slot, why } of joined.refused) sayRefusal(talk, frame, slot, why);
  takeAllItems(talk, frame, joined.fills, true);
  for (const fill of joined.fills) {
    if (isOfItems(talk, frame, fill)) continue;
    const slot = findSlot(talk.agent, frame.flow, fill.slot)!;
    const before = stored(talk, frame, slot);
    if (before !== null && isWritten(talk, frame, slot.name)) {
      note(talk, `${slot.name} was used by a write and stays`);
      continue;
    }
    store(talk, frame, slot, fill.value);
    const why = refusal(talk, frame, slot);
    if (why) {
      store(talk, frame, slot, null);
      sayRefusal(talk, frame, slot, why);
      continue;
    }
    decideOnConfirming(talk, frame, { slot, fill }, false);
  }
}

/** What must be asked first is not known from the request. */
function mayPrefill(talk: Talk, frame: Frame, fill: Fill): boolean {
  const slot = findSlot(talk.agent, frame.flow, fill.slot);
  return (
    slot !== undefined &&
    slot.value === undefined &&
    !slot.askFirst &&
    (slot.confirm !== 'auto' || fill.confidence >= hardly)
  );
}

/** Marks words that cannot be read yet: a choice without its options, what counts from a value that is missing. */
export const keptMark = '\u0000';
