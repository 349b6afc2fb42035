import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat completion request, as it came over the wire. */
export interface ModelServerRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: {
    model?: string;
    stream?: boolean;
    messages?: { role: string; content: string }[];
    tools?: unknown[];
    tool_choice?: unknown;
    max_tokens?: number;
    [key: string]: unknown;
  };
  /** The client went away before the answer was complete. */
  readonly abandoned: boolean;
}

/** Writes one answer as server-sent events, piece by piece, when the test says so. */
export interface ModelServerReply {
  text(piece: string): void;
  call(name: string, json: string): void;
  usage(inputTokens: number, outputTokens: number): void;
  end(): void;
  /** An answer that is no stream. */
  fail(status: number, body?: string): void;
  /** Breaks the connection. */
  die(): void;
}

/** Speaks OpenAI's streamed chat completions on 127.0.0.1. `answer` is called for each request. */
export async function startModelServer(
  answer: (reply: ModelServerReply, request: ModelServerRequest) => void | Promise<void>,
) {
  const requests: ModelServerRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    incoming.on('end', () => {
      let abandoned = false;
      response.on('close', () => (abandoned = !response.writableFinished));
      const request: ModelServerRequest = {
        path: incoming.url!,
        headers: incoming.headers,
        body: JSON.parse(body) as ModelServerRequest['body'],
        get abandoned() {
          return abandoned;
        },
      };
      requests.push(request);
      void answer(replyTo(response, request.body.model ?? 'model'), request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function replyTo(response: ServerResponse, model: string): ModelServerReply {
  let calls = 0;
  const send = (chunk: object): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model, ...chunk })}\n\n`,
    );
  };
  const delta = (part: object, finish: string | null = null): void =>
    send({ choices: [{ index: 0, delta: part, finish_reason: finish }] });
  return {
    text: (piece) => delta({ content: piece }),
    call(name, json) {
      const index = calls++;
      delta({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] });
      delta({ tool_calls: [{ index, function: { arguments: json } }] });
    },
    usage: (inputTokens, outputTokens) =>
      send({ choices: [], usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens } }),
    end() {
      delta({}, calls > 0 ? 'tool_calls' : 'stop');
      response.end('data: [DONE]\n\n');
    },
    fail: (status, body = '{"error":{"message":"no"}}') =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    die: () => void response.socket?.destroy(),
  };
}
