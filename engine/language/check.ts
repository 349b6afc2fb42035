/** What is wrong with an agent as a whole, once its names and types are: where it goes, and where it cannot. */
import type { Agent, Cascade, Flow, Place, State, Target, Transition } from './flow.js';
import type { Problem, ProblemCode, ProblemList } from './problems.js';

/** Reports at the place of a name; the source line is added by the loader. */
type Report = (
  code: ProblemCode,
  at: { place: Place; length?: number },
  message: string,
  cure: string,
  severity?: Problem['severity'],
) => void;

export interface CheckSetting {
  problems: ProblemList;
  /** The text of a line, for the caret. */
  lineOf(place: Place): string | undefined;
  /** Flows with mistakes in their names: where they go cannot be judged. */
  troubled: ReadonlySet<string>;
  /** Nothing at all is wrong so far. */
  whole: boolean;
}

export function checkAgent(agent: Agent, { problems, lineOf, troubled, whole }: CheckSetting): void {
  const report: Report = (code, { place, length }, message, cure, severity = 'error') =>
    problems.add({ code, severity, ...place, length, message, cure, source: lineOf(place) });
  for (const flow of agent.flows.values()) {
    for (const state of flow.states.values()) {
      checkQuestions(state, flow, agent, report);
      checkKeys(state.transitions, report);
    }
    checkKeys(flow.listen, report);
    for (const tool of flow.tools.values()) checkTool(tool, report);
    if (troubled.has(flow.name)) continue;
    checkReach(flow, report);
    for (const state of flow.states.values()) {
      checkExits(state, report);
      checkOrder(state.transitions, state, report);
    }
    checkOrder(flow.listen, undefined, report);
    checkLoops(flow, report);
  }
  checkOrder(agent.listen, undefined, report);
  for (const tool of agent.tools.values()) checkTool(tool, report);
  if (whole) checkFlowsReached(agent, report);
}

/** It collects, confirms, or has a transition that the caller can take. */
export function waits(state: State): boolean {
  return state.collect !== undefined || state.confirm !== undefined || state.transitions.some(byCaller);
}

function byCaller({ intents, key }: Transition): boolean {
  return intents.length > 0 || key !== undefined;
}

/** No trigger at all: taken whenever the work of the state is done. */
function isAlways(transition: Transition): boolean {
  return !byCaller(transition) && transition.on.length === 0 && transition.if === undefined;
}

/** Taken by itself when the work is done, if its condition holds. */
function isBySuccess(transition: Transition): boolean {
  return !byCaller(transition) && transition.on.length === 0 && transition.to !== undefined;
}

function rungTargets(cascade: Cascade): Target[] {
  return [...(cascade.noInput ?? []), ...(cascade.noMatch ?? [])].flatMap((rung) =>
    rung.kind === 'transition' && rung.transition.to ? [rung.transition.to] : [],
  );
}

function targetsOf(state: State): Target[] {
  const targets = state.transitions.map(({ to }) => to).filter((to) => to !== undefined);
  if (state.to) targets.push(state.to);
  return [...targets, ...rungTargets(state.cascade)];
}

function flowTargets(flow: Flow): Target[] {
  return [...flow.listen.map(({ to }) => to).filter((to) => to !== undefined), ...rungTargets(flow.cascade)];
}

function checkReach(flow: Flow, report: Report): void {
  const [first] = flow.states.keys();
  if (first === undefined) return;
  const reached = new Set<string>([first]);
  const open = [first];
  const go = (targets: readonly Target[]): void => {
    for (const target of targets) {
      if (target.kind !== 'state' || reached.has(target.state)) continue;
      reached.add(target.state);
      open.push(target.state);
    }
  };
  go(flowTargets(flow));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = flow.states.get(name);
    if (state) go(targetsOf(state));
  }
  for (const state of flow.states.values()) {
    if (reached.has(state.name)) continue;
    const at = { place: state.place, length: state.name.length };
    report('dead-state', at, `Nothing leads to the state "${state.name}".`, 'Go there with `to:`, or take it out.');
  }
}

function checkExits(state: State, report: Report): void {
  const at = { place: state.place, length: state.name.length };
  if (state.hangUp || state.transfer || state.to) return;
  const success = state.transitions.filter(isBySuccess);
  if (success.some(isAlways)) return;
  const works =
    state.collect !== undefined ||
    state.call !== undefined ||
    state.callFlow !== undefined ||
    state.answer !== undefined ||
    state.confirm !== undefined;
  if (!works && state.transitions.some(byCaller)) return;
  const cure = 'Say with `to:` where it goes on: a state, end, human or a flow.';
  if (success.length === 0) {
    const why = works ? 'is done' : 'has spoken';
    report('dead-end', at, `When the state "${state.name}" ${why}, it goes nowhere.`, cure);
  } else if (!state.transitions.some(byCaller)) {
    report('dead-end', at, `When no condition of the state "${state.name}" holds, it goes nowhere.`, cure, 'warning');
  }
}

function checkOrder(transitions: readonly Transition[], state: State | undefined, report: Report): void {
  const seen: Transition[] = [];
  for (const transition of transitions) {
    const winner = seen.find((earlier) => covers(earlier, transition));
    if (winner) {
      const cure = 'Put the special one first, or take this one out.';
      report(
        'dead-transition',
        { place: transition.place },
        `The transition on line ${winner.place.line} is always taken before this one.`,
        cure,
      );
    }
    seen.push(transition);
  }
  const always = transitions.find((transition) => isAlways(transition) && transition.to !== undefined);
  if (state?.to && always) {
    report(
      'dead-transition',
      { place: state.place, length: state.name.length },
      `The \`to:\` of "${state.name}" is never taken: the transition on line ${always.place.line} has no trigger.`,
      'Keep one of the two.',
      'warning',
    );
  }
}

