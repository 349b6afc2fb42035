/** The agent's sound at the pace at which it is heard: nothing is kept at the far end that could not be taken back. */
import type { Clock } from '../../engine/contracts.js';
import { encodeMuLaw } from '../audio/g711.js';
import { frameMs, frameSamples } from '../contracts.js';

/** Later than this, and the frames that were due are not sent in a heap: the far end has filled the hole. */
const maxLateMs = 100;
/** After the last sound, so that the far end has silence to go on with and does not stretch the end of a word. */
const tailFrames = 20;
/** What was sent is remembered for so many frames, for a way that turns out to have been gone by then. */
const rememberedFrames = 50;
/** 0 in mu-law (ITU-T G.711, table 2a). */
const silence = new Uint8Array(frameSamples).fill(0xff);

export interface RtpOutOptions {
  clock: Clock;
  /** @param begins first packet after a pause (the marker bit, RFC 3551, 4.1) */
  send(payload: Uint8Array, timestamp: number, begins: boolean): void;
  /** All sound before this mark was sent. */
  passed(mark: string): void;
  count(name: string): void;
}

/** Sends a frame every 20 ms by deadlines that do not drift; time stamps go on as time does, also through pauses. */
export class RtpOut {
  readonly #options: RtpOutOptions;
  #waiting: (Uint8Array | { mark: string })[] = [];
  /** When the next frame is due; undefined while nothing has been sent. */
  #nextMs: number | undefined;
  #timestamp: number;
  #tail = 0;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #isHeld = false;
  /** What went out last, and when. */
  #sent: { frame: Uint8Array; atMs: number }[] = [];

  /** @param timestamp where the stream's time begins: at random, RFC 3550, 5.1 */
  constructor(options: RtpOutOptions, timestamp: number) {
    this.#options = options;
    this.#timestamp = timestamp;
  }

  push(samples: Int16Array): void {
    if (this.#isClosed) return;
    this.#waiting.push(encodeMuLaw(samples));
    if (!this.#isHeld) this.#run();
  }

  mark(name: string): void {
    if (this.#isClosed) return;
    if (this.#waiting.length === 0 && !this.#isHeld) this.#options.passed(name);
    else this.#waiting.push({ mark: name });
  }

  /** Nothing arrives at the moment: what was sent since then goes out again when it does. */
  hold(sinceMs: number): void {
    if (this.#isHeld || this.#isClosed) return;
    this.#isHeld = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#tail = 0;
    const lost = this.#sent.filter(({ atMs }) => atMs > sinceMs).map(({ frame }) => frame);
    this.#sent = [];
    this.#waiting.unshift(...lost);
  }

  release(): void {
    if (!this.#isHeld || this.#isClosed) return;
    this.#isHeld = false;
    if (this.#waiting.length > 0) this.#run();
  }

  /** From now on nothing of what waits is sent. */
  clear(): void {
    this.#waiting = [];
    this.#sent = [];
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#cancel?.();
  }

  /** Sends what is due, and comes back for the rest. */
  #run(): void {
    if (this.#cancel) return;
    const now = this.#options.clock.now();
    this.#catchUp(now);
    for (;;) {
      this.#passMarks();
      if (this.#nextMs! > now) break;
      const frame = this.#waiting[0] as Uint8Array | undefined;
      if (frame) this.#remember(frame, now);
      if (!frame && this.#tail === 0) return;
      this.#send(frame);
    }
    this.#cancel = this.#options.clock.at(this.#nextMs!, () => {
      this.#cancel = undefined;
      if (!this.#isClosed) this.#run();
    });
  }

  /** After a pause, or where we were held up for long, time has gone on without us. */
  #catchUp(now: number): void {
    if (this.#nextMs === undefined) this.#nextMs = now;
    const lateMs = now - this.#nextMs;
    const isPause = this.#tail === 0;
    if (lateMs <= (isPause ? 0 : maxLateMs)) return;
    if (!isPause) this.#options.count('late_sends');
    this.#timestamp = (this.#timestamp + Math.round(lateMs * (frameSamples / frameMs))) >>> 0;
    this.#nextMs = now;
  }

  #send(frame: Uint8Array | undefined): void {
    this.#options.send(frame ?? silence, this.#timestamp, this.#tail === 0);
    this.#tail = frame ? tailFrames : this.#tail - 1;
    if (frame) this.#waiting.shift();
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0;
    this.#nextMs! += frameMs;
  }

  #remember(frame: Uint8Array, atMs: number): void {
    this.#sent.push({ frame, atMs });
    if (this.#sent.length > rememberedFrames) this.#sent.shift();
  }

  #passMarks(): void {
    for (let first = this.#waiting[0]; first && 'mark' in first; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#options.passed(first.mark);
    }
  }
}
