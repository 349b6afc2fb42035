/**
 * After a correction: forget what was made of the old value, and go on from the first visited state that used it.
 * That state may be in a flow beneath: the flows that it called are left, and keep what was said in them.
 */
import { callsOf } from '../language/calls-of.js';
import type { State, Transition } from '../language/flow.js';
import { keepCalled } from './called-flows.js';
import { findSlot, isMissing } from './slots.js';
import type { Frame } from './state.js';
import { freshCounters } from './state.js';
import type { Talk } from './talk.js';
import { countersOf, flowOf } from './talk.js';
import { expandRead } from './tool-calls.js';

/** A slot that has another value (or none) now. */
export interface Changed {
  /** The flow whose slot it is; absent: one of the agent's. */
  flow?: string;
  slot: string;
  /** It was empty and has a value now, though nobody asked. */
  isNew?: boolean;
}

/**
 * Goes back wherever a visited state used one of the slots. False: nothing that runs now depended on them, and the
 * talk stays where it is. A task that was interrupted goes back when its turn comes.
 */
export function reroute(talk: Talk, changes: readonly Changed[]): boolean {
  const { s } = talk;
  let isMoved = false;
  // Tasks from the top: the flows of one task are those that called each other.
  for (let top = s.frames.length - 1; top >= 0;) {
    let bottom = top;
    while (bottom > 0 && s.frames[bottom]!.kind === 'call') bottom -= 1;
    const isRunning = top === s.frames.length - 1;
    for (let at = bottom; at <= top; at++) {
      if (!goBack(talk, s.frames[at]!, changes, at < top)) continue;
      leaveCalled(talk, at, top);
      isMoved ||= isRunning;
      break;
    }
    top = bottom - 1;
  }
  return isMoved;
}

/** The names by which a flow reads what changed. */
function namesIn(talk: Talk, frame: Frame, changes: readonly Changed[]): Set<string> {
  const names = new Set<string>();
  for (const { flow, slot, isNew } of changes) {
    // A called flow that is still asking goes on with a value that is new to it: it is not run again.
    if (flow !== undefined && flow !== frame.flow) {
      names.add(`${flow}.${slot}`);
      if (!isNew) names.add(flow);
    } else if (findSlot(talk.agent, frame.flow, slot)?.flow === flow) names.add(slot);
  }
  return names;
}

function goBack(talk: Talk, frame: Frame, changes: readonly Changed[], isCalling: boolean): boolean {
  const names = namesIn(talk, frame, changes);
  if (names.size === 0) return false;
  const usedTools = forgetResults(talk, frame, names);
  const { states } = flowOf(talk, frame);
  const at = frame.path.findIndex((name) => {
    const state = states.get(name);
    return state !== undefined && !state.keepOnCorrect && uses(talk, frame, state, names, usedTools);
  });
  if (at === -1) return false;
  const target = frame.path[at]!;
  // Where the talk stands anyway its question is simply put again.
  if (target === frame.state && !isCalling && onlyListens(states.get(target)!, frame, names)) return false;
  frame.over = [...new Set([...frame.over, ...frame.path.slice(at)])];
  frame.path = frame.path.slice(0, at);
  frame.counters[frame.state] = freshCounters();
  frame.state = target;
  frame.phase = 'enter';
  frame.question = null;
  frame.again = true;
  Object.assign(countersOf(frame), freshCounters());
  return true;
}

/** Nothing of the state that was done used the slots: it collects or talks, or only what the caller may yet say depends on them. */
function onlyListens(state: State, frame: Frame, names: ReadonlySet<string>): boolean {
  if (state.collect || state.generate) return true;
  if (frame.phase !== 'waiting' || frame.question?.kind !== 'state' || state.call || state.callFlow) return false;
  return state.transitions.every(
    (one) => one.intents.length > 0 || one.key !== undefined || !readsOfCondition(one).some((name) => names.has(name)),
  );
}

/** The flows that this one called are left; called again they have what was said in them. */
export function leaveCalled(talk: Talk, at: number, top: number): void {
  const { s } = talk;
  for (let index = top; index > at; index--) {
    const frame = s.frames[index]!;
    keepCalled(talk, s.frames[index - 1]!, frame, null);
    if (s.pending?.frame === frame.n) s.pending = null;
    s.frames.splice(index, 1);
  }
  if (s.pending?.frame === s.frames[at]!.n) s.pending = null;
}

