/** What the names in conditions and words stand for, looked up one by one when they are read. */
import type { Json } from '../contracts.js';
import type { Scope } from '../language/flow.js';
import type { Frame } from './state.js';
import { findSlot, slotsInScope, valueOf } from './slots.js';
import type { Talk } from './talk.js';
import { countersOf, note, topFrame } from './talk.js';
import { isOpen } from './hours.js';

const counterNames = ['no_input', 'no_match', 'invalid', 'attempt'] as const;

/**
 * The names a flow sees, with `extra` before all others (`it`, `options`).
 * Written values only; a computed slot that reads itself is null.
 */
export function makeScope(talk: Talk, frame: Frame | undefined, extra: Record<string, Json> = {}): Scope {
  return (name) => (Object.hasOwn(extra, name) ? extra[name] : lookUp(talk, frame, name));
}

/** Slots being computed: one that needs itself is empty. */
const computing = new Set<string>();

function lookUp(talk: Talk, frame: Frame | undefined, name: string): Json {
  const slot = findSlot(talk.agent, frame?.flow, name);
  if (slot) {
    const key = `${frame?.n ?? 0} ${name}`;
    if (computing.has(key)) {
      note(talk, `the slot ${name} is computed from itself`);
      return null;
    }
    computing.add(key);
    try {
      return valueOf(talk, frame, slot);
    } finally {
      computing.delete(key);
    }
  }
  const own = frame ? talk.s.results[`${frame.flow}/${name}`] : undefined;
  const result = own ?? talk.s.results[name];
  if (result) return result.value;
  return ambient(talk, frame, name) ?? otherFlow(talk, frame, name);
}

function ambient(talk: Talk, frame: Frame | undefined, name: string): Json | undefined {
  const { s, world, agent } = talk;
  const counter = counterNames.find((one) => one === name);
  if (counter) {
    // Those of the question that failed, also for a line of who listens above it.
    const asked = topFrame(s);
    return asked ? countersOf(asked)[counter] : s.floor[counter];
  }
  switch (name) {
    case 'visits':
      return frame?.visits[frame.state] ?? 0;
    case 'turn':
      return { text: s.trace.text ?? secretText(talk), value: s.turnValue, slots: s.turnSlots };
    case 'call':
      return { from: null, to: null, direction: 'inbound', ...s.call, language: agent.language };
    case 'caller':
      return { id: (s.call['direction'] === 'outbound' ? s.call['to'] : s.call['from']) ?? null };
    case 'heard':
      return heardBy(s.heard, frame?.flow);
    case 'transfer':
      return { open: isOpen(agent.transfer?.hours, world.now), seconds: s.transferSeconds };
    case 'flow':
      return { name: frame?.flow ?? null, title: frame ? (agent.flows.get(frame.flow)?.title ?? null) : null };
    case 'env':
      return Object.fromEntries([...agent.environment].map((one) => [one, world.env[one] ?? null]));
    case 'now':
      return world.now.slice(0, 16);
    case 'today':
      return world.now.slice(0, 10);
    default:
      return undefined;
  }
}

/** Shares by the short names that conditions use: a part's, a state's. */
function heardBy(shares: Readonly<Record<string, number>>, flow: string | undefined): Json {
  const heard: Record<string, Json> = {};
  for (const [id, share] of Object.entries(shares)) {
    if (flow === undefined || !id.startsWith(`${flow}/`)) continue;
    const name = id.slice(flow.length + 1);
    heard[name] = share;
    heard[name.slice(name.lastIndexOf('.') + 1)] = share;
  }
  return { ...shares, ...heard };
}

function secretText(talk: Talk): Json {
  return talk.s.secret['turn.text'] ?? null;
}

/** Slots of another flow as `flow.slot`: those that run have them, those that are over keep them until they start again. */
function otherFlow(talk: Talk, frame: Frame | undefined, name: string): Json {
  const flow = talk.agent.flows.get(name);
  if (!flow) return null;
  const running = talk.s.frames.find((one) => one.flow === name && one !== frame);
  if (!running) return talk.s.past[name] ?? null;
  const values: Record<string, Json> = {};
  for (const slot of flow.slots.values())
    if (slot.sensitive !== 'secret') values[slot.name] = valueOf(talk, running, slot);
  return values;
}

/**
 * The slots in scope as a trace shows them: those that are secret are absent, those of other flows
 * have the flow's name before them, and the last flow's stand for themselves while nothing else runs.
 */
export function shownSlots(talk: Talk): Record<string, Json> {
  const { s, agent } = talk;
  const frame = topFrame(s);
  const shown: Record<string, Json> = {};
  for (const [flow, values] of Object.entries(s.past))
    for (const [name, value] of Object.entries(values)) shown[`${flow}.${name}`] = value;
  for (const other of s.frames) {
    for (const slot of agent.flows.get(other.flow)?.slots.values() ?? []) {
      if (slot.sensitive !== 'secret') shown[`${other.flow}.${slot.name}`] = valueOf(talk, other, slot);
    }
  }
  const last = s.trace.finished.at(-1) ?? s.lastFlow;
  if (!frame && last !== null) Object.assign(shown, s.past[last]);
  for (const slot of slotsInScope(agent, frame?.flow))
    if (slot.sensitive !== 'secret') shown[slot.name] = valueOf(talk, frame, slot);
  return shown;
}
