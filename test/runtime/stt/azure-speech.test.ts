import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import type { SttInput } from '../../../runtime/contracts.js';
import { azureSpeech } from '../../../runtime/stt/azure-speech.js';
import { createStt } from '../../../runtime/stt/index.js';
import { callOf, describeHearingSocket, finals, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { loopbackKey, startAzureSpeech, type LoopbackAzureSpeech } from '../../loopback/azure-speech.js';

describeSpeechToText('azure', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startAzureSpeech([said('where is my order')]);
    return {
      stt: azureSpeech({ apiKey: loopbackKey, baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('azure', {
  envKey: 'AZURE_SPEECH_KEY',
  answersSilence: false,
  start: startAzureSpeech,
  create: (options) => azureSpeech({ apiKey: loopbackKey, ...options }),
});

describe('azure over its socket', () => {
  let server: LoopbackAzureSpeech;
  beforeEach(async () => {
    server = await startAzureSpeech([said('where is my order')]);
  });
  afterEach(async () => {
    await server.close();
  });
  const call = () => callOf(3.5, { speech: [[0.45, 1.4]] });
  const provider = (more: object = {}) => azureSpeech({ apiKey: loopbackKey, baseUrl: server.url, ...more });

  it("asks in the call's language, for words with times, with the state's wait and what is listened for", async () => {
    const env = { AZURE_SPEECH_KEY: loopbackKey, AZURE_STT_URL: server.url };
    const hints: SttInput = { kind: 'tune', listening: { ...listenings.menu, hints: ['Zendo'] } };
    const input = (async function* (): AsyncGenerator<SttInput> {
      yield hints;
      for await (const one of callOf(0.3)) if (one.kind !== 'tune') yield one;
    })();
    const stt = await createStt('azure/my-deployment', env);
    for await (const event of stt.transcribe(input, { language: 'en-IE' }, new AbortController().signal))
      expect.fail(event.kind);
    expect(Object.fromEntries(server.connections[0]!.searchParams)).toEqual({
      language: 'en-IE',
      format: 'detailed',
      cid: 'my-deployment',
    });
    expect(server.contexts).toEqual([
      {
        phraseDetection: {
          mode: 'Conversation',
          conversation: { segmentation: { mode: 'Custom', segmentationSilenceTimeoutMs: 480 } },
        },
        phraseOutput: { format: 'Detailed', detailed: { options: ['WordTimings'] } },
        dgi: { groups: [{ type: 'Generic', items: [{ text: 'Zendo' }] }] },
      },
    ]);
    expect(server.problems).toEqual([]);
  });

  it('hears words with their times, and takes a pause for no end of a turn', async () => {
    const events = await hear(provider(), call());
    expect(events.filter(({ kind }) => kind === 'final')).toMatchObject([
      { text: 'where is my order', startMs: 450, endMs: 1400, confidence: 0.9, words: [{ text: 'where' }, {}, {}, {}] },
    ]);
    expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
  });

  it('begins another turn of the service where it ended one, and dates its words right', async () => {
    server.fault = { kind: 'short_turns' };
    server.script = [said('where is my order'), said('thank you', 2.45)];
    const events = await hear(provider(), callOf(5, { speech: [[0.45, 1.4], [2.45, 2.9]] })); // prettier-ignore
    expect(finals(events)).toEqual(['where is my order', 'thank you']);
    expect(events.filter(({ kind }) => kind === 'final')[1]).toMatchObject({ startMs: 2450, endMs: 2900 });
    expect(server.contexts).toHaveLength(3);
    expect(server.problems).toEqual([]);
  });

  it.each([
    ['BadRequest', 'refused', false],
    ['Forbidden', 'refused', false],
    ['TooManyRequests', 'busy', true],
    ['ServiceUnavailable', 'unreachable', true],
    ['Error', 'unreachable', true],
  ])('knows what %s in place of a phrase means', async (status, kind, retryable) => {
    server.fault = { kind: 'status', status };
    await expect(hear(provider(), call())).rejects.toMatchObject({ who: 'azure', kind, retryable });
  });

  it('takes what it did not understand for no words', async () => {
    server.fault = { kind: 'status', status: 'InitialSilenceTimeout' };
    await expect(hear(provider(), call())).resolves.toBeDefined();
  });

  it('says what is missing, and sends no key over a network in the clear', async () => {
    await expect(hear(azureSpeech(), callOf(0.1))).rejects.toThrow('Set AZURE_SPEECH_KEY');
    await expect(hear(azureSpeech({ apiKey: 'k' }), callOf(0.1))).rejects.toThrow('Set AZURE_STT_URL');
    expect(() => azureSpeech({ apiKey: 'k', baseUrl: 'ws://ear.example' })).toThrow(UsageError);
  });
});
