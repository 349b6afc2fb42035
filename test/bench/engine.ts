/**
 * `npm run bench:engine [-- --json] [--dialogs 10000]`: speed and memory of the engine against its goals, ratios in one
 * run; with `--json` the last line is one object. Figures only: a goal that is missed is said, and is no failure.
 * Idle dialogs are a thousand unless `--dialogs` says how many: each takes eleven real turns, so ten thousand take a minute or two.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealClock } from '../../engine/clock.js';
import { compileDialog } from '../../engine/compile/graph.js';
import { openDialog } from '../../engine/compile/open-dialog.js';
import type { Dialog, Router } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';
import { packageRoot } from '../../engine/package-root.js';
import { memoryStore } from '../../engine/stores/memory-store.js';
import { measureCheck } from './engine-check.js';
import { bookingFlow } from './booking.js';
import { measureBooking } from './engine-turn.js';
import { collectGarbage, quantile } from './turn.js';

interface Figures {
  pure_turn_resident_p50_ms: number;
  pure_turn_resident_p99_ms: number;
  pure_turn_resident_cpu_p99_ms: number;
  pure_turn_resident_ratio: number;
  pure_turn_words_p50_ms: number;
  pure_turn_invoke_p50_ms: number;
  pure_turn_invoke_ratio: number;
  /** The same turn by hand; what the ratios divide by. */
  reference_us: number;
  /** Of that only the switch, told intents and values. */
  bare_switch_us: number;
  pure_turn_resident_to_bare_switch: number;
  alloc_kb_per_turn: number;
  alloc_kb_per_invoke: number;
  turn_500_vs_20: number;
  idle_dialog_kb: number;
  idle_dialogs: number;
  check_ratio: number;
  load_ms: number;
  load_warm_ms: number;
}

/** What the figures are of, where the name does not say it. */
const meanings: Partial<Record<keyof Figures, string>> = {
  pure_turn_resident_p50_ms: 'until committed',
  pure_turn_resident_p99_ms: 'wall time, the best of four blocks',
  pure_turn_resident_cpu_p99_ms: 'the same in processor time of all threads',
  pure_turn_resident_ratio: 'committed p50 / reference_us',
  pure_turn_invoke_ratio: 'committed p50 / reference_us',
  reference_us: 'the same turn by hand: words in, meaning, switch, new state and words out; timed in batches',
  bare_switch_us: 'of that the switch alone, in place, told intents and values',
  turn_500_vs_20: 'p50 with 500 states / p50 with 20',
  idle_dialog_kb: 'heap of a resident dialog after ten turns',
  check_ratio: 'loadAgent / yaml.parseAllDocuments, 100 flows of 50 states',
  load_ms: 'flows/acme-support for the first time in a process, engine imported',
};

/** What the engine has to keep to; `turn_500_vs_20` also not below its inverse. */
const goals: Partial<Record<keyof Figures, number>> = {
  pure_turn_resident_p50_ms: 1,
  pure_turn_resident_p99_ms: 5,
  pure_turn_resident_ratio: 1500,
  pure_turn_invoke_ratio: 3000,
  alloc_kb_per_turn: 300,
  turn_500_vs_20: 1.2,
  idle_dialog_kb: 60,
  check_ratio: 3,
  load_ms: 150,
};

/** A flow of so many states, two questions and a long tail that a call may reach: the turns are the same in all sizes. */
async function flowOf(states: number): Promise<Agent> {
  const tail = Array.from(
    { length: states - 2 },
    (_, n) =>
      `  s${String(n)}: { say: Part ${String(n)}., transitions: [{ intent: yes, to: ${n + 3 < states ? `s${String(n + 1)}` : 'count'} }] }`,
  );
  return agentFrom(`
flow: order
slots:
  count: { type: integer, called: [number], ask: How many would you like? }
states:
  count: { collect: count, to: ready }
  ready:
    say: "{{ count }} coffees. Is there more?"
    transitions: [{ intent: yes, clear: [count], to: count }, { intent: no, to: s0 }]
${tail.join('\n')}
`);
}

