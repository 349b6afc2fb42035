/**
 * The plain WebSocket (`/call`): JSON control messages and binary PCM16 frames, for browsers and programs.
 * The messages are documented in runtime/README.md. Nothing that comes over the wire may end a call but its end.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { createResampler } from '../audio/resample.js';
import { Framer } from '../audio/framer.js';
import type { Line, LineEvent, LineNotice, TransferTerms } from '../contracts.js';
import { lineRateHz } from '../contracts.js';
import { Channel } from '../channel.js';
import { CallerMessages, parseMessage, type Message } from './caller-messages.js';

/** Sample rates a caller may ask for, Hz. */
export const callRates = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** Longest message we take, bytes: a second of 48 kHz is 96,000. */
export const maxMessageBytes = 128 * 1024;

/** More than this waiting to be sent, and the other end no longer listens in real time. */
const maxWaitingBytes = 1024 * 1024;
/** A caller may be so much ahead of real time, also after a silence; what comes faster is dropped. */
const maxAheadMs = 10_000;
/** The other end went without closing: 1006 (RFC 6455, 7.1.5). Whoever closes, in whatever words, has hung up. */
const brokenCode = 1006;
const helloMs = 10_000;

export interface WebSocketOptions {
  id: string;
  clock: Clock;
  from?: string;
  /** The token with which to come back to this call. */
  resume?: string;
  /** The connection broke, and nobody had hung up. */
  onLost?: () => void;
}

/**
 * Waits for the caller's `hello` and answers `ready`.
 * Resolves undefined when none came in time: the socket is closed then.
 */
export async function acceptWebSocket(
  socket: WebSocket,
  options: WebSocketOptions,
): Promise<WebSocketLine | undefined> {
  const late = new AbortController();
  const answer = await new Promise<WebSocketLine | string>((resolve) => {
    let others = 0;
    const take = (data: RawData, binary: boolean): void => {
      const message = binary ? undefined : parseMessage(bytesOf(data));
      // Sound before the greeting is passed over; endless noise is not waited out.
      // The line listens from this very message on: the next may come in the same tick.
      if (message?.type === 'hello') done(greet(message));
      else if (++others > 500) done(noHello);
    };
    const greet = ({ sampleRateHz = 16_000, transfers }: Message): WebSocketLine | string => {
      socket.off('message', take);
      return typeof sampleRateHz === 'number' && callRates.includes(sampleRateHz)
        ? new WebSocketLine(socket, { ...options, sampleRateHz, canTransfer: transfers === true })
        : `this sample rate is not known here; use one of ${callRates.join(', ')}`;
    };
    const gone = (): void => {
      done(noHello);
    };
    const done = (result: WebSocketLine | string): void => {
      socket.off('message', take);
      socket.off('close', gone);
      late.abort(new Error('answered'));
      resolve(result);
    };
    socket.on('message', take);
    socket.on('close', gone);
    options.clock.sleep(helloMs, late.signal).then(gone, () => {});
  });
  if (typeof answer !== 'string') return answer;
  refuse(socket, answer);
  return undefined;
}

const noHello = 'no hello came; send {"type":"hello","sampleRateHz":16000} first';

/** Says why and closes: 1008 is "policy violation" (RFC 6455, 7.4.1). */
function refuse(socket: WebSocket, problem: string): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'error', message: problem }));
  socket.close(1008, 'refused');
}

export class WebSocketLine implements Line {
  readonly id: string;
  readonly transport = 'websocket';
  readonly marks = true;
  readonly from?: string;
  readonly counters: Record<string, number> = {};
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #queue = new Channel<LineEvent>();
  readonly #framer = new Framer();
  readonly #in: ReturnType<typeof createResampler>;
  readonly #out: ReturnType<typeof createResampler>;
  readonly #rateHz: number;
  readonly #startMs: number;
  #receivedMs = 0;
  /** Whoever is at the other end hands callers over, and tells how that went. */
  readonly #canTransfer: boolean;
  readonly #messages: CallerMessages;
  readonly #onLost: (() => void) | undefined;
  #isOver = false;

