/** Twilio: the webhook that a call comes in by, the media stream that it is connected to, and what Twilio tells of both. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { CallControl } from '../../transports/hand-over.js';
import { acceptTwilio, type TwilioLine } from '../../transports/twilio.js';
import { TwilioRest } from '../../transports/twilio-rest.js';
import { twimlConnect, twimlHangUp, twimlReject } from '../../transports/twiml.js';
import type { AnsweredBy } from '../../contracts.js';
import type { ServerOptions } from '../options.js';
import type { Dialler, OutgoingCall, Unanswered } from '../outgoing-calls.js';
import { answerStream, dialOf, tellWho } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { TwilioGuard } from './twilio-guard.js';
import { TwilioTransfers } from './twilio-transfers.js';

const paths = {
  media: '/twilio/media',
  voice: '/twilio/voice',
  status: '/twilio/status',
  recording: '/twilio/recording',
  machine: '/twilio/machine',
} as const;

/** How Twilio says that a call is over (`CallStatus`), and what it is of a call of ours that nobody has taken. */
const over: Record<string, Unanswered> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'failed',
  canceled: 'canceled',
  completed: 'failed',
};

/** Who took it (`AnsweredBy`, with `DetectMessageEnd`). */
const answeredBy: Record<string, AnsweredBy> = {
  human: 'person',
  unknown: 'person',
  machine_start: 'machine',
  machine_end_beep: 'machine_over',
  machine_end_silence: 'machine_over',
  machine_end_other: 'machine_over',
};

export class TwilioDoor implements Door, Dialler {
  readonly name = 'twilio';
  readonly socket: SocketDoor = {
    path: paths.media,
    isCounted: false,
    refusal: (request) =>
      this.#guard.isTwilio(request, this.#streamUrl(request), {})
        ? undefined
        : { status: '403 Forbidden', reason: 'twilio signature wrong' },
    meet: (request) => (socket) => this.#host.opening(() => this.#answer(socket, request)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['twilio']>;
  readonly #guard: TwilioGuard;
  readonly #rest: TwilioRest | undefined;
  readonly #transfers: TwilioTransfers | undefined;
  /** By the sid of the call, while it runs. */
  readonly #lines = new Map<string, TwilioLine>();

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['twilio']>) {
    this.#host = host;
    this.#account = account;
    const { authToken, accountSid, apiBase } = account;
    this.#guard = new TwilioGuard(host, account);
    if (!accountSid || !authToken) return;
    this.#rest = new TwilioRest({ accountSid, authToken, ...(apiBase ? { apiBase } : {}) });
    this.#transfers = new TwilioTransfers(host, this.#guard, '/twilio');
  }

  get canDial(): boolean {
    return this.#rest !== undefined;
  }

