/**
 * A twin of Twilio's account on loopback: its REST interface, which checks every request against what Twilio documents,
 * and what Twilio does then: takes callers out of their streams, rings others for them, posts signed webhooks, does what
 * their TwiML says.
 */
import { randomUUID } from 'node:crypto';
import { signatureOf } from '../../runtime/transports/twilio-signature.js';
import { CarrierCall, unescaped } from './carrier.js';
import { HttpTwin, type TwinAnswer, type TwinCommand } from './http-twin.js';

/** What becomes of the leg that a `<Dial>` rings. */
export type Desk =
  | { does: 'busy' | 'no-answer' | 'failed' }
  /** Picks up; with a whisper, presses a key. Hangs up when the test says so, or at the time limit. */
  | { does: 'answer'; declines?: boolean; talksSeconds?: number }
  /** Rings until somebody decides. */
  | { does: 'ring' };

export interface TwilioRequest {
  path: string;
  form: URLSearchParams;
}

const idOf = (kind: string): string => `${kind}${randomUUID().replaceAll('-', '')}`;

export class TwilioTwin extends HttpTwin {
  readonly accountSid = 'AC00000000000000000000000000000001';
  readonly authToken = '12345678901234567890123456789012';
  readonly requests: TwilioRequest[] = [];
  /** What the other leg was told before it was connected. */
  readonly whispers: string[] = [];
  readonly calls = new Map<string, CarrierCall>();
  desk: Desk = { does: 'answer' };
  /** What whoever is called over the REST interface does. */
  callee: 'busy' | 'no-answer' | 'failed' | 'answer' = 'answer';
  /** The last call that was placed so: what Twilio was told, and the call once it is taken. */
  placed: { sid: string; form: URLSearchParams; call?: CarrierCall } | undefined;
  /** What the next requests are answered with, in place of 200. */
  fails: { status: number; code: number } | undefined;
  readonly dials: TwinDial[] = [];

  static start(): Promise<TwilioTwin> {
    return new TwilioTwin().listen();
  }

  protected vanish(): void {
    for (const call of this.calls.values()) call.vanish();
  }

  /** What is to be done with the TwiML of a leg. */
  async obey(call: CarrierCall, twiml: string): Promise<void> {
    const dial = /<Dial([^>]*)><(Number|Sip)([^>]*)>([^<]+)<\/\2><\/Dial>/.exec(twiml);
    if (twiml.includes('<Stream')) return call.connect(twiml);
    if (dial) {
      const running = new TwinDial(this, call, attributesOf(dial[1]!), attributesOf(dial[3]!), unescaped(dial[4]!));
      this.dials.push(running);
      return running.run();
    }
    if (twiml.includes('<Hangup/>') || /<Response><\/Response>|<Response\/>/.test(twiml)) call.hasEnded = true;
    else this.problems.push(`TwiML that is not known: ${twiml}`);
  }

  protected async command(
    { method, path: url, authorization, contentType, text }: TwinCommand,
    answer: TwinAnswer,
  ): Promise<void> {
    const prefix = `/2010-04-01/Accounts/${this.accountSid}/`;
    const basic = `Basic ${Buffer.from(`${this.accountSid}:${this.authToken}`).toString('base64')}`;
    if (authorization !== basic) return answer(401, { code: 20003 });
    const path = url.startsWith(prefix) ? url.slice(prefix.length) : '';
    if (method !== 'POST' || contentType !== 'application/x-www-form-urlencoded')
      this.problems.push(`${method} ${path}`);
    const form = new URLSearchParams(text);
    this.requests.push({ path, form });
    if (this.fails) return answer(this.fails.status, { code: this.fails.code, status: this.fails.status });
    if (path === 'Calls.json') {
      const sid = idOf('CA');
      answer(201, { sid, status: 'queued' });
      return this.#ring(sid, form);
    }
    const [, sid, more] = /^Calls\/(CA\w+)(?:\/([\w./]+))?\.json$/.exec(path.replace(/\.json$/, '') + '.json') ?? [];
    const call = sid === undefined ? undefined : this.calls.get(sid);
    if (!call) return answer(404, { code: 20404, status: 404 });
    if (more === undefined) {
      answer(200, { sid });
      return this.#update(call, form);
    }
    if (more === 'Recordings') {
      this.#check(form, ['RecordingChannels', 'RecordingStatusCallback', 'RecordingStatusCallbackEvent']);
      return answer(201, { sid: idOf('RE'), call_sid: sid, status: 'in-progress' });
    }
    if (more === 'Recordings/Twilio.CURRENT') {
      this.#check(form, ['Status', 'PauseBehavior']);
      return answer(200, { status: form.get('Status') });
    }
    answer(404, { code: 20404, status: 404 });
  }

