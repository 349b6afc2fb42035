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
import { jambonzDialect, jambonzStart } from '../../transports/jambonz.js';
import { textsOf } from '../../transports/media-line.js';
import { acceptPcm, PcmLine } from '../../transports/pcm-line.js';
import { hasSecret, isLoopback } from '../admission.js';
import { beginCall, isAdmitted, refusalOfStream } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import type { TelephoneOptions } from './telephones.js';

const mediaPath = '/jambonz/media';
const overPath = '/jambonz/over';
const rateHz = 8000;

export class JambonzDoor implements Door {
  readonly name = 'jambonz';
  readonly socket: SocketDoor = {
    path: mediaPath,
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

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, options: NonNullable<TelephoneOptions['jambonz']>) {
    this.#host = host;
    this.#options = options;
    if (!options.secret && !options.insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as jambonz: set JAMBONZ_SECRET, or --insecure if something in front checks`,
      );
    }
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.post('/jambonz/call', (request, reply) => this.#call(request, reply));
      scope.post(overPath, () => [{ verb: 'hangup' }]);
      done();
    });
  }

  async #call(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!this.#isTheirs(request.raw)) {
      this.#host.refused('jambonz secret wrong', 'webhook');
      return reply.code(401).header('www-authenticate', 'Basic').send({ error: 'the password is wrong' });
    }
    let fields: Record<string, string>;
    try {
      fields = textsOf(JSON.parse(typeof request.body === 'string' ? request.body : ''));
    } catch {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'this is no JSON' });
    }
    const { call_sid: call = '', from } = fields;
    const isFree = this.#host.rate.allows(from ?? request.ip);
    const reason = this.#host.refusal() ?? (isFree ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return [{ verb: 'sip:decline', status: 486, reason: 'Busy Here' }];
    }
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: call });
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    const query = new URLSearchParams({ token, ...(agent === null ? {} : { agent }) });
    return [
      { verb: 'answer' },
      {
        verb: 'listen',
        url: `${this.#host.address('ws', request.raw, mediaPath)}?${query.toString()}`,
        actionHook: this.#host.address('http', request.raw, overPath),
        mixType: 'mono',
        sampleRate: rateHz,
        passDtmf: true,
        // Without streaming what is sent back is dropped without a word.
        bidirectionalAudio: { enabled: true, streaming: true, sampleRate: rateHz },
      },
      { verb: 'hangup' },
    ];
  }

  async #answer(socket: WebSocket, request: IncomingMessage, url: URL): Promise<void> {
    const { clock, log } = this.#host;
    const found = await acceptPcm(socket, { clock }, (message) => {
      const start = jambonzStart(message);
      if (!start) return undefined;
      const { from, to, call } = start;
      const dialect = jambonzDialect(start.rateHz, this.#options.marks === true);
      const line = new PcmLine(socket, dialect, {
        id: randomUUID(), clock, log, controlCure: 'jambonz cannot be asked over this socket: dial in its application',
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      }); // prettier-ignore
      return { call, line };
    });
    if (!found) return this.#host.refused('no start', this.name);
    const { call: callSid, line } = found;
    const parameters = Object.fromEntries(url.searchParams);
    const insecure = this.#isTheirs(request);
    if (!(await isAdmitted(this.#host, socket, { transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong' }))) return; // prettier-ignore
    await beginCall(this.#host, line, { transport: this.name, callSid, agent: parameters.agent });
  }

  /** With the secret as password (of whatever user) or bearer; where none is known, at least no page of a browser. */
  #isTheirs(request: IncomingMessage): boolean {
    const { secret, insecure } = this.#options;
    if (insecure) return true;
    if (!secret) return this.#host.isOwnOrigin(request);
    return hasSecret(request.headers.authorization, secret);
  }
}
