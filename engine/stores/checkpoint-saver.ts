import { BaseCheckpointSaver, copyCheckpoint } from '@langchain/langgraph/web';
import type { Clock } from '../contracts.js';
import { DialogTaken } from './dialog-store.js';
import type { Shelf, ShelfRow } from './shelf.js';

// The checkpoint package is LangGraph's own dependency; its types are read off the base class, so that it need
// not be one of ours.
type Config = Parameters<BaseCheckpointSaver['put']>[0];
export type Checkpoint = Parameters<BaseCheckpointSaver['put']>[1];
export type Metadata = Parameters<BaseCheckpointSaver['put']>[2];
type Versions = Parameters<BaseCheckpointSaver['put']>[3];
type PendingWrites = Parameters<BaseCheckpointSaver['putWrites']>[1];
type Tuple = NonNullable<Awaited<ReturnType<BaseCheckpointSaver['getTuple']>>>;
type ListOptions = Parameters<BaseCheckpointSaver['list']>[1];

/** One checkpoint of one namespace of a dialog, with the writes of tasks that came after it. */
export interface SavedCheckpoint {
  id: string;
  parent?: string;
  checkpoint: Checkpoint;
  metadata: Metadata;
  writes: Map<string, SavedWrite>;
}

export interface SavedWrite {
  taskId: string;
  path: string;
  index: number;
  channel: string;
  value: unknown;
}

/** LangGraph's own indexes of special writes: they replace, where ordinary writes are kept from the first time. */
const specialIndex: Record<string, number> = { __error__: -1, __scheduled__: -2, __interrupt__: -3, __resume__: -4 };
const sendsChannel = '__pregel_tasks';

/** A shelf that failed is tried again after this long, then twice as long each time up to the second. */
const retryMs = { first: 200, longest: 5000 };

/**
 * LangGraph's checkpoints, kept by reference in memory (L1), newest only unless `history` asks for more, and
 * written behind the turn to a shelf (L2). Why our own: LangGraph's MemorySaver keeps every checkpoint of every
 * turn (18 to 28 KB a turn, for ever), and its database savers make the caller wait for the database.
 *
 * By reference means that nobody may change a value after it was put: channel values are made by the pure step,
 * which never does. With a shelf only dialogs that are held here stay in memory; another process may have put a
 * newer checkpoint of any other.
 */
export class CheckpointSaver extends BaseCheckpointSaver {
  readonly #threads = new Map<string, Map<string, SavedCheckpoint[]>>();
  readonly #history: number;
  readonly #shelf: Shelf | undefined;
  readonly #clock: Clock | undefined;
  readonly #onProblem: (problem: string) => void;
  readonly #onRefused: (threadId: string) => void;
  /** Epochs of the dialogs that this process has. */
  readonly #held = new Map<string, number>();
  /** Closed dialogs that are let go of as soon as they are stored. */
  readonly #releasing = new Set<string>();
  /** Puts that are not on the shelf yet: namespaces by thread. */
  #dirty = new Map<string, Set<string>>();
  #scheduled: ReturnType<typeof setImmediate> | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryMs = retryMs.first;
  /** The write that is under way: the next one waits for it. */
  #writing: Promise<void> | undefined;

  /**
   * @param options.history how many older checkpoints of a dialog to keep (for a debugger); 0
   * @param options.onRefused somebody else has the dialog: what was put here is not stored
   */
  constructor(
    options: {
      history?: number;
      shelf?: Shelf;
      clock?: Clock;
      onProblem?: (problem: string) => void;
      onRefused?: (threadId: string) => void;
    } = {},
  ) {
    super();
    this.#history = options.history ?? 0;
    this.#shelf = options.shelf;
    this.#clock = options.clock;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#onRefused = options.onRefused ?? (() => {});
  }

  override async getTuple(config: Config): Promise<Tuple | undefined> {
    const { threadId, namespace, checkpointId } = placeOf(config);
    if (threadId === undefined) return undefined;
    const spaces = this.#threads.get(threadId) ?? (await this.#load(threadId));
    const all = spaces?.get(namespace);
    const saved = findIn(all, checkpointId);
    return saved && tupleOf(threadId, namespace, saved, all!, () => this.getNextVersion(undefined));
  }

