import { callsOf } from '../calls-of.js';
import type { Json } from '../../contracts.js';
import type { Agent, Expression, Flow, State, ToolType, Transition } from '../flow.js';
import type { Check, Report } from './check.js';
import type { Way } from './paths.js';
import { mustBeFilled, reachable, waysOf, writesOf } from './paths.js';
import { minds } from './readers.js';
import { byCaller } from './ways.js';

/**
 * A write behind a condition that may be empty. A condition that cannot be computed does not hold, so the talk goes past
 * it: `{ if: amount > limit, to: human }` stops nobody while the limit is not known.
 */
export const maybeEmpty: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      const writes = writesOf(flow, agent);
      if (writes.length > 0) checkFlow(flow, agent, writes, report);
    }
  },
};

function checkFlow(flow: Flow, agent: Agent, writes: readonly State[], report: Report): void {
  const ways = waysOf(flow);
  const filled = mustBeFilled(flow, ways, alwaysThere(flow, agent));
  for (const state of flow.states.values()) {
    const before = filled.get(state.name);
    if (!before) continue;
    for (const [index, transition] of state.transitions.entries()) {
      if (!transition.if || !transition.to || byCaller(transition) || transition.on.length > 0) continue;
      // A field that the result of this very state lacks is `on: error`.
      const asked = state.collect?.slots ?? state.generate?.fills.keys() ?? [];
      const there = new Set([...before, ...asked, ...callsOf(state).map(({ tool }) => tool)]);
      const empty = emptyNameOf(transition.if, there, flow, agent);
      if (empty === undefined || !guards(state, index, ways, writes)) continue;
      report(
        'maybe-empty',
        { place: transition.if.place, length: transition.if.source.length },
        `"${empty}" may be empty here; then this condition does not hold, and a write lies behind it.`,
        `Say what holds then: \`${empty} == null || ${transition.if.source}\`, or \`${empty} != null && …\`.`,
        'warning',
      );
    }
  }
}

/** Names with a value from the start: defaults, computed slots, and what every caller of the flow hands over. */
function alwaysThere(flow: Flow, agent: Agent): Set<string> {
  const there = new Set<string>();
  for (const slot of [...flow.slots.values(), ...agent.slots.values()])
    if (slot.default !== undefined || slot.value !== undefined) there.add(slot.name);
  if (flow.examples.length > 0 || agent.start === flow.name) return there;
  const calls = [...agent.flows.values()].flatMap((one) =>
    [...one.states.values()].flatMap(({ callFlow }) => (callFlow?.flow === flow.name ? [callFlow] : [])),
  );
  for (const name of flow.in) if (calls.length > 0 && calls.every((call) => call.with.has(name))) there.add(name);
  return there;
}

/** The name that makes the condition impossible to compute when it is empty, and may be. */
function emptyNameOf(condition: Expression, there: ReadonlySet<string>, flow: Flow, agent: Agent): string | undefined {
  const sample = (name: string): Json | undefined => {
    const slot = flow.slots.get(name) ?? agent.slots.get(name);
    if (slot) return slot.type === 'list' ? [] : (samples[slot.type] ?? 'x');
    const tool = flow.tools.get(name) ?? agent.tools.get(name);
    return tool ? Object.fromEntries([...tool.output].map(([field, type]) => [field, sampleOf(type)])) : undefined;
  };
  return condition.reads.find((name) => {
    if (name.includes('.') || there.has(name) || sample(name) === undefined || minds(condition.source, name))
      return false;
    const { value, problem } = condition.evaluate((read) => (read === name ? null : sample(read)));
    return problem !== undefined || value === null;
  });
}

const samples: Readonly<Record<string, Json>> = {
  number: 1,
  integer: 1,
  ordinal: 1,
  money: '1 EUR',
  date: '2026-01-01',
  time: '10:00',
  datetime: '2026-01-01T10:00',
  date_range: { start: '2026-01-01', end: '2026-01-02' },
  duration: '10s',
  yes_no: true,
  record: {},
};

function sampleOf(type: ToolType): Json {
  switch (type.kind) {
    case 'slot':
      return type.type === 'list' ? [] : (samples[type.type] ?? 'x');
    case 'one_of':
      return type.values[0] ?? 'x';
    case 'list':
      return [sampleOf(type.of)];
    case 'map':
      return {};
    case 'record':
      return Object.fromEntries([...type.fields].map(([name, field]) => [name, sampleOf(field)]));
  }
}

/** Whether a write comes when the condition does not hold, and does not where it leads. */
function guards(state: State, index: number, ways: readonly Way[], writes: readonly State[]): boolean {
  const transition = state.transitions[index]!;
  const past = state.transitions.slice(index + 1).filter((one) => !byCaller(one) && one.on.length === 0);
  const next = statesOf([...past.map(({ to }) => to), state.to]);
  const behind = reachable(ways, next, state.name);
  const instead = reachable(ways, statesOf([transition.to]), state.name);
  return writes.some(({ name }) => behind.has(name) && !instead.has(name));
}

function statesOf(targets: readonly Transition['to'][]): string[] {
  return targets.flatMap((target) => (target?.kind === 'state' ? [target.state] : []));
}
