/**
 * Nonsense at every door: bent frames, bent JSON, ten megabytes, things out of their order. Each is refused or passed
 * over, counted, and told once; no other call notices. `PARLEY_FUZZ` is how many messages each door gets (default 150),
 * `PARLEY_FUZZ_SEED` another run of them.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../conformance/line.js';
import { RtcCaller } from '../../loopback/rtc-caller.js';
import { CallBeside, menu, startReal, type RealServer } from '../real-server.js';
import { everyTrap, Nonsense } from './nonsense.js';
import { rawDoors, type RawDoor, type RawWire } from './raw-doors.js';
import { kindsTold, metricOf } from './told.js';

const size = Number(process.env.PARLEY_FUZZ ?? 150);
const seed = Number(process.env.PARLEY_FUZZ_SEED ?? 1);
const tokenSecret = 'a secret of at least thirty-two bytes';
const tenMb = 10 * 1024 * 1024;
const withinMs = 30_000 + size * 100;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

let server: RealServer;
let beside: CallBeside;
let carrier: Server;
let http: string;
let audioSocketPort: number;
let heldBefore: number;
let fromMs: number;

const held = (): number => {
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

beforeAll(async () => {
  // What a carrier's REST interface says to all that is asked.
  carrier = createServer((request, response) => void request.resume().on('end', () => response.end('{"data":{}}')));
  carrier.listen(0, '127.0.0.1');
  await once(carrier, 'listening');
  server = await startReal({
    agents: { menu },
    insecure: true,
    keepEvents: false,
    env: {
      PARLEY_VAD: 'energy',
      PARLEY_KEEP_LOST: '300ms',
      PARLEY_TOKEN_SECRET: tokenSecret,
      TELNYX_API_KEY: 'KEY',
      TELNYX_API_BASE: `http://127.0.0.1:${String((carrier.address() as AddressInfo).port)}`,
      AUDIOSOCKET_PORT: '0',
    },
    limits: { calls: 100 },
  });
  http = server.started.server.url;
  const line = server.lines.find((one) => one.includes('"audiosocket"'))!;
  audioSocketPort = (JSON.parse(line) as { port: number }).port;
  beside = await CallBeside.open(server.callUrl);
  heldBefore = held();
  fromMs = performance.now();
});
afterAll(async () => {
  await server.close();
  carrier.close();
});

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** All calls but the one beside are over. */
const allOver = (): Promise<void> => eventually(() => server.started.server.calls.size === 1, 15_000);

async function begin(door: RawDoor): Promise<RawWire> {
  const wire = await door.open({ http, audioSocketPort });
  for (const one of door.start) wire.send(Buffer.isBuffer(one) ? one : JSON.stringify(one));
  return wire;
}

describe.each(rawDoors.map((door, index) => ({ ...door, index })))('the door of $transport', (door) => {
  const { transport, good, start, frame = (data) => data, index } = door;
  const nonsense = new Nonsense(seed * 100 + index);
  const bent = (from: readonly (object | Buffer)[]) => frame(nonsense.of(nonsense.pick(from)) as Buffer);

  it(
    'is told nonsense before a call and in place of its start',
    async () => {
      for (let round = 0; round < 10; round++) {
        const wire = await door.open({ http, audioSocketPort });
        for (let i = 0; i < size / 10; i++) wire.send(bent(round % 2 === 0 ? good : start));
        await breath();
        wire.end();
      }
      await allOver();
      await beside.isUndisturbed();
    },
    withinMs,
  );

  it(
    'B72 is told nonsense in a call: passed over and counted, the call and the one beside it go on',
    async () => {
      const before = server.records.length;
      let wire = await begin(door);
      const traps = good.flatMap((one) => (Buffer.isBuffer(one) ? [] : everyTrap(one)));
      for (const [sent, one] of traps.entries()) {
        if (sent % 20 === 0) await breath();
        if (wire.closed) wire = await begin(door);
        wire.send(frame(one as unknown as Buffer));
      }
      for (let sent = 0; sent < size; sent++) {
        if (sent % 20 === 0) await breath();
        // Nonsense may happen to be a goodbye.
        if (wire.closed) wire = await begin(door);
        wire.send(bent(good));
      }
      await beside.isUndisturbed();
      wire.end();
      await allOver();
      const records = server.records.slice(before).filter((one) => one.transport === transport);
      expect(records.length).toBeGreaterThan(0);
      const counted = records.flatMap(({ counters }) => Object.entries(counters));
      const passedOver = counted.filter(([what]) => /^(bad|unknown|dropped|wrong)_/.test(what));
      expect(passedOver.reduce((sum, [, times]) => sum + times, 0)).toBeGreaterThan(0);
      const metrics = await (
        await fetch(`${http}/metrics`, { headers: { authorization: `Bearer ${tokenSecret}` } })
      ).text();
      for (const [event] of passedOver)
        expect(metricOf(metrics, 'voice_events_total', { transport, event })).toBeGreaterThan(0);
      expect(records.filter(({ ended }) => ended === 'broken' || ended === 'error')).toEqual([]);
    },
    withinMs,
  );

  it(
    'is sent ten megabytes at once, in a call and before one',
    async () => {
      for (const wire of [await door.open({ http, audioSocketPort }), await begin(door)]) {
        wire.send(Buffer.alloc(tenMb, 0x10));
        await beside.isUndisturbed();
        wire.end();
      }
      await allOver();
    },
    withinMs,
  );
});

