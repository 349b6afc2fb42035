import type { Clock } from '../../engine/contracts.js';
import type { Line, LineEvent, LineNotice } from '../../runtime/contracts.js';
import { frameMs } from '../../runtime/contracts.js';
import { Channel } from '../../runtime/channel.js';

export interface FakeLineOptions {
  marks?: boolean;
  /** One way. */
  delayMs?: number;
  /** Marks are taken and never answered. */
  losesMarks?: boolean;
}

/**
 * The other end of a line, on the same clock: plays what it gets in real time, answers marks when it has played up
 * to them, and returns outstanding ones at once when it is cleared, as carriers do.
 */
export class FakeLine implements Line {
  readonly id = 'line';
  readonly transport = 'fake';
  readonly marks: boolean;
  readonly notices: { atMs: number; notice: LineNotice }[] = [];
  readonly frames: { sentMs: number; playMs: number; samples: Int16Array }[] = [];
  readonly clears: number[] = [];
  readonly marked: string[] = [];
  readonly transfers: { to: string; mode: string; packet: unknown }[] = [];
  hungUpMs: number | undefined;
  closed = 0;
  readonly #clock: Clock;
  readonly #options: FakeLineOptions;
  readonly #queue = new Channel<LineEvent>();
  #playEndMs = 0;
  #outstanding: { name: string; cancel: () => void }[] = [];

  constructor(clock: Clock, options: FakeLineOptions = {}) {
    this.#clock = clock;
    this.#options = options;
    this.marks = options.marks ?? true;
  }

  /** Something comes from the caller's end. */
  gives(event: LineEvent): void {
    this.#queue.push(event);
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  send(samples: Int16Array): void {
    const now = this.#clock.now();
    const playMs = Math.max(this.#playEndMs, now + (this.#options.delayMs ?? 0));
    this.#playEndMs = playMs + frameMs;
    this.frames.push({ sentMs: now, playMs, samples });
  }

  mark(name: string): void {
    this.marked.push(name);
    if (this.#options.losesMarks) return;
    const atMs = Math.max(this.#playEndMs, this.#clock.now()) + (this.#options.delayMs ?? 0);
    const cancel = this.#clock.at(atMs, () => {
      this.#outstanding = this.#outstanding.filter((one) => one.name !== name);
      this.#queue.push({ kind: 'mark', name });
    });
    this.#outstanding.push({ name, cancel });
  }

  clear(): void {
    const now = this.#clock.now();
    this.clears.push(now);
    this.#playEndMs = Math.min(this.#playEndMs, now);
    for (let i = this.frames.length - 1; i >= 0 && this.frames[i]!.playMs >= now; i--) this.frames.splice(i, 1);
    for (const { name, cancel } of this.#outstanding.splice(0)) {
      cancel();
      this.#queue.push({ kind: 'mark', name });
    }
  }

  notify(notice: LineNotice): void {
    this.notices.push({ atMs: this.#clock.now(), notice });
  }

  transfer(to: string, mode: 'cold' | 'warm', packet: unknown): void {
    this.transfers.push({ to, mode, packet });
  }

  hangUp(): void {
    this.hungUpMs ??= this.#clock.now();
  }

  close(): void {
    this.closed += 1;
    for (const { cancel } of this.#outstanding.splice(0)) cancel();
    this.#queue.end();
  }

  /** When something was played, in stretches, milliseconds. */
  get heard(): { fromMs: number; toMs: number }[] {
    const stretches: { fromMs: number; toMs: number }[] = [];
    for (const { playMs } of this.frames) {
      const last = stretches.at(-1);
      if (last && playMs - last.toMs < 1) last.toMs = playMs + frameMs;
      else stretches.push({ fromMs: playMs, toMs: playMs + frameMs });
    }
    return stretches;
  }
}
