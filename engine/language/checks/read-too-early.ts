import { callsOf } from '../calls-of.js';
import type { Agent, Flow, Slot, State } from '../flow.js';
import type { Check, Report } from './check.js';
import type { Filled } from './paths.js';
import { mayBeFilled, waysOf } from './paths.js';
import type { Reader } from './readers.js';
import { eachReader, minds } from './readers.js';

/**
 * What is read where no path can have given it a value: the result of a tool that is called later or nowhere, and a slot
 * that cannot be heard before its question. Any other slot may be filled at any time, by the caller's own words.
 */
export const readTooEarly: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    const called = new Set(agent.tools.size === 0 ? [] : [...agent.flows.values()].flatMap(toolsCalled));
    for (const flow of flows) checkFlow(flow, agent, called, report);
  },
};

function toolsCalled(flow: Flow): string[] {
  return [...flow.states.values()].flatMap(({ call }) => call?.tool ?? []);
}

/** Says what is wrong when a name has no value; `undefined` when it is not a name that this check judges. */
type Judge = (name: string) => 'tool' | 'slot' | 'nowhere' | undefined;

function checkFlow(flow: Flow, agent: Agent, called: ReadonlySet<string>, report: Report): void {
  const own = new Set(toolsCalled(flow));
  const judge: Judge = (name) => {
    const slot = flow.slots.get(name);
    if (slot) return isHeardWhenAsked(slot) && !flow.in.includes(name) ? 'slot' : undefined;
    if (flow.tools.has(name)) return own.has(name) ? 'tool' : 'nowhere';
    return agent.tools.has(name) && !called.has(name) ? 'nowhere' : undefined;
  };
  const filled = mayBeFilled(flow, waysOf(flow), new Set());
  const told = new Set<string>();
  for (const state of flow.states.values()) checkState(state, flow, filled, judge, told, report);
}

function isHeardWhenAsked(slot: Slot): boolean {
  const isLater = slot.askFirst || slot.sensitive === 'secret';
  return isLater && slot.default === undefined && slot.value === undefined && slot.scope === 'flow';
}

const entry = new Set(['say', 'confirm', 'call', 'callFlow', 'transfer']);

function checkState(state: State, flow: Flow, filled: Filled, judge: Judge, told: Set<string>, report: Report): void {
  const before = filled.get(state.name)!;
  const asked = state.collect?.slots ?? state.generate?.fills.keys() ?? [];
  const worked = new Set([...before, ...asked, ...callsOf(state).map(({ tool }) => tool)]);
  const tell = (reader: Reader, there: ReadonlySet<string>): void => {
    for (const read of reader.reads) {
      const name = read.split('.')[0]!;
      const why = there.has(name) ? undefined : judge(name);
      const key = `${reader.place.file}:${reader.place.line}:${reader.place.column} ${name}`;
      if (why === undefined || told.has(key) || minds(reader.source, name)) continue;
      told.add(key);
      report('read-too-early', { place: reader.place }, sentence(why, name, state), cureFor(why, name));
    }
  };
  eachReader(state, (reader) => tell(reader, entry.has(reader.path[0]!) ? before : worked));
  for (const name of state.collect?.slots ?? []) {
    const slot = flow.slots.get(name);
    // Words and options of a slot are read in each state that asks for it.
    if (slot) eachReader(slot, (reader) => tell(reader, worked), new Set(['spoken', 'fields']));
  }
}

function sentence(why: 'tool' | 'slot' | 'nowhere', name: string, state: State): string {
  if (why === 'nowhere') return `This reads the result of "${name}", and no state calls it: it is always empty.`;
  return why === 'tool'
    ? `This reads the result of "${name}", and no way to the state "${state.name}" has called it before: it is always empty here.`
    : `This reads "${name}", which is only heard when it is asked for, and no way to the state "${state.name}" has asked: it is always empty here.`;
}

function cureFor(why: 'tool' | 'slot' | 'nowhere', name: string): string {
  return why === 'slot'
    ? `Collect "${name}" in an earlier state, or say it later.`
    : `Call "${name}" in an earlier state, or read it later.`;
}
