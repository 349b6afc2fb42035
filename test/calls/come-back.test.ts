/** Servers that are killed (SIGKILL) and lines that break: their callers come back, by token or by calling again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { hang, startToolServer } from '../loopback/tools.js';
import { Browser, startReal } from './real-server.js';
import { back, press, ServeProcesses, tokenOf, type Served } from './serve-process.js';

const authToken = '12345678901234567890123456789012';
const number = '+353861234567';

/** Driven by keys; `look` is a read, `pay` a write without a key. */
const shop = `
agent: shop
language: en
---
flow: shop
title: your payment
examples: []
no_input_after: 120s
slots:
  amount: { type: digits, ask: Which amount?, dtmf: { length: 2 } }
tools:
  look: { effect: read, timeout: 60s, input: { amount: digits }, output: { fee: integer }, http: { post: "{{ env.SHOP_URL }}/look", body: { amount: "{{ amount }}" } } }
  pay: { effect: write, timeout: 60s, input: { amount: digits }, output: { receipt: text }, http: { post: "{{ env.SHOP_URL }}/pay", body: { amount: "{{ amount }}" } } }
states:
  ask: { collect: amount, to: look }
  look: { call: look, transitions: [{ on: [error, timeout], to: failed }], to: agree }
  agree: { say: "{{ amount }} and a fee of {{ look.fee }}. Press one to pay.", transitions: [{ key: "1", to: pay }] }
  pay: { call: pay, transitions: [{ on: unknown, to: unsure }, { on: [error, timeout], to: failed }], to: paid }
  paid: { say: "Paid, {{ pay.receipt }}. Press two to end.", transitions: [{ key: "2", to: bye }] }
  unsure: { say: I cannot tell whether it was paid. Press two to end., transitions: [{ key: "2", to: bye }] }
  failed: { say: It failed. Press two to end., transitions: [{ key: "2", to: bye }] }
  bye: { say: Goodbye then., hang_up: true }
`;

let folder: string;
let tools: Awaited<ReturnType<typeof startToolServer>>;
let processes: ServeProcesses;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-back-'));
  processes = new ServeProcesses(folder);
  mkdirSync(join(folder, 'shop'));
  writeFileSync(join(folder, 'shop', 'agent.yaml'), shop);
  tools = await startToolServer({ '/look': { fee: 3 }, '/pay': { receipt: 'R1' } });
});
afterEach(async () => {
  processes.killAll();
  await tools.close();
  rmSync(folder, { recursive: true, force: true });
});

const serve = (env: Record<string, string> = {}): Promise<Served> =>
  processes.start(['shop'], { SHOP_URL: tools.url, TWILIO_AUTH_TOKEN: authToken, PARLEY_LEASE: '1s', ...env });
const paths = (): string[] => tools.requests.map(({ path }) => path);

describe('a caller by WebSocket whose server is killed goes on at another with the token', () => {
  it('while idle: at its question, with what was said', async () => {
    const first = await serve();
    const caller = await Browser.dial(first.callUrl);
    await caller.hears('Which amount?');
    press(caller, '40');
    await caller.hears('4 0 and a fee of 3');
    await first.kill();
    await caller.until(() => caller.closed);
    const second = await serve();
    const again = await back(second, tokenOf(caller)!);
    await again.hears('4 0 and a fee of 3');
    expect(again.id).toBe(caller.id);
    again.key('1');
    await again.hears('Paid, R1');
    expect(paths()).toEqual(['/look', '/pay']);
  }, 60_000);

  it('while a read runs: the read is made again', async () => {
    tools.answers['/look'] = hang;
    const first = await serve();
    const caller = await Browser.dial(first.callUrl);
    await caller.hears('Which amount?');
    press(caller, '40');
    await tools.received(1);
    await first.kill();
    tools.answers['/look'] = { fee: 3 };
    const second = await serve();
    const again = await back(second, tokenOf(caller)!);
    await again.hears('4 0 and a fee of 3');
    expect(paths()).toEqual(['/look', '/look']);
  }, 60_000);

  it('while a write runs: it is not sent again, and the caller hears that its fate is not known', async () => {
    tools.answers['/pay'] = hang;
    const first = await serve();
    const caller = await Browser.dial(first.callUrl);
    await caller.hears('Which amount?');
    press(caller, '40');
    await caller.hears('4 0 and a fee of 3');
    caller.key('1');
    await tools.received(2);
    await first.kill();
    tools.answers['/pay'] = { receipt: 'R2' };
    const second = await serve();
    const again = await back(second, tokenOf(caller)!);
    await again.hears('I cannot tell whether it was paid');
    expect(paths()).toEqual(['/look', '/pay']);
  }, 60_000);

  it('while it speaks of a write that is done: the words come again, the write does not', async () => {
    const first = await serve();
    const caller = await Browser.dial(first.callUrl);
    await caller.hears('Which amount?');
    press(caller, '40');
    await caller.hears('4 0 and a fee of 3');
    caller.key('1');
    await caller.until(() => caller.said.some((text) => text.startsWith('Paid')));
    await first.kill();
    const second = await serve();
    const again = await back(second, tokenOf(caller)!);
    await again.hears('Paid, R1');
    expect(paths()).toEqual(['/look', '/pay']);
  }, 60_000);
});

