/**
 * The one port before several processes. It reads what a request is about, no more, and hands the connection itself to
 * the worker that has the call or the most room: no frame of sound passes through here. Of HTTP a connection carries
 * one request, so that each finds its own worker.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { UsageError } from '../../../engine/errors.js';
import type { Log } from '../../observe/log.js';
import { mayRead, metricsType, openMetricsPort, type Probe } from '../metrics-page.js';
import { affinityOf, type Affinity } from './affinity.js';
import { splitWorker } from './worker-path.js';
import { sumMetrics } from './sum-metrics.js';
import type { WorkerPool } from './worker-pool.js';

export interface FrontOptions {
  host: string;
  port: number;
  metricsPort?: number;
  tokenSecret?: string;
  publicUrl?: string;
  log: Log;
}

/** The largest that a door takes (a chat's), and a little. */
const maxBodyBytes = 1024 * 1024 + 1024;
const requestMs = 10_000;
/** Calls and conversations whose worker is known; the oldest goes first. */
const mostKeys = 20_000;

export class Front {
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #byKey = new Map<string, number>();
  readonly #probes: Readonly<Record<string, () => Promise<Probe>>>;
  #pool!: WorkerPool;
  #metricsPage: { port: number; close(): Promise<void> } | undefined;

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#probes = this.#makeProbes();
    this.#server = createServer({ requestTimeout: requestMs }, (request, response) => {
      this.#request(request, response).catch((error: unknown) => {
        options.log.warn('request failed', { problem: error instanceof Error ? error.message : 'unknown' });
        request.socket.destroy();
      });
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** @throws UsageError when a port is taken */
  static async open(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    const { host, port, metricsPort } = options;
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new UsageError(`port ${String(port)} is taken; give another with --port`)
            : error,
        ),
      );
      front.#server.listen(port, host, resolve);
    });
    try {
      if (metricsPort !== undefined)
        front.#metricsPage = await openMetricsPort({ host, port: metricsPort }, front.#probes);
    } catch (error) {
      front.#server.close();
      throw error;
    }
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Who answers. Until then, and while none is ready, callers are told that it is not. */
  serveBy(pool: WorkerPool): void {
    this.#pool = pool;
  }

  async close(): Promise<void> {
    await this.#metricsPage?.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket, url = '', headers } = request;
    const path = url.split('?', 1)[0]!;
    if (Object.hasOwn(this.#probes, path)) {
      if (path === '/metrics' && !mayRead(headers, { ...this.#options, boundHost: this.#options.host }))
        return void response.writeHead(401).end();
      const { status, type, body } = await this.#probes[path]!();
      return void response.writeHead(status, { 'content-type': type }).end(body);
    }
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > maxBodyBytes) return void response.writeHead(413, { connection: 'close' }).end();
      pieces.push(piece);
    }
    const body = Buffer.concat(pieces);
    const worker = this.#workerFor(affinityOf({ url, headers, body }));
    if (worker === undefined) return void response.writeHead(503, { connection: 'close' }).end();
    this.#pool.give(worker, socket, requestBytes(request, body), request.method === 'POST');
  }

  #upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    const { url = '', headers } = request;
    const worker = this.#workerFor(affinityOf({ url, headers, body: Buffer.alloc(0) }));
    if (worker === undefined)
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () => socket.destroy()); // prettier-ignore
    this.#pool.give(worker, socket, Buffer.concat([headBytes(request), head]), splitWorker(url).worker === undefined);
  }

  #workerFor({ worker: named, keys }: Affinity): number | undefined {
    const known = keys.map((key) => this.#byKey.get(key)).find((number) => number !== undefined);
    const worker = this.#pool.choose(named ?? known);
    if (worker === undefined) return undefined;
    for (const key of keys) {
      this.#byKey.delete(key);
      this.#byKey.set(key, worker);
    }
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= mostKeys) break;
      this.#byKey.delete(key);
    }
    return worker;
  }

  #makeProbes(): Record<string, () => Promise<Probe>> {
    const json = (status: number, fields: object): Probe => ({
      status,
      type: 'application/json',
      body: JSON.stringify(fields),
    });
    const health = async (): Promise<Probe> => {
      const { health: of } = await this.#pool.figures();
      return json(200, { ...of, ok: true, calls: this.#pool.standing().calls });
    };
    return {
      '/health': health,
      '/healthz': health,
      '/ready': () => {
        const standing = this.#pool.standing();
        return Promise.resolve(json(standing.ready ? 200 : 503, { ...standing, draining: this.#pool.isEnding }));
      },
      '/metrics': async () => {
        const { metrics, ended } = await this.#pool.figures();
        return { status: 200, type: metricsType, body: sumMetrics(metrics, ended) };
      },
    };
  }
}

/** Hop by hop, or said anew below. */
const notPassedOn: ReadonlySet<string> = new Set(['connection', 'transfer-encoding', 'content-length', 'expect', 'keep-alive']); // prettier-ignore

/** The request as it came, whole, and the last of its connection. */
function requestBytes(request: IncomingMessage, body: Buffer): Buffer {
  const length = body.length > 0 || request.method === 'POST' ? `content-length: ${String(body.length)}\r\n` : '';
  return Buffer.concat([headBytes(request, notPassedOn, `${length}connection: close\r\n`), body]);
}

/** Headers are bytes: latin1, as Node reads them. */
function headBytes(request: IncomingMessage, without: ReadonlySet<string> = new Set(), more = ''): Buffer {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (!without.has(rawHeaders[at]!.toLowerCase())) text += `${rawHeaders[at]!}: ${rawHeaders[at + 1]!}\r\n`;
  return Buffer.from(`${text}${more}\r\n`, 'latin1');
}
