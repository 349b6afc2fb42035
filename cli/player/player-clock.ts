/**
 * The virtual clock of the player: time stands still as long as real work is under way. A dialog's turn is real
 * work (graph, router) and takes no virtual time; a tool's `delay` is virtual and must not hold the clock.
 */
import { sleepOn, VirtualClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';

export class PlayerClock extends VirtualClock {
  readonly #patienceMs: number;
  #working = 0;
  #armed = 0;
  #held = 0;

  /**
   * @param startDate calendar time at 0, milliseconds since 1970 UTC
   * @param patienceMs work that takes longer, in processor time of this process, is taken for hung: the script fails rather
   *   than waits. Waiting here is busy, so on a quiet machine that is real time; a loaded one gets as much longer as it needs
   */
  constructor(startDate?: number, patienceMs = 20_000) {
    super(startDate);
    this.#patienceMs = patienceMs;
  }

  /** Holds the clock until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work;
    } finally {
      this.#working--;
    }
  }

  /** Holds the clock until the work is done, whatever timers run: a real model is asked on nobody's time. */
  readonly hold = async <T>(work: Promise<T>): Promise<T> => {
    this.#held++;
    try {
      return await work;
    } finally {
      this.#held--;
    }
  };

  /** The same time, for the dialog and its tools: while one of their timers runs they wait for time, not time for them. */
  readonly forDialog: Clock = {
    now: () => this.now(),
    date: () => this.date(),
    at: (atMs, run) => {
      this.#armed++;
      let open = true;
      const close = (): void => {
        if (open) this.#armed--;
        open = false;
      };
      const cancel = this.at(atMs, () => {
        close();
        run();
      });
      return () => {
        close();
        cancel();
      };
    },
    sleep: (ms, signal) => sleepOn(this.forDialog, ms, signal),
  };

  override async settle(): Promise<void> {
    await nextRound();
    await nextRound();
    if (!this.#isHeld()) return;
    const since = process.cpuUsage();
    while (this.#isHeld()) {
      await nextRound();
      const { user, system } = process.cpuUsage(since);
      if ((user + system) / 1000 < this.#patienceMs) continue;
      throw new Error(`the dialog did not answer within ${this.#patienceMs / 1000} s of work`);
    }
    await nextRound();
  }

  #isHeld(): boolean {
    return this.#held > 0 || (this.#working > 0 && this.#armed === 0);
  }
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
