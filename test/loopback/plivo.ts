/**
 * A twin of Plivo on loopback: posts signed webhooks, takes transfers and hang-ups over its REST interface, does what
 * the XML says that it is answered with, and checks every answer, command and message against what Plivo documents.
 * On demand its stream comes out of order, twice, or stays half open, and its checkpoints come late or never.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeMuLaw, encodeMuLaw } from '../../runtime/audio/g711.js';
import { unescaped } from './carrier.js';
import { HttpTwin, type TwinAnswer, type TwinCommand } from './http-twin.js';
import { Telephone } from './telephone.js';

/** More sound than this waiting here is a burst: nothing of it could be taken back in time. */
const mostAheadMs = 600;

export class PlivoTwin extends HttpTwin {
  readonly authId = 'MAXXXXXXXXXXXXXXXXXX';
  readonly authToken = 'token-of-the-twin';
  /** What was asked over REST: `POST` is a transfer, `DELETE` a hang-up. */
  readonly commands: { call: string; method: string }[] = [];
  /** What the next commands are answered with, in place of what is right. */
  fails: number | undefined;
  readonly calls = new Map<string, PlivoTwinCall>();
  /** The last call that was placed over REST, and what its callee does. */
  placed:
    | {
        body: Record<string, string>;
        call: PlivoTwinCall;
        ends(status: string): Promise<string>;
        takes(): Promise<void>;
        hears(machine: 'true' | 'false'): Promise<string>;
      }
    | undefined;

  static start(): Promise<PlivoTwin> {
    return new PlivoTwin().listen();
  }

  protected vanish(): void {
    for (const call of this.calls.values()) call.vanish();
  }

  /** Somebody rings: what the webhook answers is done. */
  async ring(
    webhook: string,
    { from = '353870000001', token, forge }: { from?: string; token?: string; forge?: Forge } = {},
  ): Promise<{ call: PlivoTwinCall; status: number }> {
    const call = new PlivoTwinCall(this, from, token);
    this.calls.set(call.id, call);
    const { status, body } = await this.post(webhook, call, { CallStatus: 'ringing', Event: 'StartApp' }, forge);
    if (status === 200) await call.obey(body);
    return { call, status };
  }

  async post(
    url: string,
    call: PlivoTwinCall,
    more: Record<string, string>,
    forge?: Forge,
  ): Promise<{ status: number; body: string }> {
    const fields = { CallUUID: call.id, From: call.from, To: '35315550000', Direction: 'inbound', ...more };
    const nonce = randomUUID().replaceAll('-', '');
    const signature = forge === 'wrong' ? 'AAAA' : signed(this.authToken, url, fields, nonce);
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(forge !== 'none' && {
          'x-plivo-signature-v3': `${signature},another`,
          'x-plivo-signature-v3-nonce': nonce,
        }),
      },
      body: new URLSearchParams(forge === 'changed' ? { ...fields, From: '1' } : fields).toString(),
    });
    return { status: answer.status, body: await answer.text() };
  }

  protected async command({ method, path, authorization, text }: TwinCommand, answer: TwinAnswer): Promise<void> {
    const [, id, call = ''] = /^\/v1\/Account\/([^/]+)\/Call\/(?:([^/]+)\/)?$/.exec(path) ?? [];
    const basic = `Basic ${Buffer.from(`${this.authId}:${this.authToken}`).toString('base64')}`;
    if (id !== this.authId || authorization !== basic) return answer(401);
    this.commands.push({ call, method });
    if (this.fails !== undefined) return answer(this.fails, { error: 'made to fail' });
    if (call === '' && method === 'POST') return this.#place(JSON.parse(text) as Record<string, string>, answer);
    const found = this.calls.get(call);
    if (!found || found.ended) return answer(404, { error: 'not found' });
    if (method === 'DELETE') {
      answer(204);
      return found.end();
    }
    const body = JSON.parse(text) as Record<string, unknown>;
    const known = body.legs === 'aleg' && body.aleg_method === 'POST' && typeof body.aleg_url === 'string';
    if (method !== 'POST' || !known || Object.keys(body).length !== 3) {
      this.problems.push(`a transfer of ${JSON.stringify(Object.keys(body))}`);
      return answer(400, { error: 'bad request' });
    }
    answer(202, { message: 'call transferred', api_id: randomUUID() });
    await found.goOn(body.aleg_url as string);
  }

  #place(body: Record<string, string>, answer: TwinAnswer): void {
    for (const [name, value] of Object.entries(body))
      if (!placedFields[name]?.test(String(value))) this.problems.push(`a call with ${name}`);
    const call = new PlivoTwinCall(this, body.from!, undefined);
    this.calls.set(call.id, call);
    const tell = async (url: string, more: Record<string, string>): Promise<string> =>
      (await this.post(url, call, { Direction: 'outbound', To: body.to!, ...more })).body;
    this.placed = {
      body,
      call,
      ends: (CallStatus) => tell(body.hangup_url!, { CallStatus, Event: 'Hangup' }),
      takes: async () => call.obey(await tell(body.answer_url!, { CallStatus: 'in-progress', Event: 'StartApp' })),
      hears: (Machine) => tell(body.machine_detection_url!, { Machine, Event: 'MachineDetection', CallStatus: 'in-progress' }),
    }; // prettier-ignore
    answer(201, { message: 'call fired', request_uuid: call.id, api_id: randomUUID() });
    void tell(body.ring_url!, { CallStatus: 'ringing', Event: 'Ring' });
  }
}

