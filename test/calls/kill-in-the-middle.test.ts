/** Processes killed (SIGKILL) at one moment each that is worth a test of its own; the next process goes on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAiLoopback, type LoopbackOpenAi } from '../loopback/openai.js';
import { hang, startToolServer, status } from '../loopback/tools.js';
import { TextProcesses, type TextLine, type TextProcess } from './text-process.js';

const agent = `
agent: desk
language: en
llm: openai/loopback
transfer: { to: "+35312345678", mode: cold }
---
flow: pay
title: your payment
slots:
  account: { type: digits, ask: Which account?, dtmf: { length: 4 } }
  amount: { type: digits, ask: Which amount?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
tools:
  look: { effect: read, timeout: 20s, retries: 3, input: { account: digits }, output: { fee: integer }, http: { post: "{{ env.BANK_URL }}/look", body: { account: "{{ account }}" } } }
  pay: { effect: write, timeout: 20s, input: { account: digits }, output: { receipt: text }, http: { post: "{{ env.BANK_URL }}/pay", body: { account: "{{ account }}" } } }
states:
  account: { collect: account, to: amount }
  amount: { collect: amount, to: look }
  look: { call: look, transitions: [{ on: [error, timeout], to: failed }], to: agree }
  agree: { say: "{{ amount }} and a fee of {{ look.fee }}?", transitions: [{ intent: yes, to: pay }] }
  pay: { call: pay, transitions: [{ on: unknown, to: unsure }, { on: [error, timeout], to: failed }], to: paid }
  paid: { say: "Paid, {{ pay.receipt }}.", to: day }
  unsure: { say: I cannot tell whether it was paid., to: day }
  failed: { say: It failed., to: day }
  day: { collect: day, to: done }
  done: { say: "Account {{ account }}, day {{ day }}.", hang_up: true }
---
flow: complain
title: your complaint
slots:
  order: { type: digits, ask: Which order?, dtmf: { length: 4 } }
  topic: { type: text }
states:
  order: { collect: order, to: talk }
  talk:
    generate: { task: Find out what the complaint is about., fills: { topic: what it is about }, fallback: I would like to note that down. }
    transitions: [{ on: [error, gave_up], to: failed }]
    to: done
  failed: { say: "I'll note it down as it is.", hang_up: true }
  done: { say: "{{ topic }}, order {{ order }}.", hang_up: true }
---
flow: reach
title: reaching the desk
slots:
  account: { type: digits, ask: Which account is it about?, dtmf: { length: 4 } }
states:
  account: { collect: account, to: put }
  put: { say: "I'll put you through.", transfer: { to: "+35300000000", mode: cold }, transitions: [{ on: [error, busy, no_answer, closed], to: sorry }], to: end }
  sorry: { say: "Nobody is there about {{ account }}.", hang_up: true }
`;

let folder: string;
let texts: TextProcesses;
let bank: Awaited<ReturnType<typeof startToolServer>>;
let model: LoopbackOpenAi;
let running: TextProcess[] = [];
let store: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-middle-'));
  texts = new TextProcesses();
});
beforeEach(async () => {
  store = join(folder, `${String(count++)}.sqlite`);
  bank = await startToolServer({ '/look': { fee: 3 }, '/pay': { receipt: 'R1' } });
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.kill()));
  running = [];
  await bank.close();
  await model?.close();
});
afterAll(() => {
  texts.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that begins with a flow; what the model of the test says, when there is one, is in its environment. */
async function start(flow: string, env: Record<string, string> = {}): Promise<TextProcess> {
  const file = join(folder, `${flow}.yaml`);
  writeFileSync(file, agent.replace('agent: desk', `agent: desk\nstart: ${flow}`));
  const process = await texts.start(file, store, { BANK_URL: bank.url, ...env });
  running.push(process);
  return process;
}

/** Dead at once; the next one has the line. */
async function killed(flow: string, process: TextProcess, env: Record<string, string> = {}): Promise<TextLine> {
  running = running.filter((one) => one !== process);
  await process.kill();
  return (await start(flow, env)).dial('a');
}

async function answering(line: TextLine, ...pairs: [question: string, answer: string][]): Promise<void> {
  for (const [question, answer] of pairs) {
    await line.hears(question);
    line.answer(answer);
  }
}
const paths = (): string[] => bank.requests.map(({ path }) => path);
const asked: [string, string][] = [
  ['Which account?', '1234'],
  ['Which amount?', '40'],
];

