import type { WebSocket } from 'ws';
import { loopbackKey } from './openai-realtime.js';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';

/** One part of an answer, in order. Without a fault among them the response is completed. */
export type RealtimePart =
  | { kind: 'text'; pieces: string[] }
  /** Speaks, though it was asked for text. */
  | { kind: 'audio'; transcript: string }
  /** `only`: one of the two messages that tell the whole call. */
  | { kind: 'call'; name: string; arguments: string; parts?: number; only?: 'arguments' | 'item' }
  /** A call that was cut at the limit of tokens. */
  | { kind: 'cut_call'; name: string; arguments: string }
  | { kind: 'garbage' }
  /** Nothing more, until it is cancelled. */
  | { kind: 'silent' }
  | { kind: 'die' }
  | { kind: 'error'; code: string; type: string }
  | { kind: 'failed'; code: string; type: string };

export interface RealtimeQuestion {
  instructions?: string;
  input: Record<string, unknown>[];
  tools: { type: string; name: string; description: string; parameters: unknown }[];
  tool_choice: string;
  max_output_tokens?: number;
  [key: string]: unknown;
}

export interface LoopbackRealtimeModel extends SocketTwin {
  questions: RealtimeQuestion[];
  cancelled: number;
  /** Sent between a cancel and the end that it brings. */
  afterCancel: RealtimePart[];
  /** The response is over before a cancel of it is read. */
  cancelledLate: boolean;
  refuse: number | undefined;
}

export { loopbackKey };
export const usage = { input_tokens: 40, output_tokens: 6, total_tokens: 46 };

/**
 * OpenAI's Realtime as a model that is asked in text: `response.create` out of any conversation, with items and
 * functions; answers in the messages of its general availability. `answer` may wait.
 */
export async function startRealtimeModel(
  answer: (question: RealtimeQuestion) => RealtimePart[] | Promise<RealtimePart[]>,
): Promise<LoopbackRealtimeModel> {
  const state = {} as LoopbackRealtimeModel;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.refuse !== undefined) return state.refuse;
      if (url.pathname !== '/v1/realtime' || !url.searchParams.get('model')) return 404;
      if (request.headers['openai-beta']) state.problems.push('the header of the beta');
      return request.headers.authorization === `Bearer ${loopbackKey}` ? undefined : 401;
    },
    converse: (client) => converse(client, state, answer),
  });
  Object.assign(state, twin, { questions: [], cancelled: 0, afterCancel: [], cancelledLate: false, refuse: undefined });
  state.url = `${twin.url}/v1`;
  return state;
}

function converse(
  client: WebSocket,
  state: LoopbackRealtimeModel,
  answer: (question: RealtimeQuestion) => RealtimePart[] | Promise<RealtimePart[]>,
): void {
  let responses = 0;
  let running: string | undefined;
  let metadata: unknown;
  let asked: unknown;
  const send = (message: object): void => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ event_id: 'loopback', ...message }));
  };
  const done = (status: string, details?: object): void => {
    const id = running;
    running = undefined;
    send({
      type: 'response.done',
      response: { id, status, metadata, output: [], status_details: details ?? null, usage },
    });
  };
  send({ type: 'session.created', session: { type: 'realtime', output_modalities: ['audio'] } });

  const give = (parts: readonly RealtimePart[]): 'goes on' | 'ends here' =>
    giveParts(client, parts, { id: running!, asked, send, done, drop: () => (running = undefined) });

  client.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as {
      type: string;
      event_id?: string;
      response: RealtimeQuestion;
      response_id?: string;
    };
    if (message.type === 'response.create') {
      if (running !== undefined) state.problems.push('a second response beside the first');
      const { metadata: whose, ...question } = message.response;
      metadata = whose;
      asked = message.event_id;
      if (!whose) state.problems.push('nobody could tell whose response it is');
      state.problems.push(...problemsOf(question as RealtimeQuestion));
      state.questions.push(question as RealtimeQuestion);
      const id = (running = `resp_${responses++}`);
      send({ type: 'response.created', response: { id, status: 'in_progress', metadata } });
      void Promise.resolve(answer(message.response)).then((parts) => {
        if (running === id && give(parts) === 'goes on') done('completed');
      });
    } else if (message.type === 'response.cancel') {
      state.cancelled += 1;
      // Without a name it would stop what the conversation says, and this is none of it.
      if (!/^resp_\d+$/.test(String(message.response_id))) state.problems.push('a cancel of nothing');
      if (state.cancelledLate && running !== undefined) done('completed');
      if (running === undefined)
        return send({
          type: 'error',
          error: { code: 'response_cancel_not_active', type: 'invalid_request_error', event_id: message.event_id },
        });
      give(state.afterCancel);
      done('cancelled', { type: 'cancelled', reason: 'client_cancelled' });
    } else state.problems.push(`a message of type ${message.type}`);
  });
}

