import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ToolResult } from '../contracts.js';
import type { Checkpoint, CheckpointSaver, Metadata, SavedCheckpoint, SavedWrite, Shelf } from './checkpoint-saver.js';
import type { DialogStore } from './dialog-store.js';
import type { LedgerEntry, WriteLedger } from './write-ledger.js';

export interface SqliteStoreOptions {
  /** Default `.parley/dialogs.sqlite` in the current folder. The file is readable by its owner only. */
  file?: string;
  /** One line when a checkpoint could not be written; the dialog goes on. */
  onProblem?: (problem: string) => void;
}

/** As much of libsql's database as is used here. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: unknown[]): unknown;
    get(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
  };
  close(): void;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS checkpoints (
    thread TEXT NOT NULL, namespace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, body TEXT NOT NULL,
    PRIMARY KEY (thread, namespace)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger (
    call TEXT PRIMARY KEY, dialog TEXT NOT NULL, tool TEXT NOT NULL, result TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ledger_dialog ON ledger (dialog);
`;

/**
 * Dialogs in one SQLite file (WAL): they survive the process. Checkpoints are written behind the turn, the newest
 * only; the intent of a write is on the disk before the write is sent.
 */
export function sqliteStore(options: SqliteStoreOptions = {}): DialogStore {
  const file = options.file ?? join(process.cwd(), '.parley', 'dialogs.sqlite');
  let opened: Promise<{ database: Database; saver: CheckpointSaver; ledger: WriteLedger }> | undefined;
  let closed = false;
  const open = (): NonNullable<typeof opened> => {
    if (closed) return Promise.reject(new Error(`dialogs: ${file} is closed`));
    return (opened ??= openAll(file, options.onProblem).catch((error: unknown) => {
      throw new Error(`dialogs: cannot open ${file}: ${(error as Error).message}`, { cause: error });
    }));
  };
  return {
    name: 'sqlite',
    saver: async () => (await open()).saver,
    ledger: async () => (await open()).ledger,
    flush: async () => {
      if (opened) (await open()).saver.flush();
    },
    // What is let go of is read again from the file.
    retain: () => {},
    release(dialogId) {
      void opened?.then(({ saver }) => saver.release(dialogId));
    },
    async delete(dialogId) {
      const { saver, ledger } = await open();
      await saver.deleteThread(dialogId);
      ledger.delete(dialogId);
    },
    async close() {
      if (closed) return;
      const parts = opened;
      closed = true;
      if (!parts) return;
      const made = await parts.catch(() => undefined);
      if (!made) return;
      const { saver, database } = made;
      try {
        saver.flush();
      } finally {
        database.close();
      }
    },
  };
}

async function openAll(
  file: string,
  onProblem: ((problem: string) => void) | undefined,
): Promise<{ database: Database; saver: CheckpointSaver; ledger: WriteLedger }> {
  const [{ CheckpointSaver }, { default: Libsql }] = await Promise.all([
    import('./checkpoint-saver.js'),
    import('libsql'),
  ]);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives -wal and -shm the mode of the file, so it must be right before they are made.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new Libsql(file) as unknown as Database;
  database.exec(schema);
  const saver = new CheckpointSaver({ shelf: makeShelf(database), ...(onProblem && { onProblem }) });
  return { database, saver, ledger: makeLedger(database, saver) };
}

function makeShelf(database: Database): Shelf {
  const select = database.prepare('SELECT namespace, id, parent, body FROM checkpoints WHERE thread = ?');
  const threads = database.prepare('SELECT DISTINCT thread FROM checkpoints');
  const upsert = database.prepare(
    `INSERT INTO checkpoints (thread, namespace, id, parent, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (thread, namespace) DO UPDATE SET id = excluded.id, parent = excluded.parent, body = excluded.body`,
  );
  const remove = database.prepare('DELETE FROM checkpoints WHERE thread = ?');
  return {
    read: (threadId) =>
      (select.all(threadId) as { namespace: string; id: string; parent: string | null; body: string }[]).map((row) => ({
        namespace: row.namespace,
        saved: fromRow(row),
      })),
    threads: () => (threads.all() as { thread: string }[]).map(({ thread }) => thread),
    write: (rows) =>
      inTransaction(database, () => {
        for (const { threadId, namespace, saved } of rows) {
          upsert.run(threadId, namespace, saved.id, saved.parent ?? null, toBody(saved));
        }
      }),
    delete: (threadId) => void remove.run(threadId),
  };
}

function makeLedger(database: Database, saver: CheckpointSaver): WriteLedger {
  const find = database.prepare('SELECT call, dialog, tool, result FROM ledger WHERE call = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO ledger (call, dialog, tool) VALUES (?, ?, ?)');
  const settle = database.prepare('UPDATE ledger SET result = ? WHERE call = ?');
  const remove = database.prepare('DELETE FROM ledger WHERE dialog = ?');
  return {
    find(callId): LedgerEntry | undefined {
      const row = find.get(callId) as { call: string; dialog: string; tool: string; result: string | null } | undefined;
      if (!row) return undefined;
      const entry = { dialogId: row.dialog, callId: row.call, tool: row.tool };
      return row.result === null ? entry : { ...entry, result: JSON.parse(row.result) as ToolResult };
    },
    intend({ dialogId, callId, tool }) {
      // The turn that led here must survive too, and both must survive a power cut, not only a crash of the
      // process: so the checkpoint goes first and the whole log is synced once.
      saver.flush();
      database.exec('PRAGMA synchronous = FULL');
      try {
        insert.run(callId, dialogId, tool);
      } finally {
        database.exec('PRAGMA synchronous = NORMAL');
      }
    },
    settle: (callId, result) => void settle.run(JSON.stringify(result), callId),
    delete: (dialogId) => void remove.run(dialogId),
  };
}

function inTransaction(database: Database, run: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    run();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Channels hold JSON only (no messages, no classes), so plain JSON is enough and needs no reviver. */
function toBody(saved: SavedCheckpoint): string {
  return JSON.stringify({ checkpoint: saved.checkpoint, metadata: saved.metadata, writes: [...saved.writes.values()] });
}

function fromRow(row: { id: string; parent: string | null; body: string }): SavedCheckpoint {
  const body = JSON.parse(row.body) as { checkpoint: Checkpoint; metadata: Metadata; writes: SavedWrite[] };
  return {
    id: row.id,
    ...(row.parent === null ? {} : { parent: row.parent }),
    checkpoint: body.checkpoint,
    metadata: body.metadata,
    writes: new Map(body.writes.map((write) => [`${write.taskId},${String(write.index)}`, write])),
  };
}
