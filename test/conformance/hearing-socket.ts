import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { EarEvent, SpeechToText, SttEvent, SttInput } from '../../runtime/contracts.js';
import { createEar } from '../../runtime/ear.js';
import { energyVad } from '../../runtime/vad/energy.js';
import { listenings, silence } from '../fixtures/speech.js';
import type { ScriptedUtterance } from '../loopback/deepgram.js';
import type { SocketTwin } from '../loopback/socket-twin.js';

export interface HearingSocketUnderTest {
  /** The variable of its key; a server that has none needs no such test. */
  envKey?: string;
  /** True where the server answers silence too: then speech without words is told at once. */
  answersSilence: boolean;
  start(
    script: ScriptedUtterance[],
  ): Promise<SocketTwin & { script: ScriptedUtterance[]; fault: unknown; audioS: number[] }>;
  create(options: { baseUrl: string; clock?: Clock }): SpeechToText;
  /** Lets the server answer so much sound, where that takes longer than over a plain socket. */
  answered?: (server: { audioS: number[] }) => (soundS: number) => Promise<void>;
}

/** The server is in this process: turns of its loop, rather than time alone, bring an answer. */
async function soon(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3));
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Words one after another, from so many seconds on. */
export function said(text: string, fromS = 0.45): ScriptedUtterance {
  return {
    words: text
      .split(' ')
      .map((word, n) => ({ word, start: round(fromS + n * 0.25), end: round(fromS + 0.2 + n * 0.25) })),
  };
}
const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

export interface CallHow {
  speech?: [number, number][];
  then?: { atS: number; input: SttInput }[];
  minMs?: number;
  maxMs?: number;
  answered?: (soundS: number) => Promise<void>;
}

/** A call's sound of so many seconds, told by a detector as speech between the two given; with what happens then. */
export async function* callOf(
  lengthS: number,
  { speech, then = [], minMs = 300, maxMs = 2500, answered = soon }: CallHow = {},
): AsyncGenerator<SttInput> {
  const told = [
    ...(speech ?? []).flatMap(([from, to]) => [
      { atS: from + 0.1, input: { kind: 'speech_started', atMs: from * 1000 } as const },
      { atS: to + 0.1, input: { kind: 'speech_ended', atMs: to * 1000 } as const },
    ]),
    ...then,
  ].sort((a, b) => a.atS - b.atS);
  yield { kind: 'tune', listening: { ...listenings.menu, endpointing: { minMs, maxMs } } };
  for (let n = 1; n <= lengthS * 50; n++) {
    yield { kind: 'audio', samples: silence(20), atMs: n * 20 };
    while (told.length > 0 && told[0]!.atS * 50 <= n) yield told.shift()!.input;
    // A remote server must be able to answer in between.
    if (n % 4 === 0) await answered(n / 50);
  }
}

export async function hear(
  stt: SpeechToText,
  input: AsyncIterable<SttInput>,
  signal = new AbortController().signal,
): Promise<SttEvent[]> {
  const events: SttEvent[] = [];
  for await (const event of stt.transcribe(input, { language: 'en-US' }, signal)) events.push(event);
  return events;
}

export const finals = (events: readonly SttEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'final' ? [event.text] : []));

