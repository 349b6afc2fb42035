import type { Clock } from '../../engine/contracts.js';

interface Armed {
  atMs: number;
  cancel: () => void;
}

/** The two timers of a call: its next deadline, and its next frame (`pump`). */
export class Alarms {
  readonly #clock: Clock;
  readonly #ring: (what: { pump?: true }) => void;
  #tick: Armed | undefined;
  #pump: Armed | undefined;

  constructor(clock: Clock, ring: (what: { pump?: true }) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  arm(tickAtMs: number | undefined, pumpAtMs: number | undefined): void {
    this.#tick = this.#timer(this.#tick, tickAtMs, () => {
      // Whatever else happens at this very moment comes first: the caller's event wins over the deadline.
      const now = this.#clock.now();
      this.#tick = {
        atMs: now,
        cancel: this.#clock.at(now, () => {
          this.#tick = undefined;
          this.#ring({});
        }),
      };
    });
    this.#pump = this.#timer(this.#pump, pumpAtMs, () => {
      this.#pump = undefined;
      this.#ring({ pump: true });
    });
  }

  cancel(): void {
    this.#tick?.cancel();
    this.#pump?.cancel();
    this.#tick = this.#pump = undefined;
  }

  #timer(armed: Armed | undefined, atMs: number | undefined, run: () => void): Armed | undefined {
    if (
      armed &&
      atMs !== undefined &&
      (armed.atMs === atMs || (armed.atMs <= this.#clock.now() && atMs <= armed.atMs))
    ) {
      return armed;
    }
    armed?.cancel();
    return atMs === undefined ? undefined : { atMs, cancel: this.#clock.at(atMs, run) };
  }
}
