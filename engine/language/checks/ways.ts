/** Where states and flows lead, for every check that asks. */
import type { Cascade, Flow, State, Target, Transition } from '../flow.js';

/** It collects, confirms, or has a transition that the caller can take. */
export function waits(state: State): boolean {
  return (
    state.collect !== undefined ||
    state.generate !== undefined ||
    state.confirm !== undefined ||
    state.transitions.some(byCaller)
  );
}

export function byCaller({ intents, key }: Transition): boolean {
  return intents.length > 0 || key !== undefined;
}

/** No trigger at all: taken whenever the work of the state is done. */
export function isAlways(transition: Transition): boolean {
  return !byCaller(transition) && transition.on.length === 0 && transition.if === undefined;
}

/** Taken by itself when the work is done, if its condition holds. */
export function isBySuccess(transition: Transition): boolean {
  return !byCaller(transition) && transition.on.length === 0 && transition.to !== undefined;
}

export function rungTargets(cascade: Cascade): Target[] {
  const ofRungs = [...(cascade.noInput ?? []), ...(cascade.noMatch ?? [])].flatMap((rung) =>
    rung.kind === 'transition' && rung.transition.to ? [rung.transition.to] : [],
  );
  return [...ofRungs, ...[...cascade.repair.values()].flatMap(({ to }) => to ?? [])];
}

export function targetsOf(state: State): Target[] {
  const targets = state.transitions.map(({ to }) => to).filter((to) => to !== undefined);
  if (state.to) targets.push(state.to);
  return [...targets, ...rungTargets(state.cascade)];
}

export function flowTargets(flow: Flow): Target[] {
  return [...flow.listen.map(({ to }) => to).filter((to) => to !== undefined), ...rungTargets(flow.cascade)];
}
