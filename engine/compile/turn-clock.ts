import type { Clock, Router, TurnTimings } from '../contracts.js';

/** What a turn's time is spent on, beside its steps. */
export type SpentOn = 'understandMs' | 'routerMs' | 'toolsMs' | 'modelMs';

/** Where the time of the turn that is being made goes. All times are milliseconds of the injected clock. */
export class TurnClock {
  readonly #clock: Clock;
  #sinceMs = 0;
  #spent: Record<SpentOn, number> = nothing();
  /** Since when the turn's words are being understood: only then does the router's time count for the turn. */
  #readingSinceMs: number | undefined;
  #firstWordsMs: number | undefined;
  #firstTokenMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A turn begins. */
  start(): void {
    this.#sinceMs = this.#clock.now();
    this.#spent = nothing();
    this.#firstWordsMs = this.#firstTokenMs = undefined;
  }

  spend(on: SpentOn, ms: number): void {
    this.#spent[on] += ms;
  }

  words(): void {
    this.#firstWordsMs ??= this.#clock.now() - this.#sinceMs;
  }

  token(): void {
    this.#firstTokenMs ??= this.#clock.now() - this.#sinceMs;
  }

  /** The router's time in `read` is the turn's: elsewhere it is asked ahead of a turn. */
  async reading<T>(read: () => Promise<T>): Promise<T> {
    this.#readingSinceMs = this.#clock.now();
    try {
      return await read();
    } finally {
      this.#readingSinceMs = undefined;
    }
  }

  timed(router: Router): Router {
    return {
      route: async (request, signal) => {
        const sinceMs = this.#clock.now();
        try {
          return await router.route(request, signal);
        } finally {
          if (this.#readingSinceMs !== undefined)
            this.#spent.routerMs += this.#clock.now() - Math.max(sinceMs, this.#readingSinceMs);
        }
      },
    };
  }

  /** What is left of the whole is the step's own. */
  timings(): TurnTimings {
    const { understandMs, routerMs, toolsMs, modelMs } = this.#spent;
    const totalMs = this.#clock.now() - this.#sinceMs;
    const stepMs = Math.max(0, totalMs - understandMs - toolsMs - modelMs);
    const firstWordsMs = this.#firstWordsMs;
    const firstTokenMs = this.#firstTokenMs;
    return {
      understandMs, routerMs, stepMs, toolsMs, modelMs, ...(firstTokenMs !== undefined && { firstTokenMs }), ...(firstWordsMs !== undefined && { firstWordsMs }), totalMs,
    }; // prettier-ignore
  }
}

function nothing(): Record<SpentOn, number> {
  return { understandMs: 0, routerMs: 0, toolsMs: 0, modelMs: 0 };
}
