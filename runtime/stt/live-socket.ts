/** Recognisers that hear all of a call over a vendor's WebSocket. A vendor's file is a `HearingWire`. */
import { WebSocket, type RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import type { OutsideError } from '../../engine/errors.js';
import type { SttEvent, SttInput } from '../contracts.js';
import { objectOf, openSocket, type ClientSocket } from '../providers/client-socket.js';
import { lost } from '../providers/refusals.js';
import { LiveSession, type LiveConnection, type LiveWire, type WireMessage } from './live-session.js';

export type { Heard, WireMessage, WireWord } from './live-session.js';

/** One connection's wire; made anew for each. */
export interface HearingWire extends LiveWire {
  /** As `openSocket` takes it. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Opens what is no socket of its own; by default one is opened at `url`. @throws the reason of `signal` */
  open?(signal: AbortSignal): Promise<ClientSocket>;
  /** The last message, to the letter. */
  end: string | Uint8Array;
  /** A message as an object, where it is no text of JSON. Thrown at, it is passed over. */
  messageOf?(data: RawData, isBinary: boolean): Record<string, unknown> | undefined;
  /** Why it closed the connection, where the vendor says more than that. */
  closed?(code: number, reason: string): OutsideError | undefined;
}

/**
 * One call heard over one connection. Ends quietly with the sound or an abort.
 * @throws OutsideError for a refused handshake, a lost connection, a server that does not answer
 */
export async function* hearOverSocket(
  wire: HearingWire,
  { audio, clock, signal }: { audio: AsyncIterable<SttInput>; clock: Clock; signal: AbortSignal },
): AsyncGenerator<SttEvent> {
  if (signal.aborted) return;
  const { vendor, headers, url } = wire;
  let socket: ClientSocket;
  try {
    socket = await (wire.open?.(signal) ?? openSocket(url, { vendor, headers, signal }));
  } catch (problem) {
    if (signal.aborted) return;
    throw problem;
  }
  const session = new LiveSession(wire, connectionOf(socket, wire), clock);
  socket.on('message', (data, isBinary) => {
    const message = messageIn(wire, data, isBinary);
    if (message) session.hear(message);
  });
  socket.on('close', (code, reason) =>
    session.closed(wire.closed?.(code, String(reason)) ?? lost(wire.vendor, `it closed the connection (${code})`)),
  );
  socket.resume();
  void session.feed(audio, signal);
  try {
    yield* session.events;
  } finally {
    session.end();
  }
}

function connectionOf(socket: ClientSocket, wire: HearingWire): LiveConnection {
  const send = (message: WireMessage): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const isPlain = typeof message === 'string' || message instanceof Uint8Array;
    socket.send(isPlain ? message : JSON.stringify(message));
  };
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    send,
    finish: () => send(wire.end),
    close: () => socket.terminate(),
  };
}

function messageIn(wire: HearingWire, data: RawData, isBinary: boolean): Record<string, unknown> | undefined {
  try {
    if (wire.messageOf) return wire.messageOf(data, isBinary);
    return isBinary ? undefined : objectOf(data);
  } catch {
    return undefined;
  }
}
