import type { State } from './flow.js';

/** The tools that a state calls: one, or several reads at the same time, in the order in which they are listed. */
export function callsOf(state: State): readonly NonNullable<State['call']>[] {
  return state.call ? [state.call, ...(state.callBeside ?? [])] : [];
}
