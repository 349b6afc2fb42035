import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { TextToSpeech, TtsPiece } from '../../runtime/contracts.js';
import type { SocketTwin } from '../loopback/socket-twin.js';

/** What every twin of a speaking socket can do wrong. */
export type SpeechSocketFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterChunks: number; times: number }
  | { kind: 'silent' }
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' };

export interface SpeechSocketUnderTest {
  envKey: string;
  start(): Promise<SocketTwin & { fault: unknown }>;
  create(options: { baseUrl: string; clock?: Clock }): TextToSpeech;
}

type Sentence = Parameters<TextToSpeech['speak']>[0];

export async function speak(
  tts: TextToSpeech,
  text = 'Hello there.',
  { signal = new AbortController().signal, ...more }: Partial<Sentence> & { signal?: AbortSignal } = {},
): Promise<TtsPiece[]> {
  const pieces: TtsPiece[] = [];
  for await (const piece of tts.speak({ text, language: 'en-US', ...more }, signal)) pieces.push(piece);
  return pieces;
}

export const seconds = (pieces: TtsPiece[]): number =>
  pieces.reduce((sum, piece) => sum + (piece.kind === 'audio' ? piece.samples.length / piece.sampleRateHz : 0), 0);

/** How a voice over a vendor's socket bears what goes wrong. One call per provider; a twin's word lasts 300 ms. */
export function describeSpeechSocket(name: string, { envKey, start, create }: SpeechSocketUnderTest): void {
  describe(`a speaking socket, ${name}`, () => {
    let server: Awaited<ReturnType<typeof start>>;
    const opened: TextToSpeech[] = [];
    beforeEach(async () => {
      server = await start();
    });
    afterEach(async () => {
      for (const tts of opened.splice(0)) tts.close!();
      await server.close();
    });
    const voice = (clock?: Clock, baseUrl = server.url): TextToSpeech => {
      const tts = create({ baseUrl, ...(clock && { clock }) });
      opened.push(tts);
      return tts;
    };
    const fault = (one: SpeechSocketFault | undefined): void => void (server.fault = one);
    const words = 'one two three four five six';

    it('has a connection before a caller needs it, and goes on with it', async () => {
      const tts = voice();
      await tts.warm!();
      await speak(tts);
      await speak(tts);
      expect(server.connections).toHaveLength(1);
      expect(server.problems).toEqual([]);
    });

    it('drops the late sound of a sentence that was cut off', async () => {
      const tts = voice();
      const stop = new AbortController();
      const run = (async () => {
        for await (const piece of tts.speak({ text: words, language: 'en' }, stop.signal))
          if (piece.kind === 'audio') stop.abort(new Error('barge-in'));
      })();
      await expect(run).rejects.toThrow('barge-in');
      expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
      expect(server.problems).toEqual([]);
    });

    it('stops while it still connects', async () => {
      const stop = new AbortController();
      const run = speak(voice(), 'one two', { signal: stop.signal });
      stop.abort(new Error('barge-in'));
      await expect(run).rejects.toThrow('barge-in');
    });

    it('fails in mid-sentence when the connection is lost, and connects again for the next', async () => {
      fault({ kind: 'drop', afterChunks: 2, times: 1 });
      const tts = voice();
      await expect(speak(tts, words)).rejects.toMatchObject({ who: tts.name, kind: 'closed', retryable: true });
      expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
      expect(server.connections).toHaveLength(2);
    });

    it('connects again after a connection was lost that nobody used', async () => {
      const tts = voice();
      await speak(tts);
      await server.hangUp();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    });

    it.each([{ kind: 'silent' } as const, { kind: 'stall', afterChunks: 2 } as const])(
      'fails where sound stays away: $kind',
      async (one) => {
        fault(one);
        const clock = new VirtualClock();
        const tts = voice(clock);
        const got: TtsPiece[] = [];
        const run = (async () => {
          for await (const piece of tts.speak({ text: words, language: 'en' }, new AbortController().signal))
            got.push(piece);
        })();
        run.catch(() => {});
        await expect.poll(() => server.connections.length).toBe(1);
        if (one.kind === 'stall') await expect.poll(() => seconds(got)).toBeGreaterThan(0.1);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await clock.advance(4500);
        await expect(run).rejects.toMatchObject({ who: tts.name, kind: 'timeout', retryable: true });
      },
    );

    it('survives messages that are none', async () => {
      fault({ kind: 'garbage' });
      expect(seconds(await speak(voice(), 'one two'))).toBeCloseTo(0.6);
    });

    it.each([
      [400, 'refused', false, '400'],
      [401, 'refused', false, envKey],
      [402, 'refused', false, 'credit'],
      [429, 'busy', true, '429'],
      [503, 'unreachable', true, '503'],
    ])('says what a %i means and whether to try again', async (status, kind, retryable, hint) => {
      fault({ kind: 'refuse', status });
      const tts = voice();
      const problem: unknown = await speak(tts, 'my secret is 4711').catch((thrown: unknown) => thrown);
      expect(problem).toMatchObject({ who: tts.name, kind, retryable, message: expect.stringContaining(hint) });
      expect(String(problem)).not.toMatch(/secret|4711|loopback-key/);
      fault(undefined);
      expect(seconds(await speak(tts, 'one two'))).toBeCloseTo(0.6);
    });

    it('says when nobody is there', async () => {
      const gone = await start();
      await gone.close();
      await expect(speak(voice(undefined, gone.url))).rejects.toMatchObject({ kind: 'unreachable', retryable: true });
    });

    it('ends what it says when it is closed', async () => {
      fault({ kind: 'silent' });
      const tts = voice();
      const run = speak(tts, words);
      run.catch(() => {});
      await expect.poll(() => server.connections.length).toBe(1);
      tts.close!();
      await expect(run).rejects.toMatchObject({ kind: 'closed', retryable: false });
    });
  });
}
