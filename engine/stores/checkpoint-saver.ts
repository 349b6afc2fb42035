import { BaseCheckpointSaver, copyCheckpoint } from '@langchain/langgraph/web';

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

/** The durable half (L2): one row a dialog and namespace, newest only. Reads and writes at once, so keep them short. */
export interface Shelf {
  read(threadId: string): { namespace: string; saved: SavedCheckpoint }[];
  threads(): string[];
  write(rows: { threadId: string; namespace: string; saved: SavedCheckpoint }[]): void;
  delete(threadId: string): void;
}

/** LangGraph's own indexes of special writes: they replace, where ordinary writes are kept from the first time. */
const specialIndex: Record<string, number> = { __error__: -1, __scheduled__: -2, __interrupt__: -3, __resume__: -4 };
const sendsChannel = '__pregel_tasks';

/**
 * LangGraph's checkpoints, kept by reference in memory (L1), newest only unless `history` asks for more, and
 * written behind the turn to a shelf (L2). Why our own: LangGraph's MemorySaver keeps every checkpoint of every
 * turn (18 to 28 KB a turn, for ever), and its database savers make the caller wait for the database.
 *
 * By reference means that nobody may change a value after it was put: channel values are made by the pure step,
 * which never does.
 */
export class CheckpointSaver extends BaseCheckpointSaver {
  readonly #threads = new Map<string, Map<string, SavedCheckpoint[]>>();
  readonly #history: number;
  readonly #shelf: Shelf | undefined;
  readonly #onProblem: (problem: string) => void;
  readonly #dirty = new Map<string, { threadId: string; namespace: string }>();
  readonly #releasing = new Set<string>();
  #scheduled: ReturnType<typeof setImmediate> | undefined;

  /** @param options.history how many older checkpoints of a dialog to keep (for a debugger); 0 */
  constructor(options: { history?: number; shelf?: Shelf; onProblem?: (problem: string) => void } = {}) {
    super();
    this.#history = options.history ?? 0;
    this.#shelf = options.shelf;
    this.#onProblem = options.onProblem ?? (() => {});
  }

