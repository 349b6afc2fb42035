import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Listening } from '../../../engine/contracts.js';
import { UsageError } from '../../../engine/errors.js';
import type { SpeechToText, SttEvent, SttInput } from '../../../runtime/contracts.js';
import { googleSpeech, recognizerOf, type GoogleSpeechOptions } from '../../../runtime/stt/google.js';
import { createStt } from '../../../runtime/stt/index.js';
import { callOf, describeHearingSocket, finals, hear, said } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { joined, listenings, silence } from '../../fixtures/speech.js';
import { loopbackProject, loopbackToken, writeServiceAccount } from '../../loopback/google-account.js';
import { loopbackKey, soundOf, startGoogleSpeech, type LoopbackGoogleSpeech } from '../../loopback/google-speech.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-google-'));
const credentialsFile = writeServiceAccount(folder);
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Lets a twin hear so much more sound and answer it: a message passes through HTTP/2 and a proxy, all in this process, so
 * in a number of turns of its loop.
 */
function patienceWith(server: { audioS: number[] }): (soundS: number) => Promise<void> {
  const heardS = (): number => server.audioS.reduce((sum, one) => sum + one, 0);
  const beforeS = heardS();
  return async (soundS) => {
    // Not for ever: it may be told to refuse.
    for (let wait = 0; wait < 50 && heardS() < beforeS + soundS - 0.11; wait++)
      await new Promise((resolve) => setTimeout(resolve, 2));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
}

/** A key is asked in version 1, an account in version 2. */
const byKey = { apiKey: loopbackKey };
const byToken = { account: { accessToken: loopbackToken, project: loopbackProject } };

for (const [version, authority] of [
  ['version 1', byKey],
  ['version 2', byToken],
] as const) {
  describeSpeechToText(`google, ${version}`, {
    hearsSound: true,
    speech: () => Promise.resolve({ sound: soundOf('three one four one'), text: 'three one four one', listening: listenings.menu }), // prettier-ignore
    create: async () => {
      const server = await startGoogleSpeech();
      return {
        stt: googleSpeech({ ...authority, baseUrl: server.url }),
        close: async () => {
          expect(server.problems).toEqual([]);
          await server.close();
        },
      };
    },
  });

  describeHearingSocket(`google, ${version}`, {
    envKey: 'GOOGLE_API_KEY',
    answersSilence: false,
    start: startGoogleSpeech as (script: ReturnType<typeof said>[]) => Promise<LoopbackGoogleSpeech & { script: ReturnType<typeof said>[] }>, // prettier-ignore
    create: (options) => googleSpeech({ ...authority, ...options }),
    answered: patienceWith,
  });
}

/** A call's sound, as fast as it is taken, on a clock that goes along. */
async function* soundCall(
  sound: Int16Array,
  { clock, server, fromMs = 0, then = [] }: SoundCall,
): AsyncGenerator<SttInput> {
  const listening = (words: string[]): Listening => ({ ...listenings.menu, hints: words });
  const changes = [...then];
  yield { kind: 'tune', listening: listening([]) };
  const answered = patienceWith(server);
  const step = 4000;
  for (let from = 0, n = 0; from < sound.length; from += step, n++) {
    const samples = sound.subarray(from, from + step);
    const atMs = fromMs + (from + samples.length) / 8;
    yield { kind: 'audio', samples, atMs };
    if (changes[0] && changes[0].atS * 1000 <= atMs)
      yield { kind: 'tune', listening: listening(changes.shift()!.hints) };
    await clock.advanceTo(atMs);
    if (n % 2 === 0) await answered((atMs - fromMs) / 1000);
  }
}

interface SoundCall {
  clock: VirtualClock;
  server: LoopbackGoogleSpeech;
  fromMs?: number;
  then?: { atS: number; hints: string[] }[];
}

describe('google speech', () => {
  let server: LoopbackGoogleSpeech;
  let clock: VirtualClock;
  beforeEach(async () => {
    server = await startGoogleSpeech();
    clock = new VirtualClock(Date.now());
  });
  afterEach(async () => {
    expect(server.problems).toEqual([]);
    await server.close();
  });
  const google = (more: GoogleSpeechOptions = {}): SpeechToText =>
    googleSpeech({ baseUrl: server.url, ...('apiKey' in more || 'account' in more ? {} : byToken), ...more });
  const script = (text = 'where is my order'): void => void (server.script = [said(text)]);
  const call = () => callOf(3.5, { speech: [[0.45, 1.4]], answered: patienceWith(server) });
  const textOf = (events: SttEvent[]): string => finals(events).filter(Boolean).join(' ');

  it('hears words with their times and how sure it is of them', async () => {
    script();
    for (const authority of [byKey, byToken]) {
      const events = await hear(google(authority), call());
      expect(events.filter(({ kind }) => kind === 'final')).toMatchObject([
        { text: 'where is my order', startMs: 450, endMs: 1400, words: [{ text: 'where' }, {}, {}, {}] },
      ]);
      for (const event of events) if (event.kind === 'final') expect(event.confidence).toBeCloseTo(0.9, 5);
      expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
    }
    expect(server.configs.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('says that it may be all when its detector hears a pause', async () => {
    script();
    const events = await hear(google(), call());
    const half = events.filter((event) => event.kind === 'interim' && event.mayBeAll);
    expect(half).toMatchObject([{ text: 'where is my order' }]);
    expect(events.indexOf(half[0]!)).toBeLessThan(events.findIndex(({ kind }) => kind === 'final'));
  });

  it('asks in a language with its region, in Google’s name for it, with the model that the flow names', async () => {
    server.script = [];
    for (const [language, spec] of [
      ['en', 'google'],
      ['de-AT', 'google/chirp_2'],
      ['zh', 'google/latest_long'],
    ] as const) {
      const stt = await createStt(spec, { GOOGLE_STT_URL: server.url, GOOGLE_API_KEY: loopbackKey });
      for await (const event of stt.transcribe(callOf(0.2), { language }, new AbortController().signal))
        expect.fail(event.kind);
    }
    expect(server.configs.map(({ languages, model }) => [...languages, model])).toEqual([
      ['en-US', ''],
      ['de-AT', 'chirp_2'],
      ['cmn-Hans-CN', 'latest_long'],
    ]);
    // Version 2 takes none without a model.
    await hear(google(), callOf(0.2));
    expect(server.configs.at(-1)).toMatchObject({ version: 2, languages: ['en-US'], model: 'telephony' });
  });

  describe('who asks', () => {
    const env = () => ({ GOOGLE_STT_URL: server.url });
    const heardBy = async (more: Record<string, string>) =>
      textOf(await hear(await createStt('google', { ...env(), ...more }), call()));
    beforeEach(() => script());

    it('is a service account, which signs its own tokens, before a key', async () => {
      expect(
        await heardBy({ GOOGLE_APPLICATION_CREDENTIALS: credentialsFile, GOOGLE_API_KEY: 'of another service' }),
      ).toBe('where is my order');
      expect(server.configs).toMatchObject([{ version: 2 }]);
    });

    it('is whoever has a token; without a project in version 1', async () => {
      expect(await heardBy({ GOOGLE_ACCESS_TOKEN: loopbackToken })).toBe('where is my order');
      expect(await heardBy({ GOOGLE_ACCESS_TOKEN: loopbackToken, GOOGLE_CLOUD_PROJECT: loopbackProject })).toBe(
        'where is my order',
      );
      expect(server.configs.map(({ version, payer }) => [version, payer])).toEqual([
        [1, undefined],
        [2, loopbackProject],
      ]);
    });

    it('signs another token before the last one ends', async () => {
      server.script = [];
      server.now = () => clock.date();
      const stt = google({ account: { credentialsFile }, clock });
      for (const hours of [0, 0.7, 0.9, 3]) {
        await clock.advanceTo(hours * 3_600_000);
        expect(await hear(stt, callOf(0.2))).toEqual([]);
      }
      expect(server.configs).toHaveLength(4);
    });

    it.each([
      ['without any', {}, 'Set GOOGLE_API_KEY or GOOGLE_APPLICATION_CREDENTIALS'],
      [
        'with a file that is not there',
        { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'gone.json') },
        'cannot be read',
      ],
    ])('is refused at once %s', async (_title, more, hint) => {
      const stt = await createStt('google', { ...env(), ...more });
      const problem: unknown = await hear(stt, call()).catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ who: 'google', kind: 'refused', retryable: false, message: expect.stringContaining(hint) }); // prettier-ignore
      expect(server.connections).toEqual([]);
    });

    it.each([
      [{ type: 'authorized_user' }, 'its "type" is not "service_account"'],
      [{ client_email: 17 }, 'it lacks client_email or private_key'],
      [{ private_key: 'no key at all' }, 'its private_key is none'],
    ])('says what is wrong with a service account’s file: %o', async (change, hint) => {
      const other = mkdtempSync(join(folder, 'other-'));
      const stt = google({ account: { credentialsFile: writeServiceAccount(other, change) } });
      const problem: unknown = await hear(stt, call()).catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ kind: 'refused', retryable: false, message: expect.stringContaining(hint) });
      expect(String(problem)).not.toContain('no key at all');
    });

    it('is refused for good with a token that Google does not take, and none of its words are passed on', async () => {
      const stt = google({ account: { accessToken: 'of-yesterday', project: loopbackProject } });
      const problem: unknown = await hear(stt, call()).catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ kind: 'refused', retryable: false, message: expect.stringContaining('401') });
      expect(String(problem)).not.toContain('secret');
    });
  });

  describe('a call longer than a stream', () => {
    /** Four words, with pauses between them, over and over. */
    const sentence = joined([silence(2000), soundOf('one two three four'), silence(1000)]);
    const lastingS = (seconds: number): Int16Array =>
      joined(Array.from({ length: Math.ceil((seconds * 8000) / sentence.length) }, () => sentence));

    it.each([
      ['version 1', byKey],
      ['version 2', byToken],
    ])(
      'is heard on in the next one, which takes over in a pause before the time is over: %s',
      async (_title, authority) => {
        const sound = lastingS(320);
        const events = await hear(google({ ...authority, clock }), soundCall(sound, { clock, server }));
        expect(finals(events)).toEqual(
          Array.from({ length: sound.length / sentence.length }, () => 'one two three four'),
        );
        expect(server.connections).toHaveLength(2);
        expect(server.audioS[0]).toBeGreaterThan(239);
        expect(server.audioS[0]).toBeLessThan(248);
        // What was said keeps its time: the last sentence ends a second before the call does.
        const last = events.findLast((event) => event.kind === 'final');
        expect(last?.endMs).toBeGreaterThan(sound.length / 8 - 1100);
        expect(last?.endMs).toBeLessThan(sound.length / 8 - 900);
      },
    );

    it('loses no word and tells none twice where somebody talks on and on over the end', async () => {
      // No pause from before the time at which a pause would do until after the longest time of a stream.
      const words = 'one two three four five six seven eight nine ten'.split(' ');
      const talk = Array.from({ length: 230 }, (_, n) => words[n % 10]!).join(' ');
      const sound = joined([silence(236_000), soundOf(talk), silence(2000)]);
      const events = await hear(google({ clock }), soundCall(sound, { clock, server }));
      expect(textOf(events)).toBe(talk);
      expect(server.connections).toHaveLength(2);
      expect(server.audioS[0]).toBeGreaterThan(284);
      expect(server.audioS[0]).toBeLessThan(286);
    });

    it('replays what does not stand yet when the stream is cut at its limit in mid-speech', async () => {
      for (const code of [status.OUT_OF_RANGE, status.ABORTED, status.OK]) {
        server.fault = { kind: 'end', code, afterS: 7.2, times: 1 };
        const sound = joined([silence(6000), soundOf('one two three four five six seven eight'), silence(2000)]);
        clock = new VirtualClock();
        const events = await hear(google({ clock }), soundCall(sound, { clock, server }));
        expect(textOf(events)).toBe('one two three four five six seven eight');
        // Nothing that was shown is taken back while the new stream catches up.
        const shown = events.flatMap((event) => (event.kind === 'interim' ? [event.text.length] : []));
        expect(shown).toEqual([...shown].sort((a, b) => a - b));
        const [final] = events.filter((event) => event.kind === 'final');
        expect(final).toMatchObject({ startMs: 6000 });
      }
      expect(server.connections).toHaveLength(6);
    });

    it('fails where streams end at once, rather than open one after the other', async () => {
      server.fault = { kind: 'end', code: status.OUT_OF_RANGE, afterS: 0.1, times: 99 };
      await expect(hear(google({ clock }), soundCall(lastingS(10), { clock, server }))).rejects.toMatchObject({
        kind: 'closed',
        retryable: true,
      });
      expect(server.connections).toHaveLength(1);
    });

    it('needs no stream while the line gives no sound, and loses no word after it', async () => {
      const words = joined([silence(500), soundOf('one two'), silence(1500)]);
      async function* withHole(): AsyncGenerator<SttInput> {
        yield* soundCall(words, { clock, server });
        await clock.advance(30_000);
        yield* soundCall(words, { clock, server, fromMs: clock.now() });
      }
      const events = await hear(google({ clock }), withHole());
      expect(finals(events)).toEqual(['one two', 'one two']);
      expect(server.connections).toHaveLength(2);
      expect(events.findLast((event) => event.kind === 'final')!.startMs).toBeGreaterThan(33_000);
    });
  });

  it('tells Google what each state listens for, within its limits, once nothing is open', async () => {
    const sound = joined([silence(1000), soundOf('one two'), silence(2000), soundOf('three four'), silence(1500)]);
    const long = 'a'.repeat(101);
    const then = [
      { atS: 1.2, hints: ['Acme', 'Zendo', long, 'Acme'] },
      { atS: 4.2, hints: ['Acme', 'Zendo'] },
    ];
    for (const authority of [byKey, byToken]) {
      clock = new VirtualClock();
      const events = await hear(google({ ...authority, clock }), soundCall(sound, { clock, server, then }));
      expect(finals(events)).toEqual(['one two', 'three four']);
    }
    expect(server.configs.map(({ version, hints, boost }) => [version, hints, boost])).toEqual([
      [1, [], 0],
      [1, ['Acme', 'Zendo'], 10],
      [2, [], 0],
      [2, ['Acme', 'Zendo'], 10],
    ]);
  });

  it.each([
    [status.PERMISSION_DENIED, 'refused', false, '403'],
    [status.RESOURCE_EXHAUSTED, 'busy', true, '429'],
    [status.UNAVAILABLE, 'closed', true, 'UNAVAILABLE'],
    [status.INTERNAL, 'closed', true, 'INTERNAL'],
    [status.DEADLINE_EXCEEDED, 'timeout', true, '408'],
  ])('knows what %i means in mid-speech, and passes none of its text on', async (code, kind, retryable, hint) => {
    script();
    server.fault = { kind: 'end', code, afterS: 1, times: 1 };
    const problem: unknown = await hear(google(), call()).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'google', kind, retryable, message: expect.stringContaining(hint) });
    expect(String(problem)).not.toContain('secret');
  });

  it('keeps words that come late', async () => {
    script();
    server.fault = { kind: 'late', ms: 150 };
    expect(textOf(await hear(google(), call()))).toBe('where is my order');
  });

  it('notices a wire that is half open by its pings', async () => {
    server.script = [];
    server.fault = { kind: 'half_open', afterS: 0.5 };
    async function* quiet(): AsyncGenerator<SttInput> {
      yield* callOf(1);
      await new Promise(() => {});
    }
    await expect(hear(google({ ...byToken, pingMs: 100 }), quiet())).rejects.toMatchObject({ retryable: true });
  });

  it('names the cure where its library is not installed, and over REST does without', async () => {
    const missing = (): Promise<never> => Promise.reject(new Error("Cannot find package '@grpc/grpc-js'"));
    const problem: unknown = await hear(google({ ...byKey, library: missing }), call()).catch(
      (thrown: unknown) => thrown,
    );
    expect(problem).toMatchObject({ who: 'google', kind: 'refused', retryable: false });
    expect(String(problem)).toContain('npm install @grpc/grpc-js @grpc/proto-loader');
    expect(String(problem)).toContain('stt: google/rest');
    const rest = await createStt('google/rest', { GOOGLE_API_KEY: loopbackKey });
    expect(rest.hearsWhole).toBe(true);
  });

  it('asks a region for its own recognisers', () => {
    const place = (host: string) => recognizerOf({ project: 'p' }, `https://${host}`);
    expect(place('speech.googleapis.com')).toBe('projects/p/locations/global/recognizers/_');
    expect(place('europe-west4-speech.googleapis.com')).toBe('projects/p/locations/europe-west4/recognizers/_');
    expect(place('speech.shop.example')).toBe('projects/p/locations/global/recognizers/_');
    expect(recognizerOf({}, 'https://eu-speech.googleapis.com')).toBeUndefined();
  });

  it('sends no sound over a network in the clear', () => {
    expect(() => googleSpeech({ baseUrl: 'http://ear.example' })).toThrow(UsageError);
    expect(() => googleSpeech({ baseUrl: 'http://127.0.0.1.ear.example' })).toThrow(UsageError);
  });
});
