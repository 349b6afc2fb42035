import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PoorLine, troublesOf, type LineTroubles } from '../../../cli/caller/poor-line.js';
import { UsageError } from '../../../engine/errors.js';
import { gain, join, rms } from '../../../runtime/audio/level.js';
import { writeWav } from '../../../runtime/audio/wav.js';
import { frameSamples } from '../../../runtime/contracts.js';

const speech = Int16Array.from({ length: 8000 }, (_, n) => 6000 * Math.sin(n / 4));
const silent = new Int16Array(frameSamples);
const line = (troubles: Partial<LineTroubles>): PoorLine => new PoorLine({ seed: 1, ...troubles }, speech);
const decibels = (one: Int16Array, other: Int16Array): number => 20 * Math.log10(rms(one) / rms(other));
const sent = (poor: PoorLine, frames: number): Int16Array[] =>
  Array.from({ length: frames }, () => poor.out(silent)).flatMap((frame) => frame ?? []);

describe('a poor line', () => {
  it('puts noise beside the caller, so many decibels below what they say', () => {
    const noise = join(sent(line({ noise: { belowDb: 12 } }), 500));
    expect(decibels(speech, noise)).toBeCloseTo(12, 0);
  });

  it('takes noise from a file, at the rate of the line', () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'parley-noise-'));
    try {
      const file = joinPath(folder, 'street.wav');
      const tone = Int16Array.from({ length: 16_000 }, (_, n) => 900 * Math.sin(n / 20));
      writeFileSync(file, writeWav([tone], 16_000));
      const troubles = troublesOf({ noise: file })!;
      expect(Math.abs(troubles.noise!.sound!.length - 8000)).toBeLessThan(80);
      expect(decibels(speech, join(sent(new PoorLine(troubles, speech), 100)))).toBeCloseTo(15, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives back what the agent says a little later and softer', () => {
    const poor = line({ echoDb: 20 });
    const frames = Array.from({ length: 10 }, (_, n) => {
      poor.in(n === 0 ? speech.subarray(0, frameSamples) : silent);
      return poor.out(silent)!;
    });
    const loud = frames.flatMap((frame, n) => (rms(frame) > 0 ? [n] : []));
    expect(loud).toEqual([6]);
    expect(frames[6]).toEqual(gain(speech.subarray(0, frameSamples), -20));
  });

  it('loses the share of the packets that it should, a few in a row, of either side, and the same ones again', () => {
    const poor = line({ loss: 0.1 });
    const arrives = Array.from({ length: 5000 }, () => poor.out(silent) !== undefined);
    expect(arrives.filter((one) => !one).length / 5000).toBeCloseTo(0.1, 1);
    const gaps = arrives.filter((one, n) => !one && arrives[n - 1] !== false).length;
    expect(arrives.filter((one) => !one).length / gaps).toBeGreaterThan(2);
    const again = line({ loss: 0.1 });
    expect(Array.from({ length: 5000 }, () => again.out(silent) !== undefined)).toEqual(arrives);
    const heard = Array.from({ length: 500 }, () => rms(line({ loss: 0.9 }).in(speech.subarray(0, frameSamples))));
    expect(heard.every((one) => one === heard[0])).toBe(true);
  });

  it('is a telephone with mu-law: close to the sound, and not the sound', () => {
    const frame = speech.subarray(0, frameSamples);
    const coded = line({ muLaw: true }).out(frame)!;
    expect(coded).not.toEqual(frame);
    expect(rms(coded.map((sample, n) => sample - frame[n]!))).toBeLessThan(rms(frame) / 30);
  });

  it('is not there where nothing of it is asked for, and refuses what is none by its option', () => {
    expect(troublesOf({})).toBeUndefined();
    expect(troublesOf({ muLaw: true })).toEqual({ muLaw: true, seed: 1 });
    for (const [options, says] of [
      [{ noise: '99' }, '--noise takes dB'],
      [{ noise: 'nowhere.wav' }, 'nowhere.wav cannot be read as one: ENOENT'],
      [{ echo: 'much' }, '--echo takes dB'],
      [{ loss: '200%' }, '--loss takes per cent'],
      [{ muLaw: true, seed: 'x' }, '--seed takes a number'],
    ] as const) {
      expect(() => troublesOf(options)).toThrow(UsageError);
      expect(() => troublesOf(options)).toThrow(says);
    }
  });
});
