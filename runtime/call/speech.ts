import { createResampler } from '../audio/resample.js';
import { frameSamples, lineRateHz } from '../contracts.js';

/** One sentence's audio as it comes, at the line's rate. */
export class Speech {
  readonly controller = new AbortController();
  /** The voice that was asked for it. */
  readonly voice: string;
  /** Who was last asked for it, where it costs something. */
  who: string | undefined;
  #samples = new Int16Array(lineRateHz * 2);
  #length = 0;
  #resampler: { rateHz: number; run: ReturnType<typeof createResampler> } | undefined;

  constructor(voice: string) {
    this.voice = voice;
  }

  /** Takes a piece; returns how many samples it came to at 8 kHz. */
  add(samples: Int16Array, sampleRateHz: number): number {
    if (this.#resampler?.rateHz !== sampleRateHz) {
      this.#resampler = { rateHz: sampleRateHz, run: createResampler(sampleRateHz, lineRateHz) };
    }
    return this.#append(this.#resampler.run.push(samples));
  }

  end(): number {
    return this.#resampler ? this.#append(this.#resampler.run.flush()) : 0;
  }

  #append(samples: Int16Array): number {
    const end = this.#length + samples.length;
    if (end > this.#samples.length) {
      const larger = new Int16Array(Math.max(end, this.#samples.length * 2));
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = end;
    return samples.length;
  }

  /** Samples `from`..`to`, padded with silence to a whole frame. */
  frame(from: number, to: number): Int16Array {
    const frame = new Int16Array(frameSamples);
    frame.set(this.#samples.subarray(from, Math.min(to, this.#length)));
    return frame;
  }
}
