import { RealClock } from '../clock.js';
import type { Clock } from '../contracts.js';
import type { CheckpointSaver } from './checkpoint-saver.js';
import { DialogTaken, type DialogStore } from './dialog-store.js';
import { defaultLeaseMs, LeaseKeeper } from './lease-keeper.js';
import type { Backend } from './shelf.js';
import type { WriteLedger } from './write-ledger.js';

export interface DurableOptions {
  /** One line when a checkpoint could not be written, or a dialog was taken over; the dialog goes on. */
  onProblem?: (problem: string) => void;
  /** After this long a dead process's dialogs may be opened by another. Default 15 s. */
  leaseMs?: number;
  /** How many older checkpoints of an open dialog to keep in memory, for a debugger. Default 0: the newest only. */
  history?: number;
  clock?: Clock;
}

interface Opened {
  backend: Backend;
  saver: CheckpointSaver;
  keeper: LeaseKeeper;
  ledger: WriteLedger;
}

/**
 * A store over a database: checkpoints in memory, newest only, written behind the turn; the database decides by
 * epoch whose they are.
 *
 * @param place what the store is called in errors, without a password
 */
export function durableStore(
  name: string,
  place: string,
  open: () => Promise<Backend>,
  options: DurableOptions,
): DialogStore {
  let opened: Promise<Opened> | undefined;
  let closed = false;
  const opening = (): Promise<Opened> => {
    if (closed) return Promise.reject(new Error(`dialogs: ${place} is closed`));
    return (opened ??= openAll(open, options).catch((error: unknown) => {
      // A database that is away now may be there for the next call.
      opened = undefined;
      throw error;
    }));
  };
  return {
    name,
    saver: async () => (await opening()).saver,
    ledger: async () => (await opening()).ledger,
    flush: async () => {
      if (opened) await (await opening()).saver.flush();
    },
    async claim(dialogId, claimOptions = {}) {
      const { keeper, saver } = await opening();
      const claim = await keeper.claim(dialogId, claimOptions, () => saver.release(dialogId));
      saver.hold(dialogId, claim.epoch);
      return claim;
    },
    callers: {
      note: async (caller, dialogId) => (await opening()).backend.callers.note(caller, dialogId),
      find: async (caller, withinMs) => (await opening()).backend.callers.find(caller, withinMs),
      forget: async (caller, dialogId) => (await opening()).backend.callers.forget(caller, dialogId),
    },
    async delete(dialogId) {
      const { saver, ledger } = await opening();
      await saver.deleteThread(dialogId);
      await ledger.delete(dialogId);
    },
    async close() {
      if (closed) return;
      const parts = opened;
      closed = true;
      const made = await parts?.catch(() => undefined);
      if (!made) return;
      made.keeper.close();
      try {
        await made.saver.close();
      } finally {
        await made.backend.close();
      }
    },
  };
}

async function openAll(open: () => Promise<Backend>, options: DurableOptions): Promise<Opened> {
  const [{ CheckpointSaver }, backend] = await Promise.all([import('./checkpoint-saver.js'), open()]);
  const { onProblem = () => {}, leaseMs = defaultLeaseMs, clock = new RealClock(), history } = options;
  const keeper = new LeaseKeeper({
    leases: backend.leases,
    clock,
    leaseMs,
    onLost: (dialogId) =>
      onProblem(`dialog ${dialogId}: another process has taken it over; nothing more of it is stored here`),
  });
  const saver = new CheckpointSaver({
    shelf: backend.shelf,
    clock,
    onProblem,
    onRefused: (dialogId) => keeper.lose(dialogId),
    ...(history !== undefined && { history }),
  });
  return { backend, saver, keeper, ledger: fencedLedger(backend, saver, keeper) };
}

/** The turn that led to a write must survive too, so its checkpoint goes first; and both only while the dialog is ours. */
function fencedLedger({ ledger }: Backend, saver: CheckpointSaver, keeper: LeaseKeeper): WriteLedger {
  return {
    find: (dialogId, callId) => ledger.find(dialogId, callId),
    settle: (dialogId, callId, result) => ledger.settle(dialogId, callId, result),
    delete: (dialogId) => ledger.delete(dialogId),
    async intend(entry) {
      await saver.flush(entry.dialogId);
      if (await ledger.intend(entry, keeper.epochOf(entry.dialogId))) return;
      keeper.lose(entry.dialogId);
      throw new DialogTaken(entry.dialogId);
    },
  };
}
