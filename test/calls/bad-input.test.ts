/** Callers who send what no caller should, over a real server with a real agent; another call goes on beside each. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dialog } from '../../engine/contracts.js';
import { sqliteStore } from '../../engine/stores/sqlite-store.js';
import { eventually } from '../conformance/line.js';
import { Browser, CallBeside, menu, startReal, type RealServer } from './real-server.js';

const story = `
flow: story
no_input_after: 120s
states:
  tell:
    say: Once upon a time there was a telephone, and nobody ever called.
    transitions: [{ on: paid, to: paid }, { key: "9", to: paid }]
  paid: { say: That was paid., to: tell }
`;

let server: RealServer;
let beside: CallBeside;
/** Says nothing from the beginning; looked at in the last test. */
let silent: Browser;
const closedDialogs: string[] = [];

beforeAll(async () => {
  server = await startReal({
    agents: { menu, story },
    env: { PARLEY_VAD: 'energy', PARLEY_KEEP_LOST: '300ms' },
    wrapDialog: (dialog: Dialog) =>
      Object.assign(Object.create(dialog) as Dialog, {
        id: dialog.id,
        turn: dialog.turn.bind(dialog),
        understand: dialog.understand.bind(dialog),
        settlements: dialog.settlements.bind(dialog),
        close: async (reason: string) => {
          await dialog.close(reason);
          closedDialogs.push(dialog.id);
        },
      }),
  });
  silent = await Browser.dial(server.callUrl, false);
  beside = await CallBeside.open(server.callUrl);
});
afterAll(async () => {
  await server.close();
});
beforeEach(() => {
  server.lines.length = 0;
  server.records.length = 0;
});

const dialStory = (hello?: unknown): Promise<Browser> => Browser.dial(`${server.callUrl}?agent=story`, hello);
const recordOf = async (browser: Browser) => {
  await eventually(() => server.records.some(({ id }) => id === browser.id));
  return server.records.find(({ id }) => id === browser.id)!;
};

