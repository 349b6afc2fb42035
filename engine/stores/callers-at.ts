import type { Clock } from '../contracts.js';
import { sqliteShelf, type CallerShelf } from './caller-memory.js';

/**
 * Where values of callers are kept: in the server that `PARLEY_STORE` names, so that all processes know a caller, else
 * in an SQLite file.
 *
 * @param address as for `storeAt`
 * @param file where there is no server
 */
export async function callersAt(address: string, file: string, clock: Clock): Promise<CallerShelf> {
  if (/^postgres(?:ql)?:\/\//i.test(address))
    return (await import('./postgres-callers.js')).postgresCallerShelf({ url: address, clock });
  if (/^rediss?:\/\//i.test(address))
    return (await import('./redis-callers.js')).redisCallerShelf({ url: address, clock });
  return sqliteShelf(file, { clock });
}
