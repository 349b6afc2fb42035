/**
 * A twin of Asterisk's `AudioSocket()` on loopback: asks for a UUID as a dialplan does, opens the socket, sends the
 * caller 20 ms a frame in whatever pieces, and checks every frame and the pace of what it gets. On demand it brings a
 * wrong UUID, tears frames apart, sends nothing more, or goes without a word.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Telephone } from './telephone.js';

export interface AsteriskOptions {
  /** `http://127.0.0.1:4680` */
  http: string;
  port: number;
  secret: string;
  /** How the secret is sent. */
  scheme?: 'Bearer' | 'Basic';
  from?: string;
  agent?: string;
  /** Sent in place of the one that was given. */
  uuid?: string;
  /** So many bytes at a time. */
  pieceBytes?: number;
  /** The dialplan has the lines for transfers. */
  transfers?: boolean;
}

/** What waits here cannot be taken back; more is no pace. */
const mostAheadMs = 160;

export class AsteriskCall {
  readonly telephone: Telephone;
  readonly problems: string[] = [];
  uuid = '';
  /** Asterisk was told to go on with the dialplan. */
  hungUp = false;
  closed = false;
  #socket!: Socket;
  #rest = Buffer.alloc(0);

  private constructor(private readonly options: AsteriskOptions) {
    this.telephone = new Telephone({ spoken: (samples) => this.#sound(samples), reached: () => {} });
  }

  /** What a dialplan's `CURL()` gets. */
  static async ask({
    http,
    secret,
    scheme = 'Bearer',
    from = '',
    agent = '',
    transfers = false,
  }: AsteriskOptions): Promise<{ status: number; uuid: string }> {
    const fields = { from, to: '100', agent, ...(transfers && { transfers: 'yes' }) };
    const { status, text } = await curl(`${http}/audiosocket/call`, { secret, scheme, fields });
    return { status, uuid: text };
  }

  static async place(options: AsteriskOptions): Promise<AsteriskCall> {
    const call = new AsteriskCall(options);
    call.uuid = options.uuid ?? (await AsteriskCall.ask(options)).uuid;
    await call.#connect(call.uuid);
    return call;
  }

  /** The dialplan goes on after `AudioSocket()`: what comes next, by `CUT()`. Empty where nothing does. */
  async next(): Promise<{ to: string; seconds: number; mostMs: number } | undefined> {
    const text = await this.#ask('next', { uuid: this.uuid });
    if (text === '') return undefined;
    const [, to = '', seconds, mostMs] = /^(\+?[\w@.:-]+),(\d+),(\d+)$/.exec(text) ?? [];
    if (to === '') this.problems.push('what no dialplan can cut');
    return { to, seconds: Number(seconds), mostMs: Number(mostMs) };
  }

  /** `Dial()` is over. @returns whether the caller is back in a socket */
  async dialled(status: string, seconds = 0): Promise<boolean> {
    const uuid = await this.#ask('over', {
      uuid: this.uuid,
      status,
      seconds: status === 'ANSWER' ? String(seconds) : '',
    });
    if (uuid === '') return false;
    await this.#connect(uuid);
    return true;
  }

  async #ask(what: string, fields: Record<string, string>): Promise<string> {
    const { http, secret } = this.options;
    const { status, text } = await curl(`${http}/audiosocket/${what}`, { secret, scheme: 'Basic', fields });
    if (status !== 200) this.problems.push(`${what} was answered ${String(status)}`);
    return text;
  }

  async #connect(uuid: string): Promise<void> {
    this.#rest = Buffer.alloc(0);
    this.hungUp = this.closed = false;
    const socket = connect({ port: this.options.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.closed = true;
      this.telephone.stop();
    });
    await once(socket, 'connect');
    this.frame(0x01, Buffer.from(uuid.replaceAll('-', ''), 'hex'));
    this.telephone.start();
  }

  frame(kind: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.from([kind, payload.length >> 8, payload.length & 0xff]);
    this.raw(Buffer.concat([head, payload]));
  }

  raw(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    const { pieceBytes = bytes.length } = this.options;
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#socket.write(bytes.subarray(at, at + pieceBytes));
  }

  key(digit: string): void {
    this.frame(0x03, Buffer.from(digit));
  }

  hangUp(): void {
    this.frame(0x00);
    this.#socket.end();
  }

  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  #sound(samples: Int16Array): void {
    const bytes = Buffer.alloc(samples.length * 2);
    samples.forEach((sample, i) => bytes.writeInt16LE(sample, i * 2));
    this.frame(0x10, bytes);
  }

  #receive(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 3 && this.#rest.length >= 3 + this.#rest.readUInt16BE(1)) {
      const length = this.#rest.readUInt16BE(1);
      this.#take(this.#rest[0]!, this.#rest.subarray(3, 3 + length));
      this.#rest = this.#rest.subarray(3 + length);
    }
  }

  #take(kind: number, payload: Buffer): void {
    if (this.hungUp) return void this.problems.push('a frame after the hang-up');
    if (kind === 0x00) {
      if (payload.length > 0) this.problems.push('a hang-up with a payload');
      this.hungUp = true;
    } else if (kind === 0x10) {
      // 20 ms of signed linear at 8 kHz.
      if (payload.length !== 320) return void this.problems.push(`sound of ${String(payload.length)} bytes`);
      this.telephone.play(Int16Array.from({ length: 160 }, (_, i) => payload.readInt16LE(i * 2)));
      if (this.telephone.aheadMs > mostAheadMs) this.problems.push(`${String(this.telephone.aheadMs)} ms ahead`);
    } else this.problems.push(`a frame of kind ${String(kind)}`);
  }
}

/** `CURL()` of a dialplan, with fields. */
async function curl(
  url: string,
  { secret, scheme, fields }: { secret: string; scheme: 'Bearer' | 'Basic'; fields: Record<string, string> },
): Promise<{ status: number; text: string }> {
  const value = scheme === 'Bearer' ? secret : Buffer.from(`asterisk:${secret}`).toString('base64');
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `${scheme} ${value}` },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: answer.status, text: await answer.text() };
}
