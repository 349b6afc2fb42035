/**
 * The race explorer: every scenario, every disturbance, at every tick in which something happens, before and after it.
 * A run that breaks a rule is shrunk to the events that are needed for it, and printed so that it can be run again.
 */
import { nextDue, reduce } from '../../../runtime/call/reducer.js';
import type { CallEvent } from '../../../runtime/call/events.js';
import { breaches, type Breach } from './invariants.js';
import { says, scenarios } from './scenarios.js';
import { World, type Scenario, type Step } from './world.js';

type Disturb = (world: World) => void;
const now =
  (...events: CallEvent[]): Disturb =>
  (world) =>
    events.forEach((event) => world.give(event));
const ear = (event: Extract<CallEvent, { kind: 'ear' }>['event']): CallEvent => ({ kind: 'ear', event });

export const disturbances: Record<string, Disturb> = {
  interrupt: now({ kind: 'interrupt' }),
  'hang-up here': now({ kind: 'hang_up' }),
  'socket death': now({ kind: 'line_gone', reason: 'caller_hung_up' }),
  'a cough': (world) => {
    world.give(ear({ kind: 'speech_started', atMs: world.now - 100 }));
    world.later(world.now + 200, ear({ kind: 'speech_ended', atMs: world.now + 100 }));
  },
  words: (world) => {
    for (const [atMs, event] of says('tell me something else', world.now - 100, world.now + 700))
      world.later(atMs, event);
  },
  'a hard word': (world) => world.give(ear({ kind: 'interim', text: 'stop', atMs: world.now })),
  'a final': (world) =>
    world.give(ear({ kind: 'final', text: 'another thing', startMs: world.now - 300, endMs: world.now })),
  'a late final': (world) =>
    world.give(ear({ kind: 'final', text: 'something late', startMs: world.now - 1500, endMs: world.now - 900 })),
  'an empty final': (world) => world.give(ear({ kind: 'final', text: '', startMs: world.now - 300, endMs: world.now })),
  'the end of a turn': (world) => world.give(ear({ kind: 'end_of_turn', atMs: world.now })),
  'a deaf ear': now(ear({ kind: 'failed', problem: 'gone' })),
  'a key': now({ kind: 'key', digit: '1' }),
  'the end key': now({ kind: 'key', digit: '#' }),
  'a mark twice': (world) => {
    const name = world.lastMark ?? '0:0';
    world.give({ kind: 'mark', name });
    world.give({ kind: 'mark', name });
  },
  'a tool that ends late': (world) =>
    world.give({
      kind: 'settlement',
      input: { kind: 'tool', atMs: world.now, callId: 'old', result: { outcome: 'ok' } },
    }),
  'an event': now({ kind: 'outside', name: 'paid' }),
  'a transfer that ends': now({ kind: 'transfer', outcome: 'far_hang_up' }),
  'a voice that fails': (world) => {
    const sentence = world.state.playout.sentences.find((one) => !one.done)?.n ?? 0;
    world.give({ kind: 'voice_failed', sentence, problem: 'died' });
  },
  'a turn that fails': (world) =>
    world.give({
      kind: 'turn_failed',
      gen: world.state.asking?.running ? world.state.asking.gen : -1,
      problem: 'boom',
    }),
  'a timer': now({ kind: 'tick' }),
  'five seconds frozen': (world) => world.freeze(5000),
};

/** One failing order. */
export interface Failure {
  scenario: string;
  disturbances: { name: string; atMs: number; order: 'before' | 'after' }[];
  breach: Breach;
  log: Step[];
}

export interface Options {
  /** Of the ticks in which something happens, every so-manieth. */
  every: number;
  /** Each run is disturbed a second time, so long after the first. */
  thenMs?: number[];
  only?: string;
}

/** How long a call may take to end when the caller says nothing any more. */
const endsWithinMs = 150_000;

