/** Voices that are asked over a vendor's socket: what is the same for each of them. A vendor's file is a `SpeechWire`. */
import { randomUUID } from 'node:crypto';
import { WebSocket, type RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { Channel } from '../channel.js';
import type { TtsPiece } from '../contracts.js';
import { openSocket } from '../providers/client-socket.js';
import { lost, tooLate, type Vendor } from '../providers/refusals.js';

export interface SpeechWire<Sentence> {
  vendor: Vendor;
  /** Sentences at a time on one connection, those that are being stopped included. */
  atATime: number;
  /** Sentences that may begin on one connection within a minute. */
  aMinute?: number;
  headers: Readonly<Record<string, string>>;
  /** What is sent to have it said, and what its sound comes to. */
  begin(id: string, sentence: Sentence): { send: readonly object[] } & Hearing;
  /** What is sent so that it is not said any further; nothing where the vendor has no such message. */
  stop?(id: string): object;
  /** It does not tell when it has stopped: what it still sends of that sentence is known by its id. */
  stopsUntold?: true;
  /** What a message says; thrown at, it is passed over. */
  read(data: RawData, isBinary: boolean): SpeechNews | undefined;
}

/** What the sound of one sentence comes to, in order. */
export interface Hearing {
  /** @throws OutsideError where the sentence has failed: the rest of it is stopped */
  hear(sound: unknown): Iterable<TtsPiece>;
  /** What is left when its last sound is there. */
  end?(): Iterable<TtsPiece>;
}

/** About the sentence `id`; without one about the only sentence of the connection, or, a problem, about all of them. */
export interface SpeechNews {
  id?: string;
  /** For `hear`. */
  sound?: unknown;
  is?: 'done' | 'stopped' | 'over';
  problem?: OutsideError;
}

interface Sentence {
  pieces: Channel<TtsPiece>;
  hearing: Hearing;
  stopWatch: () => void;
  samples: number;
}

/** Without sound for so long a sentence has failed: the first sound takes the longest. */
const silenceMs = 4000;
/** A sentence that nobody hears any more and that is not over by then: its connection takes no new one. */
const stopMs = 4000;
const minuteMs = 60_000;
/** Connections kept for the next sentences; a busy minute may open more. */
const mostIdle = 8;
/** Ten minutes at 16 kHz: more than any sentence. */
const mostSamples = 9_600_000;

/** All connections to one vendor, opened as they are needed: to each address as many as there are sentences for. */
export class SpeechSockets<S> {
  readonly #wire: SpeechWire<S>;
  readonly #clock: Clock;
  readonly #connections = new Set<SpeechConnection<S>>();

  constructor(wire: SpeechWire<S>, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  /** @param url with all that is fixed for a connection: the voice, the model, the format */
  say(url: string, sentence: S, signal: AbortSignal): AsyncGenerator<TtsPiece> {
    return this.#withRoom(url).say(sentence, signal);
  }

  /** Resolves when a sentence for this address need not wait for a connection. */
  async open(url: string): Promise<void> {
    await this.#withRoom(url).opened;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #withRoom(url: string): SpeechConnection<S> {
    const known = [...this.#connections].find((one) => one.url === url && one.hasRoom);
    if (known) return known;
    const connection = new SpeechConnection<S>(url, this.#wire, this.#clock, {
      gone: () => this.#connections.delete(connection),
      idle: () => {
        if ([...this.#connections].filter(({ isIdle }) => isIdle).length > mostIdle) connection.close();
      },
    });
    this.#connections.add(connection);
    return connection;
  }
}

class SpeechConnection<S> {
  readonly url: string;
  readonly opened: Promise<WebSocket>;
  readonly #wire: SpeechWire<S>;
  readonly #clock: Clock;
  readonly #tell: { gone: () => void; idle: () => void };
  readonly #sentences = new Map<string, Sentence>();
  /** Stopped by us; the server may still send sound of them, which nobody hears. */
  readonly #stopping = new Map<string, () => void>();
  #begunMs: number[] = [];
  #socket: WebSocket | undefined;
  #retired = false;

  constructor(url: string, wire: SpeechWire<S>, clock: Clock, tell: { gone: () => void; idle: () => void }) {
    this.url = url;
    this.#wire = wire;
    this.#clock = clock;
    this.#tell = tell;
    const { vendor, headers } = wire;
    // What stands behind # keeps connections apart and is no part of the address.
    this.opened = openSocket(url.split('#')[0]!, { vendor, headers }).then((socket) => {
      this.#socket = socket;
      socket.on('message', (data, isBinary) => this.#message(data, isBinary));
      socket.on('close', (code) => this.#gone(lost(vendor, `it closed the connection (${code})`)));
      socket.resume();
      if (this.#retired) socket.terminate();
      return socket;
    });
    // Said to each sentence that waits for it.
    this.opened.catch((problem: unknown) => this.#gone(problem as Error));
  }

  get isIdle(): boolean {
    return !this.#retired && this.#sentences.size + this.#stopping.size === 0;
  }

  get hasRoom(): boolean {
    const { atATime, aMinute = Infinity } = this.#wire;
    const sinceMs = this.#clock.now() - minuteMs;
    this.#begunMs = this.#begunMs.filter((ms) => ms > sinceMs);
    return !this.#retired && this.#sentences.size + this.#stopping.size < atATime && this.#begunMs.length < aMinute;
  }

  async *say(sentence: S, signal: AbortSignal): AsyncGenerator<TtsPiece> {
    const id = randomUUID();
    const { send, ...hearing } = this.#wire.begin(id, sentence);
    const one: Sentence = { pieces: new Channel<TtsPiece>(), hearing, stopWatch: () => {}, samples: 0 };
    const abort = (): void => one.pieces.end(signal.reason as Error);
    let isAsked = false;
    this.#sentences.set(id, one);
    this.#begunMs.push(this.#clock.now());
    signal.addEventListener('abort', abort, { once: true });
    try {
      // Whoever waits is told of an abort, or of a connection that was refused, by the channel.
      void this.opened.then(
        (socket) => {
          if (!this.#sentences.has(id) || signal.aborted) return;
          isAsked = true;
          for (const message of send) this.#send(socket, message);
          this.#watch(one);
        },
        () => {},
      );
      for await (const piece of one.pieces) {
        signal.throwIfAborted();
        yield piece;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      one.stopWatch();
      if (this.#sentences.delete(id) && isAsked) this.#stop(id);
      this.#rest();
    }
  }

  close(): void {
    this.#gone(
      new OutsideError(this.#wire.vendor.name, 'closed', 'closed before the sentence was complete', {
        retryable: false,
      }),
    );
    this.#socket?.terminate();
  }

  #message(data: RawData, isBinary: boolean): void {
    let news: SpeechNews | undefined;
    try {
      news = this.#wire.read(data, isBinary);
      if (!news) return;
      this.#take(news);
    } catch {
      // A message of a shape that nobody documented is passed over; thrown from here it would end the process.
    }
  }

  #take({ id, sound, is, problem }: SpeechNews): void {
    if (id === undefined && problem) {
      // Whatever follows on this connection is not trusted.
      this.#gone(problem);
      this.#socket?.terminate();
      return;
    }
    const stopping = id ?? this.#stopping.keys().next().value;
    if (is === 'stopped' || is === 'over') this.#forget(stopping);
    const [at, one] = id === undefined ? (this.#only() ?? []) : [id, this.#sentences.get(id)];
    if (at === undefined || !one || is === 'stopped') return;
    this.#watch(one);
    let failed = problem;
    try {
      if (sound !== undefined) this.#hear(one, one.hearing.hear(sound));
      if (is !== undefined && !failed) this.#hear(one, one.hearing.end?.() ?? []);
    } catch (cause) {
      // What is no problem of the sentence is a message of a shape that nobody documented.
      if (!(cause instanceof OutsideError)) throw cause;
      failed = cause;
    }
    if (is === undefined && !problem) {
      // It still speaks: it is stopped when whoever hears it learns of it.
      if (failed) one.pieces.end(failed);
      return;
    }
    one.stopWatch();
    this.#sentences.delete(at);
    one.pieces.end(failed);
    this.#rest();
  }

  #hear(one: Sentence, pieces: Iterable<TtsPiece>): void {
    for (const piece of pieces) {
      if (piece.kind === 'audio') one.samples += piece.samples.length;
      one.pieces.push(piece);
    }
    if (one.samples > mostSamples)
      one.pieces.end(
        new OutsideError(this.#wire.vendor.name, 'protocol', 'it speaks without end', { retryable: false }),
      );
  }

  /** None while one before it is being stopped: the sound may still be of that one. */
  #only(): [string, Sentence] | undefined {
    return this.#stopping.size > 0 ? undefined : this.#sentences.entries().next().value;
  }

  #stop(id: string): void {
    const { readyState } = this.#socket!;
    if (readyState !== WebSocket.OPEN) return;
    if (this.#wire.stop) this.#send(this.#socket!, this.#wire.stop(id));
    if (this.#wire.stopsUntold) return;
    const stop = this.#clock.at(this.#clock.now() + stopMs, () => {
      this.#retired = true;
      this.#forget(id);
    });
    this.#stopping.set(id, stop);
  }

  #forget(id: string | undefined): void {
    if (id === undefined) return;
    this.#stopping.get(id)?.();
    this.#stopping.delete(id);
    this.#rest();
  }

  #rest(): void {
    if (this.#sentences.size + this.#stopping.size > 0) return;
    if (this.#retired) this.close();
    else this.#tell.idle();
  }

  #watch(one: Sentence): void {
    const { vendor } = this.#wire;
    one.stopWatch();
    one.stopWatch = this.#clock.at(this.#clock.now() + silenceMs, () =>
      one.pieces.end(tooLate(vendor, `no sound for ${silenceMs} ms`)),
    );
  }

  #send(socket: WebSocket, message: object): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  #gone(problem: Error): void {
    this.#retired = true;
    this.#tell.gone();
    for (const stop of this.#stopping.values()) stop();
    this.#stopping.clear();
    for (const one of this.#sentences.values()) {
      one.stopWatch();
      one.pieces.end(problem);
    }
    this.#sentences.clear();
  }
}
