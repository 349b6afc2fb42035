/** `/metrics`: what there is to count, for whoever may know it; and a port of its own for it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../engine/errors.js';
import type { Metrics } from '../observe/metrics.js';
import type { NodeLoad } from './node-load.js';

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** What this process is doing besides its calls. */
export function countNode(metrics: Metrics, load: NodeLoad): void {
  metrics.gauge('voice_loop_lag_p99_ms', "How late the event loop was, 99th percentile of the last second.", () => load.loopLagMs); // prettier-ignore
  metrics.gauge('process_resident_memory_bytes', 'Memory of this process.', () => load.memoryBytes);
  metrics.gauge('process_heap_used_bytes', 'Of it, objects of JavaScript.', () => process.memoryUsage().heapUsed);
  metrics.gauge('voice_full', '1 while no further call is taken for lack of room.', () => (load.full ? 1 : 0));
  metrics.gauge('process_cpu_seconds_total', 'Processor time of this process.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}

/**
 * A port that gives `/metrics`, `/health` and `/ready` and nothing else, to whoever reaches it.
 *
 * @param answers by path: JSON as it is, or the text of the metrics
 * @throws UsageError when the port is taken
 */
export async function openMetricsPort(
  where: { host: string; port: number },
  answers: Readonly<Record<string, () => { status: number; type: string; body: string }>>,
): Promise<{ port: number; close(): Promise<void> }> {
  const server: Server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]!;
    const answer = Object.hasOwn(answers, path) ? answers[path]!() : undefined;
    const { status, type, body } = answer ?? { status: 404, type: 'text/plain', body: 'nothing is here\n' };
    response.writeHead(status, { 'content-type': type }).end(body);
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
