import type { CallerIndex } from './dialog-store.js';
import type { WriteLedger } from './write-ledger.js';

/** A value, now or later: SQLite answers at once, a server does not. */
export type Awaitable<T> = T | Promise<T>;

/** The newest checkpoint of one namespace of a dialog, as text. */
export interface ShelfRow {
  threadId: string;
  namespace: string;
  id: string;
  parent: string | null;
  body: string;
  /** Of the claim under which it was put; 0 where nobody had claimed the dialog (LangGraph's own tools). */
  epoch: number;
}

/** The durable half of checkpoints: one row a dialog and namespace. */
export interface Shelf {
  read(threadId: string): Awaitable<Omit<ShelfRow, 'threadId' | 'epoch'>[]>;
  threads(): Awaitable<string[]>;
  /**
   * All or none of a dialog's rows. A row is refused when the dialog's epoch is another than its own, or, with 0,
   * when somebody has the dialog.
   *
   * @returns the dialogs that were refused
   */
  write(rows: ShelfRow[]): Awaitable<string[]>;
  delete(threadId: string): Awaitable<void>;
}

export interface ClaimedDialog {
  dialogId: string;
  epoch: number;
}

/** Who has which dialog, with the time after which it may be taken from a process that has died. */
export interface LeaseTable {
  /** The new epoch, or how long it is still held by somebody else. Whoever has it already gets it again. */
  acquire(
    dialogId: string,
    owner: string,
    options: { leaseMs: number; takeOver: boolean },
  ): Awaitable<{ epoch: number } | { heldMs: number }>;
  /** @returns those that are somebody else's by now */
  renew(owner: string, claims: readonly ClaimedDialog[], leaseMs: number): Awaitable<ClaimedDialog[]>;
  release(dialogId: string, owner: string, epoch: number): Awaitable<void>;
}

/** The ledger as a database keeps it: an intent is refused when the epoch is not the dialog's. */
export interface LedgerTable extends Omit<WriteLedger, 'intend'> {
  /** Durable when it resolves. False: refused. */
  intend(entry: { dialogId: string; callId: string; tool: string }, epoch: number): Promise<boolean>;
}

/** What a database brings along to become a store. */
export interface Backend {
  shelf: Shelf;
  leases: LeaseTable;
  ledger: LedgerTable;
  callers: CallerIndex;
  close(): Awaitable<void>;
}
