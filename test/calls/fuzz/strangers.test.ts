/** Wrong signatures, made-up and used tokens, again and again, at every door of a server that the world can reach. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTokens } from '../../../runtime/server/tokens.js';
import { audioSocketFrame, audioSocketKinds } from '../../../runtime/transports/audiosocket.js';
import { signatureOf } from '../../../runtime/transports/twilio-signature.js';
import { eventually } from '../../conformance/line.js';
import { Browser, CallBeside, menu, startReal, type RealServer } from '../real-server.js';
import { rawDoors } from './raw-doors.js';
import { kindsTold, metricOf } from './told.js';

const authToken = '12345678901234567890123456789012';
const tokenSecret = 'a secret of at least thirty-two bytes';
const times = 25;

let server: RealServer;
let beside: CallBeside;
let http: string;
let ws: string;
let audioSocketLine: string;

beforeAll(async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  server = await startReal({
    agents: { menu },
    host: '0.0.0.0',
    keepEvents: false,
    env: {
      PARLEY_VAD: 'energy',
      PARLEY_TOKEN_SECRET: tokenSecret,
      PARLEY_CHAT_KEY: 'the key of the chat',
      TWILIO_AUTH_TOKEN: authToken,
      TELNYX_API_KEY: 'KEY',
      // Nothing listens there.
      TELNYX_API_BASE: 'http://127.0.0.1:9',
      TELNYX_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64'),
      PLIVO_AUTH_TOKEN: authToken,
      VONAGE_SIGNATURE_SECRET: 'what Vonage signs with',
      JAMBONZ_SECRET: 'what jambonz knows',
      AUDIOSOCKET_PORT: '0',
      AUDIOSOCKET_SECRET: 'what the dialplan knows',
    },
  });
  audioSocketLine = server.lines.find((line) => line.includes('"audiosocket"'))!;
  http = `http://127.0.0.1:${String(server.started.server.port)}`;
  ws = http.replace('http', 'ws');
  beside = await CallBeside.open(`${ws}/call?token=${await server.started.server.issueToken()}`);
});
afterAll(async () => {
  await server.close();
});
beforeEach(() => {
  server.lines.length = 0;
});

const refusals = async (reason: string): Promise<number> => {
  const authorization = `Bearer ${tokenSecret}`;
  const page = await (await fetch(`${http}/metrics`, { headers: { authorization } })).text();
  return metricOf(page, 'voice_calls_refused_total', { reason });
};

/** Each kind once, whatever it was done with. */
const linesOf = (reason: string): string[] => server.lines.filter((line) => line.includes(`"reason":"${reason}"`));

describe('a request of somebody else', () => {
  const json = 'application/json';
  const form = 'application/x-www-form-urlencoded';
  const wrong: { path: string; reason: string; type: string; headers?: Record<string, string> }[] = [
    { path: '/twilio/voice', reason: 'twilio signature wrong', type: form, headers: { 'x-twilio-signature': 'AAAA' } },
    { path: '/twilio/status', reason: 'twilio signature wrong', type: form },
    { path: '/twilio/relay', reason: 'twilio signature wrong', type: form },
    { path: '/telnyx/voice', reason: 'telnyx signature wrong', type: json, headers: { 'telnyx-signature-ed25519': 'AA==', 'telnyx-timestamp': '1' } }, // prettier-ignore
    { path: '/plivo/voice', reason: 'plivo signature wrong', type: form, headers: { 'x-plivo-signature-v3': 'AAAA', 'x-plivo-signature-v3-nonce': '1' } }, // prettier-ignore
    {
      path: '/vonage/answer',
      reason: 'vonage signature wrong',
      type: json,
      headers: { authorization: 'Bearer a.b.c' },
    },
    { path: '/jambonz/call', reason: 'jambonz secret wrong', type: json, headers: { authorization: 'Basic YTpi' } },
    { path: '/audiosocket/call', reason: 'audiosocket secret wrong', type: form },
    { path: '/webrtc/offer', reason: 'no valid token', type: 'application/sdp' },
    { path: '/v1/chat/completions', reason: 'invalid api key', type: json, headers: { authorization: 'Bearer no' } },
    { path: '/calls', reason: 'token secret wrong', type: json, headers: { authorization: 'Bearer no' } },
    { path: '/token', reason: 'token secret wrong', type: json },
  ];

  it.each(wrong)(
    'at $path is refused each time, counted each time, told once',
    async ({ path, reason, type, headers }) => {
      const before = await refusals(reason);
      server.lines.length = 0;
      for (let i = 0; i < times; i++) {
        const answer = await fetch(http + path, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': type, ...headers },
        });
        expect([401, 403]).toContain(answer.status);
        await answer.text();
      }
      expect(await refusals(reason)).toBe(before + times);
      // A kind that was told within the minute is not told again.
      expect(linesOf(reason).length).toBeLessThanOrEqual(1);
      expect(kindsTold(server.lines).errors).toEqual([]);
      await beside.isUndisturbed();
    },
  );

  it.each([
    ['/call', 'no valid token'],
    ['/call?token=made.up.one', 'no valid token'],
    ['/call?resume=made.up.one', 'no valid resume token'],
    ['/twilio/media', 'twilio signature wrong'],
    ['/twilio/relay/socket', 'twilio signature wrong'],
    ['/plivo/media?token=made.up.one', 'stream token wrong'],
    ['/vonage/media?token=made.up.one', 'stream token wrong'],
    ['/jambonz/media?token=made.up.one', 'stream token wrong'],
    ['/jambonz/media', 'jambonz secret wrong'],
    ['/nowhere', 'unknown path'],
  ])('for a socket at %s gets none', async (path, reason) => {
    const before = await refusals(reason);
    for (let i = 0; i < times; i++) expect([401, 403, 404]).toContain(await Browser.refused(ws + path));
    expect(await refusals(reason)).toBe(before + times);
    expect(linesOf(reason).length).toBeLessThanOrEqual(1);
    await beside.isUndisturbed();
  });
});

