import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import type { CallRecord } from '../../../runtime/call/call.js';
import { logOver } from '../../../runtime/observe/log.js';
import type { Server, ServerOptions } from '../../../runtime/server/server.js';
import { createServer } from '../../../runtime/server/server.js';
import { eventually } from '../../conformance/line.js';
import type { Given } from '../../fakes/dialog.js';
import { listen, ScriptedDialog, words } from '../../fakes/dialog.js';
import { ScriptedEar } from '../../fakes/ear.js';
import { ScriptedVoice } from '../../fakes/voice.js';

let server: Server | undefined;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server?.close();
  server = undefined;
});

interface Setup {
  records: CallRecord[];
  logged: string[];
  ears: ScriptedEar[];
}

async function start(
  options: Partial<ServerOptions> = {},
  opening: Given[] = [words('hi', 'Hello.'), listen()],
): Promise<Setup> {
  const setup: Setup = { records: [], logged: [], ears: [] };
  server = await createServer({
    port: 0,
    log: logOver((level, event, fields) => void setup.logged.push(`${level} ${event} ${JSON.stringify(fields)}`), {}),
    openCall({ agent, clock }) {
      if (agent === 'nobody') throw new UsageError('there is no agent "nobody" here');
      const ear = new ScriptedEar(clock);
      setup.ears.push(ear);
      return Promise.resolve({
        dialog: new ScriptedDialog(clock, (input) => (input.kind === 'open' ? opening : [listen()])),
        ear,
        voice: new ScriptedVoice(clock),
        language: 'en',
      });
    },
    onRecord: (record) => void setup.records.push(record),
    ...options,
  });
  return setup;
}

interface Caller {
  socket: WebSocket;
  messages: ({ type: string } & Record<string, unknown>)[];
  audioBytes: number;
  closed: boolean;
}

async function dial(query = '', headers: Record<string, string> = {}): Promise<Caller> {
  const socket = new WebSocket(`${server!.url.replace('http', 'ws')}/call${query}`, {
    headers,
    perMessageDeflate: false,
  });
  sockets.push(socket);
  const caller: Caller = { socket, messages: [], audioBytes: 0, closed: false };
  socket.on('message', (data: Buffer, binary) => {
    if (binary) {
      caller.audioBytes += data.length;
      return;
    }
    const message = JSON.parse(data.toString()) as Caller['messages'][number];
    caller.messages.push(message);
    if (message.type === 'mark') socket.send(JSON.stringify(message));
  });
  socket.on('close', () => (caller.closed = true));
  await once(socket, 'open');
  socket.on('error', () => {});
  socket.send(JSON.stringify({ type: 'hello', sampleRateHz: 16_000 }));
  return caller;
}

/** The status with which an upgrade is refused. */
async function refused(query = '', headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(`${server!.url.replace('http', 'ws')}/call${query}`, { headers });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.terminate();
  return response.statusCode;
}

const types = (caller: Caller): string[] => caller.messages.map((message) => message.type);

