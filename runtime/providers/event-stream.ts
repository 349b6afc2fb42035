/**
 * AWS's event-stream encoding (`application/vnd.amazon.eventstream`): lengths, their CRC32, headers, a payload, the
 * CRC32 of it all. One frame is one WebSocket message there. Headers of other types than text are passed over.
 */
import { crc32 } from 'node:zlib';

export interface EventFrame {
  headers: Readonly<Record<string, string>>;
  payload: Uint8Array;
}

const preludeBytes = 8;
const crcBytes = 4;
const leastBytes = preludeBytes + 2 * crcBytes;
const textType = 7;
/** Types of headers whose values have a fixed length; 6 and 7 say theirs. */
const fixedBytes: Record<number, number> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

export function encodeEventFrame({ headers, payload }: EventFrame): Buffer {
  const told = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const text = Buffer.from(value);
      const head = Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name), Buffer.of(textType, 0, 0)]);
      head.writeUInt16BE(text.length, head.length - 2);
      return Buffer.concat([head, text]);
    }),
  );
  const frame = Buffer.alloc(leastBytes + told.length + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(told.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, preludeBytes)), preludeBytes);
  frame.set(told, preludeBytes + crcBytes);
  frame.set(payload, preludeBytes + crcBytes + told.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -crcBytes)), frame.length - crcBytes);
  return frame;
}

/** @throws RangeError for bytes that are no frame, or whose check sums are wrong */
export function decodeEventFrame(bytes: Uint8Array): EventFrame {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headersEnd = preludeBytes + crcBytes + frame.readUInt32BE(4);
  const end = frame.length - crcBytes;
  if (frame.readUInt32BE(0) !== frame.length || headersEnd > end) throw new RangeError('its lengths are wrong');
  if (
    frame.readUInt32BE(preludeBytes) !== crc32(frame.subarray(0, preludeBytes)) ||
    frame.readUInt32BE(end) !== crc32(frame.subarray(0, end))
  )
    throw new RangeError('its check sum is wrong');
  return {
    headers: headersIn(frame.subarray(preludeBytes + crcBytes, headersEnd)),
    payload: frame.subarray(headersEnd, end),
  };
}

function headersIn(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes.readUInt8(nameEnd);
    const fixed = fixedBytes[type];
    const from = nameEnd + (fixed === undefined ? 3 : 1);
    at = from + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (type === textType) headers[name] = bytes.toString('utf8', from, at);
  }
  return headers;
}
