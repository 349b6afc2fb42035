/** `flow serve --workers 2` in real processes: one port, a call stays with its worker, one worker dies, all are summed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { Browser, CallBeside, menu } from './real-server.js';
import { back, ServeProcesses, tokenOf, type Served } from './serve-process.js';
import { becomes, callsOf as callsOfAll, healthOf, type Health } from './workers-of.js';

const authToken = '12345678901234567890123456789012';
const shop = `
agent: shop
language: en
---
flow: shop
no_input_after: 120s
slots:
  amount: { type: digits, ask: Which amount?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
states:
  amount: { collect: amount, to: day }
  day: { collect: day, to: done }
  done: { say: "{{ amount }} on day {{ day }}.", hang_up: true }
`;

let folder: string;
let processes: ServeProcesses;
let server: Served;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-workers-'));
  processes = new ServeProcesses(folder);
  for (const [name, text] of Object.entries({ menu, shop })) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, `${name}.flow.yaml`), text);
  }
  server = await start();
}, 120_000);
afterAll(() => {
  processes.killAll();
  rmSync(folder, { recursive: true, force: true });
});

const start = (more: readonly string[] = []): Promise<Served> =>
  processes.start(['menu', 'shop'], { TWILIO_AUTH_TOKEN: authToken, PARLEY_LEASE: '1s', PARLEY_KEEP_LOST: '30s', PARLEY_MAX_LAG: 'off' }, 0, ['--workers', '2', ...more]); // prettier-ignore
const health = (): Promise<Health> => healthOf(server);
const callsOf = (): Promise<number[]> => callsOfAll(server);
const metric = async (name: RegExp): Promise<number> => {
  const lines = (await (await fetch(`${server.url}/metrics`)).text()).split('\n').filter((line) => name.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};
/** A call beside one that runs already: whoever has just answered a webhook counts as busier than it is for a while. */
async function onTheOther<C extends Browser | CallBeside>(dial: () => Promise<C>): Promise<C> {
  for (;;) {
    const call = await dial();
    await expect.poll(async () => (await health()).calls).toBe(2);
    if ((await callsOf())[0] === 1) return call;
    await Promise.resolve(call.hangUp());
    await becomes(callsOf, [0, 1]);
  }
}
const dialShop = (): Promise<Browser> => Browser.dial(`${server.callUrl}?agent=shop`);
const press = (browser: Browser, digits: string): void => [...digits].forEach((digit) => browser.key(digit));

