/**
 * A twin of Telnyx on loopback: posts signed webhooks, takes the commands of Call Control over HTTP, opens the stream
 * that a call was answered with, plays what it gets in real time, mixes up the order of what it sends, and checks every
 * command and message against what Telnyx documents.
 */
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { WebSocket } from 'ws';
import { decodeMuLaw, encodeMuLaw } from '../../runtime/audio/g711.js';
import { HttpTwin, type TwinAnswer, type TwinCommand } from './http-twin.js';

/** More sound than this waiting there is a burst: nothing of it could be taken back in time. */
const mostAheadMs = 600;

interface Command {
  call: string;
  action: string;
  body: Record<string, unknown>;
  authorization: string | undefined;
}

/** The account: its keys, its REST interface, and the calls that come in by it. */
export class TelnyxTwin extends HttpTwin {
  readonly apiKey = 'KEY-of-the-twin';
  /** As the portal shows it. */
  readonly publicKey: string;
  readonly commands: Command[] = [];
  /** What the next command of a kind is answered with, in place of 200. */
  readonly fails = new Map<string, { status: number; code: string }>();
  /** The last call that was placed over the REST interface. */
  placed: TelnyxTwinCall | undefined;
  readonly #key: KeyObject;
  readonly #calls = new Map<string, TelnyxTwinCall>();

  private constructor() {
    super();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    this.publicKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64');
  }

  static start(): Promise<TelnyxTwin> {
    return new TelnyxTwin().listen();
  }

  override get apiBase(): string {
    return `${super.apiBase}/v2`;
  }

