/** WAV files (RIFF, PCM 16 bit): what recordings are kept in and test speech comes in. */

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

/** Reads PCM of 16 bit; other kinds, and files cut short in the header, are refused with the reason. */
export function readWav(file: Uint8Array): Wav {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const text = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error('wav: this is not a WAV file');
  let format: { kind: number; channels: number; sampleRateHz: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const name = text(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ' && body + 16 <= file.length) {
      format = {
        kind: view.getUint16(body, true),
        channels: view.getUint16(body + 2, true),
        sampleRateHz: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name === 'data') {
      if (!format) throw new Error('wav: the samples come before their format');
      // 0xFFFE is "extensible": with 16 bit in practice the same PCM.
      if ((format.kind !== 1 && format.kind !== 0xfffe) || format.bits !== 16 || format.channels < 1) {
        throw new Error('wav: only PCM of 16 bit is read; convert the file first');
      }
      // A stream that was written without knowing its length says 0 or too much.
      const bytes = Math.min(size === 0 ? Infinity : size, file.length - body);
      const length = Math.floor(bytes / 2 / format.channels);
      const channels = Array.from({ length: format.channels }, () => new Int16Array(length));
      for (let i = 0; i < length; i++) {
        for (const [c, channel] of channels.entries())
          channel[i] = view.getInt16(body + (i * format.channels + c) * 2, true);
      }
      return { sampleRateHz: format.sampleRateHz, channels };
    }
    at = body + size + (size % 2);
  }
  throw new Error('wav: the file has no samples');
}
