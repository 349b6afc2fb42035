/**
 * What is kept of a caller from call to call (`scope: caller`): values that come with the call, values of this call
 * that may be kept, and the caller's word on it. Reading and writing the store is the driver's: here are values only.
 */
import type { Json } from '../contracts.js';
import type { Agent, Slot } from '../language/flow.js';
import { makeScope } from './scope.js';
import { stored } from './slots.js';
import type { Frame, Inside } from './state.js';
import type { Talk } from './talk.js';
import { note, same, topFrame } from './talk.js';
import { askAgain } from './transitions.js';
import { sayBuiltIn } from './words.js';

/** Of a dialog; absent where the agent keeps nothing, or nobody knows who calls. */
export interface CallerValues {
  /** What is kept, by `slot` or `flow.slot`, with a caller's leave. */
  kept: Record<string, Json>;
  /** Given in this call, and not kept yet: the caller has not been asked. */
  waiting: Record<string, Json>;
  /** Whether the caller agreed; `asked`: put the question, and got neither a yes nor a no. */
  consent: 'unknown' | 'asked' | 'given' | 'refused';
  /** The question that a yes or a no answers now. */
  asks?: 'remember' | 'forget';
}

const known = new WeakMap<Agent, readonly Slot[]>();

/** Slots that are kept beyond the call: the agent's and those of its flows. A secret is never among them. */
export function callerSlots(agent: Agent): readonly Slot[] {
  let slots = known.get(agent);
  if (!slots) {
    const all = [agent.slots, ...[...agent.flows.values()].map((flow) => flow.slots)].flatMap((map) => [
      ...map.values(),
    ]);
    known.set(agent, (slots = all.filter((slot) => slot.scope === 'caller' && slot.sensitive !== 'secret')));
  }
  return slots;
}

/** Whether anything is kept of callers: only then can it be forgotten on demand. */
export function hasMemory(agent: Agent): boolean {
  return callerSlots(agent).length > 0;
}

/** The name under which a slot is kept. */
export function keyOf(slot: Slot): string {
  return slot.flow === undefined ? slot.name : `${slot.flow}.${slot.name}`;
}

/** What a call begins with. `undefined`: nobody knows who calls, so nothing is kept. */
export function beginMemory(agent: Agent, kept: Record<string, Json> | undefined): CallerValues | undefined {
  if (kept === undefined || !hasMemory(agent)) return undefined;
  const isKnown = Object.keys(kept).length > 0;
  const consent = isKnown || agent.memory?.consent === 'assume' ? 'given' : 'unknown';
  return { kept: { ...kept }, waiting: {}, consent };
}

/** Gives the slots of the agent, or of a flow that begins, the values that are kept of the caller. */
export function recallSlots(agent: Agent, s: Inside, frame: Frame | undefined): void {
  if (!s.memory) return;
  for (const slot of callerSlots(agent)) {
    const value = s.memory.kept[keyOf(slot)] ?? s.memory.waiting[keyOf(slot)];
    if (value === undefined || value === null) continue;
    if (slot.flow === undefined && !frame) s.shared[slot.name] = value;
    else if (frame && slot.flow === frame.flow) frame.slots[slot.name] = value;
  }
}

/** Takes note of the values that slots have now. With consent they are kept at once, else they wait for it. */
export function learnOfCaller(talk: Talk): void {
  const { s, agent } = talk;
  const { memory } = s;
  if (!memory || memory.consent === 'refused') return;
  for (const slot of callerSlots(agent)) {
    const frame = s.frames.findLast((one) => one.flow === slot.flow);
    if (frame?.toConfirm.includes(slot.name)) continue;
    const value =
      slot.flow === undefined || frame ? stored(talk, frame, slot) : (s.past[slot.flow]?.[slot.name] ?? null);
    const key = keyOf(slot);
    if (value === null || same(memory.kept[key] ?? null, value)) continue;
    const isFree = memory.consent === 'given' || (slot.consent !== undefined && agrees(talk, frame, slot));
    if (slot.consent !== undefined && !agrees(talk, frame, slot)) continue;
    if (isFree) {
      memory.kept[key] = value;
      delete memory.waiting[key];
    } else memory.waiting[key] = value;
  }
}

function agrees(talk: Talk, frame: Frame | undefined, slot: Slot): boolean {
  return slot.consent?.evaluate(makeScope(talk, frame)).value === true;
}

/** Nothing runs any more and there is something new to keep: the caller is asked, once a call. */
export function askToRemember(talk: Talk): boolean {
  const { memory } = talk.s;
  if (!memory || memory.consent !== 'unknown' || Object.keys(memory.waiting).length === 0) return false;
  memory.consent = 'asked';
  memory.asks = 'remember';
  sayBuiltIn(talk, 'remember_ask');
  return true;
}

/** "Forget me": asked back once, because it cannot be undone. */
export function askToForget(talk: Talk): void {
  const { s } = talk;
  if (!s.memory) {
    sayBuiltIn(talk, 'forget_me');
    return goOn(talk);
  }
  s.memory.asks = 'forget';
  sayBuiltIn(talk, 'forget_me_ask');
  s.floor.asked = true;
}

/** A yes or a no to what was asked of the memory. False: it was about something else. */
export function answerMemory(talk: Talk, intent: string | undefined): boolean {
  const { memory } = talk.s;
  const asks = memory?.asks;
  if (!memory || !asks) return false;
  delete memory.asks;
  if (intent !== 'yes' && intent !== 'no') return false;
  if (asks === 'remember') remember(talk, memory, intent === 'yes');
  else if (intent === 'yes') forget(talk, memory);
  else sayBuiltIn(talk, 'not_forgotten', { id: 'forget_me' });
  goOn(talk);
  return true;
}

function remember(talk: Talk, memory: CallerValues, isYes: boolean): void {
  memory.consent = isYes ? 'given' : 'refused';
  if (isYes) Object.assign(memory.kept, memory.waiting);
  memory.waiting = {};
  sayBuiltIn(talk, 'left', { id: 'remember' });
}

/** All of it, here and in the store, also where it stands in slots now. */
function forget(talk: Talk, memory: CallerValues): void {
  const { s, agent } = talk;
  for (const slot of callerSlots(agent)) {
    if (slot.flow === undefined) delete s.shared[slot.name];
    else {
      const past = s.past[slot.flow];
      if (past) s.past[slot.flow] = { ...past, [slot.name]: null };
    }
    for (const frame of s.frames) if (frame.flow === slot.flow) delete frame.slots[slot.name];
  }
  Object.assign(memory, { kept: {}, waiting: {}, consent: 'refused' });
  note(talk, 'what was kept of the caller is deleted');
  sayBuiltIn(talk, 'forget_me');
}

function goOn(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (frame) askAgain(talk, frame);
  else talk.s.floor.asked = false;
}
