import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { openDialog, type OpenDialogOptions } from '../../../engine/compile/open-dialog.js';
import type { Dialog, Input, LanguageModel, Out, TurnTrace } from '../../../engine/contracts.js';
import { loadAgent } from '../../../engine/language/load.js';
import type { Agent } from '../../../engine/language/flow.js';
import type { Mocks } from '../../../engine/language/script.js';
import { memoryStore } from '../../../engine/stores/memory-store.js';
import { sqliteStore } from '../../../engine/stores/sqlite-store.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';
import { collect } from './open-small.js';
import { tableRouter } from './table-router.js';

const source = `
agent: desk
language: en-IE
timezone: Europe/Dublin
start: pay
---
flow: pay
title: your payment
slots:
  bill: { type: digits, called: [bill], ask: [What is the number of the bill?, The number please.] }
  pin: { type: digits, called: [pin], ask: And your pin?, sensitive: secret }
tools:
  find_bill:
    effect: read
    input: { bill: text }
    output: { amount: integer }
    outcomes: { not_found: 404 }
    http: { get: "{{ env.BILLS }}/bills/{{ bill }}" }
  charge:
    effect: write
    input: { bill: text, pin: text }
    output: { receipt: text }
    http: { post: "{{ env.BILLS }}/pay", body: { bill: "{{ bill }}" } }
states:
  which: { collect: bill, to: look }
  look:
    call: find_bill
    transitions: [{ on: not_found, say: There is no such bill., clear: bill, to: which }]
    to: secure
  secure: { collect: pin, to: charge }
  charge:
    confirm: "That is {{ find_bill.amount }} euros. Shall I pay it?"
    call: charge
    to: done
  done: { say: "Paid. Your receipt is {{ charge.receipt }}.", to: end }
`;

const folder = mkdtempSync(join(tmpdir(), 'parley-open-'));
let agent: Agent;
const mocks: Mocks = new Map([
  ['find_bill', [{ line: 1, when: { bill: '4471' }, gives: { amount: 42 }, delayMs: 0 }, { line: 2, outcome: 'not_found', delayMs: 0 }]],
  ['charge', [{ line: 3, gives: { receipt: 'R881' }, delayMs: 0 }]],
]); // prettier-ignore

async function load(text: string, name = 'desk.yaml'): Promise<Agent> {
  const path = join(folder, name);
  writeFileSync(path, text);
  const { agent: loaded, problems } = await loadAgent(path);
  if (!loaded) throw new Error(JSON.stringify(problems.map(({ code, message, line }) => ({ code, message, line }))));
  return loaded;
}

beforeAll(async () => {
  agent = await load(source);
});
afterAll(() => rmSync(folder, { recursive: true }));

function talkTo(dialog: Dialog) {
  const turn = (input: Partial<Input> & { kind: Input['kind'] }): Promise<Out[]> =>
    collect(dialog.turn({ atMs: 0, ...input } as Input, { signal: new AbortController().signal }));
  return {
    turn,
    say: (text: string) => turn({ kind: 'utterance', text }),
    /** Says it and answers every `wait` as a line does that has played its words. */
    async talk(text: string): Promise<Out[]> {
      const outs = await turn(text === '' ? { kind: 'open' } : { kind: 'utterance', text });
      while (outs.at(-1)!.kind === 'wait') outs.push(...(await turn({ kind: 'played' })));
      return outs;
    },
  };
}

async function open(options: Partial<OpenDialogOptions> = {}, of: Agent = agent) {
  const clock = new VirtualClock();
  const problems: string[] = [];
  const dialog = await openDialog(of, {
    id: 'd1',
    router: tableRouter({ yes: 'yes', 'please repeat': 'repeat' }),
    tools: createToolRunner(of, { clock, mocks, mode: 'mock' }),
    clock,
    env: {},
    onProblem: (line) => problems.push(line),
    ...options,
  });
  return { dialog, problems, ...talkTo(dialog) };
}

const words = (outs: Out[]): string[] => outs.flatMap((out) => (out.kind === 'words' ? [out.text] : []));
const traceOf = (outs: Out[]): TurnTrace => outs.flatMap((out) => (out.kind === 'trace' ? [out.trace] : [])).at(-1)!;

describe.each(['turn', 'resident'] as const)('a flow from YAML to words, %s driver', (driver) => {
  it('asks, looks up, asks again, pays once, and ends each turn with exactly one listen, wait or end', async () => {
    const { turn, say } = await open({ driver });
    const turns = [
      await turn({ kind: 'open' }),
      await say('4 4 7 2'),
      await say('4 4 7 1'),
      await say('2 4 6 8'),
      await say('yes'),
    ];
    turns.push(turns.at(-1)!.at(-1)!.kind === 'wait' ? await turn({ kind: 'played' }) : []);
    const all = turns.flat();
    expect(words(all)).toEqual(
      expect.arrayContaining(['What is the number of the bill?', 'There is no such bill.', 'And your pin?', 'That is 42 euros. Shall I pay it?', 'Paid. Your receipt is R881.']),
    ); // prettier-ignore
    expect(
      all.filter((out) => out.kind === 'tool' && out.phase === 'started').map((out) => (out as { name: string }).name),
    ).toEqual(['find_bill', 'find_bill', 'charge']);
    for (const outs of turns.filter((one) => one.length > 0)) {
      const ends = outs.filter(({ kind }) => kind === 'listen' || kind === 'wait' || kind === 'end');
      expect(ends).toHaveLength(1);
      expect(outs.at(-1)).toBe(ends[0]);
    }
  });
});

