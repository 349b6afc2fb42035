/**
 * Telephones over a WebSocket of binary frames with plain sound, and texts of JSON for all else: Vonage, and jambonz or
 * FreeSWITCH's mod_audio_fork. Here is what they have in common; what each calls it stands in its own file, as a
 * {@link PcmDialect}.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { Framer } from '../audio/framer.js';
import { bytesOf, samplesOf } from '../audio/pcm16.js';
import { createResampler, type Resampler } from '../audio/resample.js';
import { Channel } from '../channel.js';
import { lineRateHz, type Line, type LineEvent, type TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { HandOver, type CallControl } from './hand-over.js';

/** A text as it came: nothing in it is to be trusted. */
export type PcmMessage = Record<string, unknown>;

/** What one carrier calls things. */
export interface PcmDialect {
  readonly transport: string;
  /** Of the sound that comes, and of the sound that goes, Hz. */
  readonly inHz: number;
  readonly outHz: number;
  /** What a text is to a line; `nothing` is known and nothing to us, undefined is not known. */
  read(message: PcmMessage): LineEvent | 'nothing' | 'bad' | undefined;
  /** Undefined where the wire has no marks. */
  readonly mark?: (name: string) => object;
  /** Drops what was sent and not yet played. */
  clear(): object;
}

export interface PcmLineOptions {
  id: string;
  clock: Clock;
  log: Log;
  from?: string;
  to?: string;
  control?: CallControl;
  /** What to set so that calls can be handed over, for the log. */
  controlCure: string;
}

const startMs = 10_000;
const maxWaitingBytes = 1024 * 1024;
/** A caller may be so much ahead of real time; what comes faster is dropped. */
const maxAheadMs = 10_000;
const startBytes = 64 * 1024;

/**
 * Waits for the first text, which tells of the call, and makes a line of it, which listens from that very message on.
 * Resolves undefined when none came, or not of a kind we speak; the socket is closed then.
 */
export async function acceptPcm<T>(
  socket: WebSocket,
  options: { clock: Clock },
  of: (message: PcmMessage) => T | undefined,
): Promise<T | undefined> {
  const late = new AbortController();
  const answer = await new Promise<T | undefined>((resolve) => {
    const done = (result?: T): void => {
      socket.off('message', take);
      late.abort(new Error('answered'));
      resolve(result);
    };
    const take = (data: RawData, binary: boolean): void => {
      if (binary) return;
      socket.off('message', take);
      const message = parse(data);
      done(message && of(message));
    };
    socket.on('message', take);
    socket.on('close', () => done());
    options.clock.sleep(startMs, late.signal).then(
      () => done(),
      () => {},
    );
  });
  if (answer === undefined) {
    socket.close(1008, 'no start');
  }
  return answer;
}

export class PcmLine implements Line {
  readonly id: string;
  readonly transport: string;
  readonly marks: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly counters: Record<string, number> = {};
  #socket!: WebSocket;
  readonly #dialect: PcmDialect;
  readonly #options: PcmLineOptions;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #handOver: HandOver;
  #framer!: Framer;
  #in!: Resampler;
  #out!: Resampler;
  #startMs = 0;
  #receivedMs = 0;
  #isBack = false;

