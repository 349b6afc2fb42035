/** Whole calls by Vonage with the embedded speech, against a twin that checks what it is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { isSilent } from '../loopback/telephone.js';
import { VonageTwin } from '../loopback/vonage.js';
import { callsServer, type CallsServer } from './telephone-calls.js';

const from = '353861234567';

describe('a call by Vonage', () => {
  let twin: VonageTwin;
  let server: CallsServer;
  const http = (): string => server.real.started.server.url;
  const isOver = (): Promise<void> => eventually(() => server.real.records.length === 1, 10_000);

  beforeAll(async () => {
    twin = await VonageTwin.start();
    server = await callsServer({
      env: {
        VONAGE_SIGNATURE_SECRET: twin.signatureSecret,
        VONAGE_APPLICATION_ID: twin.applicationId,
        VONAGE_PRIVATE_KEY: twin.privateKey.replaceAll('\n', '\\n'),
        VONAGE_API_BASE: twin.apiBase,
      },
    });
  });
  beforeEach(() => server.fresh());
  afterAll(async () => {
    await server.close();
    await twin.close();
  });

  it('is connected to our socket, takes keys, understands sound in odd pieces, and is hung up over REST', async () => {
    const { call, status } = await twin.ring(http(), { from });
    expect(status).toBe(200);
    call.pieceBytes = 1000;
    await server.upTo(call.telephone, '12', (digit) => call.key(digit));
    await server.say(call.telephone, 'no');
    await server.words.said('Goodbye then.', 10_000);
    await isOver();
    expect(server.real.records[0]).toMatchObject({ transport: 'vonage', ended: 'completed' });
    expect(call.telephone.marks.length).toBeGreaterThan(5);
    await eventually(() => call.ended);
    expect(twin.commands.filter((one) => one.call === call.id).map(({ body }) => body.action)).toEqual(['hangup']);
    expect(twin.problems).toEqual([]);
    expect(server.real.lines.join('\n')).not.toContain(from);
  }, 60_000);

  it('is handed over with the ring time and the longest talk; when the person hangs up the caller is back in a socket', async () => {
    const { call } = await twin.ring(http(), { from });
    await server.upTo(call.telephone, '13', (digit) => call.key(digit));
    await server.say(call.telephone, 'yes please');
    await eventually(() => twin.commands.some((one) => one.call === call.id), 10_000);
    await eventually(() => call.ncco.includes('"notify"'));
    const [connect] = JSON.parse(call.ncco) as [Record<string, unknown>];
    expect(connect).toMatchObject({
      action: 'connect', from: '35315550000', timeout: 20, limit: 600,
      endpoint: [{ type: 'phone', number: '35315550199' }],
    }); // prettier-ignore
    await call.answered();
    await call.legTold('completed', { duration: '95' });
    await server.words.said('Goodbye then.');
    await isOver();
    await eventually(() => call.ended);
    expect(twin.commands.filter((one) => one.call === call.id).map(({ body }) => body.action)).toEqual(['transfer', 'hangup']); // prettier-ignore
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it('comes to its end when notices are lost, or come late; a key that cuts in silences it at once', async () => {
    for (const faults of [{}, { losesMarks: true }, { lateMarksMs: 700 }]) {
      server.fresh();
      const { call } = await twin.ring(http(), { from, agent: 'talker' });
      call.telephone.faults = faults;
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      call.raw('no JSON {');
      call.raw('{"event":"who knows"}');
      call.raw(Buffer.from([1, 2, 3]));
      call.key('1');
      await isOver();
      expect(call.telephone.clears).toBe(1);
      expect(server.real.records[0]).toMatchObject({
        ended: 'completed',
        counters: { bad_messages: 1, unknown_messages: 1, bad_media: 1 },
      });
    }
    expect(twin.problems).toEqual([]);
  }, 60_000);

  for (const how of ['closed', 'half open'] as const)
    it(`ends when the caller hangs up in the middle of a word and the socket is ${how}`, async () => {
      const { call } = await twin.ring(http(), { from });
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      await call.hangUp(how);
      await isOver();
      expect(server.real.records[0]!.ended).toBe('caller_hung_up');
    }, 30_000);

  it('is not begun by who cannot sign, changes the body, or plays an old webhook again, nor by a guessed token', async () => {
    for (const forge of ['none', 'wrong', 'changed', 'old'] as const)
      expect((await twin.ring(http(), { from, forge })).status).toBe(403);
    await expect(twin.ring(http(), { from, token: 'guessed' })).rejects.toThrow('401');
    expect(server.real.records).toEqual([]);
    expect(server.real.lines.some((line) => line.includes('stream token wrong'))).toBe(true);
  }, 30_000);
});
