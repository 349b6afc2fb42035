/** `flow serve --workers 2` with callers by WebRTC and by AudioSocket, whose sound comes by ports of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { AsteriskCall } from '../loopback/asterisk.js';
import { RtcCaller } from '../loopback/rtc-caller.js';
import { isSilent } from '../loopback/telephone.js';
import { CallBeside, menu } from './real-server.js';
import { ServeProcesses, type Served } from './serve-process.js';
import { areReady, becomes, callsOf, healthOf, workerWith } from './workers-of.js';

const secret = 'what the dialplan knows';
const desk = `
flow: desk
no_input_after: 120s
slots:
  seats: { type: digits, ask: How many seats?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
states:
  ask: { collect: [seats, day], to: done }
  done: { say: "{{ seats }} seats on day {{ day }}.", hang_up: true }
`;

let folder: string;
let processes: ServeProcesses;
let server: Served;
const callers: RtcCaller[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-workers-doors-'));
  processes = new ServeProcesses(folder);
  for (const [name, text] of Object.entries({ menu, desk })) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, `${name}.flow.yaml`), text);
  }
  // Few ports, so that workers which shared them would meet.
  server = await processes.start(['menu', 'desk'], { AUDIOSOCKET_PORT: '0', AUDIOSOCKET_SECRET: secret, PARLEY_RTC_PORTS: '41000-41039', PARLEY_LEASE: '1s', PARLEY_KEEP_LOST: '30s', PARLEY_MAX_LAG: 'off' }, 0, ['--workers', '2']); // prettier-ignore
}, 120_000);
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.vanish();
});
afterAll(() => {
  processes.killAll();
  rmSync(folder, { recursive: true, force: true });
});

/** The last that was told. */
function portIn(output: string): number {
  return Number([...output.matchAll(/ audiosocket .*?port=(\d+)/g)].at(-1)?.[1]);
}

interface Dialled {
  caller: RtcCaller;
  address: string;
}
async function dial(query = '?agent=desk'): Promise<Dialled> {
  const caller = new RtcCaller();
  callers.push(caller);
  const response = await fetch(`${server.url}/webrtc/offer${query}`, {
    method: 'POST',
    body: await caller.offer(),
    headers: { 'content-type': 'application/sdp' },
  });
  expect(response.status).toBe(201);
  await caller.answered(await response.text());
  return { caller, address: response.headers.get('location')! };
}
const hangUp = async ({ address }: Dialled): Promise<void> => {
  expect((await fetch(server.url + address, { method: 'DELETE' })).status).toBe(200);
};
const patch = (address: string, body: string): Promise<Response> =>
  fetch(server.url + address, {
    method: 'PATCH',
    body,
    headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
    signal: AbortSignal.timeout(5000),
  });
const hears = (caller: RtcCaller, words: string): Promise<void> =>
  caller.until(() => caller.said.some((text) => text.includes(words)));
