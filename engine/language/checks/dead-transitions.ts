import type { State, Transition } from '../flow.js';
import type { Check, Report } from './check.js';
import { byCaller, isAlways } from './ways.js';

/** Transitions that another one always takes the place of. */
export const deadTransitions: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      for (const state of flow.states.values()) checkOrder(state.transitions, state, report);
      checkOrder(flow.listen, undefined, report);
    }
    checkOrder(agent.listen, undefined, report);
  },
};

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
