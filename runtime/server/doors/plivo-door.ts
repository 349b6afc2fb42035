/** Plivo: the webhook that a call comes in by, the stream that it is connected to, and what Plivo tells of both. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import { e164 } from '../../transports/e164.js';
import type { CallControl } from '../../transports/hand-over.js';
import { acceptPlivo, type PlivoLine } from '../../transports/plivo.js';
import { PlivoApi } from '../../transports/plivo-api.js';
import { isPlivoSigned } from '../../transports/plivo-signature.js';
import { plivoBusy, plivoHangUp, plivoStream, type PlivoNumbers } from '../../transports/plivo-xml.js';
import { isLoopback } from '../admission.js';
import type { Dialler, OutgoingCall, Unanswered } from '../outgoing-calls.js';
import { answerStream, dialOf, refusalOfStream, tellWho } from './carrier-call.js';
import { callOf } from './carrier-transfers.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { PlivoTransfers, transferPaths } from './plivo-transfers.js';
import type { TelephoneOptions } from './telephones.js';

const paths = {
  media: '/plivo/media',
  voice: '/plivo/voice',
  status: '/plivo/status',
  machine: '/plivo/machine',
} as const;

/** How Plivo says that a call is over (`CallStatus`), and what it is of a call of ours that nobody has taken. */
const ended: Record<string, Unanswered> = {
  completed: 'failed',
  busy: 'busy',
  failed: 'failed',
  timeout: 'no_answer',
  'no-answer': 'no_answer',
  cancel: 'canceled',
};
/** How it says that a stream has (`Event`): its pages differ. */
const streamOver = new Set(['StopStream', 'DroppedStream', 'FailedStream', 'stopped', 'failed']);

type Fields = Record<string, string>;

export class PlivoDoor implements Door, Dialler {
  readonly name = 'plivo';
  /** Who opens it is known by the token in its address, which our answer to the webhook gave. */
  readonly socket: SocketDoor = {
    path: paths.media,
    isCounted: false,
    refusal: (request, url) => (this.#account.insecure ? undefined : refusalOfStream(this.#host, request, url)),
    meet: (request, url) => (socket) => this.#host.opening(() => this.#answer(socket, request, url)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<TelephoneOptions['plivo']>;
  readonly #api: PlivoApi | undefined;
  readonly #transfers: PlivoTransfers | undefined;
  /** By the `CallUUID`, while the call runs. */
  readonly #lines = new Map<string, PlivoLine>();

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<TelephoneOptions['plivo']>) {
    this.#host = host;
    this.#account = account;
    const { authId, authToken, apiBase, insecure } = account;
    if (!authToken && !insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as Plivo: set PLIVO_AUTH_TOKEN, or --insecure if something in front checks`,
      );
    }
    if (!authId || !authToken) return;
    this.#api = new PlivoApi({ authId, authToken, apiBase });
    this.#transfers = new PlivoTransfers(host, this.#api, (call, request) => this.#connect(request, call, {}, {}));
  }

  get canDial(): boolean {
    return this.#api !== undefined;
  }

  /** @throws OutsideError */
  dial({ id, to, from, ringMs, detectsMachine }: OutgoingCall): Promise<string> {
    const at = (path: string): string => `${this.#host.ownAddress(path)}?dial=${id}`;
    return this.#api!.call({
      to,
      from,
      ringMs,
      answered: at(paths.voice),
      told: at(paths.status),
      ...(detectsMachine && { machine: at(paths.machine) }),
    });
  }

  routes(app: FastifyInstance): void {
    const answers: Record<string, (fields: Fields, request: FastifyRequest) => string | Promise<string>> = {
      [paths.voice]: (fields, request) => this.#voice(fields, request),
      [paths.status]: (fields, request) => this.#status(dialOf(request), fields),
      [paths.machine]: (fields, request) => this.#machine(dialOf(request), fields),
      [transferPaths.next]: (_, request) => this.#transfers?.next(callOf(request), request.raw) ?? '',
      [transferPaths.told]: (fields, request) => (this.#transfers?.told(callOf(request), fields), ''),
      [transferPaths.whisper]: (_, request) => this.#transfers?.whisper(callOf(request)) ?? '',
      [transferPaths.over]: (fields, request) => this.#transfers?.dialled(callOf(request), fields, request.raw) ?? '',
    };
    for (const [path, answer] of Object.entries(answers))
      app.post(path, (request, reply) => this.#ifPlivo(request, reply, answer));
  }

  async #ifPlivo(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (fields: Fields, request: FastifyRequest) => string | Promise<string>,
  ): Promise<unknown> {
    const fields = (request.body ?? {}) as Fields;
    const { authToken, insecure } = this.#account;
    const { 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': nonce } = request.headers;
    const url = this.#host.address('http', request.raw);
    const isPlivo =
      insecure === true ||
      (authToken ? isPlivoSigned(signature, authToken, { url, fields, nonce }) : this.#host.isOwnOrigin(request.raw));
    if (!isPlivo) {
      this.#host.refused('plivo signature wrong', 'webhook');
      return reply.code(403).send({ error: 'the signature is wrong' });
    }
    const xml = await answer(fields, request);
    return xml === '' ? reply.code(204).send() : reply.type('text/xml').send(xml);
  }

  #voice({ CallUUID: call = '', From: from, To: to }: Fields, request: FastifyRequest): string | Promise<string> {
    const dial = dialOf(request);
    if (dial !== undefined)
      // Somebody has taken a call of ours; one that nobody waits for any more is over.
      return this.#host.outgoing.waiting(dial) ? this.#connect(request.raw, call, { dial }, {}) : plivoHangUp();
    const isFree = this.#host.rate.allows(from ?? request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return plivoBusy();
    }
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    return this.#connect(request.raw, call, agent === null ? {} : { agent }, {
      ...(from !== undefined && { from: e164(from) }),
      ...(to !== undefined && { to: e164(to) }),
    });
  }

