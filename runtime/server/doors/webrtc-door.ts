/**
 * `/webrtc/offer`: browsers over WebRTC. An offer (SDP) comes in by POST and its answer goes out, with the call's address
 * to DELETE it by (as in WHIP, RFC 9725).
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OutsideError, UsageError } from '../../../engine/errors.js';
import { answerOffer, type Peer } from '../../transports/werift-peer.js';
import type { RtcSettings } from '../../transports/werift-peer.js';
import { WebRtcLine } from '../../transports/webrtc.js';
import { isLoopback } from '../admission.js';
import type { Door, DoorHost } from './door.js';

const sdpType = 'application/sdp';
/** ICE and DTLS take a second or two; whoever needs longer is not coming. */
const connectMs = 15_000;

export class WebRtcDoor implements Door {
  readonly name = 'webrtc';
  readonly #host: DoorHost;
  readonly #settings: RtcSettings;
  readonly #lines = new Map<string, WebRtcLine>();

  constructor(host: DoorHost, settings: RtcSettings) {
    this.#host = host;
    const loopbackOnly = isLoopback(host.boundHost) && host.publicUrl === undefined;
    this.#settings = { ...settings, ...(loopbackOnly && { loopbackOnly }) };
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser(sdpType, { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.post('/webrtc/offer', (request, reply) => this.#offered(request, reply));
      done();
    });
    app.delete('/webrtc/calls/:id', (request, reply) => {
      // Nobody else knows the name of a call.
      const line = this.#lines.get((request.params as { id: string }).id);
      if (!line) return reply.code(404).send({ error: 'there is no such call' });
      line.callerHungUp();
      return reply.code(200).send();
    });
  }

  close(): Promise<void> {
    for (const line of this.#lines.values()) line.close();
    return Promise.resolve();
  }

  async #offered(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const refusal = await this.#refusal(request);
    if (refusal) {
      this.#host.refused(refusal.reason);
      return reply.code(refusal.status).send({ error: refusal.reason });
    }
    const { agent } = request.query as { agent?: string };
    if (agent !== undefined && !this.#host.agents().some(({ name }) => name === agent))
      return reply.code(404).send({ error: 'there is no agent of this name' });
    if (typeof request.body !== 'string') {
      this.#host.refused('bad offer', this.name);
      return reply.code(415).send({ error: `send the offer as it is, as ${sdpType}` });
    }
    let peer: Peer;
    try {
      peer = await answerOffer(request.body, this.#settings);
    } catch (error) {
      if (error instanceof UsageError) {
        this.#host.refused('bad offer', this.name);
        return reply.code(400).send({ error: error.message });
      }
      if (error instanceof OutsideError) return reply.code(501).send({ error: error.message });
      throw error;
    }
    const id = randomUUID();
    const from = request.raw.socket.remoteAddress;
    const line = new WebRtcLine(peer, { id, clock: this.#host.clock, ...(from !== undefined && { from }) });
    this.#lines.set(id, line);
    void this.#host
      .opening(() => this.#begin(line, peer, agent))
      .catch((error: unknown) => {
        this.#host.log.error('call failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#let(line);
      });
    const { pathname } = new URL(this.#host.address('http', request.raw, `/webrtc/calls/${id}`));
    void reply.header('location', pathname).header('cache-control', 'no-store');
    return reply.code(201).type(sdpType).send(peer.answer);
  }

  /** A greeting that is said before the caller can hear it is lost: the call begins when sound can be sent. */
  async #begin(line: WebRtcLine, peer: Peer, agent: string | undefined): Promise<void> {
    const late = new AbortController();
    const isConnected = await Promise.race([
      peer.connected,
      this.#host.clock.sleep(connectMs, late.signal).then(
        () => false,
        () => false,
      ),
    ]);
    late.abort(new Error('answered'));
    if (!isConnected) {
      this.#host.refused('never connected');
      return this.#let(line);
    }
    let call: Promise<unknown> | undefined;
    await this.#host.begin(
      line,
      { id: line.id, transport: this.name, ...(agent !== undefined && { agent }) },
      { tell: (problem) => line.tell(problem), onBegun: (done) => void (call = done) },
    );
    void (call ?? Promise.resolve()).then(() => this.#let(line));
  }

  #let(line: WebRtcLine): void {
    line.close();
    this.#lines.delete(line.id);
  }

  /** As at `/call`. */
  async #refusal({ raw, query, headers }: FastifyRequest): Promise<{ status: number; reason: string } | undefined> {
    if (!this.#host.isOwnOrigin(raw)) return { status: 403, reason: 'foreign origin' };
    const [, bearer] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    const token = bearer ?? (query as { token?: string }).token;
    if (!isLoopback(this.#host.boundHost) && !(await this.#host.tokens.check(token, 'call')))
      return { status: 401, reason: 'no valid token' };
    const reason = this.#host.refusal();
    if (reason !== undefined) return { status: 503, reason };
    return this.#host.rate.allows(raw.socket.remoteAddress ?? '')
      ? undefined
      : { status: 429, reason: 'too many calls' };
  }
}
