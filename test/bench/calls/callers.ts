/**
 * Many telephones on one timer: each sends 20 ms of sound every 20 ms over Twilio's wire, plays what it gets in real
 * time, answers marks when they were played, and keeps to the script. Absolute deadlines: a busy moment of this process
 * delays a frame and loses none.
 */
import { WebSocket } from 'ws';
import { decodeMuLaw, encodeMuLaw } from '../../../runtime/audio/g711.js';
import type { Kind } from './script.js';
import { conversation } from './script.js';

/** What a line adds to the caller's sound while the agent speaks. */
export type Disturbance = 'none' | 'noise' | 'echo';

export interface Clip {
  /** 20 ms each, mu-law in base64; begins with the first sound and ends with the last. */
  frames: string[];
  lengthMs: number;
}

/** What the callers of one level saw. */
export class Sightings {
  /** From the caller's last sound to the agent's first, ms. */
  readonly gaps: Record<'local' | 'llm', number[]> = { local: [], llm: [] };
  /** From the caller's first sound to silence on the wire, ms. */
  readonly bargeIns: number[] = [];
  /** Pauses inside a sentence because no sound was there, ms. */
  readonly holes: number[] = [];
  frames = 0;
  /** Times that the agent fell silent for a caller who said nothing. */
  falseHolds = 0;
  agentSeconds = 0;
  unanswered = 0;
  lost = 0;
}

const silence = Buffer.alloc(160, 0xff).toString('base64');
const pauseMs = 500;
const bargeAfterMs = 1500;
/** Nothing came for so long: the caller says it again, and the turn counts as unanswered. */
const patienceMs = 8000;
const echoFrames = 6;
const phases = 5;

class Caller {
  #socket: WebSocket;
  #chunk = 0;
  #at = 0;
  /** What is being said, and how far. */
  #saying: { kind: Kind; clip: Clip; frame: number; cut: boolean } | undefined;
  #saidAtMs = 0;
  #waits = true;
  #playEndMs = 0;
  #firstSoundMs: number | undefined;
  #marked = true;
  #marks: { name: string; atMs: number }[] = [];
  #played: Buffer[] = [];
  #noise = 0;
  closed = false;

