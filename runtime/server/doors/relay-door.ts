/**
 * Twilio ConversationRelay: the webhook that connects a call to it, the socket of its text, and what Twilio asks when
 * that is over.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { acceptRelay, localeOf, relayManners } from '../../transports/conversation-relay.js';
import { recordOf } from '../../transports/media-line.js';
import { twimlDial, twimlHangUp, twimlReject, twimlRelay } from '../../transports/twiml.js';
import type { ServerOptions } from '../options.js';
import { beginCarrierCall } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { TwilioGuard } from './twilio-guard.js';

const socketPath = '/twilio/relay/socket';
const overPath = '/twilio/relay/over';

export class RelayDoor implements Door {
  readonly name = 'twilio-relay';
  readonly socket: SocketDoor = {
    path: socketPath,
    isCounted: false,
    refusal: (request) =>
      this.#guard.isTwilio(request, this.#host.address('ws', request, socketPath), {})
        ? undefined
        : { status: '403 Forbidden', reason: 'twilio signature wrong' },
    meet: () => (socket) => this.#host.opening(() => this.#answer(socket)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['twilio']>;
  readonly #guard: TwilioGuard;

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['twilio']>) {
    this.#host = host;
    this.#account = account;
    this.#guard = new TwilioGuard(host, account);
  }

  routes(app: FastifyInstance): void {
    app.post('/twilio/relay', (request, reply) => this.#connect(request, reply));
    app.post(overPath, (request, reply) => this.#over(request, reply));
  }

  /** A call has come in. */
  async #connect(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { rate, tokens } = this.#host;
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    const reason = this.#host.refusal() ?? (rate.allows(fields.From ?? request.ip) ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return twimlReject();
    }
    const token = await tokens.issue('stream', { seconds: 60, subject: fields.CallSid ?? '' });
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent') ?? undefined;
    const agents = this.#host.agents();
    const language = (agent === undefined ? agents[0] : agents.find(({ name }) => name === agent))?.language;
    const locale: Record<string, string> = language === undefined ? {} : { language: localeOf(language) };
    return twimlRelay(
      {
        url: this.#host.address('ws', request.raw, socketPath),
        action: this.#host.address('http', request.raw, overPath),
        ...locale,
      },
      { token, ...(agent === undefined ? {} : { agent }), ...locale },
    );
  }

  /** The relay is over: the call ends, or is handed over to whom we named when we ended it. */
  #over(request: FastifyRequest, reply: FastifyReply): unknown {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    const to = handoffOf(fields.HandoffData);
    return to === undefined ? twimlHangUp() : twimlDial(to);
  }

  async #answer(socket: WebSocket): Promise<void> {
    const { clock, log } = this.#host;
    const line = await acceptRelay(socket, { id: randomUUID(), clock, log });
    if (!line) return this.#host.refused('no start', this.name);
    const { callSid, parameters } = line.setup;
    const { insecure } = this.#account;
    await beginCarrierCall(
      this.#host,
      socket,
      line,
      { transport: this.name, callSid, parameters, insecure, refusal: 'relay token wrong' },
      { speech: { ear: line.ear, voice: line.voice, manners: relayManners, wrap: (dialog) => line.wrap(dialog) } },
    );
  }
}

/** Whom we named, when it was a transfer. */
function handoffOf(text: string | undefined): string | undefined {
  try {
    const { reason, to } = recordOf(JSON.parse(text ?? ''));
    return reason === 'transfer' && typeof to === 'string' ? to : undefined;
  } catch {
    return undefined;
  }
}
