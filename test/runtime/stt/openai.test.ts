import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SttEvent, SttInput } from '../../../runtime/contracts.js';
import { createStt } from '../../../runtime/stt/index.js';
import { openAiStt } from '../../../runtime/stt/openai.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings, silence } from '../../fixtures/speech.js';
import { loopbackKey, startHttpSpeech, type LoopbackHttpSpeech } from '../../loopback/speech-over-http.js';

const sound = silence(1100).fill(4000);

describeSpeechToText('openai', {
  hearsSound: true,
  hearsWhole: true,
  speech: () => Promise.resolve({ sound, text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startHttpSpeech();
    return {
      stt: openAiStt({ apiKey: loopbackKey, baseUrl: `${server.url}/v1` }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describe('any server of /audio/transcriptions', () => {
  let server: LoopbackHttpSpeech;
  beforeEach(async () => {
    server = await startHttpSpeech();
  });
  afterEach(async () => {
    await server.close();
  });
  async function* utterance(ms: number, totalMs = ms + 2000): AsyncGenerator<SttInput> {
    yield { kind: 'tune', listening: { ...listenings.menu, hints: ['Acme', 'Zendo'] } };
    for (let atMs = 32; atMs <= totalMs; atMs += 32) {
      yield { kind: 'audio', samples: silence(32), atMs };
      if (atMs === 1088) yield { kind: 'speech_started', atMs: 1000 };
      if (atMs > 1088 + ms && atMs <= 1120 + ms) yield { kind: 'speech_ended', atMs: 1000 + ms };
    }
  }
  async function collect(
    input: AsyncIterable<SttInput>,
    stt = openAiStt({ apiKey: loopbackKey, baseUrl: `${server.url}/v1` }),
    signal = new AbortController().signal,
  ): Promise<SttEvent[]> {
    const events: SttEvent[] = [];
    for await (const event of stt.transcribe(input, { language: 'en-US' }, signal)) events.push(event);
    return events;
  }

  it('gets the utterance with a little before it, its language, and what is listened for', async () => {
    const events = await collect(utterance(800));
    expect(events).toEqual([{ kind: 'final', text: 'where is my order', startMs: 1000, endMs: 1800 }]);
    expect(server.requests).toHaveLength(1);
    const { ms, ...asked } = server.requests[0]!.asked;
    expect(asked).toEqual({ model: 'gpt-4o-mini-transcribe', language: 'en', prompt: 'Acme, Zendo' });
    expect(ms).toBeGreaterThan(1050);
    expect(ms).toBeLessThan(1300);
  });

  it('gets a long utterance in parts, told in their order', async () => {
    const events = await collect(utterance(40_000));
    expect(server.requests).toHaveLength(2);
    expect(events.map((event) => (event.kind === 'final' ? event.startMs : 0))).toEqual([1000, expect.any(Number)]);
    const sent = server.requests.reduce((sum, { asked }) => sum + Number(asked.ms), 0);
    expect(sent).toBeGreaterThan(40_000);
    expect(sent).toBeLessThan(40_800);
  });

  it('gets what was said last also when the sound ends in mid-speech', async () => {
    expect(await collect(utterance(5000, 3000))).toHaveLength(1);
  });

  it('says what went wrong and whether to try again, and tells nobody what it answered', async () => {
    for (const [fault, kind, isRetryable] of [
      [{ kind: 'refuse', status: 401 }, 'refused', false],
      [{ kind: 'refuse', status: 429 }, 'busy', true],
      [{ kind: 'drop' }, 'closed', true],
      [{ kind: 'page' }, 'protocol', true],
    ] as const) {
      server.fault = fault;
      await expect(collect(utterance(800))).rejects.toMatchObject({ who: 'openai', kind, retryable: isRetryable });
    }
  });

  it('serves without a key at an address of its own', async () => {
    await expect(collect(utterance(800), openAiStt())).rejects.toThrow('Set OPENAI_API_KEY');
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', OPENAI_STT_URL: `${server.url}/v1` };
    // It asks for the server's own key here, so that a refusal shows that it was reached.
    await expect(collect(utterance(800), await createStt('openai/whisper-1', env))).rejects.toThrow('401');
  });

  it('ends quietly at an abort while an answer is on its way', async () => {
    server.fault = { kind: 'silent' };
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('hung up')), 50);
    expect(await collect(utterance(800), undefined, stop.signal)).toEqual([]);
  });
});
