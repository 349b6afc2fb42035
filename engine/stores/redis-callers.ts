import type { Redis } from 'ioredis';
import { RealClock } from '../clock.js';
import type { Clock } from '../contracts.js';
import { OutsideError } from '../errors.js';
import type { CallerShelf } from './caller-memory.js';

const keyOf = (caller: string): string => `parley:values:${caller}`;

/**
 * Values of callers in Redis: one string a caller, which the server itself lets go when its time is over.
 * Errors are {@link OutsideError}s; the dialog that asked goes on without the values.
 */
export function redisCallerShelf(options: { url: string; clock?: Clock }): CallerShelf {
  const { url, clock = new RealClock() } = options;
  let opening: Promise<Redis> | undefined;
  const ask = async <Value>(run: (redis: Redis) => Promise<Value>): Promise<Value> => {
    try {
      opening ??= open(url);
      return await run(await opening);
    } catch (cause) {
      if (cause instanceof OutsideError) throw cause;
      throw new OutsideError('redis', 'unreachable', `${(cause as Error).message}; is PARLEY_STORE right?`, {
        retryable: true,
        cause,
      });
    }
  };
  return {
    async read(caller) {
      const text = await ask((redis) => redis.get(keyOf(caller)));
      if (text === null) return undefined;
      const { body, untilMs } = JSON.parse(text) as { body: string; untilMs: number };
      return untilMs > clock.date() ? body : undefined;
    },
    async write(caller, body, untilMs) {
      const leftMs = Math.max(1, Math.ceil(untilMs - clock.date()));
      await ask((redis) => redis.set(keyOf(caller), JSON.stringify({ body, untilMs }), 'PX', leftMs));
    },
    async delete(caller) {
      await ask((redis) => redis.del(keyOf(caller)));
    },
    async close() {
      const redis = await opening?.catch(() => undefined);
      opening = undefined;
      if (redis?.status === 'ready') await redis.quit().catch(() => {});
      redis?.disconnect();
    },
  };
}

async function open(url: string): Promise<Redis> {
  const { Redis: Client } = await import('ioredis').catch((cause: unknown) => {
    throw new OutsideError('redis', 'refused', 'its client is not installed; run `npm install ioredis`', {
      retryable: false,
      cause,
    });
  });
  const redis = new Client(url, { connectTimeout: 3000, commandTimeout: 2000, maxRetriesPerRequest: 1 });
  // Each command says itself what is wrong.
  redis.on('error', () => {});
  return redis;
}
