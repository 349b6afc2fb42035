import type { Clock } from '../../engine/contracts.js';
import { messageOf, OutsideError } from '../../engine/errors.js';

export interface CircuitOptions {
  clock: Clock;
  /** A request of our own, which nobody waits for: it fails as a caller's would. */
  probe?: () => Promise<void>;
  /** Told once when it opens (`why`) and once when it closes again (`undefined`). */
  tell?: (why: string | undefined) => void;
  /** So many failures within `windowMs`, without a success between them, open it. */
  failures?: number;
  windowMs?: number;
  /** Between two probes of a provider that is not asked. */
  openMs?: number;
}

/**
 * Whether a provider is worth asking, known to all calls of the process. One that failed three times in 30 s is left
 * alone for 30 s, then tried with a request of our own: no caller pays for finding out. A refusal (a key, a setting)
 * leaves it alone at once; since it may have been about that one request, ours is made at once too.
 */
export class Circuit {
  readonly #options: Required<Pick<CircuitOptions, 'failures' | 'windowMs' | 'openMs'>> & CircuitOptions;
  #failedMs: number[] = [];
  #why: string | undefined;
  #probeFromMs = 0;
  #probing = false;

  constructor(options: CircuitOptions) {
    this.#options = { failures: 3, windowMs: 30_000, openMs: 30_000, ...options };
  }

  /** Why the provider is not asked now; undefined when it is. Looking sends the probe, once that is due. */
  get why(): string | undefined {
    if (this.#why !== undefined) this.#probeWhenDue();
    return this.#why;
  }

  succeeded(): void {
    this.#failedMs = [];
    if (this.#why === undefined) return;
    this.#why = undefined;
    this.#options.tell?.(undefined);
  }

  failed(problem: unknown): void {
    const { clock, failures, windowMs, openMs } = this.#options;
    const now = clock.now();
    if (this.#why !== undefined) return;
    this.#failedMs = [...this.#failedMs.filter((ms) => ms > now - windowMs), now];
    const isRefusal = problem instanceof OutsideError && problem.kind === 'refused' && !problem.retryable;
    if (!isRefusal && this.#failedMs.length < failures) return;
    this.#failedMs = [];
    this.#why = messageOf(problem);
    this.#probeFromMs = isRefusal ? now : now + openMs;
    this.#options.tell?.(this.#why);
    this.#probeWhenDue();
  }

  /**
   * Another process has found out: it is not asked here either, or asked again. What it told is not told anew.
   *
   * @param why undefined when it is back
   */
  follow(why: string | undefined): void {
    const { clock, openMs } = this.#options;
    this.#failedMs = [];
    this.#why = why;
    this.#probeFromMs = clock.now() + openMs;
  }

  #probeWhenDue(): void {
    const { clock, openMs, probe } = this.#options;
    if (this.#probing || clock.now() < this.#probeFromMs) return;
    if (probe === undefined) {
      // The next caller's request is the trial.
      this.#probeFromMs = clock.now() + openMs;
      this.#why = undefined;
      this.#failedMs = Array.from({ length: this.#options.failures - 1 }, () => clock.now());
      return;
    }
    this.#probing = true;
    void probe()
      .then(
        () => this.succeeded(),
        () => {
          this.#probeFromMs = clock.now() + openMs;
        },
      )
      .finally(() => (this.#probing = false));
  }
}
