/** Dialogs whose line was lost: kept open for a while, for a caller who comes back with the token of their call. */
import type { Clock, Dialog, Input, Out } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import type { Log } from '../observe/log.js';
import { wrapDialog } from '../wrap-dialog.js';

interface Kept {
  dialog: Dialog;
  cancel: () => void;
}

export class KeptDialogs {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keepMs: number;
  readonly #kept = new Map<string, Kept>();

  /** @param options.keepMs 0 keeps none: a line that is lost is a hang-up */
  constructor(options: { clock: Clock; log: Log; keepMs: number }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#keepMs = options.keepMs;
  }

  /**
   * The dialog as a call gets it. When `lost` fires, the call hears that it is over and the dialog hears nothing: what
   * it is doing goes on, as for a hang-up, and what comes of that waits here.
   */
  wrap(dialog: Dialog, lost: AbortSignal): Dialog {
    if (this.#keepMs === 0) return dialog;
    let ended = false;
    const leave = (): void => {
      if (!ended) this.#keep(dialog);
    };
    if (lost.aborted) leave();
    else lost.addEventListener('abort', leave, { once: true });
    const isLeft = (): boolean => lost.aborted && !ended;
    return wrapDialog(dialog, {
      async *turn(input, run): AsyncGenerator<Out> {
        if (isLeft()) {
          yield { kind: 'end', hangUp: true };
          return;
        }
        for await (const out of dialog.turn(input, run)) {
          ended ||= out.kind === 'end';
          yield out;
        }
      },
      settlements: (signal) => dialog.settlements(AbortSignal.any([signal, lost])),
      close: (reason) => {
        if (isLeft()) return Promise.resolve();
        lost.removeEventListener('abort', leave);
        ended = true;
        return dialog.close(reason);
      },
    });
  }

  /** The dialog of a caller who is back; from now on it is theirs. */
  take(id: string): Dialog | undefined {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    kept?.cancel();
    return kept?.dialog;
  }

  /** The process ends: the checkpoints stay, and another server may go on with them. */
  async close(): Promise<void> {
    const all = [...this.#kept.keys()].flatMap((id) => this.take(id) ?? []);
    await Promise.all(all.map((dialog) => dialog.close('the server ends')));
  }

  #keep(dialog: Dialog): void {
    const cancel = this.#clock.at(this.#clock.now() + this.#keepMs, () => {
      this.#kept.delete(dialog.id);
      void this.#hangUp(dialog);
    });
    this.#kept.set(dialog.id, { dialog, cancel });
  }

  async #hangUp(dialog: Dialog): Promise<void> {
    const input: Input = { kind: 'hang_up', atMs: this.#clock.now() };
    try {
      for await (const out of dialog.turn(input, { signal: new AbortController().signal })) void out;
      await dialog.close('the caller did not come back');
    } catch (error) {
      this.#log.warn('after a lost line', { problem: messageOf(error) });
    }
  }
}