  override getTuple(config: Config): Promise<Tuple | undefined> {
    const { threadId, namespace, checkpointId } = placeOf(config);
    const saved = this.#find(threadId, namespace, checkpointId);
    return Promise.resolve(saved && this.#tuple(threadId!, namespace, saved));
  }

  override async *list(config: Config, options: ListOptions = {}): AsyncGenerator<Tuple> {
    const { threadId, namespace, checkpointId } = listPlace(config);
    const beforeId = options.before?.configurable?.checkpoint_id as string | undefined;
    const wanted = Object.entries(options.filter ?? {});
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const threadIds = threadId === undefined ? this.#allThreads() : [threadId];
    for (const id of threadIds) {
      for (const [space, all] of this.#load(id) ?? []) {
        if (namespace !== undefined && space !== namespace) continue;
        for (const saved of [...all].reverse()) {
          if (checkpointId !== undefined && saved.id !== checkpointId) continue;
          if (beforeId !== undefined && saved.id >= beforeId) continue;
          const metadata = saved.metadata as Record<string, unknown>;
          if (!wanted.every(([key, value]) => metadata[key] === value)) continue;
          if (left-- <= 0) return;
          yield await Promise.resolve(this.#tuple(id, space, saved));
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
    let spaces = this.#load(threadId);
    if (!spaces) this.#threads.set(threadId, (spaces = new Map()));
    const all = spaces.get(namespace) ?? [];
    const others = all.filter(({ id }) => id !== saved.id);
    others.push(saved);
    // Ids are time-ordered; only a replay puts one out of order.
    if (others.length > 1 && others.at(-2)!.id > saved.id) others.sort((a, b) => (a.id < b.id ? -1 : 1));
    spaces.set(namespace, others.slice(-1 - this.#history));
    this.#touch(threadId, namespace);
    return { configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: saved.id } };
  }

  override async putWrites(config: Config, writes: PendingWrites, taskId: string, taskPath = ''): Promise<void> {
    const { threadId, namespace, checkpointId } = placeOf(config);
    if (threadId === undefined) throw new Error('checkpoints: the configuration has no thread_id');
    if (checkpointId === undefined) throw new Error('checkpoints: the configuration has no checkpoint_id');
    const saved = this.#find(threadId, namespace, checkpointId);
    // A checkpoint that was superseded meanwhile: its writes are in the newer one.
    if (!saved) return;
    writes.forEach(([channel, value], position) => {
      const index = specialIndex[channel] ?? position;
      const key = `${taskId},${String(index)}`;
      if (index >= 0 && saved.writes.has(key)) return;
      saved.writes.set(key, { taskId, path: taskPath, index, channel, value });
    });
    this.#touch(threadId, namespace);
  }

  override deleteThread(threadId: string): Promise<void> {
    this.#threads.delete(threadId);
    for (const [key, place] of this.#dirty) if (place.threadId === threadId) this.#dirty.delete(key);
    this.#shelf?.delete(threadId);
    return Promise.resolve();
  }

  /** Writes what is not yet on the shelf, now. Throws when the shelf does. */
  flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (!this.#shelf || this.#dirty.size === 0) return;
    const places = [...this.#dirty.values()];
    this.#shelf.write(
      places.flatMap(({ threadId, namespace }) => {
        const saved = this.#threads.get(threadId)?.get(namespace)?.at(-1);
        return saved ? [{ threadId, namespace, saved }] : [];
      }),
    );
    this.#dirty.clear();
    for (const threadId of this.#releasing) this.#threads.delete(threadId);
    this.#releasing.clear();
  }

  /** Lets go of the copy in memory once it is on the shelf. Without a shelf the copy is all there is, and stays. */
  release(threadId: string): void {
    if (!this.#shelf) return;
    if ([...this.#dirty.values()].some((place) => place.threadId === threadId)) this.#releasing.add(threadId);
    else this.#threads.delete(threadId);
  }

  /** How many dialogs are held in memory. */
  get size(): number {
    return this.#threads.size;
  }

  #touch(threadId: string, namespace: string): void {
    if (!this.#shelf) return;
    this.#dirty.set(`${threadId}\u0000${namespace}`, { threadId, namespace });
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      try {
        this.flush();
      } catch (error) {
        // What is dirty stays so: the next turn, or whoever waits in flush(), tries again.
        this.#onProblem(`checkpoints: not written (${(error as Error).message}); trying again with the next turn`);
      }
    });
  }

  #load(threadId: string): Map<string, SavedCheckpoint[]> | undefined {
    const held = this.#threads.get(threadId);
    if (held || !this.#shelf) return held;
    const rows = this.#shelf.read(threadId);
    if (rows.length === 0) return undefined;
    const spaces = new Map(rows.map(({ namespace, saved }) => [namespace, [saved]]));
    this.#threads.set(threadId, spaces);
    return spaces;
  }

  #allThreads(): string[] {
    return [...new Set([...(this.#shelf?.threads() ?? []), ...this.#threads.keys()])];
  }

  #find(
    threadId: string | undefined,
    namespace: string,
    checkpointId: string | undefined,
  ): SavedCheckpoint | undefined {
    if (threadId === undefined) return undefined;
    const all = this.#load(threadId)?.get(namespace);
    return checkpointId === undefined ? all?.at(-1) : all?.find(({ id }) => id === checkpointId);
  }

  #tuple(threadId: string, namespace: string, saved: SavedCheckpoint): Tuple {
    const place = (id: string): Config => ({
      configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: id },
    });
    return {
      config: place(saved.id),
      checkpoint: this.#withSends(threadId, namespace, saved),
      metadata: saved.metadata,
      ...(saved.parent === undefined ? {} : { parentConfig: place(saved.parent) }),
      pendingWrites: orderedWrites(saved).map(({ taskId, channel, value }) => [taskId, channel, value]),
    };
  }

  /** Checkpoints before format 4 kept the sends of a step beside the parent; LangGraph asks savers to move them in. */
  #withSends(threadId: string, namespace: string, saved: SavedCheckpoint): Checkpoint {
    const checkpoint = copyCheckpoint(saved.checkpoint);
    if (checkpoint.v >= 4 || saved.parent === undefined) return checkpoint;
    const parent = this.#find(threadId, namespace, saved.parent);
    const sends = parent ? orderedWrites(parent).filter(({ channel }) => channel === sendsChannel) : [];
    checkpoint.channel_values = { ...checkpoint.channel_values, [sendsChannel]: sends.map(({ value }) => value) };
    const versions = Object.values(checkpoint.channel_versions).map(Number);
    checkpoint.channel_versions = {
      ...checkpoint.channel_versions,
      [sendsChannel]: versions.length > 0 ? Math.max(...versions) : this.getNextVersion(undefined),
    };
    return checkpoint;
  }
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