  protected vanish(): void {
    for (const call of this.#calls.values()) call.vanish();
  }

  /** Somebody rings. Resolves with the answer to the webhook. */
  async ring(
    webhook: string,
    about: { from?: string; to?: string } = {},
  ): Promise<{ call: TelnyxTwinCall; status: number }> {
    const call = new TelnyxTwinCall(this, webhook, { from: '+353870000001', to: '+35315550000', ...about });
    this.#calls.set(call.id, call);
    const status = await this.post(webhook, 'call.initiated', {
      call_control_id: call.id, call_leg_id: randomUUID(), call_session_id: randomUUID(), connection_id: '1',
      direction: 'incoming', state: 'parked', client_state: null, from: call.about.from, to: call.about.to,
    }); // prettier-ignore
    return { call, status };
  }

  /** @param forge signs with another key, or as if it were sent long ago */
  async post(
    webhook: string,
    event_type: string,
    payload: Record<string, unknown>,
    forge?: 'key' | 'old' | 'none',
  ): Promise<number> {
    const body = JSON.stringify({ data: { event_type, id: randomUUID(), occurred_at: new Date().toISOString(), payload, record_type: 'event' } }); // prettier-ignore
    const timestamp = String(Math.floor(Date.now() / 1000) - (forge === 'old' ? 3600 : 0));
    const key = forge === 'key' ? generateKeyPairSync('ed25519').privateKey : this.#key;
    const signature = sign(null, Buffer.from(`${timestamp}|${body}`), key).toString('base64');
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(forge === 'none' ? {} : { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': timestamp }),
      },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  protected command({ method, path, authorization, text }: TwinCommand, answer: TwinAnswer): void {
    if (method === 'POST' && path === '/v2/calls') {
      const body = JSON.parse(text) as Record<string, unknown>;
      this.commands.push({ call: '', action: 'dial', body, authorization });
      this.#check('dial', body);
      const call = new TelnyxTwinCall(this, String(body.webhook_url), { from: String(body.from), to: String(body.to) });
      call.clientState = String(body.client_state);
      this.#calls.set(call.id, call);
      this.placed = call;
      return answer(200, { data: { call_control_id: call.id, record_type: 'call' } });
    }
    const [, call, action] = /^\/v2\/calls\/([^/]+)\/actions\/(\w+)$/.exec(path) ?? [];
    if (method !== 'POST' || call === undefined || action === undefined)
      return answer(404, { errors: [{ code: '10005' }] });
    const body = JSON.parse(text) as Record<string, unknown>;
    this.commands.push({ call: decodeURIComponent(call), action, body, authorization });
    if (authorization !== `Bearer ${this.apiKey}`) return answer(401, { errors: [{ code: '10009' }] });
    const fail = this.fails.get(action);
    if (fail) return answer(fail.status, { errors: [{ code: fail.code, title: 'made to fail' }] });
    this.#check(action, body);
    answer(200, { data: { result: 'ok' } });
    this.#calls.get(decodeURIComponent(call))?.obey(action, body);
  }

  #check(action: string, body: Record<string, unknown>): void {
    const known = fieldsOfCommand[action];
    if (!known) return;
    for (const [name, value] of Object.entries(body))
      if (!known[name]?.(value)) this.problems.push(`${action}: ${name} is ${JSON.stringify(value)}`);
  }
}

/** What a command may say, and within what (Call Control v2). */
const fieldsOfCommand: Record<string, Record<string, (value: unknown) => boolean>> = {
  dial: {
    to: isNumber,
    from: isNumber,
    connection_id: (value) => typeof value === 'string' && value !== '',
    webhook_url: (value) => typeof value === 'string' && URL.canParse(value),
    timeout_secs: within(5, 600),
    client_state: isBase64,
    answering_machine_detection: (value) => value === 'greeting_end',
  },
  transfer: {
    to: (value) => typeof value === 'string' && /^(\+\d{7,15}|sip:.+)$/.test(value),
    target_leg_client_state: isBase64,
    timeout_secs: within(5, 600),
    time_limit_secs: within(30, 14_400),
    park_after_unbridge: (value) => value === 'self',
  },
};

function within(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'string' && /^\+[1-9]\d{7,14}$/.test(value);
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
}

export class TelnyxTwinCall {
  readonly id = `v3:${randomUUID()}`;
  /** Audible pieces that were played, and silence, 20 ms each. */
  readonly heard: Int16Array[] = [];
  readonly marks: string[] = [];
  clears = 0;
  /** The sequence in which chunks are sent, as steps within a group of four; `[0, 1, 2, 3]` is in order. */
  shuffle: readonly number[] = [0, 2, 1, 3];
  ended = false;
  /** What goes wrong besides: marks are lost or late, each piece of sound comes twice. */
  faults: { losesMarks?: boolean; lateMarksMs?: number; twice?: boolean } = {};
  clientState: string | undefined;
  #socket: WebSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #microphone: Int16Array[] = [];
  #group: { chunk: number; payload: string }[] = [];
  #chunk = 0;
  /** When the next 20 ms are to be heard. */
  #dueMs = Infinity;
  #playing: ({ bytes: Uint8Array; at: number } | { mark: string })[] = [];

  constructor(
    private readonly twin: TelnyxTwin,
    private readonly webhook: string,
    readonly about: { from: string; to: string },
  ) {}

  get isStreaming(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 160) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(at, at + 160));
      this.#microphone.push(frame);
    }
  }

  key(digit: string): void {
    this.#send({ event: 'dtmf', stream_id: this.id, occurred_at: new Date().toISOString(), dtmf: { digit } });
  }

  raw(message: string): void {
    this.#socket?.send(message);
  }

  /** The caller hangs up: the stream is told, then the webhook; or the stream stays half open and only that is told. */
  async hangUp(how: 'closed' | 'half open' = 'closed'): Promise<void> {
    if (how === 'closed') {
      this.#send({ event: 'stop', stream_id: this.id, stop: { call_control_id: this.id } });
      this.#end();
    }
    await this.twin.post(this.webhook, 'call.hangup', { call_control_id: this.id, hangup_cause: 'normal_clearing' });
  }

  vanish(): void {
    this.#socket?.terminate();
    clearTimeout(this.#timer);
  }

  /** Something of a call that was placed over the REST interface. */
  async told(event: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.twin.post(this.webhook, event, { call_control_id: this.id, client_state: this.clientState, ...more });
  }

  /** How the other leg of a transfer went. */
  async legTold(event: 'call.bridged' | 'call.hangup', hangup_cause?: string): Promise<void> {
    const asked = this.twin.commands.findLast(({ call, action }) => call === this.id && action === 'transfer');
    await this.twin.post(this.webhook, event, {
      call_control_id: `v3:${randomUUID()}`,
      client_state: asked?.body.target_leg_client_state,
      ...(hangup_cause !== undefined && { hangup_cause }),
    });
  }

  obey(action: string, body: Record<string, unknown>): void {
    if (action === 'answer' || action === 'streaming_start') this.#open(body);
    if (action === 'hangup') this.#end();
  }

  #open(body: Record<string, unknown>): void {
    const { problems } = this.twin;
    if (body.stream_bidirectional_mode !== 'rtp')
      problems.push('answered without a way back: its sound would be dropped');
    if (body.stream_bidirectional_codec !== 'PCMU') problems.push('an unexpected codec');
    const parameters = body.custom_parameters as { name: string; value: string }[];
    const socket = new WebSocket(String(body.stream_url), { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('error', (error) => problems.push(`stream: ${error.message}`));
    socket.on('message', (data: Buffer, binary) => this.#receive(data, binary));
    socket.on('open', () => {
      this.#send({ event: 'connected', version: '1.0.0' });
      this.#send({
        event: 'start',
        sequence_number: '1',
        stream_id: this.id,
        start: {
          user_id: '1', call_control_id: this.id, call_session_id: 's', from: this.about.from, to: this.about.to, tags: [],
          client_state: null, custom_parameters: parameters, media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
        },
      }); // prettier-ignore
      this.#tick(performance.now(), 0);
    });
  }

  #tick(startMs: number, n: number): void {
    this.#dueMs = startMs + (n + 1) * 20;
    this.#timer = setTimeout(
      () => {
        if (!this.isStreaming) return;
        const frame = this.#microphone.shift() ?? new Int16Array(160);
        this.#group.push({ chunk: ++this.#chunk, payload: Buffer.from(encodeMuLaw(frame)).toString('base64') });
        if (this.#group.length === this.shuffle.length) {
          for (const at of this.shuffle) {
            const { chunk, payload } = this.#group[at]!;
            for (let times = this.faults.twice ? 2 : 1; times > 0; times--)
              this.#send({
                event: 'media',
                sequence_number: String(chunk + 1),
                stream_id: this.id,
                media: { track: 'inbound', chunk: String(chunk), timestamp: String((chunk - 1) * 20), payload },
              });
          }
          this.#group = [];
        }
        this.heard.push(this.#play());
        this.#tick(startMs, n + 1);
      },
      Math.max(0, this.#dueMs - performance.now()),
    );
  }

  /** Sound that waits; what should have been heard by now, had this process had the time, does not wait. */
  get #aheadMs(): number {
    const waiting = this.#playing.reduce((sum, one) => sum + ('bytes' in one ? (one.bytes.length - one.at) / 8 : 0), 0);
    return waiting - Math.max(0, performance.now() - this.#dueMs);
  }

  #play(): Int16Array {
    const frame = new Uint8Array(160).fill(0xff);
    let filled = 0;
    for (let next = this.#playing[0]; next; next = this.#playing[0]) {
      if ('mark' in next) this.#return(next.mark);
      else {
        if (filled === 160) break;
        const piece = next.bytes.subarray(next.at, next.at + 160 - filled);
        frame.set(piece, filled);
        filled += piece.length;
        next.at += piece.length;
        if (next.at < next.bytes.length) break;
      }
      this.#playing.shift();
    }
    return decodeMuLaw(frame);
  }

  #return(name: string): void {
    this.marks.push(name);
    const { losesMarks, lateMarksMs } = this.faults;
    if (losesMarks) return;
    const tell = (): void => this.#send({ event: 'mark', stream_id: this.id, mark: { name } });
    if (lateMarksMs === undefined) tell();
    else setTimeout(tell, lateMarksMs);
  }

  #receive(data: Buffer, binary: boolean): void {
    const problem = binary ? 'a binary message' : problemOf(data.toString());
    if (problem !== undefined) return void this.twin.problems.push(problem);
    const message = JSON.parse(data.toString()) as {
      event: string;
      media: { payload: string };
      mark: { name: string };
    };
    if (message.event === 'media') {
      this.#playing.push({ bytes: Buffer.from(message.media.payload, 'base64'), at: 0 });
      if (this.#aheadMs > mostAheadMs) this.twin.problems.push('a burst of sound');
    } else if (message.event === 'mark') this.#playing.push({ mark: message.mark.name });
    else {
      this.clears++;
      const waiting = this.#playing.splice(0);
      for (const one of waiting) if ('mark' in one) this.#return(one.mark);
    }
  }

  #send(message: object): void {
    if (this.isStreaming) this.#socket!.send(JSON.stringify(message));
  }

  #end(): void {
    this.ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }
}

const fieldsOf: Record<string, string> = { media: 'event,media', mark: 'event,mark', clear: 'event' };

/** What Telnyx would answer with an `error`. */
function problemOf(text: string): string | undefined {
  const message = JSON.parse(text) as Record<string, unknown>;
  const fields = fieldsOf[String(message.event)];
  if (fields === undefined) return `unknown event ${String(message.event)}`;
  if (Object.keys(message).sort().join() !== fields)
    return `fields of ${String(message.event)}: ${Object.keys(message).join()}`;
  if (message.event !== 'media') return undefined;
  const { payload } = message.media as { payload?: unknown };
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'base64').length : 0;
  // 20 ms to 30 s a message.
  return bytes >= 160 && bytes <= 240_000 ? undefined : `media of ${String(bytes)} bytes`;
}
