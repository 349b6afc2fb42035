/**
 * A twin of Vonage Voice on loopback: posts webhooks signed as it does, does what the NCCO says that it is answered
 * with, takes hang-ups and transfers over its REST interface, and checks every answer, command and message against
 * what Vonage documents. On demand its sound comes in odd pieces, its notices late or never, and its socket stays open.
 */
import { createHash, createHmac, generateKeyPairSync, randomUUID, verify, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { bytesOf, samplesOf } from '../../runtime/audio/pcm16.js';
import { createResampler } from '../../runtime/audio/resample.js';
import { HttpTwin, type TwinAnswer, type TwinCommand } from './http-twin.js';
import { Telephone } from './telephone.js';

const mostAheadMs = 600;

export class VonageTwin extends HttpTwin {
  readonly applicationId = randomUUID();
  readonly signatureSecret = 'signature secret of the twin';
  readonly privateKey: string;
  readonly commands: { call: string; body: Record<string, unknown> }[] = [];
  readonly calls = new Map<string, VonageTwinCall>();
  /** The last call that was placed over REST, and what its callee does. */
  placed:
    | {
        body: PlacedBody;
        call: VonageTwinCall;
        told(status: string, more?: object): Promise<string>;
        takes(): Promise<void>;
      }
    | undefined;
  readonly #publicKey: KeyObject;

  private constructor() {
    super();
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#publicKey = publicKey;
    this.privateKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  }

  static start(): Promise<VonageTwin> {
    return new VonageTwin().listen();
  }

  protected vanish(): void {
    for (const call of this.calls.values()) call.vanish();
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

  protected async command({ method, path, authorization, text }: TwinCommand, answer: TwinAnswer): Promise<void> {
    const [, call = ''] = /^\/v1\/calls\/([^/]+)$/.exec(path) ?? [];
    if (!this.#isSigned(authorization.slice(7))) return answer(401);
    if (path === '/v1/calls' && method === 'POST') return this.#place(JSON.parse(text) as PlacedBody, answer);
    const found = this.calls.get(call);
    if (method !== 'PUT' || !found || found.ended) return answer(404);
    const body = JSON.parse(text) as Record<string, unknown>;
    this.commands.push({ call, body });
    answer(204);
    if (body.action === 'hangup') return found.end();
    const { type, ncco } = (body.destination ?? {}) as { type?: string; ncco?: object };
    if (body.action !== 'transfer' || type !== 'ncco')
      return void this.problems.push(`a command ${String(body.action)}`);
    found.leaveSocket();
    await found.obey(JSON.stringify(ncco));
  }

  #place(body: PlacedBody, answer: TwinAnswer): void {
    const { to, from, answer_url, event_url, answer_method, event_method, ringing_timer, advanced_machine_detection, ...more } = body; // prettier-ignore
    const isPhone = ({ type, number }: { type: string; number: string }): boolean => type === 'phone' && /^\d{7,15}$/.test(number); // prettier-ignore
    const { behavior, mode, beep_timeout: beep } = advanced_machine_detection ?? { behavior: 'continue', mode: 'detect', beep_timeout: 45 }; // prettier-ignore
    const isFine =
      to.length === 1 && isPhone(to[0]!) && isPhone(from) && answer_method === 'POST' && event_method === 'POST' &&
      answer_url.length === 1 && event_url.length === 1 && ringing_timer >= 1 && ringing_timer <= 120 &&
      behavior === 'continue' && /^(detect|detect_beep)$/.test(mode) && beep >= 45 && beep <= 120 && Object.keys(more).length === 0; // prettier-ignore
    if (!isFine) this.problems.push('a call that Vonage does not place');
    const call = new VonageTwinCall(this, new URL(answer_url[0]!).origin, undefined);
    this.calls.set(call.id, call);
    const about = { uuid: call.id, direction: 'outbound', from: from.number, to: to[0]!.number };
    const tell = async (url: string, fields: object): Promise<string> => (await this.post(url, { ...about, ...fields })).body; // prettier-ignore
    this.placed = {
      body,
      call,
      told: (status, more_ = {}) => tell(event_url[0]!, { status, ...more_ }),
      takes: async () => call.obey(await tell(answer_url[0]!, {})),
    };
    answer(201, { uuid: call.id, status: 'started', direction: 'outbound', conversation_uuid: `CON-${randomUUID()}` });
    void this.placed.told('ringing');
  }

  #isSigned(token: string): boolean {
    const [head = '', claims = '', signature = ''] = token.split('.');
    const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), this.#publicKey, Buffer.from(signature, 'base64url')); // prettier-ignore
    const known = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { application_id?: string };
    return isSigned && known.application_id === this.applicationId;
  }
}

