/** Vonage Voice: the webhook that a call comes in by, the socket that it is connected to, and what Vonage tells of both. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import { e164 } from '../../transports/e164.js';
import type { CallControl } from '../../transports/hand-over.js';
import { textsOf } from '../../transports/media-line.js';
import { acceptPcm, PcmLine } from '../../transports/pcm-line.js';
import { vonageDialect, vonageStart } from '../../transports/vonage.js';
import { VonageApi } from '../../transports/vonage-api.js';
import { vonageHangUp, vonageStream, type Ncco } from '../../transports/vonage-ncco.js';
import type { AnsweredBy } from '../../contracts.js';
import { isLoopback } from '../admission.js';
import type { Dialler, OutgoingCall, Unanswered } from '../outgoing-calls.js';
import { answerStream, dialOf, refusalOfStream, tellWho } from './carrier-call.js';
import { callOf } from './carrier-transfers.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import type { TelephoneOptions } from './telephones.js';
import { VonageTransfers, vonageTransferPaths } from './vonage-transfers.js';

const paths = { media: '/vonage/media', answer: '/vonage/answer', event: '/vonage/event' } as const;
/** How Vonage says that a call is over (`status` of an event), and what it is of a call of ours that nobody has taken. */
const ended: Record<string, Unanswered> = {
  completed: 'failed',
  failed: 'failed',
  rejected: 'busy',
  busy: 'busy',
  timeout: 'no_answer',
  unanswered: 'no_answer',
  cancelled: 'canceled',
  disconnected: 'failed',
};
/** Who took it: `status` of an event, or its `sub_state` where it has one. */
const answeredBy: Record<string, AnsweredBy> = {
  human: 'person',
  machine: 'machine',
  beep_start: 'machine_over',
  beep_timeout: 'machine_over',
};

type Fields = Record<string, string>;
/** What Vonage is to go on with; undefined where it asked nothing. */
type Answered = Ncco | undefined;