describe('the server', () => {
  it('takes a call: hello, ready, the agent’s words as sound, and a record after the caller hung up', async () => {
    const { records } = await start();
    const caller = await dial('?agent=acme');
    await eventually(() => types(caller).includes('timing'));
    expect(types(caller)[0]).toBe('ready');
    expect(caller.messages[0]).toMatchObject({ type: 'ready', sampleRateHz: 16_000 });
    expect(caller.messages).toContainEqual({ type: 'transcript', who: 'agent', text: 'Hello.', final: true, id: 'hi' });
    // 400 ms at 16 kHz, 16 bit.
    expect(caller.audioBytes).toBeGreaterThan(0.4 * 32_000 - 200);
    caller.socket.send(JSON.stringify({ type: 'hang_up' }));
    await eventually(() => records.length === 1);
    expect(records[0]).toMatchObject({
      transport: 'websocket',
      ended: 'caller_hung_up',
      turns: [{ who: 'agent', text: 'Hello.' }],
    });
    expect(server!.calls.size).toBe(0);
  });

  it('tells a browser why the call is over before the socket closes', async () => {
    await start({}, [words('bye', 'Bye.'), { kind: 'end', hangUp: true }]);
    const caller = await dial();
    await eventually(() => caller.closed);
    expect(caller.messages.at(-1)).toEqual({ type: 'ended', reason: 'completed' });
    expect(caller.audioBytes).toBeGreaterThan(0.2 * 32_000);
  });

  it('answers health, readiness and the pages it was given', async () => {
    await start({
      staticPages: { '/': { type: 'text/html', body: '<p>Talk</p>' } },
      page: (path) => (path === '/agents.json' ? { type: 'application/json', body: '[]' } : undefined),
      isReady: () => false,
    });
    const get = async (path: string) => {
      const answer = await fetch(server!.url + path);
      return [answer.status, await answer.text()];
    };
    expect(await get('/health')).toEqual([200, '{"ok":true,"calls":0}']);
    expect((await get('/ready'))[0]).toBe(503);
    expect(await get('/')).toEqual([200, '<p>Talk</p>']);
    expect(await get('/agents.json')).toEqual([200, '[]']);
    expect((await get('/../package.json'))[0]).toBe(404);
    expect((await get('/%E0%A4%A'))[0]).toBe(400);
  });

  it('lives on with its other calls when a browser sends 10 MB, garbage, text for sound, or leaves in mid-word', async () => {
    const { records } = await start({}, [
      words('long', 'One two three four five six seven eight nine ten eleven twelve.'),
      listen(),
    ]);
    const good = await dial();
    await eventually(() => good.audioBytes > 0);
    const large = await dial();
    large.socket.send(Buffer.alloc(10 * 1024 * 1024));
    const rude = await dial();
    for (let i = 0; i < 50; i++) rude.socket.send(`garbage ${String(i)}`);
    const leaving = await dial();
    await eventually(() => leaving.audioBytes > 0 && types(rude).includes('ready'));
    leaving.socket.terminate();
    await eventually(() => large.closed && records.length === 2);
    expect(server!.calls.size).toBe(2);
    rude.socket.send(JSON.stringify({ type: 'hang_up' }));
    await eventually(() => records.length === 3);
    expect(records.filter((record) => record.counters.bad_messages === 50)).toHaveLength(1);
    const before = good.audioBytes;
    await eventually(() => good.audioBytes > before);
    expect(await (await fetch(`${server!.url}/health`)).json()).toEqual({ ok: true, calls: 1 });
  });

  it('tells a caller who wants an agent that is not there', async () => {
    await start();
    const caller = await dial('?agent=nobody');
    await eventually(() => caller.closed);
    expect(caller.messages.at(-1)).toEqual({ type: 'error', message: 'there is no agent "nobody" here' });
  });

  it('refuses a page of another origin, and a name of another that points here', async () => {
    await start();
    expect(await refused('', { origin: 'https://evil.example' })).toBe(403);
    expect(await refused('', { origin: 'http://evil.example', host: 'evil.example' })).toBe(403);
    const own = await dial('', { origin: server!.url });
    await eventually(() => types(own).includes('ready'));
  });

  it('asks for a token where others than this machine can reach it', async () => {
    const { logged } = await start({ host: '0.0.0.0' });
    expect(await refused()).toBe(401);
    expect(await refused('?token=made-up')).toBe(401);
    const caller = await dial(`?token=${await server!.issueToken()}`);
    await eventually(() => types(caller).includes('ready'));
    expect(logged.join('\n')).not.toContain('made-up');
  });

  it('hands out tokens to who holds the secret', async () => {
    const tokenSecret = 'a secret that is at least 32 bytes long';
    await start({ host: '0.0.0.0', tokenSecret });
    const ask = (bearer: string) =>
      fetch(`${server!.url}/token`, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } });
    expect((await ask('wrong')).status).toBe(401);
    const { token } = (await (await ask(tokenSecret)).json()) as { token: string };
    const caller = await dial(`?token=${token}`);
    await eventually(() => types(caller).includes('ready'));
  });

  it('refuses to start where anybody could pretend to be Twilio, or with a secret that can be guessed', async () => {
    await expect(start({ host: '0.0.0.0', twilio: {} })).rejects.toThrow(/TWILIO_AUTH_TOKEN, or --insecure/);
    await expect(start({ tokenSecret: 'short' })).rejects.toThrow(/32 bytes/);
    await expect(start({ publicUrl: 'voice.example' })).rejects.toThrow(/https:\/\//);
    await start();
    await expect(
      createServer({ port: server!.port, log: logOver(() => {}, {}), openCall: () => Promise.reject(new Error()) }),
    ).rejects.toThrow(/is taken; give another with --port/);
  });

  it('refuses more calls than it may hold, and more a minute from one address', async () => {
    await start({ limits: { calls: 1 } });
    const first = await dial();
    await eventually(() => types(first).includes('ready'));
    expect(await refused()).toBe(503);
    await server!.close();
    await start({ limits: { callsPerMinutePerAddress: 2 } });
    await dial();
    await dial();
    expect(await refused()).toBe(429);
  });

  it('B88 takes no new calls while it drains, and lets the running one come to its end', async () => {
    const { records } = await start();
    const caller = await dial();
    await eventually(() => types(caller).includes('ready'));
    const drained = server!.drain(10_000);
    expect(await refused()).toBe(503);
    expect((await fetch(`${server!.url}/ready`)).status).toBe(503);
    caller.socket.send(JSON.stringify({ type: 'hang_up' }));
    await drained;
    expect(records).toHaveLength(1);
  });

  it('B88 says how many calls it had to cut off, after it told their callers', async () => {
    const { records } = await start();
    const caller = await dial();
    await eventually(() => types(caller).includes('ready'));
    expect(await server!.drain(300)).toBe(1);
    expect(records).toMatchObject([{ ended: 'shut_down' }]);
    expect(records[0]!.turns.at(-1)?.text).toContain('Please call again later.');
    expect(await server!.drain(300)).toBe(0);
  });

  it('B80 has no call, socket or timer left after it closed', async () => {
    const { records } = await start();
    const caller = await dial();
    await eventually(() => caller.audioBytes > 0);
    await server!.close();
    server = undefined;
    await eventually(() => caller.closed);
    expect(records).toMatchObject([{ ended: 'hung_up_here' }]);
    const left = process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap');
    expect(left).toEqual([]);
  });
});

