import { WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import type { CallSession } from '../contracts.js';
import { addressOf } from './address.js';
import { openSocket, type ClientSocket } from './client-socket.js';
import { HeardSound } from './heard-sound.js';
import { earName, RealtimeConnection, type RealtimeLane } from './realtime-connection.js';
import { lost, type Vendor } from './refusals.js';

type Message = Record<string, unknown>;

export interface RealtimeSessionOptions {
  /** The base before `/realtime`. */
  base: string;
  apiKey?: string | undefined;
  /** The model that speaks and is asked. */
  model: string;
  /** Default `marin`. */
  voice?: string | undefined;
  clock: Clock;
  /** The session answered though nobody asked: nobody hears it. */
  onOwnWords?: () => void;
}

const vendor: Vendor = { name: 'openai', envKey: 'OPENAI_API_KEY', envUrl: 'OPENAI_BASE_URL' };

/** @throws UsageError for an address that is none */
export function openRealtimeSession(options: RealtimeSessionOptions): RealtimeSession {
  return new RealtimeSession({ ...options, base: addressOf(options.base, vendor) });
}

export const usualVoice = 'marin';
/** OpenAI ends a session after 60 minutes: from here on another one takes over at the next quiet moment. */
const renewMs = 55 * 60_000;
const againMs = 15_000;
/** The caller may have begun to speak without the server's detector knowing yet: so many messages of sound are said again, 100 ms each. */
const preRoll = 6;

/** One connection and what was heard on it. */
interface Live {
  connection: RealtimeConnection;
  heard: HeardSound;
  hadEar: boolean;
}

/**
 * OpenAI's Realtime for one call: one connection that its ear, its voice and the router's question share. It is opened
 * when the first of them needs it, and again when it was lost; each of them meets the loss as that of a connection of
 * its own. The session never answers by itself: the flow decides when somebody speaks, and what. Its conversation holds
 * the caller's last sentences as sound, for a question to listen to, and nothing that the agent said.
 */
export class RealtimeSession implements CallSession {
  readonly model: string;
  readonly voice: string;
  readonly base: string;
  readonly #options: RealtimeSessionOptions;
  #live: Promise<Live> | undefined;
  #now: Live | undefined;
  /** Another connection, ready to take over. */
  #next: Live | undefined;
  #ear: RealtimeLane | undefined;
  /** How the ear listens, and its last sound: said again to a connection that takes over. */
  #listening: Message | undefined;
  #lastSound: Message[] = [];
  #isSecret = false;
  #stopTimer = (): void => {};
  readonly #whenClosed: (() => void)[] = [];
  #isClosed = false;

  constructor(options: RealtimeSessionOptions) {
    this.#options = options;
    this.model = options.model;
    this.voice = options.voice ?? usualVoice;
    this.base = options.base;
  }

  /** Connects now, so that the first sentence need not wait for it. */
  async open(): Promise<void> {
    await this.#connected();
  }

  /** A socket for one question at a time. */
  async lane(): Promise<ClientSocket> {
    return (await this.#connected()).connection.lane();
  }

  /** The socket of the call's ear; the one before it hears nothing any more. @throws the reason of `signal` */
  async ear(signal: AbortSignal): Promise<ClientSocket> {
    const live = await this.#connected();
    signal.throwIfAborted();
    // What is open is told again by whoever listens now.
    if (live.hadEar) live.connection.say({ type: 'input_audio_buffer.clear' });
    live.hadEar = true;
    this.#forget(live, live.heard.begin());
    this.#lastSound = [];
    this.#listening = undefined;
    this.#ear = live.connection.lane(earName);
    return this.#ear;
  }

  /** What is said now is secret, or is no longer: its sound is taken out of the session as soon as it is transcribed. */
  hush(isSecret: boolean): void {
    this.#isSecret = isSecret;
    if (this.#now) this.#now.heard.isSecret = isSecret;
  }

  /** The items with the sound of these words; none where it was not heard so, or not by this connection. */
  soundOf(text: string): string[] {
    return this.#now?.heard.of(text) ?? [];
  }

  /** Its connection is dead, though nobody says so. */
  lose(): void {
    this.#now?.connection.close();
  }

  whenClosed(tell: () => void): void {
    this.#whenClosed.push(tell);
  }

  close(): void {
    this.#isClosed = true;
    for (const tell of this.#whenClosed.splice(0)) tell();
    this.#stopTimer();
    this.#now?.connection.close();
    this.#next?.connection.close();
  }

  #connected(): Promise<Live> {
    // One that ends is still there for a moment.
    if (this.#now && this.#now.connection.readyState !== WebSocket.OPEN) this.#lost(this.#now);
    if (this.#live) return this.#live;
    const connecting = this.#connect().then((live) => {
      if (live.connection.readyState !== WebSocket.OPEN) throw lost(vendor, 'it closed the connection');
      this.#now = live;
      this.#renewIn(renewMs);
      return live;
    });
    this.#live = connecting;
    connecting.catch(() => {
      // Whoever comes next tries anew.
      if (this.#live === connecting) this.#live = undefined;
    });
    return connecting;
  }

  async #connect(): Promise<Live> {
    const { base, apiKey, onOwnWords = () => {} } = this.#options;
    if (this.#isClosed) throw lost(vendor, 'the call is over');
    const url = `${base}/realtime?${new URLSearchParams({ model: this.model }).toString()}`;
    const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    const socket = await openSocket(url, { vendor, headers });
    const heard = new HeardSound();
    heard.isSecret = this.#isSecret;
    const connection = new RealtimeConnection(socket, {
      ownWords: onOwnWords,
      heard: (message) => this.#heard(live, message),
      toldByEar: (message) => this.#toldByEar(message),
      rested: () => this.#takeOver(),
      closed: () => this.#lost(live),
    });
    const live: Live = { connection, heard, hadEar: false };
    if (this.#isClosed) connection.close();
    connection.say({ type: 'session.update', session: this.#session() }, 'all');
    return live;
  }

  /** It has no moves and no manners of its own: each answer is asked for with all that it may be. */
  #session(): Message {
    return {
      type: 'realtime',
      output_modalities: ['audio'],
      tools: [],
      tool_choice: 'none',
      audio: {
        input: { format: { type: 'audio/pcmu' }, turn_detection: neverAnswers },
        output: { format: { type: 'audio/pcmu' }, voice: this.voice, speed: 1 },
      },
    };
  }

  #heard(live: Live, message: Message): boolean {
    const { isTold, over } = live.heard.take(message);
    this.#forget(live, over);
    // After the ear: it may be what the next connection waits for.
    if (this.#next) queueMicrotask(() => this.#takeOver());
    return isTold;
  }

  #forget({ connection }: Live, items: readonly string[]): void {
    for (const item_id of items) connection.say({ type: 'conversation.item.delete', item_id });
  }

  #toldByEar(message: Message): void {
    if (message.type === 'session.update') this.#listening = { ...message };
    if (message.type === 'input_audio_buffer.append') this.#lastSound = [...this.#lastSound, message].slice(-preRoll);
  }

  #renewIn(ms: number): void {
    const { clock } = this.#options;
    this.#stopTimer();
    this.#stopTimer = clock.at(clock.now() + ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const old = this.#now;
    try {
      const next = await this.#connect();
      if (this.#now !== old || this.#isClosed) return next.connection.close();
      this.#next = next;
      this.#takeOver();
    } catch {
      // The old one still serves; when its time is over it is lost like any other.
      if (this.#now === old && !this.#isClosed) this.#renewIn(againMs);
    }
  }

  /** In silence: nobody speaks, nothing is answered, every word is told. */
  #takeOver(): void {
    const [old, next] = [this.#now, this.#next];
    if (!old || !next || !old.heard.isQuiet || !old.connection.isResting) return;
    this.#next = undefined;
    this.#now = next;
    this.#live = Promise.resolve(next);
    if (this.#ear && next.connection.adopt(this.#ear)) {
      next.hadEar = true;
      for (const message of [this.#listening, ...this.#lastSound]) if (message) next.connection.say({ ...message });
    }
    old.connection.retire();
    this.#renewIn(renewMs);
  }

  #lost(live: Live): void {
    if (this.#next === live) {
      this.#next = undefined;
      if (!this.#isClosed) this.#renewIn(againMs);
    }
    if (this.#now !== live) return;
    this.#stopTimer();
    this.#next?.connection.close();
    this.#next = undefined;
    this.#now = undefined;
    this.#live = undefined;
    this.#ear = undefined;
  }
}

/** The model that `realtime`, `realtime/gpt-realtime-mini` or `gpt-realtime-mini` names. */
export function realtimeModelIn(spec: string | undefined): string {
  return spec?.replace(/^realtime\/?/, '') || 'gpt-realtime';
}

/** Its detector cuts utterances, and that is all: turns are the call's. */
export const neverAnswers = { type: 'server_vad', create_response: false, interrupt_response: false } as const;
