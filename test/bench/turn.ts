import { PerformanceObserver } from 'node:perf_hooks';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealClock } from '../../engine/clock.js';
import { openDialog } from '../../engine/compile/open-dialog.js';
import type { Dialog, Input, Out, Router } from '../../engine/contracts.js';
import { openState } from '../../engine/dialog/open-state.js';
import type { DialogState, StepWorld } from '../../engine/dialog/seam.js';
import { step } from '../../engine/dialog/step.js';
import { understand } from '../../engine/dialog/understand.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';
import { memoryStore } from '../../engine/stores/memory-store.js';

interface Row {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
}

/** Three questions in a circle: a number, a choice, a yes or no. Pure turns: no tool, no model. */
const source = `
flow: order
slots:
  count: { type: integer, called: [number], ask: How many would you like? }
  size: { type: choice, options: [small, medium, large], ask: What size? }
states:
  count: { collect: count, to: size }
  size: { collect: size, to: ready }
  ready:
    say: "{{ count }} {{ size }} coffees. Is there more?"
    transitions:
      - { intent: yes, clear: [count, size], to: count }
      - { intent: no, to: bye }
  bye: { say: Thank you., hang_up: true }
`;

const script = ['3', 'medium', 'yes', '12', 'small', 'yes', '7', 'large', 'yes'];
/** As long as a call: the state of a dialog grows a little with every turn. */
const turnsADialog = 27;

interface HandState {
  at: 'count' | 'size' | 'ready' | 'end';
  turn: number;
  slots: { count: number | null; size: string | null };
  history: { from: 'agent' | 'caller'; text: string }[];
}

/** The same talk as a programmer would write it who needs only this one: state in, words and new state out. */
function handWritten(state: HandState, text: string): { state: HandState; out: { id: string; text: string }[] } {
  const said = text.trim().toLowerCase();
  const slots = { ...state.slots };
  let at = state.at;
  switch (state.at) {
    case 'count': {
      const count = Number(said);
      if (Number.isInteger(count) && count > 0) [slots.count, at] = [count, 'size'];
      break;
    }
    case 'size':
      if (said === 'small' || said === 'medium' || said === 'large') [slots.size, at] = [said, 'ready'];
      break;
    case 'ready':
      if (said === 'no') at = 'end';
      if (said === 'yes') [slots.count, slots.size, at] = [null, null, 'count'];
      break;
    case 'end':
  }
  const words = {
    count: 'How many would you like?',
    size: 'What size?',
    ready: `${String(slots.count)} ${String(slots.size)} coffees. Is there more?`,
    end: 'Thank you.',
  }[at];
  const history = [...state.history, { from: 'caller' as const, text }, { from: 'agent' as const, text: words }].slice(
    -40,
  );
  return { state: { at, turn: state.turn + 1, slots, history }, out: [{ id: `order/${at}`, text: words }] };
}

const handBegin: HandState = { at: 'count', turn: 0, slots: { count: null, size: null }, history: [] };

/** A router that costs nothing, so that the turn is what is measured; the router has a bench of its own. */
const router: Router = {
  route: ({ text, legal }) =>
    Promise.resolve(
      text === 'yes' && legal.includes('yes')
        ? { kind: 'accept', intent: 'yes', by: 'rule', probability: 1, candidates: [], llmCalls: 0 }
        : { kind: 'none', by: 'local', probability: 0, candidates: [], llmCalls: 0 },
    ),
};

const quiet = new AbortController().signal;

/** Time and memory of a pure turn, by both drivers and in parts, against the hand-written switch. */
export async function benchTurn(): Promise<Row[]> {
  const agent = await loadSmallFlow();
  const reference = benchHandWritten();
  const parts = await benchParts(agent);
  const rows: Row[] = [
    { name: 'hand-written switch', value: reference.ms, unit: 'ms' },
    { name: 'hand-written switch, allocated', value: reference.kb, unit: 'KB/turn' },
    { name: 'understand and step alone', value: parts.ms, unit: 'ms', ratio: parts.ms / reference.ms },
    { name: 'understand and step alone, allocated', value: parts.kb, unit: 'KB/turn', ratio: parts.kb / reference.kb },
  ];
  for (const [name, driver] of [
    ['resident', 'resident'],
    ['by invoke', 'turn'],
  ] as const) {
    const { words, committed, kb, cpuMs } = await benchDriver(agent, driver);
    rows.push(
      { name: `pure turn ${name}, words ready p50`, value: quantile(words, 0.5), unit: 'ms', ratio: quantile(words, 0.5) / reference.ms },
      { name: `pure turn ${name}, committed p50`, value: quantile(committed, 0.5), unit: 'ms', ratio: quantile(committed, 0.5) / reference.ms },
      { name: `pure turn ${name}, committed p99`, value: quantile(committed, 0.99), unit: 'ms', ratio: quantile(committed, 0.99) / reference.ms },
      { name: `pure turn ${name}, processor time`, value: cpuMs, unit: 'ms', ratio: cpuMs / reference.ms },
      { name: `pure turn ${name}, allocated`, value: kb, unit: 'KB/turn', ratio: kb / reference.kb },
    ); // prettier-ignore
  }
  return rows;
}

