/** Whether callers still talk as the examples do: over the last turns, not over all of them. */
import { wilsonInterval } from './interval.js';

/** One turn that the router decided or could not decide. */
export interface WatchedTurn {
  /** The router's probability that it is right. */
  score: number;
  /** Decided on this machine. */
  local: boolean;
}

export interface DriftAlarm {
  of: 'confidence' | 'undecided';
  now: number;
  expected: number;
  /** Where the expectation is from: the examples, or the first turns of this traffic where they are too few to foretell. */
  by: 'training' | 'first turns';
  turns: number;
}

interface Expected {
  confidence?: number;
  undecided: number;
  by: DriftAlarm['by'];
}

const defaults = { window: 200 };
/** A difference that one sees in the calls, beside one that is no chance. */
const leastConfidence = 0.08;
const leastUndecided = 0.1;

export class DriftWatch {
  readonly #window: number;
  readonly #turns: WatchedTurn[] = [];
  #expected: Expected | undefined;
  #since = 0;

  /** @param decided the share of turns that training lets expect to be decided here; undefined where it cannot tell */
  constructor(decided: number | undefined, { window = defaults.window }: { window?: number } = {}) {
    this.#window = window;
    if (decided !== undefined) this.#expected = { undecided: 1 - decided, by: 'training' };
  }

  /** Takes a turn; alarms once a window, when there is reason to. */
  add(turn: WatchedTurn): DriftAlarm[] {
    this.#turns.push(turn);
    if (this.#turns.length > this.#window) this.#turns.shift();
    this.#since += 1;
    if (this.#since < this.#window) return [];
    this.#since = 0;
    const turns = this.#turns.length;
    const confidence = this.#turns.reduce((sum, { score }) => sum + score, 0) / turns;
    const open = this.#turns.filter(({ local }) => !local).length;
    const expected = this.#expected;
    // What training cannot tell is told by the first window.
    if (expected?.confidence === undefined)
      this.#expected = { undecided: open / turns, by: 'first turns', ...expected, confidence };
    if (!expected) return [];
    const alarms: DriftAlarm[] = [];
    if (expected.confidence !== undefined && confidence < expected.confidence - leastConfidence)
      alarms.push({ of: 'confidence', now: confidence, expected: expected.confidence, by: 'first turns', turns });
    const { share, low } = wilsonInterval(open, turns);
    if (low > expected.undecided && share > expected.undecided + leastUndecided)
      alarms.push({ of: 'undecided', now: share, expected: expected.undecided, by: expected.by, turns });
    return alarms;
  }
}
