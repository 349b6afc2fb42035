/**
 * Twilio Media Streams, both directions (`<Connect><Stream>`): JSON messages, mu-law at 8 kHz in base64.
 * Field names, marks and the answer to `clear` as Twilio documents them (Media Streams, WebSocket messages);
 * numbers in its messages are strings. No SDK: the wire is small, and only this file knows it.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock, Json } from '../../engine/contracts.js';
import { decodeMuLaw, encodeMuLaw } from '../audio/g711.js';
import { Framer } from '../audio/framer.js';
import type { Line, LineEvent } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { Channel } from '../channel.js';
import type { TwilioRest } from './twilio-rest.js';

/** What the stream's `start` told of the call. */
export interface TwilioStart {
  streamSid: string;
  callSid: string;
  accountSid: string;
  /** From the `<Parameter>`s of our TwiML. */
  parameters: Record<string, string>;
}

interface TwilioMessage {
  event: string;
  streamSid?: string;
  start?: Partial<{
    streamSid: string;
    callSid: string;
    accountSid: string;
    customParameters: Record<string, string>;
    mediaFormat: { encoding: string; sampleRate: number | string; channels: number | string };
  }>;
  media?: Partial<{ track: string; chunk: string; timestamp: string; payload: string }>;
  dtmf?: Partial<{ digit: string }>;
  mark?: Partial<{ name: string }>;
}

const startMs = 10_000;
/** A hole in the sound, by its time stamps, is filled with silence up to this. */
const maxGapMs = 10_000;
const maxWaitingBytes = 1024 * 1024;
/** 20 ms of mu-law are 160 bytes; a message may bring more, not minutes. */
const maxPayloadBytes = 64 * 1024;

/**
 * Waits for the stream's `start`. Resolves undefined when none came, or not of the kind we speak: it is closed then.
 * Whether the stream may be answered is still to be checked, by `line.start`.
 */
