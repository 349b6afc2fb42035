/** `flow dial`: one call to somebody's telephone, by a server of our own for it or by one that runs. */
import { UsageError } from '../engine/errors.js';
import { silentLog } from '../runtime/observe/log.js';
import type { CallRecord } from '../runtime/call/call.js';
import { DialRefusal } from '../runtime/server/outgoing-calls.js';
import { dialByServer } from './dial-by-server.js';
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

export interface Outcome {
  id: string;
  ended: string;
  answered_by?: string | undefined;
  turns?: CallRecord['turns'];
}

/** Calls that nobody took. */
const unanswered = ['busy', 'no_answer', 'failed', 'canceled'];

export async function dial(number: string, options: DialCommandOptions): Promise<void> {
  const outcome = await (options.server === undefined ? dialHere : dialByServer)(number, options).catch(
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

function told({ ended, answered_by: who, turns = [] }: Outcome): string[] {
  return [
    ...turns.map((turn) => `${turn.who === 'caller' ? 'They ' : 'Agent'}  ${turn.text}`),
    `The call ended: ${ended}${who === undefined ? '' : `, answered by a ${who}`}.`,
  ];
}
