import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { RealClock } from '../../../engine/clock.js';
import { acceptWebSocket } from '../../../runtime/transports/websocket.js';
import { acceptTwilio } from '../../../runtime/transports/twilio.js';
import { silentLog } from '../../../runtime/observe/log.js';

const clock = new RealClock();
let close = (): void => {};
afterEach(() => close());

async function sockets(): Promise<{ ours: WebSocket; theirs: WebSocket }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const theirs = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  const [[ours]] = (await Promise.all([once(server, 'connection'), once(theirs, 'open')])) as unknown as [[WebSocket]];
  close = () => {
    theirs.terminate();
    ours.terminate();
    server.close();
  };
  return { ours, theirs };
}

const lines = {
  'the WebSocket': async (ours: WebSocket, theirs: WebSocket) => {
    const line = acceptWebSocket(ours, { id: 'one', clock });
    theirs.send(JSON.stringify({ type: 'hello', sampleRateHz: 48_000 }));
    return line;
  },
  Twilio: async (ours: WebSocket, theirs: WebSocket) => {
    const line = acceptTwilio(ours, { id: 'one', clock, log: silentLog });
    theirs.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    const start = { accountSid: 'AC1', callSid: 'CA1', streamSid: 'MZ1', tracks: ['inbound'], customParameters: {}, mediaFormat }; // prettier-ignore
    theirs.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid: 'MZ1', start }));
    return line;
  },
};

describe('a peer that does not read', () => {
  it.each(Object.entries(lines))(
    'B76 over %s: sound is dropped and counted, not kept, and the line lives',
    async (_, accept) => {
      const { ours, theirs } = await sockets();
      const line = (await accept(ours, theirs))!;
      theirs.pause();
      const frame = new Int16Array(160).fill(1000);
      for (let sent = 0; sent < 200_000 && (line.counters?.['dropped_sends'] ?? 0) < 100; sent++) {
        line.send(frame);
        // The kernel takes what it can.
        if (sent % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(line.counters!['dropped_sends']).toBeGreaterThanOrEqual(100);
      expect(ours.bufferedAmount).toBeLessThan(1024 * 1024 + 20_000);
      theirs.resume();
      for (let i = 0; i < 1000 && ours.bufferedAmount > 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(ours.bufferedAmount).toBe(0);
      const dropped = line.counters!['dropped_sends'];
      line.mark('after');
      const marked = new Promise<void>((resolve) => {
        theirs.on('message', (data: Buffer) => {
          if (data.length < 500 && data.toString().includes('"after"')) resolve();
        });
      });
      await marked;
      expect(line.counters!['dropped_sends']).toBe(dropped);
    },
    30_000,
  );
});
