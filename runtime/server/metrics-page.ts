/** `/metrics`: what there is to count, for whoever may know it; and a port of its own for it. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../engine/errors.js';
import { isLoopback, isOwnOrigin, sameText } from './admission.js';
import type { Metrics } from '../observe/metrics.js';
import type { NodeLoad } from './node-load.js';

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export interface Probe {
  status: number;
  type: string;
  body: string;
}

/** Who may read `/metrics` at the port of the calls: on this machine anybody; where the world comes in, whoever has the secret. */
export function mayRead(
  { authorization, origin, host }: IncomingHttpHeaders,
  { boundHost, publicUrl, tokenSecret }: { boundHost: string; publicUrl?: string; tokenSecret?: string },
): boolean {
  if (tokenSecret !== undefined && sameText(authorization, `Bearer ${tokenSecret}`)) return true;
  return isLoopback(boundHost) && publicUrl === undefined && isOwnOrigin({ origin, host }, { boundHost });
}

/** What this process is doing besides its calls. */
export function countNode(metrics: Metrics, load: NodeLoad): void {
  metrics.gauge('voice_loop_lag_p99_ms', "How late the event loop was, 99th percentile of the last second.", () => load.loopLagMs); // prettier-ignore
  metrics.gauge('process_resident_memory_bytes', 'Memory of this process.', () => load.memoryBytes);
  metrics.gauge('process_heap_used_bytes', 'Of it, objects of JavaScript.', () => process.memoryUsage().heapUsed);
  metrics.gauge('voice_full', '1 while no further call is taken for lack of room.', () => (load.full ? 1 : 0));
  metrics.gauge(
    'process_cpu_seconds_total',
    'Processor time of this process.',
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    'counter',
  );
}

/**
 * A port that gives `/metrics`, `/health` and `/ready` and nothing else, to whoever reaches it.
 *
 * @param answers by path: JSON as it is, or the text of the metrics
 * @throws UsageError when the port is taken
 */
export async function openMetricsPort(
  where: { host: string; port: number },
  answers: Readonly<Record<string, () => Probe | Promise<Probe>>>,
): Promise<{ port: number; close(): Promise<void> }> {
  const answer = async (url = ''): Promise<Probe> => {
    const path = url.split('?', 1)[0]!;
    if (!Object.hasOwn(answers, path)) return { status: 404, type: 'text/plain', body: 'nothing is here\n' };
    return answers[path]!();
  };
  const server: Server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request.url).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new UsageError(`port ${String(where.port)} is taken; give another with --metrics-port`)
          : error,
      ),
    );
    server.listen(where.port, where.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
