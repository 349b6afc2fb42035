/** `flow dial --server`: a server that runs places the call (`POST /calls`), and is asked until it is over. */
import { UsageError } from '../engine/errors.js';
import type { DialCommandOptions, Outcome } from './dial.js';
import { durationOption } from './settings.js';

/** How often a server is asked whether the call is over. */
const pollMs = 1000;
/** A server that does not answer for so many questions is not asked any more. */
const mostMissed = 5;
const answerMs = 30_000;
/** What `/calls` takes, ms. */
const ring = { leastMs: 5000, mostMs: 120_000 };

type Fields = Record<string, string | undefined>;

/** Not there, or not to be understood at the moment. */
class Missed extends Error {}

/** @throws UsageError for what is not to be called; Error saying what the server lacks and what to do about it */
export async function dialByServer(number: string, options: DialCommandOptions): Promise<Outcome> {
  const { from, carrier, agent, machine } = options;
  const server = serverIn(options.server!);
  const secret = process.env.PARLEY_TOKEN_SECRET;
  if (!secret) throw new UsageError('set PARLEY_TOKEN_SECRET to that of the server');
  const ringMs = durationOption(options.ring, '--ring');
  if (ringMs < ring.leastMs || ringMs > ring.mostMs) throw new UsageError('--ring takes 5s to 120s');
  const order = { to: number, from, carrier, agent, machine, ring_seconds: Math.round(ringMs / 1000) };
  const call = await ask(new URL('calls', server), secret, order);
  process.stderr.write(`Ringing, by ${call.carrier ?? 'its carrier'}.\n`);
  const id = call.id!;
  for (let missed = 0; ;) {
    try {
      const { status, ended, answered_by: who } = await ask(new URL(`calls/${encodeURIComponent(id)}`, server), secret);
      missed = 0;
      if (status === 'ended') return { id, ended: ended!, answered_by: who };
    } catch (error) {
      if (!(error instanceof Missed)) throw error;
      // The call goes on without us.
      if (++missed === mostMissed) throw new Error(`${error.message}\nThe call was placed as ${id}; what became of it, \`flow calls\` on the server knows.`, { cause: error }); // prettier-ignore
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** As a folder, so that a server behind a path is asked there. */
function serverIn(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError('--server takes an address with http or https: https://voice.example.com');
  url.pathname = url.pathname.replace(/\/?$/, '/');
  return url;
}

async function ask(url: URL, secret: string, body?: object): Promise<Fields> {
  const { origin } = url;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMs),
    });
    text = await answer.text();
  } catch (error) {
    throw new Missed(`nobody answers at ${origin}: start \`flow serve\` there, or give --server another address`, { cause: error }); // prettier-ignore
  }
  const fields = fieldsIn(text);
  if (answer.ok && fields) return fields;
  const told = fields?.error ?? `status ${String(answer.status)}`;
  const tell = problems[answer.status];
  if (tell) throw tell(origin, told, body !== undefined);
  // A proxy before it answers for a server that is away.
  throw fields?.error === undefined && answer.status >= 500
    ? new Missed(`no server of ours answers at ${origin} (status ${String(answer.status)})`)
    : new Error(`${origin} did not place the call: ${told}`);
}

/** What an answer means to whoever typed the command. */
const problems: Record<number, ((origin: string, told: string, isOrder: boolean) => Error) | undefined> = {
  400: (_, told) => new UsageError(told),
  401: (origin) =>
    new Error(`${origin} does not know this secret: set PARLEY_TOKEN_SECRET to the one that it was started with`),
  404: (origin, _, isOrder) =>
    new Error(
      isOrder
        ? `${origin} places no calls: start it with PARLEY_TOKEN_SECRET, and with the keys of a carrier`
        : `${origin} knows nothing of the call any more: it was started again meanwhile`,
    ),
  429: (origin) => new Error(`${origin} has placed too many calls, or rung this number twice: wait a minute`),
};

function fieldsIn(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
