/**
 * A twin of Twilio on loopback, over real sockets: posts the webhook with its signature, reads the TwiML, opens the
 * stream it names, plays what it gets in real time, answers marks when they were played (and all of them at once
 * after `clear`), and checks every message against the documented schema and a sensible pace.
 */
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { decodeMuLaw, encodeMuLaw } from '../../runtime/audio/g711.js';
import { signatureOf } from '../../runtime/transports/twilio-signature.js';

export interface CarrierOptions {
  /** The address the number's webhook is set to. */
  webhook: string;
  authToken: string;
  from?: string;
  to?: string;
  /** Of a call that was placed over the REST interface, and is taken now. */
  callSid?: string;
  /** Who signs: nobody, or somebody without the token. */
  forge?: { webhook?: 'none' | 'wrong'; socket?: 'none' | 'wrong'; token?: string };
}

/** More sound than this waiting here is a burst: nothing of it could be taken back in time. */
const mostAheadMs = 600;

export class CarrierRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`refused with ${String(status)}`);
  }
}

export class CarrierCall {
  readonly callSid: string;
  streamSid = '';
  twiml = '';
  parameters: Record<string, string> = {};
  /** What was wrong with our messages. */
  readonly problems: string[] = [];
  /** What goes wrong: marks are lost or late; sound comes in this order within a group, or each piece twice. */
  faults: { losesMarks?: boolean; lateMarksMs?: number; order?: readonly number[]; twice?: boolean } = {};
  /** What the caller heard, 20 ms a piece, silence included. */
  readonly heard: Int16Array[] = [];
  readonly clears: number[] = [];
  readonly marks: { name: string; atMs: number; by: 'played' | 'cleared' }[] = [];
  /** The stream is: of a call that is not in a `<Dial>`, the call with it. */
  closed = false;
  /** The call is over, whatever became of its streams. */
  hasEnded = false;
  #socket!: WebSocket;
  #startMs = performance.now();
  /** When the next 20 ms are to be played. */
  #dueMs = Infinity;
  readonly #microphone: Int16Array[] = [];
  #buffer: ({ bytes: Uint8Array; at: number } | { mark: string })[] = [];
  #sequence = 1;
  #chunk = 0;
  #group: object[] = [];
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    callSid: string,
    readonly options: CarrierOptions,
  ) {
    this.callSid = callSid;
  }

  /** Opens the stream that the TwiML names: at first, or again after a `<Dial>`. */
  async connect(twiml: string): Promise<void> {
    const { forge } = this.options;
    const url = /<Stream url="([^"]+)"/.exec(twiml)?.[1];
    if (!url) throw new CarrierRefusal(200, twiml);
    const parameters = Object.fromEntries(
      [...twiml.matchAll(/<Parameter name="([^"]*)" value="([^"]*)"\/>/g)].map((match) => [
        match[1]!,
        unescaped(match[2]!),
      ]),
    );
    if (forge?.token !== undefined) parameters.token = forge.token;
    const socket = new WebSocket(url, {
      headers: signed(this.options, forge?.socket, url),
      perMessageDeflate: false,
    });
    const refused = once(socket, 'unexpected-response').then(([, response]: { statusCode?: number }[]) => {
      socket.on('error', () => {});
      socket.terminate();
      throw new CarrierRefusal(response?.statusCode ?? 0, '');
    });
    await Promise.race([once(socket, 'open'), refused]);
    refused.catch(() => {});
    this.#stream(socket, twiml, parameters);
  }

  #stream(socket: WebSocket, twiml: string, parameters: Record<string, string>): void {
    this.#socket = socket;
    this.twiml = twiml;
    this.parameters = parameters;
    this.streamSid = `MZ${randomUUID().replaceAll('-', '')}`;
    this.closed = false;
    this.#startMs = performance.now();
    this.#buffer = [];
    this.#sequence = 1;
    this.#chunk = 0;
    socket.on('message', (data: Buffer, binary) => {
      if (socket === this.#socket) this.#receive(data, binary);
    });
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.closed = true;
      clearTimeout(this.#timer);
    });
    socket.on('error', () => {});
    this.#send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    this.#sendNumbered({
      event: 'start',
      start: {
        accountSid: 'AC00000000000000000000000000000000',
        callSid: this.callSid,
        streamSid: this.streamSid,
        tracks: ['inbound'],
        customParameters: parameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
    });
    this.#tick(0);
  }

  /** Places a call. @throws CarrierRefusal when the webhook or the socket is refused, or the TwiML rejects the call */
  static async place(options: CarrierOptions): Promise<CarrierCall> {
    const callSid = options.callSid ?? `CA${randomUUID().replaceAll('-', '')}`;
    const fields = {
      CallSid: callSid,
      AccountSid: 'AC0',
      From: options.from ?? '+353870000001',
      To: options.to ?? '+35315550000',
      Direction: options.callSid === undefined ? 'inbound' : 'outbound-api',
    };
    const answer = await fetch(options.webhook, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...signed(options, options.forge?.webhook, options.webhook, fields),
      },
      body: new URLSearchParams(fields).toString(),
    });
    const twiml = await answer.text();
    if (!answer.ok) throw new CarrierRefusal(answer.status, twiml);
    const call = new CarrierCall(callSid, options);
    await call.connect(twiml);
    return call;
  }

  /** Twilio tells or asks something by a webhook. @returns what it is answered */
  async post(
    url: string,
    fields: Record<string, string>,
    forge?: 'none' | 'wrong',
  ): Promise<{ status: number; body: string }> {
    const all = { CallSid: this.callSid, AccountSid: 'AC0', ...fields };
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...signed(this.options, forge, url, all) },
      body: new URLSearchParams(all).toString(),
    });
    return { status: answer.status, body: await answer.text() };
  }

  /** Other TwiML takes the caller out of the stream. */
  leaveStream(): void {
    this.#sendNumbered({ event: 'stop', stop: { accountSid: 'AC0', callSid: this.callSid } });
    this.#socket.close();
  }

  get nowMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Puts sound into the caller's telephone. */
  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 160) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(at, at + 160));
      this.#microphone.push(frame);
    }
  }

  key(digit: string): void {
    this.#sendNumbered({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
  }

  raw(message: string | Buffer): void {
    this.#socket.send(message);
  }

  /** The caller hangs up. */
  stop(): void {
    this.leaveStream();
  }

  /** The connection breaks without `stop`. */
  vanish(): void {
    this.#socket.terminate();
  }

  /** Sound that waits to be played, ms; what should have been played by now, had this process had the time, does not wait. */
  get aheadMs(): number {
    const waiting = this.#buffer.reduce((sum, one) => sum + ('bytes' in one ? (one.bytes.length - one.at) / 8 : 0), 0);
    return Math.max(0, waiting - Math.max(0, performance.now() - this.#dueMs));
  }

  /** When the caller last heard something, ms since the call began; −1 for never. */
  get audibleMs(): number {
    return (this.heard.findLastIndex((frame) => frame.some((sample) => Math.abs(sample) > 200)) + 1) * 20 || -1;
  }

  #tick(n: number): void {
    // Absolute times: a late timer does not slow the line down.
    this.#dueMs = this.#startMs + (n + 1) * 20;
    this.#timer = setTimeout(
      () => {
        if (this.closed) return;
        this.#media(n * 20, this.#microphone.shift() ?? new Int16Array(160));
        this.heard.push(this.#play());
        this.#tick(n + 1);
      },
      Math.max(0, this.#dueMs - performance.now()),
    );
  }

  #media(timestamp: number, samples: Int16Array): void {
    const { order = [0], twice } = this.faults;
    const payload = Buffer.from(encodeMuLaw(samples)).toString('base64');
    this.#group.push({
      event: 'media',
      media: { track: 'inbound', chunk: String(++this.#chunk), timestamp: String(timestamp), payload },
    });
    if (this.#group.length < order.length) return;
    for (const at of order) for (let times = twice ? 2 : 1; times > 0; times--) this.#sendNumbered(this.#group[at]!);
    this.#group = [];
  }

  #play(): Int16Array {
    const frame = new Uint8Array(160).fill(0xff);
    let filled = 0;
    while (this.#buffer.length > 0) {
      const next = this.#buffer[0]!;
      if ('mark' in next) {
        this.#return(next.mark, 'played');
        this.#buffer.shift();
        continue;
      }
      if (filled === 160) break;
      const piece = next.bytes.subarray(next.at, next.at + 160 - filled);
      frame.set(piece, filled);
      filled += piece.length;
      next.at += piece.length;
      if (next.at >= next.bytes.length) this.#buffer.shift();
    }
    return decodeMuLaw(frame);
  }

  #return(name: string, by: 'played' | 'cleared'): void {
    this.marks.push({ name, atMs: this.nowMs, by });
    const { losesMarks, lateMarksMs } = this.faults;
    if (losesMarks) return;
    const tell = (): void => this.#sendNumbered({ event: 'mark', mark: { name } });
    if (lateMarksMs === undefined) tell();
    else setTimeout(tell, lateMarksMs);
  }

  #receive(data: Buffer, binary: boolean): void {
    if (binary) return void this.problems.push('a binary message');
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(data.toString()) as Record<string, unknown>;
    } catch {
      return void this.problems.push('a message that is not JSON');
    }
    const problem = problemOf(message, this.streamSid);
    if (problem) return void this.problems.push(problem);
    if (message.event === 'media') {
      const bytes = new Uint8Array(Buffer.from((message.media as { payload: string }).payload, 'base64'));
      this.#buffer.push({ bytes, at: 0 });
      if (this.aheadMs > mostAheadMs) this.problems.push(`${String(Math.round(this.aheadMs))} ms of sound ahead`);
    } else if (message.event === 'mark') {
      const { name } = message.mark as { name: string };
      // Nothing waits: it comes back at once.
      if (this.#buffer.length === 0) this.#return(name, 'played');
      else this.#buffer.push({ mark: name });
    } else {
      this.clears.push(this.nowMs);
      const outstanding = this.#buffer;
      this.#buffer = [];
      for (const one of outstanding) if ('mark' in one) this.#return(one.mark, 'cleared');
    }
  }

  #sendNumbered(message: object): void {
    this.#send({ ...message, sequenceNumber: String(this.#sequence++), streamSid: this.streamSid });
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** What Twilio would answer with error 31924. */
function problemOf(message: Record<string, unknown>, streamSid: string): string | undefined {
  const fields: Record<string, string[]> = {
    media: ['event', 'media', 'streamSid'],
    mark: ['event', 'mark', 'streamSid'],
    clear: ['event', 'streamSid'],
  };
  const expected = fields[String(message.event)];
  if (!expected) return `unknown event ${String(message.event)}`;
  if (Object.keys(message).sort().join() !== expected.join())
    return `fields of ${String(message.event)}: ${Object.keys(message).join()}`;
  if (message.streamSid !== streamSid) return 'a wrong streamSid';
  if (message.event === 'mark') {
    const mark = message.mark as Record<string, unknown>;
    if (Object.keys(mark).join() !== 'name' || typeof mark.name !== 'string') return 'a mark without a name';
  }
  if (message.event === 'media') {
    const media = message.media as Record<string, unknown>;
    if (Object.keys(media).join() !== 'payload' || typeof media.payload !== 'string') return 'media without a payload';
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(media.payload)) return 'a payload that is not base64';
    const bytes = Buffer.from(media.payload, 'base64').length;
    if (bytes % 160 !== 0) return `a payload of ${String(bytes)} bytes, not whole frames`;
  }
  return undefined;
}

function signed(
  { authToken }: CarrierOptions,
  forge: 'none' | 'wrong' | undefined,
  url: string,
  form: Record<string, string> = {},
): Record<string, string> {
  return forge === 'none'
    ? {}
    : { 'x-twilio-signature': signatureOf(forge === 'wrong' ? 'guessed' : authToken, url, form) };
}

export function unescaped(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all);
}
