import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RealClock } from '../clock.js';
import type { Clock, ToolResult } from '../contracts.js';
import type { DialogStore, CallerIndex } from './dialog-store.js';
import { durableStore, type DurableOptions } from './durable-store.js';
import type { Backend, LeaseTable, LedgerTable, Shelf } from './shelf.js';

export interface SqliteStoreOptions extends DurableOptions {
  /** Default `.parley/dialogs.sqlite` in the current folder. The file is readable by its owner only. */
  file?: string;
}

/** As much of libsql's database as is used here. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: unknown[]): { changes: number };
    get(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
  };
  /** False when the database itself has undone what was begun. */
  readonly inTransaction: boolean;
  close(): void;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS checkpoints (
    thread TEXT NOT NULL, namespace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, body TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (thread, namespace)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger (
    call TEXT PRIMARY KEY, dialog TEXT NOT NULL, tool TEXT NOT NULL, result TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ledger_dialog ON ledger (dialog);
  CREATE TABLE IF NOT EXISTS leases (
    dialog TEXT PRIMARY KEY, owner TEXT NOT NULL, epoch INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS callers (
    caller TEXT PRIMARY KEY, dialog TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Dialogs in one SQLite file (WAL): they survive the process. Checkpoints are written behind the turn, the newest
 * only; the intent of a write is on the disk before the write is sent.
 */
export function sqliteStore(options: SqliteStoreOptions = {}): DialogStore {
  const file = options.file ?? join(process.cwd(), '.parley', 'dialogs.sqlite');
  const clock = options.clock ?? new RealClock();
  const open = (): Promise<Backend> =>
    openFile(file, clock).catch((error: unknown) => {
      throw new Error(`dialogs: cannot open ${file}: ${(error as Error).message}`, { cause: error });
    });
  return durableStore('sqlite', file, open, { ...options, clock });
}

async function openFile(file: string, clock: Clock): Promise<Backend> {
  const { default: Libsql } = await import('libsql');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives -wal and -shm the mode of the file, so it must be right before they are made.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new Libsql(file) as unknown as Database;
  database.exec(schema);
  const columns = database.prepare("SELECT name FROM pragma_table_info('checkpoints')").all() as { name: string }[];
  // A file from before dialogs had epochs.
  if (!columns.some(({ name }) => name === 'epoch'))
    database.exec('ALTER TABLE checkpoints ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0');
  return {
    shelf: makeShelf(database, clock),
    leases: makeLeases(database, clock),
    ledger: makeLedger(database, clock),
    callers: makeCallers(database, clock),
    close: () => database.close(),
  };
}

/** Whether a dialog may be written to under an epoch: see {@link Shelf.write}. */
function makeFence(database: Database, clock: Clock): (dialogId: string, epoch: number) => boolean {
  const select = database.prepare('SELECT epoch, expires FROM leases WHERE dialog = ?');
  return (dialogId, epoch) => {
    const lease = select.get(dialogId) as { epoch: number; expires: number } | undefined;
    return epoch === 0 ? !lease || lease.expires <= clock.date() : lease?.epoch === epoch;
  };
}

function makeShelf(database: Database, clock: Clock): Shelf {
  const mayWrite = makeFence(database, clock);
  const select = database.prepare('SELECT namespace, id, parent, body FROM checkpoints WHERE thread = ?');
  const threads = database.prepare('SELECT DISTINCT thread FROM checkpoints');
  const upsert = database.prepare(
    `INSERT INTO checkpoints (thread, namespace, id, parent, body, epoch) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (thread, namespace) DO UPDATE
     SET id = excluded.id, parent = excluded.parent, body = excluded.body, epoch = excluded.epoch`,
  );
  const remove = database.prepare('DELETE FROM checkpoints WHERE thread = ?');
  return {
    read: (threadId) => select.all(threadId) as ReturnType<Shelf['read']> & unknown[],
    threads: () => (threads.all() as { thread: string }[]).map(({ thread }) => thread),
    write: (rows) =>
      inTransaction(database, () => {
        const refused = new Set<string>();
        for (const { threadId, namespace, id, parent, body, epoch } of rows) {
          if (mayWrite(threadId, epoch)) upsert.run(threadId, namespace, id, parent, body, epoch);
          else refused.add(threadId);
        }
        return [...refused];
      }),
    delete: (threadId) => void remove.run(threadId),
  };
}

function makeLeases(database: Database, clock: Clock): LeaseTable {
  const acquire = database.prepare(
    `INSERT INTO leases (dialog, owner, epoch, expires) VALUES (?1, ?2, 1, ?3)
     ON CONFLICT (dialog) DO UPDATE SET owner = ?2, epoch = epoch + 1, expires = ?3
     WHERE expires <= ?4 OR owner = ?2 OR ?5 RETURNING epoch`,
  );
  const select = database.prepare('SELECT expires FROM leases WHERE dialog = ?');
  const renew = database.prepare('UPDATE leases SET expires = ? WHERE dialog = ? AND owner = ? AND epoch = ?');
  return {
    acquire(dialogId, owner, { leaseMs, takeOver }) {
      const now = clock.date();
      const taken = acquire.all(dialogId, owner, now + leaseMs, now, takeOver ? 1 : 0) as { epoch: number }[];
      if (taken[0]) return { epoch: taken[0].epoch };
      const held = select.get(dialogId) as { expires: number } | undefined;
      return { heldMs: Math.max(0, (held?.expires ?? now) - now) };
    },
    renew: (owner, claims, leaseMs) =>
      inTransaction(database, () => {
        const expires = clock.date() + leaseMs;
        return claims.filter(({ dialogId, epoch }) => renew.run(expires, dialogId, owner, epoch).changes === 0);
      }),
    release: (dialogId, owner, epoch) => void renew.run(0, dialogId, owner, epoch),
  };
}

function makeLedger(database: Database, clock: Clock): LedgerTable {
  const mayWrite = makeFence(database, clock);
  const find = database.prepare('SELECT tool, result FROM ledger WHERE call = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO ledger (call, dialog, tool) VALUES (?, ?, ?)');
  const settle = database.prepare('UPDATE ledger SET result = ? WHERE call = ?');
  const remove = database.prepare('DELETE FROM ledger WHERE dialog = ?');
  return {
    find(dialogId, callId) {
      const row = find.get(callId) as { tool: string; result: string | null } | undefined;
      if (!row) return Promise.resolve(undefined);
      const entry = { dialogId, callId, tool: row.tool };
      return Promise.resolve(row.result === null ? entry : { ...entry, result: JSON.parse(row.result) as ToolResult });
    },
    async intend({ dialogId, callId, tool }, epoch) {
      // It and the checkpoint before it must survive a power cut, not only a crash of the process: the whole log
      // is synced once.
      database.exec('PRAGMA synchronous = FULL');
      try {
        return inTransaction(database, () => {
          if (!mayWrite(dialogId, epoch)) return false;
          insert.run(callId, dialogId, tool);
          return true;
        });
      } finally {
        database.exec('PRAGMA synchronous = NORMAL');
      }
    },
    async settle(_dialogId, callId, result) {
      settle.run(JSON.stringify(result), callId);
    },
    async delete(dialogId) {
      remove.run(dialogId);
    },
  };
}

function makeCallers(database: Database, clock: Clock): CallerIndex {
  const note = database.prepare('INSERT OR REPLACE INTO callers (caller, dialog, at) VALUES (?, ?, ?)');
  const find = database.prepare('SELECT dialog FROM callers WHERE caller = ? AND at > ?');
  const forget = database.prepare('DELETE FROM callers WHERE caller = ? AND dialog = ?');
  return {
    async note(caller, dialogId) {
      note.run(caller, dialogId, clock.date());
    },
    async find(caller, withinMs) {
      return (find.get(caller, clock.date() - withinMs) as { dialog: string } | undefined)?.dialog;
    },
    async forget(caller, dialogId) {
      return forget.run(caller, dialogId).changes > 0;
    },
  };
}

/** All of it or nothing. What went wrong is told as it was: a full disk has undone the transaction by itself already. */
export function inTransaction<T>(database: Database, run: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