async function loadSmallFlow(): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const path = join(folder, 'order.yaml');
  writeFileSync(path, source);
  try {
    const { agent, problems } = await loadAgent(path);
    if (!agent)
      throw new Error(`the bench's own flow has problems: ${problems.map(({ message }) => message).join(' ')}`);
    return agent;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Batched: one turn is shorter than the clock can tell. */
function benchHandWritten(): { ms: number; kb: number } {
  let state = handBegin;
  let characters = 0;
  const run = (turns: number): void => {
    for (let turn = 0; turn < turns; turn++) {
      const result = handWritten(state, script[turn % script.length]!);
      state = result.state;
      characters += result.out[0]!.text.length;
    }
  };
  run(90_000);
  const batches: number[] = [];
  for (let batch = 0; batch < 30; batch++) {
    const begun = performance.now();
    run(9_000);
    batches.push((performance.now() - begun) / 9_000);
  }
  const kb = allocated(() => run(900)) / 900;
  if (characters === 0) throw new Error('nothing was said');
  return { ms: quantile(batches, 0.5), kb };
}

/** What a turn costs without LangGraph. */
async function benchParts(agent: Agent): Promise<{ ms: number; kb: number }> {
  const world: StepWorld = { agent, now: '2026-03-02T10:00:00', env: {}, random: () => 0.5 };
  const dialog = async (): Promise<void> => {
    let state: DialogState = openState(agent, { dialogId: 'parts' }, world);
    state = step(world, state, { kind: 'input', input: { kind: 'open', atMs: 0 } }).state;
    for (let turn = 0; turn < turnsADialog; turn++) {
      const text = script[turn % script.length]!;
      const understanding = await understand(world, state, { text }, router, quiet);
      state = step(world, state, { kind: 'input', input: { kind: 'utterance', text, atMs: 0 }, understanding }).state;
    }
  };
  for (let warm = 0; warm < 60; warm++) await dialog();
  const all: number[] = [];
  for (let round = 0; round < 60; round++) {
    const begun = performance.now();
    await dialog();
    all.push((performance.now() - begun) / turnsADialog);
  }
  return { ms: quantile(all, 0.5), kb: (await allocatedAsync(dialog)) / turnsADialog };
}

async function benchDriver(agent: Agent, driver: 'resident' | 'turn') {
  const clock = new RealClock();
  const store = memoryStore();
  const words: number[] = [];
  const committed: number[] = [];
  let dialogs = 0;
  const openOne = (): Promise<Dialog> =>
    openDialog(agent, {
      id: `${driver}-${String(dialogs++)}`,
      router,
      tools: { run: () => Promise.reject(new Error('this flow has no tools')) },
      store,
      clock,
      env: {},
      driver,
    });
  const turn = async (dialog: Dialog, input: Input, expected?: string): Promise<void> => {
    const begun = performance.now();
    let said = '';
    let ready = begun;
    for await (const out of dialog.turn(input, { signal: quiet })) {
      if (isWords(out)) [said, ready] = [said + out.text, performance.now()];
    }
    if (expected === undefined) return;
    words.push(ready - begun);
    committed.push(performance.now() - begun);
    if (said !== expected) throw new Error(`said "${said}" in place of "${expected}"`);
  };
  const talk = async (dialog: Dialog, turns = turnsADialog): Promise<void> => {
    let hand = handBegin;
    for (let n = 0; n < turns; n++) {
      const text = script[n % script.length]!;
      const expected = handWritten(hand, text);
      hand = expected.state;
      await turn(dialog, { kind: 'utterance', text, atMs: clock.now() }, expected.out[0]!.text);
      // Between turns a caller speaks: what is put off comes to its turn.
      if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const whole = async (): Promise<void> => {
    const dialog = await openOne();
    await turn(dialog, { kind: 'open', atMs: 0 });
    await talk(dialog);
    await dialog.close('bench');
    await store.delete(dialog.id);
  };
  for (let warm = 0; warm < 25; warm++) await whole();
  words.length = committed.length = 0;
  const cpuBefore = process.cpuUsage();
  for (let round = 0; round < 40; round++) await whole();
  const cpu = process.cpuUsage(cpuBefore);
  // Of all threads, collections included, and with the opening and closing of the dialogs: what a server pays.
  const cpuMs = (cpu.user + cpu.system) / 1000 / committed.length;
  const measured = { words: [...words], committed: [...committed] };
  const dialog = await openOne();
  await turn(dialog, { kind: 'open', atMs: 0 });
  const kb = (await allocatedAsync(() => talk(dialog, 9))) / 9;
  await dialog.close('bench');
  return { ...measured, kb, cpuMs };
}

function isWords(out: Out): out is Extract<Out, { kind: 'words' }> {
  return out.kind === 'words';
}

export const collectGarbage: () => void = (globalThis as { gc?: () => void }).gc ?? (() => {});

/** KB that `run` allocates. The heap only grows between two collections, so a run with one in it is repeated. */
export async function allocatedAsync(run: () => Promise<void>): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 12; attempt++) {
    collectGarbage();
    let collections = 0;
    const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
    await new Promise((resolve) => setTimeout(resolve, 5));
    observer.observe({ entryTypes: ['gc'] });
    const before = process.memoryUsage().heapUsed;
    await run();
    const grown = process.memoryUsage().heapUsed - before;
    await new Promise((resolve) => setTimeout(resolve, 5));
    observer.disconnect();
    if (collections === 0 && grown > 0) smallest = Math.min(smallest, grown / 1024);
  }
  return smallest === Number.POSITIVE_INFINITY ? Number.NaN : smallest;
}

/** The same for work that is done at once; a collection in some of the attempts does not move the median. */
function allocated(run: () => void): number {
  const grown: number[] = [];
  for (let attempt = 0; attempt < 15; attempt++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run();
    grown.push((process.memoryUsage().heapUsed - before) / 1024);
  }
  return quantile(grown, 0.5);
}

export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
