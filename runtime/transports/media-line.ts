/**
 * Telephones over a WebSocket of JSON messages with mu-law at 8 kHz in base64: what Twilio began and others took over.
 * Here is what they have in common; what each calls it stands in its own file, as a {@link Dialect}.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock, TransferOutcome } from '../../engine/contracts.js';
import { decodeMuLaw, encodeMuLaw } from '../audio/g711.js';
import { Framer } from '../audio/framer.js';
import { Channel } from '../channel.js';
import type { Line, LineEvent, TransferLimits } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { ChunkOrder } from './chunk-order.js';

/** A message as it came: nothing in it is to be trusted. */
export type WireMessage = Record<string, unknown> & { event: string };

/** What a message is to a line. Fields are as they came; the line looks at them. */
export type WireEvent =
  | { kind: 'media'; payload: unknown; chunk: unknown; timestamp: unknown; track: unknown }
  | { kind: 'mark'; name: unknown }
  | { kind: 'key'; digit: unknown }
  | { kind: 'stop' }
  /** Known, and nothing to us. */
  | { kind: 'nothing' }
  /** What went wrong at the other end, by its code. */
  | { kind: 'problem'; code: string }
  | { kind: 'wrong_stream' }
  | { kind: 'unknown' };

/** What one carrier calls things. */
export interface Dialect {
  readonly transport: string;
  read(message: WireMessage): WireEvent;
  media(payload: string): object;
  mark(name: string): object;
  clear(): object;
}

/** What a carrier does to a running call when asked over its REST interface. */
export interface CallControl {
  /**
   * Hands the call over. Resolves when the carrier has taken the order or knows how it went.
   * @throws OutsideError; its text never holds the number
   */
  transfer(to: string, limits: TransferLimits): Promise<TransferOutcome>;
  /** Where closing the socket does not end the call. */
  hangUp?(): Promise<void>;
}

const startMs = 10_000;
/** A hole in the sound, by its time stamps, is filled with silence up to this. */
const maxGapMs = 10_000;
const maxWaitingBytes = 1024 * 1024;
/** 20 ms of mu-law are 160 bytes; a message may bring more, not minutes. */
const maxPayloadBytes = 64 * 1024;

/**
 * Waits for the stream's `start` and makes a line of it, which listens from that very message on: the next may come in
 * the same tick. Resolves undefined when none came, or not of a kind we speak; the socket is closed then.
 * @param lineOf undefined for a start that is not understood
 */
export async function acceptStart<L extends Line>(
  socket: WebSocket,
  options: { clock: Clock; log: Log; name: string },
  lineOf: (start: WireMessage) => L | undefined,
): Promise<L | undefined> {
  const late = new AbortController();
  const line = await new Promise<L | undefined>((resolve) => {
    const take = (data: RawData): void => {
      const message = parse(data);
      if (message?.event !== 'start') return;
      socket.off('message', take);
      done(lineOf(message));
    };
    const gone = (): void => {
      done(undefined);
    };
    const done = (answer: L | undefined): void => {
      socket.off('message', take);
      socket.off('close', gone);
      late.abort(new Error('answered'));
      resolve(answer);
    };
    socket.on('message', take);
    socket.on('close', gone);
    options.clock.sleep(startMs, late.signal).then(gone, () => {});
  });
  if (!line) {
    options.log.warn(`${options.name} stream without a start that we understand`);
    socket.close(1008, 'no start');
  }
  return line;
}

export interface MediaLineOptions {
  id: string;
  log: Log;
  from?: string;
  to?: string;
  control?: CallControl;
  /** What to set so that calls can be handed over, for the log. */
  controlCure: string;
}

export class MediaLine implements Line {
  readonly id: string;
  readonly transport: string;
  readonly marks = true;
  readonly from?: string;
  readonly to?: string;
  readonly counters: Record<string, number> = {};
  readonly #socket: WebSocket;
  readonly #dialect: Dialect;
  readonly #options: MediaLineOptions;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #framer = new Framer();
  readonly #order = new ChunkOrder<{ bytes: Uint8Array; atMs: number }>();
  #nextMs: number | undefined;

  constructor(socket: WebSocket, dialect: Dialect, options: MediaLineOptions) {
    this.id = options.id;
    this.transport = dialect.transport;
    this.#socket = socket;
    this.#dialect = dialect;
    this.#options = options;
    this.#log = options.log.child({ call: options.id });
    if (options.from !== undefined) this.from = options.from;
    if (options.to !== undefined) this.to = options.to;
    socket.on('message', (data) => {
      this.#receive(data);
    });
    socket.on('close', () => {
      this.#end('caller_hung_up');
    });
    socket.on('error', () => {
      this.#count('socket_errors');
    });
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    this.#send(this.#dialect.media(Buffer.from(encodeMuLaw(samples)).toString('base64')));
  }

