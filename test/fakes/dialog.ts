import type { Clock, Dialog, Heard, Input, Listening, Out, Understanding } from '../../engine/contracts.js';
import { Channel } from '../../runtime/channel.js';

export type Words = Extract<Out, { kind: 'words' }>;

export function words(id: string, text: string, more: Partial<Words> = {}): Words {
  return { kind: 'words', id, text, mustHear: false, bargeIn: 'speech', remembered: true, ...more };
}

export function listening(more: Partial<Listening> = {}): Listening {
  return {
    position: 'test/ask',
    moves: [],
    bargeIn: 'speech',
    endpointing: { minMs: 300, maxMs: 2500 },
    noInputMs: 6000,
    maxSpeechMs: 60_000,
    language: 'en',
    hints: [],
    softWords: ['mhm', 'okay', 'right', 'uh-huh'],
    stopWords: ['stop', 'wait', 'no'],
    secret: false,
    ...more,
  };
}

export function listen(more: Partial<Listening> = {}): Out {
  return { kind: 'listen', listening: listening(more) };
}

/** A step of a scripted turn: something given, or a time in which nothing is. */
export type Given = Out | { waitMs: number; deaf?: boolean } | { throws: string };

/** How a dialog rehearses: `guess` comes after `waitMs`, the right words `guessMs` later. */
export interface Rehearsing {
  waitMs: number;
  words: (text: string) => Words;
  guess?: () => Words;
  guessMs?: number;
  deaf?: boolean;
}

/** A dialog that answers by a function of the input; records what it was asked, and what it was told was heard. */
export class ScriptedDialog implements Dialog {
  readonly id = 'dialog';
  readonly asked: { atMs: number; input: Input }[] = [];
  readonly aborts: { atMs: number; heard: Heard }[] = [];
  readonly closes: string[] = [];
  readonly settled = new Channel<Extract<Input, { kind: 'tool' }>>();
  /** More than one at a time would be a breach of the contract. */
  mostAtOnce = 0;
  fits: (text: string) => boolean = () => true;
  #running = 0;
  readonly #clock: Clock;
  readonly #answer: (input: Input, turn: number) => Given[];

  constructor(clock: Clock, answer: (input: Input, turn: number) => Given[]) {
    this.#clock = clock;
    this.#answer = answer;
  }

  get inputs(): Input[] {
    return this.asked.map((one) => one.input);
  }

  /** Texts of utterances, in order. */
  get utterances(): string[] {
    return this.inputs.flatMap((input) => (input.kind === 'utterance' ? [input.text] : []));
  }

  async *turn(input: Input, run: { signal: AbortSignal }): AsyncIterable<Out> {
    this.asked.push({ atMs: this.#clock.now(), input });
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    try {
      for (const given of this.#answer(input, this.asked.length - 1)) {
        if ('throws' in given) throw new Error(given.throws);
        if ('waitMs' in given) {
          try {
            await this.#clock.sleep(given.waitMs, given.deaf ? undefined : run.signal);
          } catch {
            this.aborts.push({ atMs: this.#clock.now(), heard: run.signal.reason as Heard });
            yield listen();
            return;
          }
        } else yield given;
      }
    } finally {
      this.#running -= 1;
    }
  }

  /** Set by tests that rehearse: the time until the words, and whether a rehearsal that was given up stops. */
  rehearses(options: Rehearsing): void {
    this.rehearse = (said, signal) => this.#rehearse(said, signal, options);
  }
  rehearse?: Dialog['rehearse'];
  modelUsage?: Dialog['modelUsage'];
  readonly rehearsed: { atMs: number; text: string; whole?: string; stopped?: number }[] = [];

  async *#rehearse(
    said: { text: string; whole?: string },
    signal: AbortSignal,
    options: Rehearsing,
  ): AsyncIterable<Words & { guess?: true }> {
    const one: ScriptedDialog['rehearsed'][number] = { atMs: this.#clock.now(), ...said };
    this.rehearsed.push(one);
    signal.addEventListener('abort', () => (one.stopped = this.#clock.now()));
    await this.#clock.sleep(options.waitMs, options.deaf ? undefined : signal);
    if (options.guess) {
      yield { ...options.guess(), guess: true };
      await this.#clock.sleep(options.guessMs ?? 0, options.deaf ? undefined : signal);
    }
    yield options.words(said.text);
  }

  understand(text: string): Promise<Understanding> {
    return Promise.resolve({
      text,
      moves: this.fits(text) ? [{ kind: 'transition', intent: 'it' }] : [],
      route: 'rule',
      probability: 1,
      candidates: [],
      llmCalls: 0,
    });
  }

  async *settlements(signal: AbortSignal): AsyncIterable<Extract<Input, { kind: 'tool' }>> {
    signal.addEventListener('abort', () => {
      this.settled.end();
    });
    yield* this.settled;
  }

  close(reason: string): Promise<void> {
    this.closes.push(reason);
    return Promise.resolve();
  }
}
