/** Twilio: the webhook that a call comes in by, and the media stream that it is connected to. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { acceptTwilio } from '../../transports/twilio.js';
import { TwilioRest } from '../../transports/twilio-rest.js';
import { twimlConnect, twimlReject } from '../../transports/twiml.js';
import type { ServerOptions } from '../options.js';
import { beginCarrierCall } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { TwilioGuard } from './twilio-guard.js';

const mediaPath = '/twilio/media';

export class TwilioDoor implements Door {
  readonly name = 'twilio';
  readonly socket: SocketDoor = {
    path: mediaPath,
    isCounted: false,
    refusal: (request) =>
      this.#guard.isTwilio(request, this.#streamUrl(request), {})
        ? undefined
        : { status: '403 Forbidden', reason: 'twilio signature wrong' },
    meet: () => (socket) => this.#host.opening(() => this.#answer(socket)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['twilio']>;
  readonly #guard: TwilioGuard;
  readonly #rest: TwilioRest | undefined;

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['twilio']>) {
    this.#host = host;
    this.#account = account;
    const { authToken, accountSid, apiBase } = account;
    this.#guard = new TwilioGuard(host, account);
    if (accountSid && authToken)
      this.#rest = new TwilioRest({ accountSid, authToken, ...(apiBase ? { apiBase } : {}) });
  }

  routes(app: FastifyInstance): void {
    app.post('/twilio/voice', (request, reply) => this.#voice(request, reply));
  }

  async #voice(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { rate, tokens } = this.#host;
    const fields = (request.body ?? {}) as Record<string, string>;
    if (!this.#guard.isTwilio(request.raw, this.#host.address('http', request.raw), fields)) {
      this.#host.refused('twilio signature wrong', 'webhook');
      return reply.code(403).send({ error: 'the signature is wrong' });
    }
    void reply.type('text/xml');
    const reason = this.#host.refusal() ?? (rate.allows(fields.From ?? request.ip) ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return twimlReject();
    }
    const token = await tokens.issue('stream', { seconds: 60, subject: fields.CallSid ?? '' });
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
    return twimlConnect(this.#streamUrl(request.raw), {
      token,
      ...(agent === null ? {} : { agent }),
      ...(fields.From === undefined ? {} : { from: fields.From }),
      ...(fields.To === undefined ? {} : { to: fields.To }),
    });
  }

  async #answer(socket: WebSocket): Promise<void> {
    const { clock, log } = this.#host;
    const line = await acceptTwilio(socket, { id: randomUUID(), clock, log, ...(this.#rest && { rest: this.#rest }) });
    if (!line) return;
    const { callSid, parameters } = line.start;
    const { insecure } = this.#account;
    await beginCarrierCall(this.#host, socket, line, {
      transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong',
    }); // prettier-ignore
  }

  /** The stream's address as it stands in our TwiML: what its signature is over. Twilio drops a query. */
  #streamUrl(request: IncomingMessage): string {
    return this.#host.address('ws', request, mediaPath);
  }
}