describe('both drivers', () => {
  it('say the same in the same talk', async () => {
    const said: string[][] = [];
    for (const driver of ['turn', 'resident'] as const) {
      const { talk } = await open({ driver });
      const all: Out[] = [];
      for (const text of ['', 'hm', '4 4 7 1', 'please repeat', '1 2 3 4', 'yes']) all.push(...(await talk(text)));
      said.push(words(all));
    }
    expect(said[0]!.length).toBeGreaterThan(5);
    expect(said[0]).toEqual(said[1]);
  });
});

describe('a dialog of a store', () => {
  it('goes on at its question in another process’s place, without the secret, which is asked again', async () => {
    const file = join(folder, 'dialogs.sqlite');
    const first = sqliteStore({ file });
    const before = await open({ store: first });
    for (const text of ['', '4 4 7 1', '8 6 4 2 0']) await before.talk(text);
    await before.dialog.close('the process ends');
    await first.close();

    const { readFileSync } = await import('node:fs');
    for (const end of ['', '-wal']) {
      const bytes = readFileSync(file + end, { flag: 'a+' }).toString('latin1');
      expect(bytes).not.toContain('86420');
      expect(bytes).not.toContain('8 6 4 2 0');
    }

    const second = sqliteStore({ file });
    const after = await open({ store: second });
    expect(words(await after.talk(''))).toContain('And your pin?');
    expect(words(await after.talk('1 3 5 7'))).toContain('That is 42 euros. Shall I pay it?');
    expect(words(await after.talk('yes'))).toContain('Paid. Your receipt is R881.');
    await second.close();
  });

  it('says what it was about and asks its question again on the next call', async () => {
    const store = memoryStore();
    const before = await open({ store });
    await before.talk('');
    await before.talk('4 4 7 1');
    await before.dialog.close('the line broke');
    const after = await open({ store });
    expect(words(await after.talk(''))).toEqual(['Now, back to your payment.', 'And your pin?']);
  });

  it('goes on where it was under a new version that still has the place, and says so in the log', async () => {
    const store = memoryStore();
    const before = await open({ store });
    await before.talk('');
    await before.dialog.close('a new version');
    const changed = await load(source.replace('And your pin?', 'Now your pin?'), 'changed.yaml');
    const after = await open({ store }, changed);
    expect(after.problems).toEqual([
      `dialog d1: stored by version ${agent.hash}, this is ${changed.hash}; it goes on where it was`,
    ]);
    await after.talk('');
    expect(words(await after.talk('4 4 7 1'))).toContain('Now your pin?');
    expect(traceOf(await after.talk('hm')).flow).toBe('pay');
  });
});

describe('words that a flow wants from a model', () => {
  const asking = `
flow: chat
states:
  hello:
    say: { text: We open at nine., mode: rephrase }
    to: more
  more:
    say: Anything else?
    transitions: [{ intent: yes, to: hello }]
`;

  it('come in the place of the fixed ones, and the rest of the turn follows them', async () => {
    const chat = await load(asking, 'chat.yaml');
    const requests: string[] = [];
    const model: LanguageModel = {
      name: 'small',
      async *stream({ messages }) {
        requests.push(messages.map(({ content }) => content).join('\n'));
        for (const text of ['We are here', ' from nine.', ' Every day.'])
          yield await Promise.resolve({ kind: 'text' as const, text });
      },
    };
    const { turn } = await open({ model }, chat);
    const outs = await turn({ kind: 'open' });
    expect(words(outs)).toEqual(['We are here from nine.', 'Every day.', 'Anything else?']);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toContain('We open at nine.');
  });

  it('are the fixed ones where there is no model', async () => {
    const chat = await load(asking, 'chat.yaml');
    const { turn } = await open({}, chat);
    expect(words(await turn({ kind: 'open' }))).toEqual(['We open at nine.', 'Anything else?']);
  });
});

describe('opening', () => {
  it('begins in the flow and state it is told, with slots', async () => {
    const { talk } = await open({ start: { flow: 'pay', state: 'secure', slots: { bill: '4471' } } });
    expect(words(await talk(''))).toEqual(['And your pin?']);
  });

  it('refuses a start that is not there', async () => {
    await expect(open({ start: { flow: 'pya' } })).rejects.toThrow('has no flow "pya"');
  });

  it('builds the graph once for an agent and a store', async () => {
    const store = memoryStore();
    const dialogs = await Promise.all(Array.from({ length: 50 }, (_, n) => open({ id: `d${n}`, store })));
    const said = await Promise.all(dialogs.map(({ talk }) => talk('')));
    expect(new Set(said.map((outs) => words(outs).join()))).toEqual(new Set(['What is the number of the bill?']));
  });
});
