/**
 * Plivo's request signature, version 3 (its "Signature validation" page, and its server libraries): base64 of
 * HMAC-SHA256, with the account's token as the key, over the address with its query sorted, the form's fields sorted and
 * run together, and a nonce that stands in a header of its own. The header may hold several, with commas.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface PlivoPost {
  url: string;
  fields: Readonly<Record<string, string>>;
  nonce: string;
}

export function plivoSignature(authToken: string, { url, fields, nonce }: PlivoPost): string {
  const { protocol, host, pathname, searchParams } = new URL(url);
  const query = sorted([...searchParams]).map(([name, value]) => `${name}=${value}`).join('&'); // prettier-ignore
  const form = sorted(Object.entries(fields)).map((pair) => pair.join('')).join(''); // prettier-ignore
  const hasForm = form !== '';
  const text = `${protocol}//${host}${pathname}${query !== '' || hasForm ? '?' : ''}${query}${query !== '' && hasForm ? '.' : ''}${form}.${nonce}`;
  return createHmac('sha256', authToken).update(text, 'utf8').digest('base64');
}

/** Compares in constant time. */
export function isPlivoSigned(
  signatures: unknown,
  authToken: string,
  post: Omit<PlivoPost, 'nonce'> & { nonce: unknown },
): boolean {
  // prettier-ignore
  const { nonce } = post;
  if (typeof signatures !== 'string' || typeof nonce !== 'string') return false;
  const expected = Buffer.from(plivoSignature(authToken, { ...post, nonce }));
  return signatures.split(',').some((one) => {
    const given = Buffer.from(one.trim());
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function sorted(pairs: [string, string][]): [string, string][] {
  return pairs.sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
