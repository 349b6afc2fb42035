import { createHash } from 'node:crypto';
import type { Listening } from '../../../engine/contracts.js';
import { lineRateHz, type SttEvent, type SttInput } from '../../contracts.js';
import type { SttAnswer, SttRequest } from './worker.js';

/** Without the call it belongs to, which the caller adds. */
type Ask = (request: DistributiveOmit<SttRequest, 'call'>) => Promise<SttAnswer>;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Sound before the onset that the recogniser gets too. */
const preRollMs = 200;
/** Silence after speech that the recogniser gets; more of the line's noise only harms. Kept in case speech resumes. */
const tailMs = 200;
/** How much sound is kept in case the VAD reports an onset late. */
const keptMs = 1500;
/** The final is given so long before the call may decide that the turn is over. */
const headStartMs = 60;
/** Longer speech is cut into several finals. */
const longestMs = 30_000;

interface Open {
  startMs: number;
  /** When the first sample that the recogniser got was said. */
  firstSampleMs: number;
  /** Set while the caller is silent; speech may still resume. */
  endMs?: number;
  interim: string;
  /** Sound of a pause, not yet given to the recogniser. */
  held: Int16Array[];
}

/** One call's audio as utterances: from the VAD's word that speech began to a pause that is long enough. */
export class Utterance {
  readonly #ask: Ask;
  readonly #language: string;
  #listening: Listening | undefined;
  #open: Open | undefined;
  #recent: { samples: Int16Array; atMs: number }[] = [];
  #nowMs = 0;

  constructor(ask: Ask, language: string) {
    this.#ask = ask;
    this.#language = language;
  }

  async *take(input: SttInput): AsyncGenerator<SttEvent> {
    switch (input.kind) {
      case 'tune':
        this.#listening = input.listening;
        await this.#ask({ kind: 'tune', key: listeningKey(input.listening), listening: input.listening });
        return;
      case 'audio':
        this.#nowMs = input.atMs;
        this.#keep(input.samples, input.atMs);
        if (this.#open === undefined) return;
        if (this.#open.endMs !== undefined && this.#nowMs > this.#open.endMs + tailMs)
          this.#open.held.push(input.samples);
        else yield* this.#hear(input.samples);
        if (this.#isOver()) yield* this.#finish();
        else if (this.#nowMs - this.#open.startMs > longestMs) {
          yield* this.#finish();
          await this.#start(this.#nowMs);
        }
        return;
      case 'speech_started':
        if (this.#open !== undefined) {
          delete this.#open.endMs;
          yield* this.#hear(joined(this.#open.held.splice(0).map((samples) => ({ samples }))));
        } else if (await this.#start(input.atMs)) yield* this.#hear(joined(this.#recent));
        else yield { kind: 'final', text: '', confidence: 0, startMs: input.atMs, endMs: this.#nowMs };
        return;
      case 'speech_ended':
        if (this.#open === undefined) return;
        this.#open.endMs = input.atMs;
        if (this.#isOver()) yield* this.#finish();
        return;
      case 'end_turn': {
        // The turn was decided without us: its words are not given again, and what is still being said begins a new one.
        const speaking = this.#open !== undefined && this.#open.endMs === undefined;
        if (this.#open !== undefined) await this.#ask({ kind: 'stop' });
        this.#open = undefined;
        this.#recent = [];
        if (speaking) await this.#start(this.#nowMs);
        return;
      }
    }
  }

  async #start(atMs: number): Promise<boolean> {
    this.#recent = this.#recent.filter((piece) => piece.atMs > atMs - preRollMs);
    const first = this.#recent[0];
    const { open } = await this.#ask({ kind: 'start' });
    if (open !== true) return false;
    this.#open = {
      startMs: atMs,
      firstSampleMs: first === undefined ? this.#nowMs : first.atMs - msOf(first.samples.length),
      interim: '',
      held: [],
    };
    return true;
  }

  async *#hear(samples: Int16Array): AsyncGenerator<SttEvent> {
    const open = this.#open!;
    if (samples.length === 0) return;
    const { interim = '' } = await this.#ask({ kind: 'audio', samples });
    if (interim === open.interim || interim === '') return;
    open.interim = interim;
    yield { kind: 'interim', text: interim, atMs: this.#nowMs };
  }

  #isOver(): boolean {
    const endMs = this.#open?.endMs;
    const waitMs = Math.max(0, (this.#listening?.endpointing.minMs ?? 300) - headStartMs);
    return endMs !== undefined && this.#nowMs >= endMs + waitMs;
  }

  async *#finish(): AsyncGenerator<SttEvent> {
    const { startMs, firstSampleMs, endMs = this.#nowMs } = this.#open!;
    this.#open = undefined;
    // The next utterance's pre-roll must not hold the end of this one.
    this.#recent = this.#recent.filter((piece) => piece.atMs > endMs);
    const { verdict } = await this.#ask({ kind: 'stop' });
    const words = (verdict?.words ?? []).map(({ word, startS, lengthS, p }) => ({
      text: word,
      startMs: Math.round(firstSampleMs + startS * 1000),
      endMs: Math.round(firstSampleMs + (startS + lengthS) * 1000),
      confidence: p,
    }));
    yield {
      kind: 'final',
      text: verdict?.text ?? '',
      confidence: verdict?.confidence ?? 0,
      language: this.#language,
      words,
      startMs,
      endMs,
    };
  }

  #keep(samples: Int16Array, atMs: number): void {
    this.#recent.push({ samples, atMs });
    while (this.#recent[0]!.atMs < atMs - keptMs) this.#recent.shift();
  }
}

function joined(pieces: readonly { samples: Int16Array }[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, { samples }) => sum + samples.length, 0));
  let at = 0;
  for (const { samples } of pieces) {
    all.set(samples, at);
    at += samples.length;
  }
  return all;
}

/** Names a listening by its content: the same grammar serves all calls. */
function listeningKey({ moves, slot, softWords, stopWords, hints }: Listening): string {
  return createHash('sha1').update(JSON.stringify({ moves, slot, softWords, stopWords, hints })).digest('base64url');
}

function msOf(samples: number): number {
  return (samples * 1000) / lineRateHz;
}