interface PlacedBody {
  to: { type: string; number: string }[];
  from: { type: string; number: string };
  answer_url: string[];
  event_url: string[];
  answer_method: string;
  event_method: string;
  ringing_timer: number;
  advanced_machine_detection?: { behavior: string; mode: string; beep_timeout: number };
}

type Forge = 'none' | 'wrong' | 'changed' | 'old';

export class VonageTwinCall {
  readonly id = randomUUID();
  readonly telephone: Telephone;
  ended = false;
  ncco = '';
  /** What the other leg was told before it was joined. */
  readonly whispers: string[] = [];
  /** Bytes a frame in place of 640: what comes over the network in odd pieces. */
  pieceBytes = 640;
  #socket: WebSocket | undefined;
  #waiting = Buffer.alloc(0);
  #dial: { told: string; over: string; payload: unknown; whisper?: string } | undefined;
  #leg = '';
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

  get isStreaming(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Something of the other leg; an NCCO in the answer replaces the one that runs, where that leg was not reached. */
  async legTold(status: string, more: object = {}): Promise<void> {
    const { body } = await this.twin.post(this.#dial!.told, {
      uuid: this.#leg,
      status,
      direction: 'outbound',
      ...more,
    });
    const isUnreached = ['busy', 'rejected', 'timeout', 'unanswered', 'cancelled', 'failed'].includes(status);
    if (isUnreached && body !== '') await this.obey(body);
    else if (isUnreached || status === 'completed') await this.#dialOver();
  }

  /** The other leg is picked up: what they hear first is played, then the two are joined. */
  async answered(): Promise<void> {
    const { whisper } = this.#dial!;
    if (whisper !== undefined) {
      const { body } = await this.twin.post(whisper, { uuid: this.#leg });
      const actions = JSON.parse(body) as { action: string; text: string; language: string }[];
      if (actions.some(({ action, text, language }) => action !== 'talk' || text === '' || !/^[a-z]{2}-[A-Z]{2}$/.test(language)))
        this.twin.problems.push('an NCCO that does not run before the two are joined'); // prettier-ignore
      this.whispers.push(actions.map(({ text }) => text).join(' '));
    }
    await this.legTold('answered');
  }

  /** The NCCO goes on with what comes after its `connect`. */
  async #dialOver(): Promise<void> {
    const { status, body } = await this.twin.post(this.#dial!.over, { uuid: this.id, payload: this.#dial!.payload });
    if (status === 200) await this.obey(body);
    else this.end();
  }

  /** `connect` of a number, and `notify` after it, as the NCCO reference has them. */
  #checkDial(actions: Record<string, unknown>[]): void {
    const [connect = {}, notify = {}] = actions;
    const { from, timeout, limit, endpoint, eventUrl, eventType, action, ...more } = connect;
    const [{ type, number, uri, onAnswer, ...others } = {}] = endpoint as Record<string, unknown>[];
    const isWithin = (value: unknown, most: number): boolean => value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most); // prettier-ignore
    const isFine =
      actions.length === 2 && action === 'connect' && eventType === 'synchronous' && Object.keys({ ...more, ...others }).length === 0 &&
      (from === undefined || /^\d{7,15}$/.test(String(from))) && isWithin(timeout, 120) && isWithin(limit, 7200) &&
      (type === 'phone' ? /^\d{7,15}$/.test(String(number)) : type === 'sip' && String(uri).startsWith('sip:')) &&
      notify.action === 'notify' && typeof notify.payload === 'object' && Object.keys(notify).length === 4 &&
      [eventUrl, notify.eventUrl].every((urls) => Array.isArray(urls) && urls.length === 1 && URL.canParse(String(urls[0]))); // prettier-ignore
    if (!isFine) return void this.twin.problems.push('an NCCO that Vonage does not dial by');
    this.#leg = randomUUID();
    const whisper = (onAnswer as { url: string } | undefined)?.url;
    this.#dial = {
      told: (eventUrl as string[])[0]!,
      over: (notify.eventUrl as string[])[0]!,
      payload: notify.payload,
      ...(whisper !== undefined && { whisper }),
    };
  }

  async obey(text: string): Promise<void> {
    this.ncco = text;
    const actions = JSON.parse(text) as { action: string; endpoint: Record<string, unknown>[] }[];
    if (actions.length === 0) return this.end();
    if (actions[0]!.endpoint?.[0]?.type !== 'websocket') return this.#checkDial(actions);
    if (actions.length > 1) this.twin.problems.push('something after the socket');
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
