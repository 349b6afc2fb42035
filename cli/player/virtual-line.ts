/**
 * A caller's end of the line on virtual time: plays what it is sent one frame after the other, returns marks when it
 * comes to them, and remembers when each sentence began, ended or was cut.
 */
import type { Clock } from '../../engine/contracts.js';
import { frameMs, type Line, type LineEvent, type LineNotice } from '../../runtime/contracts.js';
import { Channel } from '../../runtime/channel.js';

/** One sentence of the virtual voice on the line. `toMs` is when its last frame so far has been played. */
export interface PlayedSentence {
  number: number;
  fromMs: number;
  toMs: number;
  cut: boolean;
}

export class VirtualLine implements Line {
  readonly transport = 'virtual';
  readonly marks = true;
  readonly sentences: PlayedSentence[] = [];
  readonly notices: LineNotice[] = [];
  transferred: { to: string; mode: 'cold' | 'warm'; packet: unknown } | undefined;
  /** True once either side has hung up. */
  over = false;
  onTransfer: () => void = () => undefined;
  readonly #events = new Channel<LineEvent>();
  readonly #clock: Clock;
  readonly #pendingMarks = new Set<() => void>();
  #playedUntilMs = 0;

  constructor(
    clock: Clock,
    readonly id: string,
    readonly from?: string,
    readonly to?: string,
  ) {
    this.#clock = clock;
  }

  /** When the last frame that was sent has been played; in the past when nothing plays. */
  get playedUntilMs(): number {
    return this.#playedUntilMs;
  }

  events(): AsyncIterable<LineEvent> {
    return this.#events;
  }

  /** What the caller's end does: a key, an event, hanging up. */
  give(event: LineEvent): void {
    if (event.kind === 'hang_up') this.over = true;
    this.#events.push(event);
  }

  send(samples: Int16Array): void {
    const fromMs = Math.max(this.#clock.now(), this.#playedUntilMs);
    this.#playedUntilMs = fromMs + frameMs;
    // A frame may hold the end of one sentence and the beginning of the next.
    for (const number of new Set([samples[0]!, samples.at(-1)!])) {
      if (number <= 0) continue;
      const last = this.sentences.at(-1);
      if (last?.number === number && !last.cut) last.toMs = this.#playedUntilMs;
      else this.sentences.push({ number, fromMs, toMs: this.#playedUntilMs, cut: false });
    }
  }

  mark(name: string): void {
    const cancel = this.#clock.at(this.#playedUntilMs, () => {
      this.#pendingMarks.delete(cancel);
      this.#events.push({ kind: 'mark', name });
    });
    this.#pendingMarks.add(cancel);
  }

  clear(): void {
    const now = this.#clock.now();
    for (const sentence of this.sentences) {
      if (sentence.toMs > now) Object.assign(sentence, { toMs: Math.max(now, sentence.fromMs), cut: true });
    }
    this.#playedUntilMs = Math.min(this.#playedUntilMs, now);
    for (const cancel of this.#pendingMarks) cancel();
    this.#pendingMarks.clear();
  }

  notify(notice: LineNotice): void {
    this.notices.push(notice);
  }

  transfer(to: string, mode: 'cold' | 'warm', packet: unknown): void {
    this.transferred = { to, mode, packet };
    this.onTransfer();
  }

  hangUp(): void {
    this.over = true;
    this.#events.push({ kind: 'hang_up', reason: 'the agent hung up' });
  }

  close(): void {
    this.over = true;
    this.#events.end();
  }
}
