/** The working copy of one step, and the few things that every manner needs. */
import type { Out } from '../contracts.js';
import type { Agent, Flow, State } from '../language/flow.js';
import type { BuiltIns } from './built-ins/built-ins.js';
import { builtInsOf } from './built-ins/built-ins.js';
import type { Effect, StepWorld } from './seam.js';
import type { Counters, Fill, Frame, Inside, LaterOut } from './state.js';
import { freshCounters } from './state.js';

/** One step at work: `s` is a copy of the state that may be changed, `effect` ends the walk. */
export interface Talk {
  world: StepWorld;
  agent: Agent;
  s: Inside;
  out: LaterOut[];
  effect: Effect | null;
  /** Where the world pauses before each state: this one may be entered. */
  mayEnter?: boolean;
  /** "Cancel that and …": what is served in place of the task that is dropped. */
  instead?: { flow: string; fills: readonly Fill[] };
  /** The caller had asked to hold on, and this is the first that is heard since. */
  held?: boolean;
  /** What the caller was asked whether to do, and answers now. */
  agreed?: string;
  /** The caller spoke another of the agent's languages, and the talk goes on in it from this turn. */
  hasSwitched?: boolean;
}

/** The engine's own words and small words, in the language of the talk. */
export function builtIns(talk: Talk): BuiltIns {
  return builtInsOf(talk.agent.language);
}

/** The flow that runs, or undefined on the open floor. */
export function topFrame(s: Inside): Frame | undefined {
  return s.frames.at(-1);
}

export function flowOf(talk: Talk, frame: Frame): Flow {
  const flow = talk.agent.flows.get(frame.flow);
  if (!flow) throw new Error(`no flow ${frame.flow}`);
  return flow;
}

export function stateOf(talk: Talk, frame: Frame): State {
  const state = flowOf(talk, frame).states.get(frame.state);
  if (!state) throw new Error(`no state ${frame.flow}/${frame.state}`);
  return state;
}

/** Counters of the state a flow stands in. All but visits are set back when the state is left by success. */
export function countersOf(frame: Frame): Counters {
  return (frame.counters[frame.state] ??= freshCounters());
}

export function emit(talk: Talk, out: Out): void {
  talk.out.push(out);
}

/** One line for the trace: why something did not hold or was not done. Never the caller's words. */
export function note(talk: Talk, text: string): void {
  talk.s.trace.notes.push(text);
}

/** The flow that runs and those beneath it that called it, nearest first: one task. */
export function callChain(s: Inside): Frame[] {
  const chain: Frame[] = [];
  for (let index = s.frames.length - 1; index >= 0; index--) {
    const frame = s.frames[index]!;
    chain.push(frame);
    if (frame.kind !== 'call') break;
  }
  return chain;
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
