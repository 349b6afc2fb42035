/**
 * The tones of keys (ITU-T Q.23), found by Goertzel's filter and made. A key is two tones at once; speech often has
 * one of them and seldom both at the right strength, with nothing beside them, for two blocks.
 */
const rows = [697, 770, 852, 941] as const;
const columns = [1209, 1336, 1477, 1633] as const;
const digits = ['123A', '456B', '789C', '*0#D'];

const rateHz = 8000;
/** 25.6 ms: the usual length, at which the eight tones fall apart cleanly. */
const blockSamples = 205;
const hopSamples = 102;
/** Root mean square below this is silence. */
const quietest = 80;
/** The pair has so much of all energy. */
const pairShare = 0.7;
/** The next tone of the same group is so many times weaker, in energy. */
const rivalRatio = 6;
/** Column against row, in decibels: telephones and lines differ by this. */
const twistDb = { least: -8, most: 10 };
/** The octave above a tone: voices have it, keys do not. */
const harmonicShare = 0.2;

/** Finds keys in a stream at 8 kHz. Each press is given once, when it is sure. */
export class DtmfDetector {
  #rest = new Int16Array(0);
  #last: string | undefined;
  #given: string | undefined;

  /** @returns the keys that this piece completes, `0`–`9`, `*`, `#`, `A`–`D` */
  push(samples: Int16Array): string[] {
    const all = new Int16Array(this.#rest.length + samples.length);
    all.set(this.#rest);
    all.set(samples, this.#rest.length);
    const found: string[] = [];
    let at = 0;
    for (; at + blockSamples <= all.length; at += hopSamples) {
      const digit = digitIn(all.subarray(at, at + blockSamples));
      // Two blocks alike begin a press; two without it end it.
      if (digit === this.#last) {
        if (digit !== undefined && digit !== this.#given) found.push(digit);
        this.#given = digit;
      }
      this.#last = digit;
    }
    this.#rest = all.slice(at);
    return found;
  }
}

function digitIn(block: Int16Array): string | undefined {
  let energy = 0;
  for (const sample of block) energy += sample * sample;
  if (Math.sqrt(energy / block.length) < quietest) return undefined;
  const row = strongest(block, rows);
  const column = strongest(block, columns);
  if (!row || !column) return undefined;
  const twist = 10 * Math.log10(column.power / row.power);
  if (twist < twistDb.least || twist > twistDb.most) return undefined;
  // A tone of amplitude a has energy n·a²/2, and its filter gives (n·a/2)².
  const pair = ((row.power + column.power) * 2) / block.length;
  if (pair < pairShare * energy) return undefined;
  if (power(block, rows[row.index]! * 2) > harmonicShare * row.power) return undefined;
  if (power(block, columns[column.index]! * 2) > harmonicShare * column.power) return undefined;
  return digits[row.index]![column.index];
}

function strongest(block: Int16Array, group: readonly number[]): { index: number; power: number } | undefined {
  const powers = group.map((hz) => power(block, hz));
  const best = Math.max(...powers);
  const index = powers.indexOf(best);
  return powers.every((other, i) => i === index || other * rivalRatio < best) ? { index, power: best } : undefined;
}

/** Goertzel: the energy of one frequency in a block. */
function power(block: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rateHz);
  let one = 0;
  let two = 0;
  for (const sample of block) {
    const zero = sample + coefficient * one - two;
    two = one;
    one = zero;
  }
  return one * one + two * two - coefficient * one * two;
}

/**
 * The sound of keys, at 8 kHz.
 * @param options.toneMs length of each, and of the silence after it (`gapMs`)
 * @param options.amplitude of each of the two tones
 */
export function dtmfTones(
  keys: string,
  options: { toneMs?: number; gapMs?: number; amplitude?: number } = {},
): Int16Array {
  const { toneMs = 80, gapMs = 80, amplitude = 6000 } = options;
  const tone = Math.round((toneMs * rateHz) / 1000);
  const gap = Math.round((gapMs * rateHz) / 1000);
  const samples = new Int16Array(keys.length * (tone + gap));
  [...keys].forEach((key, k) => {
    const row = digits.findIndex((line) => line.includes(key));
    if (row < 0) throw new RangeError(`dtmf: "${key}" is not a key; keys are 0-9, *, # and A-D`);
    const [low, high] = [rows[row]!, columns[digits[row]!.indexOf(key)]!];
    for (let i = 0; i < tone; i++) {
      const angle = (2 * Math.PI * i) / rateHz;
      samples[k * (tone + gap) + i] = Math.round(amplitude * (Math.sin(low * angle) + Math.sin(high * angle)));
    }
  });
  return samples;
}