  override async *list(config: Config, options: ListOptions = {}): AsyncGenerator<Tuple> {
    const { threadId, namespace, checkpointId } = listPlace(config);
    const beforeId = options.before?.configurable?.checkpoint_id as string | undefined;
    const wanted = Object.entries(options.filter ?? {});
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const threadIds = threadId === undefined ? await this.#allThreads() : [threadId];
    for (const id of threadIds) {
      for (const [space, all] of this.#threads.get(id) ?? (await this.#load(id)) ?? []) {
        if (namespace !== undefined && space !== namespace) continue;
        for (const saved of [...all].reverse()) {
          if (checkpointId !== undefined && saved.id !== checkpointId) continue;
          if (beforeId !== undefined && saved.id >= beforeId) continue;
          const metadata = saved.metadata as Record<string, unknown>;
          if (!wanted.every(([key, value]) => metadata[key] === value)) continue;
          if (left-- <= 0) return;
          yield tupleOf(id, space, saved, all, () => this.getNextVersion(undefined));
        }
      }
    }
  }

  override async put(config: Config, checkpoint: Checkpoint, metadata: Metadata, versions: Versions): Promise<Config> {
    const { threadId, namespace, checkpointId: parent } = placeOf(config);
    if (threadId === undefined) throw new Error('checkpoints: the configuration has no thread_id');
    const kept = copyCheckpoint(checkpoint);
    // The first checkpoint of a thread holds only what was ever written; later ones are given whole.
    if (parent === undefined) {
      kept.channel_values = Object.fromEntries(
        Object.entries(kept.channel_values).filter(([name]) => name in versions),
      );
    }
    const saved: SavedCheckpoint = { id: checkpoint.id, parent, checkpoint: kept, metadata, writes: new Map() };
    const spaces = this.#threads.get(threadId) ?? (await this.#load(threadId)) ?? new Map<string, SavedCheckpoint[]>();
    this.#threads.set(threadId, spaces);
    const all = spaces.get(namespace) ?? [];
    const others = all.filter(({ id }) => id !== saved.id);
    others.push(saved);
    // Ids are time-ordered; only a replay puts one out of order.
    if (others.length > 1 && others.at(-2)!.id > saved.id) others.sort((a, b) => (a.id < b.id ? -1 : 1));
    spaces.set(namespace, others.slice(-1 - this.#history));
    await this.#touch(threadId, namespace);
    return { configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: saved.id } };
  }

  override async putWrites(config: Config, writes: PendingWrites, taskId: string, taskPath = ''): Promise<void> {
    const { threadId, namespace, checkpointId } = placeOf(config);
    if (threadId === undefined) throw new Error('checkpoints: the configuration has no thread_id');
    if (checkpointId === undefined) throw new Error('checkpoints: the configuration has no checkpoint_id');
    const spaces = this.#threads.get(threadId) ?? (await this.#load(threadId));
    const saved = findIn(spaces?.get(namespace), checkpointId);
    // A checkpoint that was superseded meanwhile: its writes are in the newer one.
    if (!saved) return;
    this.#threads.set(threadId, spaces!);
    writes.forEach(([channel, value], position) => {
      const index = specialIndex[channel] ?? position;
      const key = `${taskId},${String(index)}`;
      if (index >= 0 && saved.writes.has(key)) return;
      saved.writes.set(key, { taskId, path: taskPath, index, channel, value });
    });
    await this.#touch(threadId, namespace);
  }

  override async deleteThread(threadId: string): Promise<void> {
    this.#threads.delete(threadId);
    this.#dirty.delete(threadId);
    await this.#writing;
    await this.#shelf?.delete(threadId);
  }

  /** The dialog is this process's own from now on: what is in memory of it is what counts. */
  hold(threadId: string, epoch: number): void {
    const before = this.#held.get(threadId);
    this.#held.set(threadId, epoch);
    this.#releasing.delete(threadId);
    // Another process may have stored newer ones since; when it was ours all the time, memory is the newer one.
    if (this.#shelf && before !== epoch - 1) this.#forget(threadId);
  }

  /** Stores what is not yet stored and lets go. Without a shelf the copy in memory is all there is, and stays. */
  async release(threadId: string): Promise<void> {
    if (!this.#shelf) return;
    this.#releasing.add(threadId);
    await this.flush(threadId);
    this.#letGo(threadId);
  }

  #letGo(threadId: string): void {
    if (this.#dirty.has(threadId) || (this.#held.has(threadId) && !this.#releasing.has(threadId))) return;
    this.#threads.delete(threadId);
    this.#held.delete(threadId);
    this.#releasing.delete(threadId);
  }

  /**
   * Writes what is not yet on the shelf, now. Rejects when the shelf does: everything is kept then and tried again.
   *
   * @param threadId wait for this dialog only, and reject when it was refused
   */
  async flush(threadId?: string): Promise<void> {
    if (!this.#shelf) return;
    let refused: string[] = [];
    while (this.#writing) await this.#writing.catch(() => {});
    if (threadId === undefined ? this.#dirty.size > 0 : this.#dirty.has(threadId)) refused = await this.#write();
    if (threadId !== undefined && refused.includes(threadId)) throw new DialogTaken(threadId);
  }

  /** Writes what is left and stops trying. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      if (this.#scheduled) clearImmediate(this.#scheduled);
      this.#cancelRetry?.();
    }
  }

  /** How many dialogs are held in memory. */
  get size(): number {
    return this.#threads.size;
  }

  /** To be written behind the turn; at once where LangGraph's own tools put, which nobody flushes. */
  #touch(threadId: string, namespace: string): Promise<void> | undefined {
    if (!this.#shelf) return undefined;
    this.#markDirty(threadId, namespace);
    if (!this.#held.has(threadId)) return this.flush(threadId);
    if (!this.#cancelRetry) this.#schedule();
    return undefined;
  }

  #markDirty(threadId: string, namespace: string): void {
    const spaces = this.#dirty.get(threadId);
    if (spaces) spaces.add(namespace);
    else this.#dirty.set(threadId, new Set([namespace]));
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      if (this.#writing) void this.#writing.catch(() => {}).then(() => this.#schedule());
      else if (this.#dirty.size > 0) this.#write().catch(() => {});
    });
  }

  /** What was put meanwhile goes along with the next attempt: only the newest of each dialog is ever written. */
  #tryLater(error: unknown): void {
    if (this.#retryMs === retryMs.first)
      this.#onProblem(`checkpoints: not written (${(error as Error).message}); kept, and tried again until they are`);
    const again = (): void => {
      this.#cancelRetry = undefined;
      this.#schedule();
    };
    if (!this.#clock || this.#cancelRetry) return;
    this.#cancelRetry = this.#clock.at(this.#clock.now() + this.#retryMs, again);
    this.#retryMs = Math.min(this.#retryMs * 2, retryMs.longest);
  }

  /** @returns the dialogs that were refused */
  async #write(): Promise<string[]> {
    const taken = this.#dirty;
    this.#dirty = new Map();
    const rows = [...taken].flatMap(([threadId, spaces]) => this.#rowsOf(threadId, spaces));
    let done = (): void => {};
    this.#writing = new Promise((resolve) => (done = resolve));
    try {
      const refused = await this.#shelf!.write(rows);
      this.#retryMs = retryMs.first;
      for (const threadId of refused) {
        this.#dirty.delete(threadId);
        this.#forget(threadId);
        this.#onRefused(threadId);
      }
      for (const threadId of taken.keys()) this.#letGo(threadId);
      return refused;
    } catch (error) {
      for (const [threadId, spaces] of taken) for (const space of spaces) this.#markDirty(threadId, space);
      this.#tryLater(error);
      throw error;
    } finally {
      this.#writing = undefined;
      done();
    }
  }

  #rowsOf(threadId: string, spaces: Set<string>): ShelfRow[] {
    return [...spaces].flatMap((namespace) => {
      const all = this.#threads.get(threadId)?.get(namespace);
      const saved = all?.at(-1);
      if (!saved) return [];
      const { id, parent = null } = saved;
      return [{ threadId, namespace, id, parent, body: toBody(all!), epoch: this.#held.get(threadId) ?? 0 }];
    });
  }

  #forget(threadId: string): void {
    this.#threads.delete(threadId);
    this.#dirty.delete(threadId);
  }

  async #load(threadId: string): Promise<Map<string, SavedCheckpoint[]> | undefined> {
    if (!this.#shelf) return undefined;
    const rows = await this.#shelf.read(threadId);
    // Put while we read: that is the newer one.
    const held = this.#threads.get(threadId);
    if (held || rows.length === 0) return held;
    const spaces = new Map(rows.map((row) => [row.namespace, fromRow(row)]));
    if (this.#held.has(threadId)) this.#threads.set(threadId, spaces);
    return spaces;
  }

  async #allThreads(): Promise<string[]> {
    return [...new Set([...((await this.#shelf?.threads()) ?? []), ...this.#threads.keys()])];
  }
}

function findIn(all: SavedCheckpoint[] | undefined, checkpointId: string | undefined): SavedCheckpoint | undefined {
  return checkpointId === undefined ? all?.at(-1) : all?.find(({ id }) => id === checkpointId);
}

function tupleOf(
  threadId: string,
  namespace: string,
  saved: SavedCheckpoint,
  all: readonly SavedCheckpoint[],
  firstVersion: () => number,
): Tuple {
  const place = (id: string): Config => ({
    configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: id },
  });
  return {
    config: place(saved.id),
    checkpoint: withSends(saved, all, firstVersion),
    metadata: saved.metadata,
    ...(saved.parent === undefined ? {} : { parentConfig: place(saved.parent) }),
    pendingWrites: orderedWrites(saved).map(({ taskId, channel, value }) => [taskId, channel, value]),
  };
}

/** Checkpoints before format 4 kept the sends of a step beside the parent; LangGraph asks savers to move them in. */
function withSends(saved: SavedCheckpoint, all: readonly SavedCheckpoint[], firstVersion: () => number): Checkpoint {
  const checkpoint = copyCheckpoint(saved.checkpoint);
  if (checkpoint.v >= 4 || saved.parent === undefined) return checkpoint;
  const parent = all.find(({ id }) => id === saved.parent);
  const sends = parent ? orderedWrites(parent).filter(({ channel }) => channel === sendsChannel) : [];
  checkpoint.channel_values = { ...checkpoint.channel_values, [sendsChannel]: sends.map(({ value }) => value) };
  const versions = Object.values(checkpoint.channel_versions).map(Number);
  checkpoint.channel_versions = {
    ...checkpoint.channel_versions,
    [sendsChannel]: versions.length > 0 ? Math.max(...versions) : firstVersion(),
  };
  return checkpoint;
}

interface StoredCheckpoint {
  checkpoint: Checkpoint;
  metadata: Metadata;
  writes: SavedWrite[];
}

/** A row: the newest checkpoint, and with `history` those before it, oldest first. */
type Body = StoredCheckpoint & { older?: (StoredCheckpoint & { parent?: string })[] };

/** Channels hold JSON only (no messages, no classes), so plain JSON is enough and needs no reviver. */
function toBody(all: readonly SavedCheckpoint[]): string {
  const stored = ({ checkpoint, metadata, writes }: SavedCheckpoint): StoredCheckpoint => ({
    checkpoint,
    metadata,
    writes: [...writes.values()],
  });
  const older = all.slice(0, -1).map((saved) => ({ ...stored(saved), ...parentOf(saved.parent) }));
  const body: Body = { ...stored(all.at(-1)!), ...(older.length > 0 && { older }) };
  return JSON.stringify(body);
}

function fromRow(row: { id: string; parent: string | null; body: string }): SavedCheckpoint[] {
  const { older = [], ...newest } = JSON.parse(row.body) as Body;
  const saved = ({ checkpoint, metadata, writes }: StoredCheckpoint, parent: string | undefined): SavedCheckpoint => ({
    id: checkpoint.id,
    ...parentOf(parent),
    checkpoint,
    metadata,
    writes: new Map(writes.map((write) => [`${write.taskId},${String(write.index)}`, write])),
  });
  return [...older.map((one) => saved(one, one.parent)), saved(newest, row.parent ?? undefined)];
}

function parentOf(parent: string | undefined): { parent?: string } {
  return parent === undefined ? {} : { parent };
}

/** The order in which a live run would have applied them: by task path, then task, then position. */
function orderedWrites(saved: SavedCheckpoint): SavedWrite[] {
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...saved.writes.values()].sort(
    (a, b) => byText(a.path, b.path) || byText(a.taskId, b.taskId) || a.index - b.index,
  );
}

function placeOf(config: Config): {
  threadId: string | undefined;
  namespace: string;
  checkpointId: string | undefined;
} {
  if (!config.configurable) throw new Error('checkpoints: the configuration has no thread_id');
  const { thread_id, checkpoint_ns, checkpoint_id } = config.configurable as Record<string, string | undefined>;
  return { threadId: thread_id, namespace: checkpoint_ns ?? '', checkpointId: checkpoint_id };
}

/** For `list` a missing namespace means every one. */
function listPlace(config: Config): { threadId?: string; namespace?: string; checkpointId?: string } {
  const { thread_id, checkpoint_ns, checkpoint_id } = (config.configurable ?? {}) as Record<string, string | undefined>;
  return { threadId: thread_id, namespace: checkpoint_ns, checkpointId: checkpoint_id };
}
