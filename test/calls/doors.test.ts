/** Who may come in: tokens, signatures, origins and limits, on a server that others than this machine can reach. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTokens } from '../../runtime/server/tokens.js';
import { signatureOf } from '../../runtime/transports/twilio-signature.js';
import { eventually } from '../conformance/line.js';
import { CarrierCall, CarrierRefusal } from '../loopback/carrier.js';
import { Browser, CallBeside, menu, startReal, type RealServer } from './real-server.js';

const authToken = '12345678901234567890123456789012';
const tokenSecret = 'a secret of at least thirty-two bytes';

describe('a server that others can reach', () => {
  let server: RealServer;
  let beside: CallBeside;
  let http: string;
  /** Bound to every address, called by this one. */
  let callUrl: string;

  beforeAll(async () => {
    server = await startReal({
      agents: { menu },
      host: '0.0.0.0',
      env: { PARLEY_VAD: 'energy', TWILIO_AUTH_TOKEN: authToken, PARLEY_TOKEN_SECRET: tokenSecret },
    });
    http = `http://127.0.0.1:${String(server.started.server.port)}`;
    callUrl = `${http.replace('http', 'ws')}/call`;
    beside = await CallBeside.open(`${callUrl}?token=${await server.started.server.issueToken()}`);
  });
  afterAll(async () => {
    await server.close();
  });

  const place = (forge?: Parameters<typeof CarrierCall.place>[0]['forge']): Promise<CarrierCall> =>
    CarrierCall.place({ webhook: `${http}/twilio/voice`, authToken, ...(forge ? { forge } : {}) });
  const statusOf = (call: Promise<CarrierCall>): Promise<number> =>
    call.then(
      (placed) => (placed.vanish(), 200),
      (error: unknown) => (error instanceof CarrierRefusal ? error.status : -1),
    );

  /** A media socket with a right signature that begins as it is told. Resolves with the code of its close. */
  async function stream(start: unknown): Promise<number> {
    const url = `${http.replace('http', 'ws')}/twilio/media`;
    const socket = new WebSocket(url, { headers: { 'x-twilio-signature': signatureOf(authToken, url) } });
    socket.on('error', () => {});
    await once(socket, 'open');
    socket.send(JSON.stringify({ event: 'connected' }));
    socket.send(JSON.stringify(start));
    const [code] = (await once(socket, 'close')) as [number];
    return code;
  }
  const startOf = (token: unknown, callSid: unknown = 'CA1', format: unknown = 8000) => ({
    event: 'start',
    streamSid: 'MZ1',
    start: {
      callSid,
      streamSid: 'MZ1',
      customParameters: { token },
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: format, channels: 1 },
    },
  });

  it('takes no browser without a token, with an old one, with one for another door, or from another page', async () => {
    const issue = createTokens(tokenSecret);
    expect(await Browser.refused(callUrl)).toBe(401);
    expect(await Browser.refused(`${callUrl}?token=`)).toBe(401);
    expect(await Browser.refused(`${callUrl}?token=${'x'.repeat(5000)}`)).toBe(401);
    expect(await Browser.refused(`${callUrl}?token=${await issue.issue('call', { seconds: -1 })}`)).toBe(401);
    expect(await Browser.refused(`${callUrl}?token=${await issue.issue('stream', { seconds: 60 })}`)).toBe(401);
    const other = createTokens('another secret of thirty-two bytes');
    expect(await Browser.refused(`${callUrl}?token=${await other.issue('call', { seconds: 60 })}`)).toBe(401);
    // A token that says of itself that it is not signed.
    const claims = { aud: 'parley:call', jti: 'x', exp: 4_000_000_000 };
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
    expect(await Browser.refused(`${callUrl}?token=${unsigned}`)).toBe(401);
    const good = `${callUrl}?token=${await issue.issue('call', { seconds: 60 })}`;
    expect(await Browser.refused(good, { origin: 'https://evil.example' })).toBe(403);
    expect(await Browser.refused(good, { origin: 'null' })).toBe(403);
    expect(await Browser.refused(good, { origin: http })).toBe(101);
    await beside.isUndisturbed();
  });

  it('takes no carrier whose signature is missing or wrong, at the webhook and at the socket', async () => {
    for (const kind of ['none', 'wrong'] as const) {
      expect(await statusOf(place({ webhook: kind }))).toBe(403);
      expect(await statusOf(place({ socket: kind }))).toBe(403);
    }
    const bare = await fetch(`${http}/twilio/voice`, { method: 'POST' });
    expect(bare.status).toBe(403);
    await beside.isUndisturbed();
  });

  it('opens a stream once, for the call it was made for, and for a minute', async () => {
    const issue = createTokens(tokenSecret);
    const old = await issue.issue('stream', { seconds: -1, subject: 'CA1' });
    const browsers = await issue.issue('call', { seconds: 60, subject: 'CA1' });
    const others = await issue.issue('stream', { seconds: 60, subject: 'CA2' });
    for (const token of [undefined, '', 'made-up', old, browsers, others, { toString: 1 }])
      expect(await stream(startOf(token)), String(token?.toString)).toBe(1008);
    const call = await place();
    await eventually(() => call.audibleMs > 0);
    expect(await stream(startOf(call.parameters.token, call.callSid))).toBe(1008);
    expect(call.closed).toBe(false);
    call.vanish();
    await beside.isUndisturbed();
    expect(server.lines.join('\n')).not.toContain(call.parameters.token);
  });

  it('closes a stream whose beginning is nonsense, and passes over nonsense in a good one', async () => {
    const issue = createTokens(tokenSecret);
    const trap = { toString: 1, valueOf: 1 };
    for (const start of [
      startOf('x', 'CA1', trap),
      startOf('x', trap),
      startOf('x', ''),
      { event: 'start', start: null },
      { event: 'start', start: { ...startOf('x').start, mediaFormat: null } },
    ])
      expect(await stream(start)).toBe(1008);
    expect(await issue.check('made-up', 'stream')).toBeUndefined();

    const call = await place();
    await eventually(() => call.audibleMs > 0);
    const { streamSid } = call;
    const bad: unknown[] = [
      { event: 'media', streamSid, media: { payload: '//79', chunk: trap, timestamp: trap } },
      { event: 'media', streamSid, media: { payload: trap } },
      { event: 'media', streamSid, media: null },
      { event: 'mark', streamSid, mark: { name: trap } },
      { event: 'dtmf', streamSid, dtmf: { digit: '55' } },
      { event: '__proto__', streamSid },
      { event: 'stop', streamSid: 'MZother' },
      { event: 'stop' },
    ];
    for (const message of bad) call.raw(JSON.stringify(message));
    call.key('1');
    const before = call.audibleMs;
    await eventually(() => call.audibleMs > before + 400);
    call.stop();
    await eventually(() =>
      server.records.some(({ transport, ended }) => transport === 'twilio' && ended === 'caller_hung_up'),
    );
    await beside.isUndisturbed();
  });

  it('says in its log who was refused and why, and nothing else went wrong', () => {
    const levels = server.lines.flatMap((line) =>
      line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
    );
    expect(levels.filter(({ level }) => level === 'error')).toEqual([]);
    expect(new Set(levels.filter(({ level }) => level === 'warn').map(({ event }) => event))).toEqual(
      new Set(['call refused', 'bad input']),
    );
  });
});

