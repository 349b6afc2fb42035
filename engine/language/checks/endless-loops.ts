import type { Flow, State, Target, Transition } from '../flow.js';
import type { Check, Report } from './check.js';
import { byCaller, isAlways, waits } from './ways.js';

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

/** States that lead to each other without ever waiting for the caller. */
export const endlessLoops: Check = {
  needs: 'names',
  run({ flows }, report) {
    for (const flow of flows) checkLoops(flow, report);
  },
};

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
