/** After a correction: forget what was made of the old value, and go on from the first visited state that used it. */
import type { State, Transition } from '../language/flow.js';
import { findSlot, isMissing } from './slots.js';
import type { Frame } from './state.js';
import { freshCounters } from './state.js';
import type { Talk } from './talk.js';
import { countersOf, flowOf, topFrame } from './talk.js';
import { expandRead } from './tool-calls.js';

/**
 * Goes back when a visited state used one of the slots. False: nothing depended on them, the talk stays
 * where it is.
 * @param changed slots that had a value and have another (or none) now
 * @param filled slots that were empty and have a value now, though nobody asked
 */
export function reroute(talk: Talk, frame: Frame, changed: readonly string[], filled: readonly string[]): boolean {
  if (topFrame(talk.s) !== frame) return false;
  const names = new Set([...changed, ...filled]);
  const usedTools = forgetResults(talk, frame, names);
  const { states } = flowOf(talk, frame);
  const at = frame.path.findIndex((name) => {
    const state = states.get(name);
    return state !== undefined && uses(talk, frame, state, names, usedTools);
  });
  if (at === -1) return false;
  const target = frame.path[at]!;
  // Where the talk stands anyway its question is simply put again.
  if (target === frame.state && states.get(target)!.collect !== undefined) return false;
  frame.path = frame.path.slice(0, at);
  frame.counters[frame.state] = freshCounters();
  frame.state = target;
  frame.phase = 'enter';
  frame.question = null;
  frame.again = true;
  Object.assign(countersOf(frame), freshCounters());
  return true;
}

/** Results of reads that used the slots are forgotten; what a write did stays done. */
function forgetResults(talk: Talk, frame: Frame, names: ReadonlySet<string>): Set<string> {
  const tools = new Set<string>();
  for (const [key, result] of Object.entries(talk.s.results)) {
    if (result.write || !result.used.some((name) => names.has(name))) continue;
    if (key.includes('/') && !key.startsWith(`${frame.flow}/`)) continue;
    delete talk.s.results[key];
    tools.add(key.split('/').at(-1)!);
  }
  return tools;
}

/** A state's work or conditions, not its words. Collecting a slot is no use of it, unless it is empty now. */
function uses(talk: Talk, frame: Frame, state: State, names: ReadonlySet<string>, tools: ReadonlySet<string>): boolean {
  if (state.collect) {
    const missing = state.collect.slots.some((name) => {
      const slot = findSlot(talk.agent, frame.flow, name);
      return slot !== undefined && names.has(name) && isMissing(talk, frame, slot);
    });
    if (missing) return true;
  }
  if (state.call && tools.has(state.call.tool)) return true;
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
  for (const name of state.collect?.slots ?? []) findSlot(talk.agent, frame.flow, name)?.askIf?.reads.forEach(add);
  const given = state.call?.with ?? state.callFlow?.with;
  for (const value of given?.values() ?? []) {
    if (value.kind === 'expression') value.expression.reads.forEach(add);
    if (value.kind === 'template') value.template.reads.forEach(add);
  }
  if (state.call) {
    const tool = flowOf(talk, frame).tools.get(state.call.tool) ?? talk.agent.tools.get(state.call.tool);
    for (const name of tool?.input.keys() ?? []) if (!state.call.with.has(name)) add(name);
  }
  return [...reads];
}

function readsOfCondition(transition: Transition): readonly string[] {
  return transition.if?.reads ?? [];
}