  mark(name: string): void {
    this.#send(this.#dialect.mark(name));
  }

  clear(): void {
    this.#send(this.#dialect.clear());
  }

  /** A telephone shows nothing. */
  notify(): void {}

  /** Hands the call over by the carrier's REST interface; the stream stops then. Warm and cold are the same to it. */
  transfer(to: string, _mode: 'cold' | 'warm', _packet: unknown, limits: TransferLimits = {}): void {
    const { control, controlCure } = this.#options;
    if (!control) {
      this.#log.warn('transfer refused', { cure: controlCure });
      this.#queue.push({ kind: 'transfer', outcome: 'error' });
      return;
    }
    control.transfer(to, limits).then(
      (outcome) => this.#queue.push({ kind: 'transfer', outcome }),
      (error: unknown) => {
        this.#log.warn('transfer failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#queue.push({ kind: 'transfer', outcome: 'error' });
      },
    );
  }

  /** What the carrier tells of the call elsewhere than in its stream. */
  tell(event: LineEvent): void {
    this.#queue.push(event);
  }

  hangUp(): void {
    this.#options.control?.hangUp?.().catch((error: unknown) => {
      this.#log.warn('hang-up failed', { problem: error instanceof Error ? error.message : 'unknown' });
    });
    this.close();
  }

  close(): void {
    this.#queue.end();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(1000, 'the call is over');
  }

  #receive(data: RawData): void {
    const message = parse(data);
    if (!message) return this.#count('bad_messages');
    if (message.event === 'connected') return;
    const event = this.#dialect.read(message);
    if (event.kind === 'wrong_stream') return this.#count('wrong_stream');
    if (event.kind === 'unknown') return this.#count('unknown_messages');
    if (!this.#take(event)) this.#count('bad_messages');
  }

  /** True when the message was as it should be. */
  #take(event: WireEvent): boolean {
    switch (event.kind) {
      case 'media':
        return this.#media(event);
      case 'mark':
        if (typeof event.name !== 'string') return false;
        this.#queue.push({ kind: 'mark', name: event.name });
        return true;
      case 'key':
        if (typeof event.digit !== 'string' || !/^[0-9*#A-D]$/.test(event.digit)) return false;
        this.#queue.push({ kind: 'key', digit: event.digit });
        return true;
      case 'stop':
        this.#end('caller_hung_up');
        return true;
      case 'problem':
        this.#log.warn('the carrier reports a problem', { code: event.code.slice(0, 80) });
        this.#count('carrier_problems');
        return true;
      default:
        return true;
    }
  }

  #media({ payload, chunk: number, timestamp, track }: Extract<WireEvent, { kind: 'media' }>): boolean {
    if (typeof payload !== 'string' || payload.length > maxPayloadBytes) return false;
    if (track !== undefined && track !== 'inbound') return true;
    // Node decodes what it can of anything; text that is no base64 is no sound.
    if (payload === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) return false;
    const piece = { bytes: Buffer.from(payload, 'base64'), atMs: numberOf(timestamp) };
    const chunk = numberOf(number);
    const ready = chunk > 0 ? this.#order.push(chunk, piece) : [piece];
    if (ready) ready.forEach((one) => this.#hear(one));
    else this.#count('repeated_media');
    return true;
  }

  #hear({ bytes, atMs }: { bytes: Uint8Array; atMs: number }): void {
    if (Number.isFinite(atMs)) {
      const gapMs = this.#nextMs === undefined ? 0 : Math.min(atMs - this.#nextMs, maxGapMs);
      if (gapMs >= 20) {
        this.#count('inbound_gaps');
        this.#frames(new Int16Array(Math.round(gapMs) * 8));
      }
      this.#nextMs = atMs + bytes.length / 8;
    }
    this.#frames(decodeMuLaw(bytes));
  }

  #frames(samples: Int16Array): void {
    for (const frame of this.#framer.push(samples)) this.#queue.push({ kind: 'audio', samples: frame });
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > maxWaitingBytes) return this.#count('dropped_sends');
    this.#socket.send(JSON.stringify(message));
  }

  #end(reason: string): void {
    for (const one of this.#order.rest()) this.#hear(one);
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** Numbers come as text. What is neither is no number; `Number` itself throws for some objects. */
export function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
}

/** A field that is a record, or an empty one: its own fields are checked by whoever uses them. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Only the texts of a record. */
export function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(recordOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string')); // prettier-ignore
}

function parse(data: RawData): WireMessage | undefined {
  try {
    const value: unknown = JSON.parse(
      Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat(data as Buffer[]).toString('utf8'),
    );
    if (typeof value !== 'object' || value === null || !('event' in value) || typeof value.event !== 'string')
      return undefined;
    return value as WireMessage;
  } catch {
    return undefined;
  }
}
