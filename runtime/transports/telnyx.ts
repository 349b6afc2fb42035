/**
 * Telnyx Media Streaming over WebSockets, both directions (`stream_bidirectional_mode: rtp`, PCMU). Field names as
 * Telnyx documents them; the order of its media is not guaranteed, so chunks are sorted by their numbers.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import type { Log } from '../observe/log.js';
import type { CallControl } from './hand-over.js';
import {
  acceptStart,
  MediaLine,
  numberOf,
  recordOf,
  textOf,
  textsOf,
  type Dialect,
  type WireEvent,
  type WireMessage,
} from './media-line.js';

/** What the stream's `start` told of the call. */
export interface TelnyxStart {
  streamId: string;
  callControlId: string;
  from?: string;
  to?: string;
  /** The `custom_parameters` that we asked the stream with. */
  parameters: Record<string, string>;
}

export interface TelnyxOptions {
  id: string;
  clock: Clock;
  log: Log;
  /** How to hand over and hang up this call; Telnyx keeps a call whose stream has closed. */
  controlOf?: (callControlId: string) => CallControl;
}

export class TelnyxLine extends MediaLine {
  readonly start: TelnyxStart;

  constructor(socket: WebSocket, start: TelnyxStart, { id, log, controlOf }: TelnyxOptions) {
    const { from, to } = start;
    const control = controlOf?.(start.callControlId);
    super(socket, dialect, {
      id,
      log,
      controlCure: 'set TELNYX_API_KEY',
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(control && { control }),
    });
    this.start = start;
  }
}

/** Whether the stream may be answered is still to be checked, by `line.start`. See {@link acceptStart}. */
export function acceptTelnyx(socket: WebSocket, options: TelnyxOptions): Promise<TelnyxLine | undefined> {
  return acceptStart(socket, options, (message) => {
    const start = startOf(message);
    return start && new TelnyxLine(socket, start, options);
  });
}

function startOf(message: WireMessage): TelnyxStart | undefined {
  const start = recordOf(message.start);
  const format = recordOf(start.media_format);
  const { stream_id: streamId } = message;
  const { call_control_id: callControlId, from, to, custom_parameters: given } = start;
  if (typeof streamId !== 'string' || typeof callControlId !== 'string' || callControlId === '') return undefined;
  if (format.encoding !== 'PCMU' || numberOf(format.sample_rate) !== 8000) return undefined;
  return {
    streamId,
    callControlId,
    parameters: textsOf(Array.isArray(given) ? fromPairs(given) : given),
    ...(typeof from === 'string' && { from }),
    ...(typeof to === 'string' && { to }),
  };
}

/** They are asked for as a list of names and values, and may come back as one. */
function fromPairs(given: unknown[]): Record<string, unknown> {
  return Object.fromEntries(given.map((one) => [textOf(recordOf(one).name), recordOf(one).value]));
}

const reads: Record<string, (message: WireMessage) => WireEvent> = {
  media: ({ media }) => {
    const { payload, chunk, timestamp, track } = recordOf(media);
    return { kind: 'media', payload, chunk, timestamp, track };
  },
  mark: ({ mark }) => ({ kind: 'mark', name: recordOf(mark).name }),
  dtmf: ({ dtmf }) => ({ kind: 'key', digit: recordOf(dtmf).digit }),
  error: ({ payload }) => ({ kind: 'problem', code: recordOf(payload).code }),
  stop: () => ({ kind: 'stop' }),
};

const dialect: Dialect = {
  transport: 'telnyx',
  read: (message) => (Object.hasOwn(reads, message.event) ? reads[message.event]!(message) : { kind: 'unknown' }),
  media: (payload) => ({ event: 'media', media: { payload } }),
  mark: (name) => ({ event: 'mark', mark: { name } }),
  clear: () => ({ event: 'clear' }),
};
