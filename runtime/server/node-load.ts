/** Whether this process can carry one more call: how late its event loop is, and how much memory it holds. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../engine/contracts.js';

export interface LoadLimits {
  /** A loop that is later than this (p99 of a second) for five seconds has no room for another call. Default: none. */
  loopLagMs?: number;
  /** Resident memory from which on no call is taken. Default: none. */
  memoryBytes?: number;
}

/** Where the figures come from: the machine, or a test. */
export interface LoadSource {
  /** p99 of the loop's lateness since it was last asked, ms. */
  loopLagMs(): number;
  memoryBytes(): number;
  close?(): void;
}

const everyMs = 1000;
/** So long above the limit closes the door, so long below opens it again: no door that swings. */
const forMs = 5000;

export class NodeLoad {
  readonly #clock: Clock;
  readonly #limits: LoadLimits;
  readonly #source: LoadSource;
  #cancel: () => void;
  #lagMs = 0;
  #isLate = false;
  /** Since when the lag has been on the other side of the limit. */
  #turningSinceMs: number | undefined;

  constructor(clock: Clock, limits: LoadLimits, source: LoadSource = machineLoad()) {
    this.#clock = clock;
    this.#limits = limits;
    this.#source = source;
    this.#cancel = this.#next();
  }

  /** p99 of the last second. */
  get loopLagMs(): number {
    return this.#lagMs;
  }

  get memoryBytes(): number {
    return this.#source.memoryBytes();
  }

  /** Why no further call should be taken. */
  get full(): 'loop lag' | 'memory' | undefined {
    if (this.#isLate) return 'loop lag';
    const { memoryBytes } = this.#limits;
    return memoryBytes !== undefined && this.memoryBytes > memoryBytes ? 'memory' : undefined;
  }

  close(): void {
    this.#cancel();
    this.#source.close?.();
  }

  #next(): () => void {
    return this.#clock.at(this.#clock.now() + everyMs, () => {
      this.#look();
      this.#cancel = this.#next();
    });
  }

  #look(): void {
    this.#lagMs = this.#source.loopLagMs();
    const isOver = this.#lagMs > (this.#limits.loopLagMs ?? Infinity);
    if (isOver === this.#isLate) this.#turningSinceMs = undefined;
    else {
      // What is looked at now is the second that has just passed.
      this.#turningSinceMs ??= this.#clock.now() - everyMs;
      if (this.#clock.now() - this.#turningSinceMs < forMs) return;
      this.#isLate = isOver;
      this.#turningSinceMs = undefined;
    }
  }
}

const resolutionMs = 10;

/** This process. Node's figures hold the length of the timer that measures too. */
function machineLoad(): LoadSource {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return {
    loopLagMs: () => {
      const lagMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
      delay.reset();
      return Math.round(lagMs * 10) / 10;
    },
    memoryBytes: () => process.memoryUsage.rss(),
    close: () => void delay.disable(),
  };
}
