/**
 * The front door: HTTP and WebSocket, for browsers, programs and the carrier. Bound to this machine unless told
 * otherwise; elsewhere every door asks for something: `/call` for a token, `/twilio/*` for a signature.
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { messageOf, UsageError } from '../../engine/errors.js';
import type { Call, CallRecord } from '../call/call.js';
import { startCall } from '../call/call.js';
import type { Line } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { maxMessageBytes } from '../transports/websocket.js';
import { spansOf } from '../observe/call-spans.js';
import { callMetrics, type CallMetrics } from '../observe/call-metrics.js';
import { isOwnOrigin, RateLimit, sameText } from './admission.js';
import type { BeginOptions, Door, DoorHost, Refusal, SocketDoor } from './doors/door.js';
import { ChatDoor } from './doors/chat-door.js';
import { errorBody } from './error-body.js';
import { CallsDoor } from './doors/calls-door.js';
import { RelayDoor } from './doors/relay-door.js';
import { canDial, telephoneDoors } from './doors/telephones.js';
import { TelnyxDoor } from './doors/telnyx-door.js';
import { TwilioDoor } from './doors/twilio-door.js';
import { WebRtcDoor } from './doors/webrtc-door.js';
import { WebSocketDoor } from './doors/websocket-door.js';
import { ComingBack } from './coming-back.js';
import { KeptDialogs } from './kept-dialogs.js';
import { countNode, mayRead, metricsType, openMetricsPort, type Probe } from './metrics-page.js';
import { NodeLoad } from './node-load.js';
import { Offences } from './offences.js';
import { OutgoingCalls, type OutgoingCall } from './outgoing-calls.js';
import type { CallParts, CallRequest, DialOrder, Page, Server, ServerLimits, ServerOptions } from './options.js';
import { defaultLimits } from './options.js';
import type { Tokens } from './tokens.js';
import { createTokens } from './tokens.js';
import { pathOfWorker, splitWorker } from './workers/worker-path.js';

export type { CallParts, CallRequest, Page, Server, ServerLimits, ServerOptions };
export { defaultLimits };

const pingMs = 15_000;
/** A connection that broke is back within seconds or not at all. */
const keepLostMs = 30_000;
/** Telling a caller that we have to end takes no longer. */
const noticeMs = 10_000;
const maxBodyBytes = 64 * 1024;
/** A request that takes longer to come in is somebody who holds a socket open. */
const requestMs = 10_000;
/** Sockets of which no call has come yet, beyond the calls there may be: then the one that said nothing for longest goes. */
const mostGreeting = 100;

/** Listens; resolves when calls can come in. @throws UsageError when the doors would stand open, or the port is taken */
export async function createServer(options: ServerOptions): Promise<Server> {
  const server = new FrontDoor(options);
  await server.listen();
  return server;
}

