/**
 * `/webrtc/offer`: browsers over WebRTC, as in WHIP (RFC 9725). An offer (SDP) comes in by POST and its answer goes out,
 * with the address of the connection: PATCH tells of more ways to each other or begins ICE anew, DELETE hangs up. A
 * caller who was cut off offers again, with the token of their call.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OutsideError, UsageError } from '../../../engine/errors.js';
import { linkTo, serversForCaller, type CallerIceServers } from '../../transports/ice-servers.js';
import { maxFragmentLength, readFragment, type SdpFragment } from '../../transports/sdp-fragment.js';
import { answerOffer, type Peer } from '../../transports/werift-peer.js';
import type { RtcSettings } from '../../transports/werift-peer.js';
import { WebRtcLine } from '../../transports/webrtc.js';
import { isLoopback, RateLimit } from '../admission.js';
import type { Caller, ComingBack } from '../coming-back.js';
import type { Door, DoorHost } from './door.js';

const sdpType = 'application/sdp';
const fragmentType = 'application/trickle-ice-sdpfrag';
/** ICE and DTLS take a second or two; whoever needs longer is not coming. */
const connectMs = 15_000;
/** The data channel opens a little later than the connection. */
const tellMs = 1000;
/** Of one connection. A page sends a few at the beginning, and a few when the network changes. */
const patchesPerMinute = 60;

export interface WebRtcDoorOptions extends RtcSettings {
  /** What callers are told of. */
  callers?: CallerIceServers;
}

/** What an address stands for. Only who offered knows it: it is not the call's name. */
interface Connection {
  line: WebRtcLine;
  peer: Peer;
  /** Of the ICE session that runs: a PATCH for another comes too late. */
  tag: string;
}

interface Problem {
  status: number;
  reason: string;
}

export class WebRtcDoor implements Door {
  readonly name = 'webrtc';
  readonly #host: DoorHost;
  readonly #comingBack: ComingBack;
  readonly #settings: RtcSettings;
  readonly #callers: CallerIceServers;
  readonly #connections = new Map<string, Connection>();
  readonly #patches: RateLimit;

