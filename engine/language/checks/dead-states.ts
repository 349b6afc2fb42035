import type { Agent, Flow, Target } from '../flow.js';
import type { Check, Report } from './check.js';
import { flowTargets, rungTargets, targetsOf } from './ways.js';

/** States that nothing leads to. */
export const deadStates: Check = {
  needs: 'names',
  run({ flows }, report) {
    for (const flow of flows) checkReach(flow, report);
  },
};

/** Flows that no call can come to. */
export const deadFlows: Check = {
  needs: 'agent',
  run({ agent }, report) {
    checkFlowsReached(agent, report);
  },
};

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
