/**
 * A stored dialog and an agent in which something is not as it was: what no longer fits is let go of, so that the step
 * finds everything it reads. Whatever is done about it, no write is made twice.
 */
import type { Json } from '../contracts.js';
import { callsOf } from '../language/calls-of.js';
import { builtInIntents } from '../language/build-repair.js';
import type { Agent, Flow, Slot, State } from '../language/flow.js';
import { scalarType } from '../language/value-types.js';
import { troubleOfValue } from '../language/written-values.js';
import { splitKey } from './migrate.js';
import { firstState } from './open-state.js';
import { findSlot } from './slots.js';
import type { Frame, Inside } from './state.js';

export interface Refitted {
  state: Inside;
  /** What was being done cannot be gone on with from where it stood. */
  lost: boolean;
  /** Of the tasks on the stack, what became of those that changed: for the log. */
  notes: string[];
}

/** The state as this agent can go on with it. The one given stays as it was. */
export function refit(agent: Agent, stored: Inside): Refitted {
  const s = structuredClone(stored);
  const notes: string[] = [];
  const frames: Frame[] = [];
  for (let at = 0; at < s.frames.length; at++) {
    const frame = s.frames[at]!;
    let calledTo = at;
    while (s.frames[calledTo + 1]?.kind === 'call') calledTo++;
    const called = s.frames.slice(at + 1, calledTo + 1);
    const flow = agent.flows.get(frame.flow);
    if (flow?.states.has(frame.state)) {
      fitFrame(agent, flow, frame);
      frames.push(frame);
      continue;
    }
    if (flow && mayPassAgain(flow, frame, called, s)) {
      passAgain(agent, frame);
      fitFrame(agent, flow, frame);
      frames.push(frame);
      notes.push(`${frame.flow} begins again with what was said`);
    } else {
      notes.push(`${frame.flow === '' ? 'a flow that was dropped' : frame.flow} cannot go on`);
      s.changed = true;
      // Its caller comes to the call again, as today's version makes it.
      const caller = frame.kind === 'call' ? frames.at(-1) : undefined;
      if (caller) Object.assign(caller, { phase: 'enter', question: null, again: true });
    }
    at = calledTo;
  }
  s.frames = frames;
  const [before, now] = [stored.frames.at(-1), frames.at(-1)];
  const lost = before?.n !== now?.n || (now?.phase === 'enter' && before?.phase !== 'enter');
  if (lost) Object.assign(s, { pending: null, awaiting: null, later: null, human: null, clarify: null });
  if (s.pending && !frames.some(({ n }) => n === s.pending!.frame)) s.pending = null;
  fitShared(agent, s);
  return { state: s, lost, notes };
}

/** A flow may be passed once more with what is known, unless that could make one of its writes again. */
function mayPassAgain(flow: Flow, frame: Frame, called: readonly Frame[], s: Inside): boolean {
  if (flow.states.size === 0 || called.some(({ writes }) => writes.length > 0)) return false;
  const { pending } = s;
  if (pending?.write && [frame, ...called].some(({ n }) => n === pending.frame)) return false;
  return frame.writes.every(({ state, tool }) => {
    const its = flow.states.get(state);
    return its !== undefined && callsOf(its).some((call) => call.tool === tool);
  });
}

function passAgain(agent: Agent, frame: Frame): void {
  Object.assign(frame, {
    state: firstState(agent, frame.flow), phase: 'enter', question: null, outcome: 'ok', again: true, visits: {}, path: [], counters: {},
    openOver: [], over: frame.writes.map(({ state }) => state),
  }); // prettier-ignore
}

