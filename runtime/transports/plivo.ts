/**
 * Plivo Audio Streaming, both directions, mu-law. Field names as its "Stream event protocol" documents them. After
 * `clearAudio` no checkpoint that was not reached comes back; the end of a stream is the end of its socket.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import type { Log } from '../observe/log.js';
import { e164 } from './e164.js';
import type { CallControl } from './hand-over.js';
import {
  acceptStart,
  MediaLine,
  numberOf,
  recordOf,
  type Dialect,
  type WireEvent,
  type WireMessage,
} from './media-line.js';
import { numbersOf, type PlivoNumbers } from './plivo-xml.js';

/** What the stream's `start` told of the call. */
export interface PlivoStart {
  streamId: string;
  callId: string;
  numbers: PlivoNumbers;
}

export interface PlivoOptions {
  id: string;
  clock: Clock;
  log: Log;
  /** What can be done to this call over the REST interface. */
  controlOf?: (callId: string) => CallControl;
}

export class PlivoLine extends MediaLine {
  readonly start: PlivoStart;

  constructor(socket: WebSocket, start: PlivoStart, { id, log, controlOf }: PlivoOptions) {
    const { from, to } = start.numbers;
    const control = controlOf?.(start.callId);
    super(socket, dialectOf(start.streamId), {
      id,
      log,
      controlCure: 'set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN',
      ...(from !== undefined && { from: e164(from) }),
      ...(to !== undefined && { to: e164(to) }),
      ...(control && { control }),
    });
    this.start = start;
  }
}

/** Whether the stream may be answered is still to be checked. See {@link acceptStart}. */
export function acceptPlivo(socket: WebSocket, options: PlivoOptions): Promise<PlivoLine | undefined> {
  return acceptStart(socket, options, (message) => {
    const start = startOf(message);
    return start && new PlivoLine(socket, start, options);
  });
}

function startOf(message: WireMessage): PlivoStart | undefined {
  const { callId, streamId, mediaFormat } = recordOf(message.start);
  const format = recordOf(mediaFormat);
  if (typeof streamId !== 'string' || typeof callId !== 'string' || callId === '') return undefined;
  if (format.encoding !== 'audio/x-mulaw' || numberOf(format.sampleRate) !== 8000) return undefined;
  return { streamId, callId, numbers: numbersOf(message.extra_headers) };
}

function dialectOf(streamId: string): Dialect {
  const reads: Record<string, (message: WireMessage) => WireEvent> = {
    media: ({ media }) => {
      const { payload, chunk, track } = recordOf(media);
      // Its time stamps are those of a clock on the wall: what was late is not missing.
      return { kind: 'media', payload, chunk, timestamp: undefined, track };
    },
    playedStream: ({ name }) => ({ kind: 'mark', name }),
    clearedAudio: () => ({ kind: 'nothing' }),
    dtmf: ({ dtmf }) => ({ kind: 'key', digit: recordOf(dtmf).digit }),
    // Some of its pages know it, others do not.
    stop: () => ({ kind: 'stop' }),
  };
  return {
    transport: 'plivo',
    stream: streamId,
    read: (message) => {
      if (message.streamId !== streamId && message.event !== 'stop') return { kind: 'wrong_stream' };
      const read = Object.hasOwn(reads, message.event) ? reads[message.event] : undefined;
      return read?.(message) ?? { kind: 'unknown' };
    },
    media: (payload) => ({ event: 'playAudio', media: { contentType: 'audio/x-mulaw', sampleRate: 8000, payload } }),
    mark: (name) => ({ event: 'checkpoint', streamId, name }),
    clear: () => ({ event: 'clearAudio', streamId }),
  };
}
