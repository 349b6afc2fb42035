/**
 * A twin of Vonage Voice on loopback: posts webhooks signed as it does, does what the NCCO says that it is answered
 * with, takes hang-ups and transfers over its REST interface, and checks every answer, command and message against
 * what Vonage documents. On demand its sound comes in odd pieces, its notices late or never, and its socket stays open.
 */
import { createHash, createHmac, generateKeyPairSync, randomUUID, verify, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { bytesOf, samplesOf } from '../../runtime/audio/pcm16.js';
import { createResampler } from '../../runtime/audio/resample.js';
import { Telephone } from './telephone.js';

const mostAheadMs = 600;

export class VonageTwin {
  readonly applicationId = randomUUID();
  readonly signatureSecret = 'signature secret of the twin';
  readonly privateKey: string;
  readonly problems: string[] = [];
  readonly commands: { call: string; body: Record<string, unknown> }[] = [];
  readonly calls = new Map<string, VonageTwinCall>();
  readonly #publicKey: KeyObject;
  readonly #server: Server;

  private constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#publicKey = publicKey;
    this.privateKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    this.#server = createServer((request, response) => void this.#command(request, response));
  }

  static async start(): Promise<VonageTwin> {
    const twin = new VonageTwin();
    twin.#server.listen(0, '127.0.0.1');
    await once(twin.#server, 'listening');
    return twin;
  }

  get apiBase(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    for (const call of this.calls.values()) call.vanish();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async ring(
    http: string,
    { agent = 'desk', from = '353870000001', token, forge }: { agent?: string; from?: string; token?: string; forge?: Forge } = {}, // prettier-ignore
  ): Promise<{ call: VonageTwinCall; status: number }> {
    const call = new VonageTwinCall(this, http, token);
    this.calls.set(call.id, call);
    const { status, body } = await this.post(
      `${http}/vonage/answer?agent=${agent}`,
      { from, to: '35315550000', uuid: call.id, conversation_uuid: `CON-${randomUUID()}`, region_url: this.apiBase },
      forge,
    );
    if (status === 200) await call.obey(body);
    return { call, status };
  }

  /** @param forge no signature, another secret, another body, or one of long ago */
  async post(url: string, fields: object, forge?: Forge): Promise<{ status: number; body: string }> {
    const body = JSON.stringify(fields);
    const claims = {
      iss: 'Vonage', api_key: 'abcd1234', application_id: this.applicationId, jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000) - (forge === 'old' ? 3600 : 0),
      payload_hash: createHash('sha256').update(body).digest('hex'),
    }; // prettier-ignore
    const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.'); // prettier-ignore
    const secret = forge === 'wrong' ? 'guessed' : this.signatureSecret;
    const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(forge !== 'none' && { authorization: `Bearer ${token}` }) },
      body: forge === 'changed' ? body.replace('from', 'form') : body,
    });
    return { status: answer.status, body: await answer.text() };
  }

  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += String(piece);
    const [, call = ''] = /^\/v1\/calls\/([^/]+)$/.exec(request.url ?? '') ?? [];
    const [head = '', claims = '', signature = ''] = (request.headers.authorization ?? '').slice(7).split('.');
    const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), this.#publicKey, Buffer.from(signature, 'base64url')); // prettier-ignore
    const known = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { application_id?: string };
    if (!isSigned || known.application_id !== this.applicationId) return void response.writeHead(401).end();
    const found = this.calls.get(call);
    if (request.method !== 'PUT' || !found || found.ended) return void response.writeHead(404).end();
    const body = JSON.parse(text) as Record<string, unknown>;
    this.commands.push({ call, body });
    response.writeHead(204).end();
    if (body.action === 'hangup') return found.end();
    if (body.action === 'transfer') return found.leaveSocket();
    this.problems.push(`a command ${String(body.action)}`);
  }
}

type Forge = 'none' | 'wrong' | 'changed' | 'old';

