import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request that a back end got. */
export interface ToolRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Answer = (request: ToolRequest, response: ServerResponse) => void;

/** A tools' back end on 127.0.0.1. Without an answer of its own a path gives `{}`; `hang` never answers. */
export async function startToolServer(answers: Record<string, Answer | object> = {}) {
  const requests: ToolRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let waiting: (() => void)[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    incoming.on('end', () => {
      const request = { method: incoming.method!, path: incoming.url!, headers: incoming.headers, body };
      requests.push(request);
      for (const wake of waiting) wake();
      waiting = [];
      const answer = answers[request.path] ?? answers[request.path.split('?')[0]!] ?? {};
      if (typeof answer === 'function') (answer as Answer)(request, response);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answers,
    get connections() {
      return connections;
    },
    /** Resolves when so many requests have come in all. */
    async received(count: number): Promise<void> {
      while (requests.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export const hang: Answer = () => {};

export function status(code: number, body: unknown = '', type = 'application/json'): Answer {
  return (_request, response) => {
    response.statusCode = code;
    response.setHeader('content-type', type).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}
