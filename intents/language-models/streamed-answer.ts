/** One streamed request to a vendor's HTTP API: what goes wrong on the way is said the same for every vendor. */
import type { Clock, Json, ModelPiece } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { eventsOf } from './server-sent-events.js';

export interface StreamedRequest {
  address: URL;
  headers: Readonly<Record<string, string>>;
  body: Json;
  clock: Clock;
  /** Without a byte for this long the request is given up, milliseconds. */
  idleMs: number;
  fetch: typeof globalThis.fetch;
  /** What the operator sets for this vendor: `OPENAI_API_KEY`. */
  keyName: string;
}

const who = 'language model';
/** More than any honest answer has, bytes: a server that never stops must not fill the memory. */
const longestAnswer = 4_000_000;

/**
 * Posts the body and gives what `read` makes of the events.
 * Errors are {@link OutsideError}s and never quote what was sent or answered; an abort throws its reason.
 * @param read the vendor's protocol: the data of each event in, pieces out
 */
export async function* streamedAnswer(
  { address, headers, body, clock, idleMs, fetch, keyName }: StreamedRequest,
  signal: AbortSignal,
  read: (events: AsyncIterable<string>) => AsyncIterable<ModelPiece>,
): AsyncGenerator<ModelPiece, void, undefined> {
  signal.throwIfAborted();
  const guard = new IdleGuard(clock, idleMs, signal);
  try {
    const response = await guard.within(
      fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: JSON.stringify(body),
        signal: guard.signal,
      }),
    );
    if (!response.ok) {
      void response.body?.cancel().catch(() => undefined);
      throw refusal(response.status, keyName);
    }
    if (!response.body) throw protocol('answered without a body');
    yield* read(eventsOf(chunksOf(response.body, guard)));
  } catch (error) {
    throw translate(error, guard, signal);
  } finally {
    guard.end();
  }
}

/** The data of an event as a record; the parser's own message quotes the text, which may be a caller's, and is not kept. */
export function recordOf(data: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw protocol(`sent what is not JSON (${(cause as Error).name})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw protocol('sent an event that is no object');
  return value as Record<string, unknown>;
}

export function protocol(words: string): OutsideError {
  return new OutsideError(who, 'protocol', words, { retryable: false });
}

/** The server says in mid-answer that it cannot go on. */
export function brokeDown(): OutsideError {
  return new OutsideError(who, 'refused', 'reported an error in mid-answer', { retryable: true });
}

/** The stream ended before the answer did. */
export function brokeOff(): OutsideError {
  return new OutsideError(who, 'closed', 'the answer broke off', { retryable: true });
}

/** What a status means to us. Everything not listed is a refusal that trying again does not cure. */
const statuses: Record<number, { kind: OutsideError['kind']; words: string; retryable: boolean }> = {
  403: { kind: 'refused', words: 'forbidden (403). The key may not use this model', retryable: false },
  404: { kind: 'refused', words: 'not found (404). Check the address and the name of the model', retryable: false },
  408: { kind: 'timeout', words: 'took too long (408)', retryable: true },
  409: { kind: 'busy', words: 'busy (409)', retryable: true },
  429: { kind: 'busy', words: 'too many requests, or the quota is used up (429)', retryable: true },
};

/** The error for an HTTP status. @param keyName where the key is set, for the cure */
export function refusal(status: number, keyName: string): OutsideError {
  if (status === 401)
    return new OutsideError(who, 'refused', `not authorised (401). Check the key, ${keyName}`, { retryable: false });
  const known = statuses[status];
  if (known) return new OutsideError(who, known.kind, known.words, { retryable: known.retryable });
  if (status >= 500) return new OutsideError(who, 'unreachable', `failed on its side (${status})`, { retryable: true });
  return new OutsideError(who, 'refused', `refused the request (${status})`, { retryable: false });
}

/** The body piece by piece, each within the idle limit, all within what an answer may have. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  guard: IdleGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await guard.within(reader.read());
      if (done) return;
      bytes += value.byteLength;
      if (bytes > longestAnswer) throw protocol('sent more than any answer has');
      yield value;
    }
  } finally {
    // Not awaited: a server that never ends its body must not hold the turn.
    void reader.cancel().catch(() => undefined);
  }
}

function translate(error: unknown, guard: IdleGuard, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (guard.late) return new OutsideError(who, 'timeout', 'sent nothing for too long', { retryable: true });
  if (error instanceof OutsideError) return error;
  if (error instanceof RangeError || error instanceof SyntaxError)
    return protocol('sent an answer that cannot be read');
  // undici hides the reason one level down.
  const code =
    (error as { cause?: { code?: string } }).cause?.code ?? (error as { code?: string }).code ?? 'connection lost';
  return new OutsideError(who, 'unreachable', `cannot be reached (${code})`, { retryable: true, cause: error });
}

/** Gives up when nothing comes for too long, or when the caller of the model does. */
class IdleGuard {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #stop = (): void => this.#controller.abort(this.#outer.reason);
  late = false;

  constructor(clock: Clock, idleMs: number, outer: AbortSignal) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#outer = outer;
    outer.addEventListener('abort', this.#stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async within<T>(step: Promise<T>): Promise<T> {
    const cancel = this.#clock.at(this.#clock.now() + this.#idleMs, () => {
      this.late = true;
      this.#controller.abort(new Error('idle'));
    });
    let abandon = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      abandon = (): void => reject(this.signal.reason as Error);
      this.signal.addEventListener('abort', abandon, { once: true });
    });
    try {
      return await Promise.race([step, stopped]);
    } finally {
      cancel();
      this.signal.removeEventListener('abort', abandon);
    }
  }

  end(): void {
    this.#outer.removeEventListener('abort', this.#stop);
  }
}