describe('a caller who was cut off', () => {
  const resumeSecret = 'a secret that both of these servers know';

  it('goes on with the same dialog and agent at another server, by the token of the greeting', async () => {
    const asked: { id: string; agent?: string; resumes?: boolean }[] = [];
    const openCall: ServerOptions['openCall'] = ({ id, agent, resumes, clock }) => {
      asked.push({ id, agent, resumes });
      return Promise.resolve({
        dialog: new ScriptedDialog(clock, () => [words('hi', 'Hello.'), listen()]),
        ear: new ScriptedEar(clock),
        voice: new ScriptedVoice(clock),
        language: 'en',
      });
    };
    await start({ openCall, resumeSecret });
    const caller = await dial('?agent=acme');
    await eventually(() => types(caller).includes('ready'));
    const { resume } = caller.messages[0] as { resume?: string };
    await eventually(() => asked.length === 1);
    await server!.close();
    await start({ openCall, resumeSecret });
    const back = await dial(`?resume=${encodeURIComponent(resume!)}`);
    await eventually(() => asked.length === 2);
    expect(asked[0]).toMatchObject({ agent: 'acme', resumes: false });
    expect(asked[1]).toEqual({ id: asked[0]!.id, agent: 'acme', resumes: true });
    await eventually(() => types(back).includes('ready'));
    expect(back.messages[0]).toMatchObject({ id: asked[0]!.id });
  });

  it('is let in by no other token', async () => {
    await start({ resumeSecret });
    expect(await refused('?resume=nonsense')).toBe(401);
    expect(await refused(`?resume=${await server!.issueToken()}`)).toBe(401);
  });
});
