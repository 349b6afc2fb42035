/** A way through the network, that can be cut: what comes in goes to one port, and what comes back to who sent last. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface UdpProxy {
  port: number;
  /** From now on nothing passes. */
  cut(): void;
  close(): Promise<void>;
}

/** @param target where it leads to, on this machine */
export async function startUdpProxy(target: number): Promise<UdpProxy> {
  const [outside, inside] = [createSocket('udp4'), createSocket('udp4')];
  let caller: { port: number; address: string } | undefined;
  let isCut = false;
  outside.on('message', (bytes, from) => {
    if (isCut) return;
    caller = from;
    inside.send(bytes, target, '127.0.0.1');
  });
  inside.on('message', (bytes) => {
    if (!isCut && caller) outside.send(bytes, caller.port, caller.address);
  });
  for (const socket of [outside, inside]) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  return {
    port: (outside.address() as AddressInfo).port,
    cut: () => void (isCut = true),
    close: async () => {
      await Promise.all([outside, inside].map((socket: Socket) => new Promise<void>((done) => socket.close(done))));
    },
  };
}
