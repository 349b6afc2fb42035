import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech } from '../../../runtime/contracts.js';
import { deepgramAura } from '../../../runtime/tts/deepgram-aura.js';
import { describeSpeechSocket, seconds, speak } from '../../conformance/speech-socket.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { loopbackKey, startDeepgramAura, type LoopbackDeepgramAura } from '../../loopback/deepgram-aura.js';

describeTextToSpeech('deepgram aura', {
  words: false,
  create: async () => {
    const server = await startDeepgramAura();
    const tts = deepgramAura({ apiKey: loopbackKey, baseUrl: server.url });
    return {
      tts,
      close: async () => {
        expect(server.problems).toEqual([]);
        tts.close!();
        await server.close();
      },
    };
  },
});

describeSpeechSocket('deepgram aura', {
  envKey: 'DEEPGRAM_API_KEY',
  start: startDeepgramAura,
  create: (options) => deepgramAura({ apiKey: loopbackKey, ...options }),
});

describe('deepgram aura', () => {
  let server: LoopbackDeepgramAura;
  const opened: TextToSpeech[] = [];
  beforeEach(async () => {
    server = await startDeepgramAura();
  });
  afterEach(async () => {
    for (const tts of opened.splice(0)) tts.close!();
    await server.close();
  });
  const provider = (more: object = {}): TextToSpeech => {
    const tts = deepgramAura({ apiKey: loopbackKey, baseUrl: server.url, ...more });
    opened.push(tts);
    return tts;
  };
  /** Begins a sentence and cuts it off at its first sound. */
  const cutOff = async (tts: TextToSpeech): Promise<void> => {
    const stop = new AbortController();
    for await (const piece of tts.speak({ text: 'one two three four five six', language: 'en' }, stop.signal)) {
      if (piece.kind === 'audio') break;
    }
  };

  it("asks for the flow's voice, else its model, and the sentence's pace, within what it takes", async () => {
    await speak(provider({ model: 'aura-2-luna-en' }), '<b>Hello</b> there.', { rate: 0.1 });
    await speak(provider({ model: 'aura-2-luna-en', voice: 'aura-2-zeus-en' }));
    await speak(provider(), 'Hello.', { voice: 'aura-2-celeste-es' });
    expect(server.connections.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      { model: 'aura-2-luna-en', encoding: 'linear16', sample_rate: '8000', speed: '0.7' },
      { model: 'aura-2-zeus-en', encoding: 'linear16', sample_rate: '8000' },
      { model: 'aura-2-celeste-es', encoding: 'linear16', sample_rate: '8000' },
    ]);
    expect(server.texts).toEqual(['Hello there.', 'Hello there.', 'Hello.']);
  });

  it('says two sentences at a time on two connections', async () => {
    const tts = provider();
    const both = await Promise.all([speak(tts, 'one two'), speak(tts, 'one two three')]);
    expect(both.map((pieces) => Math.round(seconds(pieces) * 10))).toEqual([6, 9]);
    expect(server.connections).toHaveLength(2);
    expect(server.problems).toEqual([]);
  });

  it('says the next sentence on another connection until the last one is cleared, then goes back', async () => {
    const tts = provider();
    await cutOff(tts);
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(2);
    await expect.poll(() => server.cleared).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([speak(tts, 'one two'), speak(tts, 'one two')]);
    expect(server.connections).toHaveLength(2);
    expect(server.problems).toEqual([]);
  });

  it('gives a connection up that never says that it cleared', async () => {
    server.fault = { kind: 'uncleared' };
    const clock = new VirtualClock();
    const tts = provider({ clock });
    await cutOff(tts);
    await expect.poll(() => server.cleared).toBe(1);
    await clock.advance(4500);
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(2);
  });

  it('opens another connection rather than flush one more than twenty times a minute', async () => {
    const clock = new VirtualClock();
    const tts = provider({ clock });
    for (let n = 0; n < 22; n++) await speak(tts, 'one');
    expect(server.connections).toHaveLength(2);
    await clock.advance(61_000);
    server.minute += 1;
    await speak(tts, 'one');
    expect(server.connections).toHaveLength(2);
    expect(server.problems).toEqual([]);
  });

  it('sends a text longer than a message in parts, cut between words', async () => {
    const text = Array.from({ length: 450 }, (_, n) => `word${n}`).join(' ');
    const stop = new AbortController();
    const run = speak(provider(), text, { signal: stop.signal });
    run.catch(() => {});
    await expect.poll(() => server.texts).toEqual([text]);
    expect(server.messages).toBe(2);
    stop.abort();
  });

  it('needs a key, and never sends it over a network in the clear', async () => {
    await expect(speak(deepgramAura())).rejects.toThrow('Set DEEPGRAM_API_KEY');
    await expect(speak(provider({ apiKey: 'wrong' }))).rejects.toMatchObject({ kind: 'refused' });
    expect(() => deepgramAura({ apiKey: 'k', baseUrl: 'ws://voice.example' })).toThrow(UsageError);
  });
});
