import type { Json } from '../contracts.js';
import type { Agent } from '../language/flow.js';
import type { DialogState, StartOptions, StepWorld } from './seam.js';
import type { Frame, FrameKind, Inside } from './state.js';
import { copyJson, freshCounters, freshTrace } from './state.js';
import { beginMemory, recallSlots } from './caller-memory.js';
import { agentIn, languageOf } from './languages.js';
import { canonical, findSlot, store } from './slots.js';
import type { Talk } from './talk.js';

/**
 * A dialog that has not begun: position, and the slots it begins with. Its first input is `open`.
 * @throws Error when `options.flow` or `options.state` names nothing in the agent (the caller never hears it:
 *   only a script or a library user names them).
 */
export function openState(agent: Agent, options: StartOptions, world: StepWorld): DialogState {
  const state: Inside = {
    version: agent.hash, turn: 0, id: options.dialogId, call: callFacts(options), frames: [], frameCount: 0, toolCount: 0,
    shared: {}, past: {}, pastWrites: [], lastFlow: null, results: {}, pending: null, queue: [], history: [], heard: {}, lastWaited: false, last: [], variants: {},
    clarify: null, floor: { ...freshCounters(), offered: false, asked: false }, opening: true, awaiting: null, human: null, unheard: false,
    holdMs: null, gone: false, ended: false, transferSeconds: 0, steps: 0, trace: freshTrace(0), turnValue: null, turnSlots: [],
    turnWords: [], later: null, secret: {},
  }; // prettier-ignore
  if (agent.version !== undefined) state.release = agent.version;
  const language = languageOf(agent, stringOf(options.call?.['language']));
  if (language !== undefined && language !== agent.language) state.language = language;
  const memory = beginMemory(agent, options.memory);
  if (memory) state.memory = memory;
  recallSlots(agent, state, undefined);
  const start = options.flow ?? startFlow(agent);
  if (start !== undefined) {
    const flow = agent.flows.get(start);
    if (!flow) throw new Error(`The agent "${agent.name}" has no flow "${start}" to start with.`);
    const frame = newFrame(state, start, firstState(agent, start), 'task');
    if (options.state !== undefined) {
      if (!flow.states.has(options.state))
        throw new Error(`The flow "${start}" has no state "${options.state}" to start in.`);
      frame.state = options.state;
    }
    state.frames.push(frame);
    recallSlots(agent, state, frame);
  }
  const spoken = agentIn(agent, state.language);
  const talk = { world: { ...world, agent }, agent: spoken, s: state } as Talk;
  for (const [name, written] of Object.entries(options.slots ?? {})) {
    const slot = findSlot(agent, start, name);
    if (!slot) throw new Error(`There is no slot "${name}" to start with.`);
    store(talk, state.frames[0], slot, canonical(talk, state.frames[0], slot, copyJson(written)));
  }
  return state as unknown as DialogState;
}

function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The flow a call begins with; a lone flow file needs no `start`. */
export function startFlow(agent: Agent): string | undefined {
  if (agent.start !== undefined) return agent.start;
  const [only, ...more] = agent.flows.values();
  return only && more.length === 0 && (only.name === agent.name || only.examples.length === 0) ? only.name : undefined;
}

/** The state where a flow begins. */
export function firstState(agent: Agent, flow: string): string {
  return agent.flows.get(flow)?.states.keys().next().value ?? '';
}

export function newFrame(state: Inside, flow: string, first: string, kind: FrameKind): Frame {
  // Nothing of this flow was heard yet.
  for (const id of Object.keys(state.heard)) if (id.startsWith(`${flow}/`)) delete state.heard[id];
  return {
    n: ++state.frameCount, flow, kind, state: first, phase: 'enter', question: null, slots: {}, kept: {}, near: {}, parts: {}, path: [], visits: {},
    counters: {}, openOver: [], left: [], toConfirm: [], toEcho: [], said: {}, again: false, writes: [], given: [], over: [], from: {}, called: [], outcome: 'ok',
  }; // prettier-ignore
}

function callFacts(options: StartOptions): Record<string, Json> {
  const facts: Record<string, Json> = { id: options.dialogId };
  for (const [name, value] of Object.entries(options.call ?? {}))
    if (value !== undefined) facts[name] = copyJson(value);
  return facts;
}
