import { WebSocket, type RawData } from 'ws';
import { refusalOf, tooLate, type Vendor } from './refusals.js';

const connectMs = 5000;
/** More than any message of a vendor: a longer one ends the connection. */
const mostBytes = 4_000_000;

/** What our clients need of a socket: it may also be a part of one that several share. */
export interface ClientSocket {
  /** As of a WebSocket. */
  readonly readyState: number;
  /** Bytes that were sent and not taken yet. */
  readonly bufferedAmount: number;
  on(event: 'message', tell: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: 'close', tell: (code: number, reason: Buffer) => void): unknown;
  resume(): void;
  send(data: string | Uint8Array): void;
  terminate(): void;
}

/**
 * A vendor's WebSocket, open and paused: `resume()` it once somebody listens. A connection that is lost later only tells `close`: an error never is without a listener.
 * @param url begins with `http:` or `https:`, as `addressOf` gives it
 * @throws OutsideError for what the handshake met; the reason of `signal`
 */
export function openSocket(
  url: string,
  {
    vendor,
    headers = {},
    signal,
  }: { vendor: Vendor; headers?: Readonly<Record<string, string>>; signal?: AbortSignal },
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      headers: { ...headers },
      perMessageDeflate: false,
      handshakeTimeout: connectMs,
      maxPayload: mostBytes,
    });
    const stop = (): void => {
      reject(signal!.reason as Error);
      socket.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', stop);
    socket.on('unexpected-response', (_request, response) => {
      settled();
      reject(refusalOf(vendor, response.statusCode ?? 0));
      socket.terminate();
    });
    socket.on('error', (cause) => {
      settled();
      reject(/timed out/.test(cause.message) ? tooLate(vendor, 'no connection in time') : refusalOf(vendor, 0, cause));
    });
    socket.on('open', () => {
      settled();
      // What comes with the handshake is not lost to listeners that are added a moment later.
      socket.pause();
      resolve(socket);
    });
  });
}

/** A text message as an object; undefined for what is none. */
export function objectOf(data: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
