/**
 * Acme's stand-in back end: a real HTTP server on loopback, so that the example's tools really run.
 * `flow serve` and `flow talk` start it when `ACME_URL` is not set.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const day = 86_400_000;

export async function start(): Promise<{ env: Record<string, string>; close: () => Promise<void> }> {
  const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString().slice(0, 10);
  const orders: Record<string, { status: string; eta: string }> = {
    '4471': { status: 'shipped', eta: inDays(2) },
    '1234': { status: 'delivered', eta: inDays(-3) },
    '9000': { status: 'lost', eta: inDays(-9) },
  };
  const bills: Record<string, { amount: string; paid: boolean }> = {
    '20417': { amount: '42.50 EUR', paid: false },
    '20400': { amount: '10 EUR', paid: true },
  };
  const receipts = new Map<string, string>();

  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const [, what, id = ''] = (request.url ?? '').split('/');
    if (request.method === 'GET' && what === 'orders') {
      const order = orders[decodeURIComponent(id)];
      return order ? answer(200, order) : answer(404, {});
    }
    if (request.method === 'GET' && what === 'bills') {
      const bill = bills[decodeURIComponent(id)];
      return bill ? answer(200, bill) : answer(404, {});
    }
    if (request.method === 'POST' && what === 'payments') {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        const key = String(request.headers['idempotency-key'] ?? text);
        const { bill = '' } = JSON.parse(text || '{}') as { bill?: string };
        if (!bills[bill]) return answer(404, {});
        bills[bill].paid = true;
        receipts.set(key, receipts.get(key) ?? `R${880 + receipts.size + 1}`);
        answer(200, { receipt: receipts.get(key) });
      });
      return;
    }
    answer(404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { ACME_URL: `http://127.0.0.1:${port}`, DESK: '+35315550100' },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
