/** Vendors that answer a request with sound. */
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { decodeMuLaw } from '../audio/g711.js';
import { readWav } from '../audio/wav.js';
import type { TtsPiece } from '../contracts.js';
import { lost, refusalOf, tooLate, type Vendor } from './refusals.js';

/** No answer, or none of its bytes, for so long. */
const silentMs = 8000;
const pieceMs = 100;
/** More than any sentence. */
const mostBytes = 20_000_000;

/** A request that is given up when nothing comes any more. Fails with an OutsideError, or with the reason of `signal`. */
export async function* requestBytes(
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string | FormData | Blob },
  { vendor, clock, signal }: { vendor: Vendor; clock: Clock; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const late = new AbortController();
  let stop = (): void => {};
  const watch = (): void => {
    stop();
    stop = clock.at(clock.now() + silentMs, () => late.abort());
  };
  let answered = false;
  let total = 0;
  try {
    watch();
    const response = await fetch(url, { method: 'POST', ...init, signal: AbortSignal.any([signal, late.signal]) });
    if (!response.ok) {
      void response.body?.cancel().catch(() => undefined);
      throw refusalOf(vendor, response.status);
    }
    answered = true;
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      watch();
      total += bytes.length;
      if (total > mostBytes)
        throw new OutsideError(vendor.name, 'protocol', 'it answers without end', { retryable: false });
      yield bytes;
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof OutsideError) throw cause;
    if (late.signal.aborted) throw tooLate(vendor, `nothing for ${silentMs} ms`);
    throw answered ? lost(vendor, 'the connection broke in mid-answer', cause) : refusalOf(vendor, 0, cause);
  } finally {
    stop();
  }
}

/** The whole answer. */
export async function requestAll(...args: Parameters<typeof requestBytes>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of requestBytes(...args)) parts.push(bytes);
  return Buffer.concat(parts);
}

/** Little-endian PCM, cut anywhere, as pieces. */
export async function* pcmPieces(bytes: AsyncIterable<Uint8Array>, sampleRateHz: number): AsyncGenerator<TtsPiece> {
  let half: Uint8Array = new Uint8Array(0);
  for await (const chunk of bytes) {
    const all = Buffer.concat([half, chunk]);
    half = all.subarray(all.length & ~1);
    yield* piecesOf(pcmOf(all.subarray(0, all.length & ~1)), sampleRateHz);
  }
}

export async function* muLawPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TtsPiece> {
  for await (const chunk of bytes) yield* piecesOf(decodeMuLaw(chunk), 8000);
}

/** A WAV file, which is not made to be read before its end. */
export async function* wavPieces(file: Promise<Uint8Array>, vendor: Vendor): AsyncGenerator<TtsPiece> {
  const bytes = await file;
  let wav: ReturnType<typeof readWav>;
  try {
    wav = readWav(bytes);
  } catch (cause) {
    throw new OutsideError(vendor.name, 'protocol', 'it answered with something that is not a WAV file', {
      retryable: false,
      cause,
    });
  }
  yield* piecesOf(wav.channels[0] ?? new Int16Array(0), wav.sampleRateHz);
}

export function* piecesOf(samples: Int16Array, sampleRateHz: number): Generator<TtsPiece> {
  const most = (sampleRateHz * pieceMs) / 1000;
  for (let from = 0; from < samples.length; from += most)
    yield { kind: 'audio', samples: samples.slice(from, from + most), sampleRateHz };
}

/** `bytes` holds whole little-endian samples. */
export function pcmOf(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.byteLength >> 1 }, (_, n) => view.getInt16(n * 2, true));
}
