import { describe, expect, it } from 'vitest';
import { createResampler, resample } from '../../../runtime/audio/resample.js';

const rates = [16_000, 22_050, 24_000, 44_100, 48_000];

function tone(hz: number, rateHz: number, ms: number, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: Math.round((rateHz * ms) / 1000) }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

/** Root mean square of the middle, away from the edges. */
function level(samples: Int16Array): number {
  const middle = samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
  return Math.sqrt(middle.reduce((sum, one) => sum + one * one, 0) / middle.length);
}

const db = (a: number, b: number): number => 20 * Math.log10(a / b);

describe('the resampler', () => {
  it.each(rates)('keeps what a telephone carries from %i Hz to 8 kHz and back, up to 3.4 kHz', (rateHz) => {
    for (const hz of [300, 1000, 2500, 3400]) {
      const wire = tone(hz, rateHz, 400);
      const line = resample(wire, rateHz, 8000);
      expect(Math.abs(db(level(line), level(wire)))).toBeLessThan(hz < 3000 ? 0.1 : 1.5);
      const back = resample(line, 8000, rateHz);
      expect(Math.abs(db(level(back), level(wire)))).toBeLessThan(hz < 3000 ? 0.2 : 3);
    }
  });

  it.each(rates.filter((rateHz) => rateHz > 16_000 || rateHz === 16_000))(
    'lets nothing above 4.4 kHz alias from %i Hz: 80 dB down',
    (rateHz) => {
      const loudest = 32_000;
      for (const hz of [4400, 5000, 6000, 7000, 7900].filter((one) => one < rateHz / 2)) {
        const line = resample(tone(hz, rateHz, 400, loudest), rateHz, 8000);
        // A sample is a whole number: below half of one nothing can be told.
        expect(db(Math.max(level(line), 0.5), loudest / Math.SQRT2)).toBeLessThan(-80);
      }
    },
  );

  it('gives the same samples however the stream is cut', () => {
    const wire = tone(700, 24_000, 300);
    const whole = resample(wire, 24_000, 8000);
    const resampler = createResampler(24_000, 8000);
    const pieces: number[] = [];
    for (let at = 0, length = 1; at < wire.length; at += length, length = (length * 7) % 531 || 1) {
      pieces.push(...resampler.push(wire.subarray(at, at + length)));
    }
    pieces.push(...resampler.flush());
    expect(pieces).toEqual([...whole]);
  });

  it('delays by no more than 2.3 ms', () => {
    for (const rateHz of rates) {
      const click = new Int16Array(rateHz / 10);
      click[0] = 30_000;
      const line = createResampler(rateHz, 8000).push(click);
      const peak = line.reduce((best, one, i) => (Math.abs(one) > Math.abs(line[best]!) ? i : best), 0);
      expect(peak / 8).toBeLessThanOrEqual(2.3);
    }
  });

  it('keeps the length of time: a second stays a second', () => {
    for (const rateHz of rates) {
      const resampler = createResampler(rateHz, 8000);
      let got = 0;
      for (let i = 0; i < 50; i++) got += resampler.push(new Int16Array(rateHz / 50)).length;
      expect(got).toBe(8000);
    }
  });

  it('passes the same rate through, and refuses what is no rate of speech', () => {
    const wire = tone(700, 8000, 20);
    expect(resample(wire, 8000, 8000)).toBe(wire);
    expect(() => createResampler(0, 8000)).toThrow(/0 Hz is not a sample rate/);
    expect(() => createResampler(8000, 1.5)).toThrow(/not a sample rate/);
  });
});
