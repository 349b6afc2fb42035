/**
 * Where values of callers live between calls (`scope: caller`). Callers are known by a hash of their number, so that
 * the file is no list of who called; with `PARLEY_MEMORY_KEY` the hash is keyed and the values are encrypted too
 * (numbers are few enough to try them all against a plain hash). Without a key they are as safe as the file: 0600.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { RealClock } from '../clock.js';
import type { Clock, Json } from '../contracts.js';

/** A value, and until when it is kept: calendar milliseconds. */
export interface KeptValue {
  value: Json;
  untilMs: number;
}

/** Any store of callers' values: rows by a name that says nothing of who it is. Bodies are opaque. */
export interface CallerShelf {
  read(caller: string): Promise<string | undefined>;
  /** Replaces the row; it is gone by itself at `untilMs`, and others that are over go with it. */
  write(caller: string, body: string, untilMs: number): Promise<void>;
  delete(caller: string): Promise<void>;
  close(): Promise<void>;
}

/** What a dialog asks of the memory of callers. */
export interface CallerMemory {
  /** The values that are still kept. @param caller the agent and the caller's number, made one by whoever asks */
  read(caller: string): Promise<Record<string, KeptValue>>;
  /** All that is kept from now on; nothing: the caller is forgotten. */
  write(caller: string, values: Record<string, KeptValue>): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param key encrypts the values and keys the names; without one they are hashed and readable
 */
export function callerMemory(shelf: CallerShelf, options: { key?: string; clock?: Clock } = {}): CallerMemory {
  const { key, clock = new RealClock() } = options;
  const nameOf = (caller: string): string =>
    (key === undefined ? createHash('sha256') : createHmac('sha256', key)).update(caller).digest('base64url');
  return {
    async read(caller) {
      const body = await shelf.read(nameOf(caller));
      const values = body === undefined ? undefined : unseal(body, key);
      const now = clock.date();
      return Object.fromEntries(Object.entries(values ?? {}).filter(([, { untilMs }]) => untilMs > now));
    },
    async write(caller, values) {
      const name = nameOf(caller);
      const untils = Object.values(values).map(({ untilMs }) => untilMs);
      if (untils.length === 0) return shelf.delete(name);
      await shelf.write(name, seal(values, key), Math.max(...untils));
    },
    close: () => shelf.close(),
  };
}

function cipherKey(key: string): Buffer {
  return createHash('sha256').update(`parley caller memory\0${key}`).digest();
}

function seal(values: Record<string, KeptValue>, key: string | undefined): string {
  const text = JSON.stringify(values);
  if (key === undefined) return text;
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', cipherKey(key), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** Undefined where it was sealed with another key: the caller is then unknown, and no call fails for it. */
function unseal(body: string, key: string | undefined): Record<string, KeptValue> | undefined {
  try {
    if (body.startsWith('{')) return JSON.parse(body) as Record<string, KeptValue>;
    if (key === undefined) return undefined;
    const bytes = Buffer.from(body, 'base64');
    const cipher = createDecipheriv('aes-256-gcm', cipherKey(key), bytes.subarray(0, 12)).setAuthTag(
      bytes.subarray(12, 28),
    );
    return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8')) as Record<
      string,
      KeptValue
    >;
  } catch {
    return undefined;
  }
}

/** As long as the process: tests, `flow talk`. */
export function memoryShelf(options: { clock?: Clock } = {}): CallerShelf {
  const { clock = new RealClock() } = options;
  const rows = new Map<string, { body: string; untilMs: number }>();
  const purge = (): void => {
    for (const [name, { untilMs }] of rows) if (untilMs <= clock.date()) rows.delete(name);
  };
  return {
    read: (caller) => {
      purge();
      return Promise.resolve(rows.get(caller)?.body);
    },
    write: (caller, body, untilMs) => {
      purge();
      rows.set(caller, { body, untilMs });
      return Promise.resolve();
    },
    delete: (caller) => Promise.resolve(void rows.delete(caller)),
    close: () => Promise.resolve(),
  };
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): { run(...values: unknown[]): unknown; get(...values: unknown[]): unknown };
  close(): void;
}

/** One SQLite file (WAL), readable by its owner only; opened when first used. */
export function sqliteShelf(file: string, options: { clock?: Clock } = {}): CallerShelf {
  const { clock = new RealClock() } = options;
  let opened: Promise<Database> | undefined;
  const open = (): Promise<Database> => (opened ??= openFile(file));
  const purge = (database: Database): unknown =>
    database.prepare('DELETE FROM callers WHERE until <= ?').run(clock.date());
  return {
    async read(caller) {
      const database = await open();
      purge(database);
      return (database.prepare('SELECT body FROM callers WHERE caller = ?').get(caller) as { body: string } | undefined)
        ?.body;
    },
    async write(caller, body, untilMs) {
      const database = await open();
      purge(database);
      database
        .prepare('INSERT OR REPLACE INTO callers (caller, body, until) VALUES (?, ?, ?)')
        .run(caller, body, untilMs);
    },
    async delete(caller) {
      (await open()).prepare('DELETE FROM callers WHERE caller = ?').run(caller);
    },
    async close() {
      (await opened)?.close();
      opened = undefined;
    },
  };
}

async function openFile(file: string): Promise<Database> {
  const { default: Libsql } = await import('libsql');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new Libsql(file) as unknown as Database;
  // What is deleted is overwritten: "forget me" means the disk too.
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON;
    CREATE TABLE IF NOT EXISTS callers (caller TEXT PRIMARY KEY, body TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;`);
  return database;
}
