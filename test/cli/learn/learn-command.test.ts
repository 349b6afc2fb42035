/** `flow learn` and `flow import intents`, run the way a designer does. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fallback } from '../../../cli/learn/fallbacks.js';
import { flow, type Ran } from '../flow-command.js';

let folder: string;
const agents = ['shop', 'clinic'] as const;
const cold = ['the soup was cold', 'my soup was too cold', 'cold soup again', 'the soup is always cold'];
const agentFile = (name: string): string => `agent: ${name}
start: hello
---
flow: hello
intents:
  complain:
    - i want to complain # in anger
    - this is not good enough
    - i am not happy
  pay:
    - pay my bill
    - settle an invoice
    - i want to pay
slots: { who: { type: name, sensitive: pii, ask: Your name? } }
states:
  ask: { collect: who, to: menu }
  menu:
    say: What can I do?
    transitions: [{ intent: complain, to: sorry }, { intent: pay, to: paid }]
  sorry: { say: I am sorry., to: menu }
  paid: { say: It is paid., to: menu }
`;
const line = (text: string, changes: Partial<Fallback> = {}): string =>
  JSON.stringify({ at: '2026-03-01T10:00:00Z', kind: 'fallback', text, state: 'hello/menu', candidates: [], ...changes }); // prettier-ignore
const run = (args: string[]): Promise<Ran> =>
  flow(args, { cwd: folder, env: { PARLEY_HOME: join(folder, '.parley'), NO_COLOR: '1' } });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-learn-'));
  mkdirSync(join(folder, '.parley', 'router'), { recursive: true });
  for (const name of agents) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'agent.yaml'), agentFile(name));
  }
  const complain = { intent: 'hello.complain' };
  const lines = [
    ...cold.map((text) => line(text, complain)),
    line('[name] is a rude one', complain),
    line('ring me at [number] about the soup', complain),
    line('bananas are yellow', { none: true }),
    line('i want to pay', { kind: 'audit', local: 'hello.pay', intent: 'hello.complain' }),
    'half a li',
  ];
  writeFileSync(join(folder, '.parley', 'router', 'shop.jsonl'), lines.map((one) => `${one}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  agent: string;
  proposals: { intent: string; text: string }[];
  gain: { turns: number };
  foreign: { turns: number };
  audit: { turns: number; against: number };
  applied: boolean;
  diff: string;
}

describe('flow learn', () => {
  it('tells all in one line of JSON and writes nothing, without a value that was hidden', async () => {
    const { code, stdout } = await run(['learn', 'shop', '--json']);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const told = JSON.parse(stdout) as Told;
    expect(told).toMatchObject({
      agent: 'shop', gain: { turns: 4 }, foreign: { turns: 1 }, audit: { turns: 1, against: 1 }, applied: false,
    }); // prettier-ignore
    expect(told.proposals.map(({ text }) => text).sort()).toEqual([...cold].sort());
    expect(told.diff).not.toMatch(/\[name|\[number|rude|ring me/);
    expect(readFileSync(join(folder, 'shop', 'agent.yaml'), 'utf8')).toBe(agentFile('shop'));
  }, 120_000);

  it('keeps agents apart, and has nothing to say of one whose turns were not kept', async () => {
    const { code, stdout, stderr } = await run(['learn', 'clinic']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('clinic: 0 turns kept, 0 examples proposed');
  }, 120_000);

  it('writes them where the others stand, after which the check is clean and there is nothing more to propose', async () => {
    const applied = await run(['learn', 'shop', '--apply']);
    expect(applied.code).toBe(0);
    expect(applied.stderr).toContain('4 examples proposed');
    expect(applied.stderr).toMatch(/1 line of the file cannot be read/);
    const written = readFileSync(join(folder, 'shop', 'agent.yaml'), 'utf8');
    expect(written).toContain('- i want to complain # in anger');
    for (const text of cold) expect(written).toContain(`    - ${text}\n`);
    const checked = await run(['check', 'shop']);
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
    const again = await run(['learn', 'shop', '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ proposals: [], diff: '' });
  }, 180_000);

  it('learns each language from the turns in it, into the file of that language', async () => {
    const es = 'words:\n  hello/menu: ¿Qué desea?\nexamples:\n  pay: [quiero pagar, pagar mi cuenta]\n';
    mkdirSync(join(folder, 'twice', 'locales'), { recursive: true });
    writeFileSync(
      join(folder, 'twice', 'agent.yaml'),
      'agent: twice\nlanguages: [en, es]\nstart: hello\n---\nflow: pay\nexamples: [pay my bill, settle an invoice]\nstates: { done: { to: end } }\n---\nflow: hello\nstates:\n  menu: { say: What can I do?, to: end }\n',
    );
    writeFileSync(join(folder, 'twice', 'locales', 'es.yaml'), es);
    const kept = [
      line('abonar la factura', { intent: 'pay', language: 'es' }),
      line('clear what i owe', { intent: 'pay' }),
    ];
    writeFileSync(join(folder, '.parley', 'router', 'twice.jsonl'), kept.map((one) => `${one}\n`).join(''));
    const { code, stderr } = await run(['learn', 'twice', '--apply']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('2 examples proposed');
    expect(readFileSync(join(folder, 'twice', 'locales', 'es.yaml'), 'utf8')).toContain(
      'pay: [quiero pagar, pagar mi cuenta, abonar la factura]',
    );
    expect(readFileSync(join(folder, 'twice', 'agent.yaml'), 'utf8')).toContain(
      'examples: [pay my bill, settle an invoice, clear what i owe]',
    );
  }, 120_000);

  it.each([
    [['learn', 'shop', '--most', '0'], 2, '--most takes a number from 1 to 99'],
    [['learn', 'nowhere'], 2, 'nowhere'],
    [['learn', 'broken'], 1, 'broken.flow.yaml'],
  ])(
    '%j exits with %i and says why',
    async (args, code, why) => {
      mkdirSync(join(folder, 'broken'), { recursive: true });
      writeFileSync(
        join(folder, 'broken', 'broken.flow.yaml'),
        'flow: broken\nstates:\n  a: { say: Hi., to: nowhere }\n',
      );
      const ran = await run(args);
      expect(ran.code, ran.stdout + ran.stderr).toBe(code);
      expect(ran.stdout + ran.stderr).toContain(why);
    },
    60_000,
  );
});

const rasa = `version: "3.1"
nlu:
- intent: complain
  examples: |
    - the soup is cold
    - this is a scandal
`;

describe('flow import intents', () => {
  it('writes a file that an agent takes as it is, or tells of it in JSON', async () => {
    writeFileSync(join(folder, 'nlu.yml'), rasa);
    const out = await run(['import', 'intents', 'nlu.yml', '--out', 'intents.yaml']);
    expect({ code: out.code, stdout: out.stdout }).toEqual({ code: 0, stdout: '' });
    const yaml = readFileSync(join(folder, 'intents.yaml'), 'utf8');
    expect(yaml).toContain('this is a scandal');
    const json = await run(['import', 'intents', 'nlu.yml', '--json']);
    expect(json.code).toBe(0);
    expect(json.stdout).toContain('this is a scandal');
    JSON.parse(json.stdout);
    mkdirSync(join(folder, 'taken'));
    writeFileSync(
      join(folder, 'taken', 'agent.yaml'),
      `agent: taken\n${yaml}listen:\n  - { intent: complain, say: I am sorry. }\nstart: hello\n---\nflow: hello\nstates: { hi: { say: Hello., to: end } }\n`,
    );
    const checked = await run(['check', 'taken']);
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  }, 120_000);

  it('exits with 1 where there is no intent in it, with 2 for a file that is not there', async () => {
    writeFileSync(join(folder, 'empty.yml'), 'version: "3.1"\nnlu: []\n');
    const [empty, missing] = [
      await run(['import', 'intents', 'empty.yml']),
      await run(['import', 'intents', 'no.yml']),
    ];
    expect([empty.code, missing.code], empty.stderr + missing.stderr).toEqual([1, 2]);
    expect(missing.stderr).toContain('no.yml');
  }, 60_000);
});
