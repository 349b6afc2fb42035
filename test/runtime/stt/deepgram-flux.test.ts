import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deepgramFlux } from '../../../runtime/stt/deepgram-flux.js';
import { createStt } from '../../../runtime/stt/index.js';
import { callOf, describeHearingSocket, finals, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { loopbackKey, startDeepgramFlux, type LoopbackDeepgramFlux } from '../../loopback/deepgram-flux.js';

for (const withTimes of [true, false]) {
  describeSpeechToText(`deepgram flux, words ${withTimes ? 'with' : 'without'} times`, {
    hearsSound: false,
    speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
    create: async () => {
      const server = await startDeepgramFlux([said('where is my order')], { withTimes });
      return {
        stt: deepgramFlux({ apiKey: loopbackKey, baseUrl: server.url }),
        close: async () => {
          expect(server.problems).toEqual([]);
          await server.close();
        },
      };
    },
  });
}

describeHearingSocket('deepgram flux', {
  envKey: 'DEEPGRAM_API_KEY',
  answersSilence: true,
  start: startDeepgramFlux,
  create: (options) => deepgramFlux({ apiKey: loopbackKey, ...options }),
});

describe('deepgram flux', () => {
  let server: LoopbackDeepgramFlux;
  beforeEach(async () => {
    server = await startDeepgramFlux([said('where is my order')]);
  });
  afterEach(async () => {
    await server.close();
  });
  const flux = (more: object = {}) => deepgramFlux({ apiKey: loopbackKey, baseUrl: server.url, ...more });

  it('is what a model of its name asks for, and hears other languages with the model that does', async () => {
    const env = { DEEPGRAM_API_KEY: loopbackKey, DEEPGRAM_URL: server.url };
    await hear(await createStt('deepgram/flux', env), callOf(0.1));
    for await (const event of flux().transcribe(callOf(0.1), { language: 'es-MX' }, new AbortController().signal))
      expect.fail(event.kind);
    expect(server.connections.map(({ searchParams }) => Object.fromEntries(searchParams))).toMatchObject([
      { model: 'flux-general-en' },
      { model: 'flux-general-multi', language_hint: 'es' },
    ]);
    expect(server.problems).toEqual([]);
  });

  it('ends the turn where Flux hears its end, after the shortest wait of the flow', async () => {
    for (const [minMs, atLeastMs] of [
      [300, 1900],
      [900, 2300],
    ] as const) {
      const events = await hear(flux(), callOf(4, { speech: [[0.45, 1.4]], minMs }));
      const end = events.findIndex(({ kind }) => kind === 'end_of_turn');
      expect(events[end]).toMatchObject({
        atMs: expect.toSatisfy((ms: number) => ms >= atLeastMs && ms < atLeastMs + 300),
      });
      expect(events.slice(0, end).filter(({ kind }) => kind === 'final')).toMatchObject([
        { text: 'where is my order', startMs: 450, endMs: 1400 },
      ]);
      expect(events.filter(({ kind }) => kind === 'end_of_turn')).toHaveLength(1);
    }
  });

  it('does not end a turn in which the caller has begun to speak again', async () => {
    const events = await hear(flux(), callOf(2.6, { speech: [[0.45, 1.4], [1.9, 2.6]], minMs: 900 })); // prettier-ignore
    expect(finals(events)).toEqual(['where is my order']);
    expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
  });

  it('says at an eager end that this may be all, and at a resumed turn what more was said', async () => {
    server.script = [said('where is my order'), said('the blue one', 1.85)];
    const events = await hear(flux(), callOf(4, { speech: [[0.45, 1.4], [1.85, 2.55]] })); // prettier-ignore
    expect(server.events).toEqual(expect.arrayContaining(['EagerEndOfTurn', 'TurnResumed', 'EndOfTurn']));
    const interims = events.filter((event) => event.kind === 'interim');
    expect(interims.filter(({ mayBeAll }) => mayBeAll).map(({ text }) => text)).toEqual([
      'where is my order',
      'where is my order the blue one',
    ]);
    expect(finals(events)).toEqual(['where is my order the blue one']);
    expect(server.events.filter((event) => event === 'EndOfTurn')).toHaveLength(1);
  });

  it("lets the flow's own endpointing decide about a pause that Flux does not take for an end", async () => {
    // The end is half a second of sound late here: the server stops hearing time.
    server.script = [said('where is my'), { words: [{ word: 'order', start: 1.2, end: 9 }] }];
    const events = await hear(flux(), callOf(3, { speech: [[0.45, 1.15]] }));
    expect(finals(events)).toEqual(['where is my']);
    expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
  });

  it('is told what is listened for in each state, one message at a time, the newest last', async () => {
    const { menu } = listenings;
    const tune = (maxMs: number, hints: string[]) =>
      ({ kind: 'tune', listening: { ...menu, hints, endpointing: { minMs: 200, maxMs } } }) as const;
    // Before the server has had time to answer the first.
    const then = [
      { atS: 0.02, input: tune(100, ['Acme']) },
      { atS: 0.02, input: tune(90_000, ['Zendo']) },
    ];
    for (const fault of [undefined, { kind: 'configure_failure' } as const]) {
      server.fault = fault;
      server.texts.length = 0;
      await hear(flux(), callOf(0.5, { then }));
      expect(server.texts.filter(({ type }) => type === 'Configure')).toEqual([
        { type: 'Configure', thresholds: { eot_timeout_ms: 2500 }, keyterms: [] },
        { type: 'Configure', thresholds: { eot_timeout_ms: 60_000 }, keyterms: ['Zendo'] },
      ]);
    }
    expect(server.problems).toEqual([]);
  });

  it('passes nothing on of what its error says', async () => {
    server.fault = { kind: 'error' };
    const problem: unknown = await hear(flux(), callOf(2)).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'deepgram', kind: 'protocol', retryable: true });
    expect(String(problem)).not.toContain('secret');
  });

  it('needs a key', async () => {
    await expect(hear(deepgramFlux(), callOf(0.1))).rejects.toThrow('Set DEEPGRAM_API_KEY');
    await expect(hear(flux({ apiKey: 'wrong' }), callOf(0.1))).rejects.toMatchObject({ kind: 'refused' });
  });
});
