import type { Agent, Flow, Rung, State, Target, Transition } from '../flow.js';
import type { Check } from './check.js';
import { at } from './check.js';
import { byCaller, waits } from './ways.js';

/** How many turns a caller may need to reach a person, unless the agent says it with `person_within`. */
const defaultTurns = 3;

/** States from which a caller does not come to a person, in an agent that has somebody to put them through to. */
export const noPerson: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    if (!hasPerson(agent) || !isTouched(agent)) return;
    const longest = agent.personWithin ?? defaultTurns;
    const turns = turnsToPerson(agent);
    for (const flow of flows) {
      for (const state of flow.states.values()) {
        const needed = turns.get(keyOf(flow.name, state.name)) ?? Infinity;
        if (!waits(state) || needed <= longest) continue;
        const how = needed === Infinity ? 'no way leads to a person' : `a person is ${needed} turns away`;
        report(
          'no-person',
          at(state),
          `From the state "${state.name}" ${how}, and a caller should need no more than ${longest}.`,
          'Leave the repair `human` on, or add { intent: human, to: human }, or a rung { to: human }.',
          'warning',
        );
      }
    }
  },
};

function hasPerson(agent: Agent): boolean {
  return (
    agent.transfer !== undefined ||
    [...agent.flows.values()].some((flow) => [...flow.states.values()].some(({ transfer }) => transfer !== undefined))
  );
}

/** Whether anything changes what the caller's wish for a person does; else it is heard in every state. */
function isTouched(agent: Agent): boolean {
  const asks = ({ intents }: Transition): boolean => intents.includes('human');
  return [agent, ...agent.flows.values()].some(
    (owner) =>
      owner.cascade.repair.has('human') ||
      owner.listen.some(asks) ||
      ('states' in owner &&
        [...owner.states.values()].some(
          ({ cascade, transitions }) => cascade.repair.has('human') || transitions.some(asks),
        )),
  );
}

function keyOf(flow: string, state: string): string {
  return `${flow}/${state}`;
}

/** For each state the fewest turns of a caller who wants a person; a state that waits costs at least one. */
function turnsToPerson(agent: Agent): ReadonlyMap<string, number> {
  const turns = new Map<string, number>();
  const ofTarget = (target: Target | undefined, flow: Flow): number => {
    switch (target?.kind) {
      case 'human':
        return 0;
      case 'state':
        return turns.get(keyOf(flow.name, target.state)) ?? Infinity;
      case 'flow':
        return ofFlow(target.flow);
      default:
        return Infinity;
    }
  };
  const ofFlow = (name: string): number => {
    const [first] = agent.flows.get(name)?.states.keys() ?? [];
    return first === undefined ? Infinity : (turns.get(keyOf(name, first)) ?? Infinity);
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const flow of agent.flows.values()) {
      for (const state of flow.states.values()) {
        const key = keyOf(flow.name, state.name);
        const best = Math.min(turns.get(key) ?? Infinity, turnsOf(state, flow, agent, ofTarget, ofFlow));
        if (best >= (turns.get(key) ?? Infinity)) continue;
        turns.set(key, best);
        changed = true;
      }
    }
  }
  return turns;
}

function turnsOf(
  state: State,
  flow: Flow,
  agent: Agent,
  ofTarget: (target: Target | undefined, flow: Flow) => number,
  ofFlow: (name: string) => number,
): number {
  if (state.transfer) return 0;
  const best: number[] = [];
  const heard = heardIn(state, flow, agent);
  if (waits(state)) {
    const asked = heard.find(({ intents }) => intents.includes('human'));
    const isOff = nearestRepair(state, flow, agent) === true;
    if (asked === undefined && !isOff) return 1;
    if (asked) best.push(1 + ofTarget(asked.to, flow));
    for (const one of heard) if (byCaller(one)) best.push(1 + ofTarget(one.to, flow));
    for (const ladder of ['noInput', 'noMatch'] as const) {
      const rungs = state.cascade[ladder] ?? flow.cascade[ladder] ?? agent.cascade[ladder];
      // Without one, the built-in ladder offers a person after the third failure.
      if (rungs === undefined) best.push(3);
      else best.push(...rungs.map((rung, index) => index + 1 + ofTarget(targetOf(rung), flow)));
    }
  }
  const questions = Math.max(state.collect?.slots.length ?? 0, waits(state) ? 1 : 0);
  const own = state.transitions.filter((one) => !byCaller(one)).map(({ to }) => to);
  for (const target of [...own, state.to]) best.push(questions + ofTarget(target, flow));
  if (state.callFlow) best.push(questions + ofFlow(state.callFlow.flow));
  return Math.min(...best);
}

function targetOf(rung: Rung): Target | undefined {
  return rung.kind === 'transition' ? rung.transition.to : undefined;
}

function heardIn(state: State, flow: Flow, agent: Agent): Transition[] {
  const heard = [...state.transitions];
  if (state.deaf) return heard;
  heard.push(...flow.listen);
  return flow.deaf ? heard : [...heard, ...agent.listen];
}

/** Whether `human` is switched off where the state stands: the nearest word on it wins. */
function nearestRepair(state: State, flow: Flow, agent: Agent): boolean | undefined {
  for (const { cascade } of [state, flow, agent]) {
    const repair = cascade.repair.get('human');
    if (repair) return repair.off;
  }
  return undefined;
}
