import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Phone } from '../../../cli/caller/phone.js';
import { RealClock } from '../../../engine/clock.js';

it('tells a server that takes no call from one that is not there', async () => {
  const server = createServer().on('upgrade', (_, socket) =>
    socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/call`;
  const dial = (): Promise<Phone> => Phone.dial(url, { clock: new RealClock(), onMessage: () => undefined });
  await expect(dial()).rejects.toThrow(/took no call \(503\)/);
  await new Promise((resolve) => server.close(resolve));
  await expect(dial()).rejects.toThrow(/did not answer .*Is `flow serve` running there\?/);
});
