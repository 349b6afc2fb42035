/** Whole calls by Plivo with the embedded speech, against a twin that checks what it is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { PlivoTwin, type PlivoTwinCall } from '../loopback/plivo.js';
import { isSilent } from '../loopback/telephone.js';
import { callsServer, type CallsServer } from './telephone-calls.js';

const number = '353861234567';

describe('a call by Plivo', () => {
  let twin: PlivoTwin;
  let server: CallsServer;
  const webhook = (agent = 'desk'): string => `${server.real.started.server.url}/plivo/voice?agent=${agent}`;
  const methods = (call: PlivoTwinCall): string[] =>
    twin.commands.filter((one) => one.call === call.id).map(({ method }) => method);
  const upTo = async (floor: string, faults: PlivoTwinCall['faults'] = {}): Promise<PlivoTwinCall> => {
    const { call, status } = await twin.ring(webhook(), { from: number });
    expect(status).toBe(200);
    call.faults = faults;
    await server.upTo(call.telephone, floor, (digit) => call.key(digit));
    return call;
  };
  const isOver = (): Promise<void> => eventually(() => server.real.records.length === 1, 10_000);

  beforeAll(async () => {
    twin = await PlivoTwin.start();
    const { authId, authToken, apiBase } = twin;
    server = await callsServer({
      env: { PLIVO_AUTH_ID: authId, PLIVO_AUTH_TOKEN: authToken, PLIVO_API_BASE: apiBase },
    });
  });
  beforeEach(() => server.fresh());
  afterAll(async () => {
    await server.close();
    await twin.close();
  });

  it('is answered with a stream both ways, takes keys, and understands sound that comes twice and out of order', async () => {
    const call = await upTo('12', { order: [1, 0, 3, 2], twice: true });
    await server.say(call.telephone, 'no');
    await server.words.said('Goodbye then.', 10_000);
    await isOver();
    const [record] = server.real.records;
    expect(record).toMatchObject({ transport: 'plivo', ended: 'completed' });
    expect(record!.counters.repeated_media).toBeGreaterThan(10);
    expect(call.telephone.marks.length).toBeGreaterThan(5);
    await eventually(() => methods(call).includes('DELETE'));
    expect(call.ended).toBe(true);
    expect(twin.problems).toEqual([]);
    expect(server.real.lines.join('\n')).not.toContain(number);
  }, 60_000);

  it('is handed over; when the person hangs up the caller is back in a stream and hears how the flow goes on', async () => {
    const call = await upTo('13');
    await server.say(call.telephone, 'yes please');
    await eventually(() => call.xml.includes('<Dial'), 10_000);
    expect(call.xml).toContain('timeout="20" timeLimit="600"><Number>35315550199</Number>');
    expect(call.isStreaming).toBe(false);
    await call.answered();
    await call.dialled('completed');
    await server.words.said('Goodbye then.');
    await isOver();
    expect(server.real.records[0]!.ended).toBe('completed');
    expect(twin.problems).toEqual([]);
  }, 60_000);

  for (const [status, text] of [
    ['busy', 'They are busy.'],
    ['no-answer', 'Nobody picks up.'],
  ] as const)
    it(`hears that the other side did not take it (${status}), and goes on`, async () => {
      const call = await upTo('14');
      await server.say(call.telephone, 'yes please');
      await eventually(() => call.xml.includes('<Dial'), 10_000);
      await call.dialled(status);
      await server.words.said(text);
      await isOver();
      expect(twin.problems).toEqual([]);
    }, 60_000);

  it('is left to the person where the flow has nothing more to say, and not hung up', async () => {
    const { call } = await twin.ring(webhook('leave'), { from: number });
    await eventually(() => call.xml.includes('<Dial'), 10_000);
    await call.answered();
    await isOver();
    expect(methods(call)).toEqual(['POST']);
  }, 60_000);

  it('goes on when the REST interface refuses the transfer', async () => {
    const call = await upTo('15');
    twin.fails = 500;
    try {
      await server.say(call.telephone, 'yes please');
      await eventually(() => server.real.lines.some((line) => line.includes('transfer failed')), 10_000);
    } finally {
      twin.fails = undefined;
    }
    await server.words.said('That did not work.', 10_000);
    await isOver();
  }, 60_000);

  it('comes to its end when checkpoints are lost, or come late', async () => {
    for (const faults of [{ losesMarks: true }, { lateMarksMs: 700 }]) {
      server.fresh();
      const { call } = await twin.ring(webhook('talker'), { from: number });
      call.telephone.faults = faults;
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      call.key('1');
      await server.words.said('Goodbye then.');
      await isOver();
      expect(server.real.records[0]!.ended).toBe('completed');
    }
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it('falls silent at once when it is cut off by a key, though checkpoints then never come', async () => {
    const { call } = await twin.ring(webhook('talker'), { from: number });
    await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
    call.key('1');
    await eventually(() => call.telephone.clears === 1);
    await isOver();
    expect(twin.problems).toEqual([]);
  }, 30_000);

  for (const how of ['closed', 'half open'] as const)
    it(`ends when the caller hangs up in the middle of a word and the socket is ${how}`, async () => {
      const { call } = await twin.ring(webhook(), { from: number });
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      await call.hangUp(how);
      await isOver();
      expect(server.real.records[0]!.ended).toBe('caller_hung_up');
    }, 30_000);

  it('is not begun by who cannot sign, nor by a stream whose token is of another call, or none', async () => {
    for (const forge of ['none', 'wrong', 'changed'] as const)
      expect((await twin.ring(webhook(), { from: number, forge })).status).toBe(403);
    await expect(twin.ring(webhook(), { from: number, token: 'guessed' })).rejects.toThrow('401');
    const other = await twin.ring(webhook(), { from: number });
    const token = new URL(/>(ws.*)<\/Stream>/.exec(other.call.xml)![1]!.replaceAll('&amp;', '&')).searchParams.get(
      'token',
    )!;
    const replayed = await twin.ring(webhook(), { from: number, token });
    await eventually(() => replayed.call.ended);
    await other.call.hangUp();
    await isOver();
    expect(server.real.lines.filter((line) => line.includes('stream token wrong')).length).toBe(1);
  }, 30_000);
});
