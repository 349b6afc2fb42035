/** Each door that takes streams, by hand: how a call begins there, and what is said in it. Nobody checks anything here. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { audioSocketFrame, audioSocketKinds } from '../../../runtime/transports/audiosocket.js';
import type { Sent } from './nonsense.js';

/** An open wire to a door. */
export interface RawWire {
  send(data: Sent): void;
  readonly closed: boolean;
  /** As a caller goes: the connection is closed. */
  end(): void;
  /** Reads no more of what comes. */
  stall(): void;
}

export interface RawDoor {
  /** The `transport` of its calls. */
  transport: string;
  open(where: { http: string; audioSocketPort: number; query?: string }): Promise<RawWire>;
  /** What begins a call, in order. */
  start: readonly (object | Buffer)[];
  /** What a call is made of. */
  good: readonly (object | Buffer)[];
  /** What the wire itself makes of it. */
  frame?(data: Sent): Buffer;
}

const sound = Buffer.from(Array.from({ length: 320 }, (_, i) => (i * 7919) % 256));
const muLaw = Buffer.alloc(160, 0x7f).toString('base64');

/** One key, which the flow knows: it turns round and round. */
const key = '1';

function webSocket(path: string): RawDoor['open'] {
  return async ({ http, query = '' }) => {
    const socket = new WebSocket(`${http.replace('http', 'ws')}${path}${query}`, { perMessageDeflate: false });
    socket.on('error', () => {});
    await once(socket, 'open');
    return {
      send: (data) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(data);
      },
      get closed() {
        return socket.readyState !== WebSocket.OPEN;
      },
      end: () => socket.close(),
      stall: () => socket.pause(),
    };
  };
}

export const rawDoors: readonly RawDoor[] = [
  {
    transport: 'websocket',
    open: webSocket('/call'),
    start: [{ type: 'hello', sampleRateHz: 8000 }],
    good: [
      { type: 'key', digit: key },
      { type: 'mark', name: '1:1' },
      { type: 'event', name: 'paid' },
      { type: 'answered' },
      { type: 'transferred', outcome: 'ok' },
      { type: 'failed', outcome: 'busy' },
      { type: 'hello', sampleRateHz: 48_000 },
      sound,
    ],
  },
  {
    transport: 'twilio',
    open: webSocket('/twilio/media'),
    start: [
      { event: 'connected', protocol: 'Call', version: '1.0.0' },
      {
        event: 'start',
        sequenceNumber: '1',
        streamSid: 'MZ1',
        start: {
          accountSid: 'AC1',
          callSid: 'CA1',
          streamSid: 'MZ1',
          tracks: ['inbound'],
          customParameters: { from: '+353861234567' },
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
      },
    ],
    good: [
      { event: 'media', sequenceNumber: '2', streamSid: 'MZ1', media: { track: 'inbound', chunk: '1', timestamp: '20', payload: muLaw } }, // prettier-ignore
      { event: 'mark', streamSid: 'MZ1', mark: { name: '1:1' } },
      { event: 'dtmf', streamSid: 'MZ1', dtmf: { track: 'inbound_track', digit: key } },
      { event: 'stop', streamSid: 'MZother', stop: { callSid: 'CA1' } },
    ],
  },
  {
    transport: 'telnyx',
    open: webSocket('/telnyx/media'),
    start: [
      { event: 'connected', version: '1.0.0' },
      {
        event: 'start',
        sequence_number: '1',
        stream_id: 'S1',
        start: {
          call_control_id: 'v3:1',
          from: '+353861234567',
          custom_parameters: [{ name: 'a', value: 'b' }],
          media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
        },
      },
    ],
    good: [
      { event: 'media', stream_id: 'S1', media: { track: 'inbound', chunk: '1', timestamp: '20', payload: muLaw } },
      { event: 'mark', stream_id: 'S1', mark: { name: '1:1' } },
      { event: 'dtmf', stream_id: 'S1', dtmf: { digit: key } },
      { event: 'error', stream_id: 'S1', payload: { code: 100_003, title: 'malformed_frame', detail: 'x' } },
    ],
  },
  {
    transport: 'plivo',
    open: webSocket('/plivo/media'),
    start: [
      {
        event: 'start',
        sequenceNumber: 0,
        start: { callId: 'P1', streamId: 'PS1', tracks: ['inbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 } }, // prettier-ignore
        extra_headers: '{X-PH-from: 353861234567}',
      },
    ],
    good: [
      { event: 'media', streamId: 'PS1', media: { track: 'inbound', chunk: 1, timestamp: '1', payload: muLaw } },
      { event: 'playedStream', streamId: 'PS1', name: '1:1' },
      { event: 'dtmf', streamId: 'PS1', dtmf: { track: 'inbound', digit: key } },
      { event: 'clearedAudio', streamId: 'PS1' },
    ],
  },
  {
    transport: 'vonage',
    open: webSocket('/vonage/media'),
    start: [{ event: 'websocket:connected', 'content-type': 'audio/l16;rate=16000', call: 'V1', from: '353861234567' }],
    good: [
      { event: 'websocket:dtmf', digit: key, duration: 260 },
      { event: 'websocket:notify', payload: { mark: '1:1' } },
      { event: 'websocket:cleared' },
      sound,
    ],
  },
  {
    transport: 'jambonz',
    open: webSocket('/jambonz/media'),
    start: [{ callSid: 'J1', sampleRate: 8000, mixType: 'mono', from: '+353861234567' }],
    good: [
      { event: 'dtmf', dtmf: key, duration: '200' },
      { type: 'mark', data: { name: '1:1', event: 'playout' } },
      { type: 'playDone', data: { id: 'x' } },
      sound,
    ],
  },
  {
    transport: 'twilio-relay',
    open: webSocket('/twilio/relay/socket'),
    start: [{ type: 'setup', sessionId: 'VX1', callSid: 'CA2', from: '+353861234567', customParameters: { a: 'b' } }],
    good: [
      { type: 'prompt', voicePrompt: 'one', lang: 'en-US', last: true },
      { type: 'prompt', voicePrompt: 'o', lang: 'en-US', last: false },
      { type: 'dtmf', digit: key },
      { type: 'interrupt', utteranceUntilInterrupt: 'Press', durationUntilInterruptMs: 200 },
      { type: 'info', name: 'clientSpeaking', value: 'on' },
      { type: 'error', description: 'Invalid message received: {}' },
    ],
  },
  {
    transport: 'audiosocket',
    open: async ({ audioSocketPort }) => {
      const socket = connect({ port: audioSocketPort, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      return {
        send: (data) => {
          if (socket.writable) socket.write(data);
        },
        get closed() {
          return socket.destroyed;
        },
        end: () => socket.end(audioSocketFrame(audioSocketKinds.hangUp)),
        stall: () => void socket.pause(),
      };
    },
    start: [audioSocketFrame(audioSocketKinds.uuid, Buffer.alloc(16, 7))],
    good: [
      audioSocketFrame(audioSocketKinds.sound, sound),
      audioSocketFrame(audioSocketKinds.key, Buffer.from(key)),
      audioSocketFrame(audioSocketKinds.error, Buffer.from([1])),
      audioSocketFrame(0x42, sound),
    ],
    // As a frame of some kind: what has lost its frames is another test.
    frame: (data) => audioSocketFrame(0x10 * (data.length % 3), Buffer.from(data).subarray(0, 60_000)),
  },
];
