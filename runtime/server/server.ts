/**
 * The front door: HTTP and WebSocket, for browsers, programs and the carrier. Bound to this machine unless told
 * otherwise; elsewhere every door asks for something: `/call` for a token, `/twilio/*` for a signature.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { UsageError } from '../../engine/errors.js';
import type { Call } from '../call/call.js';
import { startCall } from '../call/call.js';
import type { Line } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { acceptTwilio } from '../transports/twilio.js';
import { TwilioRest } from '../transports/twilio-rest.js';
import { isSigned } from '../transports/twilio-signature.js';
import { twimlConnect, twimlReject } from '../transports/twiml.js';
import { acceptWebSocket, maxMessageBytes, type WebSocketLine } from '../transports/websocket.js';
import { isLoopback, isOwnNumber, isOwnOrigin, RateLimit } from './doors.js';
import { KeptDialogs } from './kept-dialogs.js';
import type { CallParts, CallRequest, Page, Server, ServerLimits, ServerOptions } from './options.js';
import { defaultLimits } from './options.js';
import type { Tokens } from './tokens.js';
import { createTokens } from './tokens.js';

export type { CallParts, CallRequest, Page, Server, ServerLimits, ServerOptions };
export { defaultLimits };

const pingMs = 15_000;
/** How long after the beginning of a call its caller may come back to it. */
const resumeSeconds = 3600;
/** A connection that broke is back within seconds or not at all. */
const keepLostMs = 30_000;
const maxBodyBytes = 64 * 1024;
/** A request that takes longer to come in is somebody who holds a socket open. */
const requestMs = 10_000;

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
  readonly #resumeTokens: Tokens;
  readonly #rate: RateLimit;
  readonly #rest: TwilioRest | undefined;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxMessageBytes });
  /** Lines that can be lost and come back. */
  readonly #lines = new Map<string, WebSocketLine>();
  readonly #kept: KeptDialogs;
  readonly #running = new Set<Promise<unknown>>();
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
    this.#kept = new KeptDialogs({ clock: this.#clock, log: this.#log, keepMs: options.keepLostMs ?? keepLostMs });
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#rate = new RateLimit(this.#clock, this.#limits.callsPerMinutePerAddress);
    const { authToken, accountSid, apiBase, insecure } = options.twilio ?? {};
    if (options.twilio && !authToken && !insecure && !isLoopback(this.#host)) {
      throw new UsageError(
        `on ${this.#host} anybody could place calls as Twilio: set TWILIO_AUTH_TOKEN, or --insecure if something in front checks`,
      );
    }
    if (options.publicUrl !== undefined && !URL.canParse(options.publicUrl)) {
      throw new UsageError(`"${options.publicUrl}" is not an address; give it as https://voice.example.com`);
    }
    try {
      this.#tokens = createTokens(options.tokenSecret);
      this.#resumeTokens = createTokens(options.resumeSecret ?? options.tokenSecret);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
    if (accountSid && authToken)
      this.#rest = new TwilioRest({ accountSid, authToken, ...(apiBase ? { apiBase } : {}) });
  }

  get port(): number {
    return (this.#app.server.address() as AddressInfo).port;
  }

  get url(): string {
    const name = this.#host === '0.0.0.0' || this.#host === '::' ? 'localhost' : this.#host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${String(this.port)}`;
  }

  issueToken(seconds = 300): Promise<string> {
    return this.#tokens.issue('call', { seconds });
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
    try {
      await this.#app.listen({ host: this.#host, port: this.#options.port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
        throw new UsageError(`port ${String(this.#options.port)} is taken; give another with --port`);
      }
      throw error;
    }
    this.#ping();
  }

  async drain(withinMs = 60_000): Promise<void> {
    this.#draining = true;
    for (const socket of this.#greeting) socket.close(1001, 'draining');
    const late = new AbortController();
    const all = async (): Promise<void> => {
      while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    };
    await Promise.race([
      all(),
      this.#clock.sleep(withinMs, late.signal).then(
        () => {
          for (const socket of this.#greeting) socket.terminate();
          for (const call of this.calls.values()) call.hangUp();
          return all();
        },
        () => {},
      ),
    ]);
    late.abort(new Error('drained'));
  }

  async close(): Promise<void> {
    this.#draining = true;
    for (const call of this.calls.values()) call.hangUp();
    await this.drain(0);
    await this.#kept.close();
    this.#stopPings?.();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
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
    app.setErrorHandler((error, _, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status >= 500) this.#log.error('request failed', { problem: messageOf(error) });
      return reply.code(status).send({ error: status >= 500 ? 'something went wrong here' : messageOf(error) });
    });
    app.get('/health', () => ({ ok: true, calls: this.calls.size }));
    app.get('/ready', (_, reply) => {
      const ready = this.#isOpen();
      return reply.code(ready ? 200 : 503).send({ ready, draining: this.#draining, calls: this.calls.size });
    });
    if (this.#options.tokenSecret !== undefined) {
      app.post('/token', async (request, reply) => {
        if (!sameText(request.headers.authorization, `Bearer ${this.#options.tokenSecret!}`)) {
          return reply.code(401).send({ error: 'give the token secret as bearer' });
        }
        return { token: await this.issueToken(), seconds: 300 };
      });
    }
    if (this.#options.twilio) {
      app.post('/twilio/voice', async (request, reply) => {
        const fields = (request.body ?? {}) as Record<string, string>;
        if (!this.#isTwilio(request.raw, this.#address('http', request.raw), fields)) {
          this.#log.warn('twilio signature wrong', { where: 'webhook' });
          return reply.code(403).send({ error: 'the signature is wrong' });
        }
        void reply.type('text/xml');
        if (!this.#isOpen() || this.#isFull() || !this.#rate.allows(fields.From ?? request.ip)) {
          this.#log.warn('call refused', { reason: this.#draining ? 'draining' : 'full' });
          return twimlReject();
        }
        const token = await this.#tokens.issue('stream', { seconds: 60, subject: fields.CallSid ?? '' });
        const agent = urlOf(request.url).searchParams.get('agent');
        return twimlConnect(this.#streamUrl(request.raw), {
          token,
          ...(agent === null ? {} : { agent }),
          ...(fields.From === undefined ? {} : { from: fields.From }),
          ...(fields.To === undefined ? {} : { to: fields.To }),
        });
      });
    }
    app.setNotFoundHandler(async (request, reply) => {
      const url = urlOf(request.url);
      const page = request.method === 'GET' || request.method === 'HEAD' ? await this.#page(url) : undefined;
      if (!page) return reply.code(404).send({ error: 'nothing is here' });
      return reply.type(page.type).send(typeof page.body === 'string' ? page.body : Buffer.from(page.body));
    });
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

  #isFull(): boolean {
    return this.calls.size + this.#opening >= this.#limits.calls;
  }

  // ---- Sockets --------------------------------------------------------------------------------

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request.url);
    const refusal = await this.#refusal(request, url);
    if (refusal) {
      this.#log.warn('call refused', { reason: refusal.reason });
      // Node keeps the half that the other side has not closed, for as long as that side likes.
      socket.once('finish', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refusal.status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    // Before the socket opens: from then on its greeting may come at any moment, and must find a listener.
    const caller = url.pathname === '/call' ? await this.#identify(url) : undefined;
    this.#sockets.handleUpgrade(request, socket, head, (open) => {
      // Without a listener an error of one socket would end the process.
      open.on('error', () => {});
      this.#greeting.add(open);
      const answer = caller ? this.#answerWebSocket(open, caller, request) : this.#answerTwilio(open);
      this.#follow(
        answer
          .catch((error: unknown) => {
            this.#log.error('call failed', { problem: messageOf(error) });
            open.close(1011, 'failed');
          })
          .finally(() => this.#greeting.delete(open)),
      );
    });
  }

  /** Why this socket may not be opened. Answered before the upgrade, as HTTP. */
  async #refusal(request: IncomingMessage, url: URL): Promise<{ status: string; reason: string } | undefined> {
    const address = request.socket.remoteAddress ?? '';
    const twilio = url.pathname === '/twilio/media' && this.#options.twilio !== undefined;
    if (url.pathname !== '/call' && !twilio) return { status: '404 Not Found', reason: 'unknown path' };
    if (twilio) {
      if (!this.#isTwilio(request, this.#streamUrl(request), {})) {
        return { status: '403 Forbidden', reason: 'twilio signature wrong' };
      }
    } else {
      if (!this.#isOwnOrigin(request)) {
        return { status: '403 Forbidden', reason: 'foreign origin' };
      }
      const resume = url.searchParams.get('resume');
      if (resume !== null && !(await this.#resumeTokens.check(resume, 'resume'))) {
        return { status: '401 Unauthorized', reason: 'no valid resume token' };
      }
      // Who may go on with a call was let in to begin it.
      const needsToken = !isLoopback(this.#host) && resume === null;
      if (needsToken && !(await this.#tokens.check(url.searchParams.get('token') ?? undefined, 'call'))) {
        return { status: '401 Unauthorized', reason: 'no valid token' };
      }
    }
    if (!this.#isOpen())
      return { status: '503 Service Unavailable', reason: this.#draining ? 'draining' : 'not ready' };
    if (this.#isFull()) return { status: '503 Service Unavailable', reason: 'full' };
    // The carrier's calls were counted by their webhook.
    if (!twilio && !this.#rate.allows(address)) return { status: '429 Too Many Requests', reason: 'too many calls' };
    return undefined;
  }

  #isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
    return isOwnOrigin({ origin, host }, { boundHost: this.#host, publicUrl: this.#options.publicUrl });
  }

  async #answerWebSocket(
    socket: WebSocket,
    { resume, ...about }: WebSocketCaller,
    request: IncomingMessage,
  ): Promise<void> {
    const { id, resumes } = about;
    this.#opening += 1;
    try {
      const from = request.socket.remoteAddress;
      const lost = new AbortController();
      const line = await acceptWebSocket(socket, {
        id,
        clock: this.#clock,
        resume,
        onLost: () => lost.abort(new Error('the line is lost')),
        ...(from === undefined ? {} : { from }),
      });
      if (!line) return;
      // Whoever is back has lost that line, though we may not have noticed.
      if (resumes) this.#lines.get(id)?.lose();
      this.#lines.set(id, line);
      const dialog = resumes ? this.#kept.take(id) : undefined;
      await this.#begin(
        line,
        { ...about, transport: 'websocket', ...(dialog && { dialog }) },
        {
          lost: lost.signal,
          tell: (problem) => socket.send(JSON.stringify({ type: 'error', message: problem })),
        },
      );
    } finally {
      this.#opening -= 1;
    }
  }

  /** A new caller, or one who was cut off and comes back to a dialog; with the token to come back to this one. */
  async #identify(url: URL): Promise<WebSocketCaller> {
    const ticket = await this.#resumeTokens.check(url.searchParams.get('resume') ?? undefined, 'resume');
    const resumes = ticket !== undefined;
    const [known, name] = ticket
      ? (JSON.parse(ticket.subject) as [string, string | null])
      : [undefined, url.searchParams.get('agent')];
    const agent = name === null ? {} : { agent: name };
    const from = this.#callerOf(url.searchParams.get('from'));
    const unfinished =
      resumes || from === undefined ? undefined : await this.#findUnfinished({ ...agent, caller: from });
    const id = known ?? unfinished ?? randomUUID();
    const subject = JSON.stringify([id, name]);
    const resume = await this.#resumeTokens.issue('resume', { seconds: resumeSeconds, subject });
    return {
      id, resumes, resume, ...agent, ...(from !== undefined && { from, caller: from }), ...(unfinished !== undefined && { returning: true }),
    }; // prettier-ignore
  }

  /** Who a program on this machine says is calling; of anybody further away a token says no more than that they may. */
  #callerOf(from: string | null): string | undefined {
    const isTrusted = isLoopback(this.#host) && this.#options.publicUrl === undefined;
    return isTrusted && from !== null && from.length <= 64 && from.trim() !== '' ? from.trim() : undefined;
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

  async #answerTwilio(socket: WebSocket): Promise<void> {
    this.#opening += 1;
    try {
      const id = randomUUID();
      const rest = this.#rest ? { rest: this.#rest } : {};
      const line = await acceptTwilio(socket, { id, clock: this.#clock, log: this.#log, ...rest });
      if (!line) return;
      const { callSid, parameters } = line.start;
      const ticket = await this.#tokens.check(parameters.token, 'stream', { once: true });
      if (ticket?.subject !== callSid) {
        this.#log.warn('call refused', { reason: 'stream token wrong' });
        socket.close(1008, 'token');
        return;
      }
      const { from, to } = parameters;
      const agent = parameters.agent === undefined ? {} : { agent: parameters.agent };
      const caller = from !== undefined && isOwnNumber(from) ? from : undefined;
      const unfinished = caller === undefined ? undefined : await this.#findUnfinished({ ...agent, caller });
      await this.#begin(line, {
        id: unfinished ?? id,
        transport: 'twilio',
        callSid,
        ...agent,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(caller === undefined ? {} : { caller }),
        ...(unfinished === undefined ? {} : { returning: true }),
      });
    } finally {
      this.#opening -= 1;
    }
  }

  async #begin(
    line: Line,
    about: Omit<CallRequest, 'clock' | 'log'>,
    { tell, lost }: { tell?: (problem: string) => void; lost?: AbortSignal } = {},
  ): Promise<void> {
    const request: CallRequest = { ...about, clock: this.#clock, log: this.#log };
    let parts: CallParts;
    try {
      if (this.#draining) throw new UsageError('no new calls are taken at the moment');
      parts = await this.#options.openCall(request);
    } catch (error) {
      // A wrong agent is the caller's to know; anything else is ours.
      tell?.(error instanceof UsageError ? error.message : 'this call cannot be taken at the moment');
      this.#log.error('call not opened', { problem: messageOf(error) });
      line.close();
      return;
    }
    if (this.#draining) {
      // Whoever hangs up the running calls has been through: this one would be forgotten.
      tell?.('no new calls are taken at the moment');
      parts.ear.close();
      line.close();
      await parts.dialog.close('draining');
      return;
    }
    const { language, manners, dialog, ...rest } = parts;
    const call = startCall({
      ...rest,
      dialog: lost ? this.#kept.wrap(dialog, lost) : dialog,
      id: about.id,
      line,
      language,
      clock: this.#clock,
      log: this.#log,
      limits: { maxCallMs: this.#limits.secondsPerCall * 1000 },
      ...(manners ? { manners } : {}),
      record: this.#options.record ?? false,
    });
    this.calls.set(call.id, call);
    const ended = call.done.then((record) => {
      // Its caller may be back in a call of the same name.
      if (this.calls.get(call.id) === call) this.calls.delete(call.id);
      if (this.#lines.get(call.id) === line) this.#lines.delete(call.id);
      this.#options.onRecord?.(record, request);
    });
    this.#follow(ended);
    this.#options.onCall?.(call, request);
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

  // ---- The carrier ----------------------------------------------------------------------------

  /** By its signature; where none is asked for, at least no page of a browser that came here by a trick. */
  #isTwilio(request: IncomingMessage, url: string, fields: Record<string, string>): boolean {
    const { authToken, insecure } = this.#options.twilio ?? {};
    if (!authToken) return insecure === true || this.#isOwnOrigin(request);
    const header = request.headers['x-twilio-signature'];
    return typeof header === 'string' && isSigned(header, authToken, url, fields);
  }

  /** The stream's address as it stands in our TwiML: what its signature is over. Twilio drops a query. */
  #streamUrl(request: IncomingMessage): string {
    const url = new URL('/twilio/media', this.#address('ws', request));
    return url.href;
  }

  /** How the other side sees this request's address. Behind a proxy only `publicUrl` knows. */
  #address(kind: 'http' | 'ws', request: IncomingMessage): string {
    const { publicUrl } = this.#options;
    const named = `http://${request.headers.host ?? ''}`;
    const url = urlOf(request.url, publicUrl ?? (URL.canParse(named) ? named : this.url));
    if (kind === 'ws') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
  }
}

interface WebSocketCaller extends Pick<CallRequest, 'id' | 'agent' | 'from' | 'caller' | 'returning'> {
  resumes: boolean;
  resume: string;
}

/** What a request asks for. `//there/path` and `http://there/path` name no other host here. */
function urlOf(target = '/', base = 'http://us'): URL {
  const { origin } = new URL(base);
  return URL.canParse(origin + target) && target.startsWith('/') ? new URL(origin + target) : new URL(origin);
}

/** In constant time, whatever the lengths. */
function sameText(a: string | undefined, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return a !== undefined && timingSafeEqual(digest(a), digest(b));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
