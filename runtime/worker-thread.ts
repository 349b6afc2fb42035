/**
 * A worker thread that answers requests: started when first needed, started again after it died, and
 * never a reason for the process to stay alive while nothing is asked of it.
 */
import { existsSync } from 'node:fs';
import { parentPort, Worker } from 'node:worker_threads';
import { messageOf, OutsideError } from '../engine/errors.js';
import { workerFile } from '../engine/package-root.js';

interface Envelope {
  id: number;
  body: unknown;
}

type Reply = { id: number; value: unknown } | { id: number; problem: string };

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (problem: Error) => void;
}

/** @typeParam Request what the worker understands @typeParam Answer what it answers */
export class WorkerThread<Request, Answer> {
  readonly #name: string;
  readonly #who: string;
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  /**
   * @param name the built file, `.dist/<name>.js`
   * @param who whose failure it is, for the errors' text
   */
  constructor(name: string, who: string) {
    this.#name = name;
    this.#who = who;
  }

  /**
   * Requests are answered in the order in which they were made.
   * Fails with an {@link OutsideError}: `protocol` when the worker refuses, `closed` when it died.
   */
  request(body: Request, transfer: ArrayBuffer[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let worker: Worker;
      try {
        worker = this.#running();
      } catch (cause) {
        reject(cause as Error);
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.ref();
      worker.postMessage({ id, body } satisfies Envelope, transfer);
    });
  }

  /** Ends the thread at once; what was still asked fails. A later request starts a new one. */
  close(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#gone(worker, new OutsideError(this.#who, 'closed', 'closed before it answered', { retryable: false }));
    void worker.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const file = workerFile(this.#name);
    if (!existsSync(file)) {
      throw new OutsideError(
        this.#who,
        'unreachable',
        `its worker is not built (.dist/${this.#name}.js). Run \`npm run build\`.`,
        {
          retryable: false,
        },
      );
    }
    const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: 32 } });
    this.#worker = worker;
    worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if (waiting === undefined) return;
      if ('problem' in reply)
        waiting.reject(new OutsideError(this.#who, 'protocol', reply.problem, { retryable: false }));
      else waiting.resolve(reply.value);
    });
    const died = (cause?: unknown): void =>
      this.#gone(
        worker,
        new OutsideError(this.#who, 'closed', 'its worker thread died; the next use starts a new one', {
          retryable: true,
          cause,
        }),
      );
    worker.on('error', died);
    worker.on('exit', () => died());
    worker.unref();
    return worker;
  }

  #gone(worker: Worker, problem: OutsideError): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(problem);
  }
}

/** The worker's side: answers one request after the other, in order. What `answer` throws becomes the caller's error. */
export function answerRequests<Request>(
  answer: (body: Request) => unknown,
  transferOf: (value: unknown) => ArrayBuffer[] = () => [],
): void {
  let last: Promise<void> = Promise.resolve();
  parentPort!.on('message', ({ id, body }: Envelope) => {
    last = last.then(async () => {
      try {
        const value = await answer(body as Request);
        parentPort!.postMessage({ id, value }, transferOf(value));
      } catch (cause) {
        parentPort!.postMessage({ id, problem: messageOf(cause) });
      }
    });
  });
}