/** How a response is told: where its messages go, its end, and that it was none. */
export interface Telling {
  id: string;
  /** The name of the message that it was asked for by. */
  asked: unknown;
  send(message: object): void;
  done(status: string, details?: object): void;
  drop(): void;
}

/** The parts of a response as messages, in order. @returns whether it is still to be told that it is completed */
export function giveParts(client: WebSocket, parts: readonly RealtimePart[], by: Telling): 'goes on' | 'ends here' {
  for (const [at, part] of parts.entries()) {
    const about = { response_id: by.id, item_id: `item_${at}`, output_index: at };
    const content = { ...about, content_index: 0 };
    switch (part.kind) {
      case 'text':
        by.send({ type: 'response.output_item.added', ...about, item: { type: 'message', role: 'assistant' } });
        for (const delta of part.pieces) by.send({ type: 'response.output_text.delta', ...content, delta });
        by.send({ type: 'response.output_text.done', ...content, text: part.pieces.join('') });
        break;
      case 'audio':
        by.send({ type: 'response.output_audio_transcript.delta', ...content, delta: part.transcript });
        by.send({ type: 'response.output_audio.delta', ...content, delta: Buffer.alloc(800, 0xff).toString('base64') });
        break;
      case 'call':
      case 'cut_call': {
        const { name, arguments: given } = part;
        const call = { type: 'function_call', call_id: `call_${at}`, name };
        const size = Math.ceil(given.length / (part.kind === 'call' ? (part.parts ?? 1) : 1)) || 1;
        by.send({
          type: 'response.output_item.added',
          ...about,
          item: { ...call, arguments: '', status: 'in_progress' },
        });
        for (let from = 0; from < given.length; from += size)
          by.send({
            type: 'response.function_call_arguments.delta',
            ...about,
            call_id: call.call_id,
            delta: given.slice(from, from + size),
          });
        if (part.kind === 'cut_call') {
          by.send({
            type: 'response.output_item.done',
            ...about,
            item: { ...call, arguments: given, status: 'incomplete' },
          });
          by.done('incomplete', { type: 'incomplete', reason: 'max_output_tokens' });
          return 'ends here';
        }
        if (part.only !== 'item')
          by.send({ ...about, ...call, type: 'response.function_call_arguments.done', arguments: given });
        if (part.only !== 'arguments')
          by.send({
            type: 'response.output_item.done',
            ...about,
            item: { ...call, arguments: given, status: 'completed' },
          });
        break;
      }
      case 'garbage':
        sendGarbage(client, [
          { type: 'response.done' },
          { type: 'error', error: null },
          { type: 'response.output_item.done' },
          { type: 'response.function_call_arguments.done', output_index: 7 },
        ]);
        break;
      case 'silent':
        return 'ends here';
      case 'die':
        client.terminate();
        return 'ends here';
      case 'error':
        by.drop();
        by.send({
          type: 'error',
          error: { code: part.code, type: part.type, message: 'no: purple', event_id: by.asked },
        });
        return 'ends here';
      case 'failed':
        by.done('failed', { type: 'failed', error: { code: part.code, type: part.type, message: 'no: purple' } });
        return 'ends here';
    }
  }
  return 'goes on';
}

const fields = [
  'conversation',
  'output_modalities',
  'instructions',
  'input',
  'tools',
  'tool_choice',
  'max_output_tokens',
];
const contents: Record<string, string> = { user: 'input_text', system: 'input_text', assistant: 'output_text' };

/** What a question about legal moves has to be. */
export function problemsOf(question: RealtimeQuestion): string[] {
  const { conversation, output_modalities, input, tools, tool_choice, max_output_tokens = 1 } = question;
  const problems = Object.keys(question)
    .filter((name) => !fields.includes(name))
    .map((name) => `a field ${name}`);
  if (conversation !== 'none') problems.push('it belongs to a conversation');
  if (JSON.stringify(output_modalities) !== '["text"]') problems.push('it may speak');
  if ((tool_choice === 'none') !== (tools.length === 0)) problems.push('functions and no choice of one');
  if (max_output_tokens < 1 || max_output_tokens > 4096) problems.push('a limit that is none');
  for (const { type, name, parameters } of tools)
    if (type !== 'function' || !/^[\w-]{1,64}$/.test(name) || typeof parameters !== 'object')
      problems.push('no function');
  for (const { type, role, content, call_id, output, name } of input) {
    const asItIs =
      type === 'message'
        ? (content as { type: string }[]).every((part) => part.type === contents[String(role)])
        : type === 'function_call'
          ? typeof name === 'string' && typeof call_id === 'string'
          : type === 'function_call_output' && typeof call_id === 'string' && typeof output === 'string';
    if (!asItIs) problems.push(`an item of type ${String(type)}`);
  }
  return problems;
}
