import type { Agent, Flow, State } from '../flow.js';
import type { Check, Report } from './check.js';

/** What is asked for has to have a question. */
export const questions: Check = {
  needs: 'shape',
  run({ agent, flows }, report) {
    for (const flow of flows) for (const state of flow.states.values()) checkQuestions(state, flow, agent, report);
  },
};

function checkQuestions(state: State, flow: Flow, agent: Agent, report: Report): void {
  for (const name of state.collect?.slots ?? []) {
    const slot = flow.slots.get(name) ?? agent.slots.get(name);
    if (!slot || slot.ask.length > 0 || (state.collect?.ask.length ?? 0) > 0 || slot.value !== undefined) continue;
    // These are, or will be, asked for part by part.
    if (slot.parts !== undefined || ['list', 'record'].includes(slot.type)) continue;
    report(
      'missing-key',
      { place: slot.place, length: name.length },
      `The state "${state.name}" asks for "${name}", and it has no question.`,
      `Add \`ask:\` to the slot.`,
    );
  }
}
