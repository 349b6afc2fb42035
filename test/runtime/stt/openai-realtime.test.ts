import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import type { SttInput } from '../../../runtime/contracts.js';
import { createStt } from '../../../runtime/stt/index.js';
import { openAiRealtimeStt } from '../../../runtime/stt/openai-realtime.js';
import { callOf, describeHearingSocket, finals, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import {
  loopbackKey,
  startOpenAiTranscription,
  type LoopbackOpenAiTranscription,
} from '../../loopback/openai-transcription.js';

describeSpeechToText('openai realtime', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startOpenAiTranscription([said('where is my order')]);
    return {
      stt: openAiRealtimeStt({ apiKey: loopbackKey, baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('openai realtime', {
  envKey: 'OPENAI_API_KEY',
  answersSilence: false,
  start: startOpenAiTranscription,
  create: (options) => openAiRealtimeStt({ apiKey: loopbackKey, ...options }),
});

describe('openai realtime as an ear', () => {
  let server: LoopbackOpenAiTranscription;
  beforeEach(async () => {
    server = await startOpenAiTranscription([said('where is my order')]);
  });
  afterEach(async () => {
    await server.close();
  });
  const call = () => callOf(3.5, { speech: [[0.45, 1.4]] });
  const provider = () => openAiRealtimeStt({ apiKey: loopbackKey, baseUrl: server.url });

  it.each([
    ['openai/realtime', 'gpt-4o-transcribe'],
    ['openai/realtime/gpt-4o-mini-transcribe', 'gpt-4o-mini-transcribe'],
    ['openai/gpt-realtime-whisper', 'gpt-realtime-whisper'],
  ])('is chosen as %s, and told language, wait and what is listened for in each state', async (spec, model) => {
    const stt = await createStt(spec, { OPENAI_API_KEY: loopbackKey, OPENAI_BASE_URL: server.url });
    const tuned: SttInput = { kind: 'tune', listening: { ...listenings.menu, hints: ['Zendo', 'Acme'] } };
    await hear(stt, callOf(0.5, { then: [{ atS: 0.2, input: tuned }], minMs: 900 }));
    const sessionOf = (waitMs: number, more: object = {}) => ({
      type: 'transcription',
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          transcription: { model, language: 'en', ...more },
          turn_detection: { type: 'server_vad', silence_duration_ms: waitMs },
        },
      },
    });
    expect(server.sessions).toEqual([sessionOf(900), sessionOf(480, { prompt: 'Zendo, Acme' })]);
    expect(server.problems).toEqual([]);
  });

  it('says what its sound is before the first of it, where no state has said yet what is listened for', async () => {
    async function* untuned() {
      for (let n = 1; n <= 20; n++) yield { kind: 'audio', samples: tone(20), atMs: n * 20 } satisfies SttInput;
    }
    await hear(provider(), untuned());
    expect(server.sessions).toEqual([
      {
        type: 'transcription',
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            transcription: { model: 'gpt-4o-transcribe', language: 'en' },
            turn_detection: { type: 'server_vad' },
          },
        },
      },
    ]);
    expect(server.problems).toEqual([]);
  });

  it('tells utterances in the order in which they were said, whichever is transcribed first', async () => {
    server.fault = { kind: 'reordered' };
    server.script = [said('where is my order'), said('thank you', 2.2)];
    const events = await hear(provider(), callOf(4, { speech: [[0.45, 1.4], [2.2, 2.65]] })); // prettier-ignore
    // After a second of silence the first is final by the words that were shown.
    expect(finals(events)).toEqual(['where is my order', 'thank you']);
  });

  it('tells an utterance that is transcribed when it is over as a whole, not piece by piece', async () => {
    server.transcribesLate = true;
    const events = await hear(provider(), call());
    expect(events.map((event) => [event.kind, 'text' in event && event.text])).toEqual([
      ['final', 'where is my order'],
    ]);
  });

  it.each([
    ['realtime', true],
    ['realtime/gpt-4o-mini-transcribe', true],
    ['gpt-realtime-whisper', false],
  ])('says of %s whether a long sentence without a word is as it should be: %s', (model, hearsWhole) => {
    expect(openAiRealtimeStt({ apiKey: 'k', model })).toMatchObject({ hearsWhole });
  });

  it('says that speech held no words', async () => {
    server.fault = { kind: 'wordless' };
    expect(finals(await hear(provider(), call()))).toEqual(['']);
  });

  it('fails where an utterance could not be transcribed, so that it is said again', async () => {
    server.fault = { kind: 'failed' };
    const problem: unknown = await hear(provider(), call()).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'openai', kind: 'unreachable', retryable: true });
    expect(String(problem)).not.toContain('secret');
  });

  it.each([
    ['invalid_api_key', 'invalid_request_error', 'refused', false],
    ['rate_limit_exceeded', 'requests', 'busy', true],
    ['session_expired', 'invalid_request_error', 'unreachable', true],
    ['unknown_parameter', 'invalid_request_error', 'refused', false],
  ])('knows what it means when it says %s, and passes none of its text on', async (code, type, kind, retryable) => {
    server.fault = { kind: 'error', code, type };
    const problem: unknown = await hear(provider(), call()).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'openai', kind, retryable });
    expect(String(problem)).not.toContain('secret');
  });

  it('needs a key, and never sends it over a network in the clear', async () => {
    await expect(hear(openAiRealtimeStt(), callOf(0.1))).rejects.toThrow('Set OPENAI_API_KEY');
    expect(() => openAiRealtimeStt({ apiKey: 'k', baseUrl: 'ws://ear.example' })).toThrow(UsageError);
  });
});
