import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { Channel } from '../channel.js';
import type { TtsPiece } from '../contracts.js';
import { audioPieces, refusalOf } from './cartesia-messages.js';

/** The protocol version whose messages are spoken here. */
const version = '2026-08-14';
const connectMs = 5000;
/** Without sound for so long a sentence has failed: the first sound takes the longest. */
const silenceMs = 4000;

/** One sentence, as both the socket and HTTP take it. */
export interface CartesiaRequest {
  model_id: string;
  transcript: string;
  voice: { mode: 'id'; id: string };
  language: string;
  output_format: { container: 'raw'; encoding: 'pcm_s16le'; sample_rate: number };
  generation_config?: GenerationConfig;
}

/** Only sonic-3 and later heed it. `speed` 0.6 to 1.5, `volume` 0.5 to 2, 1 without them. */
export interface GenerationConfig {
  speed?: number;
  volume?: number;
  emotion?: string;
}

interface Context {
  pieces: Channel<TtsPiece>;
  stopWatch: () => void;
}

/**
 * Cartesia's speech socket, our own client: the vendor's neither loads from an ES module on Node 20 nor tells when the
 * connection was lost. One connection serves all sentences, one context each; sound of a context that was cancelled
 * or never ours is dropped.
 */
export class CartesiaSocket {
  readonly #options: { base: URL; apiKey: string; clock: Clock };
  readonly #contexts = new Map<string, Context>();
  #connecting: Promise<WebSocket> | undefined;

  constructor(options: { base: URL; apiKey: string; clock: Clock }) {
    this.#options = options;
  }

  /** Connects if it is not connected: the first sentence, and the first after a lost connection or a long silence. */
  open(): Promise<WebSocket> {
    this.#connecting ??= this.#connect().catch((problem: unknown) => {
      this.#connecting = undefined;
      throw problem;
    });
    return this.#connecting;
  }

  async *say(generation: CartesiaRequest, signal: AbortSignal): AsyncGenerator<TtsPiece> {
    const socket = await orAborted(this.open(), signal);
    const id = randomUUID();
    const context: Context = { pieces: new Channel<TtsPiece>(), stopWatch: () => {} };
    this.#contexts.set(id, context);
    this.#watch(context);
    const stop = (): void => context.pieces.end(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    let complete = false;
    try {
      // Whole sentences, so the server need not gather words before it speaks.
      this.#send(socket, {
        ...generation,
        context_id: id,
        continue: false,
        max_buffer_delay_ms: 0,
        add_timestamps: true,
      });
      for await (const piece of context.pieces) {
        signal.throwIfAborted();
        yield piece;
      }
      complete = true;
    } finally {
      signal.removeEventListener('abort', stop);
      context.stopWatch();
      if (this.#contexts.delete(id) && !complete) this.#send(socket, { context_id: id, cancel: true });
    }
  }

  close(): void {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    this.#failAll(
      new OutsideError('cartesia', 'closed', 'closed before the sentence was complete', { retryable: false }),
    );
    connecting?.then(
      (socket) => socket.terminate(),
      () => {},
    );
  }

  #connect(): Promise<WebSocket> {
    const { base, apiKey } = this.#options;
    const url = new URL(`${base.pathname.replace(/\/$/, '')}/tts/websocket`, base.href.replace(/^http/, 'ws'));
    const socket = new WebSocket(url, {
      headers: { Authorization: `Bearer ${apiKey}`, 'Cartesia-Version': version },
      perMessageDeflate: false,
      handshakeTimeout: connectMs,
    });
    return new Promise((resolve, reject) => {
      socket.on('unexpected-response', (_request, response) => {
        reject(refusalOf(response.statusCode ?? 0));
        socket.terminate();
      });
      socket.on('error', (cause) => {
        reject(
          /timed out/.test(cause.message)
            ? new OutsideError('cartesia', 'timeout', 'no connection in time', { retryable: true, cause })
            : refusalOf(0, cause),
        );
      });
      socket.on('open', () => resolve(socket));
      socket.on('message', (data, isBinary) => {
        if (isBinary) return;
        try {
          this.#message(String(data));
        } catch {
          // A message of a shape that nobody documented is passed over; thrown from here it would end the process.
        }
      });
      socket.on('close', (code) => {
        this.#connecting = undefined;
        this.#failAll(
          new OutsideError('cartesia', 'closed', `it closed the connection (${code})`, { retryable: true }),
        );
      });
    });
  }

  #message(text: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    const context = this.#contexts.get(String(message?.context_id));
    if (context === undefined) {
      // An error without a context is about the connection: nobody else would hear of it.
      if (message?.type === 'error' && message.context_id === undefined)
        this.#failAll(refusalOf(Number(message.status_code)));
      return;
    }
    this.#watch(context);
    switch (message.type) {
      case 'chunk':
        if (typeof message.data !== 'string') return;
        for (const piece of audioPieces(Buffer.from(message.data, 'base64'))) context.pieces.push(piece);
        return;
      case 'timestamps': {
        const words = wordsOf(message.word_timestamps);
        if (words.length > 0) context.pieces.push({ kind: 'words', words });
        return;
      }
      case 'done':
        context.stopWatch();
        return context.pieces.end();
      case 'error':
        context.stopWatch();
        return context.pieces.end(refusalOf(Number(message.status_code)));
    }
  }

  #watch(context: Context): void {
    const { clock } = this.#options;
    context.stopWatch();
    context.stopWatch = clock.at(clock.now() + silenceMs, () =>
      context.pieces.end(new OutsideError('cartesia', 'timeout', `no sound for ${silenceMs} ms`, { retryable: true })),
    );
  }

  #send(socket: WebSocket, message: object): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  #failAll(problem: OutsideError): void {
    for (const { pieces, stopWatch } of this.#contexts.values()) {
      stopWatch();
      pieces.end(problem);
    }
  }
}

/** Seconds and parallel lists on the wire. */
function wordsOf(timestamps: unknown): { text: string; startMs: number; endMs: number }[] {
  const { words, start, end } = (timestamps ?? {}) as { words?: unknown[]; start?: unknown[]; end?: unknown[] };
  if (!Array.isArray(words) || !Array.isArray(start) || !Array.isArray(end)) return [];
  return words.flatMap((text, i) =>
    typeof start[i] === 'number' && typeof end[i] === 'number'
      ? [{ text: String(text), startMs: Math.round(start[i] * 1000), endMs: Math.round(end[i] * 1000) }]
      : [],
  );
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