  constructor(socket: WebSocket, options: WebSocketOptions & { sampleRateHz: number; canTransfer?: boolean }) {
    this.id = options.id;
    this.#socket = socket;
    this.#clock = options.clock;
    this.#rateHz = options.sampleRateHz;
    this.#startMs = options.clock.now();
    this.#onLost = options.onLost;
    this.#canTransfer = options.canTransfer === true;
    this.#messages = new CallerMessages(options.clock);
    if (options.from !== undefined) this.from = options.from;
    this.#in = createResampler(options.sampleRateHz, lineRateHz);
    this.#out = createResampler(lineRateHz, options.sampleRateHz);
    socket.on('message', (data, binary) => {
      if (binary) this.#audio(data);
      else this.#control(data);
    });
    socket.on('close', (code) => {
      if (code === brokenCode) this.lose();
      else this.#end('caller_hung_up');
    });
    // A frame too long, a broken frame: the socket closes itself after this.
    socket.on('error', () => {
      this.#count('socket_errors');
    });
    const { sampleRateHz, resume } = options;
    this.#send({ type: 'ready', id: this.id, sampleRateHz, ...(resume !== undefined && { resume }) });
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    if (!this.#open()) return;
    const wire = this.#out.push(samples);
    this.#socket.send(Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength));
  }

  mark(name: string): void {
    this.#send({ type: 'mark', name });
  }

  clear(): void {
    this.#send({ type: 'clear' });
  }

  notify(notice: LineNotice): void {
    const { kind, ...fields } = notice;
    this.#send({ type: kind, ...fields });
  }

  /** A contact centre's front end gets all there is and answers; a browser cannot be handed over. */
  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms = {}): void {
    this.#messages.awaitsTransfer = this.#canTransfer;
    this.#send({ type: 'transfer', to, mode, ...(this.#canTransfer && { packet, ...terms }) });
    if (!this.#canTransfer) this.#queue.push({ kind: 'transfer', outcome: 'error' });
  }

  hangUp(): void {
    // What is said about the end in this very step still goes out before it.
    queueMicrotask(() => {
      this.close();
    });
  }

  /** The connection is gone or of no use any more, though nobody has hung up: the caller may come back. */
  lose(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#onLost?.();
      this.#end('connection_lost');
    }
    this.#socket.terminate();
  }

  close(): void {
    this.#isOver = true;
    this.#queue.end();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(1000, 'the call is over');
  }

  #audio(data: RawData): void {
    const bytes = bytesOf(data);
    if (bytes.length === 0 || bytes.length % 2 !== 0) return this.#count('bad_audio');
    const ms = (bytes.length / 2 / this.#rateHz) * 1000;
    const nowMs = this.#clock.now() - this.#startMs;
    this.#receivedMs = Math.max(this.#receivedMs, nowMs - maxAheadMs);
    if (this.#receivedMs + ms > nowMs + maxAheadMs) return this.#count('dropped_audio');
    this.#receivedMs += ms;
    // Copied: the bytes may lie at an odd place in a shared buffer.
    const samples = new Int16Array(bytes.length / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2);
    for (const frame of this.#framer.push(this.#in.push(samples))) this.#queue.push({ kind: 'audio', samples: frame });
  }

  #control(data: RawData): void {
    const read = this.#messages.read(bytesOf(data));
    if ('passedOver' in read) return this.#count(read.passedOver);
    this.#queue.push(read.event);
    if (read.event.kind === 'hang_up') {
      this.#isOver = true;
      this.#queue.end();
    }
  }

  #send(message: Message): void {
    if (this.#open()) this.#socket.send(JSON.stringify(message));
  }

  /** False when nothing can be sent, or when so much waits that more would only pile up. */
  #open(): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount <= maxWaitingBytes) return true;
    this.#count('dropped_sends');
    return false;
  }

  #end(reason: string): void {
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
