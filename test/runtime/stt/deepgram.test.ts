import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { EarEvent, SttEvent, SttInput } from '../../../runtime/contracts.js';
import { createEar } from '../../../runtime/ear.js';
import { deepgram } from '../../../runtime/stt/deepgram.js';
import { energyVad } from '../../../runtime/vad/energy.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings, silence } from '../../fixtures/speech.js';
import { loopbackKey, startDeepgram, type LoopbackDeepgram } from '../../loopback/deepgram.js';

const script = [
  {
    words: 'where is my order'
      .split(' ')
      .map((word, i) => ({ word, start: 0.45 + i * 0.25, end: 0.65 + i * 0.25, confidence: 0.8 + i * 0.05 })),
  },
];

describeSpeechToText('deepgram', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startDeepgram(script);
    return {
      stt: deepgram({ apiKey: loopbackKey, baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, n) => 6000 * Math.sin(n / 3));
}

describe('deepgram', () => {
  let server: LoopbackDeepgram;
  beforeEach(async () => {
    server = await startDeepgram(script);
  });
  afterEach(async () => {
    await server.close();
  });
  const provider = (more: object = {}) => deepgram({ apiKey: loopbackKey, baseUrl: server.url, ...more });

  async function* sound(seconds: number, ...after: SttInput[]): AsyncGenerator<SttInput> {
    for (let n = 1; n <= seconds * 50; n++) {
      yield { kind: 'audio', samples: silence(20), atMs: n * 20 };
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const input of after) yield input;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  async function collect(input: AsyncIterable<SttInput>, stt = provider()): Promise<SttEvent[]> {
    const events: SttEvent[] = [];
    for await (const event of stt.transcribe(input, { language: 'en-US' }, new AbortController().signal))
      events.push(event);
    return events;
  }

  it('asks for the model, the language and telephone sound', async () => {
    await collect(sound(0.2), provider({ model: 'nova-2', keyterms: ['Acme', 'Zendo'] }));
    const { query } = server.connections[0]!;
    expect(Object.fromEntries(query)).toMatchObject({
      model: 'nova-2',
      language: 'en-US',
      encoding: 'linear16',
      sample_rate: '8000',
    });
    expect(query.getAll('keyterm')).toEqual(['Acme', 'Zendo']);
    expect(server.problems).toEqual([]);
  });

  it('gives word times and the mean of the word confidences, and the end of the turn a second after', async () => {
    const events = await collect(sound(3));
    const final = events.find((event) => event.kind === 'final')!;
    expect(final).toMatchObject({ text: 'where is my order', startMs: 450, endMs: 1400 });
    expect(final.confidence).toBeCloseTo(0.875);
    expect(final.words![3]).toMatchObject({ text: 'order', startMs: 1200, endMs: 1400 });
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['interim', 'final', 'end_of_turn']));
    expect(events.findIndex(({ kind }) => kind === 'end_of_turn')).toBeGreaterThan(
      events.findIndex(({ kind }) => kind === 'final'),
    );
  });

  it('asks for the open words when the turn is decided, and takes them late', async () => {
    server.fault = { kind: 'late_finalize', ms: 20 };
    const events = await collect(sound(1.3, { kind: 'end_turn' }));
    expect(server.connections[0]!.texts).toContain('Finalize');
    expect(events.filter(({ kind }) => kind === 'final').map((event) => (event as { text: string }).text)).toEqual([
      'where is my',
    ]);
  });

  it('says at once that speech held no words', async () => {
    server.script = [];
    async function* cough(): AsyncGenerator<SttInput> {
      yield { kind: 'speech_started', atMs: 100 };
      yield* sound(0.4);
      yield { kind: 'speech_ended', atMs: 300 };
      for (let n = 21; n <= 40; n++) yield { kind: 'audio', samples: silence(20), atMs: n * 20 };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await collect(cough())).toEqual([
      expect.objectContaining({
        kind: 'final',
        text: '',
        startMs: 100,
        endMs: expect.toSatisfy((ms: number) => ms >= 400 && ms <= 800),
      }),
    ]);
  });

  it('keeps a silent connection alive', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const quiet = (async function* (): AsyncGenerator<SttInput> {
      yield { kind: 'audio', samples: silence(20), atMs: 20 };
      await new Promise(() => {});
    })();
    const run = (async () => {
      for await (const event of provider({ clock }).transcribe(quiet, { language: 'en' }, stop.signal))
        expect.fail(event.kind);
    })();
    await expect.poll(() => server.connections[0]?.audioS ?? 0).toBeGreaterThan(0);
    await clock.advance(9000);
    await expect.poll(() => server.connections[0]!.texts).toEqual(['KeepAlive', 'KeepAlive']);
    stop.abort();
    await run;
  });

  it('survives messages that are none', async () => {
    server.fault = { kind: 'garbage' };
    const events = await collect(sound(3));
    expect(events.filter(({ kind }) => kind === 'final')).toMatchObject([{ text: 'where is my order' }]);
  });

  it.each([
    [401, 'refused', false, 'DEEPGRAM_API_KEY'],
    [400, 'refused', false, 'model'],
    [429, 'busy', true, '429'],
    [503, 'unreachable', true, '503'],
  ])('says what a %i means and whether to try again', async (status, kind, retryable, hint) => {
    server.fault = { kind: 'refuse', status };
    await expect(collect(sound(0.1))).rejects.toMatchObject({
      who: 'deepgram',
      kind,
      retryable,
      message: expect.stringContaining(hint),
    });
  });

  it('needs a key and says where to put it', async () => {
    await expect(collect(sound(0.1), deepgram({ baseUrl: server.url }))).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Set DEEPGRAM_API_KEY'),
    });
    await expect(collect(sound(0.1), deepgram({ apiKey: 'wrong', baseUrl: server.url }))).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('says when nobody is there', async () => {
    const gone = await startDeepgram();
    await gone.close();
    await expect(collect(sound(0.1), provider({ baseUrl: gone.url }))).rejects.toMatchObject({
      kind: 'unreachable',
      retryable: true,
    });
  });

  it('fails with a lost connection, and the ear connects again and repeats the open utterance', async () => {
    server.fault = { kind: 'drop', afterS: 0.8, times: 1 };
    await expect(collect(sound(3))).rejects.toMatchObject({ kind: 'closed', retryable: true });

    server.fault = { kind: 'drop', afterS: 1.2, times: 1 };
    server.script = [{ words: [{ word: 'refund', start: 0.5, end: 0.9 }] }];
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const ear = createEar({
      vad: energyVad(),
      stt: provider(),
      clock,
      language: 'en-US',
      log: { warn: (event) => void warnings.push(event) },
    });
    const events: EarEvent[] = [];
    const reading = (async () => {
      for await (const event of ear.events()) events.push(event);
    })();
    const connections = server.connections.length;
    const speech = [silence(400), tone(1200), silence(2000)].flatMap((piece) => [...piece]);
    for (let from = 0; from + 160 <= speech.length; from += 160) {
      ear.hear(Int16Array.from(speech.slice(from, from + 160)), (from + 160) / 8);
      if (from % 1600 === 0) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        await clock.advance(50);
      }
    }
    await expect
      .poll(() => events.some((event) => event.kind === 'final' && event.text === 'refund'), { timeout: 5000 })
      .toBe(true);
    expect(server.connections.length - connections).toBe(2);
    expect(warnings).toEqual(['recogniser lost, connecting again']);
    ear.close();
    await reading;
  });

  it('gives up on a server that takes everything and answers nothing', async () => {
    server.fault = { kind: 'silent' };
    const clock = new VirtualClock();
    async function* speech(): AsyncGenerator<SttInput> {
      yield { kind: 'speech_started', atMs: 100 };
      yield* sound(0.3);
      yield { kind: 'speech_ended', atMs: 200 };
      for (let n = 16; n <= 30; n++) yield { kind: 'audio', samples: silence(20), atMs: n * 20 };
      await clock.advance(5000);
      await new Promise(() => {});
    }
    await expect(collect(speech(), provider({ clock }))).rejects.toMatchObject({ kind: 'timeout', retryable: true });
  });
});
