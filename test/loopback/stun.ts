/** A STUN server (RFC 8489): says what address a request came from, as late as it is told to. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const cookie = 0x2112a442;
const bindingRequest = 0x0001;
const bindingResponse = 0x0101;
const xorMappedAddress = 0x0020;

export interface StunTwin {
  port: number;
  /** How often it was asked. */
  asked: number;
  close(): Promise<void>;
}

/** @param options.lateMs before each answer; `Infinity`: it never answers */
export async function startStun({ lateMs = 0 }: { lateMs?: number } = {}): Promise<StunTwin> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (request, { address, port }) => {
    if (request.length < 20 || request.readUInt16BE(0) !== bindingRequest || request.readUInt32BE(4) !== cookie) return;
    asked += 1;
    const response = Buffer.alloc(32);
    response.writeUInt16BE(bindingResponse, 0);
    response.writeUInt16BE(12, 2);
    request.copy(response, 4, 4, 20);
    response.writeUInt16BE(xorMappedAddress, 20);
    response.writeUInt16BE(8, 22);
    response.writeUInt8(1, 25);
    response.writeUInt16BE(port ^ (cookie >>> 16), 26);
    const host = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    response.writeUInt32BE((host ^ cookie) >>> 0, 28);
    if (lateMs === Infinity) return;
    setTimeout(() => isOpen && socket.send(response, port, address), lateMs);
  });
  let isOpen = true;
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: (socket.address() as AddressInfo).port,
    get asked() {
      return asked;
    },
    close: () =>
      new Promise((done) => {
        isOpen = false;
        socket.close(() => done());
      }),
  };
}