  constructor(
    url: string,
    readonly number: number,
    private readonly clips: readonly Clip[],
    private readonly seen: Sightings,
    private readonly disturbance: Disturbance,
    private readonly noises: readonly string[],
  ) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      if (!this.closed) seen.lost++;
      this.closed = true;
    });
    this.#socket.on('open', () => {
      const id = String(number).padStart(8, '0');
      this.#send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
      this.#send({
        event: 'start',
        sequenceNumber: '1',
        start: {
          accountSid: 'AC0', callSid: `CA${id}`, streamSid: this.#stream, tracks: ['inbound'], customParameters: {},
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
        streamSid: this.#stream,
      }); // prettier-ignore
      this.#saidAtMs = performance.now();
    });
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
  }

  get #stream(): string {
    return `MZ${String(this.number).padStart(8, '0')}`;
  }

  hangUp(): void {
    this.closed = true;
    this.#send({ event: 'stop', streamSid: this.#stream, stop: { accountSid: 'AC0', callSid: '' } });
    this.#socket.close();
  }

  /** The next 20 ms. */
  tick(): void {
    if (this.closed || this.#socket.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    for (let mark = this.#marks[0]; mark && mark.atMs <= now; mark = this.#marks[0]) {
      this.#marks.shift();
      this.#send({ event: 'mark', streamSid: this.#stream, mark: { name: mark.name } });
    }
    this.#decide(now);
    const payload = this.#sound(now);
    this.#socket.send(
      `{"event":"media","streamSid":"${this.#stream}","media":{"track":"inbound","chunk":"${String(++this.#chunk)}","timestamp":"${String(this.#chunk * 20 - 20)}","payload":"${payload}"}}`,
    );
  }

  #decide(now: number): void {
    if (this.#saying) return;
    const next = conversation[this.#at % conversation.length]!;
    const speaks = now < this.#playEndMs;
    const isReady =
      next.kind === 'barge_in' && this.disturbance === 'none'
        ? speaks && this.#firstSoundMs !== undefined && now - this.#firstSoundMs >= bargeAfterMs
        : !this.#waits && now - this.#playEndMs >= pauseMs;
    const tired = this.#waits && !speaks && now - this.#saidAtMs > patienceMs;
    if (tired) this.seen.unanswered++;
    if (!isReady && !tired) return;
    const clip = this.clips[this.#at % conversation.length]!;
    this.#saying = { kind: next.kind, clip, frame: 0, cut: !speaks };
    this.#saidAtMs = now;
  }

  #sound(now: number): string {
    const one = this.#saying;
    if (!one) return this.#disturbed(now);
    const payload = one.clip.frames[one.frame++]!;
    if (one.frame === one.clip.frames.length) {
      this.#saying = undefined;
      this.#saidAtMs = now;
      this.#at++;
      this.#waits = true;
      this.#firstSoundMs = undefined;
    }
    return payload;
  }

  #disturbed(now: number): string {
    if (now >= this.#playEndMs) return silence;
    if (this.disturbance === 'noise') return this.noises[this.#noise++ % this.noises.length]!;
    if (this.disturbance === 'echo' && this.#played.length > echoFrames) return quieter(this.#played.shift()!);
    return silence;
  }

  #receive(data: Buffer): void {
    const now = performance.now();
    const message = JSON.parse(data.toString()) as {
      event: string;
      media?: { payload: string };
      mark?: { name: string };
    };
    if (message.event === 'media') this.#hear(Buffer.from(message.media!.payload, 'base64'), now);
    else if (message.event === 'mark') {
      this.#marked = true;
      this.#marks.push({ name: message.mark!.name, atMs: Math.max(now, this.#playEndMs) });
    } else if (message.event === 'clear') this.#clear(now);
  }

  #hear(bytes: Buffer, now: number): void {
    const { seen } = this;
    seen.frames++;
    seen.agentSeconds += bytes.length / 8000;
    const lateMs = now - this.#playEndMs;
    if (!this.#marked && lateMs > 20) seen.holes.push(lateMs);
    this.#marked = false;
    this.#playEndMs = Math.max(now, this.#playEndMs) + bytes.length / 8;
    if (this.disturbance === 'echo') this.#played.push(bytes);
    if (!this.#waits || this.#firstSoundMs !== undefined || !isAudible(bytes)) return;
    this.#firstSoundMs = now;
    this.#waits = false;
    const said = this.#at > 0 ? conversation[(this.#at - 1) % conversation.length] : undefined;
    if (said && said.kind !== 'barge_in' && !this.#saying) seen.gaps[said.kind].push(now - this.#saidAtMs);
  }

  #clear(now: number): void {
    const one = this.#saying;
    if (one?.kind === 'barge_in' && !one.cut) {
      one.cut = true;
      this.seen.bargeIns.push(now - this.#saidAtMs);
    } else if (!one && !this.#waits) this.seen.falseHolds++;
    this.#playEndMs = now;
    this.#played = [];
    this.#marked = true;
    for (const mark of this.#marks.splice(0)) this.#send({ event: 'mark', streamSid: this.#stream, mark: { name: mark.name } }); // prettier-ignore
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

function isAudible(bytes: Buffer): boolean {
  return decodeMuLaw(bytes).some((sample) => Math.abs(sample) > 200);
}

/** An echo 20 dB down. */
function quieter(bytes: Buffer): string {
  return Buffer.from(encodeMuLaw(decodeMuLaw(bytes).map((sample) => sample / 10))).toString('base64');
}

/** A group of callers on one clock. */
export class Callers {
  readonly seen = new Sightings();
  readonly #callers: Caller[] = [];
  #timer: NodeJS.Timeout | undefined;
  #startMs = performance.now();
  #n = 0;

  constructor(
    private readonly url: string,
    private readonly clips: readonly Clip[],
    private readonly noises: readonly string[] = [],
  ) {
    this.#tick();
  }

  add(number: number, disturbance: Disturbance = 'none'): void {
    this.#callers.push(new Caller(this.url, number, this.clips, this.seen, disturbance, this.noises));
  }

  async hangUp(): Promise<void> {
    for (const caller of this.#callers.splice(0)) caller.hangUp();
    clearTimeout(this.#timer);
    // A call that was hung up listens for its last words before its record is written.
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }

  /** A fifth of the callers every 4 ms. */
  #tick(): void {
    const due = this.#startMs + (this.#n + 1) * (20 / phases);
    this.#timer = setTimeout(
      () => {
        const phase = this.#n++ % phases;
        for (let i = phase; i < this.#callers.length; i += phases) this.#callers[i]!.tick();
        this.#tick();
      },
      Math.max(0, due - performance.now()),
    );
  }
}