export class VonageTwinCall {
  readonly id = randomUUID();
  readonly telephone: Telephone;
  ended = false;
  ncco = '';
  /** Bytes a frame in place of 640: what comes over the network in odd pieces. */
  pieceBytes = 640;
  #socket: WebSocket | undefined;
  #waiting = Buffer.alloc(0);
  readonly #up = createResampler(8000, 16_000);
  readonly #down = createResampler(16_000, 8000);

  constructor(
    private readonly twin: VonageTwin,
    private readonly http: string,
    private readonly token: string | undefined,
  ) {
    this.telephone = new Telephone({
      spoken: (samples) => this.#sound(bytesOf(this.#up.push(samples))),
      reached: (mark) => this.#text({ event: 'websocket:notify', payload: { mark } }),
    });
  }

  key(digit: string): void {
    this.#text({ event: 'websocket:dtmf', digit, duration: 260 });
  }

  /** The caller hangs up. @param how whether the socket closes, or stays half open and only the event is told */
  async hangUp(how: 'closed' | 'half open' = 'closed'): Promise<void> {
    this.telephone.stop();
    this.ended = true;
    if (how === 'closed') this.#socket?.close();
    await this.twin.post(`${this.http}/vonage/event`, { uuid: this.id, status: 'completed', direction: 'inbound' });
  }

  end(): void {
    this.ended = true;
    this.vanish();
  }

  vanish(): void {
    this.telephone.stop();
    this.#socket?.terminate();
  }

  leaveSocket(): void {
    this.telephone.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  async obey(text: string): Promise<void> {
    this.ncco = text;
    const actions = JSON.parse(text) as { action: string; endpoint: Record<string, unknown>[] }[];
    if (actions.length === 0) return this.end();
    const [{ action, endpoint }] = actions as [{ action: string; endpoint: Record<string, unknown>[] }];
    const { type, uri, headers, 'content-type': contentType, ...more } = endpoint[0]!;
    const isFine =
      action === 'connect' && endpoint.length === 1 && type === 'websocket' && typeof uri === 'string' &&
      contentType === 'audio/l16;rate=16000' && Object.keys(more).length === 0 && JSON.stringify(headers).length <= 512; // prettier-ignore
    if (!isFine) return void this.twin.problems.push('an NCCO that Vonage does not know');
    const url = new URL(uri);
    if (this.token !== undefined) url.searchParams.set('token', this.token);
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => {
      if (binary) this.#play(data);
      else this.#read(data.toString());
    });
    // The NCCO has nothing after the socket.
    socket.on('close', () => {
      if (socket === this.#socket) this.end();
    });
    await once(socket, 'open');
    this.#text({ event: 'websocket:connected', 'content-type': contentType, ...(headers as object) });
    this.telephone.start();
  }

  raw(message: string | Buffer): void {
    this.#socket?.send(message);
  }

  #sound(bytes: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    for (; this.#waiting.length >= this.pieceBytes; this.#waiting = this.#waiting.subarray(this.pieceBytes))
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(this.#waiting.subarray(0, this.pieceBytes));
  }

  #play(bytes: Buffer): void {
    // Whole frames of 20 ms.
    if (bytes.length !== 640) return void this.twin.problems.push(`sound of ${String(bytes.length)} bytes`);
    this.telephone.play(this.#down.push(samplesOf(bytes)));
    if (this.telephone.aheadMs > mostAheadMs) this.twin.problems.push('a burst of sound');
  }

  #read(text: string): void {
    const message = JSON.parse(text) as { action?: string; payload?: { mark?: string } };
    const fields = Object.keys(message).sort().join();
    if (message.action === 'clear' && fields === 'action') {
      this.telephone.clear();
      this.#text({ event: 'websocket:cleared' });
    } else if (message.action === 'notify' && fields === 'action,payload')
      this.telephone.mark(String(message.payload?.mark));
    else this.twin.problems.push(`a text of ${fields}`);
  }

  #text(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
