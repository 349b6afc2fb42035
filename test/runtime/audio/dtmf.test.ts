import { describe, expect, it } from 'vitest';
import { decodeMuLaw, encodeMuLaw } from '../../../runtime/audio/g711.js';
import { DtmfDetector, dtmfTones } from '../../../runtime/audio/dtmf.js';
import { mix } from '../../../runtime/audio/level.js';

/** Seeded noise, −1 to 1. */
function noise(length: number, amplitude: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2147483648 - 1) * amplitude);
  });
}

/** In frames of 20 ms over mu-law, as a line gives it. */
function heard(samples: Int16Array): string {
  const detector = new DtmfDetector();
  const line = decodeMuLaw(encodeMuLaw(samples));
  let keys = '';
  for (let at = 0; at < line.length; at += 160) keys += detector.push(line.subarray(at, at + 160)).join('');
  return keys;
}

describe('keys in the sound', () => {
  it('finds all sixteen, each once, however long it is held', () => {
    for (const toneMs of [50, 80, 200, 1000]) {
      expect(heard(dtmfTones('0123456789*#ABCD', { toneMs, gapMs: 60 }))).toBe('0123456789*#ABCD');
    }
  });

  it('tells two presses of the same key apart', () => {
    expect(heard(dtmfTones('1100', { toneMs: 60, gapMs: 60 }))).toBe('1100');
  });

  it('finds 500 random strings at 50 ms and 15 dB of noise', () => {
    const random = noise(5000, 8000, 7);
    let right = 0;
    for (let n = 0; n < 500; n++) {
      const keys = Array.from(
        { length: 6 },
        (_, i) => '0123456789*#'[Math.abs(random[n * 6 + i]! + n * 31) % 12]!,
      ).join('');
      const tones = dtmfTones(keys, { toneMs: 50, gapMs: 50, amplitude: 5000 });
      // Two tones of 5,000 have 5,000 rms together; even noise of 1,500 has 870: 15 dB below.
      if (heard(mix(tones, noise(tones.length, 1500, n + 1))) === keys) right += 1;
    }
    expect(right).toBe(500);
  });

  it('hears no key in noise, in one tone, in a chord, or in a voice-like buzz', () => {
    const at = (hz: number, amplitude = 6000): Int16Array =>
      Int16Array.from({ length: 16_000 }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 8000)));
    expect(heard(noise(80_000, 8000))).toBe('');
    expect(heard(at(770))).toBe('');
    expect(heard(at(1336))).toBe('');
    expect(heard(mix(at(600), at(1000)))).toBe('');
    // 110 Hz with all its overtones: 770 and 1,210 are among them.
    expect(heard(mix(...Array.from({ length: 30 }, (_, k) => at(110 * (k + 1), 1500))))).toBe('');
    expect(heard(mix(at(770), at(1336, 600)))).toBe('');
  });

  it('refuses to make what is no key', () => {
    expect(() => dtmfTones('1E')).toThrow(/"E" is not a key/);
  });
});
