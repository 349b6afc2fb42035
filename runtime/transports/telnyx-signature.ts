/**
 * Telnyx's webhook signature: Ed25519 over `timestamp|body`, the body as it came, with the account's public key (32
 * bytes in base64, from the portal). A webhook older than five minutes is refused, so that none can be played again.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 key in SPKI (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const maxAgeSeconds = 300;

/** @throws RangeError when it is no such key */
export function telnyxKey(base64: string): KeyObject {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== 32)
    throw new RangeError('TELNYX_PUBLIC_KEY has to be 32 bytes in base64, as the portal shows it');
  return createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: 'der', type: 'spki' });
}

export function isTelnyxSigned(
  request: { signature: unknown; timestamp: unknown; body: string },
  key: KeyObject,
  nowMs: number,
): boolean {
  const { signature, timestamp, body } = request;
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > maxAgeSeconds) return false;
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === 64 && verify(null, Buffer.from(`${timestamp}|${body}`), key, bytes);
}
