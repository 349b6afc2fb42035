/**
 * A call's sound on one timeline: the caller as it came, the agent as it was heard (cut where the caller cut in).
 * 8 kHz, both channels begin with the call. Sound comes late by chance and never early, so of the last quarter second
 * the frame that came soonest says where the caller's sound belongs: a late first frame, lost frames and a clock that
 * drifts do not add up.
 */
const samplesPerMs = 8;
/** Counted in sound that came in its time: what comes all at once after a stall is no time. */
const windowMs = 240;
/** The caller's sound is moved no more often than needed: each move is a seam. */
const slackMs = 8;
/** Nothing for so long: a hole, whatever comes after it. */
const holeMs = 2000;

export class Recorder {
  readonly #startMs: number;
  readonly #caller = new Track();
  readonly #agent = new Track();
  /** How much of the caller's sound came, and where it belongs, both in milliseconds. */
  #cameMs = 0;
  #placedMs: number | undefined;
  #inTimeMs = 0;
  #lastMs = 0;
  #lateness: { inTimeMs: number; byMs: number }[] = [];
  muted = false;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** What came in just now; while muted its place is kept and its sound is not. */
  caller(samples: Int16Array, nowMs: number): void {
    const lengthMs = samples.length / samplesPerMs;
    const byMs = nowMs - this.#startMs - lengthMs - this.#cameMs;
    if (this.#placedMs !== undefined && byMs - this.#placedMs > holeMs) this.#lateness = [];
    this.#inTimeMs += Math.min(lengthMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#lateness = this.#lateness.filter((one) => one.byMs < byMs && one.inTimeMs > this.#inTimeMs - windowMs);
    this.#lateness.push({ inTimeMs: this.#inTimeMs, byMs });
    // What is kept grows towards the end: the first came soonest.
    const soonestMs = this.#lateness[0]!.byMs;
    if (this.#placedMs === undefined || Math.abs(soonestMs - this.#placedMs) > slackMs) this.#placedMs = soonestMs;
    const at = Math.round((this.#cameMs + this.#placedMs) * samplesPerMs);
    this.#caller.put(at, this.muted ? new Int16Array(samples.length) : samples);
    this.#cameMs += lengthMs;
  }

  /** A frame that will be heard at `playAtMs`. */
  agent(samples: Int16Array, playAtMs: number): void {
    this.#agent.put(Math.round((playAtMs - this.#startMs) * samplesPerMs), samples);
  }

  /** Nothing of the agent was heard from `nowMs` on. */
  clear(nowMs: number): void {
    this.#agent.cut(Math.round((nowMs - this.#startMs) * samplesPerMs));
  }

  /** Both channels, as long as the longer one. */
  audio(): { sampleRateHz: 8000; caller: Int16Array; agent: Int16Array } {
    const length = Math.max(this.#caller.length, this.#agent.length);
    return { sampleRateHz: 8000, caller: this.#caller.samples(length), agent: this.#agent.samples(length) };
  }
}

/** Samples that grow; what was never written is silence. */
class Track {
  #samples = new Int16Array(16_000);
  length = 0;

  put(at: number, samples: Int16Array): void {
    const from = Math.max(0, at);
    const end = from + samples.length;
    if (end > this.#samples.length) {
      const larger = new Int16Array(Math.max(end, this.#samples.length * 2));
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(samples, from);
    this.length = Math.max(this.length, end);
  }

  cut(at: number): void {
    const from = Math.max(0, at);
    if (from >= this.length) return;
    this.#samples.fill(0, from, this.length);
    this.length = from;
  }

  samples(length: number): Int16Array {
    const all = new Int16Array(length);
    all.set(this.#samples.subarray(0, Math.min(length, this.length)));
    return all;
  }
}
