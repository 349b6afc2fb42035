import type { Agent, Flow, Place, Rung, State, Target } from '../flow.js';
import type { Check, Report } from './check.js';
import { at } from './check.js';
import { byCaller, waits } from './ways.js';

/** Ladders on which a caller who is silent, or not understood, gets nowhere. */
export const lastExits: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const kind of kinds) {
      checkLadder(agent.cascade[kind.ladder], undefined, kind, report);
      for (const flow of flows) {
        checkLadder(
          flow.cascade[kind.ladder],
          { place: flow.place, length: flow.name.length },
          kind,
          report,
          agent,
          flow,
        );
        for (const state of flow.states.values())
          checkLadder(state.cascade[kind.ladder], at(state), kind, report, agent, flow, state);
        checkCircle(flow, agent, kind, report);
      }
    }
  },
};

const kinds = [
  { ladder: 'noInput', event: 'no_input', who: 'a caller who says nothing' },
  { ladder: 'noMatch', event: 'no_match', who: 'a caller who is not understood' },
] as const;
type Kind = (typeof kinds)[number];

/** The engine gives up in the end, but only after it has put the question this many times more than the ladder says. */
const patience = 6;

function checkLadder(
  rungs: readonly Rung[] | undefined,
  owner: { place: Place; length: number } | undefined,
  { event, who }: Kind,
  report: Report,
  agent?: Agent,
  flow?: Flow,
  state?: State,
): void {
  if (rungs === undefined || rungs.some(leaves)) return;
  const heard = [...(state?.transitions ?? []), ...(flow?.listen ?? []), ...(agent?.listen ?? [])];
  if (heard.some(({ on, to, outcome }) => on.includes(event) && (to ?? outcome) !== undefined)) return;
  const last = rungs.at(-1);
  const place = last?.kind === 'transition' ? last.transition.place : (last?.place ?? owner?.place);
  if (!place) return;
  report(
    'no-last-exit',
    { place, length: last?.kind === 'reask' ? 'reask'.length : undefined },
    `This ladder leads nowhere: ${who} hears the same question ${rungs.length + patience} times.`,
    'End it with a rung that goes on, such as { to: human } or { to: end }.',
    'warning',
  );
}

function leaves(rung: Rung): boolean {
  return rung.kind === 'transition' && (rung.transition.to ?? rung.transition.outcome) !== undefined;
}

/** Rungs that lead from one question to the next, and back to the first. */
function checkCircle(flow: Flow, agent: Agent, kind: Kind, report: Report): void {
  const next = new Map([...flow.states.values()].map((state) => [state.name, nextOf(state, flow, agent, kind)]));
  const out = leadOut(next);
  for (const state of flow.states.values()) {
    if (out.has(state.name) || !waits(state)) continue;
    const path = [state.name];
    for (let at = state.name; ;) {
      const target = next.get(at)!.find((one) => one.kind === 'state');
      if (target?.kind !== 'state') return;
      at = target.state;
      if (path.includes(at)) break;
      path.push(at);
    }
    // A ladder without any exit is told by itself.
    if (path.length < 2) continue;
    report(
      'no-last-exit',
      at(state),
      `${kind.who.charAt(0).toUpperCase()}${kind.who.slice(1)} is led round for ever: ${[...path, path[0]].join(' → ')}.`,
      'Let one of their ladders end with { to: human } or { to: end }.',
      'warning',
    );
    return;
  }
}

/** The states from which some way leads out of the flow. */
function leadOut(next: ReadonlyMap<string, readonly Target[]>): ReadonlySet<string> {
  const into = new Map<string, string[]>();
  const out = new Set<string>();
  for (const [from, targets] of next) {
    for (const target of targets) {
      if (target.kind !== 'state') out.add(from);
      else if (into.has(target.state)) into.get(target.state)!.push(from);
      else into.set(target.state, [from]);
    }
  }
  const open = [...out];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const from of into.get(name) ?? []) {
      if (out.has(from)) continue;
      out.add(from);
      open.push(from);
    }
  }
  return out;
}

const anExit: Target = { kind: 'end' };

/** Where a state leads a caller who never gives it what it waits for. */
function nextOf(state: State, flow: Flow, agent: Agent, { ladder, event }: Kind): Target[] {
  if (!waits(state)) {
    // By itself a state goes on by what it finds; any way may lead out.
    const own = state.transitions.filter((one) => !byCaller(one)).flatMap(({ to }) => to ?? []);
    return state.to ? [...own, state.to] : own.length > 0 ? own : [anExit];
  }
  const heard = [...state.transitions, ...flow.listen, ...agent.listen];
  const told = heard.filter(({ on }) => on.includes(event)).flatMap(({ to, outcome }) => to ?? (outcome ? anExit : []));
  const rungs = state.cascade[ladder] ?? flow.cascade[ladder] ?? agent.cascade[ladder];
  if (rungs === undefined || rungs.length === 0 || !rungs.some(leaves)) return [...told, anExit];
  const climbed = rungs.flatMap((rung) =>
    rung.kind === 'transition' ? (rung.transition.to ?? (rung.transition.outcome ? anExit : [])) : [],
  );
  return [...told, ...climbed];
}