export class VonageDoor implements Door, Dialler {
  readonly name = 'vonage';
  /** Who opens it is known by the token in its address, which our NCCO gave. */
  readonly socket: SocketDoor = {
    path: paths.media,
    isCounted: false,
    refusal: (request, url) => (this.#account.insecure ? undefined : refusalOfStream(this.#host, request, url)),
    meet: (request, url) => (socket) => this.#host.opening(() => this.#answer(socket, request, url)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<TelephoneOptions['vonage']>;
  readonly #api: VonageApi | undefined;
  readonly #transfers: VonageTransfers | undefined;
  /** By the caller's `uuid`, while the call runs. */
  readonly #lines = new Map<string, PcmLine>();

  /** @throws UsageError when the door would stand open, or its key is none */
  constructor(host: DoorHost, account: NonNullable<TelephoneOptions['vonage']>) {
    this.#host = host;
    this.#account = account;
    const { signatureSecret, applicationId, privateKey, apiBase, insecure } = account;
    if (!signatureSecret && !insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as Vonage: set VONAGE_SIGNATURE_SECRET, or --insecure if something in front checks`,
      );
    }
    if (!applicationId || !privateKey) return;
    try {
      this.#api = new VonageApi({ applicationId, privateKey, apiBase });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
    this.#transfers = new VonageTransfers(host, this.#api, (call, request) => this.#connect(request, call, {}));
  }

  get canDial(): boolean {
    return this.#api !== undefined;
  }

  /** @throws OutsideError */
  dial({ id, to, from, ringMs, detectsMachine }: OutgoingCall): Promise<string> {
    const at = (path: string): string => `${this.#host.ownAddress(path)}?dial=${id}`;
    return this.#api!.call({ to, from, ringMs, detectsMachine, answered: at(paths.answer), told: at(paths.event) });
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      // The signature is over the body as it came.
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      const { told, over, whisper } = vonageTransferPaths;
      const answers: Record<string, (fields: Fields, request: FastifyRequest) => Answered | Promise<Answered>> = {
        [paths.answer]: (fields, request) => this.#ncco(fields, request),
        [paths.event]: (fields, request) => this.#told(dialOf(request), fields),
        [told]: (fields, request) => this.#transfers?.told(callOf(request), fields, request.raw),
        [over]: (_, request) => this.#transfers?.dialled(callOf(request), request.raw),
        [whisper]: (_, request) => this.#transfers?.whisper(callOf(request)),
      };
      for (const [path, answer] of Object.entries(answers))
        scope.post(path, (request, reply) => this.#ifVonage(request, reply, answer));
      done();
    });
  }

  async #ifVonage(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (fields: Fields, request: FastifyRequest) => Answered | Promise<Answered>,
  ): Promise<unknown> {
    const body = typeof request.body === 'string' ? request.body : '';
    if (!(await this.#isVonage(request, body))) {
      this.#host.refused('vonage signature wrong', 'webhook');
      return reply.code(403).send({ error: 'the signature is wrong' });
    }
    let fields: Fields;
    try {
      fields = textsOf(JSON.parse(body));
    } catch {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'this is no JSON; set the answer and event methods to POST' });
    }
    const answered = await answer(fields, request);
    return answered === undefined ? reply.code(204).send() : reply.send(answered);
  }

  /** A JWT (HS256) with the account's signature secret, of the last five minutes, that holds the hash of the body. */
  async #isVonage({ raw, headers }: FastifyRequest, body: string): Promise<boolean> {
    const { signatureSecret, insecure } = this.#account;
    if (insecure) return true;
    if (!signatureSecret) return this.#host.isOwnOrigin(raw);
    const [, token] = /^Bearer (\S{1,4096})$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) return false;
    try {
      const { jwtVerify } = await import('jose');
      const { payload } = await jwtVerify(token, Buffer.from(signatureSecret), {
        algorithms: ['HS256'],
        maxTokenAge: 300,
      });
      return payload.payload_hash === createHash('sha256').update(body).digest('hex');
    } catch {
      return false;
    }
  }

  /** What Vonage is to do with a call: connect it to our socket. Nothing comes after it, so the call ends with that. */
  #ncco({ uuid = '', from, to }: Fields, request: FastifyRequest): Ncco | Promise<Ncco> {
    const { rate, outgoing } = this.#host;
    const dial = dialOf(request);
    if (dial !== undefined)
      // Somebody has taken a call of ours; one that nobody waits for any more is over.
      return outgoing.waiting(dial) ? this.#connect(request.raw, uuid, { dial }) : vonageHangUp();
    const reason = this.#host.refusal() ?? (rate.allows(from ?? request.ip) ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return vonageHangUp();
    }
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    return this.#connect(request.raw, uuid, agent === null ? {} : { agent }, {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });
  }

  /** Connects a call to a socket to here, whose token opens once and for this call. */
  async #connect(
    request: IncomingMessage,
    call: string,
    about: Record<string, string>,
    numbers: Record<string, string> = {},
  ): Promise<Ncco> {
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: call });
    const query = new URLSearchParams({ token, ...about });
    return vonageStream(`${this.#host.address('ws', request, paths.media)}?${query.toString()}`, { call, ...numbers });
  }

  async #answer(socket: WebSocket, request: IncomingMessage, url: URL): Promise<void> {
    const { clock, log } = this.#host;
    const found = await acceptPcm(socket, { clock }, (message) => {
      const start = vonageStart(message);
      if (!start) return undefined;
      const { call, from, to } = start;
      const line = new PcmLine(socket, vonageDialect, {
        id: randomUUID(), clock, log, controlCure: 'set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY',
        ...(from !== undefined && { from: e164(from) }),
        ...(to !== undefined && { to: e164(to) }),
        ...(this.#api && { control: this.#controlOf(this.#api, call, { request, ours: to }) }),
      }); // prettier-ignore
      return { call, line };
    });
    if (!found) return this.#host.refused('no start', this.name);
    const { call: callSid, line } = found;
    const { insecure } = this.#account;
    const parameters = Object.fromEntries(url.searchParams);
    const answer = { transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong' };
    await answerStream(this.#host, socket, line, answer, {
      lines: this.#lines,
      transfers: this.#transfers,
    });
  }

  #controlOf(api: VonageApi, call: string, about: { request: IncomingMessage; ours: string | undefined }): CallControl {
    return {
      transfer: (order) => this.#transfers!.transfer(call, order, about),
      hangUp: () => api.hangUp(call),
    };
  }

  /** However its socket is: this call is over. */
  #told(dial: string | undefined, { uuid = '', status = '', sub_state: more = '' }: Fields): undefined {
    if (dial !== undefined && status === 'ringing') this.#host.outgoing.ringing(dial);
    tellWho(this.#host, { line: this.#lines.get(uuid), dial }, answeredBy[more] ?? answeredBy[status]);
    if (!Object.hasOwn(ended, status)) return;
    if (dial !== undefined) this.#host.outgoing.unanswered(dial, ended[status]!);
    this.#transfers?.hungUp(uuid);
    this.#lines.get(uuid)?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
  }
}
