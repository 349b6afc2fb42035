import { RealClock } from '../../engine/clock.js';
import type { Clock, Json, LanguageModel, ModelMessage, ModelPiece, ModelRequest } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { eventsOf } from './server-sent-events.js';

export interface OpenAiCompatibleSettings {
  /** The base of the API, `https://api.openai.com/v1`, or any server that speaks it. */
  url: string;
  key?: string;
  model: string;
  clock?: Clock;
  /** Without a byte for this long the request is given up, milliseconds. Default 15,000. */
  idleMs?: number;
  fetch?: typeof globalThis.fetch;
}

/** One chunk of the stream, as far as we read it. */
interface Chunk {
  choices?: { delta?: Delta; finish_reason?: string | null }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
  error?: unknown;
}

interface Delta {
  content?: string | null;
  tool_calls?: { index?: number; function?: { name?: string; arguments?: string } }[];
}

const who = 'language model';

/** What a status means to us. Everything not listed is a refusal that trying again does not cure. */
const statuses: Record<number, { kind: OutsideError['kind']; words: string; retryable: boolean }> = {
  401: { kind: 'refused', words: 'not authorised (401). Check the key, OPENAI_API_KEY', retryable: false },
  403: { kind: 'refused', words: 'forbidden (403). The key may not use this model', retryable: false },
  404: { kind: 'refused', words: 'not found (404). Check the address and the name of the model', retryable: false },
  408: { kind: 'timeout', words: 'took too long (408)', retryable: true },
  409: { kind: 'busy', words: 'busy (409)', retryable: true },
  429: { kind: 'busy', words: 'too many requests, or the quota is used up (429)', retryable: true },
};

/**
 * Any endpoint that speaks OpenAI's chat completions, streamed over `fetch` (which keeps connections open).
 * A small client of our own: it costs a tenth of the vendor's SDK in time to the first word.
 * Errors are {@link OutsideError}s and never quote what was sent or answered; an abort throws its reason.
 */
export function createOpenAiCompatible(settings: OpenAiCompatibleSettings): LanguageModel {
  const { model, key, clock = new RealClock(), idleMs = 15_000, fetch = globalThis.fetch } = settings;
  const address = endpoint(settings.url);
  return {
    name: model,
    async *stream(request, signal) {
      signal.throwIfAborted();
      const guard = new IdleGuard(clock, idleMs, signal);
      try {
        const response = await guard.within(
          fetch(address, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              accept: 'text/event-stream',
              ...(key !== undefined && { authorization: `Bearer ${key}` }),
            },
            body: JSON.stringify(bodyOf(model, request, address)),
            signal: guard.signal,
          }),
        );
        if (!response.ok) {
          void response.body?.cancel().catch(() => undefined);
          throw refusal(response.status);
        }
        if (!response.body) throw protocol('answered without a body');
        yield* piecesOf(chunksOf(response.body, guard));
      } catch (error) {
        throw translate(error, guard, signal);
      } finally {
        guard.end();
      }
    },
  };
}

function endpoint(url: string): URL {
  const base = url.replace(/\/+$/, '');
  return new URL(base.endsWith('/chat/completions') ? base : `${base}/chat/completions`);
}

function bodyOf(model: string, request: ModelRequest, address: URL): Json {
  const { messages, functions, mustCall, maxTokens, temperature } = request;
  // OpenAI's own reasoning models refuse max_tokens; most other servers know nothing else.
  const limit = address.hostname.endsWith('openai.com') ? 'max_completion_tokens' : 'max_tokens';
  return {
    model,
    messages: messages.map(messageOf),
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens !== undefined && { [limit]: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(functions &&
      functions.length > 0 && {
        tools: functions.map((described) => ({ type: 'function', function: described })),
        tool_choice: mustCall ? 'required' : 'auto',
      }),
  };
}

function messageOf({ role, content, calls, callId }: ModelMessage): Json {
  return {
    role,
    content,
    ...(calls && {
      tool_calls: calls.map(({ id, name, arguments: given }) => ({
        id,
        type: 'function',
        function: { name, arguments: given },
      })),
    }),
    ...(callId !== undefined && { tool_call_id: callId }),
  };
}

/** Reads the body piece by piece, each within the idle limit. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  guard: IdleGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await guard.within(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: a server that never ends its body must not hold the turn.
    void reader.cancel().catch(() => undefined);
  }
}

async function* piecesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ModelPiece, void, undefined> {
  const calls = new Map<number, { name: string; arguments: string }>();
  let finished = false;
  for await (const data of eventsOf(bytes)) {
    if (data === '[DONE]') {
      finished = true;
      continue; // The body's end follows at once, and read to its end the connection can be used again.
    }
    const chunk = parse(data);
    for (const { delta, finish_reason: reason } of chunk.choices ?? []) {
      if (typeof delta?.content === 'string' && delta.content !== '') yield { kind: 'text', text: delta.content };
      for (const [at, call] of (delta?.tool_calls ?? []).entries()) collect(calls, call.index ?? at, call.function);
      if (reason) {
        finished = true;
        for (const [, call] of [...calls].sort(([a], [b]) => a - b)) yield { kind: 'call', ...call };
        calls.clear();
      }
    }
    if (chunk.usage) {
      yield {
        kind: 'usage',
        inputTokens: chunk.usage.prompt_tokens ?? 0,
        outputTokens: chunk.usage.completion_tokens ?? 0,
      };
    }
  }
  if (!finished) {
    throw new OutsideError(who, 'closed', 'the answer broke off', { retryable: true });
  }
}

function collect(
  calls: Map<number, { name: string; arguments: string }>,
  index: number,
  part: { name?: string; arguments?: string } | undefined,
): void {
  const call = calls.get(index) ?? { name: '', arguments: '' };
  call.name += part?.name ?? '';
  call.arguments += part?.arguments ?? '';
  calls.set(index, call);
}

function parse(data: string): Chunk {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    // The parser's message quotes the text, which may be a caller's: it is not kept.
    throw protocol(`sent what is not JSON (${(cause as Error).name})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw protocol('sent an event that is no object');
  const chunk = value as Chunk;
  if (chunk.error !== undefined && chunk.error !== null) {
    throw new OutsideError(who, 'refused', 'reported an error in mid-answer', { retryable: true });
  }
  if (chunk.choices !== undefined && !Array.isArray(chunk.choices)) throw protocol('sent an event of another shape');
  return chunk;
}

function protocol(words: string): OutsideError {
  return new OutsideError(who, 'protocol', words, { retryable: false });
}

function refusal(status: number): OutsideError {
  const known = statuses[status];
  if (known) return new OutsideError(who, known.kind, known.words, { retryable: known.retryable });
  if (status >= 500) return new OutsideError(who, 'unreachable', `failed on its side (${status})`, { retryable: true });
  return new OutsideError(who, 'refused', `refused the request (${status})`, { retryable: false });
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
