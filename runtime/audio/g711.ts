/**
 * G.711 (ITU-T G.711): 16-bit PCM to and from 8-bit mu-law and A-law, by tables. The tables are computed once
 * from the standard's segments; test/runtime/audio/g711.test.ts compares every value with another implementation.
 */

const muLawBias = 0x84;
const clip = 32635;

function muLawOf(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), clip) + muLawBias;
  // The position of the highest bit above bit 7 is the segment.
  const segment = 31 - Math.clz32(magnitude >> 7);
  const mantissa = (magnitude >> (segment + 3)) & 0x0f;
  return ~(sign | (segment << 4) | mantissa) & 0xff;
}

function fromMuLawOf(byte: number): number {
  const bits = ~byte & 0xff;
  const segment = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + muLawBias) << segment) - muLawBias;
  return bits & 0x80 ? -magnitude : magnitude;
}

function aLawOf(sample: number): number {
  const positive = sample >= 0;
  // 13 bits: the smallest three of sixteen are dropped.
  const magnitude = Math.min(Math.abs(sample), clip) >> 3;
  let coded: number;
  if (magnitude < 32) {
    coded = magnitude >> 1;
  } else {
    const segment = 31 - Math.clz32(magnitude >> 4);
    coded = (segment << 4) | ((magnitude >> segment) & 0x0f);
  }
  return (positive ? coded | 0x80 : coded) ^ 0x55;
}

function fromALawOf(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  let magnitude = ((bits & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function encodeTable(of: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65536);
  for (let sample = -32768; sample < 32768; sample++) table[sample & 0xffff] = of(sample);
  return table;
}

function decodeTable(of: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => of(byte));
}

const muLawEncode = encodeTable(muLawOf);
const muLawDecode = decodeTable(fromMuLawOf);
const aLawEncode = encodeTable(aLawOf);
const aLawDecode = decodeTable(fromALawOf);

function encode(samples: Int16Array, table: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = table[samples[i]! & 0xffff]!;
  return bytes;
}

function decode(bytes: Uint8Array, table: Int16Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i]!]!;
  return samples;
}

/** One byte a sample. */
export function encodeMuLaw(samples: Int16Array): Uint8Array {
  return encode(samples, muLawEncode);
}

/** One sample a byte; any byte is valid. */
export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  return decode(bytes, muLawDecode);
}

/** One byte a sample. */
export function encodeALaw(samples: Int16Array): Uint8Array {
  return encode(samples, aLawEncode);
}

/** One sample a byte; any byte is valid. */
export function decodeALaw(bytes: Uint8Array): Int16Array {
  return decode(bytes, aLawDecode);
}