describe('a server on this machine', () => {
  it('keeps pages that came by a trick out of every door', async () => {
    const server = await startReal({ agents: { menu }, env: { PARLEY_VAD: 'energy' } });
    try {
      const evil = { host: 'evil.example', origin: 'http://evil.example' };
      expect(await Browser.refused(server.callUrl, evil)).toBe(403);
      expect(await Browser.refused(server.callUrl.replace('/call', '/twilio/media'), evil)).toBe(403);
      const webhook = `${server.started.server.url}/twilio/voice`;
      const form = (origin: string) =>
        fetch(webhook, { method: 'POST', headers: { origin }, body: new URLSearchParams({ CallSid: 'CA1' }) });
      expect((await form('http://evil.example')).status).toBe(403);
      expect((await fetch(webhook, { method: 'POST' })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('counts calls, calls a minute and seconds', async () => {
    const server = await startReal({
      agents: { menu },
      env: { PARLEY_VAD: 'energy' },
      limits: { calls: 2, callsPerMinutePerAddress: 4, secondsPerCall: 2 },
    });
    try {
      const first = await Browser.dial(server.callUrl);
      const second = await Browser.dial(server.callUrl);
      await second.until(() => second.messages.length > 0);
      expect(await Browser.refused(server.callUrl)).toBe(503);
      await first.until(() => first.closed);
      expect(first.said.at(-1)).toContain('Our time is up');
      expect(first.messages.at(-1)).toEqual({ type: 'ended', reason: 'max_time' });
      await second.until(() => second.closed);
      await eventually(() => server.started.server.calls.size === 0);
      expect(await Browser.refused(server.callUrl)).toBe(101);
      expect(await Browser.refused(server.callUrl)).toBe(101);
      expect(await Browser.refused(server.callUrl)).toBe(429);
    } finally {
      await server.close();
    }
  }, 20_000);
});

describe('a server whose doors would stand open', () => {
  const elsewhere = { agents: { menu }, host: '0.0.0.0' };

  it('has no Twilio door without a token, says so, and has one with --insecure', async () => {
    const server = await startReal({ ...elsewhere, env: { PARLEY_VAD: 'energy' } });
    try {
      const http = `http://127.0.0.1:${String(server.started.server.port)}`;
      expect((await fetch(`${http}/twilio/voice`, { method: 'POST' })).status).toBe(404);
      expect(await Browser.refused(`${http.replace('http', 'ws')}/twilio/media`)).toBe(404);
      expect(server.lines.filter((line) => line.includes('Set TWILIO_AUTH_TOKEN'))).toHaveLength(1);
    } finally {
      await server.close();
    }
    const insecure = await startReal({ ...elsewhere, insecure: true, env: { PARLEY_VAD: 'energy' } });
    try {
      const webhook = `http://127.0.0.1:${String(insecure.started.server.port)}/twilio/voice`;
      expect((await fetch(webhook, { method: 'POST' })).status).toBe(200);
    } finally {
      await insecure.close();
    }
  });

  it('that cannot have its port leaves no thread, file or back end behind', async () => {
    const first = await startReal({ agents: { menu }, env: { PARLEY_VAD: 'energy' } });
    const count = (): number =>
      process.getActiveResourcesInfo().filter((name) => /Wrap|Worker|MessagePort/.test(name)).length;
    const before = count();
    const folder = mkdtempSync(join(tmpdir(), 'parley-port-'));
    try {
      for (let round = 0; round < 3; round++)
        await expect(
          startReal({ paths: ['flows/acme-support'], port: first.started.server.port, env: { PARLEY_VAD: 'energy' } }),
        ).rejects.toThrow(/is taken; give another with --port/);
      await eventually(() => count() <= before);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await first.close();
    }
  });
});
