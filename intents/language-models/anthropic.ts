import { RealClock } from '../../engine/clock.js';
import type { Clock, Json, LanguageModel, ModelMessage, ModelPiece, ModelRequest } from '../../engine/contracts.js';
import { brokeDown, brokeOff, protocol, recordOf, streamedAnswer } from './streamed-answer.js';

export interface AnthropicSettings {
  /** The base of the API. Default `https://api.anthropic.com`. */
  url?: string;
  key?: string;
  model: string;
  clock?: Clock;
  /** Without a byte for this long the request is given up, milliseconds. Default 15,000. */
  idleMs?: number;
  fetch?: typeof globalThis.fetch;
}

/** Of the events of the stream, what we read. */
interface Event {
  type?: string;
  index?: number;
  message?: { usage?: Usage };
  content_block?: { type?: string; name?: string; text?: string };
  delta?: { type?: string; text?: string; partial_json?: string };
  usage?: Usage;
}

interface Usage {
  input_tokens?: number;
  output_tokens?: number;
}

/** The API wants a limit; who asks for none gets one that no spoken answer reaches. */
const defaultMaxTokens = 1024;

/**
 * Anthropic's Messages API (version 2023-06-01), streamed, with tool use; a small client of our own for the same reasons as
 * {@link createOpenAiCompatible}. A request's `temperature` is not sent: newer models refuse the whole request for it.
 * Errors are `OutsideError`s and never quote what was sent or answered; an abort throws its reason.
 */
export function createAnthropic(settings: AnthropicSettings): LanguageModel {
  const { model, key, clock = new RealClock(), idleMs = 15_000, fetch = globalThis.fetch } = settings;
  const address = new URL(`${(settings.url ?? 'https://api.anthropic.com').replace(/(\/v1)?\/*$/, '')}/v1/messages`);
  return {
    name: model,
    stream: (request, signal) =>
      streamedAnswer(
        {
          address,
          headers: { 'anthropic-version': '2023-06-01', ...(key !== undefined && { 'x-api-key': key }) },
          body: bodyOf(model, request),
          clock,
          idleMs,
          fetch,
          keyName: 'ANTHROPIC_API_KEY',
        },
        signal,
        piecesOf,
      ),
  };
}

function bodyOf(model: string, { messages, functions, mustCall, maxTokens }: ModelRequest): Json {
  const system = messages.flatMap(({ role, content }) => (role === 'system' && content !== '' ? [content] : []));
  return {
    model,
    max_tokens: maxTokens ?? defaultMaxTokens,
    ...(system.length > 0 && { system: system.join('\n\n') }),
    messages: turnsOf(messages),
    stream: true,
    ...(functions &&
      functions.length > 0 && {
        tools: functions.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
        tool_choice: mustCall ? { type: 'any', disable_parallel_tool_use: true } : { type: 'auto' },
      }),
  };
}

/** Turns of user and assistant by turns, the user first, as the API wants them; results of tools are the user's. */
function turnsOf(messages: readonly ModelMessage[]): Json {
  const turns: { role: 'user' | 'assistant'; content: Json[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    if (content.length === 0) continue;
    if (turns.length === 0 && role === 'assistant')
      turns.push({ role: 'user', content: [{ type: 'text', text: '(The call begins.)' }] });
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns as Json;
}

function blocksOf({ role, content, calls, callId }: ModelMessage): Json[] {
  if (role === 'tool') return [{ type: 'tool_result', tool_use_id: callId ?? '', content }];
  return [
    ...(content.trim() === '' ? [] : [{ type: 'text', text: content }]),
    ...(calls ?? []).map(({ id, name, arguments: given }) => ({ type: 'tool_use', id, name, input: inputOf(given) })),
  ];
}

/** What a model once called with goes back as a record; what was none is none. */
function inputOf(given: string): Json {
  try {
    const input = JSON.parse(given) as Json;
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  } catch {
    return {};
  }
}

async function* piecesOf(events: AsyncIterable<string>): AsyncGenerator<ModelPiece, void, undefined> {
  const calls = new Map<number, { name: string; arguments: string }>();
  let [inputTokens, outputTokens] = [0, 0];
  let finished = false;
  for await (const data of events) {
    const event = recordOf(data) as Event;
    switch (event.type) {
      case 'error':
        throw brokeDown();
      case 'message_start':
        inputTokens = event.message?.usage?.input_tokens ?? 0;
        break;
      case 'content_block_start':
        if (event.content_block?.type === 'tool_use')
          calls.set(event.index ?? 0, { name: String(event.content_block.name ?? ''), arguments: '' });
        else if (event.content_block?.text) yield { kind: 'text', text: event.content_block.text };
        break;
      case 'content_block_delta': {
        const { delta } = event;
        const call = calls.get(event.index ?? 0);
        if (delta?.type === 'text_delta' && delta.text) yield { kind: 'text', text: delta.text };
        else if (delta?.type === 'input_json_delta') {
          if (!call) throw protocol('sent arguments of no function');
          call.arguments += delta.partial_json ?? '';
        }
        break;
      }
      case 'content_block_stop': {
        const call = calls.get(event.index ?? 0);
        if (call) yield { kind: 'call', name: call.name, arguments: call.arguments || '{}' };
        calls.delete(event.index ?? 0);
        break;
      }
      case 'message_delta':
        outputTokens = event.usage?.output_tokens ?? outputTokens;
        break;
      case 'message_stop':
        finished = true;
        yield { kind: 'usage', inputTokens, outputTokens };
        break;
      default: // Pings, and whatever the API adds: it promises that unknown events may be passed over.
    }
  }
  if (!finished) throw brokeOff();
}
