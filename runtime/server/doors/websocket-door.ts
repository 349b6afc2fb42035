/** `/call`: browsers and programs, with a token to come back to a call whose connection broke. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { acceptWebSocket, type WebSocketLine } from '../../transports/websocket.js';
import { isLoopback } from '../admission.js';
import type { KeptDialogs } from '../kept-dialogs.js';
import type { CallRequest } from '../options.js';
import type { Door, DoorHost, Refusal, SocketDoor } from './door.js';

/** How long after the beginning of a call its caller may come back to it. */
const resumeSeconds = 3600;

interface Caller extends Pick<CallRequest, 'id' | 'agent' | 'from' | 'caller' | 'returning'> {
  resumes: boolean;
  resume: string;
}

export class WebSocketDoor implements Door {
  readonly name = 'websocket';
  readonly socket: SocketDoor = {
    path: '/call',
    isCounted: true,
    refusal: (request, url) => this.#refusal(request, url),
    meet: async (request, url) => {
      const caller = await this.#identify(url);
      return (socket) => this.#host.opening(() => this.#answer(socket, caller, request));
    },
  };
  readonly #host: DoorHost;
  readonly #kept: KeptDialogs;
  /** Lines that can be lost and come back. */
  readonly #lines = new Map<string, WebSocketLine>();

  constructor(host: DoorHost, kept: KeptDialogs) {
    this.#host = host;
    this.#kept = kept;
  }

  async #refusal(request: IncomingMessage, url: URL): Promise<Refusal | undefined> {
    const { tokens, resumeTokens, boundHost } = this.#host;
    if (!this.#host.isOwnOrigin(request)) return { status: '403 Forbidden', reason: 'foreign origin' };
    const resume = url.searchParams.get('resume');
    if (resume !== null && !(await resumeTokens.check(resume, 'resume'))) {
      return { status: '401 Unauthorized', reason: 'no valid resume token' };
    }
    // Who may go on with a call was let in to begin it.
    const needsToken = !isLoopback(boundHost) && resume === null;
    if (needsToken && !(await tokens.check(url.searchParams.get('token') ?? undefined, 'call'))) {
      return { status: '401 Unauthorized', reason: 'no valid token' };
    }
    return undefined;
  }

  async #answer(socket: WebSocket, { resume, ...about }: Caller, request: IncomingMessage): Promise<void> {
    const { id, resumes } = about;
    const from = request.socket.remoteAddress;
    const lost = new AbortController();
    const line = await acceptWebSocket(socket, {
      id,
      clock: this.#host.clock,
      resume,
      onLost: () => lost.abort(new Error('the line is lost')),
      ...(from === undefined ? {} : { from }),
    });
    if (!line) return this.#host.refused('no hello', this.name);
    // Whoever is back has lost that line, though we may not have noticed.
    if (resumes) this.#lines.get(id)?.lose();
    this.#lines.set(id, line);
    socket.on('close', () => {
      if (this.#lines.get(id) === line) this.#lines.delete(id);
    });
    const dialog = resumes ? this.#kept.take(id) : undefined;
    await this.#host.begin(
      line,
      { ...about, transport: 'websocket', ...(dialog && { dialog }) },
      { lost: lost.signal, tell: (problem) => socket.send(JSON.stringify({ type: 'error', message: problem })) },
    );
  }

  /** A new caller, or one who was cut off and comes back to a dialog; with the token to come back to this one. */
  async #identify(url: URL): Promise<Caller> {
    const { resumeTokens } = this.#host;
    const ticket = await resumeTokens.check(url.searchParams.get('resume') ?? undefined, 'resume');
    const resumes = ticket !== undefined;
    const [known, name] = ticket
      ? (JSON.parse(ticket.subject) as [string, string | null, number?])
      : [undefined, url.searchParams.get('agent')];
    const agent = name === null ? {} : { agent: name };
    const from = this.#callerOf(url.searchParams.get('from'));
    const unfinished =
      resumes || from === undefined ? undefined : await this.#host.findUnfinished({ ...agent, caller: from });
    const id = known ?? unfinished ?? randomUUID();
    // With the worker that has the dialog, for whoever hands connections over.
    const subject = JSON.stringify([id, name, this.#host.worker]);
    const resume = await resumeTokens.issue('resume', { seconds: resumeSeconds, subject });
    return {
      id, resumes, resume, ...agent, ...(from !== undefined && { from, caller: from }), ...(unfinished !== undefined && { returning: true }),
    }; // prettier-ignore
  }

  /** Who a program on this machine says is calling; of anybody further away a token says no more than that they may. */
  #callerOf(from: string | null): string | undefined {
    const isTrusted = isLoopback(this.#host.boundHost) && this.#host.publicUrl === undefined;
    return isTrusted && from !== null && from.length <= 64 && from.trim() !== '' ? from.trim() : undefined;
  }
}