  /** XML that connects a call to a stream to here, whose token opens once and for this call. */
  async #connect(
    request: IncomingMessage,
    call: string,
    about: Record<string, string>,
    numbers: PlivoNumbers,
  ): Promise<string> {
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: call });
    const query = new URLSearchParams({ token, ...about });
    const url = `${this.#host.address('ws', request, paths.media)}?${query.toString()}`;
    return plivoStream(url, numbers, this.#host.address('http', request, paths.status));
  }

  async #answer(socket: WebSocket, request: IncomingMessage, url: URL): Promise<void> {
    const { clock, log } = this.#host;
    const controlOf = this.#api && ((call: string): CallControl => this.#controlOf(call, request));
    const line = await acceptPlivo(socket, { id: randomUUID(), clock, log, ...(controlOf && { controlOf }) });
    if (!line) return this.#host.refused('no start', this.name);
    const call = line.start.callId;
    const { insecure } = this.#account;
    const parameters = Object.fromEntries(url.searchParams);
    const answer = { transport: this.name, callSid: call, parameters, insecure, refusal: 'stream token wrong' };
    await answerStream(this.#host, socket, line, answer, {
      lines: this.#lines,
      transfers: this.#transfers,
    });
  }

  #machine(dial: string | undefined, { CallUUID: call = '', Machine: machine }: Fields): string {
    tellWho(this.#host, { line: this.#lines.get(call), dial }, machine === 'true' ? 'machine' : 'person');
    return '';
  }

  #controlOf(call: string, request: IncomingMessage): CallControl {
    return {
      transfer: (order) => this.#transfers!.transfer(call, order, request),
      hangUp: () => this.#api!.hangUp(call),
    };
  }

  /** Of the call (its hang-up address), or of its stream: a socket that stays half open does not keep what has ended. */
  #status(
    dial: string | undefined,
    { CallUUID: call = '', CallStatus: status = '', Event: event = '', StreamID: stream }: Fields,
  ): string {
    const line = this.#lines.get(call);
    if (dial !== undefined && status === 'ringing') this.#host.outgoing.ringing(dial);
    if (streamOver.has(event)) {
      if (stream !== undefined) line?.streamEnded(stream);
    } else if (Object.hasOwn(ended, status)) {
      if (dial !== undefined) this.#host.outgoing.unanswered(dial, ended[status]!);
      this.#transfers?.hungUp(call);
      line?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
    }
    return '';
  }
}
