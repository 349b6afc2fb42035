import { afterAll, describe, expect, it } from 'vitest';
import type { TextToSpeech, TtsPiece } from '../../runtime/contracts.js';

export interface TtsUnderTest {
  create(): Promise<{ tts: TextToSpeech; close(): Promise<void> | void }>;
  /** False for providers that give no word times. */
  words: boolean;
}

/** What every TextToSpeech must do. One call per provider. */
export function describeTextToSpeech(name: string, { create, words }: TtsUnderTest): void {
  describe(`text to speech, ${name}`, () => {
    const opened = create();
    afterAll(async () => (await opened).close());

    const speak = async (text: string, signal = new AbortController().signal): Promise<TtsPiece[]> => {
      const { tts } = await opened;
      const pieces: TtsPiece[] = [];
      for await (const piece of tts.speak({ text, language: 'en-US' }, signal)) pieces.push(piece);
      return pieces;
    };
    const lengthMs = (pieces: TtsPiece[]): number =>
      pieces.reduce(
        (sum, piece) => sum + (piece.kind === 'audio' ? (piece.samples.length * 1000) / piece.sampleRateHz : 0),
        0,
      );

    it('says a sentence: sound, in pieces of at most 500 ms', async () => {
      const pieces = await speak('Your table is booked for Friday.');
      const audio = pieces.filter((piece) => piece.kind === 'audio');
      expect(audio.length).toBeGreaterThan(2);
      for (const piece of audio) expect(piece.samples.length / piece.sampleRateHz).toBeLessThanOrEqual(0.5);
      const loudest = Math.max(
        ...audio.map((piece) => piece.samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)),
      );
      expect(loudest).toBeGreaterThan(1000);
      expect(lengthMs(pieces)).toBeGreaterThan(800);
      expect(lengthMs(pieces)).toBeLessThan(6000);
    });

    it('takes longer for a longer text', async () => {
      expect(lengthMs(await speak('We are open from nine to five on every day but Sunday.'))).toBeGreaterThan(
        lengthMs(await speak('We are open.')) * 1.5,
      );
    });

    // A provider that cannot has no such test, rather than a skipped one.
    if (words) {
      it('says when each word begins, in order and within the sound', async () => {
        const pieces = await speak('Hello, your order is on its way.');
        const times = pieces.flatMap((piece) => (piece.kind === 'words' ? piece.words : []));
        expect(times.map(({ text }) => text.toLowerCase().replace(/[^a-z]/g, ''))).toEqual(
          'hello your order is on its way'.split(' '),
        );
        for (const [index, { startMs, endMs }] of times.entries()) {
          expect(startMs).toBeGreaterThanOrEqual(index === 0 ? 0 : times[index - 1]!.startMs);
          expect(endMs).toBeGreaterThan(startMs);
        }
        expect(times.at(-1)!.endMs).toBeLessThanOrEqual(lengthMs(pieces));
      });
    }

    it('says several sentences at the same time without mixing them', async () => {
      const alone = await speak('The first sentence.');
      const together = await Promise.all([
        speak('The first sentence.'),
        speak('Quite another thing to say, and longer too.'),
      ]);
      expect(Math.abs(lengthMs(together[0]) - lengthMs(alone))).toBeLessThan(60);
      expect(lengthMs(together[1])).toBeGreaterThan(lengthMs(alone));
    });

    it('says nothing for a text without words', async () => {
      expect((await speak('  ... ')).filter((piece) => piece.kind === 'audio')).toEqual([]);
    });

    it('stops at an abort with its reason, and speaks again after it', async () => {
      const { tts } = await opened;
      const stop = new AbortController();
      const reason = new Error('the caller spoke');
      const heard: TtsPiece[] = [];
      const run = (async () => {
        for await (const piece of tts.speak(
          { text: 'This is a long sentence that nobody will hear to its end.', language: 'en-US' },
          stop.signal,
        )) {
          heard.push(piece);
          stop.abort(reason);
        }
      })();
      await expect(run).rejects.toBe(reason);
      expect(heard.length).toBe(1);
      expect(lengthMs(await speak('And on we go.'))).toBeGreaterThan(300);
    });

    it('refuses a signal that is already aborted', async () => {
      const reason = new Error('too late');
      await expect(speak('Never.', AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
