/**
 * A twin of jambonz on loopback: posts the calling webhook, does what the verbs say that it is answered with, speaks the
 * wire of `listen` (mod_audio_fork's), and checks every verb and message against jambonz' schema. Like the real one it
 * answers marks only in newer releases, and knows no hang-up but a closed socket.
 */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { bytesOf, samplesOf } from '../../runtime/audio/pcm16.js';
import { createResampler } from '../../runtime/audio/resample.js';
import { Telephone } from './telephone.js';

const mostAheadMs = 600;

export interface JambonzOptions {
  http: string;
  password: string;
  agent?: string;
  from?: string;
  marks?: boolean;
  token?: string;
}

export class JambonzCall {
  readonly callSid = randomUUID();
  readonly telephone: Telephone;
  readonly problems: string[] = [];
  verbs: Record<string, unknown>[] = [];
  status = 0;
  closed = false;
  #socket: WebSocket | undefined;
  #up = createResampler(8000, 8000);
  #down = createResampler(8000, 8000);

  constructor(private readonly options: JambonzOptions) {
    this.telephone = new Telephone({
      spoken: (samples) => this.raw(bytesOf(this.#up.push(samples))),
      reached: (name) => this.#text({ type: 'mark', data: { name, event: 'playout' } }),
    });
  }

  /** A call comes in by the application's webhook. */
  static async place(options: JambonzOptions): Promise<JambonzCall> {
    const call = new JambonzCall(options);
    const { http, password, agent = 'desk', from = '+353861234567', token } = options;
    const answer = await fetch(`${http}/jambonz/call?agent=${agent}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: basic(password) },
      body: JSON.stringify({
        call_sid: call.callSid,
        from,
        to: '+35315550000',
        direction: 'inbound',
        call_status: 'trying',
      }),
    });
    call.status = answer.status;
    if (!answer.ok) return call;
    call.verbs = (await answer.json()) as Record<string, unknown>[];
    const listen = call.#checked();
    if (!listen) return call;
    const url = new URL(listen.url as string);
    if (token !== undefined) url.searchParams.set('token', token);
    await call.listen(url, {
      sampleRate: listen.sampleRate,
      mixType: listen.mixType,
      callSid: call.callSid,
      from,
      to: '+35315550000',
    });
    return call;
  }

  /** mod_audio_fork opens the socket: with a password of its own, where one is set. */
  async listen(
    url: URL,
    metadata: { sampleRate?: unknown } & Record<string, unknown>,
    password?: string,
  ): Promise<void> {
    const rateHz = Number(metadata.sampleRate ?? 8000);
    this.#up = createResampler(8000, rateHz);
    this.#down = createResampler(rateHz, 8000);
    const socket = new WebSocket(url, 'audio.jambonz.org', {
      perMessageDeflate: false,
      headers: password === undefined ? {} : { authorization: basic(password) },
    });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => {
      if (binary) this.#play(data, rateHz);
      else this.#read(data.toString());
    });
    socket.on('close', () => {
      this.closed = true;
      this.telephone.stop();
    });
    socket.on('unexpected-response', (_, { statusCode = 0 }) => {
      this.status = statusCode;
      socket.terminate();
    });
    await new Promise<void>((resolve) => socket.on('open', resolve).on('close', () => resolve()));
    if (this.closed) return;
    this.#text(metadata);
    this.telephone.start();
  }

  key(dtmf: string): void {
    this.#text({ event: 'dtmf', dtmf, duration: '1600' });
  }

  hangUp(): void {
    this.telephone.stop();
    this.#socket?.close();
  }

  vanish(): void {
    this.telephone.stop();
    this.#socket?.terminate();
  }

  raw(message: string | Buffer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  #checked(): Record<string, unknown> | undefined {
    const names = this.verbs.map(({ verb }) => verb).join();
    const listen = this.verbs[1] ?? {};
    const known = ['verb', 'url', 'actionHook', 'mixType', 'sampleRate', 'passDtmf', 'bidirectionalAudio'];
    const audio = listen.bidirectionalAudio as Record<string, unknown> | undefined;
    const isFine =
      names === 'answer,listen,hangup' && Object.keys(listen).every((name) => known.includes(name)) &&
      listen.passDtmf === true && listen.mixType === 'mono' && audio?.enabled === true && audio.streaming === true &&
      audio.sampleRate === listen.sampleRate; // prettier-ignore
    if (!isFine) this.problems.push(`verbs ${names}`);
    return isFine ? listen : undefined;
  }

  #play(bytes: Buffer, rateHz: number): void {
    if (bytes.length !== rateHz / 25) return void this.problems.push(`sound of ${String(bytes.length)} bytes`);
    this.telephone.play(this.#down.push(samplesOf(bytes)));
    if (this.telephone.aheadMs > mostAheadMs) this.problems.push('a burst of sound');
  }

  #read(text: string): void {
    const message = JSON.parse(text) as { type?: string; data?: { name?: string } };
    if (message.type === 'killAudio' && Object.keys(message).length === 1)
      for (const name of this.telephone.clear()) this.#text({ type: 'mark', data: { name, event: 'cleared' } });
    else if (message.type === 'mark' && this.options.marks) this.telephone.mark(String(message.data?.name));
    else this.problems.push(`unsupported msg type ${String(message.type)}`);
  }

  #text(message: object): void {
    this.raw(JSON.stringify(message));
  }
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`parley:${password}`).toString('base64')}`;
}
