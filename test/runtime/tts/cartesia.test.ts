import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../../../runtime/contracts.js';
import { cartesia } from '../../../runtime/tts/cartesia.js';
import { describeSpeechSocket } from '../../conformance/speech-socket.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { loopbackKey, startCartesia, type LoopbackCartesia } from '../../loopback/cartesia.js';

for (const transport of ['websocket', 'http'] as const) {
  describeTextToSpeech(`cartesia over ${transport}`, {
    words: transport === 'websocket',
    create: async () => {
      const server = await startCartesia();
      const tts = cartesia({ apiKey: loopbackKey, baseUrl: server.url, transport });
      return {
        tts,
        close: async () => {
          expect(server.problems).toEqual([]);
          tts.close?.();
          await server.close();
        },
      };
    },
  });
}

describeSpeechSocket('cartesia', {
  envKey: 'CARTESIA_API_KEY',
  start: startCartesia,
  create: (options) => cartesia({ apiKey: loopbackKey, ...options }),
});

describe('cartesia', () => {
  let server: LoopbackCartesia;
  const opened: TextToSpeech[] = [];
  beforeEach(async () => {
    server = await startCartesia();
  });
  afterEach(async () => {
    for (const tts of opened.splice(0)) tts.close?.();
    await server.close();
  });
  const provider = (more: object = {}): TextToSpeech => {
    const tts = cartesia({ apiKey: loopbackKey, baseUrl: server.url, ...more });
    opened.push(tts);
    return tts;
  };
  async function speak(
    tts: TextToSpeech,
    text = 'Hello there.',
    signal = new AbortController().signal,
  ): Promise<TtsPiece[]> {
    const pieces: TtsPiece[] = [];
    for await (const piece of tts.speak({ text, language: 'en-US' }, signal)) pieces.push(piece);
    return pieces;
  }
  const seconds = (pieces: TtsPiece[]): number =>
    pieces.reduce((sum, piece) => sum + (piece.kind === 'audio' ? piece.samples.length / piece.sampleRateHz : 0), 0);

  it('is asked for another pace where a sentence has one, within what it takes', async () => {
    for (const rate of [0.85, 0.2, undefined]) {
      const sentence = { text: 'Hello there.', language: 'en-US', ...(rate !== undefined && { rate }) };
      for await (const piece of provider().speak(sentence, new AbortController().signal)) void piece;
    }
    expect(server.requests.map((request) => request['generation_config'])).toEqual([
      { speed: 0.85 },
      { speed: 0.6 },
      undefined,
    ]);
  });

  it('speaks with the feeling and the volume that stand behind the name of a voice, within what it takes', async () => {
    await speak(provider({ voice: 'a-voice?emotion=calm&volume=9' }));
    expect(server.requests[0]).toMatchObject({
      voice: { mode: 'id', id: 'a-voice' },
      generation_config: { emotion: 'calm', volume: 2 },
    });
    await expect(speak(provider({ voice: 'a-voice?mood=sad' }))).rejects.toThrow(/no setting `mood=sad`.*emotion=calm/);
  });

  it("asks for 8 kHz PCM in the sentence's language, with the voice and the model of the flow", async () => {
    await speak(provider({ model: 'sonic-2', voice: 'a-voice' }), '<b>Hello</b> there.');
    expect(server.requests[0]).toMatchObject({
      model_id: 'sonic-2',
      voice: { mode: 'id', id: 'a-voice' },
      language: 'en',
      transcript: 'Hello there.',
      continue: false,
      max_buffer_delay_ms: 0,
      add_timestamps: true,
    });
    expect(server.problems).toEqual([]);
  });

  it('uses one connection for all sentences', async () => {
    const tts = provider();
    await Promise.all([speak(tts), speak(tts)]);
    await speak(tts);
    expect(server.connections).toHaveLength(1);
  });

  it('cancels an aborted sentence at the server and drops its late sound', async () => {
    const tts = provider();
    const stop = new AbortController();
    const run = (async () => {
      for await (const piece of tts.speak({ text: 'one two three four five six seven', language: 'en' }, stop.signal)) {
        if (piece.kind === 'audio') stop.abort(new Error('barge-in'));
      }
    })();
    await expect(run).rejects.toThrow('barge-in');
    await expect.poll(() => server.cancelled.length).toBe(1);
    // The server still sends two frames of it: the next sentence has its own sound only.
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
  });

  it.each([
    [401, 'refused', false, 'CARTESIA_API_KEY'],
    [402, 'refused', false, 'credit'],
    [429, 'busy', true, '429'],
    [500, 'unreachable', true, '500'],
  ])('says what a %i means and whether to try again, over both transports', async (status, kind, retryable, hint) => {
    server.fault = { kind: 'refuse', status };
    for (const transport of ['websocket', 'http']) {
      await expect(speak(provider({ transport }))).rejects.toMatchObject({
        who: 'cartesia',
        kind,
        retryable,
        message: expect.stringContaining(hint),
      });
    }
  });

  it('fails only the sentence that the server refuses', async () => {
    server.fault = { kind: 'context_error', status: 400 };
    const tts = provider();
    await expect(speak(tts)).rejects.toMatchObject({ kind: 'refused' });
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(1);
  });

  it('fails in mid-sentence over HTTP too', async () => {
    server.fault = { kind: 'drop', afterChunks: 2, times: 1 };
    await expect(speak(provider({ transport: 'http' }), 'one two three four')).rejects.toMatchObject({
      kind: 'closed',
      retryable: true,
    });
  });

  it('keeps its connection where sentences were cut off, since it does not tell when they have stopped', async () => {
    const clock = new VirtualClock();
    const tts = provider({ clock });
    for (let n = 0; n < 3; n++) {
      const stop = new AbortController();
      const run = (async () => {
        for await (const piece of tts.speak({ text: 'one two three', language: 'en' }, stop.signal))
          if (piece.kind === 'audio') stop.abort(new Error('barge-in'));
      })();
      await expect(run).rejects.toThrow('barge-in');
      await clock.advance(5000);
    }
    expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(1);
  });

  it('needs a key, and never sends it over a network in the clear', async () => {
    await expect(speak(cartesia({ baseUrl: server.url }))).rejects.toMatchObject({
      message: expect.stringContaining('Set CARTESIA_API_KEY'),
    });
    expect(() => cartesia({ apiKey: 'k', baseUrl: 'http://voice.example' })).toThrow(UsageError);
    expect(() => cartesia({ apiKey: 'k', baseUrl: 'wss://voice.example' })).not.toThrow();
  });
});
