import type { Redis } from 'ioredis';
import type { ToolResult } from '../contracts.js';
import { OutsideError } from '../errors.js';
import type { CallerIndex, DialogStore } from './dialog-store.js';
import { durableStore, type DurableOptions } from './durable-store.js';
import type { Backend, LeaseTable, LedgerTable, Shelf } from './shelf.js';

export interface RedisStoreOptions extends DurableOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. Plain commands only: Valkey serves too. */
  url: string;
  /** A dialog that is not touched for so long is forgotten. Default seven days. */
  forgetMs?: number;
}

const weekMs = 7 * 24 * 3600 * 1000;

/** Keys of one dialog lie in one slot of a cluster, because scripts use them together. */
const keysOf = (dialogId: string): { state: string; lease: string; writes: string } => {
  const base = `parley:{${dialogId}}`;
  return { state: base, lease: `${base}:lease`, writes: `${base}:writes` };
};

/** May this epoch write? KEYS[1] the state, KEYS[2] the lease, ARGV[1] the epoch; 0 is for whoever claimed nothing. */
const fence = `
  if ARGV[1] == '0' then
    if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
  elseif redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
`;
const scripts = {
  /** ARGV: owner, leaseMs, takeOver, forgetMs. Gives the epoch, or minus the time left. */
  acquire: `
    local owner = redis.call('GET', KEYS[2])
    if owner and owner ~= ARGV[1] and ARGV[3] ~= '1' then return -math.max(1, redis.call('PTTL', KEYS[2])) end
    redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
    local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    return epoch`,
  /** ARGV: epoch, owner, leaseMs. A lease that ran out and was taken by nobody is had again. */
  renew: `${fence}
    redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
    return 1`,
  /** ARGV: epoch, owner. */
  release: `${fence}
    if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
    return 1`,
  /** ARGV: epoch, forgetMs, then fields and values. */
  write: `${fence}
    for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1`,
  /** KEYS[3] the writes. ARGV: epoch, forgetMs, callId, entry. */
  intend: `${fence}
    redis.call('HSETNX', KEYS[3], ARGV[3], ARGV[4])
    redis.call('PEXPIRE', KEYS[3], ARGV[2])
    return 1`,
  /** KEYS[1] the caller. ARGV[1]: the dialog. */
  forget: `
    local noted = redis.call('GET', KEYS[1])
    if noted and cjson.decode(noted).dialogId == ARGV[1] then return redis.call('DEL', KEYS[1]) end
    return 0`,
};

/**
 * Dialogs in Redis: one hash a dialog with its newest checkpoints and its epoch, one for its writes, one string for
 * its lease; every write compares the epoch in the server. How much survives a fall of the server itself is its
 * own setting: `appendonly yes` with `appendfsync always` for all of it. From Redis 7.2 on, an intent waits until it is
 * in the append-only file where there is one.
 */
export function redisStore(options: RedisStoreOptions): DialogStore {
  const place = URL.canParse(options.url) ? `redis://${new URL(options.url).host}` : 'redis';
  return durableStore('redis', place, () => connect(options, place), options);
}

async function connect(
  { url, forgetMs = weekMs, onProblem = () => {} }: RedisStoreOptions,
  place: string,
): Promise<Backend> {
  const { Redis: Client } = await import('ioredis').catch((error: unknown) => {
    throw new OutsideError('redis', 'refused', 'its client is not installed; run `npm install ioredis`', {
      retryable: false,
      cause: error,
    });
  });
  const redis = new Client(url, {
    lazyConnect: true,
    connectTimeout: 3000,
    commandTimeout: 2000,
    // A command waits for three attempts to come back; whoever writes behind the turns tries for ever.
    maxRetriesPerRequest: 3,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1000),
  });
  let told = false;
  redis.on('error', (error: Error) => {
    if (!told) onProblem(`${place}: ${error.message}`);
    told = true;
  });
  redis.on('ready', () => (told = false));
  const client = new Commands(redis, place);
  try {
    await client.do((one) => one.connect());
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return {
    shelf: makeShelf(client, forgetMs),
    leases: makeLeases(client, forgetMs),
    ledger: makeLedger(client, forgetMs),
    callers: makeCallers(client),
    close: async () => {
      // What was accepted is written; a server that is away need not be waited for.
      if (redis.status === 'ready') await redis.quit().catch(() => {});
      redis.disconnect();
    },
  };
}

class Commands {
  readonly #redis: Redis;
  readonly #place: string;

  constructor(redis: Redis, place: string) {
    this.#redis = redis;
    this.#place = place;
  }

  async do<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await run(this.#redis);
    } catch (error) {
      const { message, name } = error as Error;
      const refused = name === 'ReplyError' && !/^(LOADING|BUSY|READONLY|TRYAGAIN|CLUSTERDOWN)/.test(message);
      const cure = refused ? 'check its user and rights' : 'is the server up and PARLEY_STORE right?';
      throw new OutsideError(this.#place, refused ? 'refused' : 'unreachable', `${message}; ${cure}`, {
        retryable: !refused,
        cause: error,
      });
    }
  }

  /** Runs a script. The server keeps scripts by hash; sent whole, it is parsed only once all the same. */
  run(script: keyof typeof scripts, keys: string[], ...values: (string | number)[]): Promise<number> {
    return this.do(async (redis) => (await redis.eval(scripts[script], keys.length, ...keys, ...values)) as number);
  }
}

