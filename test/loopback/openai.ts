import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with a request. `pieces` are written one by one, exactly as they stand. */
export type Answer =
  | { kind: 'text'; pieces: string[]; usage?: { input: number; output: number } }
  | { kind: 'call'; name: string; arguments: string; /** The arguments come in this many parts. */ parts?: number }
  | { kind: 'calls'; calls: { name: string; arguments: string }[] }
  | { kind: 'status'; status: number; body?: string }
  | { kind: 'raw'; chunks: (string | Uint8Array)[]; drop?: boolean }
  | { kind: 'silent' };

export interface Seen {
  path: string;
  authorization?: string;
  body: {
    model: string;
    messages: { role: string; content: string }[];
    tools?: { function: { name: string; parameters: unknown } }[];
    [key: string]: unknown;
  };
}

export interface LoopbackOpenAi {
  /** The base address, with `/v1`. */
  url: string;
  seen: Seen[];
  /** Connections that were opened. */
  connections(): number;
  /** Lets the next piece of a text answer go; without it all pieces leave at once. */
  hold(): { next(): void };
  close(): Promise<void>;
}

/** A server on loopback that speaks OpenAI's chat completions as a stream, and answers from a table. */
export async function openAiLoopback(answer: (seen: Seen) => Answer): Promise<LoopbackOpenAi> {
  const seen: Seen[] = [];
  let connections = 0;
  let gate: { open: number; wake: (() => void)[] } | undefined;
  const passGate = async (): Promise<void> => {
    if (!gate) return;
    if (gate.open > 0) {
      gate.open--;
      return;
    }
    await new Promise<void>((resolve) => gate!.wake.push(resolve));
  };

  const server: Server = createServer((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });
  server.on('connection', () => connections++);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    const record: Seen = {
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(text) as Seen['body'],
    };
    seen.push(record);
    const made = answer(record);
    if (made.kind === 'silent') return;
    if (made.kind === 'status') {
      response.writeHead(made.status, { 'content-type': 'application/json' });
      response.end(made.body ?? JSON.stringify({ error: { message: 'refused', type: 'test' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (made.kind === 'raw') {
      for (const chunk of made.chunks) await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
      if (made.drop) response.destroy();
      else response.end();
      return;
    }
    const send = (choice: unknown, extra: object = {}): void => {
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: record.body.model, choices: choice === undefined ? [] : [choice], ...extra })}\n\n`,
      );
    };
    send({ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null });
    if (made.kind === 'text') {
      for (const piece of made.pieces) {
        await passGate();
        send({ index: 0, delta: { content: piece }, finish_reason: null });
      }
      send({ index: 0, delta: {}, finish_reason: 'stop' });
    } else {
      const calls = made.kind === 'calls' ? made.calls : [made];
      const parts = made.kind === 'call' ? (made.parts ?? 1) : 1;
      for (const [index, call] of calls.entries()) {
        send({
          index: 0,
          delta: {
            tool_calls: [
              { index, id: `call_${index}`, type: 'function', function: { name: call.name, arguments: '' } },
            ],
          },
          finish_reason: null,
        });
        const size = Math.max(1, Math.ceil(call.arguments.length / parts));
        for (let at = 0; at < call.arguments.length; at += size) {
          send({
            index: 0,
            delta: { tool_calls: [{ index, function: { arguments: call.arguments.slice(at, at + size) } }] },
            finish_reason: null,
          });
        }
      }
      send({ index: 0, delta: {}, finish_reason: 'tool_calls' });
    }
    const usage = made.kind === 'text' ? made.usage : undefined;
    send(undefined, { usage: { prompt_tokens: usage?.input ?? 10, completion_tokens: usage?.output ?? 2 } });
    response.end('data: [DONE]\n\n');
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    connections: () => connections,
    hold() {
      gate = { open: 0, wake: [] };
      return {
        next() {
          const wake = gate!.wake.shift();
          if (wake) wake();
          else gate!.open++;
        },
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
