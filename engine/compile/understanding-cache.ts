import type { Understanding } from '../contracts.js';

type Work = (signal: AbortSignal) => Promise<Understanding>;

/**
 * What was understood of a text at the present position: speculation asks early, the turn takes the same answer.
 * Emptied whenever the dialog moves.
 */
export class UnderstandingCache {
  readonly #known = new Map<string, { promise: Promise<Understanding>; controller: AbortController; askers: number }>();

  /** The cached answer, or `work`'s. The work is stopped when everyone who asked has gone. */
  async ask(text: string, signal: AbortSignal, work: Work): Promise<Understanding> {
    signal.throwIfAborted();
    let entry = this.#known.get(text);
    if (!entry) {
      const controller = new AbortController();
      entry = { promise: work(controller.signal), controller, askers: 0 };
      this.#known.set(text, entry);
      // A failed answer is no answer; the next who asks tries again.
      const mine = entry;
      entry.promise.catch(() => {
        if (this.#known.get(text) === mine) this.#known.delete(text);
      });
    }
    const shared = entry;
    shared.askers++;
    let leave = (): void => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (--shared.askers === 0) {
          if (this.#known.get(text) === shared) this.#known.delete(text);
          shared.controller.abort(signal.reason);
        }
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    left.catch(() => {});
    try {
      return await Promise.race([shared.promise, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  clear(): void {
    this.#known.clear();
  }
}
