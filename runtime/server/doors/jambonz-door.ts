/**
 * jambonz (and FreeSWITCH's mod_audio_fork): the webhook that a call comes in by, which is answered with a `listen` verb,
 * and the socket that it opens. The socket is also let in with the secret, without a webhook: for who starts a fork
 * by hand.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import type { CallControl } from '../../transports/hand-over.js';
import { jambonzDialect, jambonzStart } from '../../transports/jambonz.js';
import { JambonzApi, type JambonzHook } from '../../transports/jambonz-api.js';
import { jambonzBusy, jambonzHangUp, jambonzListen, type Verbs } from '../../transports/jambonz-verbs.js';
import { textsOf } from '../../transports/media-line.js';
import { acceptPcm, PcmLine } from '../../transports/pcm-line.js';
import type { AnsweredBy } from '../../contracts.js';
import { hasSecret, isLoopback } from '../admission.js';
import type { Dialler, OutgoingCall, Unanswered } from '../outgoing-calls.js';
import { answerStream, dialOf, refusalOfStream, tellWho } from './carrier-call.js';
import { callOf } from './carrier-transfers.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { JambonzTransfers, jambonzTransferPaths } from './jambonz-transfers.js';
import type { TelephoneOptions } from './telephones.js';

const paths = {
  media: '/jambonz/media',
  call: '/jambonz/call',
  status: '/jambonz/status',
  machine: '/jambonz/machine',
} as const;

type Fields = Record<string, string>;

/** How jambonz says that a call is over (`call_status`), and what it is of a call of ours that nobody has taken. */
const ended: Record<string, Unanswered> = {
  completed: 'failed',
  failed: 'failed',
  busy: 'busy',
  'no-answer': 'no_answer',
};
/** Who took it: the `type` of an event of its detection. */
const answeredBy: Record<string, AnsweredBy> = {
  amd_human_detected: 'person',
  amd_machine_detected: 'machine',
  amd_machine_stopped_speaking: 'machine_over',
  amd_tone_detected: 'machine_over',
};

