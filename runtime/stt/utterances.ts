/** Recognisers that are asked for an utterance at a time, once it is over: the detector cuts the sound. */
import type { Listening } from '../../engine/contracts.js';
import { Channel } from '../channel.js';
import type { SttEvent, SttInput } from '../contracts.js';
import { untilAborted } from './until-aborted.js';

/** Sound before the detector was sure. */
const preRollMs = 300;
/** An utterance longer than this is sent in parts. */
const longestMs = 25_000;
/** Shorter than this a Whisper model invents words. */
const shortestMs = 100;

/** @param ask one utterance's words; its signal aborts when nobody listens any more */
export async function* hearUtterances(
  audio: AsyncIterable<SttInput>,
  ask: (utterance: Utterance, signal: AbortSignal) => Promise<SttEvent>,
  signal: AbortSignal,
): AsyncGenerator<SttEvent> {
  const events = new Channel<SttEvent>();
  const closing = new AbortController();
  const untilClosed = AbortSignal.any([signal, closing.signal]);
  void feed(untilAborted(audio, signal), (utterance) => ask(utterance, untilClosed), events);
  try {
    yield* events;
  } catch (problem) {
    if (!signal.aborted) throw problem;
  } finally {
    closing.abort(new Error('nobody listens any more'));
  }
}

export interface Utterance {
  sound: Int16Array;
  startMs: number;
  endMs: number;
  /** What is listened for. */
  hints: readonly string[];
}

/** Utterances are asked for side by side and told in their order. */
async function feed(
  audio: AsyncIterable<SttInput>,
  ask: (utterance: Utterance) => Promise<SttEvent>,
  events: Channel<SttEvent>,
): Promise<void> {
  const segments = new Segments();
  let told: Promise<void> = Promise.resolve();
  const give = (utterance: Utterance | undefined): void => {
    if (!utterance) return;
    const answer = ask(utterance);
    answer.catch(() => {}); // looked at below, in its turn
    told = told.then(async () => events.push(await answer));
    told.catch((problem: unknown) => events.end(problem as Error));
  };
  try {
    for await (const input of audio) give(segments.take(input));
    give(segments.end());
    await told;
    events.end();
  } catch (problem) {
    events.end(problem as Error);
  }
}

/** One call's sound, cut where the detector says. */
class Segments {
  #pieces: { samples: Int16Array; atMs: number }[] = [];
  #speaking = false;
  #fromMs = 0;
  #listening: Listening | undefined;

  take(input: SttInput): Utterance | undefined {
    switch (input.kind) {
      case 'audio': {
        this.#pieces.push(input);
        if (!this.#speaking) {
          this.#pieces = this.#pieces.filter(({ atMs }) => atMs > input.atMs - 2 * preRollMs);
          return undefined;
        }
        if (input.atMs - this.#fromMs < longestMs) return undefined;
        const part = this.#cut(input.atMs);
        this.#fromMs = input.atMs;
        return part;
      }
      case 'speech_started':
        this.#speaking = true;
        this.#fromMs = input.atMs;
        return undefined;
      case 'speech_ended':
        this.#speaking = false;
        return this.#cut(input.atMs);
      case 'tune':
        this.#listening = input.listening;
        return undefined;
      case 'end_turn':
        return undefined;
    }
  }

  end(): Utterance | undefined {
    const lastMs = this.#pieces.at(-1)?.atMs;
    if (!this.#speaking || lastMs === undefined) return undefined;
    this.#speaking = false;
    return this.#cut(lastMs);
  }

  #cut(endMs: number): Utterance | undefined {
    const startMs = this.#fromMs;
    const pieces = this.#pieces.filter(({ atMs }) => atMs > startMs - preRollMs);
    this.#pieces = [];
    const sound = new Int16Array(pieces.reduce((sum, { samples }) => sum + samples.length, 0));
    let at = 0;
    for (const { samples } of pieces) {
      sound.set(samples, at);
      at += samples.length;
    }
    if (endMs - startMs < shortestMs) return undefined;
    return { sound, startMs, endMs, hints: (this.#listening?.hints ?? []).slice(0, 50) };
  }
}
