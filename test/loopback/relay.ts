/**
 * A twin of Twilio ConversationRelay on loopback: posts the signed webhook, reads its TwiML, opens the signed socket,
 * speaks the text it gets in real time (25 characters a second) and is cut off by its caller; checks every message
 * against what Twilio documents; on demand it tells no speaker events, says everything twice, or mixes it up.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

const charactersPerMs = 25 / 1000;

export interface RelayTwinOptions {
  webhook: string;
  authToken: string;
  from?: string;
  /** Tells nothing of who speaks, as where the `events` attribute is not known. */
  silentEvents?: boolean;
  /** Of the webhook or of the socket. */
  forge?: 'webhook' | 'socket' | 'token';
}

export class RelayRefusal extends Error {
  constructor(readonly status: number) {
    super(`refused with ${String(status)}`);
  }
}

export class RelayTwin {
  readonly callSid = `CA${randomUUID().replaceAll('-', '')}`;
  readonly problems: string[] = [];
  /** Text that was spoken to its end, or up to where it was cut. */
  readonly spoken: string[] = [];
  readonly tokens: { token: string; last: boolean; lang?: string; interruptible?: boolean }[] = [];
  readonly languages: string[] = [];
  /** What `<Connect action>` answered when the session was over. */
  after: string | undefined;
  ended = false;
  /** The whole call is over, not only its session. */
  hasEnded = false;
  /** The `<Dial>` that runs, or ran last. */
  dial: { dial: Record<string, string>; leg: Record<string, string>; to: string } | undefined;
  /** What the other leg was told before it was connected. */
  readonly whispers: string[] = [];
  attributes: Record<string, string> = {};
  /**
   * What goes wrong with its messages from now on: each comes twice (not keys: nobody could tell that from a key that was
   * pressed twice), or as many as there are places at a time, in this order.
   */
  faults: { twice?: boolean; order?: readonly number[] } = {};
  #held: string[] = [];
  #flush: NodeJS.Timeout | undefined;
  #socket!: WebSocket;
  #action = '';
  #queue: { text: string; interruptible: boolean }[] = [];
  #playing: { text: string; interruptible: boolean; sinceMs: number; timer: NodeJS.Timeout } | undefined;
  /** All that was given since the last silence and had begun to be spoken before this piece. */
  #before = '';
  #isLoud = false;

  private constructor(private readonly options: RelayTwinOptions) {}

