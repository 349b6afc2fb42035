import { RealClock } from '../../engine/clock.js';
import type { Clock, Json, LanguageModel, ModelMessage, ModelPiece, ModelRequest } from '../../engine/contracts.js';
import { brokeDown, brokeOff, protocol, recordOf, streamedAnswer } from './streamed-answer.js';

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

/**
 * Any endpoint that speaks OpenAI's chat completions, streamed over `fetch` (which keeps connections open).
 * A small client of our own: it costs a tenth of the vendor's SDK in time to the first word.
 * Errors are `OutsideError`s and never quote what was sent or answered; an abort throws its reason.
 */
export function createOpenAiCompatible(settings: OpenAiCompatibleSettings): LanguageModel {
  const { model, key, clock = new RealClock(), idleMs = 15_000, fetch = globalThis.fetch } = settings;
  const address = endpoint(settings.url);
  return {
    name: model,
    stream: (request, signal) =>
      streamedAnswer(
        {
          address,
          headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
          body: bodyOf(model, request, address),
          clock,
          idleMs,
          fetch,
          keyName: 'OPENAI_API_KEY',
        },
        signal,
        piecesOf,
      ),
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

async function* piecesOf(events: AsyncIterable<string>): AsyncGenerator<ModelPiece, void, undefined> {
  const calls = new Map<number, { name: string; arguments: string }>();
  let finished = false;
  for await (const data of events) {
    if (data === '[DONE]') {
      finished = true;
      continue; // The body's end follows at once, and read to its end the connection can be used again.
    }
    const chunk = chunkOf(data);
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
  if (!finished) throw brokeOff();
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

function chunkOf(data: string): Chunk {
  const chunk = recordOf(data) as Chunk;
  if (chunk.error !== undefined && chunk.error !== null) throw brokeDown();
  if (chunk.choices !== undefined && !Array.isArray(chunk.choices)) throw protocol('sent an event of another shape');
  return chunk;
}