export function explore(options: Options): { runs: number; steps: number; failures: Failure[] } {
  const failures: Failure[] = [];
  let runs = 0;
  let steps = 0;
  const seen = new Set<string>();
  const judge = (world: World, done: Failure['disturbances']): void => {
    runs += 1;
    steps += world.log.length;
    for (const breach of finish(world)) {
      const key = `${breach.rule}|${world.scenario.name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      failures.push({ scenario: world.scenario.name, disturbances: done, breach, log: world.log });
    }
  };
  for (const scenario of scenarios) {
    if (options.only !== undefined && scenario.name !== options.only) continue;
    const calm = new World(scenario);
    calm.run(scenario.endMs);
    judge(calm, []);
    for (const [at, atMs] of ticksOf(scenario).entries()) {
      // Another one of them in each scenario: together they are all kinds of ticks.
      if ((at + scenarios.indexOf(scenario)) % options.every !== 0) continue;
      for (const [name, disturb] of Object.entries(disturbances)) {
        for (const order of ['before', 'after'] as const) {
          const world = arriveAt(scenario, atMs, order);
          // Before its first event there is no call yet.
          if (world.state.closed !== undefined || world.log.length === 0) continue;
          disturb(world);
          judge(world, [{ name, atMs, order }]);
          for (const thenMs of options.thenMs ?? []) {
            for (const [second, again] of Object.entries(disturbances)) {
              const twice = arriveAt(scenario, atMs, order);
              disturb(twice);
              twice.run(atMs + thenMs);
              twice.now = Math.max(twice.now, atMs + thenMs);
              if (twice.state.closed !== undefined) continue;
              again(twice);
              judge(twice, [
                { name, atMs, order },
                { name: second, atMs: atMs + thenMs, order: 'after' },
              ]);
            }
          }
        }
      }
    }
  }
  return { runs, steps, failures };
}

/** To the end: the caller says nothing any more, so the call ends by itself. */
function finish(world: World): Breach[] {
  try {
    world.run(world.now + endsWithinMs);
  } catch (error) {
    return [{ rule: 'B2 time goes on', at: world.log.length - 1, what: (error as Error).message }];
  }
  const found = breaches(world.log);
  if (world.state.closed === undefined)
    found.push({
      rule: 'B2 a call with a silent caller ends',
      at: world.log.length - 1,
      what: JSON.stringify(world.state.due),
    });
  return found;
}

/** The moments at which something happens in the scenario, frames aside. */
const ticks = new Map<Scenario, number[]>();
function ticksOf(scenario: Scenario): number[] {
  let found = ticks.get(scenario);
  if (!found) {
    const world = new World(scenario);
    world.run(scenario.endMs);
    const all = world.log.filter(({ event }) => event.kind !== 'tick' || !event.pump).map(({ atMs }) => atMs);
    // And the moments between, where frames go out.
    const frames = world.log.filter(({ event }, i) => event.kind === 'tick' && event.pump && i % 7 === 0);
    found = [...new Set([...all, ...frames.map(({ atMs }) => atMs)])].sort((a, b) => a - b);
    ticks.set(scenario, found);
  }
  return found;
}

/** Snapshots: the world as it stands before anything happens at a moment, and after all of it. */
const stations = new Map<Scenario, { world: World; atMs: number }>();
function arriveAt(scenario: Scenario, atMs: number, order: 'before' | 'after'): World {
  let station = stations.get(scenario);
  if (!station || station.atMs > atMs) station = { world: new World(scenario), atMs: -1 };
  if (station.atMs < atMs) {
    station.world.run(atMs - 0.5);
    station.atMs = atMs;
    stations.set(scenario, station);
  }
  const world = station.world.fork();
  if (order === 'after') world.run(atMs);
  world.now = Math.max(world.now, atMs);
  return world;
}

// ---- Shrinking and replaying ------------------------------------------------------------------

export type Script = [atMs: number, event: CallEvent][];

/** Runs events as they stand; between them only time passes. */
export function runScript(script: Script, scenario: Scenario): Step[] {
  const log: Step[] = [];
  let { state } = new World(scenario);
  const give = (atMs: number, event: CallEvent): void => {
    const result = reduce(state, event, atMs);
    state = result.state;
    log.push({ atMs, event, effects: result.effects, state });
  };
  let last = 0;
  for (const [atMs, event] of script) {
    for (let i = 0; i < 5000; i++) {
      const dueMs = Math.min(state.due.pump ?? Infinity, nextDue(state) ?? Infinity);
      if (dueMs >= atMs || state.closed !== undefined) break;
      last = Math.max(last, dueMs);
      give(last, (state.due.pump ?? Infinity) <= last ? { kind: 'tick', pump: true } : { kind: 'tick' });
    }
    last = Math.max(last, atMs);
    give(last, event);
  }
  return log;
}

/** The fewest events that still break the rule (delta debugging), frames and deadlines left to time. */
export function shrink(failure: Failure): { script: Script; shrunk: boolean } {
  const scenario = scenarioNamed(failure.scenario);
  const all: Script = failure.log.slice(0, failure.breach.at + 1).map(({ atMs, event }) => [atMs, event]);
  const fails = (script: Script): boolean => {
    try {
      return breaches(runScript(script, scenario)).some(({ rule }) => rule === failure.breach.rule);
    } catch {
      return false;
    }
  };
  let script = all.filter(([, event]) => event.kind !== 'tick');
  if (!fails(script)) script = all;
  if (!fails(script)) return { script: all, shrunk: false };
  for (let size = Math.ceil(script.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < script.length;) {
      const less = [...script.slice(0, from), ...script.slice(from + size)];
      if (fails(less)) script = less;
      else from += size;
    }
  }
  return { script, shrunk: true };
}

/** What a person reads, and what `npm run explore -- --script` takes. */
export function tell(failure: Failure): string {
  const { script, shrunk } = shrink(failure);
  const did = failure.disturbances
    .map(({ name, atMs, order }) => `${name} ${order} ${String(atMs)} ms`)
    .join(', then ');
  return [
    `${failure.breach.rule}: ${failure.breach.what}`,
    `  in "${failure.scenario}"${did === '' ? '' : `, with ${did}`}`,
    shrunk
      ? '  the events that are needed for it:'
      : '  every event (it does not come about without the rest of the world):',
    JSON.stringify({ scenario: failure.scenario, rule: failure.breach.rule, script }),
  ].join('\n');
}

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`no scenario is called "${name}"`);
  return found;
}
