/** An ear that hears what a script says, word by word on virtual time, instead of sound. */
import type { Clock } from '../../engine/contracts.js';
import type { Ear, EarEvent } from '../../runtime/contracts.js';
import { Channel } from '../../runtime/channel.js';

/** How long a word takes when the script does not say. */
const wordMs = 350;
/** How long after the last word its final transcript comes. */
const finalAfterMs = 100;

export class ScriptedEar implements Ear {
  readonly name = 'scripted';
  readonly #events = new Channel<EarEvent>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  events(): AsyncIterable<EarEvent> {
    return this.#events;
  }

  /**
   * Arms one utterance: speech begins at `atMs`, one interim follows each word, the final the last.
   * @returns when the caller falls silent, and when the final is there
   */
  say(
    text: string,
    atMs: number,
    options: { confidence?: number | undefined; takesMs?: number | undefined },
  ): { endMs: number; finalMs: number } {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const eachMs = (options.takesMs ?? words.length * wordMs) / Math.max(1, words.length);
    const endMs = atMs + eachMs * Math.max(1, words.length);
    const at = (timeMs: number, event: EarEvent): void => void this.#clock.at(timeMs, () => this.#events.push(event));
    at(atMs, { kind: 'speech_started', atMs });
    words.forEach((_, index) => {
      const nowMs = atMs + eachMs * (index + 1);
      at(nowMs, { kind: 'interim', text: words.slice(0, index + 1).join(' '), atMs: nowMs });
    });
    at(endMs, { kind: 'speech_ended', atMs: endMs });
    at(endMs + finalAfterMs, {
      kind: 'final',
      text,
      confidence: options.confidence ?? 1,
      words: words.map((word, index) => ({
        text: word,
        startMs: atMs + eachMs * index,
        endMs: atMs + eachMs * (index + 1),
        confidence: options.confidence ?? 1,
      })),
      startMs: atMs,
      endMs,
    });
    return { endMs, finalMs: endMs + finalAfterMs };
  }

  hear(): void {
    // There is no sound on a virtual line.
  }

  tune(): void {
    // Words come as they are written: there is nothing to listen for.
  }

  endTurn(): void {
    // What was heard is not kept here.
  }

  close(): void {
    this.#events.end();
  }
}