/** Where a door's start names its call, and where it has the token. */
const streams: Record<
  string,
  { subject: string; where: 'query' | 'customParameters' | 'custom_parameters' | 'setup' }
> = {
  twilio: { subject: 'CA1', where: 'customParameters' },
  telnyx: { subject: 'v3:1', where: 'custom_parameters' },
  plivo: { subject: 'P1', where: 'query' },
  vonage: { subject: 'V1', where: 'query' },
  jambonz: { subject: 'J1', where: 'query' },
  'twilio-relay': { subject: 'CA2', where: 'setup' },
};
const paths: Record<string, string> = { 'twilio-relay': '/twilio/relay/socket' };

describe.each(Object.entries(streams))('a stream of %s', (transport, { subject, where }) => {
  const door = rawDoors.find((one) => one.transport === transport)!;

  async function open(token: string): Promise<WebSocket> {
    const url = ws + (paths[transport] ?? `/${transport}/media`);
    const headers = transport.startsWith('twilio') ? { 'x-twilio-signature': signatureOf(authToken, url) } : {};
    const socket = new WebSocket(where === 'query' ? `${url}?token=${token}` : url, {
      headers,
      perMessageDeflate: false,
    });
    socket.on('error', () => {});
    await once(socket, 'open');
    for (const one of structuredClone(door.start) as Record<string, Record<string, unknown>>[]) {
      if (where === 'setup') one.customParameters = { token };
      else if (where !== 'query' && one.start) one.start[where] = { token };
      socket.send(JSON.stringify(one));
    }
    return socket;
  }
  const closed = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

  it('opens once: who comes with its token again, or with that of another call, is sent away, and the call goes on', async () => {
    const { issue } = createTokens(tokenSecret);
    const token = await issue('stream', { seconds: 60, subject });
    const calls = server.started.server.calls;
    const first = await open(token);
    await eventually(() => calls.size === 2);
    for (let i = 0; i < 3; i++) expect(await closed(await open(token))).toBe(1008);
    expect(await closed(await open(await issue('stream', { seconds: 60, subject: 'another' })))).toBe(1008);
    expect(first.readyState).toBe(WebSocket.OPEN);
    expect(calls.size).toBe(2);
    expect(linesOf('stream token wrong').length + linesOf('relay token wrong').length).toBeLessThanOrEqual(1);
    expect(server.lines.join('\n')).not.toContain(token);
    first.terminate();
    await eventually(() => calls.size === 1);
    await beside.isUndisturbed();
  });
});

describe('sockets that say nothing', () => {
  it('of strangers take no call’s place, and beyond some hundreds the one that waited longest goes', async () => {
    const limit = 200;
    const waiting: WebSocket[] = [];
    for (let i = 0; i < limit + 20; i++) {
      const socket = new WebSocket(`${ws}/telnyx/media`, { perMessageDeflate: false });
      socket.on('error', () => {});
      await once(socket, 'open');
      waiting.push(socket);
    }
    await eventually(() => waiting.slice(0, 20).every(({ readyState }) => readyState === WebSocket.CLOSED));
    expect(waiting.at(-1)!.readyState).toBe(WebSocket.OPEN);
    expect((await fetch(`${http}/ready`)).status).toBe(200);
    await beside.isUndisturbed();
    for (const socket of waiting) socket.terminate();
  });

  it('at the port of AudioSocket with a UUID of their own are hung up on, each counted', async () => {
    const before = await refusals('audiosocket uuid unknown');
    const { port } = JSON.parse(audioSocketLine) as { port: number };
    for (let i = 0; i < times; i++) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.write(audioSocketFrame(audioSocketKinds.uuid, Buffer.alloc(16, i)));
      socket.resume();
      await once(socket, 'close');
    }
    expect(await refusals('audiosocket uuid unknown')).toBe(before + times);
    expect(linesOf('audiosocket uuid unknown')).toHaveLength(1);
  });
});