/** How a recogniser over a vendor's socket bears what goes wrong, and whom its words belong to. One call per provider. */
export function describeHearingSocket(
  name: string,
  { envKey, answersSilence, start, create, answered }: HearingSocketUnderTest,
): void {
  describe(`a hearing socket, ${name}`, () => {
    let server: Awaited<ReturnType<typeof start>>;
    beforeEach(async () => {
      server = await start([said('where is my order')]);
    });
    afterEach(async () => {
      await server.close();
    });
    const recogniser = (clock?: Clock, baseUrl = server.url): SpeechToText =>
      create({ baseUrl, ...(clock && { clock }) });
    const called = (lengthS: number, how: CallHow = {}): AsyncGenerator<SttInput> =>
      callOf(lengthS, { ...how, ...(answered && { answered: answered(server) }) });
    const fault = (one: object | undefined): void => void (server.fault = one);

    it('shows words as they come, then has them as final, once', async () => {
      const events = await hear(recogniser(), called(3.5, { speech: [[0.45, 1.4]] }));
      expect(events.filter(({ kind }) => kind === 'interim').length).toBeGreaterThan(0);
      expect(finals(events)).toEqual(['where is my order']);
      expect(server.problems).toEqual([]);
    });

    it('keeps the last words where the sound ends before they were final', async () => {
      expect(finals(await hear(recogniser(), called(1.52, { speech: [[0.45, 1.4]] })))).toEqual(['where is my order']);
      expect(server.problems).toEqual([]);
    });

    it('does not tell the next turn what belonged to the one that was decided without waiting', async () => {
      server.script = [said('where is my'), said('order please', 1.2), said('thank you', 3.6)];
      const decided = { atS: 1.24, input: { kind: 'end_turn' } as const };
      const events = await hear(
        recogniser(),
        called(5.5, { speech: [[0.45, 1.65], [3.6, 4.05]], then: [decided] }), // prettier-ignore
      );
      expect(finals(events)).toEqual(['order please', 'thank you']);
      expect(server.problems).toEqual([]);
    });

    if (answersSilence) {
      it('says at once that speech held no words', async () => {
        server.script = [];
        const events = await hear(recogniser(), called(2, { speech: [[0.5, 0.8]] }));
        expect(events).toEqual([expect.objectContaining({ kind: 'final', text: '', startMs: 500, endMs: 800 })]);
      });
    }

    it('gives up on a server that takes everything and answers nothing', async () => {
      fault({ kind: 'silent' });
      await expect(hear(recogniser(), called(5, { speech: [[0.2, 0.8]] }))).rejects.toMatchObject({
        kind: 'timeout',
        retryable: true,
      });
    });

    it('does not take a caller who is silent, or a line without sound, for a dead server', async () => {
      server.script = [];
      const clock = new VirtualClock();
      const stop = new AbortController();
      const run = hear(recogniser(clock), forever(called(5)), stop.signal);
      await expect.poll(() => server.audioS[0] ?? 0).toBeGreaterThan(4.8);
      await clock.advance(60_000);
      stop.abort();
      expect(await run).toEqual([]);
    });

    it('survives messages that are none', async () => {
      fault({ kind: 'garbage' });
      expect(finals(await hear(recogniser(), called(3.5, { speech: [[0.45, 1.4]] })))).toEqual(['where is my order']);
    });

    it('ends quietly at an abort, also while it still connects', async () => {
      const stop = new AbortController();
      const run = hear(recogniser(), called(1), stop.signal);
      stop.abort(new Error('hung up'));
      expect(await run).toEqual([]);
    });

    it.each([
      [400, 'refused', false, '400'],
      [401, 'refused', false, envKey ?? '401'],
      [429, 'busy', true, '429'],
      [503, 'unreachable', true, '503'],
    ])('says what a %i means and whether to try again', async (status, kind, retryable, hint) => {
      fault({ kind: 'refuse', status });
      const stt = recogniser();
      const problem: unknown = await hear(stt, called(0.2)).catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ who: stt.name, kind, retryable, message: expect.stringContaining(hint) });
      expect(String(problem)).not.toMatch(/secret|loopback-key/);
    });

    it('says when nobody is there', async () => {
      const gone = await start([]);
      await gone.close();
      const problem = await hear(recogniser(undefined, gone.url), called(0.2)).catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ kind: 'unreachable', retryable: true });
    });

    it('fails with a lost connection, and the ear connects again and repeats the open utterance', async () => {
      fault({ kind: 'drop', afterS: 0.8, times: 1 });
      await expect(hear(recogniser(), called(3))).rejects.toMatchObject({ kind: 'closed', retryable: true });

      fault({ kind: 'drop', afterS: 1.2, times: 1 });
      // Seconds of the second connection, which hears the utterance from a little before its beginning.
      server.script = [said('refund', 0.4)];
      const connections = server.connections.length;
      const clock = new VirtualClock();
      const warnings: string[] = [];
      const log = { warn: (event: string) => void warnings.push(event) };
      const ear = createEar({ vad: energyVad(), stt: recogniser(clock), clock, language: 'en-US', log });
      const events: EarEvent[] = [];
      const reading = (async () => {
        for await (const event of ear.events()) events.push(event);
      })();
      const speech = [...silence(400), ...tone(1200), ...silence(4000)];
      for (let from = 0; from + 160 <= speech.length; from += 160) {
        ear.hear(Int16Array.from(speech.slice(from, from + 160)), (from + 160) / 8);
        if (from % 800 !== 0) continue;
        await new Promise((resolve) => setTimeout(resolve, 3));
        await clock.advance(30);
      }
      await expect
        .poll(() => events.some((event) => event.kind === 'final' && event.text === 'refund'), { timeout: 5000 })
        .toBe(true);
      expect(server.connections.length - connections).toBe(2);
      expect(warnings).toEqual(['recogniser lost, connecting again']);
      ear.close();
      await reading;
    });
  });
}

export function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, n) => 6000 * Math.sin(n / 3));
}

export async function* forever(input: AsyncIterable<SttInput>): AsyncGenerator<SttInput> {
  yield* input;
  await new Promise(() => {});
}
