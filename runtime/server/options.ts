/** What a server is given, and what it gives. */
import type { Clock, Dialog, Json } from '../../engine/contracts.js';
import type { Call, CallRecord } from '../call/call.js';
import type { Manners } from '../call/state.js';
import type { CallSession, Ear, TextToSpeech } from '../contracts.js';
import type { LoadSource } from './node-load.js';
import type { TelephoneOptions } from './doors/telephones.js';
import type { WebRtcDoorOptions } from './doors/webrtc-door.js';
import type { Prices } from '../observe/cost.js';
import type { Log, LogFields } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { SpanExporter } from '../observe/otlp-exporter.js';
import type { UsageSheet } from '../providers/usage.js';
import type { OutgoingCall } from './outgoing-calls.js';
import type { WorkerSide } from './workers/worker-side.js';

/** Somebody calls. */
export interface CallRequest {
  /** Also the dialog's name. */
  id: string;
  /** Somebody who was cut off is back, with the token of this dialog: it goes on, whichever process had it. */
  resumes?: boolean;
  /** The caller of this dialog, which broke off, calls again: they are offered to go on. See `findUnfinished`. */
  returning?: boolean;
  /** With `resumes`: the dialog itself, which was kept while its line was lost. To be gone on with, not opened. */
  dialog?: Dialog;
  /** The name of the door that it came in by: `websocket`, `webrtc`, `twilio`, `telnyx`, `plivo`, … */
  transport: string;
  /** `?agent=` of `/call`, or of the webhook's address. */
  agent?: string;
  from?: string;
  to?: string;
  /** The other side's number (`from`; `to` where we called), if it is their own in every call: not when it is withheld. */
  caller?: string;
  /** The carrier's own id of the call. */
  callSid?: string;
  /** `outbound`: we called `to`. Default `inbound`. */
  direction?: 'inbound' | 'outbound';
  /** The other end hears and speaks: no ear and no voice of ours are needed. */
  text?: boolean;
  clock: Clock;
  log: Log;
}

/** What answers: opened for one call, closed by it. */
export interface CallParts {
  dialog: Dialog;
  /** Neither is needed for a request of `text`. */
  ear?: Ear;
  voice?: TextToSpeech;
  fallbackVoice?: TextToSpeech;
  /** What the provider of ear and voice keeps open for this call. */
  session?: CallSession;
  language: string;
  manners?: Partial<Manners>;
  /** Where the ear counts what it spends: joins the call's record. */
  usage?: UsageSheet;
  /** Who answers, in which version: on every line that the call logs, and in its record. */
  about?: LogFields;
}

export interface Page {
  /** The media type: `text/html; charset=utf-8`. */
  type: string;
  body: string | Uint8Array;
}

