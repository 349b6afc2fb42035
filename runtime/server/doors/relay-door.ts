/**
 * Twilio ConversationRelay: the webhook that connects a call to it, the socket of its text, and what Twilio asks when
 * that is over.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { acceptRelay, type RelayLine } from '../../transports/conversation-relay.js';
import type { CallControl } from '../../transports/hand-over.js';
import { localeOf } from '../../transports/locale.js';
import { recordOf } from '../../transports/media-line.js';
import { relayManners } from '../../transports/relay-manners.js';
import { TwilioRest } from '../../transports/twilio-rest.js';
import { twimlDial, twimlHangUp, twimlReject, twimlRelay } from '../../transports/twiml.js';
import type { ServerOptions } from '../options.js';
import { answerStream } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { TwilioGuard } from './twilio-guard.js';
import { TwilioTransfers } from './twilio-transfers.js';

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
    meet: (request) => (socket) => this.#host.opening(() => this.#answer(socket, request)),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['twilio']>;
  readonly #guard: TwilioGuard;
  readonly #rest: TwilioRest | undefined;
  readonly #transfers: TwilioTransfers;
  /** By the sid of the call, while it runs. */
  readonly #lines = new Map<string, RelayLine>();
  /** What Twilio goes on with when a session that we ended is over. */
  readonly #next = new Map<string, string>();

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['twilio']>) {
    this.#host = host;
    this.#account = account;
    this.#guard = new TwilioGuard(host, account);
    const { accountSid, authToken, apiBase } = account;
    if (accountSid && authToken)
      this.#rest = new TwilioRest({ accountSid, authToken, ...(apiBase ? { apiBase } : {}) });
    this.#transfers = new TwilioTransfers(host, this.#guard, '/twilio/relay');
  }

  routes(app: FastifyInstance): void {
    app.post('/twilio/relay', (request, reply) => this.#connect(request, reply));
    app.post(overPath, (request, reply) => this.#over(request, reply));
    this.#transfers.routes(app);
  }

  /** A call has come in. */
  async #connect(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { rate } = this.#host;
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    const reason = this.#host.refusal() ?? (rate.allows(fields.From ?? request.ip) ? undefined : 'too many calls');
    if (reason !== undefined) {
      this.#host.refused(reason);
      return twimlReject();
    }
    const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent') ?? undefined;
    const agents = this.#host.agents();
    const language = (agent === undefined ? agents[0] : agents.find(({ name }) => name === agent))?.language;
    return this.#relay(request.raw, fields.CallSid ?? '', {
      ...(agent !== undefined && { agent }),
      ...(language !== undefined && { language: localeOf(language) }),
    });
  }

  /** TwiML that connects a call to a session with us, whose token opens once and for this call. */
  async #relay(
    request: IncomingMessage,
    callSid: string,
    about: { agent?: string; language?: string },
  ): Promise<string> {
    const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: callSid });
    return twimlRelay(
      {
        url: this.#host.address('ws', request, socketPath),
        action: this.#host.address('http', request, overPath),
        ...(about.language !== undefined && { language: about.language }),
      },
      { token, ...about },
    );
  }

  /** The session is over: the call ends, or is handed over as we said when we ended it. */
  #over(request: FastifyRequest, reply: FastifyReply): unknown {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    const { CallSid: callSid = '', SessionStatus: status, HandoffData: handoff } = fields;
    const next = this.#next.get(callSid);
    this.#next.delete(callSid);
    if (this.#transfers.isRunning(callSid)) {
      // Whoever hung up in the very moment is not rung for.
      if (next !== undefined && status !== 'completed' && fields.CallStatus !== 'completed') return next;
      this.#transfers.hungUp(callSid);
      return twimlHangUp();
    }
    // Another process has the call: it is handed over, though nobody hears how that goes.
    const to = handoffOf(handoff);
    return to === undefined ? twimlHangUp() : twimlDial(to);
  }

  async #answer(socket: WebSocket, request: IncomingMessage): Promise<void> {
    const { clock, log } = this.#host;
    const controlOf = (line: RelayLine): CallControl => this.#controlOf(line, request);
    const line = await acceptRelay(socket, { id: randomUUID(), clock, log, controlOf });
    if (!line) return this.#host.refused('no start', this.name);
    const { callSid, parameters } = line.setup;
    const { insecure } = this.#account;
    const answer = { transport: this.name, callSid, parameters, insecure, refusal: 'relay token wrong' };
    await answerStream(this.#host, socket, line, answer, {
      lines: this.#lines,
      transfers: this.#transfers,
      speech: { ear: line.ear, voice: line.voice, manners: relayManners, wrap: (dialog) => line.wrap(dialog) },
    });
  }

  /** The session is ended, and what Twilio then asks is answered with the dialling. */
  #controlOf(line: RelayLine, request: IncomingMessage): CallControl {
    const { callSid, parameters } = line.setup;
    const rest = this.#rest;
    return {
      transfer: (order) =>
        this.#transfers.transfer(callSid, order, request, {
          go: (twiml) => {
            this.#next.set(callSid, twiml);
            line.endSession({ reason: 'transfer', to: order.to, mode: order.mode });
            return Promise.resolve();
          },
          connect: () =>
            this.#relay(request, callSid, parameters.language === undefined ? {} : { language: parameters.language }),
          goBack: (twiml) =>
            rest ? rest.update(callSid, twiml) : Promise.reject(new Error('TWILIO_ACCOUNT_SID is not set')),
        }),
    };
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
