/**
 * Telephones over a WebSocket of JSON messages with mu-law at 8 kHz in base64: what Twilio began and others took over.
 * Here is what they have in common; what each calls it stands in its own file, as a {@link Dialect}.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { decodeMuLaw, encodeMuLaw } from '../audio/g711.js';
import { Framer } from '../audio/framer.js';
import { join } from '../audio/level.js';
import { Channel } from '../channel.js';
import type { Line, LineEvent, TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { ChunkOrder } from './chunk-order.js';
import { HandOver, type CallControl } from './hand-over.js';

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
  | { kind: 'problem'; code: unknown }
  | { kind: 'wrong_stream' }
  | { kind: 'unknown' };

/** What one carrier calls things. */
export interface Dialect {
  readonly transport: string;
  /** The stream's own id, where the carrier tells of streams elsewhere too. */
  readonly stream?: string;
  read(message: WireMessage): WireEvent;
  media(payload: string): object;
  mark(name: string): object;
  clear(): object;
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
  options: { clock: Clock },
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

/**
 * A stream ends a call, unless the carrier has taken the caller out of it to ring somebody else: then the line waits for
 * them to come back in a stream of their own.
 */
export class MediaLine implements Line {
  readonly id: string;
  readonly transport: string;
  readonly marks = true;
  readonly from?: string;
  readonly to?: string;
  readonly counters: Record<string, number> = {};
  /** Where the carrier records the call. */
  recordingUrl?: string;
  readonly #options: MediaLineOptions;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #handOver: HandOver;
  #socket!: WebSocket;
  #dialect!: Dialect;
  #framer = new Framer();
  #order = new ChunkOrder<{ bytes: Uint8Array; atMs: number }>();
  #nextMs: number | undefined;
  /** Handed over since the last message. */
  readonly #outgoing: Int16Array[] = [];
  #isBack = false;
  #isSecret = false;

  constructor(socket: WebSocket, dialect: Dialect, options: MediaLineOptions) {
    this.id = options.id;
    this.transport = dialect.transport;
    this.#options = options;
    this.#log = options.log.child({ call: options.id });
    if (options.from !== undefined) this.from = options.from;
    if (options.to !== undefined) this.to = options.to;
    this.#handOver = new HandOver({
      control: options.control,
      cure: options.controlCure,
      log: this.#log,
      push: (event) => this.#queue.push(event),
      isStreaming: () => this.isStreaming,
      end: (reason) => this.#end(reason),
    });
    this.attach(socket, dialect);
  }

  /** The caller is here in this stream: at first, and when they are back from a transfer. */
  attach(socket: WebSocket, dialect: Dialect): void {
    this.#socket = socket;
    this.#dialect = dialect;
    this.#framer = new Framer();
    this.#order = new ChunkOrder();
    this.#nextMs = undefined;
    socket.on('message', (data) => {
      if (this.#socket === socket && !this.#isBack) this.#receive(data);
    });
    socket.on('close', () => {
      if (this.#socket === socket && !this.#isBack) this.#streamOver();
    });
    socket.on('error', () => {
      this.count('socket_errors');
    });
  }

  /** This stream is that of a caller who comes back to a line of theirs: it is that line's from now on. */
  comeBackTo(line: MediaLine): void {
    this.#isBack = true;
    this.#queue.end();
    line.attach(this.#socket, this.#dialect);
  }

  /** The caller can be heard and spoken to. */
  get isStreaming(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  /** Frames handed over in one go are one message: carriers take any length, and each message costs a system call. */
  send(samples: Int16Array): void {
    if (this.#outgoing.push(samples) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const sound = Buffer.from(encodeMuLaw(join(this.#outgoing.splice(0))));
    this.#send(this.#dialect.media(sound.toString('base64')));
  }

  mark(name: string): void {
    this.#flush();
    this.#send(this.#dialect.mark(name));
  }

  clear(): void {
    this.#flush();
    this.#send(this.#dialect.clear());
  }

  /** A telephone shows nothing. */
  notify(): void {}

  /** Hands the call over by the carrier's REST interface. */
  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms = {}): void {
    this.#handOver.transfer(to, mode, packet, terms);
  }

  /** The carrier tells that a stream is over, though its socket may stay half open. */
  streamEnded(id: string): void {
    if (this.#dialect.stream === id) this.#streamOver();
  }

  /** What the carrier tells of the call elsewhere than in its stream. */
  tell(event: LineEvent): void {
    this.#queue.push(event);
  }

  hangUp(): void {
    if (!this.#handOver.isGiven) this.#ask('hang-up', this.#options.control?.hangUp?.());
    this.close();
  }

  /** The carrier records the call from now on; a secret that is asked for by then is not to be in it. */
  recorded(url: string): void {
    this.recordingUrl = url;
    if (this.#isSecret) this.hush(true);
  }

  hush(isSecret: boolean): void {
    this.#isSecret = isSecret;
    if (this.recordingUrl !== undefined) this.#ask('recording', this.#options.control?.hush?.(isSecret));
  }

  close(): void {
    this.#flush();
    this.#queue.end();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(1000, 'the call is over');
  }

  #receive(data: RawData): void {
    const message = parse(data);
    if (!message) return this.count('bad_messages');
    if (message.event === 'connected') return;
    const event = this.#dialect.read(message);
    if (event.kind === 'wrong_stream') return this.count('wrong_stream');
    if (event.kind === 'unknown') return this.count('unknown_messages');
    if (!this.#take(event)) this.count('bad_messages');
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
        this.#streamOver();
        return true;
      case 'problem':
        // Once a call: whoever sends it again and again fills no log.
        if (this.counters.carrier_problems === undefined)
          this.#log.warn('the carrier reports a problem', { code: textOf(event.code).slice(0, 80) });
        this.count('carrier_problems');
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
    // What the caller says to whoever is rung for them is not ours to hear.
    if (!this.#handOver.isHere) return true;
    const piece = { bytes: Buffer.from(payload, 'base64'), atMs: numberOf(timestamp) };
    const chunk = numberOf(number);
    const ready = chunk > 0 ? this.#order.push(chunk, piece) : [piece];
    if (ready) ready.forEach((one) => this.#hear(one));
    else this.count('repeated_media');
    return true;
  }

  #hear({ bytes, atMs }: { bytes: Uint8Array; atMs: number }): void {
    if (Number.isFinite(atMs)) {
      const gapMs = this.#nextMs === undefined ? 0 : Math.min(atMs - this.#nextMs, maxGapMs);
      if (gapMs >= 20) {
        this.count('inbound_gaps');
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
    if (this.#socket.bufferedAmount > maxWaitingBytes) return this.count('dropped_sends');
    this.#socket.send(JSON.stringify(message));
  }

  /** The stream has stopped: the call is over, unless the carrier took the caller out of it. */
  #streamOver(): void {
    if (this.#handOver.isHere) this.#end('caller_hung_up');
  }

  /** Of the carrier, where the call does not wait for the answer. */
  #ask(what: string, asked: Promise<void> | undefined): void {
    asked?.catch((error: unknown) => {
      this.#log.warn(`${what} failed`, { problem: error instanceof Error ? error.message : 'unknown' });
    });
  }

  #end(reason: string): void {
    for (const one of this.#order.rest()) this.#hear(one);
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }

  count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** Numbers come as text. What is neither is no number; `Number` itself throws for some objects. */
export function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
}

/** Text, or a number as text. `String` itself throws for some objects. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
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
