import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { RealClock } from '../../../engine/clock.js';
import { decodeMuLaw, encodeMuLaw } from '../../../runtime/audio/g711.js';
import { createResampler, resample } from '../../../runtime/audio/resample.js';
import type { Line } from '../../../runtime/contracts.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { acceptPlivo } from '../../../runtime/transports/plivo.js';
import { acceptTelnyx } from '../../../runtime/transports/telnyx.js';
import { acceptTwilio } from '../../../runtime/transports/twilio.js';
import { WebRtcLine } from '../../../runtime/transports/webrtc.js';
import { answerOffer } from '../../../runtime/transports/werift-peer.js';
import { acceptWebSocket, callRates } from '../../../runtime/transports/websocket.js';
import type { ConnectedLine, LinePeer } from '../../conformance/line.js';
import { describeLine } from '../../conformance/line.js';
import { RtcCaller } from '../../loopback/rtc-caller.js';

const clock = new RealClock();

/** Both ends of a socket on loopback. */
async function sockets(): Promise<{ ours: WebSocket; theirs: WebSocket; close(): Promise<void> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const theirs = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  theirs.on('error', () => {});
  const [[ours]] = (await Promise.all([once(server, 'connection'), once(theirs, 'open')])) as unknown as [[WebSocket]];
  return {
    ours,
    theirs,
    async close() {
      theirs.terminate();
      ours.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

async function webSocketLine(rateHz: number): Promise<ConnectedLine> {
  const { ours, theirs, close } = await sockets();
  const got: LinePeer['got'] = [];
  const hear = createResampler(rateHz, 8000);
  const line = acceptWebSocket(ours, { id: 'one', clock });
  theirs.on('message', (data: Buffer, binary) => {
    if (binary) {
      const bytes = new Uint8Array(data);
      got.push({ kind: 'audio', samples: hear.push(new Int16Array(bytes.buffer)) });
      return;
    }
    const message = JSON.parse(data.toString()) as { type: string; name: string };
    if (message.type === 'mark') got.push({ kind: 'mark', name: message.name });
    if (message.type === 'clear') got.push({ kind: 'clear' });
  });
  const say = (message: object) => {
    theirs.send(JSON.stringify(message));
  };
  say({ type: 'hello', sampleRateHz: rateHz });
  const peer: LinePeer = {
    got,
    speak(samples) {
      const wire = resample(samples, 8000, rateHz);
      theirs.send(Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength));
    },
    key(digit) {
      say({ type: 'key', digit });
    },
    answerMark(name) {
      say({ type: 'mark', name });
    },
    garbage() {
      const all = [
        'this is not JSON',
        '[]',
        '{"type":5}',
        '{"type":"__proto__"}',
        '{"type":"who knows"}',
        '{"type":"key","digit":"77"}',
        '{"type":"mark"}',
        Buffer.from([1, 2, 3]),
        Buffer.alloc(0),
      ];
      for (const one of all) theirs.send(one);
      return all.length;
    },
    hangUp() {
      say({ type: 'hang_up' });
    },
    vanish() {
      theirs.terminate();
    },
    get closed() {
      return theirs.readyState >= WebSocket.CLOSING;
    },
  };
  return { line: (await line)!, peer, close };
}

async function webRtcLine(): Promise<ConnectedLine> {
  const caller = new RtcCaller({ marks: false });
  const peer = await answerOffer(await caller.offer(), { loopbackOnly: true });
  const line = new WebRtcLine(peer, { id: 'one', clock, lostMs: 1500 });
  await caller.answered(peer.answer);
  await peer.connected;
  return {
    line,
    peer: {
      get got() {
        return caller.got.flatMap((one): LinePeer['got'] => {
          if (one.kind === 'audio') return [{ kind: 'audio', samples: one.samples }];
          const { type, name } = one.message;
          if (type === 'mark') return [{ kind: 'mark', name: String(name) }];
          return type === 'clear' ? [{ kind: 'clear' }] : [];
        });
      },
      speak: (samples) => caller.speak(samples),
      key: (digit) => caller.press(digit),
      answerMark: (name) => caller.send({ type: 'mark', name }),
      garbage() {
        const all = ['this is not JSON', '[]', '{"type":"__proto__"}', '{"type":"mark"}', Buffer.from([1, 2, 3])];
        for (const one of all) caller.send(one);
        return all.length;
      },
      hangUp: () => caller.send({ type: 'hang_up' }),
      vanish: () => void caller.vanish(),
      get closed() {
        return caller.isClosed;
      },
    },
    async close() {
      await caller.vanish();
      line.close();
    },
  };
}

const twilioLine = (): Promise<ConnectedLine> =>
  mediaLine({
    stream: { streamSid: 'MZ1' },
    start: {
      event: 'start',
      sequenceNumber: '1',
      start: {
        accountSid: 'AC1',
        callSid: 'CA1',
        streamSid: 'MZ1',
        tracks: ['inbound'],
        customParameters: {},
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
    },
    wrongStream: true,
    accept: (ours) => acceptTwilio(ours, { id: 'one', clock, log: silentLog }),
  });

const telnyxLine = (): Promise<ConnectedLine> =>
  mediaLine({
    stream: { stream_id: 's1' },
    start: {
      event: 'start',
      sequence_number: '1',
      start: {
        call_control_id: 'v3:1',
        from: '+1',
        to: '+2',
        custom_parameters: {},
        media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
      },
    },
    wrongStream: false,
    accept: (ours) => acceptTelnyx(ours, { id: 'one', clock, log: silentLog }),
  });

const plivoLine = (): Promise<ConnectedLine> =>
  mediaLine({
    stream: { streamId: 's1' },
    start: {
      event: 'start',
      sequenceNumber: 1,
      start: {
        callId: 'c1',
        streamId: 's1',
        accountId: 'MA1',
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
      },
      extra_headers: '',
    },
    wrongStream: true,
    names: { media: 'playAudio', mark: 'checkpoint', clear: 'clearAudio', back: 'playedStream' },
    accept: (ours) => acceptPlivo(ours, { id: 'one', clock, log: silentLog }),
  });

/** One of the family that speaks JSON with mu-law in base64. */
async function mediaLine(wire: {
  stream: object;
  start: object;
  /** Its messages name their stream, and another's are counted. */
  wrongStream: boolean;
  /** Where they are not Twilio's; a mark's name stands in the message itself then. */
  names?: { media: string; mark: string; clear: string; back: string };
  accept(socket: WebSocket): Promise<Line | undefined>;
}): Promise<ConnectedLine> {
  const names = wire.names ?? { media: 'media', mark: 'mark', clear: 'clear', back: 'mark' };
  const { ours, theirs, close } = await sockets();
  const say = (message: object) => {
    theirs.send(JSON.stringify({ ...wire.stream, ...message }));
  };
  const accepted = wire.accept(ours);
  theirs.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  say(wire.start);
  const line = (await accepted)!;
  const got: LinePeer['got'] = [];
  theirs.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as {
      event: string;
      mark?: { name: string };
      name: string;
      media: { payload: string };
    };
    if (message.event === names.media)
      got.push({ kind: 'audio', samples: decodeMuLaw(Buffer.from(message.media.payload, 'base64')) });
    if (message.event === names.mark) got.push({ kind: 'mark', name: message.mark?.name ?? message.name });
    if (message.event === names.clear) got.push({ kind: 'clear' });
  });
  let chunk = 0;
  let atMs = 0;
  const media = (samples: Int16Array): object => {
    const message = {
      event: 'media',
      media: {
        track: 'inbound',
        chunk: String(++chunk),
        timestamp: String(atMs),
        payload: Buffer.from(encodeMuLaw(samples)).toString('base64'),
      },
    };
    atMs += samples.length / 8;
    return message;
  };
  const peer: LinePeer = {
    got,
    speak(samples) {
      say(media(samples));
    },
    key(digit) {
      say({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
    },
    answerMark(name) {
      say({ event: names.back, name, mark: { name } });
    },
    garbage() {
      theirs.send('this is not JSON');
      theirs.send('null');
      theirs.send(Buffer.from([1, 2, 3]));
      if (wire.wrongStream)
        say({ event: 'media', streamSid: 'another', streamId: 'another', media: { payload: 'AAAA' } });
      say({ event: 'who knows' });
      say({ event: 'constructor' });
      say({ event: 'media', media: { payload: 5 } });
      say({ event: 'media', media: { payload: '!! no base64 at all, only words !!' } });
      say({ event: 'dtmf', dtmf: { digit: 'x' } });
      say({ event: names.back });
      return wire.wrongStream ? 10 : 9;
    },
    hangUp() {
      say({ event: 'stop', stop: {} });
    },
    vanish() {
      theirs.terminate();
    },
    get closed() {
      return theirs.readyState >= WebSocket.CLOSING;
    },
  };
  return { line, peer, close };
}

// Rounding alone is below 1; mu-law keeps about 38 dB.
for (const rateHz of callRates) describeLine(`WebSocket at ${String(rateHz)} Hz`, () => webSocketLine(rateHz), 4);
// What comes after sound may be silence, which keeps the far end from stretching the last word.
describeLine('WebRTC', webRtcLine, 8000 * 0.02);
describeLine('Twilio', twilioLine, 8000 * 0.02);
describeLine('Telnyx', telnyxLine, 8000 * 0.02);
describeLine('Plivo', plivoLine, 8000 * 0.02);
