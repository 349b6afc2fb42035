import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { TelnyxApi } from '../../../runtime/transports/telnyx-api.js';

let server: Server | undefined;
afterEach(() => server?.close());

/** Answers every request so. */
async function answering(status: number, body: object): Promise<TelnyxApi> {
  server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new TelnyxApi({ apiKey: 'k', apiBase: `http://127.0.0.1:${String(port)}` });
}

const ended = { errors: [{ code: '90018', title: 'Call has already ended' }] };

describe('what Telnyx answers', () => {
  it('B87 to a hang-up of a call that has ended already is taken for done', async () => {
    await expect((await answering(422, ended)).hangUp('v3:1')).resolves.toBeUndefined();
  });

  it('to anything else of such a call is an error', async () => {
    await expect((await answering(422, ended)).answer('v3:1', { url: 'wss://x', parameters: {} })).rejects.toThrow(
      'answered 422',
    );
  });

  it('to a hang-up for another reason is an error', async () => {
    await expect((await answering(500, { errors: [{ code: '10007' }] })).hangUp('v3:1')).rejects.toThrow(
      'answered 500',
    );
  });
});
