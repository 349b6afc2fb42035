/** What a telephone line does to sound on its way: noise beside the caller, an echo, a narrow codec, lost packets. */
import { readFileSync } from 'node:fs';
import { seededRandom } from '../../engine/compile/moment.js';
import { UsageError } from '../../engine/errors.js';
import { decodeMuLaw, encodeMuLaw } from '../../runtime/audio/g711.js';
import { gain, mix, rms } from '../../runtime/audio/level.js';
import { resample } from '../../runtime/audio/resample.js';
import { readWav } from '../../runtime/audio/wav.js';
import { frameMs, frameSamples, lineRateHz } from '../../runtime/contracts.js';

export interface LineTroubles {
  /** Noise beside the caller, by so many dB softer than their speech; from a file, or a hum like that of a car. */
  noise?: { belowDb: number; sound?: Int16Array };
  /** What the agent says comes back into the microphone, so many dB softer. */
  echoDb?: number;
  /** Share of the packets that never arrive, of either side, 0 to 1. */
  loss?: number;
  /** Both sides by 8-bit mu-law, as on a telephone. */
  muLaw?: boolean;
  /** The same seed gives the same noise, and loses the same packets. */
  seed: number;
}

/** The way over a speaker and back into a microphone. */
const echoFrames = 120 / frameMs;
/** Packets are lost a few at once: so many in a row. */
const burst = 3;
/** Noise without a file: so much of one sample is the last one's, which leaves a low hum. */
const hum = 0.9;

/** One call's line. Frames go through it in order, one of each side every 20 ms. */
export class PoorLine {
  readonly #troubles: LineTroubles;
  readonly #random: () => number;
  readonly #noise: (() => Int16Array) | undefined;
  readonly #echo: Int16Array[] = [];
  readonly #isLost: Record<'out' | 'in', boolean> = { out: false, in: false };

  /** @param speech what the caller will say: noise is measured by it */
  constructor(troubles: LineTroubles, speech: Int16Array) {
    this.#troubles = troubles;
    this.#random = seededRandom(troubles.seed, 'line', 0);
    if (troubles.noise) this.#noise = this.#noisy(troubles.noise, rms(speech));
  }

  /** A frame of the microphone, as it arrives at the agent; undefined: it never does. */
  out(frame: Int16Array): Int16Array | undefined {
    const echo = this.#echo.length > echoFrames ? this.#echo.shift() : undefined;
    const sound = mix(frame, ...(this.#noise ? [this.#noise()] : []), ...(echo ? [echo] : []));
    return this.#loses('out') ? undefined : this.#coded(sound);
  }

  /** A frame of the agent's, as the caller hears it. */
  in(frame: Int16Array): Int16Array {
    const heard = this.#loses('in') ? new Int16Array(frameSamples) : this.#coded(frame);
    if (this.#troubles.echoDb !== undefined) this.#echo.push(gain(heard, -this.#troubles.echoDb));
    return heard;
  }

  #coded(frame: Int16Array): Int16Array {
    return this.#troubles.muLaw ? decodeMuLaw(encodeMuLaw(frame)) : frame;
  }

  #loses(way: 'out' | 'in'): boolean {
    const { loss = 0 } = this.#troubles;
    if (loss <= 0) return false;
    // In the long run the share is `loss`, and a gap `burst` packets long.
    const stays = 1 - 1 / burst;
    const begins = Math.min(1, loss / ((1 - loss) * burst));
    return (this.#isLost[way] = this.#random() < (this.#isLost[way] ? stays : begins));
  }

  #noisy({ belowDb, sound }: NonNullable<LineTroubles['noise']>, speechRms: number): () => Int16Array {
    const source = sound ?? this.#hum();
    const level = 20 * Math.log10(Math.max(1, speechRms) / Math.max(1, rms(source))) - belowDb;
    const louder = gain(source, level);
    let at = 0;
    return () => {
      const frame = new Int16Array(frameSamples);
      for (let i = 0; i < frameSamples; i++, at = (at + 1) % louder.length) frame[i] = louder[at]!;
      return frame;
    };
  }

  /** Ten seconds of it. */
  #hum(): Int16Array {
    let last = 0;
    return Int16Array.from({ length: 10 * lineRateHz }, () => {
      last = hum * last + (1 - hum) * (this.#random() * 2 - 1);
      return Math.round(last * 20_000);
    });
  }
}

export interface LineOptions {
  noise?: string;
  echo?: string;
  loss?: string;
  muLaw?: boolean;
  seed?: string;
}

/** Noise of a file without a level of its own. */
const fileNoiseDb = 15;

/**
 * @returns undefined where the line is as good as a wire
 * @throws UsageError naming the option
 */
export function troublesOf(options: LineOptions): LineTroubles | undefined {
  const { noise, echo, loss, muLaw, seed } = options;
  if (noise === undefined && echo === undefined && loss === undefined && !muLaw) return undefined;
  return {
    ...(noise !== undefined && { noise: noiseOf(noise) }),
    ...(echo !== undefined && { echoDb: numberOf(echo, '--echo', 'dB below what the agent says, 0 to 60', 60) }),
    ...(loss !== undefined && {
      loss: numberOf(loss.replace(/%$/, ''), '--loss', 'per cent of the packets, 0 to 90', 90) / 100,
    }),
    ...(muLaw && { muLaw }),
    seed: seed === undefined ? 1 : numberOf(seed, '--seed', 'a number', Number.MAX_SAFE_INTEGER),
  };
}

function noiseOf(text: string): NonNullable<LineTroubles['noise']> {
  if (/^\d/.test(text) && Number.isFinite(Number(text)))
    return { belowDb: numberOf(text, '--noise', 'dB below what the caller says, 0 to 60', 60) };
  try {
    const { channels, sampleRateHz } = readWav(readFileSync(text));
    return { belowDb: fileNoiseDb, sound: resample(channels[0]!, sampleRateHz, lineRateHz) };
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : 'unknown');
    throw new UsageError(
      `--noise takes dB below what the caller says, or a WAV file; ${text} cannot be read as one: ${why}`,
      { cause },
    );
  }
}

function numberOf(text: string, option: string, what: string, most: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value <= most)) throw new UsageError(`${option} takes ${what}, not "${text}".`);
  return value;
}
