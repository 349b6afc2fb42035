/**
 * Slots of flows that do not run on top and may be put right all the same, as `flow.slot`: those of the flows beneath,
 * which called this one or were interrupted, and of the flows that a running one called and that are over.
 */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import type { Taken } from './answer.js';
import { decideOnConfirming, emptyWhatNoLongerHolds, questionOfState, sayRefusal, tooLate } from './answer.js';
import type { Changed } from './correct.js';
import { isKept, isWritten, reroute } from './correct.js';
import { clearSlot, findSlot, refusal, store, stored } from './slots.js';
import type { CalledFlow, Fill, Frame } from './state.js';
import type { Talk } from './talk.js';
import { note, same, topFrame } from './talk.js';
import { askAgain } from './transitions.js';
import { sayBuiltIn } from './words.js';

/** A flow whose values may be put right: one that runs beneath, or one that `caller` called (then `frame` stands in for it). */
export interface FarFlow {
  flow: string;
  frame: Frame;
  caller?: Frame;
  called?: CalledFlow;
}

/** Nearest first: those beneath, then those that are over, from the top. */
export function farFlows(talk: Talk): FarFlow[] {
  const { frames } = talk.s;
  const beneath = frames.slice(0, -1).reverse();
  const over = [...frames]
    .reverse()
    .flatMap((caller) =>
      caller.called
        .filter(({ flow }) => !frames.some((frame) => frame.flow === flow))
        .map((called): FarFlow => ({ flow: called.flow, frame: standIn(caller, called), caller, called })),
    );
  return [...beneath.map((frame): FarFlow => ({ flow: frame.flow, frame })), ...over];
}

/** A frame as it would be, for those who read and judge values. */
function standIn(caller: Frame, { n, flow, slots, left, writes }: CalledFlow): Frame {
  return {
    ...caller,
    n,
    flow,
    slots: { ...slots },
    left: [...left],
    writes,
    kept: {},
    near: {},
    parts: {},
    toConfirm: [],
    toEcho: [],
  };
}

function find(talk: Talk, name: string): (FarFlow & { slot: Slot }) | undefined {
  const [flow, slotName = ''] = name.split('.');
  const far = farFlows(talk).find((one) => one.flow === flow);
  const slot = far && talk.agent.flows.get(far.flow)?.slots.get(slotName);
  return far && slot ? { ...far, slot } : undefined;
}

/** Takes the values of a turn of which some belong to a flow that does not run on top. */
export function takeFar(talk: Talk, top: Frame, fills: readonly Fill[]): Taken {
  const changes: Changed[] = [];
  let isRefused = false;
  for (const fill of fills) {
    const far = fill.slot.includes('.') ? find(talk, fill.slot) : undefined;
    const slot = far?.slot ?? findSlot(talk.agent, top.flow, fill.slot);
    const frame = far?.frame ?? top;
    if (!slot || slot.fields || slot.value !== undefined) continue;
    const before = stored(talk, frame, slot);
    if (same(before, fill.value)) continue;
    if (before !== null && isWrittenAnywhere(talk, far, frame, slot.name)) return tooLate(talk, top);
    const why = put(talk, far, frame, slot, fill.value);
    if (why) {
      isRefused = true;
      sayRefusal(talk, frame, slot, why);
      continue;
    }
    if (!far) decideOnConfirming(talk, top, { slot, fill }, false);
    if (before !== null && talk.s.trace.intent !== 'correct') {
      talk.s.trace.intent = 'correct';
      sayBuiltIn(talk, 'correct', { frame: top });
    }
    const emptied = far?.called ? [] : emptyWhatNoLongerHolds(talk, frame, [{ slot }]);
    for (const one of emptied) sayRefusal(talk, frame, one.slot, one.why);
    for (const one of [slot, ...emptied.map((other) => other.slot)])
      if (!isKept(talk, frame.flow, one.name)) changes.push(changeOf(one));
  }
  if (reroute(talk, changes)) return 'handled';
  if (changes.length === 0 && !isRefused && talk.s.trace.intent !== 'correct') return 'nothing';
  goOn(talk, top);
  return 'handled';
}

/** "The email is wrong", of a flow that does not run on top: emptied, and asked where it is asked. */
export function emptyFar(talk: Talk, top: Frame, name: string): void {
  const far = find(talk, name);
  if (!far) return note(talk, 'a correction of a slot that is not there any more');
  if (isWrittenAnywhere(talk, far, far.frame, far.slot.name)) return void tooLate(talk, top);
  sayBuiltIn(talk, 'correct', { frame: top });
  put(talk, far, far.frame, far.slot, null);
  if (!reroute(talk, [changeOf(far.slot)])) goOn(talk, top);
}

function changeOf({ name, flow }: Slot): Changed {
  return { slot: name, ...(flow !== undefined && { flow }) };
}

function goOn(talk: Talk, top: Frame): void {
  if (topFrame(talk.s) !== top || top.phase !== 'waiting') return;
  if (top.question?.kind === 'change' || top.question?.kind === 'resume') top.question = questionOfState(talk, top);
  askAgain(talk, top);
}

function isWrittenAnywhere(talk: Talk, far: FarFlow | undefined, frame: Frame, name: string): boolean {
  if (isWritten(talk, frame, name)) return true;
  return (
    far !== undefined &&
    talk.s.frames.some((one) => one.writes.some(({ used }) => used.includes(`${far.flow}.${name}`)))
  );
}

/** Puts the value where it lies; a refused one is taken back. */
function put(talk: Talk, far: FarFlow | undefined, frame: Frame, slot: Slot, value: Json): ReturnType<typeof refusal> {
  const before = stored(talk, frame, slot);
  if (value === null) clearSlot(talk, frame, slot);
  else store(talk, frame, slot, value);
  const why = refusal(talk, frame, slot);
  if (why) store(talk, frame, slot, before);
  else if (far?.caller) putBack(talk, far, frame, slot.name);
  return why;
}

/** A flow that is over runs again with the new value, where its caller called it. */
function putBack(talk: Talk, { flow, caller, called }: FarFlow, frame: Frame, name: string): void {
  const { s } = talk;
  if (!caller || !called) return;
  const renewed: CalledFlow = { ...called, slots: frame.slots, left: frame.left, outcome: null };
  caller.called = caller.called.map((one) => (one.flow === flow ? renewed : one));
  s.past[flow] = { ...s.past[flow], [name]: frame.slots[name] ?? null };
  for (const [key, result] of Object.entries(s.results))
    if (key.startsWith(`${flow}/`) && !result.write && result.used.includes(name)) delete s.results[key];
}
