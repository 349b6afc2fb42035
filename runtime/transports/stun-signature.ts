/** Who signed a check of ICE: the library answers any that has the right names, whoever sent it. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const headerBytes = 20;
/** MESSAGE-INTEGRITY: HMAC-SHA1 over all before it, the length in the header being that up to its own end. */
const integrity = { type: 0x0008, bytes: 20 };

/** True where a message of STUN was signed with this password (RFC 8489, 14.5). */
export function isSigned(data: Buffer, password: string): boolean {
  for (let at = headerBytes; at + 4 <= data.length;) {
    const bytes = data.readUInt16BE(at + 2);
    if (data.readUInt16BE(at) === integrity.type) {
      if (bytes !== integrity.bytes || at + 4 + bytes > data.length) return false;
      const before = Buffer.from(data.subarray(0, at));
      before.writeUInt16BE(at + 4 + bytes - headerBytes, 2);
      const own = createHmac('sha1', password).update(before).digest();
      return timingSafeEqual(own, data.subarray(at + 4, at + 4 + bytes));
    }
    at += 4 + Math.ceil(bytes / 4) * 4;
  }
  return false;
}
