/** Kept conversations under a newer version of their agent, in every store and with every driver. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { adoptState } from '../../../engine/compile/adopt-state.js';
import { openDialog, type OpenDialogOptions } from '../../../engine/compile/open-dialog.js';
import { findUnfinished } from '../../../engine/compile/unfinished.js';
import type { Dialog, Input, Out, ToolCall, TurnTrace } from '../../../engine/contracts.js';
import type { DialogState } from '../../../engine/dialog/seam.js';
import { loadAgent } from '../../../engine/language/load.js';
import type { Agent } from '../../../engine/language/flow.js';
import { callerMemory, memoryShelf } from '../../../engine/stores/caller-memory.js';
import type { DialogStore } from '../../../engine/stores/dialog-store.js';
import { memoryStore } from '../../../engine/stores/memory-store.js';
import { durableKinds, isThere, memory, type StorePlace } from '../../conformance/store-places.js';
import { collect } from './open-small.js';
import { tableRouter } from './table-router.js';

const first = `
agent: parcels
version: 1
language: en-IE
timezone: Europe/Dublin
---
flow: order
title: your parcel
examples: [send a parcel]
slots:
  number: { type: digits, called: [number], ask: Which number? }
  kind: { type: choice, options: [small, large], ask: Small or large? }
  note: { type: text, ask: What is in it? }
tools:
  send: { effect: write, input: { number: text }, output: { ref: text }, http: { post: "{{ env.X }}/send" } }
states:
  ask: { collect: number, to: which }
  which: { collect: kind, to: describe }
  describe: { collect: note, to: check }
  check: { confirm: "Number {{ number }}. Shall I send it?", call: send, to: rate }
  rate: { say: Sent. How was it?, transitions: [{ intent: "yes", to: end }] }
---
flow: hours
examples: [when are you open]
states: { tell: { say: "From nine to five. Anything to note?", transitions: [{ intent: "yes", to: end }] } }
`;

/** Flow, states and slots have other names; one slot is the agent's now, one is new. */
const second = `
agent: parcels
version: 2
language: en-IE
timezone: Europe/Dublin
migrations:
  2:
    rename:
      flows: { order: send_parcel }
      states: { order.ask: send_parcel.ask_id, order.which: send_parcel.ask_size, order.rate: send_parcel.ask_back }
      slots: { order.number: parcel_id, order.kind: send_parcel.size }
    default: { send_parcel.insured: false }
    drop: { slots: [order.note], states: [order.describe], flows: [hours] }
slots: { parcel_id: { type: digits, called: [number], ask: Which parcel? } }
---
flow: send_parcel
title: your parcel
examples: [send a parcel]
slots:
  size: { type: choice, options: [small, large], ask: Which size? }
  insured: { type: yes_no, ask: Shall I insure it? }
tools:
  send: { effect: write, input: { parcel_id: text }, output: { ref: text }, http: { post: "{{ env.X }}/send" } }
states:
  ask_id: { collect: parcel_id, to: ask_size }
  ask_size: { collect: [size, insured], to: check }
  check: { confirm: "A {{ size }} parcel {{ parcel_id }}. Shall I send it?", call: send, to: ask_back }
  ask_back: { say: All sent. Was it easy?, transitions: [{ intent: "yes", to: end }] }
`;

