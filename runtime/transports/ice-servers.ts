/** The STUN and TURN servers that callers are told of, so that they find a way to us. */
import { createHmac } from 'node:crypto';

export interface CallerIceServers {
  /** `host:port` each. */
  stun?: readonly string[];
  /** `turn:host:port` each, with the secret that the relay shares with us: callers get a password of an hour, never it. */
  turn?: { urls: readonly string[]; secret: string };
}

export interface IceServer {
  url: string;
  user?: string;
  password?: string;
}

/** A call that lasts longer keeps its relay: the password is asked for when one is taken. */
const passwordSeconds = 3600;

/**
 * Passwords as coturn and others make them of a shared secret (`use-auth-secret`): the user's name is when it runs out,
 * the password its HMAC-SHA1 (draft-uberti-behave-turn-rest-00, 2.2).
 *
 * @param nowSeconds since 1970
 */
export function serversForCaller({ stun = [], turn }: CallerIceServers, nowSeconds: number): IceServer[] {
  const servers: IceServer[] = stun.map((host) => ({ url: `stun:${host}` }));
  if (!turn) return servers;
  const user = `${String(Math.floor(nowSeconds) + passwordSeconds)}:parley`;
  const password = createHmac('sha1', turn.secret).update(user).digest('base64');
  return [...servers, ...turn.urls.map((url) => ({ url, user, password }))];
}

/** As a `Link` header has it (RFC 9725, 4.6). */
export function linkTo({ url, user, password }: IceServer): string {
  const account =
    user === undefined ? '' : `; username="${user}"; credential="${password!}"; credential-type="password"`;
  return `<${url}>; rel="ice-server"${account}`;
}