/** Whether everything that would take `later` takes `earlier` before. */
function covers(earlier: Transition, later: Transition): boolean {
  if (earlier.if !== undefined) return false;
  if (isAlways(earlier)) return earlier.to !== undefined && !byCaller(later) && later.on.length === 0;
  if (earlier.key !== undefined && earlier.intents.length === 0)
    return later.key === earlier.key && later.intents.length === 0 && later.on.length === 0 && earlier.on.length === 0;
  const includes = (all: readonly string[], some: readonly string[]): boolean => some.every((one) => all.includes(one));
  if (earlier.intents.length > 0 && earlier.on.length === 0) {
    return (
      later.intents.length > 0 &&
      includes(earlier.intents, later.intents) &&
      (later.key === undefined || later.key === earlier.key)
    );
  }
  if (earlier.on.length > 0 && !byCaller(earlier))
    return later.on.length > 0 && !byCaller(later) && includes(earlier.on, later.on);
  return false;
}

function checkQuestions(state: State, flow: Flow, agent: Agent, report: Report): void {
  for (const name of state.collect?.slots ?? []) {
    const slot = flow.slots.get(name) ?? agent.slots.get(name);
    if (!slot || slot.ask.length > 0 || (state.collect?.ask.length ?? 0) > 0 || slot.value !== undefined) continue;
    // These are, or will be, asked for part by part.
    if (slot.parts !== undefined || ['list', 'record', 'address'].includes(slot.type)) continue;
    report(
      'missing-key',
      { place: slot.place, length: name.length },
      `The state "${state.name}" asks for "${name}", and it has no question.`,
      `Add \`ask:\` to the slot.`,
    );
  }
}

function checkKeys(transitions: readonly Transition[], report: Report): void {
  for (const { key, place, outcome, to } of transitions) {
    if (key !== undefined && !/^[0-9*#A-D]+$/.test(key))
      report('bad-value', { place }, `"${key}" is no key.`, 'Keys are 0 to 9, * and #.');
    if (outcome !== undefined && to?.kind !== 'end')
      report(
        'wrong-combination',
        { place },
        'An outcome is given where a flow ends.',
        'Write it beside `to: end`.',
        'warning',
      );
  }
}

function checkTool(tool: Agent['tools'] extends ReadonlyMap<string, infer T> ? T : never, report: Report): void {
  if (tool.effect === 'write' && tool.retries > 0) {
    report(
      'wrong-combination',
      { place: tool.place, length: tool.name.length },
      `The tool "${tool.name}" writes, and a write is sent at most once.`,
      'Take `retries:` out.',
    );
  }
}

interface Edge {
  to: string;
  conditional: boolean;
  bounded: boolean;
}

/** Ways a state goes on by itself, without a word of the caller. */
function ownWays(state: State): Edge[] {
  if (waits(state) || state.hangUp) return [];
  const ways: Edge[] = [];
  const add = (target: Target | undefined, transition?: Transition): void => {
    if (target?.kind !== 'state') return;
    const conditional = transition !== undefined && !isAlways(transition);
    ways.push({ to: target.state, conditional, bounded: transition?.if?.reads.includes('visits') === true });
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

function checkLoops(flow: Flow, report: Report): void {
  const ways = new Map(
    [...flow.states.values()].map((state) => [state.name, ownWays(state).filter(({ bounded }) => !bounded)]),
  );
  const told = new Set<string>();
  for (const severity of ['error', 'warning'] as const) {
    for (const state of flow.states.values()) {
      const loop = loopFrom(state.name, ways, severity === 'warning');
      if (loop === undefined || loop.some((name) => told.has(name))) continue;
      for (const name of loop) told.add(name);
      const path = [...loop, loop[0]!].join(' → ');
      const message =
        severity === 'error'
          ? `These states go round without ever waiting for the caller: ${path}.`
          : `These states may go round without waiting for the caller: ${path}.`;
      report(
        'endless-loop',
        { place: state.place, length: state.name.length },
        message,
        'Ask the caller on the way, or leave with { if: visits > 2, to: human }.',
        severity,
      );
    }
  }
}

function loopFrom(
  start: string,
  ways: ReadonlyMap<string, readonly Edge[]>,
  withConditions: boolean,
): string[] | undefined {
  const path: string[] = [];
  const done = new Set<string>();
  const visit = (name: string): boolean => {
    if (path.length > 0 && name === start) return true;
    if (done.has(name)) return false;
    done.add(name);
    path.push(name);
    for (const way of ways.get(name) ?? []) if ((withConditions || !way.conditional) && visit(way.to)) return true;
    path.pop();
    return false;
  };
  return visit(start) ? path : undefined;
}

/** Flows that no call can come to. */
function checkFlowsReached(agent: Agent, report: Report): void {
  const reached = new Set<string>(agent.start === undefined ? [] : [agent.start]);
  const see = (targets: readonly (Target | undefined)[]): void => {
    for (const target of targets) if (target?.kind === 'flow') reached.add(target.flow);
  };
  see(agent.listen.map(({ to }) => to));
  see(rungTargets(agent.cascade));
  for (const flow of agent.flows.values()) {
    if (flow.examples.length > 0) reached.add(flow.name);
    see(flowTargets(flow));
    see([flow.otherwise?.to]);
    for (const state of flow.states.values()) {
      see(targetsOf(state));
      if (state.callFlow) reached.add(state.callFlow.flow);
    }
  }
  for (const flow of agent.flows.values()) {
    if (reached.has(flow.name)) continue;
    const at = { place: flow.place, length: flow.name.length };
    report(
      'dead-state',
      at,
      `Nothing leads to the flow "${flow.name}".`,
      'Give it `examples:`, or go there from another flow.',
      'warning',
    );
  }
}
