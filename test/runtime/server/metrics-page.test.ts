import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../runtime/observe/log.js';
import type { Server, ServerOptions } from '../../../runtime/server/server.js';
import { createServer } from '../../../runtime/server/server.js';
import { Browser } from '../../calls/real-server.js';

let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const tokenSecret = 'a secret of thirty-two bytes or more';
const node = { lagMs: 0, bytes: 0 };

async function start(options: Partial<ServerOptions> = {}): Promise<void> {
  server = await createServer({
    port: 0,
    log: silentLog,
    openCall: () => Promise.reject(new Error('nobody calls here')),
    load: { loopLagMs: () => node.lagMs, memoryBytes: () => node.bytes },
    ...options,
  });
}

const status = async (headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(`${server!.url}/metrics`, { headers })).status;

describe('/metrics', () => {
  it('is open on this machine, and for no page of a browser that is not ours', async () => {
    await start();
    const answer = await fetch(`${server!.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('# TYPE voice_turn_latency_ms histogram');
    expect(await status({ origin: 'https://elsewhere.example' })).toBe(401);
  });

  it('asks for the token secret where the world comes in, also behind a proxy', async () => {
    for (const where of [{ host: '0.0.0.0' }, { publicUrl: 'https://voice.example.com' }]) {
      await start({ ...where, tokenSecret });
      expect(await status()).toBe(401);
      expect(await status({ authorization: 'Bearer wrong' })).toBe(401);
      expect(await status({ authorization: `Bearer ${tokenSecret}` })).toBe(200);
      await server!.close();
    }
    await start({ host: '0.0.0.0' });
    expect(await status({ authorization: 'Bearer undefined' })).toBe(401);
  });

  it('has a port of its own where that is asked for, with nothing else on it', async () => {
    await start({ host: '0.0.0.0', metricsPort: 0 });
    const own = `http://127.0.0.1:${String(server!.metricsPort)}`;
    expect(await (await fetch(`${own}/metrics`)).text()).toContain('voice_calls_active 0');
    expect((await fetch(`${own}/ready`)).status).toBe(200);
    expect((await fetch(`${own}/token`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${own}/constructor`)).status).toBe(404);
  });

  it('B93 says full at /ready, refuses new calls and counts them', async () => {
    node.bytes = 10;
    await start({ limits: { memoryBytes: 100 } });
    expect((await fetch(`${server!.url}/ready`)).status).toBe(200);
    node.bytes = 101;
    const ready = await fetch(`${server!.url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, full: 'memory' });
    expect(await Browser.refused(`${server!.url.replace('http', 'ws')}/call`)).toBe(503);
    expect(await (await fetch(`${server!.url}/metrics`)).text()).toContain(
      'voice_calls_refused_total{reason="full"} 1',
    );
    node.bytes = 0;
  });
});
