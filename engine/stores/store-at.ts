import { UsageError } from '../errors.js';
import type { DialogStore } from './dialog-store.js';
import type { DurableOptions } from './durable-store.js';

type Open = (address: string, options: DurableOptions) => Promise<DialogStore>;

const schemes: Record<string, Open> = {
  postgres: async (url, options) => (await import('./postgres-store.js')).postgresStore({ ...options, url }),
  redis: async (url, options) => (await import('./redis-store.js')).redisStore({ ...options, url }),
};
Object.assign(schemes, { postgresql: schemes.postgres, rediss: schemes.redis });

/**
 * The store that an address names: `memory`, `postgres://…`, `redis://…` (`rediss://…`), else the path of an SQLite
 * file. Nothing is connected to before it is asked for.
 *
 * @throws UsageError for another scheme
 */
export async function storeAt(address: string, options: DurableOptions = {}): Promise<DialogStore> {
  if (address === 'memory') return (await import('./memory-store.js')).memoryStore();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return (await import('./sqlite-store.js')).sqliteStore({ ...options, file: address });
  const open = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  if (!open)
    throw new UsageError(
      `no store is reached by ${scheme}://; use postgres://…, redis://…, the path of an SQLite file, or memory`,
    );
  return open(address, options);
}
