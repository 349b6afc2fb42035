/**
 * Callers who take a call and then neither read nor say anything more, nor close: at every door at once, on a clock that
 * runs fast. And those who go in mid-sentence: what they said last is in the transcript.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealClock } from '../../../engine/clock.js';
import { eventually } from '../../conformance/line.js';
import { createCaller, joined, silence } from '../../fixtures/speech.js';
import { Browser, menu, startReal, type RealServer } from '../real-server.js';
import { rawDoors, type RawWire } from './raw-doors.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const hurry = 5;

/** A minute of it takes twelve seconds. */
class HurriedClock extends RealClock {
  override now(): number {
    return performance.now() * hurry;
  }

  override at(atMs: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.max(0, (atMs - this.now()) / hurry));
    return () => clearTimeout(timer);
  }
}

describe('a caller who takes a call and is still', () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startReal({
      agents: { menu },
      insecure: true,
      clock: new HurriedClock(),
      keepEvents: false,
      env: { PARLEY_VAD: 'energy', PARLEY_KEEP_LOST: '1s', TELNYX_API_KEY: 'KEY', TELNYX_API_BASE: 'http://127.0.0.1:9', AUDIOSOCKET_PORT: '0' }, // prettier-ignore
    });
  });
  afterAll(() => server.close());

  it('is found out at each door within two minutes, what waits for them is bounded, and the next caller is taken', async () => {
    const { port } = JSON.parse(server.lines.find((one) => one.includes('"audiosocket"'))!) as { port: number };
    const { calls, url } = server.started.server;
    gc();
    const before = process.memoryUsage();
    const wires: RawWire[] = [];
    for (const door of rawDoors) {
      const wire = await door.open({ http: url, audioSocketPort: port });
      for (const one of door.start) wire.send(Buffer.isBuffer(one) ? one : JSON.stringify(one));
      wires.push(wire);
    }
    await eventually(() => calls.size === rawDoors.length, 10_000);
    for (const wire of wires) wire.stall();
    const fromMs = performance.now();
    await eventually(() => calls.size === 0, 40_000);
    expect((performance.now() - fromMs) * hurry).toBeLessThan(120_000);
    gc();
    const after = process.memoryUsage();
    expect((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 1024 / 1024).toBeLessThan(
      40,
    );
    const how = new Map(server.records.map(({ transport, ended }) => [transport, ended]));
    expect([...how.keys()].sort()).toEqual(rawDoors.map(({ transport }) => transport).sort());
    for (const ended of how.values()) expect(['connection_lost', 'caller_hung_up']).toContain(ended);
    const next = await Browser.dial(server.callUrl);
    await next.until(() => next.messages.some(({ type }) => type === 'ready'));
    next.hangUp();
    for (const wire of wires) wire.end();
  }, 90_000);
});

describe('who hangs up as soon as they have spoken', () => {
  let server: RealServer;
  const voice = createCaller();
  const noted = `
flow: noted
no_input_after: 60s
states:
  ask: { say: Is it urgent?, transitions: [{ intent: yes, to: ask }, { intent: no, to: bye }] }
  bye: { say: Goodbye., hang_up: true }
`;
  beforeAll(async () => {
    server = await startReal({ agents: { noted }, insecure: true, env: {} });
  });
  afterAll(async () => {
    voice.close();
    await server.close();
  });

  it('by Twilio ConversationRelay has their words in the transcript', async () => {
    const door = rawDoors.find(({ transport }) => transport === 'twilio-relay')!;
    const wire = await door.open({ http: server.started.server.url, audioSocketPort: 0 });
    for (const one of door.start) wire.send(JSON.stringify(one));
    await eventually(() => server.started.server.calls.size === 1);
    wire.send(JSON.stringify({ type: 'prompt', voicePrompt: 'no thank you very much', lang: 'en-US', last: true }));
    wire.end();
    await eventually(() => server.records.length === 1);
    const said = server.records.pop()!.turns.filter(({ who }) => who === 'caller');
    expect(said.map(({ text }) => text)).toEqual(['no thank you very much']);
  });

  // A recogniser on a busy machine may need more than the second that it gets.
  it(
    'by a browser, with the end of a word still on the line, has their words in the transcript',
    { timeout: 60_000, retry: 2 },
    async () => {
      const browser = await Browser.dial(server.callUrl);
      await browser.hears('Is it urgent?');
      // Heard to its end: nothing of it has come for half a second.
      for (let before = -1; before !== browser.audioBytes;) {
        before = browser.audioBytes;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const samples = joined([silence(300), await voice.say('no thanks'), silence(40)]);
      for (let at = 0; at < samples.length; at += 160) {
        const frame = samples.slice(at, at + 160);
        browser.send(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
        await new Promise((resolve) => setTimeout(resolve, 18));
      }
      browser.hangUp();
      await eventually(() => server.records.length === 1);
      const said = server.records.pop()!.turns.filter(({ who }) => who === 'caller');
      expect(said.map(({ text }) => text)).toEqual(['no thanks']);
    },
  );
});