const folder = mkdtempSync(join(tmpdir(), 'parley-versions-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

async function agentOf(text: string): Promise<Agent> {
  const path = join(folder, `v${String(count++)}.yaml`);
  writeFileSync(path, text);
  const { agent, problems } = await loadAgent(path);
  if (!agent) throw new Error(JSON.stringify(problems.map(({ code, message, line }) => ({ code, message, line }))));
  return agent;
}

const words = (outs: Out[]): string[] => outs.flatMap((out) => (out.kind === 'words' ? [out.text] : []));
const traceOf = (outs: Out[]): TurnTrace => outs.flatMap((out) => (out.kind === 'trace' ? [out.trace] : [])).at(-1)!;

interface Opened {
  dialog: Dialog;
  problems: string[];
  sent: ToolCall[];
  /** Says it ('' : a call begins) and answers every wait. */
  talk(text: string): Promise<Out[]>;
}

async function open(agent: Agent, store: DialogStore, options: Partial<OpenDialogOptions> = {}): Promise<Opened> {
  const clock = new VirtualClock();
  const problems: string[] = [];
  const sent: ToolCall[] = [];
  const dialog = await openDialog(agent, {
    id: 'd1',
    store,
    clock,
    env: {},
    router: tableRouter({ 'send a parcel': agent.flows.has('order') ? 'order' : 'send_parcel', 'when are you open': 'hours', yes: 'yes' }),
    tools: { run: (call) => (sent.push(call), Promise.resolve({ outcome: 'ok', value: { ref: 'R1' } })) },
    onProblem: (line) => problems.push(line),
    ...options,
  }); // prettier-ignore
  const turn = (input: object): Promise<Out[]> =>
    collect(dialog.turn({ atMs: 0, ...input } as Input, { signal: new AbortController().signal }));
  return {
    dialog,
    problems,
    sent,
    async talk(text) {
      const outs = await turn(text === '' ? { kind: 'open' } : { kind: 'utterance', text });
      while (outs.at(-1)!.kind === 'wait') outs.push(...(await turn({ kind: 'played' })));
      return outs;
    },
  };
}

for (const kind of [memory, ...durableKinds]) {
  if (!isThere(kind)) {
    it.skip(`${kind.name}: a conversation of an older version (set ${kind.variable ?? ''})`, () => {});
    continue;
  }
  describe.each(['turn', 'resident', 'expanded'] as const)(`kept in ${kind.name}, by the %s driver`, (driver) => {
    let place: StorePlace;
    let store: DialogStore;
    beforeEach(async () => {
      place = await kind.make();
      store = place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    async function leave(agent: Agent, ...said: string[]): Promise<Opened> {
      const before = await open(agent, store, { driver });
      for (const text of ['', ...said]) await before.talk(text);
      await before.dialog.close('a new version');
      // Another process, except where memory is all there is.
      if (kind !== memory) {
        await store.close();
        store = place.open();
      }
      return before;
    }

    it('goes on at the renamed state with the renamed values, and writes under the new names', async () => {
      const [one, two] = [await agentOf(first), await agentOf(second)];
      await leave(one, 'send a parcel', '4471');
      const after = await open(two, store, { driver });
      expect(after.problems).toEqual([
        `dialog d1: stored by version 1 (${one.hash}), this is 2 (${two.hash}); it goes on where it was`,
      ]);
      expect(words(await after.talk(''))).toEqual(['Now, back to your parcel.', 'Which size?']);
      // `default`: who is in the middle is not asked whether to insure it.
      expect(words(await after.talk('large'))).toEqual(['A large parcel 4 4 7 1. Shall I send it?']);
      expect(words(await after.talk('yes'))).toEqual(['All sent. Was it easy?']);
      expect(after.sent.map(({ input }) => input)).toEqual([{ parcel_id: '4471' }]);
      await after.dialog.close('over');
    });

    it('passes the flow once more where its state was dropped, and asks nothing that is known', async () => {
      const [one, two] = [await agentOf(first), await agentOf(second)];
      await leave(one, 'send a parcel', '4471', 'large');
      const after = await open(two, store, { driver });
      expect(after.problems[0]).toContain('send_parcel begins again with what was said');
      expect(words(await after.talk(''))).toEqual([
        'Now, back to your parcel.',
        'A large parcel 4 4 7 1. Shall I send it?',
      ]);
      await after.dialog.close('over');
    });

    it('says that a task is gone whose flow was dropped, once, and listens', async () => {
      const [one, two] = [await agentOf(first), await agentOf(second)];
      await leave(one, 'when are you open');
      const after = await open(two, store, { driver });
      const outs = await after.talk('');
      expect(words(outs)[0]).toBe("I'm sorry, that has just changed on our side, so I can't go on with it.");
      expect(outs.at(-1)!.kind).toBe('listen');
      expect(traceOf(outs).flow).toBe(null);
      expect(words(await after.talk('send a parcel'))).toEqual(['Which parcel?']);
      await after.dialog.close('over');
    });
  });
}

describe('a kept conversation under a newer version', () => {
  const leave = async (agent: Agent, store: DialogStore, said: string[]): Promise<Opened> => {
    const before = await open(agent, store);
    for (const text of ['', ...said]) await before.talk(text);
    await before.dialog.close('a new version');
    return before;
  };

  it('makes no write again when the state that made it has another name and nobody said so', async () => {
    const store = memoryStore();
    const before = await leave(await agentOf(first), store, ['send a parcel', '4471', 'large', 'books', 'yes']);
    expect(before.sent).toHaveLength(1);
    const changed = await agentOf(first.replace(/\bcheck\b/g, 'confirm_it').replace(/\brate\b/g, 'ask_how'));
    const after = await open(changed, store);
    expect(after.problems[0]).toContain('order cannot go on');
    const outs = await after.talk('');
    expect(words(outs)[0]).toContain('has just changed on our side');
    expect(after.sent).toEqual([]);
  });

  it('leads over a write that it made, without making it again, when only the state after it is gone', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['send a parcel', '4471', 'large', 'books', 'yes']);
    const after = await open(await agentOf(first.replace(/\brate\b/g, 'ask_how')), store);
    expect(words(await after.talk(''))).toEqual(['Now, back to your parcel.', 'Sent. How was it?']);
    expect(after.sent).toEqual([]);
  });

  it('passes every migration between its version and this one, in their order', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['send a parcel', '4471']);
    const third = second
      .replace('version: 2', 'version: 3')
      .replace('migrations:', 'migrations:\n  3: { rename: { slots: { parcel_id: send_parcel.code }, states: { send_parcel.ask_size: send_parcel.size_up } } }')
      .replace(/ask_size: \{ coll/, 'size_up: { coll').replace('to: ask_size', 'to: size_up')
      .replace(/^slots: \{ parcel_id: .*\n/m, '').replace('slots:\n  size', 'slots:\n  code: { type: digits, ask: Which code? }\n  size')
      .replace('input: { parcel_id: text }', 'input: { code: text }').replace('collect: parcel_id', 'collect: code').replace('{{ parcel_id }}', '{{ code }}'); // prettier-ignore
    const after = await open(await agentOf(third), store);
    expect(words(await after.talk(''))).toContain('Which size?');
    expect(words(await after.talk('small'))).toEqual(['A small parcel 4 4 7 1. Shall I send it?']);
  });

  it('asks again for a value that its slot can no longer have', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['send a parcel', '4471', 'large']);
    const changed = await agentOf(first.replace('[small, large]', '[letter, box]').replace(/\bdescribe\b/g, 'notes'));
    const after = await open(changed, store);
    expect(words(await after.talk(''))).toEqual(['Now, back to your parcel.', 'Small or large?']);
  });

  it('serves a request that comes with it, after the news that its task is gone', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['when are you open']);
    const after = await open(await agentOf(second), store);
    expect(words(await after.talk('send a parcel'))).toEqual([
      "I'm sorry, that has just changed on our side, so I can't go on with it.",
      'Which parcel?',
    ]);
  });

  it('goes on with the task beneath when the one that interrupted it is gone', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['send a parcel', 'when are you open']);
    const after = await open(await agentOf(second), store);
    expect(words(await after.talk(''))).toEqual([
      "I'm sorry, that has just changed on our side, so I can't go on with it.",
      'Now, back to your parcel.',
      'Which parcel?',
    ]);
  });

  it('says so in words of the agent where it has some', async () => {
    const store = memoryStore();
    await leave(await agentOf(first), store, ['when are you open']);
    const own = second.replace('slots: { parcel', 'repair: { new_version: { say: We moved. } }\nslots: { parcel');
    expect(words(await (await open(await agentOf(own), store)).talk(''))[0]).toBe('We moved.');
  });

  it('goes on under a lower version too, as far as its names are there', async () => {
    const store = memoryStore();
    await leave(await agentOf(second), store, ['send a parcel', '4471']);
    const after = await open(await agentOf(first), store);
    expect(after.problems[0]).toMatch(/stored by version 2 .* this is 1 .*send_parcel cannot go on/);
    expect((await after.talk('')).at(-1)!.kind).toBe('listen');
  });

  it('offers a caller who calls again to go on, by the names of today', async () => {
    const store = memoryStore();
    const two = await agentOf(second);
    const before = await open(await agentOf(first), store, { caller: '+353123' });
    for (const text of ['', 'send a parcel', '4471']) await before.talk(text);
    await collect(before.dialog.turn({ kind: 'hang_up', atMs: 0 }, { signal: new AbortController().signal }));
    await before.dialog.close('hung up');
    const found = await findUnfinished(two, { store, caller: '+353123', withinMs: 60_000, isHere: () => false });
    expect(found).toBe('d1');
    const after = await open(two, store, { caller: '+353123', returning: true });
    const back = await collect(
      after.dialog.turn({ kind: 'open', returning: true, atMs: 0 }, { signal: new AbortController().signal }),
    );
    expect(words(back)).toEqual(['Welcome back. Shall we go on with your parcel?']);
    expect(words(await after.talk('yes'))).toEqual(['Which size?']);
  });

  it('offers nothing to go on with when the task is gone', async () => {
    const store = memoryStore();
    const before = await open(await agentOf(first), store, { caller: '+353123' });
    for (const text of ['', 'when are you open']) await before.talk(text);
    await before.dialog.close('broke off');
    const of = { store, caller: '+353123', withinMs: 60_000, isHere: () => false };
    expect(await findUnfinished(await agentOf(second), of)).toBe(undefined);
    expect(await findUnfinished(await agentOf(first), of)).toBe('d1');
  });

  it('is never thrown at: a state that cannot be read leads to the open floor', async () => {
    const agent = await agentOf(second);
    for (const damaged of [{}, { frames: [{}] }, { frames: 7 }, { frames: [{ flow: 'order', state: 'ask' }] }]) {
      const stored = { version: 'old', turn: 3, id: 'd', ...damaged } as unknown as DialogState;
      const { state, note, lost } = adoptState(agent, stored);
      expect(state).toMatchObject({ version: agent.hash, release: 2, frames: [], changed: true });
      expect(note).toContain('cannot be read');
      expect(lost).toBe(true);
    }
  });
});

