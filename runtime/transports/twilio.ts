/**
 * Twilio Media Streams, both directions (`<Connect><Stream>`). Field names, marks and the answer to `clear` as Twilio
 * documents them (Media Streams, WebSocket messages); numbers in its messages are strings.
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
  textsOf,
  type Dialect,
  type WireEvent,
  type WireMessage,
} from './media-line.js';

/** What the stream's `start` told of the call. */
export interface TwilioStart {
  streamSid: string;
  callSid: string;
  accountSid: string;
  /** From the `<Parameter>`s of our TwiML. */
  parameters: Record<string, string>;
}

export interface TwilioOptions {
  id: string;
  clock: Clock;
  log: Log;
  /** What can be done to this call over the REST interface. */
  controlOf?: (callSid: string) => CallControl;
}

/** The TwiML has nothing after `<Connect>`, so the carrier hangs up when the stream closes. */
export class TwilioLine extends MediaLine {
  readonly start: TwilioStart;

  constructor(socket: WebSocket, start: TwilioStart, { id, log, controlOf }: TwilioOptions) {
    const { from, to } = start.parameters;
    const control = controlOf?.(start.callSid);
    super(socket, dialectOf(start.streamSid), {
      id,
      log,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      controlCure: 'set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN',
      ...(control && { control }),
    });
    this.start = start;
  }
}

/** Whether the stream may be answered is still to be checked, by `line.start`. See {@link acceptStart}. */
export function acceptTwilio(socket: WebSocket, options: TwilioOptions): Promise<TwilioLine | undefined> {
  return acceptStart(socket, options, (message) => {
    const start = startOf(message);
    return start && new TwilioLine(socket, start, options);
  });
}

function startOf(message: WireMessage): TwilioStart | undefined {
  const start = recordOf(message.start);
  const format = recordOf(start.mediaFormat);
  const { callSid, accountSid } = start;
  if (typeof callSid !== 'string' || callSid === '') return undefined;
  if (format.encoding !== 'audio/x-mulaw' || numberOf(format.sampleRate) !== 8000) return undefined;
  const streamSid = message.streamSid ?? start.streamSid;
  if (typeof streamSid !== 'string') return undefined;
  return {
    streamSid,
    callSid,
    accountSid: typeof accountSid === 'string' ? accountSid : '',
    parameters: textsOf(start.customParameters),
  };
}

function dialectOf(streamSid: string): Dialect {
  const reads: Record<string, (message: WireMessage) => WireEvent> = {
    media: ({ media }) => {
      const { payload, chunk, timestamp, track } = recordOf(media);
      return { kind: 'media', payload, chunk, timestamp, track };
    },
    mark: ({ mark }) => ({ kind: 'mark', name: recordOf(mark).name }),
    dtmf: ({ dtmf }) => ({ kind: 'key', digit: recordOf(dtmf).digit }),
    stop: () => ({ kind: 'stop' }),
  };
  return {
    transport: 'twilio',
    stream: streamSid,
    read: (message) => {
      if (message.streamSid !== streamSid) return { kind: 'wrong_stream' };
      const read = Object.hasOwn(reads, message.event) ? reads[message.event] : undefined;
      return read?.(message) ?? { kind: 'unknown' };
    },
    media: (payload) => ({ event: 'media', media: { payload }, streamSid }),
    mark: (name) => ({ event: 'mark', mark: { name }, streamSid }),
    clear: () => ({ event: 'clear', streamSid }),
  };
}
