import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AnthropicSeen {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: {
    model: string;
    max_tokens: number;
    system?: string;
    messages: { role: string; content: Record<string, unknown>[] }[];
    tools?: { name: string; description: string; input_schema: unknown }[];
    tool_choice?: unknown;
    [key: string]: unknown;
  };
}

/** What the server does with a request. */
export type AnthropicAnswer =
  | { kind: 'text'; pieces: string[] }
  | { kind: 'calls'; calls: { name: string; /** The parts of the JSON as they are streamed. */ parts: string[] }[] }
  | { kind: 'status'; status: number }
  | { kind: 'raw'; chunks: string[]; drop?: boolean }
  | { kind: 'silent' };

/** A server on loopback that speaks Anthropic's streamed Messages API, refuses what that API refuses, and answers from a table. */
export async function anthropicLoopback(answer: (seen: AnthropicSeen) => AnthropicAnswer) {
  const seen: AnthropicSeen[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      const record = {
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(text) as AnthropicSeen['body'],
      };
      seen.push(record);
      const fault = faultOf(record);
      if (fault !== undefined) return fail(response, 400, fault);
      const made = answer(record);
      if (made.kind === 'silent') return;
      if (made.kind === 'status') return fail(response, made.status, 'no');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (made.kind !== 'raw') return tell(response, record.body.model, made);
      for (const chunk of made.chunks) response.write(chunk);
      if (made.drop) setImmediate(() => response.destroy());
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What the API answers with 400. */
function faultOf({ path, headers, body }: AnthropicSeen): string | undefined {
  const { messages } = body;
  if (path !== '/v1/messages') return 'path';
  if (headers['anthropic-version'] !== '2023-06-01') return 'version';
  if (!Number.isInteger(body.max_tokens)) return 'max_tokens';
  if (messages[0]?.role !== 'user') return 'first message must be of the user';
  if (messages.some(({ role }) => role !== 'user' && role !== 'assistant')) return 'role';
  if (messages.some(({ content }) => content.some((block) => block.type === 'text' && block.text === '')))
    return 'empty';
  const open = new Set<unknown>();
  for (const { content } of messages)
    for (const block of content) {
      if (block.type === 'tool_use') open.add(block.id);
      if (block.type === 'tool_result' && !open.delete(block.tool_use_id)) return 'result of no call';
    }
  return open.size > 0 ? 'call without a result' : undefined;
}

function fail(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }));
}

function tell(
  response: ServerResponse,
  model: string,
  made: Extract<AnthropicAnswer, { kind: 'text' | 'calls' }>,
): void {
  const send = (type: string, more: object = {}): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`);
  send('message_start', {
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      usage: { input_tokens: 25, output_tokens: 1 },
    },
  });
  send('ping');
  if (made.kind === 'text') {
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    for (const text of made.pieces) send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
    send('content_block_stop', { index: 0 });
  } else
    for (const [index, { name, parts }] of made.calls.entries()) {
      send('content_block_start', {
        index,
        content_block: { type: 'tool_use', id: `toolu_${index}`, name, input: {} },
      });
      for (const partial_json of parts)
        send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
      send('content_block_stop', { index });
    }
  send('message_delta', {
    delta: { stop_reason: made.kind === 'text' ? 'end_turn' : 'tool_use' },
    usage: { output_tokens: 9 },
  });
  send('message_stop');
  response.end();
}
