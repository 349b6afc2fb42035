import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A host that collects traces: counts what it is sent. */
export async function startCollector() {
  const requests: { path: string; bytes: number; text: string }[] = [];
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      const body = Buffer.concat(pieces);
      requests.push({ path: incoming.url!, bytes: body.length, text: body.toString('latin1') });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