const press = (caller: RtcCaller, digits: string): void => {
  for (const digit of digits) caller.press(digit);
};
const workerOf = ({ address }: Dialled): number => Number(/^\/~(\d+)\//.exec(address)![1]);

/** One at each of the two. */
async function oneEach(): Promise<[Dialled, Dialled]> {
  const first = await dial();
  await becomes(() => callsOf(server), [0, 1]);
  for (;;) {
    const second = await dial();
    if (workerOf(second) !== workerOf(first)) return [first, second];
    await hangUp(second);
    await becomes(() => callsOf(server), [0, 1]);
  }
}

describe('two workers and callers by WebRTC', () => {
  it('take a call each; a PATCH and a DELETE reach the worker that has the call, and no other', async () => {
    const both = await oneEach();
    await becomes(() => callsOf(server), [1, 1]);
    for (const { caller, address } of both) {
      await hears(caller, 'How many seats?');
      const other = address.replace(/~([12])/, (_, number: string) => `~${number === '1' ? '2' : '1'}`);
      expect((await patch(other, caller.fragment())).status).toBe(404);
      expect((await fetch(server.url + other, { method: 'DELETE' })).status).toBe(404);
      await caller.loseNetwork();
      const answer = await patch(address, await caller.restart());
      expect(answer.status).toBe(200);
      await caller.restarted(await answer.text());
      press(caller, '04');
      await hears(caller, 'Which day?');
    }
    for (const one of both) await hangUp(one);
    await becomes(() => callsOf(server), [0, 0]);
  }, 90_000);

  it('bring a caller who comes back with the token to the worker that has kept the call, however busy it is', async () => {
    const { caller, address } = await dial();
    await hears(caller, 'How many seats?');
    press(caller, '04');
    await hears(caller, 'Which day?');
    const others = await Promise.all([1, 2, 3].map(() => CallBeside.open(`${server.callUrl}?agent=menu`)));
    const again = await dial(`?resume=${caller.resume!}`);
    expect(workerOf(again)).toBe(workerOf({ caller, address }));
    await hears(again.caller, 'Which day?');
    press(again.caller, '15');
    await hears(again.caller, '0 4 seats on day 1 5.');
    for (const other of others) await other.hangUp();
    await becomes(() => callsOf(server), [0, 0]);
  }, 90_000);

  it('find ports for many calls at once in one range', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => dial()));
    for (const { caller } of all) await hears(caller, 'How many seats?');
    for (const one of all) await hangUp(one);
    await becomes(() => callsOf(server), [0, 0]);
  }, 90_000);

  it("go on when one is killed: the other's call notices nothing, and whose call it was comes back by the token", async () => {
    const [lost, beside] = await oneEach();
    for (const { caller } of [lost, beside]) {
      await hears(caller, 'How many seats?');
      press(caller, '04');
      await hears(caller, 'Which day?');
    }
    const { workers } = await healthOf(server);
    process.kill(workers.find(({ worker }) => worker === workerOf(lost))!.pid, 'SIGKILL');
    // Whoever asks while it dies is not left waiting.
    const asked = () =>
      patch(lost.address, lost.caller.fragment()).catch((error: Error) => ({ status: error.name === 'TimeoutError' ? -1 : 0 })); // prettier-ignore
    expect((await asked()).status).not.toBe(-1);
    await becomes(async () => (await asked()).status, 404);
    const again = await dial(`?resume=${lost.caller.resume!}`);
    await hears(again.caller, 'Which day?');
    press(again.caller, '15');
    await hears(again.caller, '0 4 seats on day 1 5.');
    press(beside.caller, '16');
    await hears(beside.caller, '0 4 seats on day 1 6.');
    await areReady(server, 2);
    await becomes(() => callsOf(server), [0, 0]);
  }, 120_000);
});

describe('two workers and callers by AudioSocket', () => {
  const place = (): Promise<AsteriskCall> =>
    AsteriskCall.place({
      http: server.url,
      port: portIn(server.output()),
      secret,
      from: '+353861234567',
      agent: 'desk',
    });
  const isHeard = (call: AsteriskCall): Promise<void> =>
    eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 10_000);

  it('take the calls of the port, beside those that come in by HTTP', async () => {
    const beside = await CallBeside.open(`${server.callUrl}?agent=menu`);
    const calls = [await place(), await place()];
    for (const call of calls) await isHeard(call);
    await becomes(async () => (await healthOf(server)).calls, 3);
    await beside.isUndisturbed();
    for (const call of calls) {
      call.hangUp();
      expect(call.problems).toEqual([]);
    }
    await beside.hangUp();
    await becomes(() => callsOf(server), [0, 0]);
  }, 60_000);

  it('lose only the calls of the one that dies; the port is open again when it is back', async () => {
    const call = await place();
    await isHeard(call);
    await becomes(() => callsOf(server), [0, 1]);
    const mine = await workerWith(server, 1);
    let beside: CallBeside;
    for (;;) {
      beside = await CallBeside.open(`${server.callUrl}?agent=menu`);
      await becomes(async () => (await healthOf(server)).calls, 2);
      if ((await callsOf(server))[0] === 1) break;
      await beside.hangUp();
      await becomes(() => callsOf(server), [0, 1]);
    }
    process.kill(mine.pid, 'SIGKILL');
    await eventually(() => call.closed, 5000);
    await beside.isUndisturbed();
    await areReady(server, 2);
    await beside.isUndisturbed();
    const again = await place();
    await isHeard(again);
    again.hangUp();
    await beside.hangUp();
    await becomes(() => callsOf(server), [0, 0]);
  }, 120_000);
});
