import { isIP } from 'node:net';
import { UsageError } from '../engine/errors.js';
import type { ServerOptions } from '../runtime/server/server.js';
import type { Environment } from './assemble.js';

/**
 * What the environment says of how browsers reach us over WebRTC.
 *
 * @param worker one of several, each of which takes its part of the ports: two would find the same to be free
 * @throws UsageError naming the setting
 */
export function webRtcIn(env: Environment, worker = { number: 1, count: 1 }): NonNullable<ServerOptions['webrtc']> {
  const { PARLEY_PUBLIC_IP: publicIp, PARLEY_RTC_PORTS: ports, PARLEY_STUN: stun, PARLEY_TURN: turn } = env;
  if (publicIp && isIP(publicIp) === 0) throw new UsageError('PARLEY_PUBLIC_IP takes an address such as 203.0.113.7');
  if (stun && !/^[\w.-]+:\d+$/.test(stun))
    throw new UsageError('PARLEY_STUN takes host:port, such as stun.example.com:3478');
  return {
    ...(publicIp && { publicIp }),
    ...(ports && { ports: partOf(portsIn(ports), worker) }),
    ...(stun && { stun }),
    ...(turn && { turn: turnIn(turn) }),
    ...callersIn(env),
  };
}

/** What callers themselves are to ask for a way: several of each, with commas. */
function callersIn(env: Environment): Pick<NonNullable<ServerOptions['webrtc']>, 'callers'> {
  const { PARLEY_CALLER_STUN: stun, PARLEY_CALLER_TURN: turn, PARLEY_CALLER_TURN_SECRET: secret } = env;
  const all = (name: string, text: string, each: RegExp, example: string): string[] => {
    const servers = text.split(',').map((one) => one.trim());
    if (!servers.every((one) => each.test(one))) throw new UsageError(`${name} takes ${example}, several with commas`);
    return servers;
  };
  if (turn && !secret)
    throw new UsageError('PARLEY_CALLER_TURN needs PARLEY_CALLER_TURN_SECRET, which the relay shares with us');
  if (!stun && !turn) return {};
  return {
    callers: {
      ...(stun && { stun: all('PARLEY_CALLER_STUN', stun, /^[\w.-]+:\d+$/, 'stun.example.com:3478') }),
      ...(turn && {
        turn: {
          urls: all(
            'PARLEY_CALLER_TURN',
            turn,
            /^turns?:[\w.-]+:\d+(?:\?transport=\w+)?$/,
            'turn:turn.example.com:3478',
          ),
          secret: secret!,
        },
      }),
    },
  };
}

function portsIn(text: string): [number, number] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1024 && to > from && to <= 65_535))
    throw new UsageError('PARLEY_RTC_PORTS takes the first and the last UDP port, such as 40000-40999');
  return [from, to];
}

function partOf(
  [first, last]: [number, number],
  { number, count }: { number: number; count: number },
): [number, number] {
  const each = Math.floor((last - first + 1) / count);
  if (each < 2) throw new UsageError(`PARLEY_RTC_PORTS needs two ports at least for each of ${String(count)} workers`);
  return [first + (number - 1) * each, first + number * each - 1];
}

/** `turn:USER:PASSWORD@HOST:PORT`: its password is a secret, so it is not in the message. */
function turnIn(text: string): { url: string; user: string; password: string } {
  const [, scheme, user, password, host] =
    /^(turns?):([^:@]+):([^@]+)@([\w.-]+:\d+(?:\?transport=\w+)?)$/.exec(text) ?? [];
  if (host === undefined) throw new UsageError('PARLEY_TURN takes turn:USER:PASSWORD@HOST:PORT');
  return { url: `${scheme!}:${host}`, user: user!, password: password! };
}
