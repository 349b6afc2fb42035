/** Whole calls over WebRTC: a real server, and a caller with ICE, DTLS and RTP of their own. */
import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCaller, joined, silence } from '../fixtures/speech.js';
import { RtcCaller, type RtcCallerOptions } from '../loopback/rtc-caller.js';
import { startReal, type RealServer } from './real-server.js';

const shop = `
flow: shop
no_input_after: 120s
states:
  greet: { say: Hello. Would you like to hear a story?, transitions: [{ intent: yes, to: tell }, { key: "1", to: tell }, { intent: no, to: bye }] }
  tell:
    say: Once upon a time there was a king who had three sons and a very large garden with a golden apple tree in the middle of it, and every night one of the apples was stolen.
    transitions: [{ intent: no, to: bye }, { key: "2", to: bye }]
  bye: { say: Goodbye then., hang_up: true }
`;

describe('a call over WebRTC', () => {
  let server: RealServer;
  const voice = createCaller();
  const callers: RtcCaller[] = [];
  beforeAll(async () => {
    server = await startReal({ agents: { shop } });
  });
  afterEach(async () => {
    for (const caller of callers.splice(0)) await caller.vanish();
  });
  afterAll(async () => {
    voice.close();
    await server.close();
  });

  const post = (body: string, headers: Record<string, string> = {}, path = '/webrtc/offer'): Promise<Response> =>
    fetch(`${server.started.server.url}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/sdp', ...headers },
    });

  async function dial(options?: RtcCallerOptions): Promise<{ caller: RtcCaller; address: string }> {
    const caller = new RtcCaller(options);
    callers.push(caller);
    const response = await post(await caller.offer());
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toContain('application/sdp');
    await caller.answered(await response.text());
    return { caller, address: response.headers.get('location')! };
  }
  const audio = (caller: RtcCaller) => caller.got.flatMap((one) => (one.kind === 'audio' ? [one] : []));
  const isLoud = ({ samples }: { samples: Int16Array }): boolean => samples.some((sample) => Math.abs(sample) > 500);
  /** Of this caller; of the only one whose call is over, where it has no data channel to know its name from. */
  const recordOf = async ({ id = server.records.at(-1)?.id }: RtcCaller) => {
    await expect.poll(() => server.records.some((one) => one.id === id), { timeout: 10_000 }).toBe(true);
    return server.records.find((one) => one.id === id)!;
  };

  it('greets, hears what is said, answers, stops when it is cut into, and hangs up', async () => {
    const { caller } = await dial();
    await caller.until(() => caller.said.some((text) => text.includes('a story')));
    await caller.until(() => audio(caller).some(isLoud));
    // The greeting plays out while the caller's line is quiet.
    await caller.say(silence(3500));
    await caller.say(joined([await voice.say('yes please'), silence(1800)]));
    await caller.until(() => caller.said.some((text) => text.startsWith('Once upon')));
    await caller.say(silence(1500));
    const before = audio(caller).filter(isLoud).length;
    expect(before).toBeGreaterThan(50);
    await caller.say(joined([await voice.say('no thank you'), silence(2000)]));
    await caller.until(() => caller.got.some((one) => one.kind === 'message' && one.message.type === 'interrupted'));
    await caller.until(() => caller.said.some((text) => text.includes('Goodbye')));
    await caller.until(() => caller.isClosed, 15_000);
    const record = await recordOf(caller);
    expect(record.ended).toBe('completed');
    expect(record.interruptions).toHaveLength(1);
    // Nothing but what was on its way is heard between being cut into and the next words.
    const at = (test: (message: Record<string, unknown>) => boolean): number =>
      caller.got.findIndex((one) => one.kind === 'message' && test(one.message));
    const between = caller.got.slice(
      at(({ type }) => type === 'interrupted'),
      at(({ text }) => String(text).includes('Goodbye')),
    );
    expect(between.filter((one) => one.kind === 'audio' && isLoud(one)).length).toBeLessThanOrEqual(2);
  }, 60_000);

  it('sends sound 20 ms by 20 ms, with numbers and time stamps that go on', async () => {
    const { caller } = await dial();
    await caller.until(() => audio(caller).filter(isLoud).length > 60);
    const packets = audio(caller);
    for (const [index, packet] of packets.slice(1).entries()) {
      const before = packets[index]!;
      expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
      expect(packet.samples).toHaveLength(160);
      const step = (packet.timestamp - before.timestamp) >>> 0;
      expect(step).toBeGreaterThanOrEqual(160);
    }
    // Not in a heap: sixty packets are more than a second of speech.
    expect(packets.at(-1)!.atMs - packets[0]!.atMs).toBeGreaterThan(900);
  }, 30_000);

  it('takes keys out of the sound, and is not confused by packets that come late, twice, mixed up or never', async () => {
    const { caller } = await dial();
    await caller.until(() => caller.said.some((text) => text.includes('a story')));
    // Four packets at a time: two are swapped and one comes twice; now and then one is lost.
    const mixedUp = async (words: Int16Array): Promise<void> => {
      for (let at = 0, round = 0; at + 640 <= words.length; at += 640, round++) {
        caller.speak(words.subarray(at, at + 640), round % 6 === 5 ? [0, 2, 3] : [0, 2, 1, 1, 3]);
        await new Promise((resolve) => setTimeout(resolve, 75));
      }
    };
    await caller.say(silence(3000));
    const isTold = (): boolean => caller.said.some((text) => text.startsWith('Once upon'));
    // Who was not understood says it again, as people do.
    for (let tries = 0; tries < 4 && !isTold(); tries++) {
      await mixedUp(joined([await voice.say('yes please'), silence(1500)]));
      await caller.until(isTold, 3000).catch(() => undefined);
    }
    expect(isTold()).toBe(true);
    caller.press('2');
    await caller.until(() => caller.isClosed, 15_000);
    const record = await recordOf(caller);
    expect(record.ended).toBe('completed');
    expect(record.counters.inbound_gaps).toBeGreaterThan(0);
    expect(record.counters.late_packets).toBeGreaterThan(0);
  }, 60_000);

  it('needs no data channel: what was heard follows from when it was sent', async () => {
    const { caller, address } = await dial({ channel: false });
    await caller.until(() => audio(caller).filter(isLoud).length > 50);
    caller.press('1');
    await caller.until(() => audio(caller).filter(isLoud).length > 150, 20_000);
    const before = server.records.length;
    const response = await fetch(`${server.started.server.url}${address}`, { method: 'DELETE' });
    expect(response.status).toBe(200);
    await expect.poll(() => server.records.length, { timeout: 10_000 }).toBe(before + 1);
    const record = await recordOf(caller);
    expect(record.ended).toBe('caller_hung_up');
    expect(record.counters.estimated_marks).toBeGreaterThan(5);
  }, 60_000);

  it('is over when the caller hangs up, by message or by DELETE, and its address is then nobody’s', async () => {
    const { caller, address } = await dial();
    await caller.until(() => caller.said.length > 0);
    caller.send({ type: 'hang_up' });
    expect((await recordOf(caller)).ended).toBe('caller_hung_up');
    const again = await fetch(`${server.started.server.url}${address}`, { method: 'DELETE' });
    expect(again.status).toBe(404);
  }, 30_000);

  it('is hung up when the caller’s machine is gone without a word', async () => {
    const { caller } = await dial();
    await caller.until(() => caller.said.length > 0);
    await caller.vanish();
    await expect.poll(() => server.records.some(({ id }) => id === caller.id), { timeout: 15_000 }).toBe(true);
    expect((await recordOf(caller)).ended).toBe('connection_lost');
  }, 30_000);

  it('is undisturbed by whatever strangers send to its port', async () => {
    const { caller } = await dial();
    await caller.until(() => caller.said.length > 0);
    const offered = new RtcCaller();
    callers.push(offered);
    const answer = await (await post(await offered.offer())).text();
    const port = Number(/ 127\.0\.0\.1 (\d+) typ host/.exec(answer)![1]);
    const stranger = createSocket('udp4');
    const user = `${/a=ice-ufrag:(\S+)/.exec(answer)![1]!}:x`.padEnd(8, 'y');
    const claim = Buffer.concat([Buffer.from('000100102112a442000102030405060708090a0b00060008', 'hex'), Buffer.from(user.slice(0, 8)), Buffer.from('00250000', 'hex')]); // prettier-ignore
    for (const bytes of [
      Buffer.from('000100002112a442000102030405060708090a0b', 'hex'),
      Buffer.from('000100042112a442000102030405060708090a0b00060000', 'hex'),
      Buffer.from('16fefd0000000000000000000501', 'hex'),
      Buffer.from('8000', 'hex'),
      Buffer.alloc(1, 0),
      Buffer.alloc(40_000, 0x80),
      claim,
    ])
      for (let i = 0; i < 20; i++) stranger.send(bytes, port, '127.0.0.1');
    const before = audio(caller).length;
    await caller.until(() => audio(caller).length > before + 30);
    await offered.answered(answer);
    await offered.until(() => offered.said.some((text) => text.includes('a story')));
    stranger.close();
  }, 30_000);

  it.each([
    ['what is no offer', 'hello', {}, '/webrtc/offer', 400, /no SDP/],
    ['another type', 'v=0', { 'content-type': 'text/plain' }, '/webrtc/offer', 415, /application\/sdp/],
    ['an agent that is not there', 'v=0', {}, '/webrtc/offer?agent=nobody', 404, /no agent/],
    ['a page of somebody else', 'v=0', { origin: 'https://evil.example' }, '/webrtc/offer', 403, /foreign origin/],
  ])('refuses %s with a reason', async (_, body, headers, path, status, reason) => {
    const response = await post(body, headers, path);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toMatch(reason);
  });
});

describe('the door for WebRTC where the world comes in', () => {
  it('asks for the token that /call asks for, and for rates', async () => {
    const server = await startReal({
      agents: { shop },
      host: '0.0.0.0',
      env: { PARLEY_TOKEN_SECRET: 'x'.repeat(32), TWILIO_AUTH_TOKEN: 'abc' },
      limits: { callsPerMinutePerAddress: 1 },
    });
    const caller = new RtcCaller();
    try {
      const body = await caller.offer();
      const url = `http://127.0.0.1:${String(server.started.server.port)}/webrtc/offer`;
      const post = (path: string, headers: Record<string, string> = {}) =>
        fetch(path, { method: 'POST', body, headers: { 'content-type': 'application/sdp', ...headers } });
      expect((await post(url)).status).toBe(401);
      const token = await server.started.server.issueToken();
      expect((await post(url, { authorization: `Bearer ${token}` })).status).toBe(201);
      expect((await post(`${url}?token=${token}`)).status).toBe(429);
    } finally {
      await caller.vanish();
      await server.close();
    }
  }, 30_000);
});
