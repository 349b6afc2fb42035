/** `/call`: browsers and programs, with a token to come back to a call whose connection broke. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { acceptWebSocket } from '../../transports/websocket.js';
import { isLoopback } from '../admission.js';
import type { Caller as AnyCaller, ComingBack } from '../coming-back.js';
import type { CallRequest } from '../options.js';
import type { Door, DoorHost, Refusal, SocketDoor } from './door.js';

type Caller = AnyCaller & Pick<CallRequest, 'from' | 'caller' | 'returning'>;

export class WebSocketDoor implements Door {
  readonly name = 'websocket';
  readonly socket: SocketDoor = {
    path: '/call',
    isCounted: true,
    refusal: (request, url) => this.#refusal(request, url),
    meet: async (request, url) => {
      const caller = await this.#identify(url);
      const resume = await this.#comingBack.tokenFor(caller);
      return (socket) => this.#host.opening(() => this.#answer(socket, caller, resume, request));
    },
  };
  readonly #host: DoorHost;
  readonly #comingBack: ComingBack;

  constructor(host: DoorHost, comingBack: ComingBack) {
    this.#host = host;
    this.#comingBack = comingBack;
  }

  async #refusal(request: IncomingMessage, url: URL): Promise<Refusal | undefined> {
    const { tokens, boundHost } = this.#host;
    if (!this.#host.isOwnOrigin(request)) return { status: '403 Forbidden', reason: 'foreign origin' };
    const resume = url.searchParams.get('resume');
    if (resume !== null && !(await this.#comingBack.opens(resume))) {
      return { status: '401 Unauthorized', reason: 'no valid resume token' };
    }
    // Who may go on with a call was let in to begin it.
    const needsToken = !isLoopback(boundHost) && resume === null;
    if (needsToken && !(await tokens.check(url.searchParams.get('token') ?? undefined, 'call'))) {
      return { status: '401 Unauthorized', reason: 'no valid token' };
    }
    return undefined;
  }

  async #answer(socket: WebSocket, caller: Caller, resume: string, request: IncomingMessage): Promise<void> {
    const { token, ...about } = caller;
    const { id } = about;
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
    // What comes after `ready` comes from who got the next token.
    if (token !== undefined) socket.once('message', () => void this.#comingBack.isFirst(caller));
    const dialog = this.#comingBack.takeUp(about, line);
    socket.on('close', () => this.#comingBack.leave(id, line));
    await this.#host.begin(
      line,
      { ...about, transport: 'websocket', ...(dialog && { dialog }) },
      { lost: lost.signal, tell: (problem) => socket.send(JSON.stringify({ type: 'error', message: problem })) },
    );
  }

  /** A new caller, or one who was cut off and comes back to a dialog. */
  async #identify(url: URL): Promise<Caller> {
    const agent = url.searchParams.get('agent') ?? undefined;
    const caller = await this.#comingBack.identify(url.searchParams.get('resume') ?? undefined, agent);
    const from = this.#callerOf(url.searchParams.get('from'));
    if (from === undefined) return caller;
    const unfinished = caller.resumes
      ? undefined
      : await this.#host.findUnfinished({ ...(caller.agent !== undefined && { agent: caller.agent }), caller: from });
    return {
      ...caller,
      from,
      caller: from,
      ...(unfinished !== undefined && { id: unfinished, returning: true }),
    };
  }

  /** Who a program on this machine says is calling; of anybody further away a token says no more than that they may. */
  #callerOf(from: string | null): string | undefined {
    const isTrusted = isLoopback(this.#host.boundHost) && this.#host.publicUrl === undefined;
    return isTrusted && from !== null && from.length <= 64 && from.trim() !== '' ? from.trim() : undefined;
  }
}