describe('the data channel of WebRTC', () => {
  it(
    'is told nonsense: passed over and counted',
    async () => {
      const nonsense = new Nonsense(seed * 100 + 50);
      const caller = new RtcCaller();
      const response = await fetch(`${http}/webrtc/offer`, {
        method: 'POST',
        body: await caller.offer(),
        headers: { 'content-type': 'application/sdp' },
      });
      expect(response.status).toBe(201);
      await caller.answered(await response.text());
      const { good } = rawDoors[0]!;
      for (let sent = 0; sent < size; sent++) {
        const message = nonsense.of(nonsense.pick(good));
        caller.send(message.slice(0, 12_000));
        if (sent % 20 === 0) await breath();
      }
      await beside.isUndisturbed();
      await caller.vanish();
      await allOver();
      const { counters } = server.records.findLast(({ transport }) => transport === 'webrtc')!;
      expect((counters.bad_messages ?? 0) + (counters.unknown_messages ?? 0)).toBeGreaterThan(0);
    },
    withinMs,
  );
});

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const chat = { model: 'menu', messages: [{ role: 'user', content: 'one' }], stream: false, user: 'u1' };
const requests: { path: string; type: string; good: object; bearer?: string }[] = [
  { path: '/twilio/voice', type: form, good: { CallSid: 'CA9', From: '+353861234567', To: '+35315550100' } },
  { path: '/twilio/status', type: form, good: { CallSid: 'CA9', CallStatus: 'completed' } },
  { path: '/twilio/relay', type: form, good: { CallSid: 'CA9', From: '+353861234567' } },
  { path: '/twilio/relay/over', type: form, good: { CallSid: 'CA9', HandoffData: '{"reason":"transfer","to":7}' } },
  { path: '/twilio/machine?dial=x&dial=y', type: form, good: { CallSid: 'CA9', AnsweredBy: 'human' } },
  { path: '/telnyx/voice', type: json, good: { data: { event_type: 'call.initiated', payload: { call_control_id: 'c', direction: 'incoming', from: '+353861234567', client_state: 'x' } } } }, // prettier-ignore
  { path: '/telnyx/voice', type: json, good: { data: { event_type: 'call.hangup', payload: { call_control_id: 'c', hangup_cause: 'user_busy' } } } }, // prettier-ignore
  { path: '/plivo/voice', type: form, good: { CallUUID: 'P9', From: '353861234567' } },
  { path: '/plivo/status', type: form, good: { CallUUID: 'P9', CallStatus: 'completed', Event: 'StopStream' } },
  { path: '/vonage/answer', type: json, good: { uuid: 'V9', from: '353861234567' } },
  { path: '/vonage/event', type: json, good: { uuid: 'V9', status: 'completed' } },
  { path: '/jambonz/call', type: json, good: { call_sid: 'J9', from: '+353861234567' } },
  { path: '/audiosocket/call', type: form, good: { from: '+353861234567', agent: 'menu' } },
  { path: '/webrtc/offer', type: 'application/sdp', good: { v: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n' } }, // prettier-ignore
  { path: '/v1/chat/completions', type: json, good: chat },
  { path: '/calls', type: json, good: { to: '+353861234567', ring_seconds: 20, machine: true }, bearer: tokenSecret },
  { path: '/token', type: json, good: {}, bearer: tokenSecret },
];

describe.each(requests)('$path', ({ path, type, good, bearer }) => {
  const post = async (body: string | Buffer, contentType: string): Promise<number> => {
    const headers = { 'content-type': contentType, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) };
    try {
      const answered = await fetch(http + path, { method: 'POST', body: body as string, headers });
      await answered.text();
      return answered.status;
    } catch {
      // It was hung up on before all of it was sent.
      return 413;
    }
  };

  it(
    'is asked nonsense: answered or refused, never broken',
    async () => {
      const nonsense = new Nonsense(seed * 100 + 60 + requests.findIndex((one) => one.good === good));
      for (let sent = 0; sent < size / 5; sent++) {
        const value = nonsense.of(Object.keys(good).length === 0 ? { a: 1 } : good);
        const fields = type === form ? new URLSearchParams({ ...good, [nonsense.bytes(6).toString('latin1')]: value.toString() }).toString() : value; // prettier-ignore
        const kind = nonsense.below(5) === 0 ? nonsense.pick([json, form, 'text/plain', 'application/sdp']) : type;
        const status = await post(nonsense.below(3) === 0 ? value : fields, kind);
        expect(status < 500 || status === 503, `${String(status)} to ${value.toString().slice(0, 200)}`).toBe(true);
      }
      await beside.isUndisturbed();
    },
    withinMs,
  );

  it(
    'is sent ten megabytes: refused',
    async () => {
      expect(await post(Buffer.alloc(tenMb, 0x41), type)).toBe(413);
      await beside.isUndisturbed();
    },
    withinMs,
  );
});

describe('after all of it', () => {
  it('each kind of offence stands once in the log, none is an error, and no number of a caller is among them', () => {
    const told = kindsTold(server.lines);
    expect(told.errors).toEqual([]);
    const rounds = 1 + Math.ceil((performance.now() - fromMs) / 60_000);
    for (const [kind, times] of told.warnings) expect(times, kind).toBeLessThanOrEqual(rounds);
    const reasons = [...told.warnings.keys()].join('\n');
    for (const reason of [
      'no start',
      'no hello',
      'bad request',
      'bad webhook',
      'bad offer',
      'bad order',
      'invalid json',
    ])
      expect(reasons).toContain(`"${reason}"`);
    expect(reasons).toContain('"what":"bad_messages"');
    expect(server.lines.join('\n')).not.toMatch(/353861234567|polluted/);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('nothing of it is kept in memory', async () => {
    server.lines.length = 0;
    server.records.length = 0;
    await allOver();
    // Ours and the clients': a socket that closes slowly holds its ten megabytes for half a minute.
    const grownMb = (): number => (held() - heldBefore) / 1024 / 1024;
    await expect.poll(grownMb, { timeout: 45_000, interval: 1000 }).toBeLessThan(60);
  }, 90_000);
});
