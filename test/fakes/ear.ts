import type { Clock, Listening } from '../../engine/contracts.js';
import type { Ear, EarEvent } from '../../runtime/contracts.js';
import { Channel } from '../../runtime/channel.js';

/** An ear that hears what the test says it hears. */
export class ScriptedEar implements Ear {
  readonly name = 'scripted';
  readonly tuned: Listening[] = [];
  readonly frames: { atMs: number; samples: Int16Array }[] = [];
  turnsEnded = 0;
  closed = 0;
  readonly #clock: Clock;
  readonly #queue = new Channel<EarEvent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  gives(event: EarEvent): void {
    this.#queue.push(event);
  }

  /**
   * The caller says `text` from `fromMs` to `toMs`: VAD onset 100 ms in, end 96 ms late, an interim a word, and the
   * final `finalMs` after the end.
   */
  says(
    text: string,
    fromMs: number,
    toMs: number,
    options: { finalMs?: number; confidence?: number; interims?: boolean } = {},
  ): void {
    const at = (ms: number, event: EarEvent): void => {
      this.#clock.at(ms, () => {
        this.#queue.push(event);
      });
    };
    at(fromMs + 100, { kind: 'speech_started', atMs: fromMs });
    const words = text.split(' ');
    if (options.interims !== false) {
      words.forEach((_, i) => {
        const ms = fromMs + ((i + 1) / words.length) * (toMs - fromMs);
        if (ms < toMs)
          at(Math.max(ms, fromMs + 101), { kind: 'interim', text: words.slice(0, i + 1).join(' '), atMs: ms });
      });
    }
    at(toMs + 96, { kind: 'speech_ended', atMs: toMs });
    at(toMs + (options.finalMs ?? 200), {
      kind: 'final',
      text,
      startMs: fromMs,
      endMs: toMs,
      ...(options.confidence === undefined ? {} : { confidence: options.confidence }),
    });
  }

  /** A sound without words. */
  coughs(fromMs: number, toMs: number): void {
    this.#clock.at(fromMs + 100, () => {
      this.gives({ kind: 'speech_started', atMs: fromMs });
    });
    this.#clock.at(toMs + 96, () => {
      this.gives({ kind: 'speech_ended', atMs: toMs });
    });
  }

  events(): AsyncIterable<EarEvent> {
    return this.#queue;
  }

  hear(samples: Int16Array, atMs: number): void {
    this.frames.push({ atMs, samples });
  }

  tune(listening: Listening): void {
    this.tuned.push(listening);
  }

  endTurn(): void {
    this.turnsEnded += 1;
  }

  close(): void {
    this.closed += 1;
    this.#queue.end();
  }
}
