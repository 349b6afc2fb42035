import { afterAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../engine/contracts.js';
import type { SpeechToText, SttEvent, SttInput } from '../../runtime/contracts.js';
import { joined, silence } from '../fixtures/speech.js';

export interface SttUnderTest {
  create(): Promise<{ stt: SpeechToText; close(): Promise<void> | void }>;
  /** False when the words come from a script rather than from the sound. */
  hearsSound: boolean;
  /** True when no word comes before an utterance is over. */
  hearsWhole?: boolean;
  /** Speech in which the provider hears `text`, where `listening` is listened for. */
  speech(): Promise<{ sound: Int16Array; text: string; listening: Listening }>;
}

/** What every SpeechToText must do. One call per provider. */
export function describeSpeechToText(
  name: string,
  { create, speech, hearsSound, hearsWhole = false }: SttUnderTest,
): void {
  describe(`speech to text, ${name}`, () => {
    const opened = create();
    afterAll(async () => (await opened).close());

    /** 400 ms of silence, the speech, 1.6 s of silence, as a detector would tell it. */
    async function* call(startMs: number, rounds = 1): AsyncGenerator<SttInput> {
      const { sound, listening } = await speech();
      yield { kind: 'tune', listening };
      let atMs = startMs;
      for (let round = 0; round < rounds; round++) {
        const all = joined([silence(400), sound, silence(1600)]);
        const speechEndMs = atMs + 400 + sound.length / 8;
        let told = 0;
        const onsetMs = atMs + 400;
        for (let from = 0; from + 256 <= all.length; from += 256) {
          atMs += 32;
          yield { kind: 'audio', samples: all.subarray(from, from + 256), atMs };
          if (told === 0 && atMs > onsetMs + 80) {
            yield { kind: 'speech_started', atMs: onsetMs };
            told = 1;
          }
          if (told === 1 && atMs > speechEndMs + 96) {
            yield { kind: 'speech_ended', atMs: speechEndMs };
            told = 2;
          }
          // A remote server must be able to answer in between.
          if (from % 2560 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
        yield { kind: 'end_turn' };
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    }

    async function events(input: AsyncIterable<SttInput>, signal = new AbortController().signal): Promise<SttEvent[]> {
      const { stt } = await opened;
      const found: SttEvent[] = [];
      for await (const event of stt.transcribe(input, { language: 'en-US' }, signal)) found.push(event);
      return found;
    }
    const textOf = (found: SttEvent[]): string =>
      found
        .flatMap((event) => (event.kind === 'final' && event.text !== '' ? [event.text.toLowerCase()] : []))
        .join(' ');

    it('gives what was said as finals, and ends with the sound', async () => {
      const { text } = await speech();
      const found = await events(call(0));
      expect(textOf(found)).toBe(text);
      for (const event of found) {
        if (event.kind !== 'final' || event.confidence === undefined) continue;
        expect(event.confidence).toBeGreaterThanOrEqual(0);
        expect(event.confidence).toBeLessThanOrEqual(1);
      }
    });

    if (!hearsWhole) {
      it('shows words before they are final', async () => {
        const found = await events(call(0));
        expect(found.findIndex(({ kind }) => kind === 'interim')).toBeGreaterThanOrEqual(0);
        expect(found.findIndex(({ kind }) => kind === 'interim')).toBeLessThan(
          found.findIndex(({ kind }) => kind === 'final'),
        );
      });
    }

    it("dates what was said by the call's clock", async () => {
      const { sound } = await speech();
      const startMs = 77_000;
      for (const event of await events(call(startMs))) {
        if (event.kind !== 'final' || event.text === '') continue;
        expect(event.startMs).toBeGreaterThan(startMs + 200);
        expect(event.endMs).toBeLessThan(startMs + 400 + sound.length / 8 + 700);
        expect(event.endMs).toBeGreaterThan(event.startMs);
        for (const word of event.words ?? []) {
          expect(word.startMs).toBeGreaterThan(startMs + 200);
          expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
        }
      }
    });

    it('keeps two calls at the same time apart', async () => {
      const { text } = await speech();
      const [one, two] = await Promise.all([events(call(0)), events(call(500_000))]);
      expect([textOf(one), textOf(two)]).toEqual([text, text]);
      expect(two.every((event) => ('atMs' in event ? event.atMs : event.endMs) > 400_000)).toBe(true);
    });

    it('ends quietly at an abort, also while no sound comes', async () => {
      const stop = new AbortController();
      const endless = (async function* (): AsyncGenerator<SttInput> {
        yield { kind: 'tune', listening: (await speech()).listening };
        yield { kind: 'audio', samples: silence(32), atMs: 32 };
        setTimeout(() => stop.abort(new Error('hung up')), 30);
        await new Promise(() => {});
      })();
      expect(await events(endless, stop.signal)).toEqual([]);
    });

    // A provider that cannot has no such test, rather than a skipped one.
    if (hearsSound) {
      it('hears nothing where nothing is said', async () => {
        const { listening } = await speech();
        const quiet = (async function* (): AsyncGenerator<SttInput> {
          yield { kind: 'tune', listening };
          for (let n = 1; n <= 60; n++) yield { kind: 'audio', samples: silence(32), atMs: n * 32 };
        })();
        expect(await events(quiet)).toEqual([]);
      });
    }
  });
}
