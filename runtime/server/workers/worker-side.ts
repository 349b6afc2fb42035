/** A process that answers calls for another that listens: what it is handed, and what it tells of itself. */
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { workerVariable, type CircuitNews, type FromWorker, type Standing, type ToWorker, type WorkerFigures, type WorkerPlace } from './messages.js'; // prettier-ignore

/** What the server of a worker shows to whoever listens for it. */
export interface WorkerInside {
  http: HttpServer;
  standing(): Standing;
  figures(): WorkerFigures;
}

const tellEveryMs = 250;
/** What a worker that dies has counted since the last time is lost. */
const figuresEveryMs = 2000;

export class WorkerSide {
  readonly number: number;
  readonly count: number;
  readonly port: number;
  #inside: WorkerInside | undefined;
  #onEnd: (withinMs: number) => void = (withinMs) => process.exit(withinMs === 0 ? 0 : 1);
  #onReload: () => void = () => undefined;
  #onCircuit: (news: CircuitNews) => void = () => undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor({ number, count, port }: WorkerPlace) {
    this.number = number;
    this.count = count;
    this.port = port;
    process.on('message', (message, socket) => this.#take(message as ToWorker, socket as Socket | undefined));
    // A terminal sends its signals to all; whoever listens passes them on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
    // Nobody hands calls over any more: those that run come to their end.
    process.on('disconnect', () => this.#onEnd(30_000));
  }

  /** The worker that this process was started as; undefined in any other. */
  static ofEnvironment(env: Readonly<Record<string, string | undefined>>): WorkerSide | undefined {
    const place = env[workerVariable];
    return place === undefined || !process.send ? undefined : new WorkerSide(JSON.parse(place) as WorkerPlace);
  }

  /** From now on connections come in. */
  attach(inside: WorkerInside): void {
    this.#inside = inside;
    const tell = (): void => this.#send({ kind: 'standing', standing: inside.standing() });
    tell();
    this.#timers.push(
      setInterval(tell, tellEveryMs),
      setInterval(() => this.#send({ kind: 'figures', id: 0, ...inside.figures() }), figuresEveryMs),
    );
    for (const timer of this.#timers) timer.unref();
  }

  detach(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#inside = undefined;
  }

  ready(agents: string[]): void {
    if (this.#inside) this.#send({ kind: 'standing', standing: this.#inside.standing() });
    this.#send({ kind: 'ready', agents });
  }

  /** A provider is down, or up again. */
  tellCircuit(provider: string, why: string | undefined): void {
    this.#send({ kind: 'circuit', provider, ...(why !== undefined && { why }) });
  }

  onCircuit(take: (news: CircuitNews) => void): void {
    this.#onCircuit = take;
  }

  onEnd(end: (withinMs: number) => void): void {
    this.#onEnd = end;
  }

  onReload(reload: () => void): void {
    this.#onReload = reload;
  }

  #take(message: ToWorker, socket: Socket | undefined): void {
    switch (message.kind) {
      case 'socket':
        return this.#connect(message.bytes, socket);
      case 'figures':
        return this.#inside && this.#send({ kind: 'figures', id: message.id, ...this.#inside.figures() });
      case 'end':
        return this.#onEnd(message.withinMs);
      case 'reload':
        return this.#onReload();
      case 'circuit':
        return this.#onCircuit(message);
    }
  }

  /** As if it had come in here: what was read of it is read again. */
  #connect(bytes: string, socket: Socket | undefined): void {
    // Whoever connected may be gone by now.
    if (!socket) return;
    if (!this.#inside) return void socket.destroy();
    socket.on('error', () => socket.destroy());
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    this.#inside.http.emit('connection', socket);
    socket.unshift(Buffer.from(bytes, 'base64'));
  }

  #send(message: FromWorker): void {
    if (process.connected) process.send!(message, undefined, undefined, () => undefined);
  }
}
