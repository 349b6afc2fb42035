/**
 * Asterisk AudioSocket: frames over TCP, each a kind, the length of its payload (big endian) and the payload
 * (https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/). Sound is 8 kHz, 16 bits. What has been sent
 * cannot be taken back and nothing tells what was heard, so the pace is kept here: 20 ms of sound go out every 20 ms,
 * and the marks are our own.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../engine/contracts.js';
import { Framer } from '../audio/framer.js';
import { bytesOf, samplesOf } from '../audio/pcm16.js';
import { Channel } from '../channel.js';
import { frameMs, type Line, type LineEvent, type TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { HandOver, type CallControl } from './hand-over.js';

export const audioSocketKinds = { hangUp: 0x00, uuid: 0x01, key: 0x03, sound: 0x10, error: 0xff } as const;

const headBytes = 3;
const uuidMs = 5000;
/** Asterisk sends sound all the time, but for a caller on hold. A line that is still for longer is gone. */
const idleMs = 60_000;
/** A caller may be so much ahead of real time; what comes faster is dropped. */
const maxAheadMs = 10_000;
const maxWaitingBytes = 64 * 1024;

/** Cuts what comes over TCP, in whatever pieces, into frames. At most one frame of 64 KiB is held. */
export class AudioSocketFrames {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): { kind: number; payload: Buffer }[] {
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: { kind: number; payload: Buffer }[] = [];
    while (all.length >= headBytes) {
      const end = headBytes + all.readUInt16BE(1);
      if (all.length < end) break;
      frames.push({ kind: all[0]!, payload: all.subarray(headBytes, end) });
      all = all.subarray(end);
    }
    this.#rest = all;
    return frames;
  }
}

