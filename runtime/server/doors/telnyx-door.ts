/**
 * Telnyx (Call Control): the webhook that tells of calls, which we answer over its REST interface with a stream to
 * here, and that stream.
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { UsageError } from '../../../engine/errors.js';
import type { CallControl } from '../../transports/hand-over.js';
import { recordOf, textOf } from '../../transports/media-line.js';
import { acceptTelnyx, type TelnyxLine } from '../../transports/telnyx.js';
import { TelnyxApi } from '../../transports/telnyx-api.js';
import { isTelnyxSigned, telnyxKey } from '../../transports/telnyx-signature.js';
import { isLoopback } from '../admission.js';
import type { AnsweredBy } from '../../contracts.js';
import type { ServerOptions } from '../options.js';
import type { Dialler, OutgoingCall, Unanswered } from '../outgoing-calls.js';
import { beginCarrierCall, tellWho } from './carrier-call.js';
import type { Door, DoorHost, SocketDoor } from './door.js';
import { TelnyxTransfers } from './telnyx-transfers.js';

const mediaPath = '/telnyx/media';
/** Why nobody took a call of ours. */
const unanswered: Record<string, Unanswered> = {
  user_busy: 'busy',
  call_rejected: 'busy',
  timeout: 'no_answer',
  no_answer: 'no_answer',
  originator_cancel: 'canceled',
};

/** Who took it: the `result` of `call.machine.detection.ended`. */
const answeredBy: Record<string, AnsweredBy> = { human: 'person', not_sure: 'person', machine: 'machine' };

/** Marks the `client_state` of calls that we place. */
const dialState = 'dial:';

export class TelnyxDoor implements Door, Dialler {
  readonly name = 'telnyx';
  /** Who opens it is known by its token only: a stream carries no signature. */
  readonly socket: SocketDoor = {
    path: mediaPath,
    isCounted: false,
    refusal: (request) =>
      this.#account.insecure || request.headers.origin === undefined
        ? undefined
        : { status: '403 Forbidden', reason: 'foreign origin' },
    // Its token comes with its start: until then it takes no call's place.
    meet: () => (socket) => this.#answer(socket),
  };
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['telnyx']>;
  readonly #key: KeyObject | undefined;
  readonly #api: TelnyxApi;
  readonly #transfers: TelnyxTransfers;
  /** By the caller's `call_control_id`. */
  readonly #lines = new Map<string, TelnyxLine>();

