/**
 * Telephones over a WebSocket of binary frames with plain sound, and texts of JSON for all else: Vonage, and jambonz or
 * FreeSWITCH's mod_audio_fork. Here is what they have in common; what each calls it stands in its own file, as a
 * {@link PcmDialect}.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock, TransferOutcome } from '../../engine/contracts.js';
import { Framer } from '../audio/framer.js';
import { bytesOf, samplesOf } from '../audio/pcm16.js';
import { createResampler, type Resampler } from '../audio/resample.js';
import { Channel } from '../channel.js';
import { lineRateHz, type Line, type LineEvent, type TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';

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

/** What the carrier does to the call when asked elsewhere than in the socket. */
export interface PcmControl {
  /** @throws OutsideError; its text never holds the number */
  transfer?(to: string, terms: TransferTerms): Promise<TransferOutcome>;
  /** Where closing the socket does not end the call. */
  hangUp?(): Promise<void>;
}

export interface PcmLineOptions {
  id: string;
  clock: Clock;
  log: Log;
  from?: string;
  to?: string;
  control?: PcmControl;
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
  readonly #socket: WebSocket;
  readonly #dialect: PcmDialect;
  readonly #options: PcmLineOptions;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #framer = new Framer();
  readonly #in: Resampler;
  readonly #out: Resampler;
  readonly #startMs: number;
  #receivedMs = 0;
  #isGiven = false;

  constructor(socket: WebSocket, dialect: PcmDialect, options: PcmLineOptions) {
    this.id = options.id;
    this.transport = dialect.transport;
    this.marks = dialect.mark !== undefined;
    if (options.from !== undefined) this.from = options.from;
    if (options.to !== undefined) this.to = options.to;
    this.#socket = socket;
    this.#dialect = dialect;
    this.#options = options;
    this.#log = options.log.child({ call: options.id });
    this.#in = createResampler(dialect.inHz, lineRateHz);
    this.#out = createResampler(lineRateHz, dialect.outHz);
    this.#startMs = options.clock.now();
    socket.on('message', (data, binary) => {
      if (binary) this.#hear(bytesOfData(data));
      else this.#read(data);
    });
    socket.on('close', () => this.#end());
    socket.on('error', () => this.count('socket_errors'));
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

  transfer(to: string, _mode: 'cold' | 'warm', _packet: unknown, terms: TransferTerms = {}): void {
    const asked = this.#options.control?.transfer?.(to, terms);
    if (!asked) {
      this.#log.warn('transfer refused', { cure: this.#options.controlCure });
      this.#queue.push({ kind: 'transfer', outcome: 'error' });
      return;
    }
    // What the caller says to whoever is rung for them is not ours to hear, and the socket may go before the answer.
    this.#isGiven = true;
    asked.then(
      (outcome) => this.#transferred(outcome),
      (error: unknown) => {
        this.#log.warn('transfer failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#transferred('error');
      },
    );
  }

  /** What the carrier tells of the call elsewhere than in its socket. */
  tell(event: LineEvent): void {
    this.#queue.push(event);
  }

  hangUp(): void {
    if (!this.#isGiven)
      this.#options.control?.hangUp?.().catch((error: unknown) => {
        this.#log.warn('hang-up failed', { problem: error instanceof Error ? error.message : 'unknown' });
      });
    this.close();
  }

  close(): void {
    this.#queue.end();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(1000, 'the call is over');
  }

  /** Sends a text. */
  text(message: object): void {
    if (this.#isOpen()) this.#socket.send(JSON.stringify(message));
  }

  count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }

  #transferred(outcome: TransferOutcome): void {
    this.#isGiven = outcome === 'ok';
    this.#queue.push({ kind: 'transfer', outcome });
    if (outcome !== 'ok' && this.#socket.readyState !== this.#socket.OPEN) this.#end();
  }

  #hear(bytes: Buffer): void {
    if (this.#isGiven) return;
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
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount <= maxWaitingBytes) return true;
    this.count('dropped_sends');
    return false;
  }

  #end(): void {
    if (this.#isGiven) return;
    this.#queue.push({ kind: 'hang_up', reason: 'caller_hung_up' });
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