  /** @throws OutsideError */
  dial({ id, to, from, ringMs, detectsMachine }: OutgoingCall): Promise<string> {
    const at = (path: string): string => `${this.#host.ownAddress(path)}?dial=${id}`;
    return this.#rest!.call({
      to, from, ringMs, url: at(paths.voice), statusCallback: at(paths.status),
      ...(detectsMachine && { amdCallback: at(paths.machine) }),
    }); // prettier-ignore
  }

  routes(app: FastifyInstance): void {
    app.post(paths.machine, (request, reply) => this.#told(request, reply, (fields) => this.#machine(dialOf(request), fields))); // prettier-ignore
    app.post(paths.voice, (request, reply) => this.#voice(request, reply));
    app.post(paths.status, (request, reply) =>
      this.#told(request, reply, (fields) => this.#status(dialOf(request), fields)),
    );
    app.post(paths.recording, (request, reply) => this.#told(request, reply, (fields) => this.#recorded(fields)));
    this.#transfers?.routes(app);
  }

  async #voice(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    const dial = dialOf(request);
    if (dial !== undefined) {
      // Somebody has taken a call of ours; one that nobody waits for any more is over.
      if (!this.#host.outgoing.waiting(dial)) return twimlHangUp();
      return this.#connect(request.raw, fields.CallSid ?? '', { dial });
    }
    const isFree = this.#host.rate.allows(fields.From ?? request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return twimlReject();
    }
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    return this.#connect(request.raw, fields.CallSid ?? '', {
      ...(agent === null ? {} : { agent }),
      ...(fields.From === undefined ? {} : { from: fields.From }),
      ...(fields.To === undefined ? {} : { to: fields.To }),
    });
  }

  /** TwiML that connects a call to a stream to here, whose token opens once and for this call. */
  async #connect(request: IncomingMessage, callSid: string, parameters: Record<string, string>): Promise<string> {
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: callSid });
    const status = this.#host.address('http', request, paths.status);
    return twimlConnect(this.#streamUrl(request), { token, ...parameters }, status);
  }

  async #answer(socket: WebSocket, request: IncomingMessage): Promise<void> {
    const { clock, log } = this.#host;
    const controlOf = this.#rest && ((callSid: string): CallControl => this.#controlOf(callSid, request));
    const line = await acceptTwilio(socket, { id: randomUUID(), clock, log, ...(controlOf && { controlOf }) });
    if (!line) return this.#host.refused('no start', this.name);
    const { callSid, parameters } = line.start;
    const { insecure } = this.#account;
    const answer = { transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong' };
    await answerStream(this.#host, socket, line, answer, {
      lines: this.#lines,
      transfers: this.#transfers,
      onBegun: () => {
        if (this.#account.record) void this.#record(callSid, line, request);
      },
    });
  }

  #controlOf(callSid: string, request: IncomingMessage): CallControl {
    const rest = this.#rest!;
    const transfers = this.#transfers!;
    return {
      transfer: (order) =>
        transfers.transfer(callSid, order, request, {
          go: (twiml) => rest.update(callSid, twiml),
          connect: () => this.#connect(request, callSid, {}),
        }),
      // Otherwise the call ends with its stream.
      hangUp: () => (transfers.isRunning(callSid) ? rest.hangUp(callSid) : Promise.resolve()),
      hush: (isSecret) => rest.pauseRecording(callSid, isSecret),
    };
  }

  /** Twilio's own recording, where the operator wants it. */
  async #record(callSid: string, line: TwilioLine, request: IncomingMessage): Promise<void> {
    try {
      const url = await this.#rest?.record(callSid, this.#host.address('http', request, paths.recording));
      if (url !== undefined) line.recorded(url);
    } catch (error) {
      this.#host.log.warn('not recorded', { problem: error instanceof Error ? error.message : 'unknown' });
    }
  }

  /** Something that Twilio tells and wants no answer to. */
  #told(request: FastifyRequest, reply: FastifyReply, take: (fields: Record<string, string>) => void): unknown {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    take(fields);
    return reply.code(204).send();
  }

  #machine(dial: string | undefined, fields: Record<string, string>): void {
    const { CallSid: callSid = '', AnsweredBy: given = '' } = fields;
    const line = this.#lines.get(callSid);
    if (given === 'fax') {
      line?.tell({ kind: 'hang_up', reason: 'fax' });
      return void this.#rest?.hangUp(callSid).catch(() => undefined);
    }
    tellWho(this.#host, { line, dial }, answeredBy[given]);
  }

  /** Of the call, or of its stream: a socket that stays half open does not keep a call that has ended. */
  #status(dial: string | undefined, fields: Record<string, string>): void {
    const { CallSid: callSid = '', CallStatus: status = '', StreamEvent: event, StreamSid: streamSid } = fields;
    const line = this.#lines.get(callSid);
    line?.count('status_callbacks');
    if (event !== undefined) {
      if (event === 'stream-error') line?.count('stream_errors');
      if (event !== 'stream-started' && streamSid !== undefined) line?.streamEnded(streamSid);
      return;
    }
    if (dial !== undefined && status === 'ringing') this.#host.outgoing.ringing(dial);
    if (!Object.hasOwn(over, status)) return;
    if (dial !== undefined) this.#host.outgoing.unanswered(dial, over[status]!);
    this.#transfers?.hungUp(callSid);
    line?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
  }

  #recorded({ CallSid: callSid = '', RecordingStatus: status }: Record<string, string>): void {
    // The call may be over by then: its record has the address since the recording began.
    this.#lines.get(callSid)?.count('recording_callbacks');
    if (status === 'absent') this.#host.log.warn('twilio recorded nothing of a call', { callSid });
  }

  /** The stream's address as it stands in our TwiML: what its signature is over. Twilio drops a query. */
  #streamUrl(request: IncomingMessage): string {
    return this.#host.address('ws', request, paths.media);
  }
}
