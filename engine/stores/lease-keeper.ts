import { randomUUID } from 'node:crypto';
import type { Clock } from '../contracts.js';
import { DialogHeld, type Claim, type ClaimOptions } from './dialog-store.js';
import type { LeaseTable } from './shelf.js';

/** A process that died holds its dialogs for so long; a live one renews three times as often. */
export const defaultLeaseMs = 15_000;

interface Held {
  epoch: number;
  lost: string | undefined;
  released: boolean;
}

/**
 * The dialogs that this process has: takes, renews and gives back their leases. A lease that cannot be renewed
 * because the database is away is kept in good faith; the epoch decides when it is back.
 */
export class LeaseKeeper {
  readonly #leases: LeaseTable;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #owner = randomUUID();
  readonly #held = new Map<string, Held>();
  readonly #onLost: (dialogId: string) => void;
  #cancelRound: (() => void) | undefined;

  constructor(options: { leases: LeaseTable; clock: Clock; leaseMs: number; onLost: (dialogId: string) => void }) {
    this.#leases = options.leases;
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
    this.#onLost = options.onLost;
  }

  /** @param beforeRelease what must be stored while the dialog is still ours */
  async claim(
    dialogId: string,
    { takeOver = false, waitMs = 0 }: ClaimOptions,
    beforeRelease: () => Promise<void>,
  ): Promise<Claim> {
    const until = this.#clock.now() + waitMs;
    for (;;) {
      const taken = await this.#leases.acquire(dialogId, this.#owner, { leaseMs: this.#leaseMs, takeOver });
      if ('epoch' in taken) return this.#hold(dialogId, taken.epoch, beforeRelease);
      const leftMs = until - this.#clock.now();
      if (leftMs <= 0) throw new DialogHeld(dialogId, taken.heldMs);
      // It may be given back sooner than it runs out.
      await this.#clock.sleep(Math.max(10, Math.min(leftMs, taken.heldMs + 5, 250)));
    }
  }

  /** 0 for a dialog that nobody claimed here. */
  epochOf(dialogId: string): number {
    return this.#held.get(dialogId)?.epoch ?? 0;
  }

  /** The database refused what this process put. */
  lose(dialogId: string): void {
    const held = this.#held.get(dialogId);
    if (!held || held.lost !== undefined) return;
    held.lost = `another process has taken it over (after epoch ${String(held.epoch)})`;
    this.#onLost(dialogId);
  }

  close(): void {
    this.#cancelRound?.();
    this.#cancelRound = undefined;
  }

  #hold(dialogId: string, epoch: number, beforeRelease: () => Promise<void>): Claim {
    const before = this.#held.get(dialogId);
    if (before)
      before.lost = `it was opened again in this process (epoch ${String(epoch)} after ${String(before.epoch)})`;
    const held: Held = { epoch, lost: undefined, released: false };
    this.#held.set(dialogId, held);
    this.#schedule();
    return {
      epoch,
      get lost() {
        return held.lost;
      },
      release: async () => {
        if (held.released) return;
        held.released = true;
        // Opened again here: the dialog is the later claim's to give back.
        if (this.#held.get(dialogId) !== held) return;
        try {
          await beforeRelease();
        } finally {
          if (this.#held.get(dialogId) === held) this.#held.delete(dialogId);
        }
        if (held.lost === undefined) await this.#leases.release(dialogId, this.#owner, epoch);
      },
    };
  }

  #schedule(): void {
    this.#cancelRound ??= this.#clock.at(this.#clock.now() + this.#leaseMs / 3, () => {
      this.#cancelRound = undefined;
      void this.#renewAll().finally(() => {
        if (this.#held.size > 0) this.#schedule();
      });
    });
  }

  async #renewAll(): Promise<void> {
    const claims = [...this.#held].flatMap(([dialogId, { epoch, lost }]) =>
      lost === undefined ? [{ dialogId, epoch }] : [],
    );
    try {
      const gone = await this.#leases.renew(this.#owner, claims, this.#leaseMs);
      for (const { dialogId, epoch } of gone) if (this.epochOf(dialogId) === epoch) this.lose(dialogId);
    } catch {
      // The database is away, which the writer behind the turns says already.
    }
  }
}
