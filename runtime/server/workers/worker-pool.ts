/** The processes that answer calls: started, started again when one dies, asked how they stand, and ended. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Clock } from '../../../engine/contracts.js';
import type { Log } from '../../observe/log.js';
import { workerVariable, type FromWorker, type Standing, type ToWorker, type WorkerFigures, type WorkerPlace } from './messages.js'; // prettier-ignore
import { sumMetrics } from './sum-metrics.js';

export interface PoolOptions {
  count: number;
  /** What each runs: a script and its arguments. It has to take {@link workerVariable} from its environment. */
  script: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Where calls come in. */
  port: number;
  clock: Clock;
  log: Log;
}

interface Worker {
  number: number;
  child: ChildProcess;
  startedMs: number;
  isReady: boolean;
  standing: Standing;
  /** When calls were handed to it that may not be among those it tells of yet. */
  handedMs: number[];
  figures: WorkerFigures | undefined;
  /** Connections on their way to it, the newest last: nobody answers them if it dies before they arrive. */
  underWay: { handle: Handle; sinceMs: number }[];
}

/** What Node keeps beneath a socket. */
interface Handle {
  readStop?(): unknown;
  close(): void;
}

/** One that dies sooner than this after its start is not started again at once. */
const shortLifeMs = 10_000;
const longestPauseMs = 30_000;
/** From a webhook to its stream, and to the worker's word of it. Until then a call counts as one more. */
const tellsWithinMs = 5000;
/** A worker that is too busy to tell its figures is counted with the last that it told. */
const figuresWithinMs = 1000;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Map<number, Worker>();
  /** What those that died had counted. */
  readonly #ended: string[] = [];
  readonly #asked = new Map<number, (figures: WorkerFigures) => void>();
  #agents: string[] = [];
  #lastAsked = 0;
  #restarts = 0;
  #shortLives = 0;
  #ending = false;
  #worstExit = 0;
  #onGone: () => void = () => undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get agents(): readonly string[] {
    return this.#agents;
  }

  get isEnding(): boolean {
    return this.#ending;
  }

  /**
   * The first alone, so that a mistake is told once and what it finds out is there for the others; then those.
   *
   * @returns the exit code of one that does not come up; 0 when all did
   */
  async start(): Promise<number> {
    const code = await this.#comesUp(1);
    if (code !== 0) return code;
    const others = Array.from({ length: this.#options.count - 1 }, (_, index) => this.#comesUp(index + 2));
    return Math.max(0, ...(await Promise.all(others)));
  }

  /** Who is to have it: the one that is named, if it is there, else the one with the most room. */
  choose(named: number | undefined): number | undefined {
    if (named !== undefined && this.#workers.get(named)?.isReady) return named;
    const ready = [...this.#workers.values()].filter(({ isReady }) => isReady);
    // All of them closed: one of them has to say so.
    const open = ready.filter(({ standing }) => standing.isOpen);
    const sinceMs = this.#options.clock.now() - tellsWithinMs;
    const load = (worker: Worker): number => {
      worker.handedMs = worker.handedMs.filter((ms) => ms > sinceMs);
      return worker.standing.calls + worker.handedMs.length;
    };
    return (open.length > 0 ? open : ready).sort((a, b) => load(a) - load(b))[0]?.number;
  }

  /** @param bytes what was read of it already. @param isCall it may become one */
  give(number: number, socket: Socket, bytes: Buffer, isCall: boolean): void {
    const worker = this.#workers.get(number);
    if (!worker?.child.connected) return void socket.destroy();
    const now = this.#options.clock.now();
    if (isCall) worker.handedMs.push(now);
    const handle = handleOf(socket);
    stopReading(handle);
    worker.underWay = worker.underWay.filter(({ sinceMs }) => sinceMs > now - tellsWithinMs);
    if (handle) worker.underWay.push({ handle, sinceMs: now });
    const message: ToWorker = { kind: 'socket', bytes: bytes.toString('base64') };
    worker.child.send(message, socket, {}, (error) => {
      if (error) socket.destroy();
    });
  }

  /** How they stand together. */
  standing(): { ready: boolean; calls: number; full?: string } {
    const all = [...this.#workers.values()];
    const full = all.find(({ standing }) => standing.full !== undefined)?.standing.full;
    const ready = all.some(({ isReady, standing }) => isReady && standing.isOpen);
    return {
      ready: ready && !this.#ending,
      calls: all.reduce((sum, { standing }) => sum + standing.calls, 0),
      ...(!ready && full !== undefined && { full }),
    };
  }

  /** What each knows of itself, and what those that are gone had counted. */
  async figures(): Promise<{ metrics: string[]; ended: readonly string[]; health: Record<string, unknown> }> {
    const all = await Promise.all([...this.#workers.values()].map((worker) => this.#figuresOf(worker)));
    const told = all.flatMap((one) => one ?? []);
    const own = `# HELP voice_worker_restarts_total Workers that died and were started again.\n# TYPE voice_worker_restarts_total counter\nvoice_worker_restarts_total ${String(this.#restarts)}\n`;
    return {
      metrics: [...told.map(({ metrics }) => metrics), own],
      ended: this.#ended,
      health: {
        ...told[0]?.health,
        workers: [...this.#workers.values()].map(({ number, child, isReady, standing: { calls } }) => ({
          worker: number,
          pid: child.pid,
          ready: isReady,
          calls,
        })),
        restarts: this.#restarts,
      },
    };
  }

  reload(): void {
    this.#tellAll({ kind: 'reload' });
  }

  /** @returns 0 when every call came to its end, 1 when one was cut off */
  async end(withinMs: number): Promise<number> {
    this.#ending = true;
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve));
    if (this.#workers.size > 0) {
      this.#tellAll({ kind: 'end', withinMs });
      await gone;
    }
    return this.#worstExit;
  }

  /** At once. */
  kill(): void {
    this.#ending = true;
    for (const { child } of this.#workers.values()) child.kill('SIGKILL');
  }

  #comesUp(number: number): Promise<number> {
    return new Promise((resolve) => this.#fork(number, resolve));
  }

  /** @param settle told 0 when it is ready, its exit code when it never was; without it, one that dies young is started again */
  #fork(number: number, settle?: (code: number) => void): void {
    const { count, script, args, env, port, clock, log } = this.#options;
    const child = fork(script, args, {
      env: { ...env, [workerVariable]: JSON.stringify({ number, count, port } satisfies WorkerPlace) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const worker: Worker = {
      number, child, startedMs: clock.now(), isReady: false, standing: { calls: 0, isOpen: false }, handedMs: [], figures: undefined, underWay: [],
    }; // prettier-ignore
    this.#workers.set(number, worker);
    child.on('message', (message) => this.#take(worker, message as FromWorker, settle));
    child.on('error', (error) => log.error('worker', { worker: number, problem: error.message }));
    child.on('exit', (code, signal) => {
      const wasReady = worker.isReady;
      worker.isReady = false;
      this.#workers.delete(number);
      // Node lets go of them when they have arrived, and keeps those that never do.
      for (const { handle } of worker.underWay) handle.close();
      if (worker.figures) this.#keep(worker.figures.metrics);
      if (this.#ending) {
        this.#worstExit = Math.max(this.#worstExit, code ?? 1);
        settle?.(code ?? 1);
        if (this.#workers.size === 0) this.#onGone();
        return;
      }
      if (settle && !wasReady) return settle(code ?? 1);
      const isYoung = clock.now() - worker.startedMs < shortLifeMs || !wasReady;
      this.#shortLives = isYoung ? this.#shortLives + 1 : 0;
      const pauseMs = isYoung ? Math.min(longestPauseMs, 500 * 2 ** this.#shortLives) : 0;
      log.error('worker died', { worker: number, code: code ?? signal ?? 'unknown', calls: worker.standing.calls, again_ms: pauseMs }); // prettier-ignore
      this.#restarts += 1;
      clock.at(clock.now() + pauseMs, () => {
        if (!this.#ending) this.#fork(number);
      });
    });
  }

  #take(worker: Worker, message: FromWorker, settle: ((code: number) => void) | undefined): void {
    switch (message.kind) {
      case 'standing':
        // As many as there are more of now are known of twice.
        worker.handedMs.splice(0, Math.max(0, message.standing.calls - worker.standing.calls));
        worker.standing = message.standing;
        return;
      case 'figures':
        worker.figures = { metrics: message.metrics, health: message.health };
        this.#asked.get(message.id)?.(worker.figures);
        return;
      case 'ready':
        worker.isReady = true;
        this.#agents = message.agents;
        return settle?.(0);
      case 'circuit':
        for (const other of this.#workers.values()) if (other !== worker) this.#tell(other, message);
    }
  }

  #figuresOf(worker: Worker): Promise<WorkerFigures | undefined> {
    const id = ++this.#lastAsked;
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const done = (figures: WorkerFigures | undefined): void => {
        cancel();
        this.#asked.delete(id);
        resolve(figures);
      };
      const cancel = clock.at(clock.now() + figuresWithinMs, () => done(worker.figures));
      this.#asked.set(id, done);
      this.#tell(worker, { kind: 'figures', id });
    });
  }

  /** However many die, one text is kept. */
  #keep(metrics: string): void {
    const before = this.#ended.pop();
    this.#ended.push(before === undefined ? metrics : sumMetrics([before, metrics]));
  }

  #tellAll(message: ToWorker): void {
    for (const worker of this.#workers.values()) this.#tell(worker, message);
  }

  #tell({ child }: Worker, message: ToWorker): void {
    if (child.connected) child.send(message, () => undefined);
  }
}

/**
 * Node keeps the handle of a socket that it has handed over open, and reads it, until the other process has thanked for
 * it; what comes in by then would be lost: a caller's first words to a worker that was quicker. `socket.pause()` stops
 * the stream and not the handle.
 */
function stopReading(handle: Handle | undefined): void {
  handle?.readStop?.();
}

function handleOf(socket: Socket): Handle | undefined {
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}
