import type { Pool } from 'pg';
import { RealClock } from '../clock.js';
import type { Clock } from '../contracts.js';
import { OutsideError } from '../errors.js';
import type { CallerShelf } from './caller-memory.js';

const table = `CREATE TABLE IF NOT EXISTS parley_caller_values (
  caller TEXT PRIMARY KEY, body TEXT NOT NULL, until_ms BIGINT NOT NULL)`;
/** Two processes that make the table at once would each fail in the other's way: the lock of the dialogs' tables. */
const schemaLock = 7_126_440_311;

/**
 * Values of callers in Postgres: one row a caller, made on first use; a row that is over is neither read nor kept.
 * Errors are {@link OutsideError}s; the dialog that asked goes on without the values.
 */
export function postgresCallerShelf(options: { url: string; clock?: Clock }): CallerShelf {
  const { url, clock = new RealClock() } = options;
  let opening: Promise<Pool> | undefined;
  const query = async <Row>(text: string, values: unknown[]): Promise<Row[]> => {
    try {
      opening ??= open(url);
      return (await (await opening).query(text, values)).rows as Row[];
    } catch (cause) {
      if (cause instanceof OutsideError) throw cause;
      throw new OutsideError('postgres', 'unreachable', `${(cause as Error).message}; is PARLEY_STORE right?`, {
        retryable: true,
        cause,
      });
    }
  };
  return {
    async read(caller) {
      const [row] = await query<{ body: string }>(
        'SELECT body FROM parley_caller_values WHERE caller = $1 AND until_ms > $2',
        [caller, clock.date()],
      );
      return row?.body;
    },
    async write(caller, body, untilMs) {
      await query('DELETE FROM parley_caller_values WHERE until_ms <= $1', [clock.date()]);
      await query(
        `INSERT INTO parley_caller_values (caller, body, until_ms) VALUES ($1, $2, $3)
         ON CONFLICT (caller) DO UPDATE SET body = excluded.body, until_ms = excluded.until_ms`,
        [caller, body, untilMs],
      );
    },
    async delete(caller) {
      await query('DELETE FROM parley_caller_values WHERE caller = $1', [caller]);
    },
    async close() {
      const pool = await opening?.catch(() => undefined);
      opening = undefined;
      await pool?.end();
    },
  };

  async function open(connectionString: string): Promise<Pool> {
    const { default: pg } = await import('pg').catch((cause: unknown) => {
      throw new OutsideError('postgres', 'refused', 'its client is not installed; run `npm install pg`', {
        retryable: false,
        cause,
      });
    });
    const pool = new pg.Pool({ connectionString, max: 2, connectionTimeoutMillis: 3000, query_timeout: 5000 });
    // A connection that breaks while nobody uses it: the next query makes another, or says what is wrong.
    pool.on('error', () => {});
    const client = await pool.connect().catch(again);
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
      await client.query(table);
      await client.query('COMMIT');
    } catch (error) {
      client.release(true);
      return again(error);
    }
    client.release();
    return pool;

    /** What failed now is tried anew by the next who asks. */
    async function again(error: unknown): Promise<never> {
      opening = undefined;
      await pool.end();
      throw error;
    }
  }
}
