import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialogStore } from '../../engine/stores/dialog-store.js';
import type { DurableOptions } from '../../engine/stores/durable-store.js';
import { memoryStore } from '../../engine/stores/memory-store.js';
import { postgresStore } from '../../engine/stores/postgres-store.js';
import { redisStore } from '../../engine/stores/redis-store.js';
import { sqliteStore } from '../../engine/stores/sqlite-store.js';

/** A place of dialogs of its own: each `open` gives another store over it, as another process would. */
export interface StorePlace {
  /** What `PARLEY_STORE` would name. */
  address: string;
  open(options?: DurableOptions): DialogStore;
  remove(): Promise<void> | void;
}

export interface StoreKind {
  name: string;
  /** The variable that names a server for tests; without it they are skipped. */
  variable?: string;
  make(): Promise<StorePlace> | StorePlace;
}

const sqlite: StoreKind = {
  name: 'SQLite',
  make() {
    const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
    const file = join(folder, 'dialogs.sqlite');
    return {
      address: file,
      open: (options) => sqliteStore({ ...options, file }),
      remove: () => rmSync(folder, { recursive: true }),
    };
  },
};

let count = 0;

/** A schema of its own in the database that the variable names. */
const postgres: StoreKind = {
  name: 'Postgres',
  variable: 'PARLEY_TEST_POSTGRES',
  async make() {
    const { default: pg } = await import('pg');
    const server = process.env.PARLEY_TEST_POSTGRES!;
    const schema = `parley_test_${String(process.pid)}_${String(count++)}`;
    const run = async (sql: string): Promise<void> => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(sql);
      await client.end();
    };
    await run(`CREATE SCHEMA ${schema}`);
    const url = new URL(server);
    url.searchParams.set('options', `-csearch_path=${schema}`);
    return {
      address: url.href,
      open: (options) => postgresStore({ ...options, url: url.href }),
      remove: () => run(`DROP SCHEMA ${schema} CASCADE`),
    };
  },
};

/** Keys of its own would be of no use where a test looks at them, so: a numbered database, emptied before and after. */
const redis: StoreKind = {
  name: 'Redis',
  variable: 'PARLEY_TEST_REDIS',
  async make() {
    const { Redis } = await import('ioredis');
    const url = new URL(process.env.PARLEY_TEST_REDIS!);
    url.pathname = `/${String((Number(process.env.VITEST_POOL_ID ?? 0) % 15) + 1)}`;
    const empty = async (): Promise<void> => {
      const client = new Redis(url.href);
      await client.flushdb();
      await client.quit();
    };
    await empty();
    return { address: url.href, open: (options) => redisStore({ ...options, url: url.href }), remove: empty };
  },
};

export const memory: StoreKind = {
  name: 'memory',
  make: () => ({ address: 'memory', open: (options) => memoryStore(options), remove: () => {} }),
};

/** Stores that outlive a process. */
export const durableKinds: readonly StoreKind[] = [sqlite, postgres, redis];

export function isThere({ variable }: StoreKind): boolean {
  return variable === undefined || Boolean(process.env[variable]);
}