describe('a browser that misbehaves', () => {
  it('may send noise for sound, an odd number of bytes, nothing at all: the call goes on', async () => {
    const rude = await dialStory();
    await rude.until(() => rude.audioBytes > 0);
    rude.send(Buffer.from([1]));
    rude.send(Buffer.alloc(0));
    rude.send(Buffer.alloc(321, 0x7f));
    rude.send(Buffer.from(Array.from({ length: 640 }, (_, i) => (i * 7919) % 256)));
    rude.key('9');
    await rude.hears('That was paid.');
    await beside.isUndisturbed();
    rude.hangUp();
    expect((await recordOf(rude)).counters).toMatchObject({ bad_audio: 3 });
  });

  it('B72 may send text instead of sound, JSON of any shape, and fields that are traps', async () => {
    const rude = await dialStory('{"type":"hello","sampleRateHz":8000,"__proto__":{"polluted":1}}');
    await rude.until(() => rude.audioBytes > 0);
    const bad = [
      'RIFF\u0000\u0000WAVEfmt ',
      'null',
      '[]',
      '"hello"',
      '{"type":null}',
      '{"type":{"toString":1,"valueOf":1}}',
      '{"type":"key","digit":{"toString":1}}',
      '{"type":"key","digit":"12"}',
      '{"type":"mark","name":{"toString":1}}',
      '{"type":"event","name":["paid"]}',
      `{"type":"event","name":"${'x'.repeat(5000)}"}`,
      '['.repeat(60_000),
      `{"type":"event","name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    ];
    const unknown = [
      '{"type":"constructor"}',
      '{"type":"__proto__"}',
      '{"type":"toString","a":{"__proto__":{"polluted":1}}}',
    ];
    for (const message of [...bad, ...unknown]) rude.send(message);
    rude.key('9');
    await rude.hears('That was paid.');
    await beside.isUndisturbed();
    rude.hangUp();
    expect((await recordOf(rude)).counters).toMatchObject({
      bad_messages: bad.length,
      unknown_messages: unknown.length,
    });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('may send 10 MB in one frame: it is hung up on', async () => {
    const rude = await dialStory();
    await rude.until(() => rude.audioBytes > 0);
    rude.send(Buffer.alloc(10 * 1024 * 1024));
    await rude.until(() => rude.closed);
    await beside.isUndisturbed();
    await recordOf(rude);
    const text = await dialStory(false);
    text.send('x'.repeat(10 * 1024 * 1024));
    await text.until(() => text.closed);
    await beside.isUndisturbed();
  });

  it('may send sound fifty times as fast as it is said: what is ahead is dropped', async () => {
    const rude = await dialStory();
    await rude.until(() => rude.audioBytes > 0);
    for (let second = 0; second < 50; second++) rude.send(Buffer.alloc(16_000));
    rude.key('9');
    await beside.isUndisturbed();
    await rude.hears('That was paid.');
    rude.hangUp();
    expect((await recordOf(rude)).counters.dropped_audio).toBeGreaterThan(35);
  });

  it('may send a hundred thousand events, keys and marks: what no hand can do is dropped, and no other call waits', async () => {
    const rude = await dialStory();
    await rude.until(() => rude.audioBytes > 0);
    for (let i = 0; i < 100_000; i++)
      rude.send(
        [
          { type: 'event', name: 'paid' },
          { type: 'key', digit: '5' },
          { type: 'mark', name: `9:${String(i)}` },
        ][i % 3],
      );
    await beside.isUndisturbed();
    await beside.isUndisturbed();
    rude.hangUp();
    await rude.until(() => rude.closed);
    expect((await recordOf(rude)).counters.dropped_messages).toBeGreaterThan(90_000);
  });

  it('is told what is wrong with its greeting', async () => {
    for (const sampleRateHz of [11_025, '48000', -1, null, 1e9, {}, { toString: 1, valueOf: 1 }]) {
      const rude = await dialStory({ type: 'hello', sampleRateHz });
      await rude.until(() => rude.closed);
      expect(rude.messages).toEqual([{ type: 'error', message: expect.stringContaining('use one of 8000') as string }]);
    }
    const chatty = await dialStory(false);
    for (let i = 0; i < 501; i++) chatty.send('ring ring');
    await chatty.until(() => chatty.closed);
    expect(chatty.messages).toEqual([{ type: 'error', message: expect.stringContaining('no hello came') as string }]);
    await beside.isUndisturbed();
  });

  it('may leave in mid-word: the dialog is closed, its checkpoint kept, and nothing is left behind', async () => {
    const one = async (): Promise<string> => {
      const leaving = await dialStory();
      await leaving.until(() => leaving.audioBytes > 3200);
      leaving.socket.terminate();
      await recordOf(leaving);
      return leaving.id;
    };
    await one();
    const count = (): Record<string, number> => {
      const all: Record<string, number> = {};
      for (const name of process.getActiveResourcesInfo()) all[name] = (all[name] ?? 0) + 1;
      return all;
    };
    const settled = count();
    const ids: string[] = [];
    // Four at a time: an embedded voice speaks for all.
    for (let round = 0; round < 3; round++) ids.push(...(await Promise.all(Array.from({ length: 4 }, one))));
    await eventually(() => ids.every((id) => closedDialogs.includes(id)));
    expect(server.started.server.calls.size).toBe(1);
    await eventually(() => (count().TCPSocketWrap ?? 0) <= (settled.TCPSocketWrap ?? 0));
    await eventually(() => (count().Timeout ?? 0) <= (settled.Timeout ?? 0));
    expect(new Set(server.records.map(({ ended }) => ended))).toEqual(new Set(['connection_lost']));
    const store = sqliteStore({ file: join(server.home, 'dialogs.sqlite') });
    const saver = await store.saver();
    for (const id of ids) {
      const kept = await saver.getTuple({ configurable: { thread_id: id, checkpoint_ns: '' } });
      expect(kept?.checkpoint.channel_values).toMatchObject({ dialog: { ended: true } });
    }
    await store.close();
    await beside.isUndisturbed();
  });

  it('may ask for an agent or a page that is not there, in any spelling', async () => {
    const nobody = await Browser.dial(
      `${server.callUrl}?agent=${encodeURIComponent('\u001b[2Jnobody\n2026 call ended')}`,
    );
    await nobody.until(() => nobody.closed);
    expect(String(nobody.messages.at(-1)?.message)).toContain('there are menu, story');
    for (const path of [
      '/graph/story/..%2f..%2fpackage.json.svg',
      '/graph/..%2f..%2fpackage.json',
      '/graph/../../package.json',
      '/graph/__proto__/constructor.svg',
      '/..%2fflow.js',
      '/studio/../flow.js',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/index.html%00.svg',
      '/constructor',
      '/graph/%ff/x.svg',
      '//',
      '//graph/story/story.svg',
      '/\\..\\flow.js',
    ]) {
      const status = await rawStatus(`GET ${path} HTTP/1.1`);
      expect([400, 404], path).toContain(status);
    }
    expect(await rawStatus('GET /graph/story/story.svg HTTP/1.1')).toBe(200);
    expect(server.lines.filter((line) => line.includes('request failed'))).toEqual([]);
    await beside.isUndisturbed();
  });

  it('may knock and never leave: a refused socket is not kept', async () => {
    const { port } = server.started.server;
    const knocking = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    knocking.on('error', () => {});
    knocking.write('GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(knocking, 'data');
    // It writes on into a socket that the server let go of.
    const gone = new Promise((resolve) => knocking.once('close', resolve));
    const nagging = setInterval(() => knocking.write('x'), 20);
    await gone;
    clearInterval(nagging);
    await beside.isUndisturbed();
  });

  it('may say nothing at all: after ten seconds it is told so, and its socket is closed', async () => {
    await silent.until(() => silent.closed, 12_000);
    expect(silent.messages).toEqual([{ type: 'error', message: expect.stringContaining('no hello came') as string }]);
    await beside.isUndisturbed();
  }, 15_000);

  it('keeps no server from closing while it hesitates with its greeting', async () => {
    const other = await startReal({ agents: { menu }, env: { PARLEY_VAD: 'energy' } });
    const hesitating = await Browser.dial(other.callUrl, false);
    const fromMs = performance.now();
    const closing = other.close();
    hesitating.send({ type: 'hello', sampleRateHz: 8000 });
    await closing;
    expect(performance.now() - fromMs).toBeLessThan(5000);
    await hesitating.until(() => hesitating.closed);
    expect(other.records).toEqual([]);
  });
});

/** The status of a request as it stands, unpolished by a client. */
async function rawStatus(requestLine: string): Promise<number> {
  const socket = connect({ port: server.started.server.port, host: '127.0.0.1' });
  socket.end(`${requestLine}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const piece of socket.setEncoding('latin1')) text += piece as string;
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}
