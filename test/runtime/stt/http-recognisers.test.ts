import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { SpeechToText, SttEvent, SttInput } from '../../../runtime/contracts.js';
import { httpRecogniser, type HttpRecogniserName } from '../../../runtime/stt/http-recognisers.js';
import { createStt } from '../../../runtime/stt/index.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings, silence } from '../../fixtures/speech.js';
import { loopbackKey, startHttpSpeech, type LoopbackHttpSpeech } from '../../loopback/speech-over-http.js';

const names: HttpRecogniserName[] = ['google', 'azure'];

for (const name of names)
  describeSpeechToText(name, {
    hearsSound: true,
    hearsWhole: true,
    speech: () =>
      Promise.resolve({ sound: silence(1100).fill(4000), text: 'where is my order', listening: listenings.menu }),
    create: async () => {
      const server = await startHttpSpeech();
      return {
        stt: httpRecogniser(name, { apiKey: loopbackKey, baseUrl: server.url }),
        close: async () => {
          expect(server.problems).toEqual([]);
          await server.close();
        },
      };
    },
  });

describe('recognisers over HTTP', () => {
  let server: LoopbackHttpSpeech;
  beforeEach(async () => {
    server = await startHttpSpeech();
  });
  afterEach(async () => {
    await server.close();
  });
  const provider = (name: HttpRecogniserName, more: object = {}): SpeechToText =>
    httpRecogniser(name, { apiKey: loopbackKey, baseUrl: server.url, ...more });
  async function* utterance(): AsyncGenerator<SttInput> {
    yield { kind: 'tune', listening: { ...listenings.menu, hints: ['Acme', 'Zendo'] } };
    for (let atMs = 32; atMs <= 2400; atMs += 32) {
      yield { kind: 'audio', samples: silence(32).fill(500), atMs };
      if (atMs === 1088) yield { kind: 'speech_started', atMs: 1000 };
      if (atMs === 1920) yield { kind: 'speech_ended', atMs: 1800 };
    }
  }
  async function hear(stt: SpeechToText): Promise<SttEvent[]> {
    const events: SttEvent[] = [];
    for await (const event of stt.transcribe(utterance(), { language: 'en-IE' }, new AbortController().signal))
      events.push(event);
    return events;
  }

  it('get the utterance in its language, with the model and what is listened for where they take it', async () => {
    for (const name of names)
      expect(await hear(provider(name, { model: 'phone_call' }))).toEqual([
        { kind: 'final', text: 'where is my order', confidence: 0.9, startMs: 1000, endMs: 1800 },
      ]);
    expect(
      server.requests.map(({ asked: { ms, ...asked } }) => [Number(ms) > 1050 && Number(ms) < 1300, asked]),
    ).toEqual([
      [true, { languageCode: 'en-IE', model: 'phone_call', speechContexts: [{ phrases: ['Acme', 'Zendo'] }] }],
      [true, { language: 'en-IE', format: 'detailed' }],
    ]);
    expect(server.problems).toEqual([]);
  });

  it('tell speech without words as such', async () => {
    server.hears = '';
    for (const name of names) expect(await hear(provider(name))).toMatchObject([{ kind: 'final', text: '' }]);
  });

  it.each([
    [{ kind: 'refuse', status: 401 } as const, 'refused', false],
    [{ kind: 'refuse', status: 429 } as const, 'busy', true],
    [{ kind: 'refuse', status: 503 } as const, 'unreachable', true],
    [{ kind: 'drop' } as const, 'closed', true],
    [{ kind: 'page' } as const, 'protocol', true],
  ])('say what went wrong and whether to try again: %o', async (fault, kind, retryable) => {
    server.fault = fault;
    for (const name of names) await expect(hear(provider(name))).rejects.toMatchObject({ who: name, kind, retryable });
  });

  it('give up on an answer that never comes', async () => {
    server.fault = { kind: 'silent' };
    for (const name of names) {
      const clock = new VirtualClock();
      const run = hear(provider(name, { clock }));
      run.catch(() => {});
      // The request is made when the utterance has been read.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await clock.advance(8001);
      await expect(run).rejects.toMatchObject({ kind: 'timeout', retryable: true });
    }
  });

  it('are asked at Google by an account too, which goes before a key', async () => {
    const env = { GOOGLE_STT_URL: server.url, GOOGLE_API_KEY: 'another', GOOGLE_ACCESS_TOKEN: loopbackKey };
    expect(await hear(await createStt('google/rest', env))).toHaveLength(1);
  });

  it('have keys and addresses from the environment, and send no key over a network in the clear', async () => {
    const env = {
      GOOGLE_API_KEY: loopbackKey,
      GOOGLE_STT_URL: server.url,
      AZURE_SPEECH_KEY: loopbackKey,
      AZURE_STT_URL: server.url,
    };
    for (const name of names) expect(await hear(await createStt(`${name}/rest`, env))).toHaveLength(1);
    const model = await createStt('google/rest/phone_call', env);
    expect(await hear(model)).toHaveLength(1);
    expect(server.requests.at(-1)!.asked).toMatchObject({ model: 'phone_call' });
    await expect(hear(httpRecogniser('google'))).rejects.toThrow('Set GOOGLE_API_KEY');
    await expect(hear(httpRecogniser('azure', { apiKey: 'k' }))).rejects.toThrow('Set AZURE_STT_URL');
    for (const name of names) expect(() => httpRecogniser(name, { baseUrl: 'http://ear.example' })).toThrow(UsageError);
  });
});