class FrontDoor implements Server {
  readonly calls = new Map<string, Call>();
  readonly #options: ServerOptions;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: ServerLimits;
  readonly #tokens: Tokens;
  readonly #rate: RateLimit;
  readonly #doors: readonly Door[];
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxMessageBytes });
  readonly #kept: KeptDialogs;
  readonly #running = new Set<Promise<unknown>>();
  readonly #metrics: CallMetrics;
  readonly #outgoing: OutgoingCalls;
  readonly #offences: Offences;
  #load!: NodeLoad;
  #metricsPage: Awaited<ReturnType<typeof openMetricsPort>> | undefined;
  #app!: FastifyInstance;
  #stopPings: (() => void) | undefined;
  /** Calls that are being opened count too. */
  #opening = 0;
  /** Sockets of which no call has come yet. */
  readonly #greeting = new Set<WebSocket>();
  #draining = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#host = options.host ?? '127.0.0.1';
    this.#clock = options.clock ?? new RealClock();
    this.#log = options.log;
    this.#offences = new Offences(this.#clock, this.#log);
    this.#metrics = callMetrics(() => this.calls.size, options.prices);
    this.#kept = new KeptDialogs({ clock: this.#clock, log: this.#log, keepMs: options.keepLostMs ?? keepLostMs });
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#rate = new RateLimit(this.#clock, this.#limits.callsPerMinutePerAddress);
    if (options.publicUrl !== undefined && !URL.canParse(options.publicUrl)) {
      throw new UsageError(`"${options.publicUrl}" is not an address; give it as https://voice.example.com`);
    }
    let resumeTokens: Tokens;
    try {
      this.#tokens = createTokens(options.tokenSecret, options.worker?.number);
      resumeTokens = createTokens(options.resumeSecret ?? options.tokenSecret);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
    this.#outgoing = new OutgoingCalls(
      {
        clock: this.#clock,
        log: this.#log,
        refusal: () => this.#refusalOfAll(),
        agents: () => options.agents?.() ?? [],
        onUnanswered: (record, request) => {
          this.#metrics.ended(record);
          this.#recorded(record, request);
        },
      },
      options.outbound,
    );
    this.#doors = this.#openDoors(resumeTokens);
  }

  /** What comes in by each, and what they share. */
  #openDoors(resumeTokens: Tokens): Door[] {
    const { twilio, telnyx, chat, webrtc, publicUrl, tokenSecret } = this.#options;
    const host: DoorHost = {
      boundHost: this.#host,
      publicUrl,
      clock: this.#clock,
      log: this.#log,
      rate: this.#rate,
      tokens: this.#tokens,
      outgoing: this.#outgoing,
      worker: this.#options.worker?.number,
      ownAddress: (path) => urlOf(this.#pathHere(path), publicUrl ?? this.url).href,
      refusal: () => this.#refusalOfAll(),
      refused: (reason, where) => this.#refused(reason, where),
      isOwnOrigin: ({ headers: { origin, host: named } }) =>
        isOwnOrigin({ origin, host: named }, { boundHost: this.#host, publicUrl }),
      address: (kind, request, path) => this.#address(kind, request, path),
      findUnfinished: (of) => this.#findUnfinished(of),
      agents: () => this.#options.agents?.() ?? [],
      opening: async (work) => {
        this.#opening += 1;
        try {
          return await work();
        } finally {
          this.#opening -= 1;
        }
      },
      open: async (about) => {
        const request: CallRequest = { ...about, text: true, clock: this.#clock, log: this.#log };
        return this.#options.openCall(request);
      },
      begin: (line, about, how) => this.#begin(line, about, how),
    };
    const carriers = [
      ...(twilio ? [new TwilioDoor(host, twilio)] : []),
      ...(telnyx ? [new TelnyxDoor(host, telnyx)] : []),
      ...telephoneDoors(host, this.#options),
    ];
    this.#outgoing.diallers = carriers.filter(canDial);
    const comingBack = new ComingBack({ tokens: resumeTokens, kept: this.#kept, worker: host.worker });
    return [
      new WebSocketDoor(host, comingBack),
      ...(webrtc ? [new WebRtcDoor(host, comingBack, webrtc)] : []),
      ...carriers,
      ...(twilio ? [new RelayDoor(host, twilio)] : []),
      ...(tokenSecret === undefined ? [] : [new CallsDoor(host, this.#outgoing, tokenSecret)]),
      ...(chat
        ? [new ChatDoor(host, { ...chat, onRecord: (record, request) => this.#recorded(record, request) })]
        : []),
    ];
  }

  get port(): number {
    return this.#options.worker?.port ?? (this.#app.server.address() as AddressInfo).port;
  }

  get url(): string {
    const name = this.#host === '0.0.0.0' || this.#host === '::' ? 'localhost' : this.#host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${String(this.port)}`;
  }

  get metricsPort(): number | undefined {
    return this.#metricsPage?.port;
  }

  issueToken(seconds = 300): Promise<string> {
    return this.#tokens.issue('call', { seconds });
  }

  dial(order: DialOrder): Promise<OutgoingCall> {
    return this.#outgoing.dial(order);
  }

  async listen(): Promise<void> {
    const { fastify } = await import('fastify');
    this.#app = fastify({
      logger: false,
      bodyLimit: maxBodyBytes,
      forceCloseConnections: true,
      requestTimeout: requestMs,
    });
    this.#routes(this.#app);
    this.#app.server.on('upgrade', (request, socket, head) => {
      // An upgrade that fails must not take the process along.
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#log.warn('upgrade failed', { problem: messageOf(error) });
        socket.destroy();
      });
    });
    this.#load = new NodeLoad(this.#clock, this.#limits, this.#options.load);
    try {
      await this.#open();
    } catch (error) {
      // Nothing may be left that keeps the process alive: whoever watches it would take it for a server.
      await this.close();
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { worker, spans, metricsPort } = this.#options;
    if (worker) await this.#app.ready();
    else await this.#bind();
    countNode(this.#metrics.registry, this.#load);
    this.#options.countMore?.(this.#metrics.registry);
    if (spans)
      this.#metrics.registry.gauge(
        'voice_spans_dropped_total',
        'Spans that no collector got.',
        () => spans.dropped,
        'counter',
      );
    this.#ping();
    worker?.attach({
      http: this.#app.server,
      standing: () => ({
        calls: this.calls.size + this.#opening,
        isOpen: this.#refusalOfAll() === undefined,
        full: this.#fullness(),
      }),
      figures: () => ({ metrics: this.#metrics.registry.text(), health: this.#options.health?.() ?? {} }),
    });
    // A port of its own can be had once: whatever belongs to it is the first worker's.
    if (!worker || worker.number === 1) for (const door of this.#doors) await door.listen?.();
    if (metricsPort === undefined) return;
    this.#metricsPage = await openMetricsPort({ host: this.#host, port: metricsPort }, this.#probes());
  }

  async #bind(): Promise<void> {
    try {
      await this.#app.listen({ host: this.#host, port: this.#options.port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
        throw new UsageError(`port ${String(this.#options.port)} is taken; give another with --port`);
      }
      throw error;
    }
  }

  async drain(withinMs = 60_000): Promise<number> {
    let cut = 0;
    this.#draining = true;
    for (const socket of this.#greeting) socket.close(1001, 'draining');
    const late = new AbortController();
    const all = async (): Promise<void> => {
      while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    };
    const within = (ms: number): Promise<boolean> =>
      this.#clock.sleep(ms, late.signal).then(
        () => false,
        () => true,
      );
    const ended = all().then(() => true);
    if (!(await Promise.race([ended, within(withinMs)]))) {
      for (const socket of this.#greeting) socket.terminate();
      cut = this.calls.size;
      for (const call of this.calls.values()) if (withinMs > 0) call.shutDown();
      if (withinMs > 0) await Promise.race([ended, within(noticeMs)]);
      for (const call of this.calls.values()) call.hangUp();
      await ended;
    }
    late.abort(new Error('drained'));
    return cut;
  }

  async close(): Promise<void> {
    this.#draining = true;
    for (const call of this.calls.values()) call.hangUp();
    await this.drain(0);
    this.#outgoing.close();
    await this.#kept.close();
    for (const door of this.#doors) await door.close?.();
    this.#stopPings?.();
    this.#offences.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await this.#metricsPage?.close();
    this.#load.close();
    this.#options.worker?.detach();
    await this.#app.close();
  }

  // ---- HTTP -----------------------------------------------------------------------------------

  #routes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body as string)));
    });
    app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => {
      done(null, {});
    });
    app.addHook('onSend', (_, reply, payload, done) => {
      void reply.header('x-content-type-options', 'nosniff');
      void reply.header('referrer-policy', 'no-referrer');
      done(null, payload);
    });
    app.setErrorHandler((error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status >= 500) this.#log.error('request failed', { problem: messageOf(error) });
      else this.#refused('bad request', request.routeOptions.url);
      return reply.code(status).send(errorBody(request.url, status, messageOf(error)));
    });
    const { tokenSecret, publicUrl, worker } = this.#options;
    const boundHost = this.#host;
    for (const [path, answer] of Object.entries(this.#probes()))
      app.get(path, (request, reply) => {
        if (path === '/metrics' && !mayRead(request.headers, { boundHost, publicUrl, tokenSecret }))
          return reply.code(401).send({ error: 'give the token secret (PARLEY_TOKEN_SECRET) as bearer, or read them at --metrics-port' }); // prettier-ignore
        const { status, type, body } = answer();
        return reply.code(status).type(type).send(body);
      });
    if (this.#options.tokenSecret !== undefined) {
      app.post('/token', async (request, reply) => {
        if (!sameText(request.headers.authorization, `Bearer ${this.#options.tokenSecret!}`)) {
          this.#refused('token secret wrong', '/token');
          return reply.code(401).send({ error: 'give the token secret as bearer' });
        }
        return { token: await this.issueToken(), seconds: 300 };
      });
    }
    for (const door of this.#doors) door.routes?.(app);
    if (worker)
      void app.register(
        (scope, _, done) => {
          for (const door of this.#doors) door.routes?.(scope);
          done();
        },
        { prefix: pathOfWorker(worker.number, '') },
      );
    app.setNotFoundHandler(async (request, reply) => {
      const url = urlOf(request.url);
      const page = request.method === 'GET' || request.method === 'HEAD' ? await this.#page(url) : undefined;
      if (!page) return reply.code(404).send({ error: 'nothing is here' });
      return reply.type(page.type).send(typeof page.body === 'string' ? page.body : Buffer.from(page.body));
    });
  }

  /** What those who watch servers ask for. Both names of health are in use among them. */
  #probes(): Record<string, () => Probe> {
    const json = (status: number, fields: object) => ({
      status,
      type: 'application/json',
      body: JSON.stringify(fields),
    });
    const health = () => json(200, { ok: true, calls: this.calls.size, ...this.#options.health?.() });
    return {
      '/health': health,
      '/healthz': health,
      '/ready': () => {
        const full = this.#fullness();
        const ready = this.#isOpen() && full === undefined;
        return json(ready ? 200 : 503, {
          ready,
          draining: this.#draining,
          calls: this.calls.size,
          ...(full && { full }),
        });
      },
      '/metrics': () => ({ status: 200, type: metricsType, body: this.#metrics.registry.text() }),
    };
  }

  async #page(url: URL): Promise<Page | undefined> {
    const { staticPages, page } = this.#options;
    const fixed = staticPages && Object.hasOwn(staticPages, url.pathname) ? staticPages[url.pathname] : undefined;
    if (fixed) return 'file' in fixed ? { type: fixed.type, body: await readFile(fixed.file) } : fixed;
    return page?.(decodeURI(url.pathname), Object.fromEntries(url.searchParams));
  }

  #isOpen(): boolean {
    return !this.#draining && (this.#options.isReady?.() ?? true);
  }

  /** Why no door takes a new call now. */
  #refusalOfAll(): ReturnType<DoorHost['refusal']> {
    if (this.#draining) return 'draining';
    if (!this.#isOpen()) return 'not ready';
    return this.#fullness() === undefined ? undefined : 'full';
  }

  /** What there is no more room in. Calls that run are let run. */
  #fullness(): 'calls' | 'loop lag' | 'memory' | undefined {
    return this.calls.size + this.#opening >= this.#limits.calls ? 'calls' : this.#load.full;
  }

  #refused(reason: string, where?: string): void {
    this.#metrics.refused(reason);
    this.#offences.tell('call refused', { reason, ...(where !== undefined && { where }) });
  }

  // ---- Sockets --------------------------------------------------------------------------------

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request.url);
    const { path } = splitWorker(url.pathname);
    const door = this.#doors.find((one) => one.socket?.path === path)?.socket;
    const refusal = door
      ? await this.#refusal(door, request, url)
      : { status: '404 Not Found', reason: 'unknown path' };
    if (!door || refusal) {
      this.#refused(refusal!.reason);
      // Node keeps the half that the other side has not closed, for as long as that side likes.
      socket.once('finish', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refusal!.status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const answer = await door.meet(request, url);
    this.#sockets.handleUpgrade(request, socket, head, (open) => {
      // Without a listener an error of one socket would end the process.
      open.on('error', () => {});
      this.#greeting.add(open);
      if (this.#greeting.size > this.#limits.calls + mostGreeting) [...this.#greeting][0]!.terminate();
      this.#follow(
        answer(open)
          .catch((error: unknown) => {
            this.#log.error('call failed', { problem: messageOf(error) });
            open.close(1011, 'failed');
          })
          .finally(() => this.#greeting.delete(open)),
      );
    });
  }

  async #refusal(door: SocketDoor, request: IncomingMessage, url: URL): Promise<Refusal | undefined> {
    const refusal = await door.refusal(request, url);
    if (refusal) return refusal;
    const reason = this.#refusalOfAll();
    if (reason !== undefined) return { status: '503 Service Unavailable', reason };
    const isAllowed = !door.isCounted || this.#rate.allows(request.socket.remoteAddress ?? '');
    return isAllowed ? undefined : { status: '429 Too Many Requests', reason: 'too many calls' };
  }

  /** Never in the way of a call. */
  async #findUnfinished(of: { agent?: string; caller: string }): Promise<string | undefined> {
    try {
      const id = await this.#options.findUnfinished?.(of);
      return id !== undefined && this.calls.has(id) ? undefined : id;
    } catch (error) {
      this.#log.warn('no earlier dialog was looked for', { problem: messageOf(error) });
      return undefined;
    }
  }

  async #begin(
    line: Line,
    about: Omit<CallRequest, 'clock' | 'log'>,
    { tell, lost, speech, onBegun, manners: own }: BeginOptions = {},
  ): Promise<void> {
    const request: CallRequest = { ...about, ...(speech && { text: true }), clock: this.#clock, log: this.#log };
    let parts: CallParts;
    try {
      if (this.#draining) throw new UsageError('no new calls are taken at the moment');
      parts = await this.#options.openCall(request);
    } catch (error) {
      // A wrong agent is the caller's to know; anything else is ours.
      const isTheirs = error instanceof UsageError;
      tell?.(isTheirs ? error.message : 'this call cannot be taken at the moment');
      if (isTheirs) this.#refused(this.#draining ? 'draining' : 'unknown agent', about.transport);
      else {
        this.#metrics.refused('not opened');
        this.#log.error('call not opened', { problem: messageOf(error) });
      }
      line.close();
      return;
    }
    if (this.#draining) {
      // Whoever hangs up the running calls has been through: this one would be forgotten.
      tell?.('no new calls are taken at the moment');
      parts.ear?.close();
      parts.session?.close();
      line.close();
      await parts.dialog.close('draining');
      return;
    }
    const { language, about: answering, fallbackVoice, session, usage } = parts;
    const { ear, voice } = speech ?? parts;
    if (!ear || !voice) throw new Error('a call with sound was opened without an ear or a voice');
    const manners = { ...parts.manners, ...speech?.manners, ...own };
    const dialog = speech ? speech.wrap(parts.dialog) : parts.dialog;
    const events = this.#options.keepEvents?.(about.id);
    const call = startCall({
      ear,
      voice,
      ...(fallbackVoice && !speech && { fallbackVoice }),
      ...(session && { session }),
      ...(usage && { usage }),
      dialog: lost ? this.#kept.wrap(dialog, lost) : dialog,
      id: about.id,
      line,
      language,
      clock: this.#clock,
      log: answering ? this.#log.child(answering) : this.#log,
      ...(answering && { about: answering }),
      ...(about.direction && { direction: about.direction }),
      limits: { maxCallMs: this.#limits.secondsPerCall * 1000 },
      manners,
      // There is no sound to keep where the other end speaks.
      record: !speech && (this.#options.record ?? false),
      onTurn: (turn) => this.#metrics.turn(turn),
      ...(events && { events: events.write }),
    });
    this.calls.set(call.id, call);
    this.#offences.watch(line, call.id);
    const ended = call.done.then((record) => {
      events?.close();
      this.#offences.over(line);
      // Its caller may be back in a call of the same name.
      if (this.calls.get(call.id) === call) this.calls.delete(call.id);
      this.#metrics.ended(record);
      this.#recorded(record, request);
    });
    this.#follow(ended);
    onBegun?.(call.done);
    this.#options.onCall?.(call, request);
  }

  #recorded(record: CallRecord, request: CallRequest): void {
    this.#options.spans?.add(spansOf(record));
    this.#options.onRecord?.(record, request);
  }

  #follow(work: Promise<unknown>): void {
    const kept = work
      .catch((error: unknown) => {
        this.#log.error('after a call', { problem: messageOf(error) });
      })
      .finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }

  /** A peer that is gone without a word answers no ping; its socket is closed by us. */
  #ping(): void {
    const silent = new WeakSet<WebSocket>();
    const round = (): void => {
      this.#offences.round();
      for (const socket of this.#sockets.clients) {
        if (silent.has(socket)) {
          socket.terminate();
          continue;
        }
        silent.add(socket);
        socket.once('pong', () => silent.delete(socket));
        socket.ping();
      }
      this.#stopPings = this.#clock.at(this.#clock.now() + pingMs, round);
    };
    this.#stopPings = this.#clock.at(this.#clock.now() + pingMs, round);
  }

  /** One of our paths, as it comes to this process. */
  #pathHere(path: string): string {
    return pathOfWorker(this.#options.worker?.number, path);
  }

  /** How the other side sees this request's address. Behind a proxy only `publicUrl` knows. */
  #address(kind: 'http' | 'ws', request: IncomingMessage, path?: string): string {
    const named = `http://${request.headers.host ?? ''}`;
    const target = path === undefined ? request.url : this.#pathHere(path);
    const url = urlOf(target, this.#options.publicUrl ?? (URL.canParse(named) ? named : this.url));
    if (kind === 'ws') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
  }
}

/** What a request asks for. `//there/path` and `http://there/path` name no other host here. */
function urlOf(target = '/', base = 'http://us'): URL {
  const { origin } = new URL(base);
  return URL.canParse(origin + target) && target.startsWith('/') ? new URL(origin + target) : new URL(origin);
}
