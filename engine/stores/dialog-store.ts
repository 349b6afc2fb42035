import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { WriteLedger } from './write-ledger.js';

/**
 * Where dialogs outlive a turn, and (SQLite) a process. One store serves any number of dialogs; whoever made it
 * closes it. Types only: LangGraph and the database are imported when first asked for.
 */
export interface DialogStore {
  /** `memory` or `sqlite`, for logs. */
  readonly name: string;
  /** LangGraph's side of it, made on the first call. */
  saver(): Promise<BaseCheckpointSaver>;
  /** Intents and settlements of writes. */
  ledger(): Promise<WriteLedger>;
  /** Resolves when everything put until now survives a crash; rejects when it could not be written. */
  flush(): Promise<void>;
  /** The dialog is open in this process: what is kept of it stays. */
  retain(dialogId: string): void;
  /** The dialog is closed in this process: what was kept of it for speed may go. Its checkpoint stays. */
  release(dialogId: string): void;
  /** Forgets a dialog: checkpoints and ledger. */
  delete(dialogId: string): Promise<void>;
  /** Flushes and lets go. Later calls reject. */
  close(): Promise<void>;
}
