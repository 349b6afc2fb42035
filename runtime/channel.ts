/** Items in order from one writer to one reader, who can be waited for. */
export class Channel<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #ended = false;
  #problem: Error | undefined;
  #reading = false;
  #wake: (() => void) | undefined;
  #whenDrained: (() => void)[] = [];

  get length(): number {
    return this.#items.length;
  }

  /** Everything was taken, and the reader came back for more; or nobody reads. */
  get isDrained(): boolean {
    return this.#ended || !this.#reading || (this.#items.length === 0 && this.#wake !== undefined);
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
    this.#wake = undefined;
  }

  dropFirst(which: (item: T) => boolean): void {
    const at = this.#items.findIndex(which);
    if (at !== -1) this.#items.splice(at, 1);
  }

  /** The reader gets what is there, then the end (or `problem`, thrown). */
  end(problem?: Error): void {
    if (this.#ended) return;
    this.#problem = problem;
    this.#ended = true;
    this.#wake?.();
    this.#tell();
  }

  async drained(): Promise<void> {
    if (!this.isDrained) await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    this.#reading = true;
    try {
      for (;;) {
        while (this.#items.length > 0) yield this.#items.shift()!;
        if (this.#problem !== undefined) throw this.#problem;
        if (this.#ended) return;
        const more = new Promise<void>((resolve) => (this.#wake = resolve));
        this.#tell();
        await more;
        this.#wake = undefined;
      }
    } finally {
      this.#reading = false;
      this.#tell();
    }
  }

  #tell(): void {
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }
}
