/**
 * Changes the sample rate of speech: a polyphase FIR filter (windowed sinc, Kaiser beta 8, 16 zero crossings,
 * roll-off 0.92). It keeps its state between pieces, so that a stream cut anywhere gives the same samples.
 * Measured figures are in runtime/README.md.
 */
const zeroCrossings = 16;
const rollOff = 0.92;
const beta = 8;

export interface Resampler {
  /** The samples that this piece completes, at the new rate. */
  push(samples: Int16Array): Int16Array;
  /** What is still in the filter, at the end of a stream. */
  flush(): Int16Array;
}

interface Filter {
  up: number;
  down: number;
  /** One row a phase, `taps` long, oldest sample first. */
  phases: Float64Array[];
  taps: number;
}

const filters = new Map<string, Filter>();

/** @param fromHz, toHz whole numbers between 4,000 and 192,000; the same rate passes through. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  for (const rate of [fromHz, toHz]) {
    if (!Number.isInteger(rate) || rate < 4000 || rate > 192_000) {
      throw new RangeError(`resample: ${String(rate)} Hz is not a sample rate of speech (4000 to 192000)`);
    }
  }
  if (fromHz === toHz) return { push: (samples) => samples, flush: () => new Int16Array(0) };
  return new PolyphaseResampler(filterFor(fromHz, toHz));
}

/** A whole piece at once. */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const resampler = createResampler(fromHz, toHz);
  const head = resampler.push(samples);
  const tail = resampler.flush();
  const all = new Int16Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

class PolyphaseResampler implements Resampler {
  readonly #filter: Filter;
  /** The last `taps - 1` samples of what came before. */
  #history: Float64Array;
  /** Where the next output lies: samples into the next piece, and phase. */
  #index = 0;
  #phase = 0;

  constructor(filter: Filter) {
    this.#filter = filter;
    this.#history = new Float64Array(filter.taps - 1);
  }

  push(samples: Int16Array): Int16Array {
    const { up, down, phases, taps } = this.#filter;
    const input = new Float64Array(this.#history.length + samples.length);
    input.set(this.#history);
    for (let i = 0; i < samples.length; i++) input[this.#history.length + i] = samples[i]!;
    const left = samples.length - this.#index;
    const output = new Int16Array(left <= 0 ? 0 : Math.ceil((left * up - this.#phase) / down));
    let count = 0;
    while (this.#index < samples.length) {
      const row = phases[this.#phase]!;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += row[k]! * input[this.#index + k]!;
      output[count++] = Math.max(-32768, Math.min(32767, Math.round(sum)));
      this.#phase += down;
      while (this.#phase >= up) {
        this.#phase -= up;
        this.#index += 1;
      }
    }
    this.#index -= samples.length;
    this.#history = input.slice(input.length - (taps - 1));
    return count === output.length ? output : output.subarray(0, count);
  }

  flush(): Int16Array {
    return this.push(new Int16Array(Math.floor(this.#filter.taps / 2)));
  }
}

function filterFor(fromHz: number, toHz: number): Filter {
  const key = `${String(fromHz)}:${String(toHz)}`;
  const known = filters.get(key);
  if (known) return known;
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  // Cut off below the lower of the two Nyquist frequencies; in input samples.
  const cutoff = Math.min(1, toHz / fromHz) * rollOff;
  const half = Math.ceil(zeroCrossings / cutoff);
  const taps = 2 * half;
  const phases: Float64Array[] = [];
  for (let phase = 0; phase < up; phase++) {
    const row = new Float64Array(taps);
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      // Distance between the output's place and this input sample.
      const x = k - half + 1 - phase / up;
      row[k] = cutoff * sinc(cutoff * x) * kaiser(x / half);
      sum += row[k]!;
    }
    // Every phase passes a constant unchanged: no tone at the rate of the phases.
    for (let k = 0; k < taps; k++) row[k]! /= sum;
    phases.push(row);
  }
  const filter = { up, down, phases, taps };
  filters.set(key, filter);
  return filter;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(beta * Math.sqrt(1 - x * x)) / bessel(beta);
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
