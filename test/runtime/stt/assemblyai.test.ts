import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { SttInput } from '../../../runtime/contracts.js';
import { assemblyAi } from '../../../runtime/stt/assemblyai.js';
import { createStt } from '../../../runtime/stt/index.js';
import { callOf, describeHearingSocket, finals, forever, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { loopbackKey, startAssemblyAi, type LoopbackAssemblyAi } from '../../loopback/assemblyai.js';

describeSpeechToText('assemblyai', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startAssemblyAi([said('where is my order')]);
    return {
      stt: assemblyAi({ apiKey: loopbackKey, baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('assemblyai', {
  envKey: 'ASSEMBLYAI_API_KEY',
  answersSilence: false,
  start: startAssemblyAi,
  create: (options) => assemblyAi({ apiKey: loopbackKey, ...options }),
});

describe('assemblyai', () => {
  let server: LoopbackAssemblyAi;
  beforeEach(async () => {
    server = await startAssemblyAi([said('where is my order')]);
  });
  afterEach(async () => {
    await server.close();
  });
  const provider = (more: object = {}) => assemblyAi({ apiKey: loopbackKey, baseUrl: server.url, ...more });

  it('asks for telephone sound, and for the model that hears the language', async () => {
    const env = { ASSEMBLYAI_API_KEY: loopbackKey, ASSEMBLYAI_URL: server.url };
    await hear(await createStt('assemblyai/universal-3-5-pro', env), callOf(0.1));
    for (const language of ['en-GB', 'es'])
      for await (const event of provider().transcribe(callOf(0.1), { language }, new AbortController().signal))
        expect.fail(event.kind);
    expect(server.connections.map(({ searchParams }) => searchParams.get('speech_model'))).toEqual([
      'universal-3-5-pro',
      'universal-streaming-english',
      'universal-streaming-multilingual',
    ]);
    expect(server.problems).toEqual([]);
  });

  it("is told each state's waits and what is listened for", async () => {
    const tuned: SttInput = { kind: 'tune', listening: { ...listenings.menu, hints: ['Zendo'] } };
    await hear(provider(), callOf(0.5, { then: [{ atS: 0.2, input: tuned }], minMs: 900, maxMs: 4000 }));
    expect(server.texts.filter(({ type }) => type === 'UpdateConfiguration')).toEqual([
      { type: 'UpdateConfiguration', min_turn_silence: 900, max_turn_silence: 4000, keyterms_prompt: [] },
      { type: 'UpdateConfiguration', min_turn_silence: 480, max_turn_silence: 1500, keyterms_prompt: ['Zendo'] },
    ]);
  });

  it('says at a pause that this may be all, and ends the turn with the vendor', async () => {
    const events = await hear(provider(), callOf(3.5, { speech: [[0.45, 1.4]] }));
    expect(events.filter((event) => event.kind === 'interim' && event.mayBeAll)).toMatchObject([
      { text: 'where is my order' },
    ]);
    expect(events.find(({ kind }) => kind === 'final')).toMatchObject({
      startMs: 450,
      endMs: 1400,
      confidence: 0.9,
      words: [{ text: 'where', startMs: 450 }, {}, {}, { text: 'order', endMs: 1400 }],
    });
    expect(events.at(-1)).toMatchObject({ kind: 'end_of_turn' });
  });

  it('takes a turn that ends twice, raw and formatted, for one', async () => {
    server.formats = true;
    const events = await hear(provider(), callOf(3.5, { speech: [[0.45, 1.4]] }));
    expect(finals(events)).toEqual(['where is my order']);
    expect(events.filter(({ kind }) => kind === 'end_of_turn')).toHaveLength(1);
  });

  it('asks for the end of a turn that the call decided, and only where words of it are open', async () => {
    const decided = (atS: number) => ({ atS, input: { kind: 'end_turn' } as const });
    await hear(provider(), callOf(3.5, { speech: [[0.45, 1.4]], then: [decided(1.5), decided(3)] }));
    expect(server.texts.filter(({ type }) => type === 'ForceEndpoint')).toHaveLength(1);
  });

  it.each([
    [1008, 'Unauthorized Connection: secret', 'refused', false],
    [4001, 'Not authorized: secret', 'refused', false],
    [1008, 'Too many concurrent sessions: secret', 'busy', true],
    [4002, 'Insufficient funds: secret', 'refused', false],
    [1008, 'secret', 'unreachable', true],
    [1011, 'secret', 'closed', true],
  ])(
    'knows what it means when it closes with %i (%s), and passes none of its words on',
    async (code, reason, kind, retryable) => {
      for (const says of [false, true]) {
        if (says && kind === 'closed') continue;
        server.fault = { kind: 'closed', code, reason, says };
        const problem: unknown = await hear(provider(), callOf(1)).catch((thrown: unknown) => thrown);
        expect(problem).toMatchObject({ who: 'assemblyai', kind, retryable });
        expect(String(problem)).not.toContain('secret');
      }
    },
  );

  it('gives up on a server that does not end a turn that it was asked to end', async () => {
    const clock = new VirtualClock();
    server.fault = { kind: 'unended' };
    const run = hear(
      provider({ clock }),
      forever(
        (async function* (): AsyncGenerator<SttInput> {
          yield* callOf(1.3, { speech: [[0.45, 1.4]] });
          // What was said so far is answered first.
          await new Promise((resolve) => setTimeout(resolve, 100));
          yield { kind: 'end_turn' };
        })(),
      ),
    );
    run.catch(() => {});
    await expect.poll(() => server.texts.some(({ type }) => type === 'ForceEndpoint')).toBe(true);
    await clock.advance(4500);
    await expect(run).rejects.toMatchObject({ kind: 'timeout', retryable: true });
  });

  it('needs a key, and never sends it over a network in the clear', async () => {
    await expect(hear(assemblyAi(), callOf(0.1))).rejects.toThrow('Set ASSEMBLYAI_API_KEY');
    expect(() => assemblyAi({ apiKey: 'k', baseUrl: 'ws://ear.example' })).toThrow(UsageError);
  });
});
