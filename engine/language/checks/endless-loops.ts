import type { Agent, Flow, State, Target, Transition } from '../flow.js';
import type { Check, Report } from './check.js';
import { at } from './check.js';
import { byCaller, isAlways, waits } from './ways.js';

/** States that lead to each other without ever waiting for the caller, in one flow or over several. */
export const endlessLoops: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    checkLoops(flows, agent, report);
    checkCalls(flows, report);
    checkFloor(agent, report);
  },
};

/** A way that a state goes by itself, without a word of the caller. */
interface Way {
  /** `flow/state` */
  to: string;
  conditional: boolean;
  /** It, or a way beside it, counts visits: it cannot go on for ever. */
  bounded: boolean;
}

function keyOf(flow: string, state: string): string {
  return `${flow}/${state}`;
}

function ownWays(state: State, agent: Agent, passes: (flow: string) => boolean): Way[] {
  if (waits(state) || state.hangUp) return [];
  // A flow that always asks something on its way is as good as a question here.
  if (state.callFlow && !passes(state.callFlow.flow)) return [];
  const ways: Way[] = [];
  const add = (target: Target | undefined, transition?: Transition): void => {
    const to = target && nodeOf(target, state.flow, agent);
    if (to === undefined) return;
    const conditional = transition !== undefined && !isAlways(transition);
    ways.push({ to, conditional, bounded: transition?.if?.reads.includes('visits') === true });
  };
  for (const transition of state.transitions) {
    if (!byCaller(transition)) add(transition.to, transition);
    if (isAlways(transition) && transition.to) return ways;
  }
  add(state.to);
  // An exit that counts visits bounds every way out of the state below it.
  const counts = state.transitions.some(
    ({ if: condition, to }) => to !== undefined && condition?.reads.includes('visits') === true,
  );
  return counts ? ways.map((way) => ({ ...way, bounded: true })) : ways;
}

function nodeOf(target: Target, flow: string, agent: Agent): string | undefined {
  if (target.kind === 'state') return keyOf(flow, target.state);
  if (target.kind !== 'flow') return undefined;
  const [first] = agent.flows.get(target.flow)?.states.keys() ?? [];
  return first === undefined ? undefined : keyOf(target.flow, first);
}

/** Whether a called flow can come to its end without waiting for the caller. */
function passing(agent: Agent): (flow: string) => boolean {
  const known = new Map<string, boolean>();
  const passes = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    // While it is being looked at: a flow that calls itself never comes to its end.
    known.set(name, false);
    const flow = agent.flows.get(name);
    const [first] = flow?.states.values() ?? [];
    const result = flow !== undefined && first !== undefined && endsUnasked(flow, first, passes);
    known.set(name, result);
    return result;
  };
  return passes;
}

function endsUnasked(flow: Flow, first: State, passes: (flow: string) => boolean): boolean {
  const seen = new Set([first.name]);
  const open = [first];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (waits(state) || state.hangUp || (state.callFlow && !passes(state.callFlow.flow))) continue;
    const targets = [...state.transitions.filter((one) => !byCaller(one)).map(({ to }) => to), state.to];
    for (const target of targets) {
      if (target?.kind === 'end') return true;
      const next = target?.kind === 'state' ? flow.states.get(target.state) : undefined;
      if (!next || seen.has(next.name)) continue;
      seen.add(next.name);
      open.push(next);
    }
  }
  return false;
}

function checkLoops(flows: readonly Flow[], agent: Agent, report: Report): void {
  const passes = passing(agent);
  const states = new Map(
    flows.flatMap((flow) => [...flow.states.values()].map((state) => [keyOf(flow.name, state.name), state] as const)),
  );
  const ways = new Map(
    [...states].map(([key, state]) => [key, ownWays(state, agent, passes).filter(({ bounded }) => !bounded)]),
  );
  const told = new Set<string>();
  for (const severity of ['error', 'warning'] as const) {
    const isMeant = (way: Way): boolean => severity === 'warning' || !way.conditional;
    const stuck = inCircles(ways, isMeant);
    for (const [key, state] of states) {
      if (!stuck.has(key)) continue;
      const loop = loopFrom(key, ways, isMeant);
      if (loop === undefined || loop.some((name) => told.has(name))) continue;
      for (const name of loop) told.add(name);
      const inOne = loop.every((name) => name.startsWith(`${state.flow}/`));
      const path = [...loop, loop[0]!].map((name) => (inOne ? name.slice(state.flow.length + 1) : name)).join(' → ');
      report(
        'endless-loop',
        at(state),
        severity === 'error'
          ? `These states go round without ever waiting for the caller: ${path}.`
          : `These states may go round without waiting for the caller: ${path}.`,
        'Ask the caller on the way, or leave with { if: visits > 2, to: human }.',
        severity,
      );
    }
  }
}