/** What a call may be placed with (`POST /Call/`). */
const placedFields: Record<string, RegExp> = {
  to: /^[1-9]\d{7,14}$/,
  from: /^[1-9]\d{7,14}$/,
  answer_url: /^https?:/,
  answer_method: /^POST$/,
  ring_url: /^https?:/,
  ring_method: /^POST$/,
  hangup_url: /^https?:/,
  hangup_method: /^POST$/,
  ring_timeout: /^[1-9]\d*$/,
  machine_detection: /^(true|hangup)$/,
  machine_detection_url: /^https?:/,
  machine_detection_method: /^POST$/,
};

type Forge = 'none' | 'wrong' | 'changed';

/** Version 3 for a POST, as Plivo's server libraries build it. */
function signed(token: string, url: string, fields: Record<string, string>, nonce: string): string {
  const { origin, pathname, searchParams } = new URL(url);
  const query = [...searchParams].sort(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join('=')).join('&'); // prettier-ignore
  const form = Object.keys(fields).sort().map((name) => name + fields[name]!).join(''); // prettier-ignore
  const text = `${origin}${pathname}?${query}${query === '' ? '' : '.'}${form}.${nonce}`;
  return createHmac('sha256', token).update(text).digest('base64');
}

export class PlivoTwinCall {
  readonly id = randomUUID();
  readonly telephone: Telephone;
  ended = false;
  /** What the other leg was told before it was connected. */
  readonly whispers: string[] = [];
  /** The last XML. */
  xml = '';
  /** How what is sent goes wrong: the order within a group of four, each twice. */
  faults: { order?: readonly number[]; twice?: boolean } = {};
  #socket: WebSocket | undefined;
  #streamId = '';
  #status = '';
  #chunk = 0;
  #sequence = 0;
  #group: object[] = [];

  constructor(
    private readonly twin: PlivoTwin,
    readonly from: string,
    private readonly token: string | undefined,
  ) {
    this.telephone = new Telephone({
      spoken: (samples) => this.#media(samples),
      reached: (name) => this.#send({ event: 'playedStream', streamId: this.#streamId, name }),
    });
  }