describe('a process killed', () => {
  it("in the middle of a tool's retries: the read begins again, and nothing is asked twice", async () => {
    bank.answers['/look'] = status(503);
    const first = await start('pay');
    const line = first.dial('a');
    await answering(line, ...asked);
    // The second try has failed, too: the third waits.
    await bank.received(2);
    const second = await killedWith({ '/look': { fee: 3 } }, first);
    await second.hears('4 0 and a fee of 3?');
    expect(second.said).toHaveLength(1);
    expect(bank.requests.length).toBeGreaterThanOrEqual(3);
    expect(new Set(bank.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('between the intent of a write and its settlement: its fate is unknown, and it is not sent again', async () => {
    bank.answers['/pay'] = hang;
    const first = await start('pay');
    const line = first.dial('a');
    await answering(line, ...asked, ['a fee of 3?', 'yes']);
    await bank.received(2);
    const second = await killedWith({ '/pay': { receipt: 'R2' } }, first);
    await second.hears('I cannot tell whether it was paid.');
    await answering(second, ['Which day?', '15']);
    await second.hears('Account 1 2 3 4, day 1 5.');
    expect(paths()).toEqual(['/look', '/pay']);
    expect(second.problems.join()).toContain('pay: was sent before a restart and never answered; it is not sent again');
  });

  it('as the answer of a write comes in: paid or of unknown fate, and sent once', async () => {
    let answered = (): void => {};
    const done = new Promise<void>((resolve) => (answered = resolve));
    bank.answers['/pay'] = (_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"receipt":"R1"}', answered);
    };
    const first = await start('pay');
    const line = first.dial('a');
    await answering(line, ...asked, ['a fee of 3?', 'yes']);
    await done;
    const second = await killedWith({}, first);
    await answering(second, ['Which day?', '15']);
    await second.hears('Account 1 2 3 4, day 1 5.');
    expect(paths()).toEqual(['/look', '/pay']);
  });

  it('while a model streams in a generate step: the model is asked again, and what came before stands', async () => {
    model = await openAiLoopback(({ body }) =>
      body.messages.some(({ content }) => content.includes('kettle'))
        ? { kind: 'call', name: 'note_down', arguments: '{"topic":"a leaking kettle"}' }
        : { kind: 'text', pieces: ['I am sorry to hear that. ', 'I will take it down. ', 'What happened?'] },
    );
    const gate = model.hold();
    const env = { OPENAI_BASE_URL: model.url };
    const first = await start('complain', env);
    const line = first.dial('a');
    await answering(line, ['Which order?', '1234']);
    gate.next();
    gate.next();
    await line.hears('I am sorry to hear that.');
    for (let piece = 0; piece < 10; piece++) gate.next();
    const second = await killed('complain', first, env);
    await answering(second, ['What happened?', 'my kettle leaks']);
    await second.hears('a leaking kettle, order 1 2 3 4.');
    expect(second.said.filter((text) => text.includes('Which order?'))).toEqual([]);
  });

  it('while a transfer is pending: the caller is told again, the person is called again, and what comes of it counts', async () => {
    const first = await start('reach');
    const line = first.dial('a');
    await answering(line, ['Which account is it about?', '1234']);
    await line.until(() => line.transfers.length === 1 && line.turns === 2);
    const second = await killed('reach', first);
    await second.until(() => second.transfers.length === 1);
    expect(second.said).toEqual(["I'll put you through."]);
    expect(second.transfers).toEqual(line.transfers);
    second.type({ transferred: 'no_answer' });
    await second.hears('Nobody is there about 1 2 3 4.');
  });

  it("while a transfer that the caller asked for is pending: the same with the agent's own", async () => {
    const first = await start('pay');
    const line = first.dial('a');
    await answering(line, ['Which account?', '1234'], ['Which amount?', 'human']);
    await line.until(() => line.transfers.length === 1 && line.turns === 3);
    const second = await killed('pay', first);
    await second.until(() => second.transfers.length === 1);
    second.type({ transferred: 'busy' });
    await answering(second, ['Which amount?', '40']);
    await second.hears('4 0 and a fee of 3?');
  });

  it('B54 in the middle of a flush behind the turn: the dialog goes on from the turn before, whole', async () => {
    const first = await start('pay');
    const line = first.dial('a');
    await answering(line, ['Which account?', '1234']);
    await line.hears('Which amount?');
    await line.until(() => line.turns === 2);
    // The database is held while the next turn's checkpoint is being written.
    const database = new Libsql(store);
    database.exec('BEGIN IMMEDIATE');
    bank.answers['/look'] = hang;
    line.answer('40');
    // It waits for the database, with the whole of its thread: nothing is answered any more.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bank.requests).toEqual([]);
    running = [];
    await first.kill();
    database.exec('ROLLBACK');
    database.close();
    bank.answers['/look'] = { fee: 3 };
    const second = (await start('pay')).dial('a');
    await answering(second, ['Which amount?', '40']);
    await second.hears('4 0 and a fee of 3?');
    expect(second.said.filter((text) => text.includes('Which account?'))).toEqual([]);
  });
});

/** Killed; for the next one the back end answers otherwise. */
function killedWith(answers: Record<string, object>, process: TextProcess): Promise<TextLine> {
  Object.assign(bank.answers, answers);
  return killed('pay', process);
}
