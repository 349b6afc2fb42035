/** OpenAI's chat completions, as far as a dialog answers them: what a request asks, and what answers look like. */
import type { Json } from '../../../engine/contracts.js';
import { recordOf } from '../../transports/media-line.js';

export interface ChatMessage {
  role: 'user' | 'assistant' | 'tool';
  text: string;
}

export interface ChatRequest {
  model: string | undefined;
  /** Without system messages: a flow has its own mind. */
  messages: readonly ChatMessage[];
  stream: boolean;
  includesUsage: boolean;
  /** What names the conversation, where the request says so. */
  key: string | undefined;
  /** The functions that the platform would call for us, with the parameters they take. */
  tools: ReadonlyMap<string, readonly string[]>;
}

/** An error in OpenAI's shape. */
export class ChatProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  get body(): object {
    const type =
      this.status === 429 ? 'rate_limit_error' : this.status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

const mostMessages = 2000;
const longestKey = 200;

/**
 * @param header the value of `x-conversation-id`
 * @throws ChatProblem 400, naming the field
 */
export function readChat(body: unknown, header: string | undefined): ChatRequest {
  const { model, messages, stream, stream_options: streaming, tools, metadata, call, user } = recordOf(body);
  if (!Array.isArray(messages) || messages.length > mostMessages)
    throw new ChatProblem(400, 'messages has to be a list of messages', 'invalid_messages', 'messages');
  if (model !== undefined && typeof model !== 'string')
    throw new ChatProblem(400, 'model has to be the name of an agent', 'invalid_model', 'model');
  const keys = [header, recordOf(metadata).conversation_id, recordOf(call).id, user];
  return {
    model,
    messages: messages.flatMap((message, index) => messageOf(message, index)),
    stream: stream === true,
    includesUsage: recordOf(streaming).include_usage === true,
    key: keys.find((key): key is string => typeof key === 'string' && key !== '')?.slice(0, longestKey),
    tools: toolsOf(tools),
  };
}

function messageOf(given: unknown, index: number): ChatMessage[] {
  const { role, content } = recordOf(given);
  if (role === 'system' || role === 'developer') return [];
  if (role !== 'user' && role !== 'assistant' && role !== 'tool')
    throw new ChatProblem(400, 'this role is not known', 'invalid_role', `messages[${String(index)}].role`);
  // Parts of another kind than text (an image) say nothing to a flow.
  const parts: unknown[] = Array.isArray(content) ? content : [{ text: content }];
  const texts = parts.map((part) => recordOf(part).text).filter((text): text is string => typeof text === 'string');
  return [{ role, text: texts.join(' ').trim() }];
}

function toolsOf(given: unknown): Map<string, string[]> {
  const list: unknown[] = Array.isArray(given) ? given : [];
  return new Map(
    list.flatMap((one) => {
      const { name, parameters } = recordOf(recordOf(one).function);
      return typeof name === 'string' ? [[name, Object.keys(recordOf(recordOf(parameters).properties))] as const] : [];
    }) as [string, string[]][],
  );
}

/** What a turn came to besides its words. */
export interface ChatEnd {
  /** `packet`: what whoever takes the conversation is to know (`TransferPacket`). */
  transfer?: { to: string; mode: string; packet: Json };
  ended?: boolean;
}

export interface ChatCall {
  name: string;
  arguments: string;
}

/** What platforms call these functions: Vapi in one word, LiveKit and others with an underscore. */
const names = { transfer: ['transferCall', 'transfer_call'], ended: ['endCall', 'end_call', 'hang_up'] };
const numberFields = ['destination', 'to', 'phone_number', 'number'];

/** The function of the platform that does it, where the request offers one. */
export function callFor(end: ChatEnd, tools: ChatRequest['tools']): ChatCall | undefined {
  const name = names[end.transfer ? 'transfer' : 'ended'].find((one) => tools.has(one));
  if (name === undefined || (!end.transfer && !end.ended)) return undefined;
  const field = numberFields.find((one) => tools.get(name)!.includes(one)) ?? numberFields[0]!;
  return { name, arguments: JSON.stringify(end.transfer ? { [field]: end.transfer.to } : {}) };
}

/** By characters: a flow reads no tokens, and nobody is billed by these. */
export function usageOf(asked: readonly ChatMessage[], answer: string): object {
  const prompt_tokens = Math.ceil(asked.reduce((sum, { text }) => sum + text.length, 0) / 4);
  const completion_tokens = Math.ceil(answer.length / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
