/** A dialog that is watched: every input and everything it gives passes by, and real work holds the virtual clock. */
import type { Dialog, Input, Out, Understanding } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import type { PlayerClock } from './player-clock.js';

export interface DialogWatcher {
  turnStarted(input: Input): void;
  gave(out: Out): void;
  turnEnded(problem?: string): void;
}

export class WatchedDialog implements Dialog {
  readonly id: string;

  constructor(
    private readonly inner: Dialog,
    private readonly clock: PlayerClock,
    private readonly watcher: DialogWatcher,
  ) {
    this.id = inner.id;
  }

  async *turn(input: Input, run: { signal: AbortSignal }): AsyncIterable<Out> {
    this.watcher.turnStarted(input);
    const outs = this.inner.turn(input, run)[Symbol.asyncIterator]();
    let problem: string | undefined;
    try {
      for (;;) {
        const next = await this.clock.during(outs.next());
        if (next.done) return;
        this.watcher.gave(next.value);
        yield next.value;
      }
    } catch (error) {
      problem = messageOf(error);
      throw error;
    } finally {
      await outs.return?.();
      this.watcher.turnEnded(problem);
    }
  }

  understand(text: string, signal: AbortSignal): Promise<Understanding> {
    return this.clock.during(this.inner.understand(text, signal));
  }

  settlements(signal: AbortSignal): AsyncIterable<Extract<Input, { kind: 'tool' }>> {
    return this.inner.settlements(signal);
  }

  close(reason: string): Promise<void> {
    return this.inner.close(reason);
  }
}
