/**
 * A call of an hour, in a second or two: a caller who talks, coughs, cuts in, presses keys and is silent, and everything
 * of the race explorer that ends no call, at random (seeded) moments. The rules of `invariants.ts` hold over all of it,
 * and what the call keeps of itself does not grow.
 */
import type { Input } from '../../../engine/contracts.js';
import { listen, words } from '../../fakes/dialog.js';
import { disturbances } from './explore.js';
import { breaches, type Breach } from './invariants.js';
import { random } from './random.js';
import { says } from './scenarios.js';
import { World, type Given, type Scenario } from './world.js';

/** They end the call, or all that is heard in it. */
const ending = ['hang-up here', 'socket death', 'a turn that fails', 'a deaf ear'];
const harmless = Object.keys(disturbances).filter((name) => !ending.includes(name));

const answers = ['yes', 'no thanks', 'I would like five of them', 'what', 'and then'];

const hourMs = 3_600_000;

export interface Soaked {
  seed: number;
  events: number;
  turns: number;
  /** How the call stood after the hour; undefined when it ran still. */
  endedEarly: string | undefined;
  /** Of the state as JSON, at the end of each minute. */
  stateBytes: number[];
  /** After the caller hung up, at last: how long until the call was closed. */
  closedAfterMs: number;
  breaches: Breach[];
}

/** One call. @param ms how long, simulated */
export function soak(seed: number, ms: number = hourMs): Soaked {
  const chance = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)]!;
  const world = new World({ ...scenarioOf(chance), endMs: ms });
  const stateBytes: number[] = [];
  let turns = 0;
  let mishaps = 0;
  let nextMs = 2000;
  while (world.now < ms && world.state.closed === undefined) {
    const minuteMs = (stateBytes.length + 1) * 60_000;
    if (nextMs >= minuteMs) {
      world.run(minuteMs);
      world.now = Math.max(world.now, minuteMs);
      stateBytes.push(Buffer.byteLength(JSON.stringify(world.state)));
      continue;
    }
    world.run(nextMs);
    world.now = Math.max(world.now, nextMs);
    // Who is silent for long is rightly hung up on.
    if (mishaps < 2 && chance() < 0.4) {
      mishaps += 1;
      disturbances[pick(harmless)]!(world);
    } else {
      // "mhm" is no answer to an agent who speaks.
      const text = pick(mishaps === 0 ? [...answers, 'mhm'] : answers);
      mishaps = 0;
      turns += 1;
      const saidMs = 300 + chance() * 3000;
      for (const [atMs, event] of says(text, world.now, world.now + saidMs)) world.later(atMs, event);
    }
    nextMs += 500 + chance() * 8000;
  }
  const endedEarly = world.state.closed;
  const goneMs = world.now;
  world.give({ kind: 'line_gone', reason: 'caller_hung_up' });
  world.run(goneMs + 30_000);
  return {
    seed,
    events: world.log.length,
    turns,
    endedEarly,
    stateBytes,
    closedAfterMs: world.state.closed === undefined ? Infinity : world.now - goneMs,
    breaches: breaches(world.log),
  };
}

/** A dialog that answers all there is, in one of several manners, over a line of one of several kinds. */
function scenarioOf(chance: () => number): Scenario {
  const slow = chance() < 0.3;
  const answer = (input: Input, turn: number): Given[] => {
    if (input.kind === 'played') return [listen()];
    const many = turn % 7 === 3;
    return [
      ...(slow ? [{ waitMs: 900 }] : []),
      ...(turn % 11 === 5 ? tool(turn) : []),
      words(`a${String(turn)}`, 'One moment, that is a sentence of some length.'),
      ...(many ? [words(`b${String(turn)}`, 'And here is another one that follows it.')] : []),
      listen(),
    ];
  };
  const tool = (turn: number): Given[] => {
    const call = { kind: 'tool' as const, callId: `t${String(turn)}`, name: 'look_up', onInterrupt: 'finish' as const };
    return [{ ...call, phase: 'started' }, { waitMs: 2500 }, { ...call, phase: 'settled', outcome: 'ok' }];
  };
  return {
    name: 'an hour',
    answer,
    caller: [],
    line: { delayMs: Math.floor(chance() * 300), losesMarks: chance() < 0.2 },
    rehearses: chance() < 0.5,
    manners: { maxCallMs: 2 * hourMs },
    endMs: hourMs,
  };
}

/** Many calls of an hour each. Prints what went wrong and how large their states became; 1 when something did. */
export function soakMany(calls: number): 0 | 1 {
  const startedMs = performance.now();
  const largest: number[] = [];
  let [events, turns, wrong] = [0, 0, 0];
  for (let seed = 1; seed <= calls; seed++) {
    const one = soak(seed);
    const [first] = one.breaches;
    if (first) console.log(`seed ${String(seed)}: ${first.rule}: ${first.what} (after event ${String(first.at + 1)})`);
    if (one.endedEarly !== undefined) console.log(`seed ${String(seed)}: ended early: ${one.endedEarly}`);
    if (one.closedAfterMs > 3500) console.log(`seed ${String(seed)}: closed after ${String(one.closedAfterMs)} ms`);
    wrong += first || one.endedEarly !== undefined || one.closedAfterMs > 3500 ? 1 : 0;
    events += one.events;
    turns += one.turns;
    largest.push(Math.max(...one.stateBytes));
  }
  largest.sort((a, b) => a - b);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(
    `${String(calls)} calls of an hour, ${String(turns)} turns, ${String(events)} events in ${seconds} s; ` +
      `state at most ${String(largest.at(-1))} bytes (median ${String(largest[largest.length >> 1])}); ${String(wrong)} went wrong`,
  );
  return wrong > 0 ? 1 : 0;
}