async function agentFrom(source: string): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const path = join(folder, 'order.yaml');
  writeFileSync(path, source);
  try {
    const { agent, problems } = await loadAgent(path);
    if (!agent) throw new Error(problems.map(({ message }) => message).join(' '));
    return agent;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const quiet = new AbortController().signal;
const clock = new RealClock();
const router: Router = {
  route: ({ text, legal }) =>
    Promise.resolve(
      legal.includes(text)
        ? { kind: 'accept', intent: text, by: 'rule', probability: 1, candidates: [], llmCalls: 0 }
        : { kind: 'none', by: 'local', probability: 0, candidates: [], llmCalls: 0 },
    ),
};
const tools = { run: () => Promise.reject(new Error('these flows have no tools')) };

async function say(dialog: Dialog, text?: string): Promise<void> {
  const input = text === undefined ? ({ kind: 'open' } as const) : ({ kind: 'utterance', text } as const);
  for await (const out of dialog.turn({ ...input, atMs: clock.now() }, { signal: quiet })) void out;
}

/** A turn of the large flow against one of the small: turn by turn, so that the machine slows both. */
async function measureSize(): Promise<number> {
  const store = memoryStore();
  const open = (agent: Agent): Promise<Dialog> =>
    openDialog(agent, { id: agent.hash, router, tools, store, clock, env: {}, driver: 'resident' });
  const dialogs = await Promise.all([20, 500].map(async (states) => open(await flowOf(states))));
  const times: [number[], number[]] = [[], []];
  for (const dialog of dialogs) await say(dialog);
  for (let round = 0; round < 500; round++) {
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const begun = performance.now();
      await say(dialogs[which]!, round % 4 < 2 ? '3' : 'yes');
      if (round >= 100) times[which as 0 | 1].push(performance.now() - begun);
    }
  }
  for (const dialog of dialogs) await dialog.close('bench');
  return quantile(times[1], 0.5) / quantile(times[0], 0.5);
}

/** Heap that each of many dialogs holds while its caller is silent, after ten turns. */
async function measureIdle(count: number): Promise<number> {
  const agent = await flowOf(20);
  const store = memoryStore();
  const dialogs: Dialog[] = [];
  const open = async (): Promise<void> => {
    const dialog = await openDialog(agent, { id: `idle-${String(dialogs.length)}`, router, tools, store, clock, env: {}, driver: 'resident' }); // prettier-ignore
    dialogs.push(dialog);
    await say(dialog);
    for (let turn = 0; turn < 10; turn++) await say(dialog, turn % 2 === 0 ? '3' : 'yes');
  };
  for (let warm = 0; warm < 50; warm++) await open();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < count; n++) await open();
  collectGarbage();
  return (process.memoryUsage().heapUsed - before) / 1024 / count;
}

/** Load, check and compile of an example: what `flow serve` pays at its start, and a hot reload; the router trains elsewhere. */
async function measureLoad(): Promise<{ first: number; warm: number }> {
  // Parts that load lazily are imports too.
  await flowOf(3);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    const { agent } = await loadAgent(join(packageRoot, 'flows/acme-support'));
    compileDialog(await memoryStore().saver());
    times.push(performance.now() - begun);
    if (!agent) throw new Error('flows/acme-support has problems');
  }
  return { first: times[0]!, warm: Math.min(...times) };
}

process.chdir(packageRoot);
const json = process.argv.includes('--json');
const idleAt = process.argv.indexOf('--dialogs');
const idle_dialogs = idleAt === -1 ? 1000 : Number(process.argv[idleAt + 1]);
const load = await measureLoad();
const turns = await measureBooking(await agentFrom(bookingFlow));
const figures: Figures = {
  pure_turn_resident_p50_ms: turns.resident.p50,
  pure_turn_resident_p99_ms: turns.resident.p99,
  pure_turn_resident_cpu_p99_ms: turns.resident.cpuP99,
  pure_turn_resident_ratio: turns.resident.p50 / turns.referenceMs,
  pure_turn_words_p50_ms: turns.resident.wordsP50,
  pure_turn_invoke_p50_ms: turns.invoke.p50,
  pure_turn_invoke_ratio: turns.invoke.p50 / turns.referenceMs,
  reference_us: turns.referenceMs * 1000,
  bare_switch_us: turns.bareMs * 1000,
  pure_turn_resident_to_bare_switch: turns.resident.p50 / turns.bareMs,
  alloc_kb_per_turn: turns.resident.kb,
  alloc_kb_per_invoke: turns.invoke.kb,
  turn_500_vs_20: await measureSize(),
  idle_dialog_kb: await measureIdle(idle_dialogs),
  idle_dialogs,
  check_ratio: (await measureCheck()).ratio,
  load_ms: load.first,
  load_warm_ms: load.warm,
};
for (const [name, value] of Object.entries(figures) as [keyof Figures, number][]) {
  const goal = goals[name];
  const met = goal === undefined ? '' : `goal ${String(goal)}: ${value <= goal ? 'met' : 'MISSED'}`;
  if (!json)
    console.log(
      `${name.padEnd(28)} ${round(value).toString().padStart(10)}  ${met.padEnd(18)} ${meanings[name] ?? ''}`.trimEnd(),
    );
}
if (json) console.log(JSON.stringify(Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value as number)])))); // prettier-ignore
process.exit(0);

function round(value: number): number {
  return Number(value.toPrecision(4));
}
