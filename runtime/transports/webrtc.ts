/**
 * A browser's call over WebRTC: PCMU over RTP, and over a data channel the messages of `/call` (captions, keys, marks).
 * The browser takes the sound out of its own jitter buffer, so what is heard follows from what was sent; a page that
 * knows better answers the marks.
 */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../engine/contracts.js';
import { Channel } from '../channel.js';
import type { Line, LineEvent, LineNotice } from '../contracts.js';
import { CallerMessages } from './caller-messages.js';
import { RtpIn, type RtpEvent } from './rtp-in.js';
import { RtpOut } from './rtp-out.js';
import type { Peer } from './werift-peer.js';

/** Between a packet's leaving and its being heard: half a round trip and the browser's buffer, as they commonly are. */
const unheardMs = 80;
/** How often it is looked whether packets have stopped. */
const lookMs = 60;
/** A machine that is there asks every few seconds, however quiet its caller is (RFC 7675, 5.1). */
const lostMs = 10_000;
/** Who answers marks, and answers none for so long while nothing else comes either, hears nothing at the moment. */
const stalledMs = 500;
/** Said before the data channel is open. */
const mostEarly = 100;

export interface WebRtcOptions {
  id: string;
  clock: Clock;
  from?: string;
  /** No packet for so long, and the line is gone. Default 10 s. */
  lostMs?: number;
  /** The token with which to come back to this call. */
  resume?: string;
  /** The connection is gone, and nobody had hung up. */
  onLost?: () => void;
}

export class WebRtcLine implements Line {
  readonly id: string;
  readonly transport = 'webrtc';
  /** Where no data channel is, they are answered here by the time at which they were sent. */
  readonly marks = true;
  readonly from?: string;
  readonly counters: Record<string, number> = {};
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #queue = new Channel<LineEvent>();
  readonly #in: RtpIn;
  readonly #out: RtpOut;
  readonly #messages: CallerMessages;
  readonly #lostMs: number;
  readonly #resume: string | undefined;
  readonly #onLost: (() => void) | undefined;
  #answersMarks = false;
  /** Since when a mark waits for its answer. */
  #askedMs: number | undefined;
  #early: string[] = [];
  #sequence = randomInt(0x8000);
  #aliveMs: number;
  #stopLooking: () => void;
  #isOver = false;

  constructor(peer: Peer, options: WebRtcOptions) {
    this.id = options.id;
    this.#peer = peer;
    this.#clock = options.clock;
    this.#lostMs = options.lostMs ?? lostMs;
    this.#resume = options.resume;
    this.#onLost = options.onLost;
    if (options.from !== undefined) this.from = options.from;
    this.#messages = new CallerMessages(this.#clock);
    this.#aliveMs = this.#clock.now();
    this.#in = new RtpIn({ types: peer.types, count: (name) => this.#count(name), nowMs: this.#aliveMs });
    this.#out = new RtpOut(
      {
        clock: this.#clock,
        send: (payload, timestamp, marker) => {
          peer.sendRtp({ sequence: this.#sequence, timestamp, payload, marker });
          this.#sequence = (this.#sequence + 1) & 0xffff;
        },
        passed: (name) => this.#passed(name),
        count: (name) => this.#count(name),
      },
      randomInt(2 ** 32),
    );
    peer.listen({
      packet: (packet) => {
        this.#isAlive();
        this.#hear(this.#in.push(packet, this.#aliveMs));
      },
      alive: () => this.#isAlive(),
      opened: () => this.#opened(),
      message: (data) => this.#control(data),
      closed: () => this.#end('caller_hung_up'),
      lost: () => this.lose(),
    });
    this.#stopLooking = this.#lookAgain();
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    this.#out.push(samples);
  }

  mark(name: string): void {
    this.#out.mark(name);
  }

  clear(): void {
    this.#out.clear();
    this.#say({ type: 'clear' });
  }

  notify(notice: LineNotice): void {
    const { kind, ...fields } = notice;
    this.#say({ type: kind, ...fields });
  }

  /** A browser cannot be handed over. */
  transfer(to: string, mode: 'cold' | 'warm'): void {
    this.#say({ type: 'transfer', to, mode });
    this.#queue.push({ kind: 'transfer', outcome: 'error' });
  }

  /** Why there is no call, for the page. */
  tell(problem: string): void {
    this.#say({ type: 'error', message: problem });
  }

  hangUp(): void {
    // What is said about the end in this very step still goes out before it.
    queueMicrotask(() => this.close());
  }

  /** The caller hangs up by other means than the connection. */
  callerHungUp(): void {
    this.#end('caller_hung_up');
  }

  /** The connection is gone or of no use any more, though nobody has hung up: the caller may come back. */
  lose(): void {
    if (this.#isOver) return;
    this.#onLost?.();
    this.#end('connection_lost');
  }

  close(): void {
    this.#isOver = true;
    this.#queue.end();
    this.#out.close();
    this.#stopLooking();
    this.#peer.close();
  }

  #opened(): void {
    this.#say({ type: 'ready', id: this.id, ...(this.#resume !== undefined && { resume: this.#resume }) });
    for (const text of this.#early.splice(0)) this.#peer.sendText(text);
  }

  #hear(events: RtpEvent[]): void {
    for (const event of events) this.#queue.push(event);
  }

  /** The sound before a mark is on its way. Who has a data channel says when it was played. */
  #passed(name: string): void {
    if (this.#peer.sendText(JSON.stringify({ type: 'mark', name }))) {
      if (this.#answersMarks) this.#askedMs ??= this.#clock.now();
      return;
    }
    this.#count('estimated_marks');
    this.#clock.at(this.#clock.now() + unheardMs, () => this.#queue.push({ kind: 'mark', name }));
  }

  #control(data: Buffer): void {
    this.#isAlive();
    const read = this.#messages.read(data);
    if ('passedOver' in read) return this.#count(read.passedOver);
    if (read.event.kind === 'mark') {
      this.#answersMarks = true;
      this.#askedMs = undefined;
    }
    if (read.event.kind === 'hang_up') return this.#end('caller_hung_up');
    this.#queue.push(read.event);
  }

  #lookAgain(): () => void {
    return this.#clock.at(this.#clock.now() + lookMs, () => {
      const now = this.#clock.now();
      this.#hear(this.#in.idle(now));
      const silentMs = now - this.#aliveMs;
      if (silentMs > stalledMs && now - (this.#askedMs ?? now) > stalledMs) this.#stall();
      if (silentMs > this.#lostMs) this.lose();
      if (!this.#isOver) this.#stopLooking = this.#lookAgain();
    });
  }

  #isAlive(): void {
    this.#aliveMs = this.#clock.now();
    this.#out.release();
  }

  /** What the agent says into the void would be heard by nobody: it waits until there is a way again. */
  #stall(): void {
    this.#askedMs = undefined;
    this.#count('stalls');
    this.#out.hold(this.#aliveMs);
  }

  #say(message: object): void {
    if (this.#isOver) return;
    const text = JSON.stringify(message);
    if (this.#peer.sendText(text) || !this.#peer.hasData) return;
    if (this.#peer.canSend || this.#early.length >= mostEarly) this.#count('dropped_sends');
    else this.#early.push(text);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#queue.push({ kind: 'hang_up', reason });
    this.close();
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}