describe('two workers behind one port', () => {
  it('take a call each, and each call stays where it is', async () => {
    const first = await CallBeside.open(server.callUrl);
    await becomes(callsOf, [0, 1]);
    const second = await CallBeside.open(server.callUrl);
    await becomes(callsOf, [1, 1]);
    await first.isUndisturbed();
    await second.isUndisturbed();
    expect((await health()).calls).toBe(2);
    expect(await metric(/^voice_calls_active /)).toBe(2);
    await first.hangUp();
    await second.hangUp();
    await becomes(callsOf, [0, 0]);
  }, 60_000);

  it("are one server in /metrics: what each counted is added up, though one's calls ended before the other's", async () => {
    const before = await metric(/^voice_calls_total\{/);
    const calls = await Promise.all([1, 2, 3, 4].map(() => CallBeside.open(server.callUrl)));
    for (const call of calls) await call.hangUp();
    await becomes(() => metric(/^voice_calls_total\{/), before + 4);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text.match(/^# TYPE voice_calls_total counter$/gm)).toHaveLength(1);
    expect(text.match(/^voice_calls_total\{transport="websocket",agent="menu",end="caller_hung_up"\}/gm)).toHaveLength(1); // prettier-ignore
  }, 60_000);

  it('bring a caller who comes back with the token to the worker that has kept the dialog, however busy it is', async () => {
    const caller = await dialShop();
    await caller.hears('Which amount?');
    press(caller, '40');
    await caller.hears('Which day?');
    caller.socket.terminate();
    const others = await Promise.all([1, 2, 3].map(() => CallBeside.open(server.callUrl)));
    const again = await back(server, tokenOf(caller)!);
    await again.hears('Which day?');
    press(again, '15');
    await again.hears('4 0 on day 1 5.');
    for (const other of others) await other.hangUp();
    await becomes(callsOf, [0, 0]);
  }, 60_000);

  it('take a telephone call by whichever worker its webhook came to, and its stream and status there too', async () => {
    const calls: CarrierCall[] = [];
    for (let i = 0; i < 4; i++)
      calls.push(await CarrierCall.place({ webhook: `${server.url}/twilio/voice?agent=menu`, authToken }));
    await eventually(() => calls.every((call) => call.audibleMs > 0), 20_000);
    await becomes(async () => (await health()).calls, 4);
    expect(await callsOf()).not.toContain(0);
    for (const call of calls) call.stop();
    await becomes(callsOf, [0, 0]);
  }, 60_000);

  it('let a token of a stream open once in all: the other worker does not take it', async () => {
    const { signatureOf } = await import('../../runtime/transports/twilio-signature.js');
    const url = `${server.url}/twilio/voice?agent=menu`;
    const fields = { CallSid: 'CAonce', From: '+15550001111', To: '+15550002222' };
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-twilio-signature': signatureOf(authToken, url, fields) },
      body: new URLSearchParams(fields),
    });
    const twiml = await answer.text();
    const stream = /<Stream url="([^"]+)"/.exec(twiml)![1]!;
    const token = /name="token" value="([^"]+)"/.exec(twiml)![1]!;
    expect(stream).toMatch(/\/~[12]\/twilio\/media$/);
    const open = (at: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(at, { headers: { 'x-twilio-signature': signatureOf(authToken, at, {}) } });
        socket.on(
          'open',
          () =>
          socket.send(JSON.stringify({ event: 'start', streamSid: 'MZonce', start: { streamSid: 'MZonce', accountSid: 'AC1', callSid: 'CAonce', tracks: ['inbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: { token } } })), // prettier-ignore
        );
        socket.on('message', () => {
          resolve(0);
          socket.close();
        });
        socket.on('error', () => undefined);
        socket.on('close', resolve);
      });
    const other = stream.replace(/~([12])/, (_, number: string) => `~${number === '1' ? '2' : '1'}`);
    expect(await open(other)).toBe(1008);
    expect(await open(stream)).toBe(0);
    expect(await open(stream)).toBe(1008);
    await becomes(callsOf, [0, 0]);
  }, 60_000);

  it("go on when one is killed: the other's call notices nothing, and whose call it was comes back by the token", async () => {
    const lost = await dialShop();
    await lost.hears('Which amount?');
    press(lost, '40');
    await lost.hears('Which day?');
    await becomes(callsOf, [0, 1]);
    const { workers } = await health();
    const mine = workers.find(({ calls }) => calls === 1)!;
    const beside = await onTheOther(() => CallBeside.open(server.callUrl));
    const counted = await metric(/^voice_calls_total\{/);
    process.kill(mine.pid, 'SIGKILL');
    await lost.until(() => lost.closed);
    await beside.isUndisturbed();
    const again = await back(server, tokenOf(lost)!);
    await again.hears('Which day?');
    press(again, '15');
    await again.hears('4 0 on day 1 5.');
    await beside.isUndisturbed();
    await becomes(async () => (await health()).workers.length, 2);
    await becomes(async () => (await health()).workers.every(({ ready }) => ready), true);
    const { restarts, workers: now } = await health();
    expect(restarts).toBe(1);
    expect(now.map(({ pid }) => pid)).not.toContain(mine.pid);
    expect(await metric(/^voice_calls_total\{/)).toBeGreaterThanOrEqual(counted);
    expect(server.output().match(/worker died/g)).toHaveLength(1);
    await beside.hangUp();
  }, 90_000);

  it('drain on SIGTERM in all of them: no new call, running ones come to their end, and the exit says so', async () => {
    await becomes(callsOf, [0, 0]);
    const calls = [await dialShop()];
    await becomes(callsOf, [0, 1]);
    calls.push(await onTheOther(dialShop));
    for (const call of calls) await call.hears('Which amount?');
    const ended = server.end();
    await becomes(async () => (await fetch(`${server.url}/ready`)).status, 503);
    expect(await Browser.refused(server.callUrl)).toBe(503);
    for (const call of calls) {
      press(call, '40');
      await call.hears('Which day?');
      press(call, '15');
      await call.hears('4 0 on day 1 5.');
    }
    expect(await ended).toBe(0);
  }, 60_000);
});
