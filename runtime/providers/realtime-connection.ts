import { EventEmitter } from 'node:events';
import { WebSocket, type RawData } from 'ws';
import { objectOf, openSocket, type ClientSocket } from './client-socket.js';
import type { Vendor } from './refusals.js';

type Message = Record<string, unknown>;

/** Told of what belongs to no lane. */
export interface RealtimeWatch {
  /** The server answers though nobody asked; that answer is stopped and nobody hears it. */
  ownWords(): void;
  /** Every message that is about no response, before the ear gets it. @returns whether the ear is to get it */
  heard?(message: Message): boolean;
  /** What the ear sends. */
  toldByEar?(message: Message): void;
  /** Something that ran has ended. */
  rested?(): void;
  closed?(): void;
}

/** Errors that leave everything as it was; a server may leave out whose they are. */
const harmless: ReadonlySet<unknown> = new Set(['response_cancel_not_active', 'input_audio_buffer_commit_empty']);
export const earName = 'ear';
/** Sent for nobody in particular, so that an error about it fails nobody. */
const houseName = 'house';

/**
 * One socket to OpenAI's Realtime and all that run on it at a time, each on a lane of its own, which to its user is a
 * socket. A response is known by the lane that stands in its `metadata`, an error by the name of the message that it is
 * about; a cancel names the response, since without that only one in the session's own conversation would be stopped.
 */
export class RealtimeConnection {
  readonly #socket: WebSocket;
  readonly #watch: RealtimeWatch;
  readonly #lanes = new Map<string, RealtimeLane>();
  /** By the id of the response. */
  readonly #running = new Map<string, RealtimeLane>();
  #made = 0;
  #said = 0;
  readonly #closesWithLast: boolean;
  #isRetired = false;

