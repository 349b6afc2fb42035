/** Whole calls from an Asterisk by AudioSocket with the embedded speech, against a twin that checks every frame. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { AsteriskCall, type AsteriskOptions } from '../loopback/asterisk.js';
import { isSilent } from '../loopback/telephone.js';
import { startReal } from './real-server.js';
import { callsServer, type CallsServer } from './telephone-calls.js';

const secret = 'what the dialplan knows';

describe('a call by AudioSocket', () => {
  let server: CallsServer;
  let options: AsteriskOptions;
  const isOver = (): Promise<void> => eventually(() => server.real.records.length === 1, 10_000);

  beforeAll(async () => {
    server = await callsServer({ env: { AUDIOSOCKET_PORT: '0', AUDIOSOCKET_SECRET: secret } });
    const line = server.real.lines.find((one) => one.includes('"audiosocket"'))!;
    const { port } = JSON.parse(line) as { port: number };
    options = { http: server.real.started.server.url, port, secret, from: '+353861234567', agent: 'desk' };
  });
  beforeEach(() => server.fresh());
  afterAll(() => server.close());

  it('takes keys, understands sound in torn frames, is spoken to in time, and is hung up with a frame', async () => {
    const call = await AsteriskCall.place({ ...options, pieceBytes: 7 });
    await server.upTo(call.telephone, '12', (digit) => call.key(digit));
    await server.say(call.telephone, 'no');
    await server.words.said('Goodbye then.', 10_000);
    await isOver();
    expect(server.real.records[0]).toMatchObject({
      transport: 'audiosocket',
      ended: 'completed',
    });
    await eventually(() => call.hungUp && call.closed);
    expect(call.problems).toEqual([]);
    expect(server.real.lines.join('\n')).not.toContain('353861234567');
  }, 60_000);

  it('falls silent within the pace of a frame when a key cuts in, since nothing was sent ahead', async () => {
    const call = await AsteriskCall.place({ ...options, scheme: 'Basic', agent: 'talker' });
    await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
    call.key('1');
    await isOver();
    expect(server.real.records[0]!.ended).toBe('completed');
    expect(call.problems).toEqual([]);
  }, 30_000);

  for (const how of ['hangUp', 'vanish'] as const)
    it(`ends when the caller goes in the middle of a word (${how})`, async () => {
      const call = await AsteriskCall.place(options);
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      call[how]();
      await isOver();
      expect(server.real.records[0]!.ended).toBe('caller_hung_up');
    }, 30_000);

  it('is told that it cannot be handed over, and goes on', async () => {
    const call = await AsteriskCall.place(options);
    await server.upTo(call.telephone, '13', (digit) => call.key(digit));
    await server.say(call.telephone, 'yes please');
    await server.words.said('That did not work.', 10_000);
    await isOver();
  }, 60_000);

  it('lets nobody in without the secret, with a UUID of their own, or with one that was used', async () => {
    expect((await AsteriskCall.ask({ ...options, secret: 'guessed' })).status).toBe(401);
    const stranger = await AsteriskCall.place({ ...options, uuid: randomUUID() });
    await eventually(() => stranger.closed);
    const call = await AsteriskCall.place(options);
    const again = await AsteriskCall.place({ ...options, uuid: call.uuid });
    await eventually(() => again.closed);
    expect(call.closed).toBe(false);
    call.hangUp();
    await isOver();
    const metrics = await (await fetch(`${options.http}/metrics`)).text();
    expect(metrics).toContain('voice_calls_refused_total{reason="audiosocket uuid unknown"} 2');
    expect(server.real.lines.filter((line) => line.includes('audiosocket uuid unknown'))).toHaveLength(1);
  }, 30_000);

  it('has no door without a secret, and says what to do', async () => {
    const flow = 'flow: one\nstates: { a: { say: Hello., hang_up: true } }\n';
    await expect(startReal({ agents: { one: flow }, env: { AUDIOSOCKET_PORT: '0' } })).rejects.toThrow(
      /AUDIOSOCKET_SECRET/,
    );
    await expect(startReal({ agents: { one: flow }, env: { AUDIOSOCKET_PORT: 'nine' } })).rejects.toThrow(
      /AUDIOSOCKET_PORT takes a port/,
    );
  });
});
