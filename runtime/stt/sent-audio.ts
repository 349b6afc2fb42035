/** A vendor counts seconds of the audio that it was sent; calls count milliseconds of their clock. */
export class SentAudio {
  readonly #sampleRateHz: number;
  /** Where the sent sound begins to be a stretch without gaps. */
  #anchors: { streamMs: number; atMs: number }[] = [];
  #samples = 0;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** @param endMs when the last of these samples was said */
  add(samples: number, endMs: number): void {
    const streamMs = (this.#samples * 1000) / this.#sampleRateHz;
    const atMs = endMs - (samples * 1000) / this.#sampleRateHz;
    if (this.#anchors.length === 0 || Math.abs(this.timeOf(streamMs / 1000) - atMs) > 40)
      this.#anchors.push({ streamMs, atMs });
    if (this.#anchors.length > 1000) this.#anchors.shift();
    this.#samples += samples;
  }

  /** When the last sample that was sent was said. */
  get endMs(): number {
    return this.timeOf(this.#samples / this.#sampleRateHz);
  }

  /** When the second `streamS` of the sent sound was said. */
  timeOf(streamS: number): number {
    const streamMs = streamS * 1000;
    const anchor = this.#anchors.findLast((one) => one.streamMs <= streamMs) ?? this.#anchors[0];
    return anchor === undefined ? streamMs : anchor.atMs + streamMs - anchor.streamMs;
  }
}

/** 16-bit little-endian, whatever the machine. */
export function pcmBytes(samples: Int16Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(samples[i]!, i * 2);
  return bytes;
}
