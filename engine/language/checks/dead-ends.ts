import type { State } from '../flow.js';
import type { Check, Report } from './check.js';
import { byCaller, isAlways, isBySuccess } from './ways.js';

/** States that neither wait, end nor go on. */
export const deadEnds: Check = {
  needs: 'names',
  run({ flows }, report) {
    for (const flow of flows) for (const state of flow.states.values()) checkExits(state, report);
  },
};

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
    state.generate !== undefined ||
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