export interface ServerOptions extends TelephoneOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Throws a {@link UsageError} for an agent that is not there: the caller is told. */
  openCall(request: CallRequest): Promise<CallParts>;
  /** Who answers, in which language (BCP 47); the first where none is named. */
  agents?(): readonly { name: string; language: string }[];
  /** The dialog that this caller left unfinished in an earlier call, if there is one to go on with. */
  findUnfinished?(of: { agent?: string; caller: string }): Promise<string | undefined>;
  /** How long a dialog whose WebSocket broke waits for its caller before it counts as hung up, ms. Default 30,000. */
  keepLostMs?: number;
  onCall?(call: Call, request: CallRequest): void;
  /** After the call; the record has audio when `record` is set. */
  onRecord?(record: CallRecord, request: CallRequest): void;
  record?: boolean;
  /** Keeps the event log of each call: where its lines go, and that it is over. */
  keepEvents?(id: string): { write: (line: string) => void; close: () => void };
  limits?: Partial<ServerLimits>;
  /** At least 32 bytes. Opens `POST /token` (as its bearer) for a site that hands out tokens of its own users. */
  tokenSecret?: string;
  /**
   * At least 32 bytes, the same for all servers over one store of dialogs: a caller who is cut off can go on at any of
   * them. Default: `tokenSecret`, else of this process only.
   */
  resumeSecret?: string;
  /** `record`: Twilio records each call itself. */
  twilio?: { authToken?: string; accountSid?: string; insecure?: boolean; apiBase?: string; record?: boolean };
  /** `connectionId`: the Call Control application that calls are placed by. */
  telnyx?: { apiKey: string; publicKey?: string; insecure?: boolean; apiBase?: string; connectionId?: string };
  /** `/webrtc/offer`: how browsers reach us over WebRTC. */
  webrtc?: WebRtcDoorOptions;
  /** How calls are placed. */
  outbound?: OutboundOptions;
  /** `/v1/chat/completions`; the key is needed where the server is bound to more than this machine. */
  chat?: { key?: string };
  /** How the world reaches us, `https://voice.example.com`: signatures are over it. */
  publicUrl?: string;
  /** Pages by path, `/` among them: a file, or its content. */
  staticPages?: Record<string, Page | { type: string; file: string }>;
  /** Pages that are made when asked for; after `staticPages`. */
  page?(path: string, query: Readonly<Record<string, string>>): Page | undefined | Promise<Page | undefined>;
  /** False while models load: `/ready` says so and calls are refused. */
  isReady?(): boolean;
  /** More for `/health`: what is served, in which version. */
  health?(): Record<string, Json>;
  /** A port of its own for `/metrics`, `/health` and `/ready`, without a token: not for the world. 0 takes a free one. */
  metricsPort?: number;
  /** For the cost at `/metrics`. */
  prices?: Prices;
  /** Adds what is counted elsewhere to the server's numbers. */
  countMore?(metrics: Metrics): void;
  /** Gets the spans of each call that is over. Closed by whoever opened it. */
  spans?: SpanExporter;
  /** How loaded this process is. Default: looked at. */
  load?: LoadSource;
  /** This process listens nowhere: another does, and hands it its connections. */
  worker?: Pick<WorkerSide, 'number' | 'port' | 'attach' | 'detach'>;
  log: Log;
  clock?: Clock;
}

/** A call to be placed. */
export interface DialOrder {
  /** With + and country; spaces and dashes do no harm. */
  to: string;
  /** What the other side sees. Default `OutboundOptions.from`. */
  from?: string;
  /** Default: the first. */
  agent?: string;
  /** `twilio`, `telnyx`, `plivo`, `vonage` or `jambonz`. Default: the first that can. */
  carrier?: string;
  /** Find out whether a machine answers. Default true. */
  detectsMachine?: boolean;
  /** Default 30,000. */
  ringMs?: number;
}

export interface OutboundOptions {
  /** What those we call see, where nobody says otherwise. */
  from?: string;
  /** Calls a minute in all. Default 10. */
  perMinute?: number;
  /** Numbers that charge whoever calls them are called too. Default false. */
  allowPremium?: boolean;
}

export interface ServerLimits {
  /** At the same time. */
  calls: number;
  callsPerMinutePerAddress: number;
  secondsPerCall: number;
  /** See {@link LoadLimits}. */
  loopLagMs?: number;
  memoryBytes?: number;
}

export const defaultLimits: ServerLimits = { calls: 100, callsPerMinutePerAddress: 30, secondsPerCall: 3600 };

export interface Server {
  /** `http://127.0.0.1:4680` */
  readonly url: string;
  readonly port: number;
  readonly calls: ReadonlyMap<string, Call>;
  /** Where `metricsPort` is open. */
  readonly metricsPort: number | undefined;
  /** Rings somebody, by the first carrier that can. @throws UsageError, OutsideError, DialRefusal */
  dial(order: DialOrder): Promise<OutgoingCall>;
  /** A token for `/call?token=`. @param seconds default 300 */
  issueToken(seconds?: number): Promise<string>;
  /**
   * Takes no new calls and resolves when the running ones have ended. After `withinMs` they are told so and hung up.
   * @returns how many those were
   */
  drain(withinMs?: number): Promise<number>;
  /** Hangs up what still runs and lets go of the port. */
  close(): Promise<void>;
}
