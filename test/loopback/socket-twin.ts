import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** What every twin of a vendor's socket has. */
export interface SocketTwin {
  /** `http://127.0.0.1:port` */
  url: string;
  /** What was not as the protocol wants it. Must stay empty. */
  problems: string[];
  /** The address of each connection, in order. */
  connections: URL[];
  /** Cuts every connection that is open. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A WebSocket server on loopback.
 * @param by `refuse` looks at a handshake: the status that it is refused with, undefined where it is taken
 */
export async function startSocketTwin(by: {
  refuse: (url: URL, request: IncomingMessage) => number | undefined;
  converse: (client: WebSocket, url: URL) => void;
}): Promise<SocketTwin> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true });
  const twin: SocketTwin = {
    url: '',
    problems: [],
    connections: [],
    hangUp: async () => {
      const open = [...sockets.clients];
      const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of open) socket.terminate();
      await Promise.all(gone);
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url!, 'http://127.0.0.1');
    const status = by.refuse(url, request);
    if (status !== undefined) {
      // What a vendor writes here may repeat what it was sent.
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      twin.connections.push(url);
      client.on('error', () => {});
      by.converse(client, url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  twin.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return twin;
}

export const wordMs = 300;

/** Every word is 300 ms of a tone whose pitch is the word's length. */
export function toneOf(text: string, rateHz = 8000): Int16Array {
  return Int16Array.from(
    text
      .trim()
      .split(/\s+/)
      .flatMap((word) =>
        Array.from({ length: (wordMs * rateHz) / 1000 }, (_, n) =>
          Math.round(8000 * Math.sin((2 * Math.PI * (200 + 40 * word.length) * n) / rateHz)),
        ),
      ),
  );
}

/** What no vendor sends. */
export function sendGarbage(client: WebSocket, more: readonly object[] = []): void {
  client.send('this is no JSON {');
  client.send('null');
  client.send('[]');
  client.send('17');
  client.send(JSON.stringify({ type: 'Unheard', of: [1, 2] }));
  for (const one of more) client.send(JSON.stringify(one));
}
