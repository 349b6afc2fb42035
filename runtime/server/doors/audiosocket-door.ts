/**
 * Asterisk by AudioSocket, on a port of its own. The dialplan first asks here for a UUID, with the secret, and tells who
 * calls; the socket that brings that UUID within a minute, once, is that call. Nobody else comes in.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UsageError } from '../../../engine/errors.js';
import { acceptAudioSocket, type AudioSocketCall, type AudioSocketLine } from '../../transports/audiosocket.js';
import type { CallControl } from '../../transports/hand-over.js';
import { hasSecret } from '../admission.js';
import { AudioSocketTransfers } from './audiosocket-transfers.js';
import { beginCall, keepWhile } from './carrier-call.js';
import type { Door, DoorHost } from './door.js';
import type { TelephoneOptions } from './telephones.js';

const keepMs = 60_000;
/** Sockets of which no UUID has come yet. */
const mostGreeting = 100;

interface Expected extends AudioSocketCall {
  /** What the dialplan was given first: it names the call, also when the caller is back with another. */
  call: string;
  agent?: string;
  untilMs: number;
}

type Fields = Record<string, string>;

export class AudioSocketDoor implements Door {
  readonly name = 'audiosocket';
  readonly #host: DoorHost;
  readonly #options: NonNullable<TelephoneOptions['audioSocket']>;
  readonly #transfers: AudioSocketTransfers;
  readonly #expected = new Map<string, Expected>();
  /** By the first UUID, while the call runs. */
  readonly #lines = new Map<string, AudioSocketLine>();
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
    this.#transfers = new AudioSocketTransfers(host);
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
    const answers: Record<string, (fields: Fields, request: FastifyRequest) => string | undefined> = {
      '/audiosocket/call': (fields, request) => this.#call(fields, request),
      '/audiosocket/next': ({ uuid = '' }) => this.#transfers.next(uuid),
      '/audiosocket/over': ({ uuid = '', ...told }) => this.#dialled(uuid, told),
    };
    for (const [path, answer] of Object.entries(answers))
      app.post(path, (request, reply) => this.#ifAsterisk(request, reply, answer));
  }

  /** Answers with bare text, as a dialplan can use it; how its `CURL()` sends the secret depends on its age. */
  #ifAsterisk(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (fields: Fields, request: FastifyRequest) => string | undefined,
  ): unknown {
    const { insecure, secret } = this.#options;
    void reply.type('text/plain');
    if (!insecure && !hasSecret(request.headers.authorization, secret ?? '')) {
      this.#host.refused('audiosocket secret wrong', 'webhook');
      return reply.code(401).send('');
    }
    const text = answer((request.body ?? {}) as Fields, request);
    return text === undefined ? reply.code(503).send('') : reply.send(text);
  }

  /** A UUID; undefined where no call is taken now. */
  #call({ from, to, agent, transfers }: Fields, request: FastifyRequest): string | undefined {
    const isFree = this.#host.rate.allows(from || request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return undefined;
    }
    const uuid = randomUUID();
    return this.#expect(uuid, {
      call: uuid,
      id: randomUUID(),
      ...(from && { from }),
      ...(to && { to }),
      ...(agent && { agent }),
      ...(transfers === 'yes' && {
        controlOf: (line: AudioSocketLine): CallControl => ({
          transfer: (order) => this.#transfers.transfer(uuid, order, () => line.leave()),
        }),
      }),
    });
  }

  #expect(uuid: string, about: Omit<Expected, 'untilMs'>): string {
    const nowMs = this.#host.clock.now();
    for (const [old, { untilMs }] of this.#expected) if (untilMs <= nowMs) this.#expected.delete(old);
    this.#expected.set(uuid, { ...about, untilMs: nowMs + keepMs });
    return uuid;
  }

  /** A UUID for the caller to come back with; empty where they do not. */
  #dialled(call: string, told: Fields): string {
    return this.#transfers.dialled(call, told) ? this.#expect(randomUUID(), { call, id: randomUUID() }) : '';
  }

  #callOf(uuid: string): Expected | undefined {
    const found = this.#expected.get(uuid);
    this.#expected.delete(uuid);
    if (found && found.untilMs > this.#host.clock.now()) return found;
    return this.#options.insecure ? { call: uuid, id: randomUUID(), untilMs: 0 } : undefined;
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
    const { call, agent } = accepted.call;
    const waiting = this.#lines.get(call);
    if (waiting && this.#transfers.isRunning(call)) return this.#transfers.back(call, waiting, accepted.line);
    const reason = this.#host.refusal();
    if (reason !== undefined) {
      this.#host.refused(reason);
      return accepted.line.close();
    }
    const about = { transport: this.name, callSid: call, agent };
    await beginCall(this.#host, accepted.line, about, {
      onBegun: (done) => keepWhile(done, this.#lines, call, accepted.line),
    });
  }
}
