import { RealClock } from '../clock.js';
import type { Clock } from '../contracts.js';
import type { CheckpointSaver } from './checkpoint-saver.js';
import type { CallerIndex, Claim, DialogStore } from './dialog-store.js';
import { MemoryLedger } from './write-ledger.js';

export interface MemoryStoreOptions {
  /** How many older checkpoints of each dialog to keep, for a debugger. Default 0: newest only. */
  history?: number;
  /** How many closed dialogs to remember; the oldest goes first. Default 10,000 (about 8 KB each). */
  closedDialogs?: number;
  clock?: Clock;
}

/** Dialogs that live as long as the process: for tests, `flow talk`, and servers that need no more. */
export function memoryStore(options: MemoryStoreOptions = {}): DialogStore {
  const ledger = new MemoryLedger();
  const closed = new Set<string>();
  const claims = new Map<string, { epoch: number; lost: string | undefined }>();
  const limit = options.closedDialogs ?? 10_000;
  let saver: Promise<CheckpointSaver> | undefined;
  const open = (): Promise<CheckpointSaver> =>
    (saver ??= import('./checkpoint-saver.js').then(
      ({ CheckpointSaver }) => new CheckpointSaver({ history: options.history ?? 0 }),
    ));
  const forget = async (dialogId: string): Promise<void> => {
    closed.delete(dialogId);
    claims.delete(dialogId);
    await ledger.delete(dialogId);
    if (saver) await (await saver).deleteThread(dialogId);
  };
  const release = (dialogId: string): void => {
    closed.delete(dialogId);
    closed.add(dialogId);
    for (const oldest of closed) {
      if (closed.size <= limit) break;
      void forget(oldest);
    }
  };
  return {
    name: 'memory',
    saver: async () => open(),
    ledger: () => Promise.resolve(ledger),
    flush: () => Promise.resolve(),
    claim(dialogId): Promise<Claim> {
      closed.delete(dialogId);
      const before = claims.get(dialogId);
      if (before) before.lost = 'it was opened again in this process';
      const held = { epoch: (before?.epoch ?? 0) + 1, lost: undefined as string | undefined };
      claims.set(dialogId, held);
      return Promise.resolve({
        epoch: held.epoch,
        get lost() {
          return held.lost;
        },
        release: () => {
          if (claims.get(dialogId) === held) release(dialogId);
          return Promise.resolve();
        },
      });
    },
    callers: memoryCallers(options.clock ?? new RealClock()),
    delete: forget,
    close: () => Promise.resolve(),
  };
}

/** A caller is one short row; a process that lives long sees the oldest go. */
const mostCallers = 10_000;

function memoryCallers(clock: Clock): CallerIndex {
  const last = new Map<string, { dialogId: string; atMs: number }>();
  return {
    note(caller, dialogId) {
      last.delete(caller);
      last.set(caller, { dialogId, atMs: clock.date() });
      for (const oldest of last.keys()) {
        if (last.size <= mostCallers) break;
        last.delete(oldest);
      }
      return Promise.resolve();
    },
    find(caller, withinMs) {
      const found = last.get(caller);
      return Promise.resolve(found && clock.date() - found.atMs < withinMs ? found.dialogId : undefined);
    },
    forget(caller, dialogId) {
      return Promise.resolve(last.get(caller)?.dialogId === dialogId && last.delete(caller));
    },
  };
}
