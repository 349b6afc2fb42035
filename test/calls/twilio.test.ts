import { afterEach, describe, expect, it } from 'vitest';
import type { Input } from '../../engine/contracts.js';
import type { CallRecord } from '../../runtime/call/call.js';
import { logOver } from '../../runtime/observe/log.js';
import type { Server, ServerOptions } from '../../runtime/server/server.js';
import { createServer } from '../../runtime/server/server.js';
import { eventually } from '../conformance/line.js';
import type { Given } from '../fakes/dialog.js';
import { listen, ScriptedDialog, words } from '../fakes/dialog.js';
import { ScriptedEar } from '../fakes/ear.js';
import { ScriptedVoice } from '../fakes/voice.js';
import { CarrierCall, CarrierRefusal } from '../loopback/carrier.js';

const authToken = '12345678901234567890123456789012';
const long = 'One two three four five six seven eight nine ten eleven twelve thirteen fourteen.';

interface World {
  records: CallRecord[];
  ears: ScriptedEar[];
  dialogs: ScriptedDialog[];
  agents: (string | undefined)[];
  logged: string[];
  webhook: string;
}

let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(answer: (input: Input) => Given[], options: Partial<ServerOptions> = {}): Promise<World> {
  const world: World = { records: [], ears: [], dialogs: [], agents: [], logged: [], webhook: '' };
  server = await createServer({
    port: 0,
    record: true,
    twilio: { authToken },
    log: logOver((level, event, fields) => void world.logged.push(`${level} ${event} ${JSON.stringify(fields)}`), {}),
    openCall({ agent, clock }) {
      world.agents.push(agent);
      world.ears.push(new ScriptedEar(clock));
      world.dialogs.push(new ScriptedDialog(clock, answer));
      return Promise.resolve({
        dialog: world.dialogs.at(-1)!,
        ear: world.ears.at(-1)!,
        voice: new ScriptedVoice(clock),
        language: 'en',
      });
    },
    onRecord: (record) => void world.records.push(record),
    ...options,
  });
  world.webhook = `${server.url}/twilio/voice`;
  return world;
}

const greeter = (input: Input): Given[] =>
  input.kind === 'open' ? [words('hi', 'Hello there.'), listen()] : [words('ok', 'Thank you.'), listen()];
const place = (
  world: World,
  forge?: Parameters<typeof CarrierCall.place>[0]['forge'],
  query = '',
): Promise<CarrierCall> =>
  CarrierCall.place({ webhook: world.webhook + query, authToken, ...(forge ? { forge } : {}) });
const status = async (call: Promise<CarrierCall>): Promise<number> => {
  try {
    (await call).vanish();
    return 200;
  } catch (error) {
    return error instanceof CarrierRefusal ? error.status : -1;
  }
};

