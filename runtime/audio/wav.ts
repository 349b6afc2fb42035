/** WAV files (RIFF): written as PCM of 16 bit, what recordings are kept in; read as whatever people record in. */
import { decodeALaw, decodeMuLaw } from './g711.js';

export interface Wav {
  sampleRateHz: number;
  /** One list of samples a channel. */
  channels: Int16Array[];
}

const headerBytes = 44;

/** @param channels one (mono) or more, padded with silence to the longest */
export function writeWav(channels: Int16Array[], sampleRateHz: number): Uint8Array {
  if (channels.length === 0) throw new RangeError('wav: there is no channel to write');
  const length = Math.max(...channels.map((channel) => channel.length));
  const dataBytes = length * channels.length * 2;
  const file = new Uint8Array(headerBytes + dataBytes);
  const view = new DataView(file.buffer);
  const put = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  put(0, 'RIFF');
  view.setUint32(4, 36 + dataBytes, true);
  put(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * channels.length * 2, true);
  view.setUint16(32, channels.length * 2, true);
  view.setUint16(34, 16, true);
  put(36, 'data');
  view.setUint32(40, dataBytes, true);
  let at = headerBytes;
  for (let i = 0; i < length; i++) {
    for (const channel of channels) {
      view.setInt16(at, channel[i] ?? 0, true);
      at += 2;
    }
  }
  return file;
}

/** Reads the samples of a chunk one by one, each as 16 bit: by the format's number and its bits. */
type ReadSample = (view: DataView, at: number) => number;

const clip = (value: number): number => Math.max(-32768, Math.min(32767, Math.round(value)));
const law = (decode: (bytes: Uint8Array) => Int16Array): ReadSample => {
  const table = decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  return (view, at) => table[view.getUint8(at)]!;
};

/** 1 is PCM, 3 floating point from −1 to 1, 6 A-law, 7 mu-law (Microsoft, "Multiple channel audio data and WAVE files"). */
const kinds: Record<string, ReadSample> = {
  '1/8': (view, at) => (view.getUint8(at) - 128) << 8,
  '1/16': (view, at) => view.getInt16(at, true),
  '1/24': (view, at) => view.getInt16(at + 1, true),
  '1/32': (view, at) => view.getInt16(at + 2, true),
  '3/32': (view, at) => clip(view.getFloat32(at, true) * 32768),
  '3/64': (view, at) => clip(view.getFloat64(at, true) * 32768),
  '6/8': law(decodeALaw),
  '7/8': law(decodeMuLaw),
};

/** "Extensible": the kind stands where the name of the format begins, 24 bytes in. */
const extensible = 0xfffe;

/** Reads PCM, floating point, A-law and mu-law of the usual sizes; others, and files cut short in the header, are refused with the reason. */
export function readWav(file: Uint8Array): Wav {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const text = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error('wav: this is not a WAV file');
  let format: { read: ReadSample | undefined; channels: number; sampleRateHz: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const name = text(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ' && body + 16 <= file.length) {
      const written = view.getUint16(body, true);
      const kind =
        written === extensible && size >= 26 && body + 26 <= file.length ? view.getUint16(body + 24, true) : written;
      const bits = view.getUint16(body + 14, true);
      format = {
        read: kinds[`${String(kind === extensible ? 1 : kind)}/${String(bits)}`],
        channels: view.getUint16(body + 2, true),
        sampleRateHz: view.getUint32(body + 4, true),
        bits,
      };
    } else if (name === 'data') {
      if (!format) throw new Error('wav: the samples come before their format');
      const { read, channels: count, bits, sampleRateHz } = format;
      if (!read || count < 1)
        throw new Error('wav: only PCM, floating point, A-law and mu-law are read; convert the file first');
      const step = bits / 8;
      // A stream that was written without knowing its length says 0 or too much.
      const bytes = Math.min(size === 0 ? Infinity : size, file.length - body);
      const length = Math.floor(bytes / step / count);
      const channels = Array.from({ length: count }, () => new Int16Array(length));
      for (let i = 0; i < length; i++) {
        for (const [c, channel] of channels.entries()) channel[i] = read(view, body + (i * count + c) * step);
      }
      return { sampleRateHz, channels };
    }
    at = body + size + (size % 2);
  }
  throw new Error('wav: the file has no samples');
}
