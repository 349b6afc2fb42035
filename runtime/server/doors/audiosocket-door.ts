/**
 * Asterisk by AudioSocket, on a port of its own. The dialplan first asks here for a UUID, with the secret, and tells who
 * calls; the socket that brings that UUID within a minute, once, is that call. Nobody else comes in.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UsageError } from '../../../engine/errors.js';
import { acceptAudioSocket, type AudioSocketCall } from '../../transports/audiosocket.js';
import { hasSecret } from '../admission.js';
import { beginCall } from './carrier-call.js';
import type { Door, DoorHost } from './door.js';
import type { TelephoneOptions } from './telephones.js';

const keepMs = 60_000;
/** Sockets of which no UUID has come yet. */
const mostGreeting = 100;

interface Expected extends AudioSocketCall {
  agent?: string;
  untilMs: number;
}

export class AudioSocketDoor implements Door {
  readonly name = 'audiosocket';
  readonly #host: DoorHost;
  readonly #options: NonNullable<TelephoneOptions['audioSocket']>;
  readonly #expected = new Map<string, Expected>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #greeting = 0;

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, options: NonNullable<TelephoneOptions['audioSocket']>) {
    this.#host = host;
    this.#options = options;
    if (!options.secret && !options.insecure) {
      throw new UsageError(
        'by AudioSocket anybody could place calls: set AUDIOSOCKET_SECRET, or --insecure if only your Asterisk reaches its port',
      );
    }
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#take(socket));
  }

  async listen(): Promise<void> {
    const { port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new UsageError(`port ${String(port)} is taken; give another with AUDIOSOCKET_PORT`)
            : error,
        ),
      );
      this.#server.listen(port, this.#host.boundHost, resolve);
    });
    this.#host.log.info('audiosocket', { port: (this.#server.address() as AddressInfo).port });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  routes(app: FastifyInstance): void {
    app.post('/audiosocket/call', (request, reply) => this.#expect(request, reply));
  }

  /** Answers with the UUID alone, as a dialplan can use it; how its `CURL()` sends the secret depends on its age. */
  #expect(request: FastifyRequest, reply: FastifyReply): unknown {
    const { insecure, secret } = this.#options;
    if (!insecure && !hasSecret(request.headers.authorization, secret ?? '')) {
      this.#host.refused('audiosocket secret wrong', 'webhook');
      return reply.code(401).type('text/plain').send('');
    }
    const { from, to, agent } = (request.body ?? {}) as Record<string, string | undefined>;
    const isFree = this.#host.rate.allows(from || request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return reply.code(503).type('text/plain').send('');
    }
    const nowMs = this.#host.clock.now();
    for (const [uuid, { untilMs }] of this.#expected) if (untilMs <= nowMs) this.#expected.delete(uuid);
    const uuid = randomUUID();
    this.#expected.set(uuid, {
      id: randomUUID(),
      untilMs: nowMs + keepMs,
      ...(from && { from }),
      ...(to && { to }),
      ...(agent && { agent }),
    });
    return reply.type('text/plain').send(uuid);
  }

  #callOf(uuid: string): (Expected & { uuid: string }) | undefined {
    const found = this.#expected.get(uuid);
    this.#expected.delete(uuid);
    if (found && found.untilMs > this.#host.clock.now()) return { ...found, uuid };
    return this.#options.insecure ? { id: randomUUID(), untilMs: 0, uuid } : undefined;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    if (this.#greeting >= mostGreeting) return void socket.destroy();
    this.#greeting += 1;
    this.#host
      .opening(() => this.#answer(socket))
      .catch((error: unknown) => {
        this.#host.log.error('call failed', { problem: error instanceof Error ? error.message : 'unknown' });
        socket.destroy();
      });
  }

  async #answer(socket: Socket): Promise<void> {
    const { clock, log } = this.#host;
    const accepted = await acceptAudioSocket(socket, { clock, log, callOf: (uuid) => this.#callOf(uuid) }).finally(
      () => (this.#greeting -= 1),
    );
    if (!accepted) return this.#host.refused('audiosocket uuid unknown');
    const reason = this.#host.refusal();
    if (reason !== undefined) {
      this.#host.refused(reason);
      return accepted.line.close();
    }
    const { uuid, agent } = accepted.call;
    await beginCall(this.#host, accepted.line, { transport: this.name, callSid: uuid, agent });
  }
}
