/** The ways through a flow, and what has a value on them: on some path (`may`) or on every path (`must`). */
import { callsOf } from '../calls-of.js';
import type { Agent, Flow, State, Target, Transition } from '../flow.js';
import { byCaller } from './ways.js';

/** One way from a state to another of the same flow. */
export interface Way {
  from: State;
  to: string;
  /** The work was done and went well: what it gives is there. */
  isSuccess: boolean;
  transition?: Transition;
}

export function waysOf(flow: Flow): Way[] {
  const ways: Way[] = [];
  for (const from of flow.states.values()) {
    const add = (target: Target | undefined, isSuccess: boolean, transition?: Transition): void => {
      if (target?.kind === 'state') ways.push({ from, to: target.state, isSuccess, ...(transition && { transition }) });
    };
    for (const transition of from.transitions) add(transition.to, isDone(transition), transition);
    add(from.to, true);
    for (const transition of flow.listen) add(transition.to, false, transition);
    const { noInput, noMatch } = from.cascade;
    for (const rung of [...(noInput ?? flow.cascade.noInput ?? []), ...(noMatch ?? flow.cascade.noMatch ?? [])])
      if (rung.kind === 'transition') add(rung.transition.to, false, rung.transition);
  }
  return ways;
}

function isDone(transition: Transition): boolean {
  return !byCaller(transition) && transition.on.length === 0;
}

/** What a state's work fills: slots by name, and the names of tools. */
function givenBy(state: State): string[] {
  const given = [...(state.collect?.slots ?? state.generate?.fills.keys() ?? [])];
  for (const { tool } of callsOf(state)) given.push(tool);
  return given;
}

/** Names that have a value where a state begins, for each state of a flow. */
export type Filled = ReadonlyMap<string, ReadonlySet<string>>;

/** Names that have a value on at least one path to each state. */
export function mayBeFilled(flow: Flow, ways: readonly Way[], atStart: ReadonlySet<string>): Filled {
  const filled = new Map([...flow.states.keys()].map((name) => [name, new Set<string>()]));
  const [first] = flow.states.keys();
  for (const name of atStart) filled.get(first ?? '')?.add(name);
  settle(flow, ways, (way) => {
    const into = filled.get(way.to);
    if (!into) return false;
    const before = into.size;
    for (const name of after(way, filled.get(way.from.name)!, givenBy(way.from))) into.add(name);
    return into.size > before;
  });
  return filled;
}

/** Names that have a value on every path to each state; for a state that nothing leads to, none. */
export function mustBeFilled(flow: Flow, ways: readonly Way[], atStart: ReadonlySet<string>): Filled {
  const [first] = flow.states.keys();
  const filled = new Map<string, Set<string>>(first === undefined ? [] : [[first, new Set(atStart)]]);
  settle(flow, ways, (way) => {
    const from = filled.get(way.from.name);
    if (!from) return false;
    const next = after(way, from, way.isSuccess ? surelyGivenBy(way.from, flow) : []);
    const into = filled.get(way.to);
    if (!into) {
      filled.set(way.to, next);
      return true;
    }
    const before = into.size;
    for (const name of into) if (!next.has(name)) into.delete(name);
    return into.size < before;
  });
  return filled;
}

function surelyGivenBy(state: State, flow: Flow): string[] {
  const { collect } = state;
  const given = givenBy(state).filter((name) => {
    const slot = flow.slots.get(name);
    return slot === undefined || (slot.askIf === undefined && !slot.optional);
  });
  // What is enough decides what is there: it is taken at its word.
  return collect?.until ? [...given.filter((name) => !collect.slots.includes(name)), ...collect.until.reads] : given;
}

function after({ transition }: Way, before: ReadonlySet<string>, given: readonly string[]): Set<string> {
  const names = new Set([...before, ...given]);
  for (const { slot } of transition?.set ?? []) names.add(slot);
  for (const slot of transition?.clear ?? []) names.delete(slot);
  return names;
}

/** Follows all ways again and again until nothing changes; sets only grow or only shrink, so it ends. */
function settle(flow: Flow, ways: readonly Way[], follow: (way: Way) => boolean): void {
  const from = new Map<string, Way[]>();
  for (const way of ways) {
    const known = from.get(way.from.name);
    if (known) known.push(way);
    else from.set(way.from.name, [way]);
  }
  const open = [...flow.states.keys()].reverse();
  const waiting = new Set(open);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    waiting.delete(name);
    for (const way of from.get(name) ?? []) {
      if (!follow(way) || waiting.has(way.to)) continue;
      waiting.add(way.to);
      open.push(way.to);
    }
  }
}

/** States that can be reached from some, without passing through `avoiding`. */
export function reachable(ways: readonly Way[], from: readonly string[], avoiding?: string): Set<string> {
  const reached = new Set(from.filter((name) => name !== avoiding));
  const open = [...reached];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const way of ways) {
      if (way.from.name !== name || way.to === avoiding || reached.has(way.to)) continue;
      reached.add(way.to);
      open.push(way.to);
    }
  }
  return reached;
}

/** The states that send a write. */
export function writesOf(flow: Flow, agent: Agent): State[] {
  return [...flow.states.values()].filter(
    ({ call }) => call && (flow.tools.get(call.tool) ?? agent.tools.get(call.tool))?.effect === 'write',
  );
}
