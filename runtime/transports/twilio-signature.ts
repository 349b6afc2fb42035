/**
 * Twilio's request signature (its "Security" page): base64 of HMAC-SHA1, with the account's token as the key, over
 * the full URL followed by every form field and its value, fields in alphabetical order. A WebSocket has no fields,
 * and is signed over its `wss://` address exactly as the TwiML gave it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export function signatureOf(authToken: string, url: string, fields: Readonly<Record<string, string>> = {}): string {
  const text = Object.keys(fields)
    .sort()
    .reduce((all, name) => all + name + fields[name]!, url);
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

/** Compares in constant time. */
export function isSigned(
  signature: string | undefined,
  authToken: string,
  url: string,
  fields: Readonly<Record<string, string>> = {},
): boolean {
  if (signature === undefined) return false;
  const expected = Buffer.from(signatureOf(authToken, url, fields));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