export function audioSocketFrame(kind: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(headBytes);
  head[0] = kind;
  head.writeUInt16BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

export interface AudioSocketCall {
  id: string;
  from?: string;
  to?: string;
  /** The dialplan does what a transfer needs. */
  controlOf?: (line: AudioSocketLine) => CallControl;
}

export interface AudioSocketOptions<C extends AudioSocketCall> {
  clock: Clock;
  log: Log;
  /** The call that this UUID was given for; undefined for nobody that we know. */
  callOf(uuid: string): C | undefined;
}

/**
 * Waits for the UUID, which has to come first, and makes a line of its call, which listens from there on. Resolves
 * undefined when none came, or an unknown one: the socket is closed then.
 */
export async function acceptAudioSocket<C extends AudioSocketCall>(
  socket: Socket,
  { clock, log, callOf }: AudioSocketOptions<C>,
): Promise<{ line: AudioSocketLine; call: C } | undefined> {
  const late = new AbortController();
  const answer = await new Promise<{ line: AudioSocketLine; call: C } | undefined>((resolve) => {
    const frames = new AudioSocketFrames();
    const done = (result?: { line: AudioSocketLine; call: C }): void => {
      socket.off('data', take);
      late.abort(new Error('answered'));
      resolve(result);
    };
    const take = (bytes: Buffer): void => {
      const [first, ...others] = frames.push(bytes);
      if (!first) return bytes[0] === audioSocketKinds.uuid ? undefined : done();
      const isUuid = first.kind === audioSocketKinds.uuid && first.payload.length === 16;
      const call = isUuid ? callOf(uuidOf(first.payload)) : undefined;
      done(call && { call, line: new AudioSocketLine(socket, { ...call, clock, log }, frames, others) });
    };
    socket.on('data', take);
    socket.on('close', () => done());
    clock.sleep(uuidMs, late.signal).then(
      () => done(),
      () => {},
    );
  });
  if (!answer) {
    socket.end(audioSocketFrame(audioSocketKinds.hangUp));
    socket.destroySoon();
  }
  return answer;
}

export class AudioSocketLine implements Line {
  readonly id: string;
  readonly transport = 'audiosocket';
  readonly marks = true;
  readonly from?: string;
  readonly to?: string;
  readonly counters: Record<string, number> = {};
  #socket!: Socket;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #handOver: HandOver;
  #framer!: Framer;
  #frames!: AudioSocketFrames;
  #startMs = 0;
  #receivedMs = 0;
  #lastMs = 0;
  /** Sound and marks that wait for their time. */
  #waiting: (Int16Array | string)[] = [];
  /** When what was sent will have been played. */
  #freeMs = 0;
  #stopPump: (() => void) | undefined;
  #stopIdle: (() => void) | undefined;
  #isOver = false;
  #isBack = false;

  constructor(
    socket: Socket,
    { id, from, to, controlOf, clock, log }: AudioSocketCall & { clock: Clock; log: Log },
    frames: AudioSocketFrames,
    first: { kind: number; payload: Buffer }[],
  ) {
    this.id = id;
    if (from !== undefined) this.from = from;
    if (to !== undefined) this.to = to;
    this.#clock = clock;
    this.#log = log.child({ call: id });
    this.#handOver = new HandOver({
      control: controlOf?.(this),
      cure: 'let the dialplan do it: OPERATING.md has its lines',
      log: this.#log,
      push: (event) => this.#queue.push(event),
      isStreaming: () => this.#socket.writable,
      end: (reason) => this.#end(reason),
    });
    this.#attach(socket, frames);
    this.#receive(first);
  }

  /** The caller is here in this socket: at first, and when they are back from a transfer. */
  #attach(socket: Socket, frames: AudioSocketFrames): void {
    this.#socket = socket;
    this.#frames = frames;
    this.#framer = new Framer();
    this.#startMs = this.#lastMs = this.#clock.now();
    this.#receivedMs = this.#freeMs = 0;
    this.#waiting = [];
    const isOurs = (): boolean => this.#socket === socket && !this.#isBack;
    socket.on('data', (bytes) => {
      if (isOurs()) this.#receive(this.#frames.push(bytes));
    });
    socket.on('error', () => this.#count('socket_errors'));
    socket.on('close', () => {
      if (isOurs()) this.#gone('caller_hung_up');
    });
    this.#watch();
  }

  /** This socket is that of a caller who comes back to a line of theirs: it is that line's from now on. */
  comeBackTo(line: AudioSocketLine): void {
    this.#isBack = true;
    this.#stop();
    line.#attach(this.#socket, this.#frames);
  }

  /** Asterisk goes on with the dialplan; the caller may come back. */
  leave(): void {
    this.#waiting = [];
    this.#stopIdle?.();
    if (this.#socket.writable) this.#socket.end(audioSocketFrame(audioSocketKinds.hangUp));
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    this.#waiting.push(samples);
    this.#pump();
  }

  mark(name: string): void {
    this.#waiting.push(name);
    this.#pump();
  }

  clear(): void {
    this.#waiting = [];
  }

  /** A telephone shows nothing. */
  notify(): void {}

  /** The protocol has no word for it: the dialplan does it, where it said that it can. */
  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms = {}): void {
    this.#handOver.transfer(to, mode, packet, terms);
  }

  hangUp(): void {
    this.close();
  }

  /** Asterisk goes on with the dialplan after `AudioSocket()`. */
  close(): void {
    if (!this.#isOver && this.#socket.writable) this.#socket.end(audioSocketFrame(audioSocketKinds.hangUp));
    this.#stop();
    this.#socket.destroySoon();
  }

  #receive(frames: { kind: number; payload: Buffer }[]): void {
    this.#lastMs = this.#clock.now();
    for (const { kind, payload } of frames) if (!this.#isOver) this.#take(kind, payload);
  }

  #take(kind: number, payload: Buffer): void {
    switch (kind) {
      case audioSocketKinds.sound:
        return this.#hear(payload);
      case audioSocketKinds.key: {
        const digit = payload.toString('latin1');
        if (!/^[0-9*#A-D]$/.test(digit)) return this.#count('bad_messages');
        this.#queue.push({ kind: 'key', digit });
        return;
      }
      case audioSocketKinds.hangUp:
        return this.#gone('caller_hung_up');
      case audioSocketKinds.error:
        if (this.counters.carrier_problems === undefined)
          this.#log.warn('the carrier reports a problem', { code: payload.subarray(0, 4).toString('hex') });
        return this.#count('carrier_problems');
      default:
        return this.#count('unknown_messages');
    }
  }

  #hear(bytes: Buffer): void {
    // What the caller says to whoever is rung for them is not ours to hear.
    if (!this.#handOver.isHere) return;
    if (bytes.length === 0 || bytes.length % 2 !== 0) return this.#count('bad_audio');
    const nowMs = this.#clock.now() - this.#startMs;
    this.#receivedMs = Math.max(this.#receivedMs, nowMs - maxAheadMs) + bytes.length / 16;
    if (this.#receivedMs > nowMs + maxAheadMs) {
      this.#receivedMs -= bytes.length / 16;
      return this.#count('dropped_audio');
    }
    for (const samples of this.#framer.push(samplesOf(bytes))) this.#queue.push({ kind: 'audio', samples });
  }

  /** Sends what is due, and comes again when the next is. Absolute times: a late timer is made up for. */
  #pump(): void {
    if (this.#stopPump || this.#isOver) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const nowMs = this.#clock.now();
      if (nowMs < this.#freeMs) {
        this.#stopPump = this.#clock.at(this.#freeMs, () => {
          this.#stopPump = undefined;
          this.#pump();
        });
        return;
      }
      this.#waiting.shift();
      if (typeof next === 'string') {
        this.#queue.push({ kind: 'mark', name: next });
        continue;
      }
      this.#write(next);
      // At most what two frames are late is made up for: nothing of a burst could be taken back.
      this.#freeMs = (nowMs - this.#freeMs > 2 * frameMs ? nowMs : this.#freeMs) + frameMs;
    }
  }

  #write(samples: Int16Array): void {
    if (!this.#socket.writable) return;
    if (this.#socket.writableLength > maxWaitingBytes) return this.#count('dropped_sends');
    this.#socket.write(audioSocketFrame(audioSocketKinds.sound, bytesOf(samples)));
  }

  #watch(): void {
    this.#stopIdle = this.#clock.at(this.#lastMs + idleMs, () => {
      if (this.#clock.now() - this.#lastMs < idleMs) return this.#watch();
      this.#count('half_open');
      this.#gone('connection_lost');
      this.#socket.destroy();
    });
  }

  /** A socket ends a call, unless we left it to have somebody rung for the caller. */
  #gone(reason: string): void {
    if (this.#handOver.isHere) this.#end(reason);
  }

  #end(reason: string): void {
    this.#queue.push({ kind: 'hang_up', reason });
    this.#stop();
  }

  #stop(): void {
    this.#isOver = true;
    this.#queue.end();
    this.#waiting = [];
    this.#stopPump?.();
    this.#stopIdle?.();
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

export function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