  constructor(socket: WebSocket, watch: RealtimeWatch, { closesWithLast = false } = {}) {
    this.#socket = socket;
    this.#watch = watch;
    this.#closesWithLast = closesWithLast;
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.#message(data);
    });
    socket.on('close', (code) => this.#gone(code));
    socket.resume();
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** Nothing is being answered. */
  get isResting(): boolean {
    return [...this.#lanes.values()].every(({ isAsking }) => !isAsking);
  }

  /** @param name default: one of its own */
  lane(name = `a${++this.#made}`): RealtimeLane {
    const lane = new RealtimeLane(name, this);
    this.#lanes.set(name, lane);
    return lane;
  }

  /** A lane of another connection goes on here; its user notices nothing. @returns false where it was left */
  adopt(lane: RealtimeLane): boolean {
    if (!lane.connection.#lanes.delete(lane.name)) return false;
    lane.connection = this;
    this.#lanes.set(lane.name, lane);
    return true;
  }

  /** What runs may end; lanes on which nothing runs are closed. */
  retire(): void {
    this.#isRetired = true;
    for (const lane of [...this.#lanes.values()]) if (!lane.isAsking) this.#close(lane);
    this.#closeIfEmpty();
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Something of the session itself. @param fails it is no session without this: an error about it fails every lane */
  say(message: Message, fails: 'all' | 'nobody' = 'nobody'): void {
    this.#write(fails === 'all' ? undefined : houseName, message);
  }

  /** For a lane. */
  sayFor(lane: RealtimeLane, message: Message): void {
    if (lane.name === earName) this.#watch.toldByEar?.(message);
    if (message.type === 'response.create') {
      lane.isAsking = true;
      message.response = { ...(message.response as Message), metadata: { lane: lane.name } };
    }
    if (message.type === 'response.cancel') {
      if (lane.responseId === undefined) {
        lane.isGivenUp = lane.isAsking;
        return;
      }
      message.response_id = lane.responseId;
    }
    this.#write(lane.name, message);
  }

  /** For a lane: its user is done with it. */
  leave(lane: RealtimeLane): void {
    if (this.#lanes.get(lane.name) !== lane) return;
    this.#lanes.delete(lane.name);
    if (lane.responseId !== undefined) this.#cancel(lane.responseId);
    this.#closeIfEmpty();
  }

  #write(name: string | undefined, message: Message): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const event = name === undefined ? {} : { event_id: `${name}.${++this.#said}` };
    this.#socket.send(JSON.stringify({ ...event, ...message }));
  }

  #cancel(id: string): void {
    this.#write(houseName, { type: 'response.cancel', response_id: id });
  }

  #message(data: RawData): void {
    const message = objectOf(data);
    if (typeof message?.type !== 'string') return;
    if (message.type === 'error') return this.#error(message, data);
    if (message.type.startsWith('response.')) return this.#response(message, data);
    if (this.#watch.heard?.(message) !== false) this.#lanes.get(earName)?.tell(data);
  }

  #error({ error }: Message, data: RawData): void {
    if (typeof error !== 'object' || error === null) return;
    const { event_id: about, code } = error as Message;
    if (typeof about === 'string' && about !== '') {
      const lane = this.#lanes.get(about.split('.')[0]!);
      if (lane) this.#refused(lane, code);
      return lane?.tell(data);
    }
    for (const lane of [...this.#lanes.values()]) lane.tell(data);
    // Whatever follows on this connection is not trusted.
    if (!harmless.has(code)) this.#socket.terminate();
  }

  /** A question that the server does not take has no response, and no end but this. */
  #refused(lane: RealtimeLane, code: unknown): void {
    if (lane.responseId === undefined && !harmless.has(code)) lane.isAsking = false;
  }

  #response(message: Message, data: RawData): void {
    const response = message.response as Message | undefined;
    const id = message.response_id ?? response?.id;
    if (typeof id !== 'string') return;
    if (message.type === 'response.created') this.#begun(id, response?.metadata as Message | null | undefined);
    const lane = this.#running.get(id);
    if (!lane) return;
    const isOver = message.type === 'response.done';
    if (isOver) {
      this.#running.delete(id);
      lane.responseId = undefined;
      lane.isAsking = false;
    }
    lane.tell(data);
    if (!isOver) return;
    if (this.#isRetired) this.#close(lane);
    this.#closeIfEmpty();
    this.#watch.rested?.();
  }

  #begun(id: string, metadata: Message | null | undefined): void {
    const lane = this.#lanes.get(String(metadata?.lane));
    if (!lane?.isAsking) {
      // Asked for by a lane that has been left since, or by nobody.
      if (metadata?.lane === undefined) this.#watch.ownWords();
      return this.#cancel(id);
    }
    this.#running.set(id, lane);
    lane.responseId = id;
    if (!lane.isGivenUp) return;
    lane.isGivenUp = false;
    this.#write(lane.name, { type: 'response.cancel', response_id: id });
  }

  #close(lane: RealtimeLane): void {
    this.#lanes.delete(lane.name);
    lane.emit('close', 1000, Buffer.alloc(0));
  }

  #closeIfEmpty(): void {
    if ((this.#closesWithLast || this.#isRetired) && this.#lanes.size === 0) this.#socket.terminate();
  }

  #gone(code: number): void {
    this.#running.clear();
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    this.#watch.closed?.();
    for (const lane of lanes) lane.emit('close', code, Buffer.alloc(0));
  }
}

/** A connection for one who asks one question at a time. @throws OutsideError for what the handshake met */
export async function soleLane(
  url: string,
  { ownWords, ...by }: { vendor: Vendor; headers: Readonly<Record<string, string>>; ownWords: () => void },
): Promise<ClientSocket> {
  return new RealtimeConnection(await openSocket(url, by), { ownWords }, { closesWithLast: true }).lane();
}

/** To whoever has it, a socket: one question at a time, and of what comes only what is about it. */
export class RealtimeLane extends EventEmitter implements ClientSocket {
  readonly name: string;
  /** Its own affair. */
  connection: RealtimeConnection;
  /** Of what the server answers on it now. */
  responseId: string | undefined;
  /** Something was asked on it whose end did not come yet. */
  isAsking = false;
  /** It was given up before the server had a name for it. */
  isGivenUp = false;

  constructor(name: string, connection: RealtimeConnection) {
    super();
    this.name = name;
    this.connection = connection;
  }

  get readyState(): number {
    return this.connection.readyState;
  }

  get bufferedAmount(): number {
    return this.connection.bufferedAmount;
  }

  send(data: string | Uint8Array): void {
    const message = typeof data === 'string' ? objectOf(data) : undefined;
    if (message) this.connection.sayFor(this, message);
  }

  tell(data: RawData): void {
    this.emit('message', data, false);
  }

  /** Nothing comes before something was sent on it. */
  resume(): void {}

  terminate(): void {
    this.connection.leave(this);
  }
}