describe('a call over Twilio', () => {
  it('greets the caller, takes keys, and ends when the caller hangs up; every message as documented', async () => {
    const world = await start((input) =>
      input.kind === 'open'
        ? [words('hi', 'Hello there.'), listen({ keys: { min: 2, max: 2, firstMs: 6000, betweenMs: 2000, menu: [] } })]
        : [words('ok', 'Thank you.'), listen()],
    );
    const call = await place(world, undefined, '?agent=acme');
    // 800 ms of words, a mark for each 100.
    await eventually(() => call.marks.length === 8);
    call.key('4');
    call.key('2');
    await eventually(() => world.dialogs[0]!.inputs.some((input) => input.kind === 'keys'));
    const before = call.audibleMs;
    await eventually(() => call.audibleMs > before + 300);
    call.stop();
    await eventually(() => world.records.length === 1);
    expect(world.agents).toEqual(['acme']);
    expect(world.dialogs[0]!.inputs[1]).toMatchObject({ kind: 'keys', digits: '42' });
    expect(world.records[0]).toMatchObject({ transport: 'twilio', ended: 'caller_hung_up' });
    expect(call.problems).toEqual([]);
    expect(call.marks.every(({ by }) => by === 'played')).toBe(true);
    // The numbers of both ends are in no line of the log.
    expect(world.logged.join('\n')).not.toMatch(/353/);
  });

  it('falls silent for the caller as soon as the ear hears speech, and counts only what was played', async () => {
    const world = await start((input) => (input.kind === 'open' ? [words('long', long), listen()] : [listen()]));
    const call = await place(world);
    await eventually(() => call.audibleMs > 1000);
    const onsetMs = call.nowMs;
    const [ear] = world.ears;
    const at = performance.now();
    ear!.gives({ kind: 'speech_started', atMs: at });
    ear!.gives({ kind: 'interim', text: 'something else please', atMs: at + 10 });
    await eventually(() => call.clears.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(call.audibleMs - onsetMs).toBeLessThan(100);
    ear!.gives({ kind: 'speech_ended', atMs: performance.now() });
    ear!.gives({ kind: 'final', text: 'something else please', startMs: at, endMs: performance.now() });
    await eventually(() => world.dialogs[0]!.utterances.length === 1);
    call.stop();
    await eventually(() => world.records.length === 1);
    const share = world.dialogs[0]!.inputs[1]!.heard!.parts[0]!.share;
    const playedMs = call.heard.filter((frame) => frame.some((sample) => Math.abs(sample) > 200)).length * 20;
    const totalMs = Math.round((long.length * 1000) / 15);
    expect(share * totalMs).toBeLessThanOrEqual(playedMs + 20);
    expect(share * totalMs).toBeGreaterThan(playedMs - 600);
    expect(call.marks.some(({ by }) => by === 'cleared')).toBe(true);
    expect(world.records[0]!.counters.fenced_mark).toBeGreaterThan(0);
    // The recording's agent side is silent from then on as well.
    const agent = world.records[0]!.audio!.agent;
    expect(agent.findLastIndex((sample) => sample !== 0) / 8).toBeLessThan(onsetMs + 250);
    expect(call.problems).toEqual([]);
  });

  it('hangs up after the farewell was played', async () => {
    const world = await start((input) =>
      input.kind === 'played'
        ? [{ kind: 'end', hangUp: true }]
        : [words('bye', 'Goodbye now.'), { kind: 'wait', for: 'played' }],
    );
    const call = await place(world);
    await eventually(() => call.closed);
    const playedMs = call.heard.filter((frame) => frame.some((sample) => Math.abs(sample) > 200)).length * 20;
    expect(playedMs).toBe(800);
    expect(world.records[0]!.ended).toBe('completed');
  });

  it('refuses a forged webhook, a forged socket, a made-up token, and a token used twice', async () => {
    const world = await start(greeter);
    expect(await status(place(world, { webhook: 'none' }))).toBe(403);
    expect(await status(place(world, { webhook: 'wrong' }))).toBe(403);
    expect(await status(place(world, { socket: 'none' }))).toBe(403);
    expect(await status(place(world, { socket: 'wrong' }))).toBe(403);
    const forged = await place(world, { token: 'made-up' });
    await eventually(() => forged.closed);
    const good = await place(world);
    await eventually(() => good.audibleMs > 0);
    const twice = await place(world, { token: good.parameters.token! });
    await eventually(() => twice.closed);
    expect(world.dialogs).toHaveLength(1);
    expect(good.closed).toBe(false);
  });

  it('answers busy when it is full, and takes no stream without its webhook', async () => {
    const world = await start(greeter, { limits: { calls: 1 } });
    const first = await place(world);
    await eventually(() => first.audibleMs > 0);
    const refusal = await place(world).catch((error: unknown) => error as CarrierRefusal);
    expect(refusal).toMatchObject({ status: 200, body: expect.stringContaining('<Reject reason="busy"/>') as string });
  });

  it('B72 lives through garbage, a wrong stream, sound that is none, holes in the sound, and a caller who vanishes', async () => {
    const world = await start(greeter);
    const good = await place(world);
    const bad = await place(world);
    await eventually(() => bad.audibleMs > 0 && good.audibleMs > 0);
    bad.raw('garbage');
    bad.raw(Buffer.from([0, 1, 2]));
    bad.raw(JSON.stringify({ event: 'media', streamSid: 'MZother', media: { payload: 'AAAA' } }));
    bad.raw(JSON.stringify({ event: 'media', streamSid: bad.streamSid, media: { payload: 'not base64 at all!' } }));
    bad.raw(
      JSON.stringify({
        event: 'media',
        streamSid: bad.streamSid,
        media: {
          track: 'inbound',
          chunk: '100000',
          timestamp: '10000',
          payload: Buffer.alloc(160, 0xff).toString('base64'),
        },
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    bad.vanish();
    await eventually(() => world.records.length === 1);
    expect(world.records[0]!.counters).toMatchObject({ bad_messages: 3, wrong_stream: 1, inbound_gaps: 1 });
    const large = await place(world);
    await eventually(() => large.audibleMs > 0);
    large.raw('x'.repeat(10 * 1024 * 1024));
    await eventually(() => world.records.length === 2);
    expect(good.closed).toBe(false);
    expect(server!.calls.size).toBe(1);
  });
});
