import type { Agent, Flow, State, Transition } from '../flow.js';
import type { Check, Report } from './check.js';
import { byCaller, isAlways } from './ways.js';

/** Transitions that another one always takes the place of. */
export const deadTransitions: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      for (const state of flow.states.values()) {
        checkOrder(state.transitions, state, report);
        checkConstants(state.transitions, report);
        checkEvents(state, flow, agent, report);
        checkTransferOutcomes(state, report);
      }
      checkOrder(flow.listen, undefined, report);
      checkConstants(flow.listen, report);
    }
    checkOrder(agent.listen, undefined, report);
    checkConstants(agent.listen, report);
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

/** A condition that reads nothing is the same for ever. */
function checkConstants(transitions: readonly Transition[], report: Report): void {
  for (const { if: condition } of transitions) {
    if (condition === undefined || condition.reads.length > 0) continue;
    const { value, problem } = condition.evaluate(() => null);
    if (problem !== undefined) continue;
    report(
      'dead-transition',
      { place: condition.place, length: condition.source.length },
      value === true ? 'This condition always holds.' : 'This condition never holds, so the transition is never taken.',
      value === true ? 'Take the `if:` out.' : 'Compare with a slot or a result, or take the transition out.',
      'warning',
    );
  }
}

/** Events that only one kind of doing gives, in a state that does something else. */
function checkEvents(state: State, flow: Flow, agent: Agent, report: Report): void {
  const collected = (state.collect?.slots ?? []).map((name) => flow.slots.get(name) ?? agent.slots.get(name));
  const holdsChoice = collected.some(
    (slot) => slot?.type === 'choice' || [...(slot?.fields?.values() ?? [])].some(({ type }) => type === 'choice'),
  );
  const possible: Readonly<Record<string, boolean>> = {
    declined: state.confirm !== undefined,
    not_listed: holdsChoice,
  };
  const needs: Readonly<Record<string, string>> = {
    declined: 'a state with `confirm:`',
    not_listed: 'a state that collects a choice',
  };
  // A called flow, or a tool, may name its outcomes so.
  if (state.callFlow ?? state.call) return;
  for (const { on, place } of state.transitions) {
    const never = on.find((name) => possible[name] === false);
    if (never === undefined || on.some((name) => possible[name] !== false)) continue;
    report(
      'dead-transition',
      { place },
      `Nothing here gives \`${never}\`: it comes of ${needs[never]!}.`,
      'Move the transition there, or take it out.',
      'warning',
    );
  }
}

/** What a transfer comes to only by a key that it lacks. */
function checkTransferOutcomes({ transfer, transitions }: State, report: Report): void {
  if (!transfer) return;
  const lacking = new Map<string, string>([
    ...(transfer.hours === undefined ? [['closed', 'hours'] as const] : []),
    ...(transfer.maxMs === undefined ? [['max_time', 'max'] as const] : []),
  ]);
  for (const { on, place } of transitions) {
    if (on.length === 0 || !on.every((name) => lacking.has(name))) continue;
    report(
      'dead-transition',
      { place },
      `This transfer never comes to \`${on[0]!}\`: it has no \`${lacking.get(on[0]!)!}:\`, nor has the agent's.`,
      `Give it \`${lacking.get(on[0]!)!}:\`, or take the transition out.`,
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