export async function acceptTwilio(
  socket: WebSocket,
  options: { id: string; clock: Clock; log: Log; rest?: TwilioRest },
): Promise<TwilioLine | undefined> {
  const late = new AbortController();
  const line = await new Promise<TwilioLine | undefined>((resolve) => {
    const take = (data: RawData): void => {
      const message = parse(data);
      if (message?.event !== 'start') return;
      const start = startOf(message);
      socket.off('message', take);
      // The line listens from this very message on: the next may come in the same tick.
      done(start && new TwilioLine(socket, start, options));
    };
    const gone = (): void => {
      done(undefined);
    };
    const done = (answer: TwilioLine | undefined): void => {
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
    options.log.warn('twilio stream without a start that we understand');
    socket.close(1008, 'no start');
  }
  return line;
}

function startOf(message: TwilioMessage): TwilioStart | undefined {
  const start = message.start;
  const format = start?.mediaFormat;
  if (
    typeof start?.callSid !== 'string' ||
    start.callSid === '' ||
    format?.encoding !== 'audio/x-mulaw' ||
    numberOf(format.sampleRate) !== 8000
  )
    return undefined;
  const streamSid = message.streamSid ?? start.streamSid;
  if (typeof streamSid !== 'string') return undefined;
  const parameters = Object.entries(start.customParameters ?? {}).filter(([, value]) => typeof value === 'string');
  return {
    streamSid,
    callSid: start.callSid,
    accountSid: typeof start.accountSid === 'string' ? start.accountSid : '',
    parameters: Object.fromEntries(parameters),
  };
}

export class TwilioLine implements Line {
  readonly id: string;
  readonly transport = 'twilio';
  readonly marks = true;
  readonly from?: string;
  readonly to?: string;
  readonly start: TwilioStart;
  readonly counters: Record<string, number> = {};
  readonly #socket: WebSocket;
  readonly #rest: TwilioRest | undefined;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #framer = new Framer();
  #nextMs: number | undefined;
  #chunk = 0;

  constructor(socket: WebSocket, start: TwilioStart, options: { id: string; log: Log; rest?: TwilioRest }) {
    this.id = options.id;
    this.#socket = socket;
    this.start = start;
    this.#rest = options.rest;
    this.#log = options.log.child({ call: options.id });
    const { from, to } = start.parameters;
    if (from !== undefined) this.from = from;
    if (to !== undefined) this.to = to;
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
    this.#send({ event: 'media', media: { payload: Buffer.from(encodeMuLaw(samples)).toString('base64') } });
  }

  mark(name: string): void {
    this.#send({ event: 'mark', mark: { name } });
  }

  clear(): void {
    this.#send({ event: 'clear' });
  }

  /** A telephone shows nothing. */
  notify(): void {}

  /** Hands the call over by its REST interface; the stream stops then. Warm and cold are the same to the carrier. */
  transfer(to: string): void {
    if (!this.#rest) {
      this.#log.warn('transfer refused', { cure: 'set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN' });
      this.#queue.push({ kind: 'transfer', outcome: 'error' });
      return;
    }
    this.#rest.dial(this.start.callSid, to).then(
      () => {
        this.#queue.push({ kind: 'transfer', outcome: 'ok' });
      },
      (error: unknown) => {
        this.#log.warn('transfer failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#queue.push({ kind: 'transfer', outcome: 'error' });
      },
    );
  }

  /** The TwiML has nothing after `<Connect>`, so the carrier hangs up when the stream closes. */
  hangUp(): void {
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
    if (message.streamSid !== this.start.streamSid) return this.#count('wrong_stream');
    const take = this.#takes[message.event];
    if (!take || !Object.hasOwn(this.#takes, message.event)) return this.#count('unknown_messages');
    if (!take(message)) this.#count('bad_messages');
  }

  /** By event: true when the message was as it should be. */
  readonly #takes: Record<string, (message: TwilioMessage) => boolean> = {
    media: (message) => this.#media(message),
    mark: ({ mark }) => {
      if (typeof mark?.name !== 'string') return false;
      this.#queue.push({ kind: 'mark', name: mark.name });
      return true;
    },
    dtmf: ({ dtmf }) => {
      if (typeof dtmf?.digit !== 'string' || !/^[0-9*#A-D]$/.test(dtmf.digit)) return false;
      this.#queue.push({ kind: 'key', digit: dtmf.digit });
      return true;
    },
    stop: () => {
      this.#end('caller_hung_up');
      return true;
    },
  };

  #media({ media }: TwilioMessage): boolean {
    if (typeof media?.payload !== 'string' || media.payload.length > maxPayloadBytes) return false;
    if (media.track !== undefined && media.track !== 'inbound') return true;
    // Node decodes what it can of anything; text that is no base64 is no sound.
    if (media.payload === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(media.payload)) return false;
    const bytes = Buffer.from(media.payload, 'base64');
    const chunk = numberOf(media.chunk);
    if (chunk > 0) {
      if (chunk <= this.#chunk) {
        this.#count('repeated_media');
        return true;
      }
      this.#chunk = chunk;
    }
    const atMs = numberOf(media.timestamp);
    if (Number.isFinite(atMs)) {
      const gapMs = this.#nextMs === undefined ? 0 : Math.min(atMs - this.#nextMs, maxGapMs);
      if (gapMs >= 20) {
        this.#count('inbound_gaps');
        this.#hear(new Int16Array(Math.round(gapMs) * 8));
      }
      this.#nextMs = atMs + bytes.length / 8;
    }
    this.#hear(decodeMuLaw(bytes));
    return true;
  }

  #hear(samples: Int16Array): void {
    for (const frame of this.#framer.push(samples)) this.#queue.push({ kind: 'audio', samples: frame });
  }

  #send(message: { event: string; [field: string]: Json }): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > maxWaitingBytes) return this.#count('dropped_sends');
    this.#socket.send(JSON.stringify({ ...message, streamSid: this.start.streamSid }));
  }

  #end(reason: string): void {
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** Numbers come as text. What is neither is no number; `Number` itself throws for some objects. */
function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
}

function parse(data: RawData): TwilioMessage | undefined {
  try {
    const value: unknown = JSON.parse(
      Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat(data as Buffer[]).toString('utf8'),
    );
    if (typeof value !== 'object' || value === null || !('event' in value) || typeof value.event !== 'string')
      return undefined;
    return value as TwilioMessage;
  } catch {
    return undefined;
  }
}
