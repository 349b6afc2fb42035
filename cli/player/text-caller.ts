/** A caller who types: drives a dialog without any audio, so that everything said counts as heard at once. */
import type { Clock, Dialog, Heard, Input, Listening, Out, TransferOutcome } from '../../engine/contracts.js';

export interface TextCallerOptions {
  dialog: Dialog;
  clock: Clock;
  /** Everything the dialog gives, in order, `trace` included. */
  onOut: (out: Out) => void;
  /** A tool takes its time and these words would be spoken. */
  onFiller?: (text: string) => void;
  /** How a transfer ends; the caller is then gone. Default `ok`. */
  transfer?: () => TransferOutcome;
}

/** An {@link Input} without what the caller's end adds to it. */
export type Typed = Input extends infer One ? (One extends Input ? Omit<One, 'atMs' | 'heard'> : never) : never;

export class TextCaller {
  readonly #options: TextCallerOptions;
  readonly #leave = new AbortController();
  #heard: Heard['parts'] = [];
  #listening: Listening | undefined;
  #ended = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(options: TextCallerOptions) {
    this.#options = options;
    void this.#settleTools();
  }

  /** True when the conversation is over. */
  get ended(): boolean {
    return this.#ended;
  }

  get listening(): Listening | undefined {
    return this.#listening;
  }

  /** One input and all that follows from it, until the dialog waits for the caller. Inputs queue. */
  give(input: Typed): Promise<void> {
    const turn = this.#queue.then(() => this.#run(input));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Keys as a telephone sends them: the end key, the full length or a pause ends the entry. */
  keysOf(digits: string): Typed {
    const keys = this.#listening?.keys;
    if (keys?.end !== undefined && digits.endsWith(keys.end)) {
      return { kind: 'keys', digits: digits.slice(0, -keys.end.length), ended: 'end_key' };
    }
    const full = keys === undefined || digits.length >= keys.max || keys.menu.includes(digits);
    return { kind: 'keys', digits, ended: full ? 'full' : 'pause' };
  }

  /** Waits until nothing is under way, and leaves. */
  async close(reason: string): Promise<void> {
    await this.#queue;
    this.#leave.abort(new Error(reason));
    await this.#options.dialog.close(reason);
  }

  async #run(first: Typed): Promise<void> {
    const { dialog, clock, onOut } = this.#options;
    let input: Typed | undefined = first;
    while (input !== undefined && !this.#ended) {
      const heard: Heard = { parts: this.#heard, estimated: false };
      this.#heard = [];
      const fillers = new Map<string, () => void>();
      const given: Typed = input;
      input = undefined;
      try {
        for await (const out of dialog.turn({ ...given, atMs: clock.now(), heard } as Input, {
          signal: this.#leave.signal,
        })) {
          onOut(out);
          if (out.kind === 'words' && out.remembered) this.#heard.push({ id: out.id, text: out.text, share: 1 });
          if (out.kind === 'tool') this.#arm(fillers, out);
          if (out.kind === 'listen') this.#listening = out.listening;
          if (out.kind === 'end') this.#ended = true;
          if (out.kind === 'wait') {
            input =
              out.for === 'played'
                ? { kind: 'played' }
                : { kind: 'transfer', outcome: this.#options.transfer?.() ?? 'ok' };
          }
        }
      } finally {
        for (const cancel of fillers.values()) cancel();
      }
    }
  }

  #arm(fillers: Map<string, () => void>, out: Extract<Out, { kind: 'tool' }>): void {
    fillers.get(out.callId)?.();
    fillers.delete(out.callId);
    const text = out.filler?.texts[0];
    if (out.phase !== 'started' || !out.filler || text === undefined) return;
    const { clock, onFiller } = this.#options;
    fillers.set(
      out.callId,
      clock.at(clock.now() + out.filler.afterMs, () => onFiller?.(text)),
    );
  }

  /** Results of tools that outlived their turn come in when nothing else is under way. */
  async #settleTools(): Promise<void> {
    try {
      for await (const settled of this.#options.dialog.settlements(this.#leave.signal)) {
        if (!this.#ended) await this.give(settled);
      }
    } catch (error) {
      if (!this.#leave.signal.aborted) throw error;
    }
  }
}
