/** Voices and models that are asked over a vendor's socket: what is the same for each. A vendor's file is an `AnswerWire`. */
import { randomUUID } from 'node:crypto';
import { WebSocket, type RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { Channel } from '../channel.js';
import { openSocket, type ClientSocket } from './client-socket.js';
import { lost, tooLate, type Vendor } from './refusals.js';

/** What an answer may be at most. A voice's is sound, and its pieces weigh their samples. */
export interface AnswerLimits<Piece> {
  /** What is awaited: `sound`. */
  what: string;
  /** Without any of it for so long the answer has failed: the first takes the longest. */
  silenceMs: number;
  weigh(piece: Piece): number;
  heaviest: number;
}

/** `Question`: a sentence to be spoken, or what a model is asked. */
export interface AnswerWire<Question, Piece> {
  vendor: Vendor;
  limits: AnswerLimits<Piece>;
  /** Questions at a time on one connection, those that are being stopped included. */
  atATime: number;
  /** Questions that may begin on one connection within a minute. */
  aMinute?: number;
  headers: Readonly<Record<string, string>>;
  /** Opens what is no socket of its own; by default one is opened with `headers`. */
  open?(url: string): Promise<ClientSocket>;
  /** What is sent to have it answered, and what that comes to. */
  begin(id: string, question: Question): { send: readonly object[] } & Hearing<Piece>;
  /** What is sent so that it is not answered any further; nothing where the vendor has no such message. */
  stop?(id: string): object;
  /** It does not tell when it has stopped: what it still sends of that answer is known by its id. */
  stopsUntold?: true;
  /** What a message says; thrown at, it is passed over. */
  read(data: RawData, isBinary: boolean): AnswerNews | undefined;
}

/** What the parts of one answer come to, in order. */
export interface Hearing<Piece> {
  /** @throws OutsideError where the answer has failed: the rest of it is stopped */
  hear(sound: unknown): Iterable<Piece>;
  /** What is left when its last part is there. */
  end?(): Iterable<Piece>;
}

/** About the answer `id`; without one about the only answer of the connection, or, a problem, about all of them. */
export interface AnswerNews {
  id?: string;
  /** For `hear`. */
  sound?: unknown;
  is?: 'done' | 'stopped' | 'over';
  problem?: OutsideError;
}

interface Answer<Piece> {
  pieces: Channel<Piece>;
  hearing: Hearing<Piece>;
  stopWatch: () => void;
  weight: number;
}

/** An answer that nobody hears any more and that is not over by then: its connection takes no new one. */
const stopMs = 4000;
const minuteMs = 60_000;
/** Connections kept for the next questions; a busy minute may open more. */
const mostIdle = 8;

/** All connections to one vendor, opened as they are needed: to each address as many as there are questions for. */
export class AnswerSockets<Q, P> {
  readonly #wire: AnswerWire<Q, P>;
  readonly #clock: Clock;
  readonly #connections = new Set<AnswerConnection<Q, P>>();

  constructor(wire: AnswerWire<Q, P>, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  /** @param url with all that is fixed for a connection: the voice, the model, the format */
  ask(url: string, question: Q, signal: AbortSignal): AsyncGenerator<P> {
    return this.#withRoom(url).ask(question, signal);
  }

  /** Resolves when a question for this address need not wait for a connection. */
  async open(url: string): Promise<void> {
    await this.#withRoom(url).opened;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #withRoom(url: string): AnswerConnection<Q, P> {
    const known = [...this.#connections].find((one) => one.url === url && one.hasRoom);
    if (known) return known;
    const connection = new AnswerConnection<Q, P>(url, this.#wire, this.#clock, {
      gone: () => this.#connections.delete(connection),
      idle: () => {
        if ([...this.#connections].filter(({ isIdle }) => isIdle).length > mostIdle) connection.close();
      },
    });
    this.#connections.add(connection);
    return connection;
  }
}

class AnswerConnection<Q, P> {
  readonly url: string;
  readonly opened: Promise<ClientSocket>;
  readonly #wire: AnswerWire<Q, P>;
  readonly #clock: Clock;
  readonly #tell: { gone: () => void; idle: () => void };
  readonly #answers = new Map<string, Answer<P>>();
  /** Stopped by us; the server may still send parts of them, which nobody hears. */
  readonly #stopping = new Map<string, () => void>();
  #begunMs: number[] = [];
  #socket: ClientSocket | undefined;
  #retired = false;

  constructor(url: string, wire: AnswerWire<Q, P>, clock: Clock, tell: { gone: () => void; idle: () => void }) {
    this.url = url;
    this.#wire = wire;
    this.#clock = clock;
    this.#tell = tell;
    const { vendor, headers } = wire;
    // What stands behind # keeps connections apart and is no part of the address.
    const address = url.split('#')[0]!;
    this.opened = (wire.open?.(address) ?? openSocket(address, { vendor, headers })).then((socket) => {
      this.#socket = socket;
      socket.on('message', (data, isBinary) => this.#message(data, isBinary));
      socket.on('close', (code) => this.#gone(lost(vendor, `it closed the connection (${code})`)));
      socket.resume();
      if (this.#retired) socket.terminate();
      return socket;
    });
    // Said to each question that waits for it.
    this.opened.catch((problem: unknown) => this.#gone(problem as Error));
  }

  get isIdle(): boolean {
    return !this.#retired && this.#answers.size + this.#stopping.size === 0;
  }

  get hasRoom(): boolean {
    const { atATime, aMinute = Infinity } = this.#wire;
    const sinceMs = this.#clock.now() - minuteMs;
    this.#begunMs = this.#begunMs.filter((ms) => ms > sinceMs);
    return !this.#retired && this.#answers.size + this.#stopping.size < atATime && this.#begunMs.length < aMinute;
  }

  async *ask(question: Q, signal: AbortSignal): AsyncGenerator<P> {
    const id = randomUUID();
    const { send, ...hearing } = this.#wire.begin(id, question);
    const one: Answer<P> = { pieces: new Channel<P>(), hearing, stopWatch: () => {}, weight: 0 };
    const abort = (): void => one.pieces.end(signal.reason as Error);
    let isAsked = false;
    this.#answers.set(id, one);
    this.#begunMs.push(this.#clock.now());
    signal.addEventListener('abort', abort, { once: true });
    try {
      // Whoever waits is told of an abort, or of a connection that was refused, by the channel.
      void this.opened.then(
        (socket) => {
          if (!this.#answers.has(id) || signal.aborted) return;
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
      if (this.#answers.delete(id) && isAsked) this.#stop(id);
      this.#rest();
    }
  }

  close(): void {
    this.#gone(
      new OutsideError(this.#wire.vendor.name, 'closed', 'closed before the answer was complete', {
        retryable: false,
      }),
    );
    this.#socket?.terminate();
  }

  #message(data: RawData, isBinary: boolean): void {
    let news: AnswerNews | undefined;
    try {
      news = this.#wire.read(data, isBinary);
      if (!news) return;
      this.#take(news);
    } catch {
      // A message of a shape that nobody documented is passed over; thrown from here it would end the process.
    }
  }

  #take({ id, sound, is, problem }: AnswerNews): void {
    if (id === undefined && problem) {
      // Whatever follows on this connection is not trusted.
      this.#gone(problem);
      this.#socket?.terminate();
      return;
    }
    const stopping = id ?? this.#stopping.keys().next().value;
    if (is === 'stopped' || is === 'over') this.#forget(stopping);
    const [at, one] = id === undefined ? (this.#only() ?? []) : [id, this.#answers.get(id)];
    if (at === undefined || !one || is === 'stopped') return;
    this.#watch(one);
    let failed = problem;
    try {
      if (sound !== undefined) this.#hear(one, one.hearing.hear(sound));
      if (is !== undefined && !failed) this.#hear(one, one.hearing.end?.() ?? []);
    } catch (cause) {
      // What is no problem of the answer is a message of a shape that nobody documented.
      if (!(cause instanceof OutsideError)) throw cause;
      failed = cause;
    }
    if (is === undefined && !problem) {
      // It still goes on: it is stopped when whoever hears it learns of it.
      if (failed) one.pieces.end(failed);
      return;
    }
    one.stopWatch();
    this.#answers.delete(at);
    one.pieces.end(failed);
    this.#rest();
  }

  #hear(one: Answer<P>, pieces: Iterable<P>): void {
    const { vendor, limits } = this.#wire;
    for (const piece of pieces) {
      one.weight += limits.weigh(piece);
      one.pieces.push(piece);
    }
    if (one.weight > limits.heaviest)
      one.pieces.end(new OutsideError(vendor.name, 'protocol', 'it speaks without end', { retryable: false }));
  }

  /** None while one before it is being stopped: what comes may still be of that one. */
  #only(): [string, Answer<P>] | undefined {
    return this.#stopping.size > 0 ? undefined : this.#answers.entries().next().value;
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
    if (this.#answers.size + this.#stopping.size > 0) return;
    if (this.#retired) this.close();
    else this.#tell.idle();
  }

  #watch(one: Answer<P>): void {
    const { vendor, limits } = this.#wire;
    const { what, silenceMs } = limits;
    one.stopWatch();
    one.stopWatch = this.#clock.at(this.#clock.now() + silenceMs, () =>
      one.pieces.end(tooLate(vendor, `no ${what} for ${silenceMs} ms`)),
    );
  }

  #send(socket: ClientSocket, message: object): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  #gone(problem: Error): void {
    this.#retired = true;
    this.#tell.gone();
    for (const stop of this.#stopping.values()) stop();
    this.#stopping.clear();
    for (const one of this.#answers.values()) {
      one.stopWatch();
      one.pieces.end(problem);
    }
    this.#answers.clear();
  }
}