/** What is left when all that leads out of every circle is taken away, again and again: nearly always nothing. */
function inCircles(ways: ReadonlyMap<string, readonly Way[]>, isMeant: (way: Way) => boolean): ReadonlySet<string> {
  const left = new Set(ways.keys());
  const into = new Map<string, string[]>();
  const count = new Map<string, number>();
  for (const [from, all] of ways) {
    const meant = all.filter(isMeant);
    count.set(from, meant.length);
    for (const { to } of meant) {
      const known = into.get(to);
      if (known) known.push(from);
      else into.set(to, [from]);
    }
  }
  const open = [...left].filter((name) => count.get(name) === 0);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    left.delete(name);
    for (const from of into.get(name) ?? []) {
      const rest = count.get(from)! - 1;
      count.set(from, rest);
      if (rest === 0) open.push(from);
    }
  }
  return left;
}

function loopFrom(
  start: string,
  ways: ReadonlyMap<string, readonly Way[]>,
  isMeant: (way: Way) => boolean,
): string[] | undefined {
  // Each step remembers how it was come to, so that a long chain needs no deep stack.
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const way of ways.get(name) ?? []) {
      if (!isMeant(way)) continue;
      if (way.to === start) return pathTo(name, start, cameFrom);
      if (cameFrom.has(way.to)) continue;
      cameFrom.set(way.to, name);
      open.push(way.to);
    }
  }
  return undefined;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  while (path[0] !== start) path.unshift(cameFrom.get(path[0]!)!);
  return path;
}

/** Where "anything else?" leads comes to its end without a question: then nothing runs, and it begins again. */
function checkFloor(agent: Agent, report: Report): void {
  const to = agent.cascade.repair.get('anything_else')?.to;
  const flow = to?.kind === 'flow' ? agent.flows.get(to.flow) : undefined;
  if (!flow || !passing(agent)(flow.name)) return;
  report(
    'endless-loop',
    { place: flow.place },
    `The flow "${flow.name}" is where \`anything_else\` leads, and it may end without waiting for the caller: then it begins again.`,
    'Ask the caller something in it, or end it with hang_up: true.',
  );
}

/** A flow that runs is not started again beneath itself: such a call always comes to `error`. */
function checkCalls(flows: readonly Flow[], report: Report): void {
  const calls = new Map(
    flows.map((flow) => [
      flow.name,
      [...flow.states.values()].flatMap((state) => (state.callFlow ? [{ state, to: state.callFlow.flow }] : [])),
    ]),
  );
  const told = new Set<string>();
  for (const flow of flows) {
    for (const { state, to } of calls.get(flow.name)!) {
      const chain = chainTo(to, flow.name, calls);
      if (chain === undefined || chain.some((name) => told.has(name))) continue;
      for (const name of chain) told.add(name);
      report(
        'endless-loop',
        at(state),
        `The flow "${flow.name}" calls itself: ${[flow.name, ...chain].join(' → ')}. A flow runs once at a time, so the last call always fails.`,
        'Go there with `to:` in place of one of the calls, or go back to a state of this flow.',
      );
    }
  }
}

function chainTo(
  from: string,
  goal: string,
  calls: ReadonlyMap<string, readonly { to: string }[]>,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const seen = new Set([from]);
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === goal) return pathTo(name, from, cameFrom);
    for (const { to } of calls.get(name) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      cameFrom.set(to, name);
      open.push(to);
    }
  }
  return undefined;
}
