/**
 * The telephone at the far end of a carrier's stream, in real time: what is spoken into it leaves 20 ms at a time, what
 * reaches it waits, is heard 20 ms at a time, and marks are reached when all before them was heard. 8 kHz.
 */
export interface TelephoneEnd {
  /** 20 ms of the caller, silence included. */
  spoken(samples: Int16Array): void;
  /** A mark that was reached. */
  reached(mark: string): void;
}

export class Telephone {
  /** 20 ms a piece, silence included. */
  readonly heard: Int16Array[] = [];
  /** Marks that were reached. */
  readonly marks: string[] = [];
  clears = 0;
  /** The most that ever waited to be heard, ms. */
  mostAheadMs = 0;
  /** What goes wrong with marks: they are never told, or told so much later. */
  faults: { losesMarks?: boolean; lateMarksMs?: number } = {};
  #microphone: Int16Array[] = [];
  #waiting: (Int16Array | string)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the next 20 ms are to be heard. */
  #dueMs = Infinity;

  constructor(private readonly end: TelephoneEnd) {}

  start(): void {
    this.#tick(performance.now(), 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 160) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(at, at + 160));
      this.#microphone.push(frame);
    }
  }

  /** Sound that waits, ms; what should have been heard by now, had this process had the time, does not wait. */
  get aheadMs(): number {
    const waiting = this.#waiting.reduce((sum, one) => sum + (typeof one === 'string' ? 0 : one.length / 8), 0);
    return Math.max(0, waiting - Math.max(0, performance.now() - this.#dueMs));
  }

  play(samples: Int16Array): void {
    this.#waiting.push(samples);
    this.mostAheadMs = Math.max(this.mostAheadMs, this.aheadMs);
  }

  mark(name: string): void {
    if (this.#waiting.length === 0) this.#reach(name);
    else this.#waiting.push(name);
  }

  /** @returns the marks that were not reached */
  clear(): string[] {
    this.clears++;
    return this.#waiting.splice(0).filter((one) => typeof one === 'string');
  }

  #tick(startMs: number, n: number): void {
    // Absolute times: a late timer does not slow the line down.
    this.#dueMs = startMs + (n + 1) * 20;
    this.#timer = setTimeout(
      () => {
        this.end.spoken(this.#microphone.shift() ?? new Int16Array(160));
        this.heard.push(this.#hear());
        if (this.#timer) this.#tick(startMs, n + 1);
      },
      Math.max(0, this.#dueMs - performance.now()),
    );
  }

  #hear(): Int16Array {
    const frame = new Int16Array(160);
    let filled = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (typeof next === 'string') {
        this.#waiting.shift();
        this.#reach(next);
        continue;
      }
      if (filled === 160) break;
      const piece = next.subarray(0, 160 - filled);
      frame.set(piece, filled);
      filled += piece.length;
      if (piece.length < next.length) this.#waiting[0] = next.subarray(piece.length);
      else this.#waiting.shift();
    }
    return frame;
  }

  #reach(name: string): void {
    this.marks.push(name);
    this.tell(() => this.end.reached(name));
  }

  /** What is told of a mark, as it goes wrong with those. */
  tell(tell: () => void): void {
    const { losesMarks, lateMarksMs } = this.faults;
    if (losesMarks) return;
    if (lateMarksMs === undefined) tell();
    else setTimeout(tell, lateMarksMs);
  }
}

/** Nothing in it that anybody could hear. */
export function isSilent(frame: Int16Array): boolean {
  return frame.every((sample) => Math.abs(sample) < 200);
}