  constructor(socket: WebSocket, dialect: PcmDialect, options: PcmLineOptions) {
    this.id = options.id;
    this.transport = dialect.transport;
    this.marks = dialect.mark !== undefined;
    if (options.from !== undefined) this.from = options.from;
    if (options.to !== undefined) this.to = options.to;
    this.#dialect = dialect;
    this.#options = options;
    this.#log = options.log.child({ call: options.id });
    this.#handOver = new HandOver({
      control: options.control,
      cure: options.controlCure,
      log: this.#log,
      push: (event) => this.#queue.push(event),
      isStreaming: () => this.isStreaming,
      end: (reason) => this.#end(reason),
    });
    this.#attach(socket);
  }

  /** The caller is here in this socket: at first, and when they are back from a transfer. */
  #attach(socket: WebSocket): void {
    const { inHz, outHz } = this.#dialect;
    this.#socket = socket;
    this.#framer = new Framer();
    this.#in = createResampler(inHz, lineRateHz);
    this.#out = createResampler(lineRateHz, outHz);
    this.#startMs = this.#options.clock.now();
    this.#receivedMs = 0;
    const isOurs = (): boolean => this.#socket === socket && !this.#isBack;
    socket.on('message', (data, binary) => {
      if (!isOurs()) return;
      if (binary) this.#hear(bytesOfData(data));
      else this.#read(data);
    });
    socket.on('close', () => {
      if (isOurs() && this.#handOver.isHere) this.#end('caller_hung_up');
    });
    socket.on('error', () => this.count('socket_errors'));
  }

  /** This socket is that of a caller who comes back to a line of theirs, of the same kind: it is that line's from now on. */
  comeBackTo(line: PcmLine): void {
    this.#isBack = true;
    this.#queue.end();
    line.#attach(this.#socket);
  }

  /** The caller can be heard and spoken to. */
  get isStreaming(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    if (this.#isOpen()) this.#socket.send(bytesOf(this.#out.push(samples)));
  }

  mark(name: string): void {
    if (this.#dialect.mark) this.text(this.#dialect.mark(name));
  }

  clear(): void {
    this.text(this.#dialect.clear());
  }

  /** A telephone shows nothing. */
  notify(): void {}

  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms = {}): void {
    this.#handOver.transfer(to, mode, packet, terms);
  }

  /** What the carrier tells of the call elsewhere than in its socket. */
  tell(event: LineEvent): void {
    this.#queue.push(event);
  }

  hangUp(): void {
    if (!this.#handOver.isGiven)
      this.#options.control?.hangUp?.().catch((error: unknown) => {
        this.#log.warn('hang-up failed', { problem: error instanceof Error ? error.message : 'unknown' });
      });
    this.close();
  }

  close(): void {
    this.#queue.end();
    if (this.isStreaming) this.#socket.close(1000, 'the call is over');
  }

  /** Sends a text. */
  text(message: object): void {
    if (this.#isOpen()) this.#socket.send(JSON.stringify(message));
  }

  count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }

  #hear(bytes: Buffer): void {
    // What the caller says to whoever is rung for them is not ours to hear.
    if (!this.#handOver.isHere) return;
    if (bytes.length === 0 || bytes.length % 2 !== 0) return this.count('bad_media');
    const ms = (bytes.length / 2 / this.#dialect.inHz) * 1000;
    const nowMs = this.#options.clock.now() - this.#startMs;
    this.#receivedMs = Math.max(this.#receivedMs, nowMs - maxAheadMs);
    if (this.#receivedMs + ms > nowMs + maxAheadMs) return this.count('dropped_audio');
    this.#receivedMs += ms;
    for (const samples of this.#framer.push(this.#in.push(samplesOf(bytes)))) this.#queue.push({ kind: 'audio', samples }); // prettier-ignore
  }

  #read(data: RawData): void {
    const message = parse(data);
    const event = message ? this.#dialect.read(message) : 'bad';
    if (event === 'nothing') return;
    if (event === 'bad') return this.count('bad_messages');
    if (event === undefined) return this.count('unknown_messages');
    if (event.kind === 'key' && !/^[0-9*#A-D]$/.test(event.digit)) return this.count('bad_messages');
    this.#queue.push(event);
    if (event.kind === 'hang_up') this.#queue.end();
  }

  #isOpen(): boolean {
    if (!this.isStreaming) return false;
    if (this.#socket.bufferedAmount <= maxWaitingBytes) return true;
    this.count('dropped_sends');
    return false;
  }

  #end(reason: string): void {
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }
}

function parse(data: RawData): PcmMessage | undefined {
  try {
    const bytes = bytesOfData(data);
    const value: unknown = bytes.length > startBytes ? undefined : JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PcmMessage) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOfData(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
