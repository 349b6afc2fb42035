/** Vonage Voice: the webhook that a call comes in by, the socket that it is connected to, and what Vonage tells of both. */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import { e164 } from '../../transports/e164.js';
import { textsOf } from '../../transports/media-line.js';
import { acceptPcm, PcmLine, type PcmControl } from '../../transports/pcm-line.js';
import { vonageContentType, vonageDialect, vonageStart } from '../../transports/vonage.js';
import { VonageApi } from '../../transports/vonage-api.js';
import { isLoopback } from '../admission.js';
import { beginCarrierCall, refusalOfStream } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import type { TelephoneOptions } from './telephones.js';

const mediaPath = '/vonage/media';
/** How Vonage says that a call has ended (`status` of an event). */
const ended = new Set([
  'completed',
  'failed',
  'rejected',
  'cancelled',
  'busy',
  'timeout',
  'unanswered',
  'disconnected',
]);

export class VonageDoor implements Door {
  readonly name = 'vonage';
  /** Who opens it is known by the token in its address, which our NCCO gave. */
  readonly socket: SocketDoor = {
    path: mediaPath,
    isCounted: false,
    refusal: (request, url) => (this.#account.insecure ? undefined : refusalOfStream(this.#host, request, url)),
    meet: (_, url) => (socket) => this.#host.opening(() => this.#answer(socket, url)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<TelephoneOptions['vonage']>;
  readonly #api: VonageApi | undefined;
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
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      // The signature is over the body as it came.
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.post('/vonage/answer', (request, reply) => this.#ifVonage(request, reply, (fields) => this.#ncco(fields, request))); // prettier-ignore
      scope.post('/vonage/event', (request, reply) => this.#ifVonage(request, reply, (fields) => this.#told(fields)));
      done();
    });
  }

  async #ifVonage(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (fields: Record<string, string>) => Promise<object | undefined>,
  ): Promise<unknown> {
    const body = typeof request.body === 'string' ? request.body : '';
    if (!(await this.#isVonage(request, body))) {
      this.#host.refused('vonage signature wrong', 'webhook');
      return reply.code(403).send({ error: 'the signature is wrong' });
    }
    let fields: Record<string, string>;
    try {
      fields = textsOf(JSON.parse(body));
    } catch {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'this is no JSON; set the answer and event methods to POST' });
    }
    const answered = await answer(fields);
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
  async #ncco({ uuid = '', from, to }: Record<string, string>, request: FastifyRequest): Promise<object> {
    const { rate, tokens } = this.#host;
    const reason = this.#host.refusal() ?? (rate.allows(from ?? request.ip) ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      // Without an action Vonage hangs up.
      return [];
    }
    const token = await tokens.issue('stream', { seconds: 60, subject: uuid });
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    const query = new URLSearchParams({ token, ...(agent === null ? {} : { agent }) });
    const uri = `${this.#host.address('ws', request.raw, mediaPath)}?${query.toString()}`;
    const headers = { call: uuid, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    return [{ action: 'connect', endpoint: [{ type: 'websocket', uri, 'content-type': vonageContentType, headers }] }];
  }

  async #answer(socket: WebSocket, url: URL): Promise<void> {
    const { clock, log } = this.#host;
    const found = await acceptPcm(socket, { clock }, (message) => {
      const start = vonageStart(message);
      if (!start) return undefined;
      const { call, from, to } = start;
      const line = new PcmLine(socket, vonageDialect, {
        id: randomUUID(), clock, log, controlCure: 'set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY',
        ...(from !== undefined && { from: e164(from) }),
        ...(to !== undefined && { to: e164(to) }),
        ...(this.#api && { control: this.#controlOf(this.#api, call, to) }),
      }); // prettier-ignore
      return { call, line };
    });
    if (!found) return this.#host.refused('no start', this.name);
    const { call: callSid, line } = found;
    const { insecure } = this.#account;
    const parameters = Object.fromEntries(url.searchParams);
    const answer = { transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong' };
    await beginCarrierCall(this.#host, socket, line, answer, {
      onBegun: (done) => {
        this.#lines.set(callSid, line);
        void done.then(() => this.#lines.delete(callSid));
      },
    });
  }

  #controlOf(api: VonageApi, call: string, ours: string | undefined): PcmControl {
    return {
      // Vonage has taken the order: how it goes is not told to the flow.
      transfer: async (to, terms) => (await api.transfer(call, to, ours, terms), 'ok'),
      hangUp: () => api.hangUp(call),
    };
  }

  /** However its socket is: this call is over. */
  async #told(fields: Record<string, string>): Promise<undefined> {
    const { uuid = '', status = '' } = fields;
    if (ended.has(status)) this.#lines.get(uuid)?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
    return Promise.resolve(undefined);
  }
}