  /** The callee's telephone rings. */
  async #ring(sid: string, form: URLSearchParams): Promise<void> {
    this.#check(form, [
      'To', 'From', 'Url', 'Timeout', 'StatusCallback', 'StatusCallbackEvent', 'MachineDetection', 'AsyncAmd', 'AsyncAmdStatusCallback',
    ]); // prettier-ignore
    for (const name of ['To', 'From']) if (!/^\+[1-9]\d{7,14}$/.test(form.get(name) ?? '')) this.problems.push(`${name} is no number`); // prettier-ignore
    this.placed = { sid, form };
    const status = (CallStatus: string) => this.post(form.get('StatusCallback')!, { CallSid: sid, CallStatus });
    await status('ringing');
    if (this.callee !== 'answer') return void (await status(this.callee));
    await status('in-progress');
    const options = { webhook: form.get('Url')!, authToken: this.authToken, from: form.get('From')!, to: form.get('To')!, callSid: sid }; // prettier-ignore
    const call = await CarrierCall.place(options);
    this.calls.set(sid, call);
    this.placed.call = call;
  }

  /** Answering-machine detection has come to something. */
  async hears(AnsweredBy: string): Promise<void> {
    const { sid, form } = this.placed!;
    await this.post(form.get('AsyncAmdStatusCallback')!, {
      CallSid: sid,
      AnsweredBy,
      MachineDetectionDuration: '2400',
    });
  }

  async post(url: string, fields: Record<string, string>): Promise<void> {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signatureOf(this.authToken, url, fields),
      },
      body: new URLSearchParams(fields).toString(),
    });
    await answer.arrayBuffer();
    if (answer.status >= 300) this.problems.push(`a webhook was answered ${String(answer.status)}`);
  }

  async #update(call: CarrierCall, form: URLSearchParams): Promise<void> {
    this.#check(form, ['Twiml', 'Status']);
    const twiml = form.get('Twiml');
    for (const dial of this.dials) if (dial.call === call) dial.isReplaced = true;
    if (!call.closed) call.leaveStream();
    if (twiml === null) call.hasEnded = true;
    else await this.obey(call, twiml);
  }

  #check(form: URLSearchParams, known: string[]): void {
    for (const name of form.keys()) if (!known.includes(name)) this.problems.push(`a parameter ${name}`);
  }
}

/** A `<Dial>` while it runs. */
export class TwinDial {
  readonly legSid = idOf('CA');
  /** Other TwiML has taken the caller away. */
  isReplaced = false;
  isBridged = false;

  constructor(
    private readonly twin: TwilioTwin,
    readonly call: CarrierCall,
    readonly dial: Record<string, string>,
    readonly leg: Record<string, string>,
    readonly to: string,
  ) {
    for (const name of Object.keys(dial))
      if (!['action', 'timeout', 'timeLimit', 'answerOnBridge'].includes(name)) twin.problems.push(`<Dial ${name}>`);
    for (const name of Object.keys(leg))
      if (!['url', 'statusCallback', 'statusCallbackEvent'].includes(name)) twin.problems.push(`<Number ${name}>`);
    for (const url of [dial.action, leg.statusCallback])
      if (url === undefined || !URL.canParse(url)) twin.problems.push('a callback that is no absolute address');
  }

  async run(): Promise<void> {
    const { desk } = this.twin;
    if (desk.does === 'ring') return;
    if (desk.does !== 'answer') return this.over(desk.does);
    await this.#post(this.leg.statusCallback, { CallSid: this.legSid, ParentCallSid: this.call.callSid, CallStatus: 'in-progress', CallbackSource: 'call-progress-events' }); // prettier-ignore
    if (this.leg.url !== undefined && !(await this.#whisper(this.leg.url, desk.declines === true)))
      return this.over('completed', { DialBridged: 'false', DialCallDuration: '12' });
    this.isBridged = true;
    if (desk.talksSeconds !== undefined) await this.over('completed', { DialBridged: 'true', DialCallDuration: String(desk.talksSeconds) }); // prettier-ignore
  }

  /** The `<Dial>` ends, and the action's TwiML is done. */
  async over(status: string, more: Record<string, string> = {}, callStatus = 'in-progress'): Promise<void> {
    if (this.isReplaced) return;
    const answer = await this.#post(this.dial.action, {
      CallStatus: callStatus,
      DialCallStatus: status,
      DialCallSid: this.legSid,
      ...more,
    });
    if (answer === undefined) return;
    if (callStatus === 'completed') this.call.hasEnded = true;
    else await this.twin.obey(this.call, answer);
  }

  /** True when the person takes the call. */
  async #whisper(url: string, declines: boolean): Promise<boolean> {
    const leg = { CallSid: this.legSid };
    const twiml = (await this.#post(url, leg)) ?? '';
    this.twin.whispers.push([...twiml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text]) => unescaped(text!)).join(' ')); // prettier-ignore
    const gather = /<Gather([^>]*)>/.exec(twiml);
    if (!gather || declines) return false;
    const next = await this.#post(attributesOf(gather[1]!).action, { ...leg, Digits: '1' });
    return next !== undefined && !next.includes('<Hangup');
  }

  async #post(url: string | undefined, fields: Record<string, string>): Promise<string | undefined> {
    if (url === undefined) return undefined;
    const { status, body } = await this.call.post(url, fields);
    if (status >= 300) this.twin.problems.push(`a webhook was answered ${String(status)}`);
    return body;
  }
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescaped(value!)]),
  );
}
