/**
 * A telephone made of code: dials our WebSocket, sends its microphone 20 ms at a time, plays what arrives at the
 * pace of a real ear, answers marks when they have been played, and keeps both sides on one timeline.
 */
import { WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError, UsageError } from '../../engine/errors.js';
import { join, rms } from '../../runtime/audio/level.js';
import { bytesOf, samplesOf } from '../../runtime/audio/pcm16.js';
import { frameMs, frameSamples, lineRateHz } from '../../runtime/contracts.js';
import type { PoorLine } from './poor-line.js';

/** A JSON message of the call's WebSocket (runtime/README.md). */
export type PhoneMessage = { type: string } & Record<string, unknown>;

type Playback = { samples: Int16Array; at: number } | { mark: string };

export interface PhoneOptions {
  clock: Clock;
  onMessage: (message: PhoneMessage) => void;
  /** What the sound goes through on its way. Default: nothing changes it. */
  line?: PoorLine | undefined;
}

/** Quieter than this (root mean square of 20 ms) counts as silence: about −50 dBFS. */
export const silenceRms = 100;

export class Phone {
  /** Milliseconds since the call was answered, at the last frame. */
  nowMs = 0;
  /** When the agent was last audible, or −1. */
  agentAudibleMs = -1;
  /** When the present stretch of agent speech began (pauses under 300 ms do not end one), or −1 while silent. */
  agentStartedMs = -1;
  ended: string | undefined;

  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #microphone: Int16Array[] = [];
  readonly #playback: Playback[] = [];
  readonly #caller: Int16Array[] = [];
  readonly #agent: Int16Array[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #onMessage: (message: PhoneMessage) => void;
  readonly #line: PoorLine | undefined;

  private constructor(socket: WebSocket, { clock, onMessage, line }: PhoneOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onMessage = onMessage;
    this.#line = line;
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    socket.on('close', () => this.#end('the line was closed'));
    socket.on('error', (error) => this.#end(error.message));
  }

  /**
   * Calls `url` (ws:// or wss://, our `/call`). Resolves when the server is ready.
   * @throws OutsideError when nobody answers or the call is refused, UsageError when `url` is none
   */
  static async dial(url: string, options: PhoneOptions): Promise<Phone> {
    if (!/^wss?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      throw new UsageError(`"${url}" is no address of a server. Write it like ws://127.0.0.1:4680/call?agent=my-agent`);
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: 5000 });
    const phone = new Phone(socket, options);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (cause) => reject(notTaken(url, cause)));
    });
    socket.send(JSON.stringify({ type: 'hello', sampleRateHz: lineRateHz }));
    phone.#tick(options.clock.now(), 0);
    return phone;
  }

  /** Puts speech into the microphone, after what is there already; resolves when the last of it was sent. */
  async say(samples: Int16Array): Promise<void> {
    for (let from = 0; from < samples.length; from += frameSamples) {
      const frame = new Int16Array(frameSamples);
      frame.set(samples.subarray(from, from + frameSamples));
      this.#microphone.push(frame);
    }
    await this.until(() => this.#microphone.length === 0);
  }

  key(digit: string): void {
    this.#send({ type: 'key', digit });
  }

  hangUp(): void {
    this.#send({ type: 'hang_up' });
    this.#end('we hung up');
    this.#socket.close();
  }

  /** Resolves true as soon as `test` holds (looked at every 20 ms), false when `withinMs` passes or the call ends. */
  until(test: () => boolean, withinMs = Infinity): Promise<boolean> {
    const limitMs = this.nowMs + withinMs;
    return new Promise((resolve) => {
      const look = (): void => {
        const holds = test();
        if (!holds && this.ended === undefined && this.nowMs < limitMs) return;
        this.#waiting.delete(look);
        resolve(holds);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Silence from the agent, in ms, after it has said something. */
  get agentSilentMs(): number {
    return this.agentAudibleMs < 0 ? 0 : this.nowMs - this.agentAudibleMs;
  }

  /** Both sides as the caller had them: what went into the microphone, and what came out of the earpiece. 8 kHz. */
  recording(): { caller: Int16Array; agent: Int16Array } {
    return { caller: join(this.#caller), agent: join(this.#agent) };
  }

  #tick(startMs: number, frame: number): void {
    // Deadlines count from the start, so that a late timer does not slow the call down.
    this.#clock.at(startMs + frame * frameMs, () => {
      if (this.ended !== undefined) return;
      this.nowMs = frame * frameMs;
      const said = this.#microphone.shift() ?? new Int16Array(frameSamples);
      const out = this.#line ? this.#line.out(said) : said;
      this.#caller.push(out ?? new Int16Array(frameSamples));
      if (out && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytesOf(out));
      this.#listen(this.#play());
      for (const look of [...this.#waiting]) look();
      this.#tick(startMs, frame + 1);
    });
  }

  #play(): Int16Array {
    const frame = new Int16Array(frameSamples);
    let filled = 0;
    while (this.#playback.length > 0) {
      const next = this.#playback[0]!;
      if ('mark' in next) {
        this.#send({ type: 'mark', name: next.mark });
        this.#playback.shift();
        continue;
      }
      if (filled === frameSamples) break;
      const piece = next.samples.subarray(next.at, next.at + frameSamples - filled);
      frame.set(piece, filled);
      filled += piece.length;
      next.at += piece.length;
      if (next.at >= next.samples.length) this.#playback.shift();
    }
    const heard = this.#line ? this.#line.in(frame) : frame;
    this.#agent.push(heard);
    return heard;
  }

  #listen(frame: Int16Array): void {
    if (rms(frame) > silenceRms) {
      if (this.agentStartedMs < 0 || this.nowMs - this.agentAudibleMs > 300) this.agentStartedMs = this.nowMs;
      this.agentAudibleMs = this.nowMs;
    }
  }

  #receive(data: Buffer, binary: boolean): void {
    if (binary) {
      this.#playback.push({ samples: samplesOf(data.subarray(0, data.length & ~1)), at: 0 });
      return;
    }
    const message = messageIn(data.toString());
    if (!message) return;
    if (message.type === 'mark') this.#playback.push({ mark: String(message.name) });
    else if (message.type === 'clear') {
      for (const item of this.#playback) if ('mark' in item) this.#send({ type: 'mark', name: item.mark });
      this.#playback.length = 0;
    }
    this.#onMessage(message);
    if (message.type === 'error') this.#end(String(message.message));
    if (message.type === 'ended') this.#end(`the agent ended the call (${String(message.reason)})`);
  }

  #send(message: PhoneMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #end(why: string): void {
    this.ended ??= why;
    for (const look of [...this.#waiting]) look();
  }
}

/** Undefined for what is no message: a server elsewhere may be anything. */
function messageIn(text: string): PhoneMessage | undefined {
  try {
    const message = JSON.parse(text) as unknown;
    const isOne = typeof message === 'object' && message !== null && 'type' in message;
    return isOne ? (message as PhoneMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** A server that is there and takes no call (full, draining, no token) says so by its status. */
function notTaken(url: string, cause: Error): OutsideError {
  const status = /Unexpected server response: (\d+)/.exec(cause.message)?.[1];
  return status === undefined
    ? new OutsideError(
        'flow call',
        'unreachable',
        `${url} did not answer (${cause.message}). Is \`flow serve\` running there?`,
        { retryable: true, cause },
      )
    : new OutsideError(
        'flow call',
        'busy',
        `${url} took no call (${status}). Its log says why, in a line \`call refused\`.`,
        { retryable: true, cause },
      );
}