/** Values and questions that its flow has no place for any more. */
function fitFrame(agent: Agent, flow: Flow, frame: Frame): void {
  const isKnown = (name: string): boolean => findSlot(agent, frame.flow, name) !== undefined;
  for (const [name, value] of Object.entries(frame.slots)) {
    const slot = flow.slots.get(name);
    if (slot && stillFits(slot, value)) continue;
    delete frame.slots[name];
    frame.toConfirm = frame.toConfirm.filter((one) => one !== name);
    frame.toEcho = frame.toEcho.filter((one) => one !== name);
  }
  for (const list of ['toConfirm', 'toEcho', 'left'] as const) frame[list] = frame[list].filter(isKnown);
  for (const record of [frame.kept, frame.near, frame.parts])
    for (const name of Object.keys(record)) if (!isKnown(name)) delete record[name];
  frame.called = frame.called.filter((one) => agent.flows.has(one.flow));
  const state = flow.states.get(frame.state);
  if (state && !stillAsks(agent, state, frame)) Object.assign(frame, { phase: 'enter', question: null, again: true });
}

/** Whether the state still puts the question that is open, or does what it was doing. */
function stillAsks(agent: Agent, state: State, { phase, question, flow }: Frame): boolean {
  if (phase === 'calling') return state.callFlow !== undefined;
  if (phase === 'transfer') return state.transfer !== undefined;
  if (phase === 'tool') return state.call !== undefined || state.generate !== undefined;
  if (phase === 'confirm') return state.confirm !== undefined;
  if (question === null) return phase !== 'waiting';
  switch (question.kind) {
    case 'slot':
      return (
        findSlot(agent, flow, question.slot) !== undefined &&
        (state.collect !== undefined || state.generate !== undefined)
      );
    case 'slot_confirm':
      return findSlot(agent, flow, question.slot) !== undefined;
    case 'open':
      return state.collect !== undefined;
    case 'generate':
      return state.generate !== undefined;
    case 'confirm':
    case 'change':
      return state.confirm !== undefined;
    case 'state':
    case 'resume':
      return true;
  }
}

function fitShared(agent: Agent, s: Inside): void {
  for (const [name, value] of Object.entries(s.shared)) {
    const slot = agent.slots.get(name);
    if (!slot || !stillFits(slot, value)) delete s.shared[name];
  }
  for (const [flow, slots] of Object.entries(s.past)) {
    const its = agent.flows.get(flow);
    if (!its) delete s.past[flow];
    for (const [name, value] of Object.entries(slots)) {
      const slot = its?.slots.get(name);
      if (!slot || !stillFits(slot, value)) delete slots[name];
    }
  }
  s.queue = s.queue.filter(({ flow }) => agent.flows.has(flow));
  if (s.lastFlow !== null && !agent.flows.has(s.lastFlow)) s.lastFlow = null;
  const { clarify, frames } = s;
  if (clarify?.kind === 'intent' && !clarify.intents.every((intent) => isIntent(agent, intent))) s.clarify = null;
  if (clarify?.kind === 'value' && !findSlot(agent, frames.at(-1)?.flow, clarify.slot)) s.clarify = null;
}

function isIntent(agent: Agent, id: string): boolean {
  const [flow, name] = splitKey(id);
  if (flow !== undefined) return agent.flows.get(flow)?.intents.has(name) === true;
  return agent.flows.has(id) || agent.intents.has(id) || (builtInIntents as readonly string[]).includes(id);
}

const numbers: readonly Slot['type'][] = ['integer', 'number', 'ordinal'];
const written: readonly Slot['type'][] = ['money', 'date', 'time', 'datetime', 'duration'];
const kinds = ['list', 'record', 'date_range', 'name', 'address'] as readonly Slot['type'][];

/** Whether a value is one of the slot's type: a text that has become a choice is asked again. */
function stillFits(slot: Slot, value: Json): boolean {
  const { type, options } = slot;
  if (value === null) return true;
  if (type === 'choice') return !Array.isArray(options) || options.some(({ id }) => id === value);
  if (numbers.includes(type)) return typeof value === 'number';
  if (type === 'yes_no') return typeof value === 'boolean';
  if (typeof value === 'object') return kinds.includes(type);
  if (type === 'list' || type === 'record' || type === 'date_range') return false;
  if (written.includes(type)) return troubleOfValue(String(value), scalarType(type)) === undefined;
  return typeof value === 'string';
}
