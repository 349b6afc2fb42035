/** Any LangChain chat model as one of ours: `@langchain/openai`, and whatever else extends `BaseChatModel`. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { AIMessageChunk, BaseMessageLike } from '@langchain/core/messages';
import type { LanguageModel, ModelMessage, ModelPiece, ModelRequest } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { refusal } from './streamed-answer.js';

const who = 'language model';

/**
 * @param model a chat model that is set up: its key, address, temperature and limits are its own (a request's
 * `temperature` and `maxTokens` are not passed on, LangChain having no common name for them). Give it `maxRetries: 0`:
 * its waiting between tries outlives a caller's patience.
 * @param name for traces and the log. Default: what the model calls itself
 */
export function fromLangChain(model: BaseChatModel, name = nameOf(model)): LanguageModel {
  return {
    name,
    async *stream(request, signal) {
      signal.throwIfAborted();
      try {
        const stream = await runnableFor(model, request).stream(request.messages.map(messageOf), { signal });
        yield* piecesOf(stream as AsyncIterable<AIMessageChunk>);
      } catch (error) {
        throw signal.aborted ? signal.reason : translate(error);
      }
    },
  };
}

/** Whether this is a LangChain chat model, of whichever copy of the library. */
export function isLangChainModel(value: unknown): value is BaseChatModel {
  const one = value as { stream?: unknown; invoke?: unknown; _llmType?: unknown } | null;
  return (
    typeof one === 'object' &&
    one !== null &&
    [one.stream, one.invoke, one._llmType].every((part) => typeof part === 'function')
  );
}

function nameOf(model: BaseChatModel): string {
  const { model: own, modelName } = model as { model?: unknown; modelName?: unknown };
  const name = [own, modelName].find((one) => typeof one === 'string' && one !== '');
  return typeof name === 'string' ? name : model._llmType();
}

function runnableFor(model: BaseChatModel, { functions, mustCall }: ModelRequest): Pick<BaseChatModel, 'stream'> {
  if (!functions || functions.length === 0) return model;
  if (!model.bindTools)
    throw new OutsideError(who, 'refused', 'this LangChain model calls no functions (no bindTools)', {
      retryable: false,
    });
  return model.bindTools(
    functions.map((described) => ({ type: 'function', function: described })),
    // The word that LangChain's integrations share for "one of them, whichever".
    mustCall ? { tool_choice: 'any' } : {},
  ) as Pick<BaseChatModel, 'stream'>;
}

/** As records: the model's own copy of LangChain makes messages of them, whichever copy that is. */
function messageOf({ role, content, calls, callId }: ModelMessage): BaseMessageLike {
  const tool_calls = calls?.map(({ id, name, arguments: given }) => ({ id, name, args: argsOf(given), type: 'tool_call' })); // prettier-ignore
  return { role, content, ...(tool_calls && { tool_calls }), ...(callId !== undefined && { tool_call_id: callId }) };
}

function argsOf(given: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(given);
    return typeof args === 'object' && args !== null && !Array.isArray(args) ? (args as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function* piecesOf(chunks: AsyncIterable<AIMessageChunk>): AsyncGenerator<ModelPiece, void, undefined> {
  const parts = new Map<number, { name: string; arguments: string }>();
  const whole: { name: string; arguments: string }[] = [];
  let [inputTokens, outputTokens] = [0, 0];
  for await (const chunk of chunks) {
    if (chunk.text !== '') yield { kind: 'text', text: chunk.text };
    for (const [at, part] of (chunk.tool_call_chunks ?? []).entries()) {
      const call = parts.get(part.index ?? at) ?? { name: '', arguments: '' };
      call.name += part.name ?? '';
      call.arguments += part.args ?? '';
      parts.set(part.index ?? at, call);
    }
    // A model that does not stream gives its calls whole.
    if ((chunk.tool_call_chunks ?? []).length === 0)
      for (const { name, args } of chunk.tool_calls ?? []) whole.push({ name, arguments: JSON.stringify(args) });
    inputTokens += chunk.usage_metadata?.input_tokens ?? 0;
    outputTokens += chunk.usage_metadata?.output_tokens ?? 0;
  }
  for (const [, call] of [...parts].sort(([a], [b]) => a - b)) yield { kind: 'call', ...call };
  for (const call of whole) yield { kind: 'call', ...call };
  if (inputTokens + outputTokens > 0) yield { kind: 'usage', inputTokens, outputTokens };
}

/** Vendors' errors quote requests and answers: only the status is taken from them. */
function translate(error: unknown): unknown {
  if (error instanceof OutsideError) return error;
  const { status, code, name } = error as { status?: unknown; code?: unknown; name?: unknown };
  if (typeof status === 'number') return refusal(status, "the model's own");
  const sign = [code, name].find((one) => typeof one === 'string' && /^\w{1,40}$/.test(one));
  return new OutsideError(who, 'unreachable', `failed (${typeof sign === 'string' ? sign : 'unknown'})`, {
    retryable: true,
  });
}