  /** @throws UsageError when the door would stand open, or its key is none */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['telnyx']>) {
    this.#host = host;
    this.#account = account;
    const { publicKey, insecure, apiKey, apiBase } = account;
    if (publicKey === undefined && !insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as Telnyx: set TELNYX_PUBLIC_KEY, or --insecure if something in front checks`,
      );
    }
    try {
      if (publicKey !== undefined) this.#key = telnyxKey(publicKey);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
    this.#api = new TelnyxApi({ apiKey, ...(apiBase !== undefined && { apiBase }) });
    this.#transfers = new TelnyxTransfers(host, this.#api);
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      // The signature is over the body as it came.
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.post('/telnyx/voice', (request, reply) => this.#webhook(request, reply));
      done();
    });
  }

  async #webhook(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = typeof request.body === 'string' ? request.body : '';
    const { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': timestamp } = request.headers;
    const isTelnyx =
      this.#account.insecure === true ||
      (this.#key ? isTelnyxSigned({ signature, timestamp, body }, this.#key, Date.now()) : this.#host.isOwnOrigin(request.raw)); // prettier-ignore
    if (!isTelnyx) {
      this.#host.refused('telnyx signature wrong', 'webhook');
      return reply.code(403).send({ error: 'the signature is wrong' });
    }
    let data: Record<string, unknown>;
    try {
      data = recordOf(recordOf(JSON.parse(body)).data);
    } catch {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'this is no JSON' });
    }
    const payload = recordOf(data.payload);
    const call = payload.call_control_id;
    if (typeof call !== 'string') {
      this.#host.refused('bad webhook', this.name);
      return reply.code(400).send({ error: 'a call_control_id is missing' });
    }
    switch (data.event_type) {
      case 'call.initiated':
        if (payload.direction === 'incoming') await this.#take(call, payload, request);
        break;
      case 'call.answered':
        await this.#taken(call, dialOf(payload), request);
        break;
      case 'call.machine.detection.ended':
        this.#tellWho(call, dialOf(payload), answeredBy[textOf(payload.result)]);
        break;
      case 'call.machine.greeting.ended':
        this.#tellWho(call, dialOf(payload), 'machine_over');
        break;
      case 'call.bridged':
        this.#transfers.bridged(payload);
        break;
      case 'call.hangup':
        this.#transfers.legEnded(payload);
        this.#host.outgoing.unanswered(dialOf(payload) ?? '', unanswered[textOf(payload.hangup_cause)] ?? 'failed');
        // However its socket is: this call is over.
        this.#lines.get(call)?.tell({ kind: 'hang_up', reason: 'caller_hung_up' });
        break;
    }
    return { ok: true };
  }

  get canDial(): boolean {
    return this.#account.connectionId !== undefined;
  }

  /** @throws OutsideError */
  dial({ id, to, from, ringMs, detectsMachine }: OutgoingCall): Promise<string> {
    const webhook = this.#host.ownAddress('/telnyx/voice');
    const connectionId = this.#account.connectionId!;
    return this.#api.call({
      to,
      from,
      connectionId,
      webhook,
      ringMs,
      detectsMachine,
      clientState: `${dialState}${id}`,
    });
  }

  /** Somebody has taken a call of ours: its sound is asked for. */
  async #taken(call: string, dial: string | undefined, request: FastifyRequest): Promise<void> {
    if (dial === undefined || !this.#host.outgoing.waiting(dial)) return;
    try {
      const token = await this.#host.tokens.issue('stream', { seconds: 60, subject: call });
      const url = this.#host.address('ws', request.raw, mediaPath);
      await this.#api.stream(call, { url, parameters: { token, dial } });
    } catch (error) {
      this.#host.log.warn('call not answered', { problem: error instanceof Error ? error.message : 'unknown' });
      this.#host.outgoing.unanswered(dial, 'failed');
      await this.#api.hangUp(call).catch(() => undefined);
    }
  }

  #tellWho(call: string, dial: string | undefined, who: AnsweredBy | undefined): void {
    tellWho(this.#host, { line: this.#lines.get(call), dial }, who);
  }

  /** A call has come in: it is answered with our stream, or refused with the busy tone. */
  async #take(call: string, payload: Record<string, unknown>, request: FastifyRequest): Promise<void> {
    const { log, rate, tokens } = this.#host;
    const from = typeof payload.from === 'string' ? payload.from : request.ip;
    const reason = this.#host.refusal() ?? (rate.allows(from) ? undefined : 'too many calls');
    try {
      if (reason !== undefined) {
        this.#host.refused(reason);
        return await this.#api.reject(call);
      }
      const token = await tokens.issue('stream', { seconds: 60, subject: call });
      const agent = new URL(this.#host.address('http', request.raw)).searchParams.get('agent');
      const url = this.#host.address('ws', request.raw, mediaPath);
      await this.#api.answer(call, { url, parameters: { token, ...(agent === null ? {} : { agent }) } });
    } catch (error) {
      log.warn('call not answered', { problem: error instanceof Error ? error.message : 'unknown' });
    }
  }

  async #answer(socket: WebSocket): Promise<void> {
    const { clock, log } = this.#host;
    const controlOf = (call: string): CallControl => this.#controlOf(call);
    const line = await acceptTelnyx(socket, { id: randomUUID(), clock, log, controlOf });
    if (!line) return this.#host.refused('no start', this.name);
    const { callControlId: callSid, parameters } = line.start;
    const { insecure } = this.#account;
    await this.#host.opening(() => beginCarrierCall(this.#host, socket, line, {
      transport: this.name, callSid, parameters, insecure, refusal: 'stream token wrong',
    }, {
      onBegun: (done) => {
        this.#lines.set(callSid, line);
        void done.then(() => this.#lines.delete(callSid));
      },
    })); // prettier-ignore
  }

  /** The other leg of a transfer tells how it goes in webhooks of its own, which carry the name of this call. */
  #controlOf(call: string): CallControl {
    return {
      transfer: (order) => this.#transfers.transfer(call, order),
      hangUp: () => this.#api.hangUp(call),
    };
  }
}

/** The call of ours that a webhook is about. */
function dialOf({ client_state: state }: Record<string, unknown>): string | undefined {
  const text = typeof state === 'string' ? Buffer.from(state, 'base64').toString('utf8') : '';
  return text.startsWith(dialState) ? text.slice(dialState.length) : undefined;
}
