import { describe, expect, it } from 'vitest';
import { encodeALaw, encodeMuLaw } from '../../../runtime/audio/g711.js';
import { Framer } from '../../../runtime/audio/framer.js';
import { dbfs, gain, mix, rms } from '../../../runtime/audio/level.js';
import { readWav, writeWav } from '../../../runtime/audio/wav.js';

describe('WAV files', () => {
  it('come back as they were written, one channel or two, the shorter filled up with silence', () => {
    const left = Int16Array.of(1, -2, 32767, -32768);
    const right = Int16Array.of(5, 6);
    expect(readWav(writeWav([left], 8000))).toEqual({ sampleRateHz: 8000, channels: [left] });
    expect(readWav(writeWav([left, right], 24_000))).toEqual({
      sampleRateHz: 24_000,
      channels: [left, Int16Array.of(5, 6, 0, 0)],
    });
  });

  it('are read past chunks that are not sound, and when their length was never filled in', () => {
    const plain = writeWav([Int16Array.of(7, 8)], 8000);
    const list = new Uint8Array([...new TextEncoder().encode('LIST'), 3, 0, 0, 0, 1, 2, 3, 0]);
    const file = new Uint8Array([...plain.subarray(0, 36), ...list, ...plain.subarray(36)]);
    expect(readWav(file).channels[0]).toEqual(Int16Array.of(7, 8));
    const streamed = plain.slice();
    new DataView(streamed.buffer).setUint32(40, 0xffffffff, true);
    expect(readWav(streamed).channels[0]).toEqual(Int16Array.of(7, 8));
  });

  it('are read in whatever people record in: 8 to 32 bit, floating point, A-law and mu-law', () => {
    /** A file of one kind with these bytes as its samples. */
    const file = (kind: number, bits: number, data: Uint8Array): Uint8Array => {
      const all = new Uint8Array([...writeWav([new Int16Array(0)], 44_100), ...data]);
      const view = new DataView(all.buffer);
      view.setUint16(20, kind, true);
      view.setUint16(34, bits, true);
      view.setUint32(40, data.length, true);
      return all;
    };
    const bytesOf = (list: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(list.buffer);
    const expected = [-16384, 0, 16384];
    for (const [kind, bits, data] of [
      [1, 8, Uint8Array.of(64, 128, 192)],
      [1, 24, Uint8Array.of(0, 0, 0xc0, 0, 0, 0, 0, 0, 0x40)],
      [1, 32, bytesOf(Int32Array.of(-(2 ** 30), 0, 2 ** 30))],
      [3, 32, bytesOf(Float32Array.of(-0.5, 0, 0.5))],
      [3, 64, bytesOf(Float64Array.of(-0.5, 0, 0.5))],
    ] as const)
      expect([...readWav(file(kind, bits, data)).channels[0]!], `${kind}/${bits}`).toEqual(expected);
    const quiet = Int16Array.of(-1000, 0, 1000);
    for (const [kind, data] of [
      [6, encodeALaw(quiet)],
      [7, encodeMuLaw(quiet)],
    ] as const)
      for (const [at, sample] of readWav(file(kind, 8, data)).channels[0]!.entries())
        expect(Math.abs(sample - quiet[at]!), String(kind)).toBeLessThan(40);
  });

  it('are refused with the reason when they are something else', () => {
    expect(() => readWav(new Uint8Array(100))).toThrow(/not a WAV file/);
    const bits12 = writeWav([Int16Array.of(1)], 8000);
    bits12[34] = 12;
    expect(() => readWav(bits12)).toThrow(/convert the file first/);
    expect(() => readWav(writeWav([Int16Array.of(1)], 8000).subarray(0, 36))).toThrow(/no samples/);
    expect(() => writeWav([], 8000)).toThrow(/no channel/);
  });
});

describe('levels', () => {
  it('are measured and changed in decibels', () => {
    const square = new Int16Array(800).fill(3277);
    expect(rms(square)).toBe(3277);
    expect(dbfs(square)).toBeCloseTo(-20, 1);
    expect(rms(gain(square, -6))).toBeCloseTo(3277 / 2, -2);
    expect(dbfs(new Int16Array(10))).toBe(-Infinity);
  });

  it('are cut off, not wrapped round, when a sum is too loud', () => {
    expect(mix(Int16Array.of(30_000, -30_000), Int16Array.of(30_000, -30_000, 5))).toEqual(
      Int16Array.of(32_767, -32_768, 5),
    );
  });
});

describe('frames', () => {
  it('lose and repeat nothing, whatever pieces come', () => {
    const framer = new Framer();
    const whole = Int16Array.from({ length: 1000 }, (_, i) => i);
    const got: number[] = [];
    for (const [from, to] of [
      [0, 1],
      [1, 159],
      [159, 161],
      [161, 900],
      [900, 1000],
    ] as const) {
      for (const frame of framer.push(whole.subarray(from, to))) got.push(...frame);
    }
    expect(got).toEqual([...whole.subarray(0, 960)]);
  });
});