  get isStreaming(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  key(digit: string): void {
    this.#send({ event: 'dtmf', streamId: this.#streamId, dtmf: { track: 'inbound', digit, timestamp: '1' } });
  }

  /** The caller hangs up. @param how whether the socket closes, or stays half open and only the status is told */
  async hangUp(how: 'closed' | 'half open' = 'closed'): Promise<void> {
    this.telephone.stop();
    this.ended = true;
    if (how === 'closed') this.#socket?.close();
    await this.twin.post(this.#status, this, { CallStatus: 'completed', HangupCause: 'NORMAL_CLEARING' });
  }

  /** Plivo ends the call. */
  end(): void {
    this.ended = true;
    this.vanish();
  }

  vanish(): void {
    this.telephone.stop();
    this.#socket?.terminate();
  }

  /** The other leg of a transfer is picked up. @param presses the key after what they are told first, where that is asked for */
  async answered(presses = true): Promise<void> {
    const [leg, confirm] = [randomUUID(), attribute(this.xml, 'confirmSound')];
    const tell = async (DialAction: string): Promise<void> => {
      await this.twin.post(attribute(this.xml, 'callbackUrl'), this, {
        DialAction, DialALegUUID: this.id, DialBLegUUID: leg, DialBLegStatus: DialAction,
      }); // prettier-ignore
    };
    await tell('answer');
    if (confirm !== '') {
      const { body } = await this.twin.post(confirm, this, {});
      if (!/^<\?xml[^>]*><Response>(<(Speak|Play|Wait)[ >].*)?<\/Response>$/.test(body))
        this.twin.problems.push('what Plivo does not play to who picks up');
      this.whispers.push([...body.matchAll(/<Speak[^>]*>([^<]*)</g)].map(([, text]) => unescaped(text!)).join(' '));
      if (!presses) return;
    }
    await tell('connected');
  }

  /** `<Dial>` is over. @param status Plivo's `DialStatus` */
  async dialled(status: string): Promise<void> {
    const fields = { DialStatus: status, DialALegUUID: this.id, CallStatus: 'in-progress' };
    const { body } = await this.twin.post(attribute(this.xml, 'action'), this, fields);
    await this.obey(body);
  }

  /** The call leaves its stream and asks what to do. */
  async goOn(url: string): Promise<void> {
    this.telephone.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    const { status, body } = await this.twin.post(url, this, { CallStatus: 'in-progress' });
    if (status !== 200) this.twin.problems.push(`a transfer was answered ${String(status)}`);
    await this.obey(body);
  }

  async obey(xml: string): Promise<void> {
    this.xml = xml;
    const [, inside = ''] = /^<\?xml version="1.0" encoding="UTF-8"\?><Response>(.*)<\/Response>$/.exec(xml) ?? [];
    if (/^<Hangup( reason="busy")?\/>$/.test(inside)) return this.end();
    if (inside.startsWith('<Dial ')) return this.#checkDial(inside);
    if (inside.startsWith('<Stream ')) return this.#stream(inside);
    this.twin.problems.push('XML that Plivo does not know');
  }

  #checkDial(xml: string): void {
    const known: Record<string, RegExp> = {
      action: /^https?:/,
      callbackUrl: /^https?:/,
      confirmSound: /^https?:/,
      confirmKey: /^[\d*#]$/,
      confirmTimeout: /^[1-9]\d*$/,
      timeout: /^[1-9]\d*$/,
      timeLimit: /^[1-9]\d*$/,
    };
    this.#checkAttributes(xml, known);
    if (!/><(Number>\d{7,15}<\/Number|User>sip:[^<]+<\/User)><\/Dial>$/.test(xml))
      this.twin.problems.push('nobody to dial');
  }

  #checkAttributes(xml: string, known: Record<string, RegExp>): void {
    const [tag = ''] = /^<[^>]*>/.exec(xml) ?? [];
    for (const [, name = '', value = ''] of tag.matchAll(/ (\w+)="([^"]*)"/g))
      if (!known[name]?.test(unescaped(value))) this.twin.problems.push(`an attribute ${name}`);
  }

  async #stream(xml: string): Promise<void> {
    this.#checkAttributes(xml, {
      bidirectional: /^true$/,
      keepCallAlive: /^true$/,
      audioTrack: /^inbound$/,
      contentType: /^audio\/x-mulaw;rate=8000$/,
      statusCallbackUrl: /^https?:/,
      extraHeaders: /^[A-Za-z0-9]+=[A-Za-z0-9]+$/,
    });
    const url = new URL(unescaped(/>(.*)<\/Stream>$/.exec(xml)?.[1] ?? ''));
    if (url.href.length > 2048) this.twin.problems.push('an address too long');
    if (this.token !== undefined) url.searchParams.set('token', this.token);
    this.#status = attribute(xml, 'statusCallbackUrl');
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket = socket;
    this.#streamId = randomUUID();
    this.#chunk = this.#sequence = 0;
    this.#group = [];
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => {
      if (socket === this.#socket) this.#receive(data, binary);
    });
    socket.on('close', () => {
      // The XML has nothing after the stream.
      if (socket === this.#socket) this.end();
    });
    await once(socket, 'open');
    this.#send({
      event: 'start',
      start: {
        callId: this.id, streamId: this.#streamId, accountId: this.twin.authId, tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
      },
      extra_headers: attribute(xml, 'extraHeaders'),
    }); // prettier-ignore
    this.telephone.start();
  }

  #media(samples: Int16Array): void {
    const { order = [0], twice } = this.faults;
    this.#group.push({
      event: 'media',
      streamId: this.#streamId,
      media: {
        track: 'inbound',
        timestamp: String(Date.now()),
        chunk: ++this.#chunk,
        payload: Buffer.from(encodeMuLaw(samples)).toString('base64'),
      },
    });
    if (this.#group.length < order.length) return;
    for (const at of order) for (let times = twice ? 2 : 1; times > 0; times--) this.#send(this.#group[at]!);
    this.#group = [];
  }

  #receive(data: Buffer, binary: boolean): void {
    const { problems } = this.twin;
    if (binary) return void problems.push('a binary message');
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const shape = shapes[String(message.event)];
    if (!shape) return void problems.push(`unknown event ${String(message.event)}`);
    if (Object.keys(message).sort().join() !== shape)
      return void problems.push(`fields of ${String(message.event)}: ${Object.keys(message).join()}`);
    if (message.event !== 'playAudio' && message.streamId !== this.#streamId)
      return void problems.push('a wrong streamId');
    if (message.event === 'playAudio') this.#play(message.media as Record<string, unknown>);
    else if (message.event === 'checkpoint') this.telephone.mark(String(message.name));
    else {
      // What was not reached is not told.
      this.telephone.clear();
      this.#send({ event: 'clearedAudio', streamId: this.#streamId });
    }
  }

  #play(media: Record<string, unknown>): void {
    const { contentType, sampleRate, payload } = media;
    const isFine = contentType === 'audio/x-mulaw' && sampleRate === 8000 && Object.keys(media).length === 3;
    if (!isFine || typeof payload !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload) || payload.length > 16_384)
      return void this.twin.problems.push('sound that is not of the stream');
    this.telephone.play(decodeMuLaw(Buffer.from(payload, 'base64')));
    if (this.telephone.aheadMs > mostAheadMs) this.twin.problems.push('a burst of sound');
  }

  #send(message: object): void {
    if (this.isStreaming) this.#socket!.send(JSON.stringify({ ...message, sequenceNumber: ++this.#sequence }));
  }
}

const shapes: Record<string, string> = {
  playAudio: 'event,media',
  checkpoint: 'event,name,streamId',
  clearAudio: 'event,streamId',
};

function attribute(xml: string, name: string): string {
  return unescaped(new RegExp(` ${name}="([^"]*)"`).exec(xml)?.[1] ?? '');
}