/** Results of reads that used the slots are forgotten; what a write did stays done. */
export function forgetResults(talk: Talk, frame: Frame, names: ReadonlySet<string>): Set<string> {
  const tools = new Set<string>();
  const { states } = flowOf(talk, frame);
  for (const [key, result] of Object.entries(talk.s.results)) {
    if (result.write || !result.used.some((name) => names.has(name))) continue;
    if (key.includes('/') && !key.startsWith(`${frame.flow}/`)) continue;
    const [flow, state] = result.at?.split('/') ?? [];
    if (flow === frame.flow && state !== undefined && states.get(state)?.keepOnCorrect) continue;
    delete talk.s.results[key];
    tools.add(key.split('/').at(-1)!);
  }
  return tools;
}

/** A state's work or conditions, not its words. Collecting a slot is no use of it, unless it is empty now. */
function uses(talk: Talk, frame: Frame, state: State, names: ReadonlySet<string>, tools: ReadonlySet<string>): boolean {
  const found = state.collect?.slots ?? [...(state.generate?.fills.keys() ?? [])];
  if (found.length > 0) {
    const missing = found.some((name) => {
      const slot = findSlot(talk.agent, frame.flow, name);
      return slot !== undefined && names.has(name) && isMissing(talk, frame, slot);
    });
    if (missing) return true;
  }
  if (callsOf(state).some(({ tool }) => tools.has(tool))) return true;
  // Its own value was put right: the flow is run again with it.
  if (state.callFlow && names.has(state.callFlow.flow)) return true;
  return readsOfWork(talk, frame, state).some((name) => names.has(name) || tools.has(name));
}

function readsOfWork(talk: Talk, frame: Frame, state: State): string[] {
  const reads = new Set<string>();
  const add = (name: string): void => {
    reads.add(name);
    expandRead(talk, frame, name, reads);
  };
  for (const phrase of state.confirm?.phrases ?? []) phrase.text.reads.forEach(add);
  for (const transition of state.transitions) readsOfCondition(transition).forEach(add);
  state.collect?.until?.reads.forEach(add);
  state.generate?.task.reads.forEach(add);
  for (const name of state.collect?.slots ?? []) findSlot(talk.agent, frame.flow, name)?.askIf?.reads.forEach(add);
  const calls = callsOf(state);
  const given = [...calls.map((call) => call.with), ...(state.callFlow ? [state.callFlow.with] : [])];
  for (const value of given.flatMap((values) => [...values.values()])) {
    if (value.kind === 'expression') value.expression.reads.forEach(add);
    if (value.kind === 'template') value.template.reads.forEach(add);
  }
  for (const name of inputsByName(talk, frame, state)) add(name);
  return [...reads];
}

/** Inputs of a tool or a flow that are taken from slots of the same name. */
function inputsByName(talk: Talk, frame: Frame, state: State): string[] {
  const { callFlow } = state;
  if (callFlow) return (talk.agent.flows.get(callFlow.flow)?.in ?? []).filter((name) => !callFlow.with.has(name));
  return callsOf(state).flatMap((call) => {
    const tool = flowOf(talk, frame).tools.get(call.tool) ?? talk.agent.tools.get(call.tool);
    return [...(tool?.input.keys() ?? [])].filter((name) => !call.with.has(name));
  });
}

function readsOfCondition(transition: Transition): readonly string[] {
  return transition.if?.reads ?? [];
}

/** Whether a change of this slot forgets anything at all. */
export function isKept(talk: Talk, flow: string | undefined, name: string): boolean {
  const slot = findSlot(talk.agent, flow, name);
  return (
    slot?.keepOnCorrect === true ||
    (slot?.flow !== undefined && talk.agent.flows.get(slot.flow)?.keepOnCorrect === true)
  );
}

/** Whether a finished write used the slot: its own flow's, or for a shared one that of any flow that runs. */
export function isWritten(talk: Talk, frame: Frame | undefined, name: string): boolean {
  const isShared = findSlot(talk.agent, frame?.flow, name)?.flow === undefined;
  const frames = isShared ? talk.s.frames : frame ? [frame] : [];
  return frames.some((one) => one.writes.some((write) => write.used.includes(name)));
}
