import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../../../runtime/contracts.js';
import { createTts } from '../../../runtime/tts/index.js';
import { openAiRealtime } from '../../../runtime/tts/openai-realtime.js';
import { describeSpeechSocket, seconds, speak } from '../../conformance/speech-socket.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { loopbackKey, startOpenAiRealtime, type LoopbackOpenAiRealtime } from '../../loopback/openai-realtime.js';

describeTextToSpeech('openai realtime', {
  words: false,
  create: async () => {
    const server = await startOpenAiRealtime();
    const tts = openAiRealtime({ apiKey: loopbackKey, baseUrl: server.url });
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

describeSpeechSocket('openai realtime', {
  envKey: 'OPENAI_API_KEY',
  start: startOpenAiRealtime,
  create: (options) => openAiRealtime({ apiKey: loopbackKey, ...options }),
});

describe('openai realtime as a voice', () => {
  let server: LoopbackOpenAiRealtime;
  const opened: TextToSpeech[] = [];
  beforeEach(async () => {
    server = await startOpenAiRealtime();
  });
  afterEach(async () => {
    for (const tts of opened.splice(0)) tts.close!();
    await server.close();
  });
  const provider = (more: object = {}): TextToSpeech => {
    const tts = openAiRealtime({ apiKey: loopbackKey, baseUrl: server.url, ...more });
    opened.push(tts);
    return tts;
  };
  /** What is played until it fails, and how. */
  const heardOf = async (text: string): Promise<{ heardS: number; problem: unknown }> => {
    const pieces: TtsPiece[] = [];
    try {
      for await (const piece of provider().speak({ text, language: 'en' }, new AbortController().signal))
        pieces.push(piece);
    } catch (problem) {
      return { heardS: seconds(pieces), problem };
    }
    return { heardS: seconds(pieces), problem: undefined };
  };
  const asked = 'Shall I cancel the order?';

  it('never plays an answer to what it was to read', async () => {
    server.fault = { kind: 'words', text: 'Yes, please cancel it.' };
    expect(await heardOf(asked)).toMatchObject({
      heardS: 0,
      problem: { who: 'openai', kind: 'protocol', message: expect.not.stringContaining('cancel') },
    });
  });

  it.each([
    ['goes on in its own words', 'Shall I cancel the order? Or would you like something else today?', 1.5],
    ['turns to its own words in the middle', 'Shall I keep the order for you then?', 0.6],
    ['leaves words out at the end', 'Shall I cancel', 0.9],
  ])('plays nothing of its own where it %s', async (_, words, mostS) => {
    server.fault = { kind: 'words', text: words };
    const { heardS, problem } = await heardOf(asked);
    expect(problem).toMatchObject({ kind: 'protocol' });
    expect(heardS).toBeLessThanOrEqual(mostS);
  });

  it('plays what differs in commas, capitals and hyphens alone', async () => {
    server.fault = { kind: 'words', text: 'Your check in is at 7, Mr. Ó Súilleabháin' };
    expect(await heardOf('Your check-in is at 7, Mr Ó Súilleabháin.')).toMatchObject({ problem: undefined });
  });

  it('does nothing of what it is told by a sentence, and calls no function', async () => {
    server.fault = { kind: 'tool' };
    expect(await heardOf(asked)).toMatchObject({ heardS: 0, problem: { kind: 'protocol' } });
    expect(server.sessions[0]).toMatchObject({
      tools: [],
      tool_choice: 'none',
      audio: { input: { turn_detection: null } },
    });
  });

  it("speaks with the flow's voice and the state's, each on connections of its own, at the sentence's pace", async () => {
    const tts = provider({ voice: 'cedar', model: 'gpt-realtime-mini' });
    await speak(tts, 'Hello.', { rate: 0.8 });
    await speak(tts, 'Hello.', { voice: 'marin', rate: 3 });
    await speak(tts, 'Hello.');
    expect(server.connections.map(({ searchParams, hash }) => [searchParams.get('model'), hash])).toEqual([
      ['gpt-realtime-mini', ''],
      ['gpt-realtime-mini', ''],
    ]);
    expect(server.sessions.map(({ audio }) => (audio as { output: object }).output)).toMatchObject([
      { voice: 'cedar', speed: 0.8 },
      { voice: 'marin', speed: 1.5 },
      { voice: 'cedar', speed: 1 },
    ]);
    expect(server.problems).toEqual([]);
  });

  it('speaks the next sentence where a cut-off one was over before it was cancelled', async () => {
    server.fault = { kind: 'cancelled_late' };
    const tts = provider();
    for await (const piece of tts.speak(
      { text: 'one two three four five', language: 'en' },
      new AbortController().signal,
    ))
      if (piece.kind === 'audio') break;
    await expect.poll(() => server.cancelled).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(1);
  });

  it.each([
    ['invalid_api_key', 'invalid_request_error', 'refused', false],
    ['rate_limit_exceeded', 'requests', 'busy', true],
    ['server_error', 'server_error', 'unreachable', true],
    ['unknown_parameter', 'invalid_request_error', 'refused', false],
  ])('knows what it means when it says %s, and passes none of its text on', async (code, type, kind, retryable) => {
    server.fault = { kind: 'error', code, type };
    const problem: unknown = await speak(provider(), 'my secret').catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'openai', kind, retryable });
    expect(String(problem)).not.toContain('secret');
  });

  it('is chosen by its model, and never sends a key over a network in the clear', async () => {
    const env = { OPENAI_API_KEY: loopbackKey, OPENAI_BASE_URL: server.url };
    const tts = await createTts('openai/gpt-realtime', env);
    opened.push(tts);
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    await expect(speak(openAiRealtime())).rejects.toThrow('Set OPENAI_API_KEY');
    expect(() => openAiRealtime({ baseUrl: 'http://voice.example' })).toThrow(UsageError);
  });
});