describe('a WebSocket that breaks while its server lives', () => {
  const real = (env: Record<string, string> = {}) =>
    startReal({ agents: { shop: { 'agent.yaml': shop } }, env: { SHOP_URL: tools.url, PARLEY_VAD: 'energy', ...env } });

  it('B78 is no hang-up: who comes back with the token hears the question again', async () => {
    const server = await real();
    try {
      const caller = await Browser.dial(server.callUrl);
      await caller.hears('Which amount?');
      press(caller, '40');
      await caller.hears('4 0 and a fee of 3');
      caller.socket.terminate();
      await eventually(() => server.records.length === 1);
      expect(server.records[0]!.ended).toBe('connection_lost');
      const again = await back(server, tokenOf(caller)!);
      await again.hears('4 0 and a fee of 3');
      again.hangUp();
      await again.until(() => again.closed);
    } finally {
      await server.close();
    }
  }, 60_000);

  it('B79 is left at once for the new line when its caller is back before anybody noticed', async () => {
    const server = await real();
    try {
      const caller = await Browser.dial(server.callUrl);
      await caller.hears('Which amount?');
      press(caller, '40');
      await caller.hears('4 0 and a fee of 3');
      const again = await back(server, tokenOf(caller)!);
      await again.hears('4 0 and a fee of 3');
      await caller.until(() => caller.closed);
      again.key('1');
      await again.hears('Paid, R1');
      expect(server.started.server.calls.size).toBe(1);
      expect(paths()).toEqual(['/look', '/pay']);
    } finally {
      await server.close();
    }
  }, 60_000);

  it('B78 is a hang-up when the time to come back is over or off; even then the token offers to go on', async () => {
    const server = await real({ PARLEY_KEEP_LOST: 'off' });
    try {
      const caller = await Browser.dial(server.callUrl);
      await caller.hears('Which amount?');
      press(caller, '40');
      await caller.hears('4 0 and a fee of 3');
      caller.socket.terminate();
      await eventually(() => server.records.length === 1);
      const again = await back(server, tokenOf(caller)!);
      await again.hears('Welcome back. Shall we go on with your payment?');
    } finally {
      await server.close();
    }
  }, 60_000);
});

describe('a WebSocket that says who calls', () => {
  /** Breaks off in the middle of a task, and calls again without the token. */
  async function callAgain(options: Parameters<typeof startReal>[0], from: string): Promise<string> {
    const server = await startReal({
      agents: { shop: { 'agent.yaml': shop } },
      env: { SHOP_URL: tools.url, PARLEY_VAD: 'energy', PARLEY_KEEP_LOST: 'off', ...options.env },
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
    });
    const dial = async (who: string): Promise<Browser> => {
      const token = await server.started.server.issueToken();
      return Browser.dial(`${server.callUrl}?from=${encodeURIComponent(who)}&token=${token}`);
    };
    try {
      const caller = await dial(number);
      await caller.hears('Which amount?');
      press(caller, '40');
      await caller.hears('4 0 and a fee of 3');
      caller.socket.terminate();
      await eventually(() => server.records.length === 1);
      const again = await dial(from);
      await again.until(() => again.said.length > 0);
      expect(server.lines.join('\n')).not.toContain(number.slice(1));
      return again.said[0]!;
    } finally {
      await server.close();
    }
  }

  it('is believed on this machine: the caller of that number is offered to go on, and no other', async () => {
    expect(await callAgain({}, number)).toContain('Welcome back.');
    expect(await callAgain({}, '+353861111111')).toBe('Which amount?');
  }, 90_000);

  it('is not believed where the world comes in: anybody could be anybody there', async () => {
    const world = {
      publicUrl: 'https://voice.example',
      env: { PARLEY_TOKEN_SECRET: 'a secret of thirty-two bytes or more' },
    };
    expect(await callAgain(world, number)).toBe('Which amount?');
  }, 90_000);
});

describe('a caller by telephone whose server is killed', () => {
  const place = (server: Served, from = number): Promise<CarrierCall> =>
    CarrierCall.place({ webhook: `${server.url}/twilio/voice?agent=shop`, authToken, from });
  const heardFor = (call: CarrierCall): Promise<void> =>
    eventually(() => call.audibleMs > 0 && call.nowMs - call.audibleMs > 700, 20_000);

  it('goes on in the next call of the same number after an unsettled write, which is not sent again; no number is in the log', async () => {
    tools.answers['/pay'] = hang;
    const first = await serve();
    const call = await place(first);
    await heardFor(call);
    for (const digit of '40') call.key(digit);
    await tools.received(1);
    await heardFor(call);
    call.key('1');
    await tools.received(2);
    await first.kill();
    tools.answers['/pay'] = { receipt: 'R2' };
    const second = await serve();
    // A process that died counts as alive for a third of its lease; the second took longer than that to start.
    const again = await place(second);
    await heardFor(again);
    again.key('2');
    await eventually(() => again.closed, 20_000);
    expect(paths()).toEqual(['/look', '/pay']);
    expect(`${first.output()}${second.output()}`).not.toContain(number.slice(1));
    expect(second.output()).toContain('never answered; it is not sent again');
    // It ended in order: the next call is a new one.
    const third = await place(second);
    await heardFor(third);
    for (const digit of '50') third.key(digit);
    await tools.received(3);
    third.stop();
    expect(tools.requests[2]!.path).toBe('/look');
  }, 120_000);
});
