/** `flow serve --workers`: this process listens, and as many others answer. */
import { availableParallelism } from 'node:os';
import { RealClock } from '../engine/clock.js';
import { UsageError } from '../engine/errors.js';
import type { Log } from '../runtime/observe/log.js';
import { Front } from '../runtime/server/workers/front.js';
import { WorkerPool } from '../runtime/server/workers/worker-pool.js';

export interface ServeWorkersOptions {
  /** See {@link workerCount}. */
  count: number;
  host?: string;
  port: number;
  metricsPort?: number;
  publicUrl?: string;
  log: Log;
  print: (line: string) => void;
  drainMs: number;
}

/** A whole number from 1 to 256, or `auto`: as many as there are cores. @throws UsageError */
export function workerCount(text: string): number {
  if (text === 'auto') return availableParallelism();
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw new UsageError(`--workers takes auto, or a whole number from 1 to 256, not "${text}".`);
  return count;
}

/** Each worker is this command again, with the same words; it knows by its environment that it is one. */
export async function serveWorkers(options: ServeWorkersOptions): Promise<void> {
  const { count, host = '127.0.0.1', port, metricsPort, publicUrl, log, print, drainMs } = options;
  const front = await Front.open({
    host,
    port,
    log,
    ...(metricsPort !== undefined && { metricsPort }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(process.env.PARLEY_TOKEN_SECRET !== undefined && { tokenSecret: process.env.PARLEY_TOKEN_SECRET }),
  });
  const pool = new WorkerPool({
    count,
    script: process.argv[1]!,
    args: process.argv.slice(2),
    env: process.env,
    port: front.port,
    clock: new RealClock(),
    log,
  });
  front.serveBy(pool);
  const end = async (code: number, withinMs: number): Promise<void> => {
    const ended = await pool.end(withinMs);
    await front.close();
    process.exit(Math.max(code, ended));
  };
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (ending) {
        pool.kill();
        process.exit(1);
      }
      ending = true;
      void end(0, signal === 'SIGTERM' ? drainMs : 0);
    });
  process.on('SIGHUP', () => pool.reload());
  process.on('exit', () => pool.kill());
  const code = await pool.start();
  if (ending) return;
  if (code !== 0) return end(code, 0);
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  print(`Agents: ${pool.agents.join(', ')}, in ${String(count)} processes`);
  print(`Talk to them at http://${name.includes(':') ? `[${name}]` : name}:${String(front.port)}`);
}
