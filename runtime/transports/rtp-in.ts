/**
 * The caller's sound and keys out of RTP packets (RFC 3550) as the network brings them: late, twice, out of order, or
 * not at all. Pure.
 */
import { decodeMuLaw } from '../audio/g711.js';
import { Framer } from '../audio/framer.js';
import { ChunkOrder } from './chunk-order.js';

export interface Packet {
  payloadType: number;
  /** 16 bit, 32 bit: both begin anew when they run over. */
  sequence: number;
  timestamp: number;
  payload: Uint8Array;
}

export type RtpEvent = { kind: 'audio'; samples: Int16Array } | { kind: 'key'; digit: string };

/** Further ahead or behind than this is another stream: the sender began anew (RFC 3550, appendix A.1). */
const maxAhead = 3000;
const maxBehind = 100;
/** Nothing for so long, and the silence is made here: who decides that a turn is over waits for sound. */
const stallMs = 100;
/** A caller may be so much ahead of real time; what comes faster is dropped. */
const maxAheadMs = 2000;
const samplesPerMs = 8;
/** Sound from before what was heard comes too late, up to a second; further back the sender has another clock. */
const lateSamples = 8000;
/** By event code (RFC 4733, 3.2). */
const keys = '0123456789*#ABCD';

export class RtpIn {
  readonly #types: { pcmu: number; keys?: number };
  readonly #count: (name: string) => void;
  readonly #startMs: number;
  #order = new ChunkOrder<Packet>();
  #framer = new Framer();
  /** Of the newest packet, counted on without running over. */
  #newest: number | undefined;
  /** One that would begin a new stream, if its successor comes next. */
  #strange: number | undefined;
  /** Where the next packet's sound belongs, in the sender's time. */
  #next: number | undefined;
  #lastKey: number | undefined;
  #heardAtMs: number;
  /** Silence made here since the last sound, and since the last packet. */
  #filledMs = 0;
  #stalledMs = 0;
  #givenMs = 0;

  constructor(options: { types: { pcmu: number; keys?: number }; count: (name: string) => void; nowMs: number }) {
    this.#types = options.types;
    this.#count = options.count;
    this.#startMs = options.nowMs;
    this.#heardAtMs = options.nowMs;
  }

  /** @returns what can be heard now, in order */
  push(packet: Packet, nowMs: number): RtpEvent[] {
    const number = this.#place(packet.sequence);
    if (number === undefined) return [];
    const ready = this.#order.push(number, packet);
    if (!ready) this.#count('late_packets');
    this.#heardAtMs = nowMs;
    this.#stalledMs = 0;
    return (ready ?? []).flatMap((one) => this.#take(one, nowMs));
  }

  /** To be asked every few frames: what was waited for comes no more, and where nothing comes there is silence. */
  idle(nowMs: number): RtpEvent[] {
    const silentMs = nowMs - this.#heardAtMs;
    if (this.#next === undefined || silentMs < stallMs) return [];
    const held = this.#order.rest().flatMap((one) => this.#take(one, nowMs));
    if (held.length > 0) this.#order = new ChunkOrder();
    const missingMs = Math.floor(silentMs) - this.#stalledMs;
    this.#stalledMs += missingMs;
    this.#filledMs += missingMs;
    return [...held, ...this.#sound(new Int16Array(missingMs * samplesPerMs), nowMs)];
  }

  /** The packet's number, counted on from the one before; undefined for one of another stream. */
  #place(sequence: number): number | undefined {
    if (this.#newest === undefined) return (this.#newest = sequence);
    const step = ((sequence - this.#newest + 0x8000) & 0xffff) - 0x8000;
    if (step <= -maxBehind || step >= maxAhead) {
      if (this.#strange !== sequence) {
        this.#strange = (sequence + 1) & 0xffff;
        this.#count('strange_packets');
        return undefined;
      }
      this.#begin();
      return (this.#newest = sequence);
    }
    this.#strange = undefined;
    const number = this.#newest + step;
    this.#newest = Math.max(this.#newest, number);
    return number;
  }

  #begin(): void {
    this.#order = new ChunkOrder();
    this.#next = undefined;
    this.#strange = undefined;
    this.#count('stream_restarts');
  }

  #take({ payloadType, timestamp, payload }: Packet, nowMs: number): RtpEvent[] {
    if (payloadType === this.#types.keys) return this.#key(timestamp, payload);
    if (payloadType !== this.#types.pcmu || payload.length === 0) {
      this.#count('bad_packets');
      return [];
    }
    const gap = this.#next === undefined ? 0 : (timestamp - this.#next) | 0;
    if (gap < 0 && gap > -lateSamples) {
      this.#count('late_packets');
      return [];
    }
    this.#next = (timestamp + payload.length) >>> 0;
    const missing = gap - this.#filledMs * samplesPerMs;
    this.#filledMs = 0;
    if (gap > 0) this.#count('inbound_gaps');
    const silence = missing > 0 ? this.#sound(new Int16Array(this.#affordable(missing, nowMs)), nowMs) : [];
    return [...silence, ...this.#sound(decodeMuLaw(payload), nowMs)];
  }

  /** As much of a hole as is still real time: a time stamp far away is no reason to hear minutes of nothing. */
  #affordable(samples: number, nowMs: number): number {
    return Math.min(samples, Math.max(0, Math.floor(nowMs - this.#startMs - this.#givenMs)) * samplesPerMs);
  }

  #sound(samples: Int16Array, nowMs: number): RtpEvent[] {
    const ms = samples.length / samplesPerMs;
    const elapsedMs = nowMs - this.#startMs;
    // Who was quiet for long is not let off to send as much at once.
    this.#givenMs = Math.max(this.#givenMs, elapsedMs - maxAheadMs);
    if (this.#givenMs + ms > elapsedMs + maxAheadMs) {
      this.#count('dropped_audio');
      return [];
    }
    this.#givenMs += ms;
    return this.#framer.push(samples).map((frame) => ({ kind: 'audio', samples: frame }));
  }

  /** A key is sent several times while it is held, and three times at its end, all with the time of its beginning. */
  #key(timestamp: number, payload: Uint8Array): RtpEvent[] {
    const digit = payload.length >= 4 ? keys[payload[0]!] : undefined;
    if (digit === undefined) {
      this.#count('bad_packets');
      return [];
    }
    if (timestamp === this.#lastKey) return [];
    this.#lastKey = timestamp;
    return [{ kind: 'key', digit }];
  }
}
