/** An ear that hears what a script says, word by word on virtual time, instead of sound. */
import type { Clock, Listening } from '../../engine/contracts.js';
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

  /**
   * Arms what an ear made of a sound that begins at `atMs`.
   * @param lengthMs of the sound
   * @returns when the caller falls silent, and when all of it is there
   */
  sound(heard: readonly EarEvent[], atMs: number, lengthMs: number): { endMs: number; finalMs: number } {
    let endMs = atMs + lengthMs;
    for (const event of heard) {
      const told = shifted(event, atMs);
      const nowMs = told.kind === 'final' ? told.endMs + finalAfterMs : 'atMs' in told ? told.atMs : endMs;
      if (told.kind === 'speech_ended') endMs = told.atMs;
      this.#clock.at(Math.max(atMs, nowMs), () => this.#events.push(told));
    }
    return { endMs, finalMs: Math.max(endMs, atMs + lengthMs) + finalAfterMs };
  }

  /** How the call listens now. */
  listening: Listening | undefined;

  hear(): void {
    // There is no sound on a virtual line.
  }

  tune(listening: Listening): void {
    // Words come as they are written; a sound is heard by somebody who has to know.
    this.listening = listening;
  }

  endTurn(): void {
    // What was heard is not kept here.
  }

  close(): void {
    this.#events.end();
  }
}

/** The same event of a sound that begins at `byMs`. */
function shifted(event: EarEvent, byMs: number): EarEvent {
  if (event.kind === 'failed') return event;
  if (event.kind !== 'final') return { ...event, atMs: event.atMs + byMs };
  const words = event.words?.map((word) => ({ ...word, startMs: word.startMs + byMs, endMs: word.endMs + byMs }));
  return { ...event, startMs: event.startMs + byMs, endMs: event.endMs + byMs, ...(words && { words }) };
}
