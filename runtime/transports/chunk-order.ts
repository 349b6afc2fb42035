/** How many chunks of 20 ms may be waited for: 60 ms, as long as carriers mix up what they send. */
const mostHeld = 3;

/**
 * Puts chunks that arrive out of order into order, by the sender's own numbers. What is missing is waited for until
 * three later chunks are there; what comes after that, or twice, is dropped. Pure.
 */
export class ChunkOrder<T> {
  #next: number | undefined;
  #held = new Map<number, T>();

  /** @returns what may be heard now, in order; undefined for a chunk that was there before or comes too late */
  push(number: number, chunk: T): T[] | undefined {
    this.#next ??= number;
    if (number < this.#next || this.#held.has(number)) return undefined;
    this.#held.set(number, chunk);
    if (this.#held.size > mostHeld) this.#next = Math.min(...this.#held.keys());
    const ready: T[] = [];
    for (let held = this.#held.get(this.#next); held !== undefined; held = this.#held.get(this.#next)) {
      this.#held.delete(this.#next++);
      ready.push(held);
    }
    return ready;
  }

  /** What still waits, in order: the stream is over. */
  rest(): T[] {
    const rest = [...this.#held].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
    this.#held.clear();
    return rest;
  }
}
