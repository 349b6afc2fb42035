import type { Agent, Flow, State, Tool } from '../flow.js';
import type { Check } from './check.js';
import { at } from './check.js';
import type { Way } from './paths.js';
import { waysOf } from './paths.js';

/** A tool with `confirm: true` may only run once the caller has said yes to it. */
export const unconfirmedWrites: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      const asking = [...flow.states.values()].flatMap((state) => {
        const tool = state.call && (flow.tools.get(state.call.tool) ?? agent.tools.get(state.call.tool));
        return tool?.confirm === true ? [{ state, tool }] : [];
      });
      if (asking.length === 0) continue;
      const ways = waysOf(flow);
      for (const { state, tool } of asking) {
        if (state.confirm || areInputsConfirmed(tool, state, flow, agent) || comesOfYes(state, flow, ways)) continue;
        report(
          'unconfirmed-write',
          at(state),
          `The state "${state.name}" calls "${tool.name}", which is only to run after a yes, and nothing here asks for one.`,
          'Give the state `confirm:` with words that say what will be done, or come here only by `intent: yes`.',
        );
      }
    }
  },
};

/** Each value that goes in was said back and agreed to. */
function areInputsConfirmed(tool: Tool, state: State, flow: Flow, agent: Agent): boolean {
  const inputs = [...tool.input.keys()];
  return (
    inputs.length > 0 &&
    inputs.every((input) => {
      const given = state.call!.with.get(input);
      if (given?.kind === 'literal') return true;
      const names =
        given === undefined ? [input] : given.kind === 'expression' ? given.expression.reads : given.template.reads;
      return names.every((name) => (flow.slots.get(name) ?? agent.slots.get(name))?.confirm === 'explicit');
    })
  );
}

/** Every way into the state is the caller's yes. */
function comesOfYes(state: State, flow: Flow, ways: readonly Way[]): boolean {
  const into = ways.filter(({ to }) => to === state.name);
  const [first] = flow.states.keys();
  return (
    state.name !== first &&
    into.length > 0 &&
    into.every(({ transition }) => transition?.intents.length === 1 && transition.intents[0] === 'yes')
  );
}
