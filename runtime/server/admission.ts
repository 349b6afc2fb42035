/** Who may come in: addresses, origins, and how often. Pure but for the counting. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../engine/contracts.js';

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * A browser may open our socket only from our own page. Programs send no Origin. On loopback the Host has to be a
 * loopback name too, or a page elsewhere could reach us by a name of its own that it points here (DNS rebinding).
 */
export function isOwnOrigin(
  headers: { origin?: string; host?: string },
  where: { boundHost: string; publicUrl?: string },
): boolean {
  const publicHost = where.publicUrl === undefined ? undefined : new URL(where.publicUrl).host;
  const { host, origin } = headers;
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, '');
  if (isLoopback(where.boundHost) && !isLoopback(name) && host !== publicHost) return false;
  if (origin === undefined) return true;
  try {
    const from = new URL(origin).host;
    return from === host || from === publicHost;
  } catch {
    return false;
  }
}

/** In constant time, whatever the lengths. */
export function sameText(a: string | undefined, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return a !== undefined && timingSafeEqual(digest(a), digest(b));
}

/** At most `perMinute` for each address; the window slides. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #seen = new Map<string, number[]>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Counts one, unless that would be one too many. */
  allows(address: string): boolean {
    const now = this.#clock.now();
    // Addresses that have been quiet are forgotten, so that the list stays small.
    for (const [other, times] of this.#seen) if (times.at(-1)! <= now - 60_000) this.#seen.delete(other);
    const times = (this.#seen.get(address) ?? []).filter((atMs) => atMs > now - 60_000);
    if (times.length >= this.#perMinute) return false;
    times.push(now);
    this.#seen.set(address, times);
    return true;
  }
}

/** What Twilio sends as `From` when the caller's number is withheld: the words on a telephone's keys. */
const withheld: readonly string[] = ['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253'];

/** Whether a caller's number is one that is theirs in every call: written as E.164, and not withheld. */
export function isOwnNumber(from: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(from) && !withheld.includes(from);
}

/** Whether a header brings this secret: as a bearer, or as the password of whatever user. In constant time. */
export function hasSecret(header: string | undefined, secret: string): boolean {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) (.+)$/i.exec(header ?? '') ?? [];
  const given = /basic/i.test(scheme)
    ? Buffer.from(value, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '')
    : value;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return secret !== '' && timingSafeEqual(digest(given), digest(secret));
}
