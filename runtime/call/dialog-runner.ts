import type { Clock, Dialog, Heard } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import type { Log } from '../observe/log.js';
import type { CallEvent, Effect } from './events.js';

/** Closing a dialog that hangs is waited for so long. */
const closeMs = 3000;

/** Runs the dialog: its turns one after another, what is tried ahead of them, and what its tools come to late. */
export class DialogRunner {
  readonly #dialog: Dialog;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tell: (event: CallEvent) => void;
  readonly #closing = new AbortController();
  readonly #turns = new Map<number, AbortController>();
  readonly #rehearsals = new Map<number, AbortController>();
  #turn: Promise<void> = Promise.resolve();

  constructor(dialog: Dialog, clock: Clock, log: Log, tell: (event: CallEvent) => void) {
    this.#dialog = dialog;
    this.#clock = clock;
    this.#log = log;
    this.#tell = tell;
  }

  /** Aborted when the call is over. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  async followSettlements(): Promise<void> {
    try {
      for await (const input of this.#dialog.settlements(this.signal)) this.#tell({ kind: 'settlement', input });
    } catch (error) {
      if (!this.signal.aborted) this.#log.warn('settlements failed', { problem: messageOf(error) });
    }
  }

  /** Begins a turn when the former has ended. */
  ask(effect: Extract<Effect, { kind: 'ask' }>): void {
    // What is left of them is the turn's now.
    this.#rehearsals.clear();
    this.#turns.set(effect.gen, new AbortController());
    this.#turn = this.#turn.then(() => this.#runTurn(effect));
  }

  abort(gen: number, heard: Heard): void {
    this.#turns.get(gen)?.abort(heard);
  }

  async understand(gen: number, text: string): Promise<void> {
    try {
      const understanding = await this.#dialog.understand(text, this.signal);
      this.#tell({ kind: 'understood', gen, fits: understanding.moves.length > 0 });
    } catch {
      this.#tell({ kind: 'understood', gen, fits: false });
    }
  }

  /** What fails here fails again in the turn, where it is told. */
  async rehearse({ n, said }: Extract<Effect, { kind: 'rehearse' }>): Promise<void> {
    const stop = new AbortController();
    this.#rehearsals.set(n, stop);
    try {
      for await (const words of this.#dialog.rehearse!(said, stop.signal)) {
        if (stop.signal.aborted) return;
        this.#tell({ kind: 'rehearsed', n, words });
      }
    } catch {
      // As if it had not been tried.
    }
  }

  forget(n: number): void {
    this.#rehearsals.get(n)?.abort(new Error('the caller went on'));
    this.#rehearsals.delete(n);
  }

  /** The call is over: whatever runs is to stop. */
  stop(): void {
    this.#closing.abort(new Error('the call is over'));
    for (const work of [...this.#turns.values(), ...this.#rehearsals.values()]) {
      work.abort(new Error('the call is over'));
    }
  }

  /** Never rejects, and does not wait for ever. */
  async close(reason: string): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([
        this.#dialog.close(reason),
        this.#clock.sleep(closeMs, late.signal).then(() => {
          this.#log.warn('dialog did not close in time');
        }),
      ]);
    } catch (error) {
      this.#log.warn('dialog did not close', { problem: messageOf(error) });
    } finally {
      late.abort(new Error('closed'));
    }
  }

  async #runTurn({ gen, input }: Extract<Effect, { kind: 'ask' }>): Promise<void> {
    try {
      for await (const out of this.#dialog.turn(input, { signal: this.#turns.get(gen)!.signal })) {
        this.#tell({ kind: 'out', gen, out });
      }
      this.#tell({ kind: 'turn_ended', gen });
    } catch (error) {
      this.#tell({ kind: 'turn_failed', gen, problem: messageOf(error) });
    } finally {
      this.#turns.delete(gen);
    }
  }
}