export class JambonzDoor implements Door, Dialler {
  readonly name = 'jambonz';
  readonly socket: SocketDoor = {
    path: paths.media,
    isCounted: false,
    refusal: (request, url) =>
      this.#isTheirs(request)
        ? undefined
        : url.searchParams.has('token')
          ? refusalOfStream(this.#host, request, url)
          : { status: '401 Unauthorized', reason: 'jambonz secret wrong' },
    meet: (request, url) => (socket) => this.#host.opening(() => this.#answer(socket, request, url)),
  };
  readonly #host: DoorHost;
  readonly #options: NonNullable<TelephoneOptions['jambonz']>;
  readonly #api: JambonzApi | undefined;
  readonly #transfers: JambonzTransfers;
  /** By the `call_sid`, while the call runs. */
  readonly #lines = new Map<string, PcmLine>();

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, options: NonNullable<TelephoneOptions['jambonz']>) {
    this.#host = host;
    this.#options = options;
    if (!options.secret && !options.insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as jambonz: set JAMBONZ_SECRET, or --insecure if something in front checks`,
      );
    }
    const { accountSid, apiKey, apiBase } = options;
    if (accountSid && apiKey) this.#api = new JambonzApi({ accountSid, apiKey, apiBase });
    this.#transfers = new JambonzTransfers(host, this.#api, (call, request) => this.#connect(request, call, {}));
  }

  get canDial(): boolean {
    return this.#api !== undefined;
  }

  /** @throws OutsideError */
  dial({ id, to, from, ringMs, detectsMachine }: OutgoingCall): Promise<string> {
    const at = (path: string): string => `${this.#host.ownAddress(path)}?dial=${id}`;
    const { secret } = this.#options;
    const hook = (path: string): JambonzHook => ({
      url: at(path),
      method: 'POST',
      ...(secret !== undefined && { username: 'parley', password: secret }),
    });
    return this.#api!.call({
      to,
      from,
      ringMs,
      answered: hook(paths.call),
      told: hook(paths.status),
      ...(detectsMachine && { machine: at(paths.machine) }),
    });
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      const { next, picked, accept, over } = jambonzTransferPaths;
      const transfers = this.#transfers;
      const answers: Record<string, (fields: Fields, request: FastifyRequest) => Verbs | Promise<Verbs>> = {
        [paths.call]: (fields, request) => this.#call(fields, request),
        [paths.status]: (fields, request) => this.#status(dialOf(request), fields),
        [paths.machine]: (fields, request) => this.#machine(dialOf(request), fields),
        [next]: (fields, request) => transfers.next(callOf(request), fields, request.raw),
        [picked]: (_, request) => transfers.picked(callOf(request), request.raw),
        [accept]: (fields, request) => transfers.accept(callOf(request), fields),
        [over]: (fields, request) => transfers.dialled(callOf(request), fields, request.raw),
      };
      for (const [path, answer] of Object.entries(answers))
        scope.post(path, (request, reply) => this.#ifJambonz(request, reply, answer));
      done();
    });
  }

  async #ifJambonz(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (fields: Fields, request: FastifyRequest) => Verbs | Promise<Verbs>,
  ): Promise<unknown> {
    if (!this.#isTheirs(request.raw)) {
      this.#host.refused('jambonz secret wrong', 'webhook');
      return reply.code(401).header('www-authenticate', 'Basic').send({ error: 'the password is wrong' });
    }
    let fields: Fields;
    try {
      fields = textsOf(JSON.parse(typeof request.body === 'string' ? request.body : ''));
    } catch {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'this is no JSON' });
    }
    return answer(fields, request);
  }

  #call(fields: Fields, request: FastifyRequest): Verbs | Promise<Verbs> {
    const { call_sid: call = '', from } = fields;
    const dial = dialOf(request);
    if (dial !== undefined)
      // Somebody has taken a call of ours; one that nobody waits for any more is over.
      return this.#host.outgoing.waiting(dial) ? this.#connect(request.raw, call, { dial }) : jambonzHangUp();
    const isFree = this.#host.rate.allows(from ?? request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return jambonzBusy();
    }
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    return this.#connect(request.raw, call, agent === null ? {} : { agent });
  }

  /** How a call of ours goes. */
  #status(dial: string | undefined, { call_sid: call = '', call_status: status = '' }: Fields): Verbs {
    if (dial !== undefined && status === 'ringing') this.#host.outgoing.ringing(dial);
    if (!Object.hasOwn(ended, status)) return [];
    if (dial !== undefined) this.#host.outgoing.unanswered(dial, ended[status]!);
    this.#transfers.hungUp(call);
    this.#lines.get(call)?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
    return [];
  }

  #machine(dial: string | undefined, { call_sid: call = '', type = '' }: Fields): Verbs {
    tellWho(this.#host, { line: this.#lines.get(call), dial }, answeredBy[type]);
    return [];
  }

  /** Connects a call to a socket to here, whose token opens once and for this call. */
  async #connect(request: IncomingMessage, call: string, about: Record<string, string>): Promise<Verbs> {
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: call });
    const query = new URLSearchParams({ token, ...about });
    return jambonzListen(
      `${this.#host.address('ws', request, paths.media)}?${query.toString()}`,
      this.#transfers.at(request, jambonzTransferPaths.next, call),
    );
  }

  async #answer(socket: WebSocket, request: IncomingMessage, url: URL): Promise<void> {
    const { clock, log } = this.#host;
    const found = await acceptPcm(socket, { clock }, (message) => {
      const start = jambonzStart(message);
      if (!start) return undefined;
      const { from, to, call } = start;
      const dialect = jambonzDialect(start.rateHz, this.#options.marks === true);
      // A fork that was started by hand has no application that could ask us what comes next.
      const line: PcmLine = new PcmLine(socket, dialect, {
        id: randomUUID(), clock, log, controlCure: 'a bare mod_audio_fork cannot hand a call over: dial in its dialplan',
        ...(url.searchParams.has('token') && {
          control: this.#controlOf(call, { request, leave: () => line.text({ type: 'disconnect' }) }),
        }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      }); // prettier-ignore
      return { call, line };
    });
    if (!found) return this.#host.refused('no start', this.name);
    const { call: callSid, line } = found;
    const parameters = Object.fromEntries(url.searchParams);
    const insecure = this.#isTheirs(request);
    const answer = { transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong' };
    await answerStream(this.#host, socket, line, answer, {
      lines: this.#lines,
      transfers: this.#transfers,
    });
  }

  /** The end of the call is that of its socket. */
  #controlOf(call: string, about: { request: IncomingMessage; leave: () => void }): CallControl {
    return { transfer: (order) => this.#transfers.transfer(call, order, about) };
  }

  /** With the secret as password (of whatever user) or bearer; where none is known, at least no page of a browser. */
  #isTheirs(request: IncomingMessage): boolean {
    const { secret, insecure } = this.#options;
    if (insecure) return true;
    if (!secret) return this.#host.isOwnOrigin(request);
    return hasSecret(request.headers.authorization, secret);
  }
}
