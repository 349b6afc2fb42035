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
  }: AsteriskOptions): Promise<{ status: number; uuid: string }> {
    const value = scheme === 'Bearer' ? secret : Buffer.from(`asterisk:${secret}`).toString('base64');
    const answer = await fetch(`${http}/audiosocket/call`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `${scheme} ${value}` },
      body: new URLSearchParams({ from, to: '100', agent }).toString(),
    });
    return { status: answer.status, uuid: await answer.text() };
  }

  static async place(options: AsteriskOptions): Promise<AsteriskCall> {
    const call = new AsteriskCall(options);
    call.uuid = options.uuid ?? (await AsteriskCall.ask(options)).uuid;
    await call.#connect();
    return call;
  }

  async #connect(): Promise<void> {
    const socket = connect({ port: this.options.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('close', () => {
      this.closed = true;
      this.telephone.stop();
    });
    await once(socket, 'connect');
    this.frame(0x01, Buffer.from(this.uuid.replaceAll('-', ''), 'hex'));
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
