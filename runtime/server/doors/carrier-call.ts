/** What the doors of carriers have in common once a stream has told of its call. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { AnsweredBy, Line, LineEvent } from '../../contracts.js';
import { isOwnNumber } from '../admission.js';
import type { OutgoingCall } from '../outgoing-calls.js';
import type { CarrierTransfers } from './carrier-transfers.js';
import type { BeginOptions, DoorHost, Refusal } from './door.js';

export interface CarrierCall {
  /** The door's name. */
  transport: string;
  /** The carrier's own id of the call: what the token was given for. */
  callSid: string;
  /** What our answer to the webhook gave the stream: `token`, and `agent` where one was named. */
  parameters: Readonly<Record<string, string>>;
  /** No token is asked for. */
  insecure?: boolean | undefined;
  /** For the log, where the token does not open. */
  refusal: string;
}

/**
 * Why a stream that carries its token in its address is not opened. Whose token is none gets no socket; whether it opens
 * this call, and for the first time, is looked at with the stream's start.
 */
export async function refusalOfStream(
  { tokens }: DoorHost,
  { headers }: IncomingMessage,
  url: URL,
): Promise<Refusal | undefined> {
  if (headers.origin !== undefined) return { status: '403 Forbidden', reason: 'foreign origin' };
  const ticket = await tokens.check(url.searchParams.get('token') ?? undefined, 'stream');
  return ticket ? undefined : { status: '401 Unauthorized', reason: 'stream token wrong' };
}

/** Looks at the stream's token, which opens once and for its own call; else the socket is closed. */
async function isAdmitted(
  host: DoorHost,
  socket: WebSocket,
  { callSid, parameters, insecure, refusal }: CarrierCall,
): Promise<boolean> {
  const ticket = await host.tokens.check(parameters.token, 'stream', { once: 'now' });
  if (insecure || ticket?.subject === callSid) return true;
  host.refused(refusal);
  socket.close(1008, 'token');
  return false;
}

/** A line of which the carrier tells elsewhere too. */
type ToldLine = Line & { tell(event: LineEvent): void };

/** Answers the line, if its token opens. */
export async function beginCarrierCall(
  host: DoorHost,
  socket: WebSocket,
  line: ToldLine,
  call: CarrierCall,
  how?: BeginOptions,
): Promise<void> {
  if (!(await isAdmitted(host, socket, call))) return;
  const { transport, callSid, parameters } = call;
  const placed = host.outgoing.waiting(parameters.dial);
  if (placed) return beginPlacedCall(host, line, placed, call, how);
  await beginCall(host, line, { transport, callSid, agent: parameters.agent }, how);
}

export interface StreamOptions<L> extends BeginOptions {
  /** The door's calls that are not over, by the carrier's id: this one is among them while it lasts. */
  lines: Map<string, L>;
  /** Absent where calls cannot be handed over. */
  transfers: CarrierTransfers | undefined;
}

/**
 * A stream has told of its call. A caller who is back from a transfer goes on in the line that waits for them; any other
 * is a new call. Either way its token has to open.
 */
export async function answerStream<L extends ToldLine & { comeBackTo(line: L): void }>(
  host: DoorHost,
  socket: WebSocket,
  line: L,
  call: CarrierCall,
  { lines, transfers, ...how }: StreamOptions<L>,
): Promise<void> {
  const { callSid } = call;
  const waiting = lines.get(callSid);
  if (waiting && transfers?.isRunning(callSid)) {
    if (await isAdmitted(host, socket, call)) transfers.back(callSid, waiting, line);
    return;
  }
  await beginCarrierCall(host, socket, line, call, {
    ...how,
    onBegun: (done) => {
      keepWhile(done, lines, callSid, line);
      how.onBegun?.(done);
    },
  });
}

/** The line is among the door's until its call is over. */
export function keepWhile<L>(done: Promise<unknown>, lines: Map<string, L>, callSid: string, line: L): void {
  lines.set(callSid, line);
  void done.then(() => lines.delete(callSid));
}

/** Answers a line of which it is known that it may come in. */
export async function beginCall(
  host: DoorHost,
  line: Line,
  { transport, callSid, agent: named }: { transport: string; callSid: string; agent: string | undefined },
  how?: BeginOptions,
): Promise<void> {
  const { from, to } = line;
  const agent = named === undefined ? {} : { agent: named };
  const caller = from !== undefined && isOwnNumber(from) ? from : undefined;
  const unfinished = caller === undefined ? undefined : await host.findUnfinished({ ...agent, caller });
  await host.begin(
    line,
    {
      id: unfinished ?? line.id,
      transport,
      callSid,
      ...agent,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(caller === undefined ? {} : { caller }),
      ...(unfinished === undefined ? {} : { returning: true }),
    },
    how,
  );
}

/** Somebody took a call of ours: the dialog is with whom we called. */
async function beginPlacedCall(
  host: DoorHost,
  line: ToldLine,
  placed: OutgoingCall,
  { transport, callSid }: CarrierCall,
  how?: BeginOptions,
): Promise<void> {
  const { id, to, from, agent, detectsMachine } = placed;
  await host.begin(
    line,
    { id, transport, callSid, from, to, caller: to, direction: 'outbound', ...(agent !== undefined && { agent }) },
    {
      ...how,
      manners: { detectsMachine },
      onBegun: (done) => {
        host.outgoing.answered(id, done);
        how?.onBegun?.(done);
        // Before the stream was there.
        if (placed.told) line.tell({ kind: 'answered_by', who: placed.told });
      },
    },
  );
}

/** Who took a call of ours, as the carrier hears it: told to its line, or kept until there is one. */
export function tellWho(
  host: DoorHost,
  { line, dial }: { line: ToldLine | undefined; dial: string | undefined },
  who: AnsweredBy | undefined,
): void {
  const placed = host.outgoing.waiting(dial);
  if (who === undefined || !placed) return;
  if (line) line.tell({ kind: 'answered_by', who });
  else placed.told = who;
}

/** The call of ours that an address is about, which ends with `?dial=`. */
export function dialOf(request: FastifyRequest): string | undefined {
  return (request.query as { dial?: string }).dial;
}
