/**
 * A twin of jambonz on loopback: posts the calling webhook, does what the verbs say that it is answered with, speaks the
 * wire of `listen` (mod_audio_fork's), and checks every verb and message against jambonz' schema. Like the real one it
 * answers marks only in newer releases, and knows no hang-up but a closed socket. On demand marks come late, or never
 * (`telephone.faults`), those of sound that was cleared among them.
 */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { bytesOf, samplesOf } from '../../runtime/audio/pcm16.js';
import { createResampler } from '../../runtime/audio/resample.js';
import { Telephone } from './telephone.js';

const mostAheadMs = 600;

type Verb = { verb: string } & Record<string, unknown>;

export interface JambonzOptions {
  http: string;
  password: string;
  agent?: string;
  from?: string;
  marks?: boolean;
  token?: string;
  direction?: 'inbound' | 'outbound';
}

export class JambonzCall {
  readonly callSid = randomUUID();
  readonly telephone: Telephone;
  readonly problems: string[] = [];
  verbs: Verb[] = [];
  /** What the other leg was told before it was connected. */
  readonly whispers: string[] = [];
  /** It was told to hang up, or refused. */
  ended = false;
  status = 0;
  closed = false;
  #socket: WebSocket | undefined;
  #action = '';
  #isGone = false;
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
    const { http, agent = 'desk' } = options;
    await call.ask(`${http}/jambonz/call?agent=${agent}`, { call_status: 'trying' });
    return call;
  }

  /** A webhook, whose verbs are done. */
  async ask(hook: string, fields: Record<string, unknown> = {}): Promise<void> {
    const { status, verbs } = await this.#post(hook, { call_status: 'in-progress', ...fields });
    this.status = status;
    if (status === 200) await this.#obey(verbs);
  }

  /** A webhook whose answer is nothing to the call. */
  async tell(hook: string, fields: Record<string, unknown>): Promise<void> {
    this.status = (await this.#post(hook, { call_status: 'in-progress', ...fields })).status;
  }

  async #post(hook: string, fields: Record<string, unknown>): Promise<{ status: number; verbs: Verb[] }> {
    const { password, from = '+353861234567', direction = 'inbound' } = this.options;
    const answer = await fetch(hook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: basic(password) },
      body: JSON.stringify({ call_sid: this.callSid, from, to: '+35315550000', direction, ...fields }),
    });
    const text = await answer.text();
    return { status: answer.status, verbs: answer.status === 200 ? (JSON.parse(text) as Verb[]) : [] };
  }

  async #obey(verbs: Verb[]): Promise<void> {
    this.verbs = verbs;
    const names = verbs.map(({ verb }) => verb).join();
    if (names === 'hangup' || names.startsWith('sip:decline')) {
      this.ended = true;
      return;
    }
    if (names === 'dial,hangup') return this.#checkDial(verbs[0]!);
    const listen = this.#checked();
    if (!listen) return;
    const { token, from = '+353861234567' } = this.options;
    const url = new URL(listen.url as string);
    if (token !== undefined) url.searchParams.set('token', token);
    this.#action = listen.actionHook as string;
    const { sampleRate, mixType } = listen;
    await this.listen(url, { sampleRate, mixType, callSid: this.callSid, from, to: '+35315550000' });
  }

  get isStreaming(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** REST has another application for the call: it leaves its socket. */
  async redirected(hook: string): Promise<void> {
    this.#action = '';
    this.#socket?.close();
    await this.ask(hook);
  }

  /** The other leg is picked up; what they hear first is played. @param presses a key, where one is asked for */
  async answered(presses = true): Promise<void> {
    const { confirmHook } = this.verbs[0] as { confirmHook?: string };
    const leg = { call_sid: randomUUID(), call_status: 'in-progress', direction: 'outbound' };
    const { verbs } = await this.#post(confirmHook!, leg);
    const [first = { verb: '' }] = verbs;
    if (first.verb === 'pause') return;
    const { input, numDigits, timeout, actionHook, say } = first as Record<string, unknown>;
    const isFine = first.verb === 'gather' && String(input) === 'digits' && numDigits === 1 && Number(timeout) > 0;
    if (!isFine || verbs.at(-1)!.verb !== 'hangup') this.problems.push('an application that cannot be declined');
    this.whispers.push((say as { text: string }).text);
    const next = await this.#post(actionHook as string, { ...leg, ...(presses ? { digits: '7', reason: 'dtmfDetected' } : { reason: 'timeout' }) }); // prettier-ignore
    if ((next.verbs[0]?.verb === 'hangup') === presses) this.problems.push('a key that counts for nothing, or none for a key'); // prettier-ignore
  }

  /** `dial` is over. @param status jambonz' `dial_call_status` */
  async dialled(status: string, call_status = 'in-progress'): Promise<void> {
    const { actionHook } = this.verbs[0] as { actionHook?: string };
    await this.ask(actionHook!, { dial_call_status: status, dial_call_sid: randomUUID(), dial_sip_status: status === 'busy' ? 486 : 200, call_status }); // prettier-ignore
  }

  #checkDial(dial: Verb): void {
    const { verb, actionHook, confirmHook, target, timeout, timeLimit, ...more } = dial;
    const isSeconds = (value: unknown): boolean => value === undefined || (Number.isInteger(value) && Number(value) > 0); // prettier-ignore
    const [{ type, number, sipUri } = {}] = target as Record<string, unknown>[];
    const isFine =
      verb === 'dial' && Object.keys(more).length === 0 && isSeconds(timeout) && isSeconds(timeLimit) &&
      [actionHook, confirmHook].every((hook) => URL.canParse(String(hook))) &&
      (type === 'phone' ? /^\+\d{7,15}$/.test(String(number)) : type === 'sip' && String(sipUri).startsWith('sip:')); // prettier-ignore
    if (!isFine) this.problems.push('a dial that jambonz does not know');
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
    this.closed = false;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => {
      if (binary) this.#play(data, rateHz);
      else this.#read(data.toString());
    });
    socket.on('close', () => {
      this.closed = true;
      this.telephone.stop();
      // The verb is over: what comes next is asked for, unless its caller has gone.
      if (this.#socket === socket && !this.#isGone && this.#action !== '')
        this.ask(this.#action).catch(() => undefined);
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
    this.#isGone = true;
    this.telephone.stop();
    this.#socket?.close();
  }

  vanish(): void {
    this.#isGone = true;
    this.telephone.stop();
    this.#socket?.terminate();
  }

  raw(message: string | Buffer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  #checked(): Record<string, unknown> | undefined {
    const names = this.verbs.map(({ verb }) => verb).join();
    const listen: Record<string, unknown> = this.verbs[1] ?? {};
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
      for (const name of this.telephone.clear()) this.telephone.tell(() => this.#text({ type: 'mark', data: { name, event: 'cleared' } })); // prettier-ignore
    else if (message.type === 'disconnect' && Object.keys(message).length === 1) this.#socket?.close();
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
