import type { CheckpointSaver } from './checkpoint-saver.js';
import type { DialogStore } from './dialog-store.js';
import { MemoryLedger } from './write-ledger.js';

export interface MemoryStoreOptions {
  /** How many older checkpoints of each dialog to keep, for a debugger. Default 0: newest only. */
  history?: number;
  /** How many closed dialogs to remember; the oldest goes first. Default 10,000 (about 8 KB each). */
  closedDialogs?: number;
}

/** Dialogs that live as long as the process: for tests, `flow talk`, and servers that need no more. */
export function memoryStore(options: MemoryStoreOptions = {}): DialogStore {
  const ledger = new MemoryLedger();
  const closed = new Set<string>();
  const limit = options.closedDialogs ?? 10_000;
  let saver: Promise<CheckpointSaver> | undefined;
  const open = (): Promise<CheckpointSaver> =>
    (saver ??= import('./checkpoint-saver.js').then(
      ({ CheckpointSaver }) => new CheckpointSaver({ history: options.history ?? 0 }),
    ));
  const forget = async (dialogId: string): Promise<void> => {
    closed.delete(dialogId);
    ledger.delete(dialogId);
    if (saver) await (await saver).deleteThread(dialogId);
  };
  return {
    name: 'memory',
    saver: async () => open(),
    ledger: () => Promise.resolve(ledger),
    flush: () => Promise.resolve(),
    retain: (dialogId) => void closed.delete(dialogId),
    release(dialogId) {
      closed.delete(dialogId);
      closed.add(dialogId);
      for (const oldest of closed) {
        if (closed.size <= limit) break;
        void forget(oldest);
      }
    },
    delete: forget,
    close: () => Promise.resolve(),
  };
}
