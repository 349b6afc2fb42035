/** Callers whose call broke off in the middle of a task, and who call again. */
import { createHash } from 'node:crypto';
import type { Clock } from '../contracts.js';
import type { DialogState } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import { DialogHeld, type DialogStore } from '../stores/dialog-store.js';
import { defaultLeaseMs } from '../stores/lease-keeper.js';

/** A task that goes on for long is noted again, so that the time to come back counts from its last turns. */
const noteAgainMs = 30_000;

/** Numbers do not lie about in a table of their own. */
function keyOf(agent: Agent, caller: string): string {
  return createHash('sha256').update(`${agent.name}\0${caller}`).digest('hex').slice(0, 32);
}

/**
 * The dialog of a caller's last call, if that call broke off in the middle of a task less than `withinMs` ago: to be
 * opened with `takeOver` and `returning`. Undefined also while somebody else of the same number is speaking in it: here,
 * as `isHere` says, or in another process, which counts as alive for a third of its lease after its last sign. Found, it
 * is found no more: of two calls of one number at once, one goes on. It is noted again with its next turn.
 */
export async function findUnfinished(
  agent: Agent,
  {
    store,
    caller,
    withinMs,
    isHere,
    leaseMs = defaultLeaseMs,
  }: {
    store: DialogStore;
    caller: string;
    withinMs: number;
    isHere: (dialogId: string) => boolean;
    /** Of the store. */
    leaseMs?: number;
  },
): Promise<string | undefined> {
  const key = keyOf(agent, caller);
  const id = await store.callers.find(key, withinMs);
  if (id === undefined || isHere(id)) return undefined;
  if (await isHeld(store, id, leaseMs)) return undefined;
  const [saver, { isUnfinished }, { adoptState }] = await Promise.all([
    store.saver(),
    import('../dialog/returning.js'),
    import('./adopt-state.js'),
  ]);
  const tuple = await saver.getTuple({ configurable: { thread_id: id, checkpoint_ns: '' } });
  const state = (tuple?.checkpoint.channel_values as { dialog?: DialogState } | undefined)?.dialog;
  if (!state) return undefined;
  const { state: adopted, lost } = adoptState(agent, state);
  if (lost || !isUnfinished(agent, adopted)) return undefined;
  return (await store.callers.forget(key, id)) ? id : undefined;
}

/** A live process has renewed its lease within a third of it; a little is for a slow database. */
async function isHeld(store: DialogStore, id: string, leaseMs: number): Promise<boolean> {
  try {
    const claim = await store.claim(id);
    await claim.release();
    return false;
  } catch (error) {
    if (error instanceof DialogHeld) return error.forMs > (leaseMs * 19) / 30;
    throw error;
  }
}

interface Noted {
  agent: Agent;
  store: DialogStore;
  id: string;
  caller: string;
  clock: Clock;
  isUnfinished: (agent: Agent, state: DialogState) => boolean;
  onProblem: (line: string) => void;
}

export interface CallerNote {
  keep(state: DialogState): void;
  /** Resolves when all that was to be noted is stored, or was told as a problem. */
  settled(): Promise<void>;
}

/** Keeps the note of a caller in step with the dialog: there while a task is open, gone when it is not. */
export function callerNote(parts: Noted): CallerNote {
  const { agent, store, id, clock, isUnfinished, onProblem } = parts;
  const key = keyOf(agent, parts.caller);
  let notedMs: number | undefined;
  /** An earlier process may have noted it. */
  let mayBeNoted = true;
  let before = Promise.resolve();
  const next = (work: () => Promise<unknown>): void => {
    before = before
      .then(work)
      .then(() => undefined)
      .catch((error: unknown) => {
        onProblem(`dialog ${id}: not noted for a caller who calls again: ${(error as Error).message}`);
      });
  };
  const keep = (state: DialogState): void => {
    if (isUnfinished(agent, state)) {
      const now = clock.now();
      // A hang-up is where the time to come back begins.
      if (notedMs !== undefined && now - notedMs < noteAgainMs && state.ended !== true) return;
      notedMs = now;
      mayBeNoted = true;
      next(() => store.callers.note(key, id));
    } else if (mayBeNoted) {
      mayBeNoted = false;
      notedMs = undefined;
      next(() => store.callers.forget(key, id));
    }
  };
  return { keep, settled: () => before };
}
