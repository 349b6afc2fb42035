/**
 * A call's sound on one timeline: the caller as it came, the agent as it was heard (cut where the caller cut in).
 * 8 kHz, both channels begin with the call.
 */
const samplesPerMs = 8;
/** Jitter within this is not a gap. */
const gapMs = 60;

export class Recorder {
  readonly #startMs: number;
  readonly #caller = new Track();
  readonly #agent = new Track();
  #callerAt = 0;
  muted = false;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** What came in just now; while muted its place is kept and its sound is not. */
  caller(samples: Int16Array, nowMs: number): void {
    const endsAt = Math.round((nowMs - this.#startMs) * samplesPerMs);
    // The first frame ends now; later ones follow each other, unless a hole came between.
    if (endsAt - samples.length - this.#callerAt > gapMs * samplesPerMs) this.#callerAt = endsAt - samples.length;
    this.#caller.put(this.#callerAt, this.muted ? new Int16Array(samples.length) : samples);
    this.#callerAt += samples.length;
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
