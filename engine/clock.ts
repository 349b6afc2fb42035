import type { Clock } from './contracts.js';

/** The machine's own time. */
export class RealClock implements Clock {
  now(): number {
    return performance.now();
  }

  date(): number {
    return Date.now();
  }

  at(atMs: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.max(0, atMs - this.now()));
    return () => clearTimeout(timer);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }
}

/**
 * Time that moves only when told to. Timers fire in order of their deadline, ties in arming order.
 * Between two timers the microtask queue and the I/O queue are emptied, so promise chains run out
 * before the next deadline is looked at.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #sequence = 0;
  readonly #startDate: number;
  readonly #timers = new Map<number, { atMs: number; run: () => void }>();

  /** @param startDate calendar time at 0, milliseconds since 1970 UTC */
  constructor(startDate = Date.UTC(2026, 2, 2, 10)) {
    this.#startDate = startDate;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#startDate + this.#now;
  }

  at(atMs: number, run: () => void): () => void {
    const id = this.#sequence++;
    this.#timers.set(id, { atMs: Math.max(atMs, this.#now), run });
    return () => void this.#timers.delete(id);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** The next deadline, or undefined when nothing is armed. */
  get nextAtMs(): number | undefined {
    let next: number | undefined;
    for (const { atMs } of this.#timers.values()) if (next === undefined || atMs < next) next = atMs;
    return next;
  }

  /** Lets everything that is ready run, without moving time. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Moves to `atMs`, firing every timer that falls due on the way. */
  async advanceTo(atMs: number): Promise<void> {
    await this.settle();
    for (;;) {
      let due: { id: number; atMs: number; run: () => void } | undefined;
      for (const [id, timer] of this.#timers) {
        if (timer.atMs <= atMs && (due === undefined || timer.atMs < due.atMs)) due = { id, ...timer };
      }
      if (due === undefined) break;
      this.#timers.delete(due.id);
      this.#now = Math.max(this.#now, due.atMs);
      due.run();
      await this.settle();
    }
    this.#now = Math.max(this.#now, atMs);
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms);
  }
}

/** `Clock.sleep` made of `Clock.at`. */
export function sleepOn(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.at(clock.now() + ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