const checkpointField = 'at:';

function makeShelf(client: Commands, forgetMs: number): Shelf {
  return {
    async read(threadId) {
      const fields = await client.do((redis) => redis.hgetall(keysOf(threadId).state));
      return Object.entries(fields).flatMap(([field, text]) => {
        if (!field.startsWith(checkpointField)) return [];
        const { id, parent, body } = JSON.parse(text) as { id: string; parent: string | null; body: string };
        return [{ namespace: field.slice(checkpointField.length), id, parent, body }];
      });
    },
    /** Only for LangGraph's tools that list every thread: walks the keys in small steps, never KEYS. */
    async threads() {
      const found = new Set<string>();
      let cursor = '0';
      do {
        const [next, keys] = await client.do((redis) => redis.scan(cursor, 'MATCH', 'parley:{*}', 'COUNT', 500));
        cursor = next;
        for (const key of keys) found.add(key.slice('parley:{'.length, -1));
      } while (cursor !== '0');
      return [...found];
    },
    async write(rows) {
      const ofThread = new Map<string, typeof rows>();
      for (const row of rows) ofThread.set(row.threadId, [...(ofThread.get(row.threadId) ?? []), row]);
      const refused: string[] = [];
      // One connection: these leave together and are answered together.
      await Promise.all(
        [...ofThread].map(async ([threadId, own]) => {
          const { state, lease } = keysOf(threadId);
          const fields = own.flatMap(({ namespace, id, parent, body }) => [
            checkpointField + namespace,
            JSON.stringify({ id, parent, body }),
          ]);
          if ((await client.run('write', [state, lease], own[0]!.epoch, forgetMs, ...fields)) === 0)
            refused.push(threadId);
        }),
      );
      return refused;
    },
    async delete(threadId) {
      const { state, lease } = keysOf(threadId);
      await client.do((redis) => redis.del(state, lease));
    },
  };
}

function makeLeases(client: Commands, forgetMs: number): LeaseTable {
  return {
    async acquire(dialogId, owner, { leaseMs, takeOver }) {
      const { state, lease } = keysOf(dialogId);
      const epoch = await client.run('acquire', [state, lease], owner, leaseMs, takeOver ? 1 : 0, forgetMs);
      return epoch > 0 ? { epoch } : { heldMs: -epoch };
    },
    async renew(owner, claims, leaseMs) {
      const kept = await Promise.all(
        claims.map(({ dialogId, epoch }) => {
          const { state, lease } = keysOf(dialogId);
          return client.run('renew', [state, lease], epoch, owner, leaseMs);
        }),
      );
      return claims.filter((_, index) => kept[index] === 0);
    },
    async release(dialogId, owner, epoch) {
      const { state, lease } = keysOf(dialogId);
      await client.run('release', [state, lease], epoch, owner);
    },
  };
}

/** How long an intent waits for the append-only file. */
const syncMs = 1000;

function makeLedger(client: Commands, forgetMs: number): LedgerTable {
  interface Entry {
    tool: string;
    result?: ToolResult;
  }
  let syncs: boolean | undefined;
  /** Redis 7.2: returns when the append-only file has it on the disk. Without such a file there is nothing to wait for. */
  const sync = async (): Promise<void> => {
    if (syncs === false) return;
    try {
      await client.do((redis) => redis.call('WAITAOF', 1, 0, syncMs));
      syncs = true;
    } catch (error) {
      if ((error as OutsideError).retryable) throw error;
      syncs = false;
    }
  };
  const read = async (dialogId: string, callId: string): Promise<Entry | undefined> => {
    const text = await client.do((redis) => redis.hget(keysOf(dialogId).writes, callId));
    return text === null ? undefined : (JSON.parse(text) as Entry);
  };
  return {
    async find(dialogId, callId) {
      const entry = await read(dialogId, callId);
      return entry && { dialogId, callId, ...entry };
    },
    async intend({ dialogId, callId, tool }, epoch) {
      const { state, lease, writes } = keysOf(dialogId);
      const entry = JSON.stringify({ tool });
      if ((await client.run('intend', [state, lease, writes], epoch, forgetMs, callId, entry)) === 0) return false;
      await sync();
      return true;
    },
    async settle(dialogId, callId, result) {
      const entry = await read(dialogId, callId);
      if (!entry) return;
      await client.do((redis) => redis.hset(keysOf(dialogId).writes, callId, JSON.stringify({ ...entry, result })));
    },
    async delete(dialogId) {
      await client.do((redis) => redis.del(keysOf(dialogId).writes));
    },
  };
}

function makeCallers(client: Commands): CallerIndex {
  const keyOf = (caller: string): string => `parley:caller:${caller}`;
  return {
    async note(caller, dialogId) {
      const text = JSON.stringify({ dialogId, atMs: Date.now() });
      await client.do((redis) => redis.set(keyOf(caller), text, 'PX', weekMs));
    },
    async find(caller, withinMs) {
      const text = await client.do((redis) => redis.get(keyOf(caller)));
      if (text === null) return undefined;
      const { dialogId, atMs } = JSON.parse(text) as { dialogId: string; atMs: number };
      return Date.now() - atMs < withinMs ? dialogId : undefined;
    },
    async forget(caller, dialogId) {
      return (await client.run('forget', [keyOf(caller)], dialogId)) === 1;
    },
  };
}
