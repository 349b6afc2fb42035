import type { Pool, PoolClient } from 'pg';
import type { ToolResult } from '../contracts.js';
import { OutsideError } from '../errors.js';
import type { CallerIndex, DialogStore } from './dialog-store.js';
import { durableStore, type DurableOptions } from './durable-store.js';
import type { Backend, LeaseTable, LedgerTable, Shelf } from './shelf.js';

export interface PostgresStoreOptions extends DurableOptions {
  /** `postgres://user:password@host:5432/database`. Its tables are made on first use and begin with `parley_`. */
  url: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS parley_checkpoints (
    thread TEXT NOT NULL, namespace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, body TEXT NOT NULL,
    epoch BIGINT NOT NULL, PRIMARY KEY (thread, namespace));
  CREATE TABLE IF NOT EXISTS parley_ledger (
    call TEXT PRIMARY KEY, dialog TEXT NOT NULL, tool TEXT NOT NULL, result TEXT);
  CREATE INDEX IF NOT EXISTS parley_ledger_dialog ON parley_ledger (dialog);
  CREATE TABLE IF NOT EXISTS parley_leases (
    dialog TEXT PRIMARY KEY, owner TEXT NOT NULL, epoch BIGINT NOT NULL, expires TIMESTAMPTZ NOT NULL);
  CREATE TABLE IF NOT EXISTS parley_callers (
    caller TEXT PRIMARY KEY, dialog TEXT NOT NULL, at TIMESTAMPTZ NOT NULL);
`;

/** Any number: two processes that make the tables at once would each fail in the other's way. */
const schemaLock = 7_126_440_311;

/**
 * Dialogs in Postgres: one row a dialog, an UPSERT behind the turn. Every write holds the dialog's lease row for as
 * long as it takes, so that nobody can take the dialog over between the check of the epoch and the commit.
 */
export function postgresStore(options: PostgresStoreOptions): DialogStore {
  const place = placeOf(options.url);
  return durableStore('postgres', place, () => openPool(options, place), options);
}

/** The address without what is secret in it. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'postgres';
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

async function openPool({ url, onProblem = () => {} }: PostgresStoreOptions, place: string): Promise<Backend> {
  const { default: pg } = await import('pg').catch((error: unknown) => {
    throw new OutsideError('postgres', 'refused', 'its client is not installed; run `npm install pg`', {
      retryable: false,
      cause: error,
    });
  });
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 3000,
    query_timeout: 10_000,
    application_name: 'parley',
  });
  // A connection that breaks while nobody uses it: the pool makes another when it is needed.
  pool.on('error', (error) => onProblem(`${place}: a connection was lost (${error.message})`));
  const sql = new Sql(pool, place);
  try {
    await sql.transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
      await client.query(schema);
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    shelf: makeShelf(sql),
    leases: makeLeases(sql),
    ledger: makeLedger(sql),
    callers: makeCallers(sql),
    close: () => pool.end(),
  };
}

/** SQLSTATE classes and Node's codes of a server that is away or going away: the same query may work in a moment. */
const away = /^(08|53|57P|40|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH)/;
const patienceMs = [50, 200, 600];

class Sql {
  readonly #pool: Pool;
  readonly #place: string;

  constructor(pool: Pool, place: string) {
    this.#pool = pool;
    this.#place = place;
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.#try(async () => (await this.#pool.query(text, values)).rows as Row[]);
  }

  transaction<T>(run: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#try(async () => {
      const client = await this.#pool.connect();
      // Between two queries nobody else listens for the connection's end.
      const broken = (): void => {};
      client.on('error', broken);
      let failure: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await run(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        failure = error as Error;
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.off('error', broken);
        client.release(failure && isAway(failure));
      }
    });
  }

  /** Everything asked here may be asked twice: inserts ignore what is there, the rest says what shall be. */
  async #try<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        const waitMs = patienceMs[attempt];
        const retryable = isAway(error as Error);
        if (!retryable || waitMs === undefined) throw this.#outside(error as Error, retryable);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  #outside(error: Error, retryable: boolean): OutsideError {
    const cure = retryable ? 'is the server up and PARLEY_STORE right?' : 'check the user, its rights and the database';
    return new OutsideError(this.#place, retryable ? 'unreachable' : 'refused', `${error.message}; ${cure}`, {
      retryable,
      cause: error,
    });
  }
}

function isAway(error: Error & { code?: string }): boolean {
  if (error.code !== undefined) return away.test(error.code);
  // The client's own errors of a broken or late connection have no code.
  return /connection|timeout|terminat/i.test(error.message);
}

/** One of these says whether a dialog may be written to under an epoch, and keeps its lease row as it is until the commit. */
const mayWrite = `SELECT dialog FROM parley_leases WHERE dialog = $1 AND epoch = $2 FOR SHARE`;
const isFree = `SELECT 1 FROM parley_leases WHERE dialog = $1 AND expires > clock_timestamp() FOR SHARE`;

async function passes(client: PoolClient, dialogId: string, epoch: number): Promise<boolean> {
  if (epoch === 0) return (await client.query(isFree, [dialogId])).rowCount === 0;
  return (await client.query(mayWrite, [dialogId, epoch])).rowCount === 1;
}

function makeShelf(sql: Sql): Shelf {
  const upsert = `
    INSERT INTO parley_checkpoints (thread, namespace, id, parent, body, epoch)
    SELECT $3, $4, $5, $6, $7, $2::bigint WHERE EXISTS (SELECT 1 FROM held)
    ON CONFLICT (thread, namespace) DO UPDATE
    SET id = excluded.id, parent = excluded.parent, body = excluded.body, epoch = excluded.epoch
    RETURNING thread`;
  // One round trip for a dialog that somebody has, which is every dialog of a call.
  const fenced = `WITH held AS (${mayWrite}) ${upsert}`;
  const plain = `
    INSERT INTO parley_checkpoints (thread, namespace, id, parent, body, epoch) VALUES ($1, $2, $3, $4, $5, 0)
    ON CONFLICT (thread, namespace) DO UPDATE
    SET id = excluded.id, parent = excluded.parent, body = excluded.body, epoch = excluded.epoch`;
  return {
    read: (threadId) =>
      sql.query('SELECT namespace, id, parent, body FROM parley_checkpoints WHERE thread = $1', [threadId]),
    async threads() {
      const rows = await sql.query<{ thread: string }>('SELECT DISTINCT thread FROM parley_checkpoints');
      return rows.map(({ thread }) => thread);
    },
    async write(rows) {
      const refused = new Set<string>();
      await Promise.all(
        rows.map(async ({ threadId, namespace, id, parent, body, epoch }) => {
          if (epoch > 0) {
            const done = await sql.query(fenced, [threadId, epoch, threadId, namespace, id, parent, body]);
            if (done.length === 0) refused.add(threadId);
            return;
          }
          await sql.transaction(async (client) => {
            if (await passes(client, threadId, 0)) await client.query(plain, [threadId, namespace, id, parent, body]);
            else refused.add(threadId);
          });
        }),
      );
      return [...refused];
    },
    delete: async (threadId) => void (await sql.query('DELETE FROM parley_checkpoints WHERE thread = $1', [threadId])),
  };
}

function makeLeases(sql: Sql): LeaseTable {
  const acquire = `
    INSERT INTO parley_leases AS lease (dialog, owner, epoch, expires)
    VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
    ON CONFLICT (dialog) DO UPDATE SET owner = excluded.owner, epoch = lease.epoch + 1, expires = excluded.expires
    WHERE lease.expires <= clock_timestamp() OR lease.owner = $2 OR $4 RETURNING epoch`;
  const held = `SELECT greatest(0, extract(epoch FROM expires - clock_timestamp()) * 1000)::float8 AS ms FROM parley_leases WHERE dialog = $1`;
  const renew = `
    UPDATE parley_leases AS lease SET expires = clock_timestamp() + $4 * interval '1 millisecond'
    FROM unnest($2::text[], $3::bigint[]) AS mine (dialog, epoch)
    WHERE lease.dialog = mine.dialog AND lease.epoch = mine.epoch AND lease.owner = $1 RETURNING lease.dialog`;
  return {
    async acquire(dialogId, owner, { leaseMs, takeOver }) {
      const [taken] = await sql.query<{ epoch: string }>(acquire, [dialogId, owner, leaseMs, takeOver]);
      if (taken) return { epoch: Number(taken.epoch) };
      const [left] = await sql.query<{ ms: number }>(held, [dialogId]);
      return { heldMs: left?.ms ?? 0 };
    },
    async renew(owner, claims, leaseMs) {
      const [ids, epochs] = [claims.map(({ dialogId }) => dialogId), claims.map(({ epoch }) => epoch)];
      const rows = await sql.query<{ dialog: string }>(renew, [owner, ids, epochs, leaseMs]);
      const kept = new Set(rows.map(({ dialog }) => dialog));
      return claims.filter(({ dialogId }) => !kept.has(dialogId));
    },
    async release(dialogId, owner, epoch) {
      await sql.query(
        `UPDATE parley_leases SET expires = '-infinity' WHERE dialog = $1 AND owner = $2 AND epoch = $3`,
        [dialogId, owner, epoch],
      );
    },
  };
}

function makeLedger(sql: Sql): LedgerTable {
  return {
    async find(dialogId, callId) {
      const [row] = await sql.query<{ tool: string; result: string | null }>(
        'SELECT tool, result FROM parley_ledger WHERE call = $1',
        [callId],
      );
      if (!row) return undefined;
      const entry = { dialogId, callId, tool: row.tool };
      return row.result === null ? entry : { ...entry, result: JSON.parse(row.result) as ToolResult };
    },
    intend: ({ dialogId, callId, tool }, epoch) =>
      sql.transaction(async (client) => {
        // Whatever the server's default: the commit returns when the disk has it, and all commits before it.
        await client.query('SET LOCAL synchronous_commit TO on');
        if (!(await passes(client, dialogId, epoch))) return false;
        await client.query(
          'INSERT INTO parley_ledger (call, dialog, tool) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [callId, dialogId, tool],
        );
        return true;
      }),
    async settle(_dialogId, callId, result) {
      await sql.query('UPDATE parley_ledger SET result = $2 WHERE call = $1', [callId, JSON.stringify(result)]);
    },
    async delete(dialogId) {
      await sql.query('DELETE FROM parley_ledger WHERE dialog = $1', [dialogId]);
    },
  };
}

function makeCallers(sql: Sql): CallerIndex {
  return {
    async note(caller, dialogId) {
      await sql.query(
        `INSERT INTO parley_callers (caller, dialog, at) VALUES ($1, $2, clock_timestamp())
         ON CONFLICT (caller) DO UPDATE SET dialog = excluded.dialog, at = excluded.at`,
        [caller, dialogId],
      );
    },
    async find(caller, withinMs) {
      const [row] = await sql.query<{ dialog: string }>(
        `SELECT dialog FROM parley_callers WHERE caller = $1 AND at > clock_timestamp() - $2 * interval '1 millisecond'`,
        [caller, withinMs],
      );
      return row?.dialog;
    },
    async forget(caller, dialogId) {
      const gone = await sql.query('DELETE FROM parley_callers WHERE caller = $1 AND dialog = $2 RETURNING dialog', [
        caller,
        dialogId,
      ]);
      return gone.length > 0;
    },
  };
}
