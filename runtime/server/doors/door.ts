/**
 * A door: one way for callers to come in. It says which paths are its own, who may come in by them, and makes a line
 * of what came in; everything that all calls have in common is the server's.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Clock, Dialog } from '../../../engine/contracts.js';
import type { CallRecord } from '../../call/call.js';
import type { Manners } from '../../call/manners.js';
import type { Ear, Line, TextToSpeech } from '../../contracts.js';
import type { Log } from '../../observe/log.js';
import type { RateLimit } from '../admission.js';
import type { CallParts, CallRequest } from '../options.js';
import type { OutgoingCalls } from '../outgoing-calls.js';
import type { Tokens } from '../tokens.js';

export interface Door {
  /** Also the `transport` of its calls. */
  readonly name: string;
  /** Its addresses for HTTP: webhooks, hand-outs. */
  routes?(app: FastifyInstance): void;
  readonly socket?: SocketDoor;
  /** A port of its own, for who speaks neither HTTP nor WebSocket. */
  listen?(): Promise<void>;
  close?(): Promise<void>;
}

/** The part of a door that takes WebSockets. */
export interface SocketDoor {
  readonly path: string;
  /** Each socket counts as a new call of its address. Not where a webhook counted the call before. */
  readonly isCounted: boolean;
  /** Why this socket may not be opened: told before the upgrade, as HTTP. */
  refusal(request: IncomingMessage, url: URL): Refusal | undefined | Promise<Refusal | undefined>;
  /** All that is to be found out before the socket opens: its first message may come in that very tick. */
  meet(request: IncomingMessage, url: URL): Answer | Promise<Answer>;
}

/** Takes an open socket to its call. */
export type Answer = (socket: WebSocket) => Promise<void>;

export interface Refusal {
  /** A status line of HTTP: `403 Forbidden`. */
  status: string;
  /** For the log. */
  reason: string;
}

/** What all doors share: the server, as they see it. */
export interface DoorHost {
  /** What the server is bound to. */
  readonly boundHost: string;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly rate: RateLimit;
  readonly tokens: Tokens;
  readonly outgoing: OutgoingCalls;
  /** The number of this process, where several answer behind one port. */
  readonly worker: number | undefined;
  /** Why no new call is taken now; undefined when there is room for one. */
  refusal(): 'draining' | 'not ready' | 'full' | undefined;
  /** One line in the log and one more in the count of what was refused. @param reason of a fixed list */
  refused(reason: string, where?: string): void;
  /** False for a page of a browser that is not ours. */
  isOwnOrigin(request: IncomingMessage): boolean;
  /** How the other side sees this request's address, or that of another path here. Behind a proxy only `publicUrl` knows. */
  address(kind: 'http' | 'ws', request: IncomingMessage, path?: string): string;
  /** The same where there is no request yet. */
  ownAddress(path: string): string;
  /** The dialog that this caller left unfinished. Never throws. */
  findUnfinished(of: { agent?: string; caller: string }): Promise<string | undefined>;
  /** Who answers; the first where none is named. */
  agents(): readonly { name: string; language: string }[];
  /** Counts a call that is being opened, which has no record yet. */
  opening<T>(work: () => Promise<T>): Promise<T>;
  /** A dialog for whoever hears, speaks and keeps time by themselves. @throws UsageError for an agent that is not there */
  open(about: Omit<CallRequest, 'clock' | 'log' | 'text'>): Promise<Pick<CallParts, 'dialog' | 'about'>>;
  /** Answers the line. What goes wrong is logged, and the line closed. */
  begin(line: Line, about: Omit<CallRequest, 'clock' | 'log'>, how?: BeginOptions): Promise<void>;
}

export interface BeginOptions {
  /** Tells the caller's program why there is no call. */
  tell?: (problem: string) => void;
  /** The call runs; `done` resolves when it is over. */
  onBegun?: (done: Promise<CallRecord>) => void;
  /** Aborted when the line is lost and its caller may come back. */
  lost?: AbortSignal;
  manners?: Partial<Manners>;
  /** The other end hears and speaks: what stands in place of our ear and voice. */
  speech?: { ear: Ear; voice: TextToSpeech; manners: Partial<Manners>; wrap(dialog: Dialog): Dialog };
}