describe('what is kept of a caller', () => {
  const kept = (slot: string, head = ''): string =>
    `agent: desk\n${head}---\nflow: greet\nexamples: [hello]\nslots: { ${slot}: { type: name, ask: Your name?, scope: caller, consent: "true" } }\nstates:\n  ask: { collect: ${slot}, to: tell }\n  tell: { say: "Hello {{ ${slot} }}. Shall I go on?", transitions: [{ intent: "yes", to: end }] }\n`;

  it('is found under its new name', async () => {
    const clock = new VirtualClock();
    const remembered = callerMemory(memoryShelf({ clock }), { clock });
    const call = { start: { call: { from: '+353123' } }, memory: remembered };
    const router = tableRouter({ hello: 'greet' });
    const before = await open(await agentOf(kept('who')), memoryStore(), { ...call, router, id: 'a' });
    for (const text of ['', 'hello', 'Ana']) await before.talk(text);
    await before.dialog.close('over');
    const now = kept('guest', 'version: 2\nmigrations: { 2: { rename: { slots: { greet.who: greet.guest } } } }\n');
    const after = await open(await agentOf(now), memoryStore(), { ...call, router, id: 'b' });
    await after.talk('');
    expect(words(await after.talk('hello'))).toEqual(['Hello Ana. Shall I go on?']);
  });
});
