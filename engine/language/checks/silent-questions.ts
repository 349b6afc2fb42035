import type { Agent, Flow, State, Transition } from '../flow.js';
import type { Check } from './check.js';
import { at } from './check.js';
import { waysOf } from './paths.js';
import { byCaller, waits } from './ways.js';

/** States that wait for an answer to which nothing was asked: the caller hears silence. */
export const silentQuestions: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      const silent = [...flow.states.values()].filter((state) => asksNothing(state));
      if (silent.length === 0) continue;
      const ways = waysOf(flow);
      const [first] = flow.states.keys();
      for (const state of silent) {
        const into = ways.filter(({ to }) => to === state.name);
        const hasWords = into.some(({ from, transition }) => speaks(from) || transition?.say !== undefined);
        if (hasWords || (state.name === first && isEnteredWithWords(flow, agent))) continue;
        report(
          'silent-question',
          at(state),
          `The state "${state.name}" waits for the caller, and nothing was said before: the line is silent.`,
          'Give it `say:` with what the caller may choose.',
        );
      }
    }
  },
};

/** It waits by its transitions alone, and has no word of its own. */
function asksNothing(state: State): boolean {
  const works =
    state.collect ?? state.confirm ?? state.call ?? state.callFlow ?? state.answer ?? state.generate ?? state.transfer;
  return (
    works === undefined && state.say === undefined && !state.hangUp && waits(state) && state.transitions.some(byCaller)
  );
}

/** It may have spoken on its way out: words of its own, a question, the words of a called flow or an answer. */
function speaks(state: State): boolean {
  return Boolean(
    state.say ?? state.confirm ?? state.collect ?? state.callFlow ?? state.answer ?? state.generate ?? state.transfer,
  );
}

/** Somebody else leads here and may have spoken before. */
function isEnteredWithWords(flow: Flow, agent: Agent): boolean {
  const leads = ({ to }: Transition): boolean => to?.kind === 'flow' && to.flow === flow.name;
  return (
    agent.listen.some(leads) ||
    [...agent.flows.values()].some(
      (one) =>
        one.listen.some(leads) ||
        (one.otherwise?.to?.kind === 'flow' && one.otherwise.to.flow === flow.name) ||
        [...one.states.values()].some(
          ({ transitions, to, callFlow }) =>
            transitions.some(leads) || callFlow?.flow === flow.name || (to?.kind === 'flow' && to.flow === flow.name),
        ),
    )
  );
}
