import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { RealClock } from '../../../engine/clock.js';
import { decodeMuLaw, encodeMuLaw } from '../../../runtime/audio/g711.js';
import { bytesOf, samplesOf } from '../../../runtime/audio/pcm16.js';
import { createResampler, resample } from '../../../runtime/audio/resample.js';
import type { Line } from '../../../runtime/contracts.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { jambonzDialect, jambonzStart } from '../../../runtime/transports/jambonz.js';
import { acceptPcm, PcmLine, type PcmDialect, type PcmMessage } from '../../../runtime/transports/pcm-line.js';
import { acceptPlivo } from '../../../runtime/transports/plivo.js';
import { acceptTelnyx } from '../../../runtime/transports/telnyx.js';
import { acceptTwilio } from '../../../runtime/transports/twilio.js';
import { vonageContentType, vonageDialect, vonageStart } from '../../../runtime/transports/vonage.js';
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

/** One of those that send plain sound in binary frames. */
async function pcmLine(wire: {
  start: object;
  isStart(message: PcmMessage): boolean;
  dialect: PcmDialect;
  key(digit: string): object;
  back(name: string): object;
  /** The name, where it is a mark. */
  markIn(message: Record<string, unknown>): unknown;
  isClear(message: Record<string, unknown>): boolean;
  garbage: readonly object[];
}): Promise<ConnectedLine> {
  const { dialect } = wire;
  const { ours, theirs, close } = await sockets();
  const line = acceptPcm(ours, { clock }, (message) =>
    wire.isStart(message)
      ? new PcmLine(ours, dialect, { id: 'one', clock, log: silentLog, controlCure: 'nothing' })
      : undefined,
  );
  const got: LinePeer['got'] = [];
  const hear = createResampler(dialect.outHz, 8000);
  const speak = createResampler(8000, dialect.inHz);
  theirs.on('message', (data: Buffer, binary) => {
    if (binary) return void got.push({ kind: 'audio', samples: hear.push(samplesOf(data)) });
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const name = wire.markIn(message);
    if (typeof name === 'string') got.push({ kind: 'mark', name });
    if (wire.isClear(message)) got.push({ kind: 'clear' });
  });
  const say = (message: object): void => theirs.send(JSON.stringify(message));
  say(wire.start);
  const peer: LinePeer = {
    got,
    speak: (samples) => theirs.send(bytesOf(speak.push(samples))),
    key: (digit) => say(wire.key(digit)),
    answerMark: (name) => say(wire.back(name)),
    garbage() {
      const texts = ['this is not JSON', 'null', '[]', ...wire.garbage.map((one) => JSON.stringify(one))];
      for (const one of [...texts, Buffer.from([1, 2, 3]), Buffer.alloc(0)]) theirs.send(one);
      return texts.length + 2;
    },
    // There is no word for the end.
    hangUp: () => theirs.close(),
    vanish: () => theirs.terminate(),
    get closed() {
      return theirs.readyState >= WebSocket.CLOSING;
    },
  };
  return { line: (await line)!, peer, close };
}

const vonageLine = (): Promise<ConnectedLine> =>
  pcmLine({
    start: { event: 'websocket:connected', 'content-type': vonageContentType, call: 'c1' },
    isStart: (message) => vonageStart(message) !== undefined,
    dialect: vonageDialect,
    key: (digit) => ({ event: 'websocket:dtmf', digit, duration: 260 }),
    back: (mark) => ({ event: 'websocket:notify', payload: { mark } }),
    markIn: ({ action, payload }) => action === 'notify' && (payload as { mark: string }).mark,
    isClear: ({ action }) => action === 'clear',
    garbage: [
      { event: 'who knows' },
      { event: '__proto__' },
      { event: 'websocket:dtmf', digit: 7 },
      { event: 'websocket:dtmf', digit: '77' },
      { event: 'websocket:notify' },
      { event: 'websocket:notify', payload: { mark: 7 } },
    ],
  });

const jambonzLine = (rateHz: number): Promise<ConnectedLine> =>
  pcmLine({
    start: { callSid: 'c1', sampleRate: rateHz, mixType: 'mono' },
    isStart: (message) => jambonzStart(message) !== undefined,
    dialect: jambonzDialect(rateHz, true),
    key: (dtmf) => ({ event: 'dtmf', dtmf, duration: '1600' }),
    back: (name) => ({ type: 'mark', data: { name, event: 'playout' } }),
    markIn: ({ type, data }) => type === 'mark' && (data as { name: string }).name,
    isClear: ({ type }) => type === 'killAudio',
    garbage: [
      { type: 'who knows' },
      { event: '__proto__' },
      { event: 'dtmf', dtmf: 7 },
      { event: 'dtmf', dtmf: 'x' },
      { type: 'mark' },
      { type: 'mark', data: { name: 7, event: 'playout' } },
    ],
  });

// Rounding alone is below 1; mu-law keeps about 38 dB.
for (const rateHz of callRates) describeLine(`WebSocket at ${String(rateHz)} Hz`, () => webSocketLine(rateHz), 4);
// What comes after sound may be silence, which keeps the far end from stretching the last word.
describeLine('WebRTC', webRtcLine, 8000 * 0.02);
describeLine('Twilio', twilioLine, 8000 * 0.02);
describeLine('Telnyx', telnyxLine, 8000 * 0.02);
describeLine('Plivo', plivoLine, 8000 * 0.02);
describeLine('Vonage', vonageLine, 4);
for (const rateHz of [8000, 16_000]) describeLine(`jambonz at ${String(rateHz)} Hz`, () => jambonzLine(rateHz), 4);