  static async place(options: RelayTwinOptions): Promise<RelayTwin> {
    const twin = new RelayTwin(options);
    await twin.#begin();
    return twin;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The whole words of the piece that is being spoken, up to now. */
  get speakingNow(): string {
    if (!this.#playing) return '';
    const { text, sinceMs } = this.#playing;
    return text
      .slice(0, Math.floor((performance.now() - sinceMs) * charactersPerMs))
      .replace(/\S*$/, '')
      .trim();
  }

  /** The caller says something while nobody else speaks: its beginning first, as `partialPrompts` has it. */
  say(text: string, lang = 'en-US'): void {
    this.#speaker('clientSpeaking', 'on');
    const words = text.split(' ');
    if (words.length > 1) this.send({ type: 'prompt', voicePrompt: words[0], lang, last: false });
    this.#speaker('clientSpeaking', 'off');
    this.send({ type: 'prompt', voicePrompt: text, lang, last: true });
  }

  /** The caller cuts in, where that is allowed. @returns what had been spoken; undefined when it was not allowed */
  cutIn(): string | undefined {
    const playing = this.#playing;
    this.#speaker('clientSpeaking', 'on');
    if (!playing?.interruptible) return undefined;
    clearTimeout(playing.timer);
    const ms = performance.now() - playing.sinceMs;
    const spoken = this.speakingNow;
    this.spoken.push(spoken);
    this.#playing = undefined;
    this.#queue = [];
    this.#isLoud = false;
    const utterance = `${this.#before} ${spoken}`.trim();
    this.#before = '';
    this.send({ type: 'interrupt', utteranceUntilInterrupt: utterance, durationUntilInterruptMs: Math.round(ms) });
    this.#speaker('agentSpeaking', 'off');
    return utterance;
  }

  key(digit: string): void {
    this.send({ type: 'dtmf', digit });
  }

  send(message: object | string): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const { twice, order } = this.faults;
    if (!order) return this.#wire(text, twice && !text.startsWith('{"type":"dtmf"') ? 2 : 1);
    this.#held.push(text);
    clearTimeout(this.#flush);
    if (this.#held.length === order.length) this.#release(order);
    // The last ones have nobody to change places with.
    else this.#flush = setTimeout(() => this.#release([...this.#held.keys()]), 60);
  }

  #release(order: readonly number[]): void {
    const held = this.#held;
    this.#held = [];
    for (const at of order) this.#wire(held[at]!);
  }

  #wire(text: string, times = 1): void {
    for (let i = 0; i < times; i++) if (this.isOpen) this.#socket.send(text);
  }

  /** The caller hangs up: the socket closes. */
  hangUp(): void {
    this.#socket.close();
  }

  vanish(): void {
    clearTimeout(this.#playing?.timer);
    this.#socket.terminate();
  }

  async #begin(): Promise<void> {
    const { webhook, from = '+353870000002', forge } = this.options;
    const answer = await this.#post(webhook, { CallSid: this.callSid, From: from, To: '+35315550000', Direction: 'inbound' }, forge === 'webhook'); // prettier-ignore
    if (!answer.ok) throw new RelayRefusal(answer.status);
    const twiml = await answer.text();
    if (twiml.includes('<Reject')) throw new RelayRefusal(503);
    await this.obey(twiml);
  }

  /** What Twilio is to go on with. */
  async obey(twiml: string): Promise<void> {
    const dial = /<Dial([^>]*)><(Number|Sip)([^>]*)>([^<]+)<\/\2><\/Dial>/.exec(twiml);
    if (dial) this.dial = { dial: attributesOf(dial[1]!), leg: attributesOf(dial[3]!), to: dial[4]! };
    else if (twiml.includes('<ConversationRelay')) await this.#connect(twiml);
    else this.hasEnded = true;
  }

  /** The other leg is picked up. @param presses the key after what they are told first, where that is asked for */
  async answered(presses = true): Promise<void> {
    const { leg } = this.dial!;
    await this.#post(leg.statusCallback!, { CallSid: 'CA2', ParentCallSid: this.callSid, CallStatus: 'in-progress' });
    if (leg.url === undefined) return;
    const twiml = await (await this.#post(leg.url, { CallSid: 'CA2' })).text();
    this.whispers.push([...twiml.matchAll(/<Say[^>]*>([^<]*)</g)].map(([, text]) => text).join(' '));
    const { action } = attributesOf(/<Gather([^>]*)>/.exec(twiml)?.[1] ?? '');
    if (presses) await this.#post(action!, { CallSid: 'CA2', Digits: '1' });
  }

  /** `<Dial>` is over. */
  async dialled(status: string, more: Record<string, string> = {}, callStatus = 'in-progress'): Promise<void> {
    const fields = { CallSid: this.callSid, CallStatus: callStatus, DialCallStatus: status, ...more };
    await this.obey(await (await this.#post(this.dial!.dial.action!, fields)).text());
  }

  async #connect(twiml: string): Promise<void> {
    const { from = '+353870000002', forge } = this.options;
    this.ended = this.#isOver = false;
    this.#queue = [];
    this.#playing = undefined;
    this.#isLoud = false;
    this.#before = '';
    this.#action = attributesOf(/<Connect ([^>]*)>/.exec(twiml)?.[1] ?? '').action ?? '';
    this.attributes = attributesOf(/<ConversationRelay ([^>]*)>/.exec(twiml)?.[1] ?? '');
    for (const name of Object.keys(this.attributes))
      if (!knownAttributes.has(name)) this.problems.push(`unknown attribute ${name}`);
    const parameters = Object.fromEntries(
      [...twiml.matchAll(/<Parameter ([^>]*)\/>/g)].map((one) => {
        const { name, value } = attributesOf(one[1]!);
        return [name, value];
      }),
    );
    if (forge === 'token') parameters.token = 'forged';
    const url = this.attributes.url!;
    const signature = sign(forge === 'socket' ? 'another' : this.options.authToken, url, {});
    const socket = new WebSocket(url, { headers: { 'x-twilio-signature': signature }, perMessageDeflate: false });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => this.#receive(data, binary));
    socket.on('close', () => {
      if (socket === this.#socket) void this.#over();
    });
    const [, response] = (await Promise.race([
      once(this.#socket, 'open'),
      once(this.#socket, 'unexpected-response'),
    ])) as [unknown, { statusCode?: number } | undefined];
    if (response?.statusCode !== undefined) throw new RelayRefusal(response.statusCode);
    this.send({
      type: 'setup', sessionId: `VX${randomUUID()}`, accountSid: 'AC1', parentCallSid: '', callSid: this.callSid, from,
      to: '+35315550000', forwardedFrom: '', callType: 'PSTN', callerName: '', direction: 'inbound', callStatus: 'RINGING',
      customParameters: parameters,
    }); // prettier-ignore
  }

  #receive(data: Buffer, binary: boolean): void {
    const problem = binary ? 'a binary message' : problemOf(data.toString());
    if (problem !== undefined) {
      this.problems.push(problem);
      return this.send({ type: 'error', description: `Invalid message: ${problem}` });
    }
    if (this.ended) return void this.problems.push('a message after the end');
    const message = JSON.parse(data.toString()) as {
      type: string;
      token: string;
      last: boolean;
      lang?: string;
      interruptible?: boolean;
      ttsLanguage: string;
      handoffData?: string;
    };
    if (message.type === 'language') this.languages.push(message.ttsLanguage);
    else if (message.type === 'end') {
      this.ended = true;
      if (this.#playing) this.problems.push('ended in the middle of its words');
      void this.#over(message.handoffData);
      this.#socket.close();
    } else {
      const { token, last, lang, interruptible } = message;
      this.tokens.push({ token, last, ...(lang !== undefined && { lang }), ...(interruptible !== undefined && { interruptible }) }); // prettier-ignore
      if (token.trim() !== '') this.#queue.push({ text: token.trim(), interruptible: interruptible ?? true });
      this.#play();
    }
  }

  #play(): void {
    if (this.#playing) return;
    const next = this.#queue.shift();
    if (!next) {
      this.#before = '';
      if (this.#isLoud) this.#speaker('agentSpeaking', 'off');
      this.#isLoud = false;
      return;
    }
    if (!this.#isLoud) this.#speaker('agentSpeaking', 'on');
    this.#isLoud = true;
    const timer = setTimeout(() => {
      this.spoken.push(next.text);
      this.#before = `${this.#before} ${next.text}`;
      this.#playing = undefined;
      this.#play();
    }, next.text.length / charactersPerMs);
    this.#playing = { ...next, sinceMs: performance.now(), timer };
  }

  #speaker(name: string, value: string): void {
    if (!this.options.silentEvents) this.send({ type: 'info', name, value, ts: Date.now() });
  }

  #isOver = false;
  async #over(handoffData?: string): Promise<void> {
    clearTimeout(this.#playing?.timer);
    if (this.#isOver || this.#action === '') return;
    this.#isOver = true;
    const fields = {
      CallSid: this.callSid,
      SessionStatus: handoffData === undefined ? 'completed' : 'ended',
      ...(handoffData === undefined ? {} : { HandoffData: handoffData }),
    };
    const answer = await this.#post(this.#action, fields).catch(() => undefined);
    this.after = await answer?.text();
    if (this.after !== undefined) await this.obey(this.after);
  }

  #post(url: string, fields: Record<string, string>, forged = false): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': sign(forged ? 'another' : this.options.authToken, url, fields),
      },
      body: new URLSearchParams(fields).toString(),
    });
  }
}

function sign(key: string, url: string, fields: Record<string, string>): string {
  const text = Object.keys(fields).sort().reduce((all, name) => all + name + fields[name]!, url); // prettier-ignore
  return createHmac('sha1', key).update(text).digest('base64');
}

function attributesOf(text: string): Record<string, string> {
  const plain = (value: string): string => value.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, plain(value!)]));
}

const knownAttributes = new Set([
  'url', 'language', 'ttsLanguage', 'ttsProvider', 'voice', 'transcriptionLanguage', 'transcriptionProvider', 'speechModel',
  'interruptible', 'interruptSensitivity', 'dtmfDetection', 'reportInputDuringAgentSpeech', 'preemptible', 'hints', 'events',
  'partialPrompts', 'profanityFilter', 'welcomeGreeting', 'welcomeGreetingInterruptible',
]); // prettier-ignore

/** Fields by type: each with its type, and whether it has to be there. */
const fieldsOf: Record<string, Record<string, { type: string; must?: true }>> = {
  text: {
    token: { type: 'string', must: true },
    last: { type: 'boolean' },
    lang: { type: 'string' },
    interruptible: { type: 'boolean' },
    preemptible: { type: 'boolean' },
  },
  language: { ttsLanguage: { type: 'string' }, transcriptionLanguage: { type: 'string' } },
  end: { handoffData: { type: 'string' } },
};

/** What Twilio would answer with an `error` (64107). */
function problemOf(text: string): string | undefined {
  const message = JSON.parse(text) as Record<string, unknown>;
  const fields = fieldsOf[String(message.type)];
  if (!fields) return `unknown type: ${String(message.type)}`;
  for (const [name, value] of Object.entries(message)) {
    if (name === 'type') continue;
    if (!fields[name]) return `unknown field: ${name}`;
    if (typeof value !== fields[name].type) return `field ${name} of another type`;
    if (/lang/i.test(name) && !/^[a-z]{2,3}-[A-Z0-9]{2,4}$/.test(value as string)) return `no locale: ${name}`;
  }
  return Object.entries(fields).find(([name, { must }]) => must && !(name in message))?.[0];
}