  constructor(host: DoorHost, comingBack: ComingBack, { callers = {}, ...settings }: WebRtcDoorOptions) {
    this.#host = host;
    this.#comingBack = comingBack;
    const loopbackOnly = isLoopback(host.boundHost) && host.publicUrl === undefined;
    this.#settings = { ...settings, ...(loopbackOnly && { loopbackOnly }) };
    this.#callers = callers;
    this.#patches = new RateLimit(host.clock, patchesPerMinute);
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser([sdpType, fragmentType], { parseAs: 'string' }, (__, body, parsed) =>
        parsed(null, body),
      );
      scope.post('/webrtc/offer', (request, reply) => this.#offered(request, reply));
      // Before the offer: a browser that is told of them afterwards would have to look for ways twice.
      scope.options('/webrtc/offer', (request, reply) => this.#asked(request, reply));
      scope.patch('/webrtc/calls/:name', { bodyLimit: maxFragmentLength }, (request, reply) => this.#patched(request, reply)); // prettier-ignore
      done();
    });
    app.delete('/webrtc/calls/:name', (request, reply) => {
      const connection = this.#connectionOf(request);
      if (!connection) return reply.code(404).send(noSuchCall);
      connection.line.callerHungUp();
      return reply.code(200).send();
    });
  }

  close(): Promise<void> {
    for (const { line } of this.#connections.values()) line.close();
    return Promise.resolve();
  }

  // ---- An offer ---------------------------------------------------------------------------------

  async #asked(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const problem = await this.#stranger(request);
    if (problem) return this.#refuse(reply, problem);
    this.#tellServers(reply);
    return reply.code(204).header('accept-post', sdpType).send();
  }

  async #offered(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const problem = (await this.#stranger(request)) ?? this.#noRoom(request);
    if (problem) return this.#refuse(reply, problem);
    const { agent, resume, trickle } = request.query as Record<string, string | undefined>;
    if (agent !== undefined && !this.#host.agents().some(({ name }) => name === agent))
      return reply.code(404).send({ error: 'there is no agent of this name' });
    if (typeof request.body !== 'string' || !isOfType(request, sdpType)) {
      this.#host.refused('bad offer', this.name);
      return reply.code(415).send({ error: `send the offer as it is, as ${sdpType}` });
    }
    let peer: Peer;
    try {
      peer = await answerOffer(request.body, this.#settings, { isEarly: trickle === 'both' });
    } catch (error) {
      if (error instanceof UsageError) return this.#refuse(reply, { status: 400, reason: 'bad offer' }, error.message);
      if (error instanceof OutsideError) return reply.code(501).send({ error: error.message });
      throw error;
    }
    const caller = await this.#comingBack.identify(resume, agent);
    // Somebody else may have used the token while the offer was answered.
    if (resume !== undefined && !caller.resumes) {
      peer.close();
      return this.#refuse(reply, { status: 401, reason: 'no valid resume token' });
    }
    const lost = new AbortController();
    const from = request.raw.socket.remoteAddress;
    const line = new WebRtcLine(peer, {
      id: caller.id,
      clock: this.#host.clock,
      resume: await this.#comingBack.tokenFor(caller),
      onLost: () => lost.abort(new Error('the line is lost')),
      ...(from !== undefined && { from }),
    });
    const name = randomUUID();
    const connection: Connection = { line, peer, tag: newTag() };
    this.#connections.set(name, connection);
    void this.#host
      .opening(() => this.#begin(name, connection, caller, lost.signal))
      .catch((error: unknown) => {
        this.#host.log.error('call failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#let(name, caller, line);
      });
    const { pathname } = new URL(this.#host.address('http', request.raw, `/webrtc/calls/${name}`));
    this.#tellServers(reply);
    void reply.header('location', pathname).header('etag', connection.tag).header('accept-patch', fragmentType);
    return reply.code(201).header('cache-control', 'no-store').type(sdpType).send(peer.answer);
  }

  /** A greeting that is said before the caller can hear it is lost: the call begins when sound can be sent. */
  async #begin(name: string, { line, peer }: Connection, caller: Caller, lost: AbortSignal): Promise<void> {
    const late = new AbortController();
    const isConnected = await Promise.race([
      peer.connected,
      this.#host.clock.sleep(connectMs, late.signal).then(
        () => false,
        () => false,
      ),
    ]);
    late.abort(new Error('answered'));
    const isFirst = isConnected && (await this.#comingBack.isFirst(caller));
    if (!isFirst) {
      this.#host.refused(isConnected ? 'no valid resume token' : 'never connected', this.name);
      if (isConnected) {
        line.tell('somebody else went on with this call');
        await this.#host.clock.sleep(tellMs);
      }
      return this.#let(name, caller, line);
    }
    const { id, agent, resumes } = caller;
    const dialog = this.#comingBack.takeUp(caller, line);
    let call: Promise<unknown> | undefined;
    await this.#host.begin(
      line,
      { id, transport: this.name, resumes, ...(agent !== undefined && { agent }), ...(dialog && { dialog }) },
      { lost, tell: (problem) => line.tell(problem), onBegun: (done) => void (call = done) },
    );
    void (call ?? Promise.resolve()).then(() => this.#let(name, caller, line));
  }

  #let(name: string, { id }: Caller, line: WebRtcLine): void {
    line.close();
    this.#connections.delete(name);
    this.#comingBack.leave(id, line);
  }

  // ---- While it runs ----------------------------------------------------------------------------

  async #patched(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const connection = this.#connectionOf(request);
    if (!connection) return reply.code(404).send(noSuchCall);
    if (!this.#patches.allows((request.params as { name: string }).name))
      return this.#refuse(reply, { status: 429, reason: 'too many patches' });
    if (typeof request.body !== 'string' || !isOfType(request, fragmentType))
      return this.#refuse(reply, { status: 415, reason: 'bad patch' }, `send a fragment of SDP, as ${fragmentType}`);
    const { 'if-match': match } = request.headers;
    if (match === undefined)
      return this.#refuse(reply, { status: 428, reason: 'bad patch' }, 'give the ETag of the answer as If-Match');
    try {
      return await this.#taken(connection, readFragment(request.body), match, reply);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.#refuse(reply, { status: 400, reason: 'bad patch' }, error.message);
    }
  }

  /** Other names than those of the session that runs begin a new one; for that it does not matter which one ran. */
  async #taken(connection: Connection, fragment: SdpFragment, match: string, reply: FastifyReply): Promise<unknown> {
    const { peer } = connection;
    const isSame = fragment.user === peer.remote.user && fragment.password === peer.remote.password;
    if (isSame ? match !== '*' && match !== connection.tag : match !== '*')
      return reply
        .code(412)
        .send({ error: 'this is of an ICE session that is over; begin a new one with If-Match: *' });
    if (isSame) {
      peer.addCandidates(fragment.candidates, fragment.isEnd);
      const news = peer.untold();
      return news === undefined ? reply.code(204).send() : reply.code(200).type(fragmentType).send(news);
    }
    if (!peer.canRestart) return reply.code(409).send({ error: 'nothing is connected yet; offer again' });
    // Before the first await: of two at once the later one counts.
    const tag = (connection.tag = newTag());
    const own = await peer.restart(fragment);
    return reply.code(200).header('etag', tag).type(fragmentType).send(own);
  }

  #connectionOf({ params }: FastifyRequest): Connection | undefined {
    return this.#connections.get((params as { name: string }).name);
  }

  // ---- Who may come in --------------------------------------------------------------------------

  /** As at `/call`: by a token, or by that of a call that broke off. */
  async #stranger({ raw, query, headers }: FastifyRequest): Promise<Problem | undefined> {
    if (!this.#host.isOwnOrigin(raw)) return { status: 403, reason: 'foreign origin' };
    const { token, resume } = query as { token?: string; resume?: string };
    // Who may go on with a call was let in to begin it.
    if (resume !== undefined)
      return (await this.#comingBack.opens(resume)) ? undefined : { status: 401, reason: 'no valid resume token' };
    const [, bearer] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (isLoopback(this.#host.boundHost) || (await this.#host.tokens.check(bearer ?? token, 'call'))) return undefined;
    return { status: 401, reason: 'no valid token' };
  }

  #noRoom({ raw }: FastifyRequest): Problem | undefined {
    const reason = this.#host.refusal();
    if (reason !== undefined) return { status: 503, reason };
    return this.#host.rate.allows(raw.socket.remoteAddress ?? '')
      ? undefined
      : { status: 429, reason: 'too many calls' };
  }

  #refuse(reply: FastifyReply, { status, reason }: Problem, told = reason): FastifyReply {
    this.#host.refused(reason, this.name);
    return reply.code(status).send({ error: told });
  }

  #tellServers(reply: FastifyReply): void {
    const links = serversForCaller(this.#callers, Date.now() / 1000).map(linkTo);
    if (links.length > 0) void reply.header('link', links);
  }
}

const noSuchCall = { error: 'there is no such call' };

/** A strong one (RFC 9110, 8.8.1). */
function newTag(): string {
  return `"${randomUUID()}"`;
}

function isOfType({ headers }: FastifyRequest, type: string): boolean {
  return headers['content-type']?.split(';')[0]!.trim().toLowerCase() === type;
}
