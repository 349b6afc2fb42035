import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech } from '../../../runtime/contracts.js';
import { elevenLabs } from '../../../runtime/tts/elevenlabs.js';
import { createTts } from '../../../runtime/tts/index.js';
import { describeSpeechSocket, speak, seconds } from '../../conformance/speech-socket.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { loopbackKey, startElevenLabs, type LoopbackElevenLabs } from '../../loopback/elevenlabs.js';

for (const format of ['pcm_8000', 'pcm_16000', 'ulaw_8000', 'alaw_8000'] as const) {
  describeTextToSpeech(`elevenlabs, ${format}`, {
    words: true,
    create: async () => {
      const server = await startElevenLabs();
      const tts = elevenLabs({ apiKey: loopbackKey, baseUrl: server.url, format });
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
}

describeSpeechSocket('elevenlabs', {
  envKey: 'ELEVENLABS_API_KEY',
  start: startElevenLabs,
  create: (options) => elevenLabs({ apiKey: loopbackKey, ...options }),
});

describe('elevenlabs', () => {
  let server: LoopbackElevenLabs;
  const opened: TextToSpeech[] = [];
  beforeEach(async () => {
    server = await startElevenLabs();
  });
  afterEach(async () => {
    for (const tts of opened.splice(0)) tts.close!();
    await server.close();
  });
  const provider = (more: object = {}): TextToSpeech => {
    const tts = elevenLabs({ apiKey: loopbackKey, baseUrl: server.url, ...more });
    opened.push(tts);
    return tts;
  };

  it("asks for the flow's model and voice, in the sentence's language, without waiting for more words", async () => {
    await speak(provider({ voice: 'of the flow' }), '<b>Hello</b> there.');
    const { pathname, searchParams } = server.connections[0]!;
    expect(decodeURIComponent(pathname)).toBe('/v1/text-to-speech/of the flow/multi-stream-input');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      model_id: 'eleven_flash_v2_5',
      language_code: 'en',
      output_format: 'pcm_8000',
      auto_mode: 'true',
    });
    expect(server.contexts).toEqual([{ text: 'Hello there. ', settings: undefined, flushed: true, closed: true }]);
  });

  it('names no language to a model that refuses one', async () => {
    await speak(provider({ model: 'eleven_multilingual_v2' }));
    expect(server.connections[0]!.searchParams.has('language_code')).toBe(false);
  });

  it('says the sentence in its own voice, with its settings and pace, within what it takes', async () => {
    const tts = provider({ voice: 'one?stability=0.3&use_speaker_boost=false' });
    await speak(tts, 'Hello.', { rate: 0.8 });
    await speak(tts, 'Hello.', { rate: 3, voice: 'two?style=0.5' });
    await speak(tts, 'Hello.', { voice: 'two' });
    expect(server.contexts.map(({ settings }) => settings)).toEqual([
      { stability: 0.3, use_speaker_boost: false, speed: 0.8 },
      { style: 0.5, speed: 1.2 },
      undefined,
    ]);
    expect(server.connections.map(({ pathname }) => pathname.split('/')[3])).toEqual(['one', 'two']);
  });

  it('says which settings there are where a voice is given another', async () => {
    await expect(speak(provider({ voice: 'one?mood=sad' }))).rejects.toThrow(
      /no setting `mood=sad`.*stability.*stability=0\.4/s,
    );
    expect(server.connections).toEqual([]);
  });

  it('times words whose characters come in two chunks', async () => {
    const pieces = await speak(provider(), 'one two three');
    expect(pieces.flatMap((piece) => (piece.kind === 'words' ? piece.words : []))).toEqual([
      { text: 'one', startMs: 0, endMs: 300 },
      { text: 'two', startMs: 300, endMs: 600 },
      { text: 'three', startMs: 600, endMs: 900 },
    ]);
  });

  it('never opens a sixth context on a connection: sentences that were cut off still count', async () => {
    const tts = provider();
    await tts.warm!();
    for (let round = 0; round < 6; round++) {
      const stop = new AbortController();
      const sentences = Array.from({ length: 3 }, () =>
        speak(tts, 'one two three four five six seven eight', { signal: stop.signal }).catch(
          (problem: unknown) => problem,
        ),
      );
      await expect.poll(() => server.contexts.length).toBe((round + 1) * 3);
      stop.abort(new Error('barge-in'));
      await Promise.all(sentences);
    }
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.most).toBeLessThanOrEqual(5);
    expect(server.connections.length).toBeGreaterThan(1);
    expect(server.problems).toEqual([]);
  });

  it.each([
    ['invalid_api_key', 'refused', false],
    ['quota_exceeded', 'refused', false],
    ['max_active_conversations', 'busy', true],
    ['toString', 'protocol', true],
  ])('knows what it means when it says %s, and passes none of its text on', async (error, kind, retryable) => {
    server.fault = { kind: 'error', error };
    const problem: unknown = await speak(provider()).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'elevenlabs', kind, retryable });
    expect(String(problem)).not.toContain('secret');
  });

  it('may do without a key at an address of its own', async () => {
    const twin = await createTts('elevenlabs', { ELEVENLABS_URL: server.url });
    await expect(speak(twin)).rejects.toThrow('401');
    await expect(speak(elevenLabs({}))).rejects.toThrow('Set ELEVENLABS_API_KEY');
    expect(() => elevenLabs({ baseUrl: 'http://voice.example' })).toThrow(UsageError);
  });

  it('gives a connection up on which a stopped sentence never ends, but not the sentences on it', async () => {
    server.fault = { kind: 'stall', afterChunks: 1 };
    const clock = new VirtualClock();
    const tts = provider({ clock });
    const stop = new AbortController();
    const run = speak(tts, 'one two three four', { signal: stop.signal });
    run.catch(() => {});
    await expect.poll(() => server.contexts[0]?.flushed).toBe(true);
    stop.abort(new Error('barge-in'));
    await expect(run).rejects.toThrow('barge-in');
    await clock.advance(4500);
    server.fault = undefined;
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(2);
  });
});
