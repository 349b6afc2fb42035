/** What Cartesia's answers mean, the same over its socket and over HTTP. */
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type TtsPiece } from '../contracts.js';

export const cure = 'Set CARTESIA_API_KEY, or use the embedded voice (`tts: embedded`), which needs none.';

/** What an HTTP status means, the same for the socket's handshake. */
export function refusalOf(status: number, cause?: unknown): OutsideError {
  const known: Record<number, string> = {
    400: 'it does not take this request (400), so not tried again. Check the model and the voice.',
    401: `not authorised (401), so not tried again. ${cure}`,
    402: 'its credit is used up (402), so not tried again. Pay it in, or use the embedded voice (`tts: embedded`).',
    403: `not allowed (403), so not tried again. Check what the key may do. ${cure}`,
    404: 'it does not know this model, voice or address (404), so not tried again. Check `voice:` and CARTESIA_URL.',
  };
  if (known[status] !== undefined)
    return new OutsideError('cartesia', 'refused', known[status], { retryable: false, cause });
  if (status === 429)
    return new OutsideError('cartesia', 'busy', 'too many sentences at a time (429)', { retryable: true, cause });
  if (status >= 500)
    return new OutsideError('cartesia', 'unreachable', `it is out of order (${status})`, { retryable: true, cause });
  return new OutsideError('cartesia', 'unreachable', 'no connection. Check the network and CARTESIA_URL.', {
    retryable: true,
    cause,
  });
}

/** At most 100 ms each. `data` holds whole little-endian samples. */
export function* audioPieces(data: Uint8Array): Generator<TtsPiece> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = data.byteLength >> 1;
  for (let from = 0; from < count; from += 800) {
    const samples = new Int16Array(Math.min(800, count - from));
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16((from + i) * 2, true);
    yield { kind: 'audio', samples, sampleRateHz: lineRateHz };
  }
}
