/** `flow dial`: one call to somebody's telephone, by a server of our own for it or by one that runs. */
import { UsageError } from '../engine/errors.js';
import { silentLog } from '../runtime/observe/log.js';
import type { CallRecord } from '../runtime/call/call.js';
import { DialRefusal } from '../runtime/server/outgoing-calls.js';
import { homeFolder } from './home.js';
import { serveAgents } from './serve-agents.js';
import { durationOption } from './settings.js';

export interface DialCommandOptions {
  agent: string;
  from?: string;
  carrier?: string;
  publicUrl?: string;
  port: string;
  ring: string;
  machine: boolean;
  server?: string;
  realTools?: boolean;
  json?: boolean;
}

interface Outcome {
  id: string;
  ended: string;
  answered_by?: string | undefined;
  turns?: CallRecord['turns'];
}

/** How often a server is asked whether the call is over. */
const pollMs = 1000;
/** Calls that nobody took. */
const unanswered = ['busy', 'no_answer', 'failed', 'canceled'];

export async function dial(number: string, options: DialCommandOptions): Promise<void> {
  const outcome = await (options.server === undefined ? dialHere : dialThere)(number, options).catch(
    (error: unknown) => {
      if (!(error instanceof DialRefusal)) throw error;
      throw new Error(error.message, { cause: error });
    },
  );
  if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  else for (const line of told(outcome)) process.stdout.write(`${line}\n`);
  if (unanswered.includes(outcome.ended)) process.exitCode = 1;
}

async function dialHere(number: string, options: DialCommandOptions): Promise<Outcome> {
  const { env } = process;
  const isLocal = [env.TWILIO_API_BASE, env.TELNYX_API_BASE].some((base) => base?.startsWith('http://127.0.0.1'));
  if (options.publicUrl === undefined && !isLocal)
    throw new UsageError('the carrier has to reach this machine: give --public-url https://…, which leads to --port');
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError('--port takes a port');
  const ringMs = durationOption(options.ring, '--ring');
  const started = await serveAgents({
    paths: [options.agent],
    port,
    log: silentLog,
    say: (line) => void process.stderr.write(`${line}\n`),
    home: homeFolder(),
    tools: options.realTools ? 'real' : 'auto',
    ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
  });
  try {
    await started.ready;
    const call = await started.server.dial({
      to: number, ringMs, detectsMachine: options.machine,
      ...(options.from !== undefined && { from: options.from }), ...(options.carrier !== undefined && { carrier: options.carrier }),
    }); // prettier-ignore
    process.stderr.write(`Ringing, by ${call.carrier}.\n`);
    const { id, ended, answeredBy, turns } = await call.done;
    return { id, ended, answered_by: answeredBy, turns };
  } finally {
    await started.close();
  }
}

async function dialThere(number: string, options: DialCommandOptions): Promise<Outcome> {
  const secret = process.env.PARLEY_TOKEN_SECRET;
  if (secret === undefined) throw new UsageError('set PARLEY_TOKEN_SECRET to that of the server');
  if (!URL.canParse(options.server!)) throw new UsageError('--server takes an address: https://voice.example.com');
  const ask = async (path: string, body?: object): Promise<Record<string, string | undefined>> => {
    const answer = await fetch(new URL(path, options.server), {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const fields = (await answer.json()) as Record<string, string | undefined>;
    if (answer.ok) return fields;
    throw answer.status === 400 ? new UsageError(fields.error!) : new Error(`the server answered: ${fields.error ?? String(answer.status)}`); // prettier-ignore
  };
  const { from, carrier, agent, machine } = options;
  const ringSeconds = Math.round(durationOption(options.ring, '--ring') / 1000);
  const { id } = await ask('/calls', { to: number, from, carrier, agent, machine, ring_seconds: ringSeconds });
  for (;;) {
    const call = await ask(`/calls/${encodeURIComponent(id!)}`);
    if (call.status === 'ended') return { id: id!, ended: call.ended!, answered_by: call.answered_by };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function told({ ended, answered_by: who, turns = [] }: Outcome): string[] {
  return [
    ...turns.map((turn) => `${turn.who === 'caller' ? 'They ' : 'Agent'}  ${turn.text}`),
    `The call ended: ${ended}${who === undefined ? '' : `, answered by a ${who}`}.`,
  ];
}
