/** Short-lived tokens (JWT, HS256) that open a door once or for a while. */
import { randomBytes, randomUUID } from 'node:crypto';

/**
 * `call`: a browser may open `/call`. `stream`: the carrier may open the media socket of one call. `resume`: whoever
 * was cut off may go on with one dialog, at any server with the same secret.
 */
export type TokenUse = 'call' | 'stream' | 'resume';

export interface Tokens {
  issue(door: TokenUse, options: { seconds: number; subject?: string }): Promise<string>;
  /**
   * The token's subject (empty when it has none), or undefined when it does not open this door.
   *
   * @param options.once one that was used opens no more; `now`: this is its use, `later`: it stays good
   */
  check(
    token: string | undefined,
    door: TokenUse,
    options?: { once?: 'now' | 'later' },
  ): Promise<{ subject: string } | undefined>;
}

/**
 * @param secret at least 32 bytes; without one a random secret lives as long as the process
 * @param worker of several with one secret. What opens once opens only at the worker that gave it out: the others do not
 *   know that it has been used
 */
export function createTokens(secret?: string, worker?: number): Tokens {
  if (secret !== undefined && Buffer.byteLength(secret) < 32) {
    throw new RangeError(
      'the token secret (PARLEY_TOKEN_SECRET) has to have at least 32 bytes: use `openssl rand -hex 32`',
    );
  }
  const key = secret === undefined ? randomBytes(32) : Buffer.from(secret);
  /** Used once: id and when it runs out, seconds. */
  const used = new Map<string, number>();
  const audienceOf = (door: TokenUse): string =>
    `parley:${door}${door === 'stream' && worker !== undefined ? `~${String(worker)}` : ''}`;
  return {
    async issue(door, { seconds, subject }) {
      const { SignJWT } = await import('jose');
      const now = Math.floor(Date.now() / 1000);
      const token = new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(audienceOf(door))
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .setJti(randomUUID());
      return (subject === undefined ? token : token.setSubject(subject)).sign(key);
    },
    async check(token, door, options = {}) {
      if (token === undefined || token.length > 2048) return undefined;
      const { jwtVerify } = await import('jose');
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], audience: audienceOf(door) });
        const { jti, exp, sub } = payload;
        if (jti === undefined || exp === undefined) return undefined;
        if (options.once !== undefined && used.has(jti)) return undefined;
        if (options.once === 'now') {
          for (const [id, until] of used) if (until < Date.now() / 1000) used.delete(id);
          used.set(jti, exp);
        }
        return { subject: sub ?? '' };
      } catch {
        return undefined;
      }
    },
  };
}
