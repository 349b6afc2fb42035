import { crc32 } from 'node:zlib';
import type { WebSocket } from 'ws';
import { signatureProblem } from './aws-signature.js';
import type { ScriptedUtterance } from './deepgram.js';
import { startSocketTwin, type SocketTwin } from './socket-twin.js';

export type AwsTranscribeFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' }
  /** Says this exception once so much sound came, and closes. */
  | { kind: 'exception'; type: string; afterS: number }
  /** Every second frame arrives with a wrong check sum. */
  | { kind: 'bad_crc' };

export interface LoopbackAwsTranscribe extends SocketTwin {
  script: ScriptedUtterance[];
  audioS: number[];
  fault: AwsTranscribeFault | undefined;
}

/** Of silence, until an utterance is over. */
const endS = 0.6;

/**
 * Amazon Transcribe's `/stream-transcription-websocket`: a signed address, frames of event-stream both ways, a result
 * that grows with each word and settles after a pause, results without any while nothing is said, and an empty frame
 * for the end. The frames are read and written here from their specification, not by the code under test.
 */
export async function startAwsTranscribe(script: ScriptedUtterance[] = []): Promise<LoopbackAwsTranscribe> {
  const state = {} as LoopbackAwsTranscribe;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/stream-transcription-websocket') return 404;
      return signatureProblem(request, 'transcribe') === undefined ? undefined : 403;
    },
    converse: (client, url) => {
      if (url.searchParams.get('media-encoding') !== 'pcm' || url.searchParams.get('sample-rate') !== '8000')
        state.problems.push('another format');
      converse(client, state);
    },
  });
  return Object.assign(state, twin, { script, audioS: [], fault: undefined });
}

function converse(client: WebSocket, state: LoopbackAwsTranscribe): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let results = 0;
  let fromS = 0;
  let told = 0;
  let frames = 0;
  const send = (headers: Record<string, string>, body: object): void => {
    const { fault } = state;
    if (fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    const frame = frameOf({ ':content-type': 'application/json', ...headers }, Buffer.from(JSON.stringify(body)));
    if (fault?.kind === 'garbage') {
      client.send('no frame at all');
      client.send(Buffer.alloc(7));
      client.send(frame.subarray(0, frame.length - 9));
      client.send(frameOf({ ':message-type': 'event', ':event-type': 'Unheard' }, Buffer.from('{}')));
      client.send(
        frameOf({ ':message-type': 'event', ':event-type': 'TranscriptEvent' }, Buffer.from('{"Transcript":17}')),
      );
    }
    if (fault?.kind === 'bad_crc' && frames++ % 2 === 1) frame[frame.length - 20]! ^= 1;
    client.send(frame);
  };
  const transcript = (Results: object[]): void =>
    send({ ':message-type': 'event', ':event-type': 'TranscriptEvent' }, { Transcript: { Results } });
  const result = (nowS: number, IsPartial: boolean): void => {
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    told = said.length;
    const Items = said.map(({ word, start, end, confidence = 0.9 }) => ({
      Content: word,
      Type: 'pronunciation',
      StartTime: start,
      EndTime: end,
      ...(IsPartial ? {} : { Confidence: confidence }),
      Stable: !IsPartial,
      VocabularyFilterMatch: false,
    }));
    const stop = { Content: '.', Type: 'punctuation', StartTime: said.at(-1)?.end, EndTime: said.at(-1)?.end };
    transcript([
      {
        ResultId: `result-${results}`,
        StartTime: said[0]?.start,
        EndTime: nowS,
        IsPartial,
        ChannelId: 'ch_0',
        Alternatives: [{ Transcript: `${said.map(({ word }) => word).join(' ')}.`, Items: [...Items, stop] }],
      },
    ]);
  };
  const settle = (nowS: number): void => {
    result(nowS, false);
    results += 1;
    fromS = nowS;
    told = 0;
  };

  client.on('message', (data: Buffer, isBinary) => {
    const sound = isBinary ? soundIn(data, state) : undefined;
    if (sound === undefined) return void state.problems.push('a message that is no frame');
    if (sound.length === 0) {
      if (told > 0) settle(state.audioS[at]!);
      return client.close(1000);
    }
    const seconds = sound.length / 16_000;
    if (seconds < 0.05 || seconds > 0.2) state.problems.push(`${seconds} s of sound in a frame`);
    const nowS = (state.audioS[at]! += seconds);
    const { fault } = state;
    if (fault?.kind === 'drop' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      return client.terminate();
    }
    if (fault?.kind === 'exception' && nowS >= fault.afterS) {
      send({ ':message-type': 'exception', ':exception-type': fault.type }, { Message: 'secret' });
      return client.close(1000);
    }
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    if (said.length > told) return result(nowS, true);
    if (said.length === 0) return transcript([]);
    if (!inWord && nowS - said.at(-1)!.end >= endS) settle(nowS);
  });
}

function frameOf(headers: Record<string, string>, payload: Buffer): Buffer {
  const u8 = (n: number): Buffer => Buffer.from([n]);
  const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
  const u32 = (n: number): Buffer => Buffer.concat([u16(n >>> 16), u16(n & 65_535)]);
  // A header that is no text comes first: whoever reads must know how long it is.
  const told = Buffer.concat([
    u8(5),
    Buffer.from(':date'),
    u8(8),
    u32(0),
    u32(17), // prettier-ignore
    ...Object.entries(headers).flatMap(([name, value]) => [
      u8(name.length),
      Buffer.from(name),
      u8(7),
      u16(Buffer.byteLength(value)),
      Buffer.from(value),
    ]),
  ]);
  const prelude = Buffer.concat([u32(16 + told.length + payload.length), u32(told.length)]);
  const frame = Buffer.concat([prelude, u32(crc32(prelude)), told, payload]);
  return Buffer.concat([frame, u32(crc32(frame))]);
}

/** The sound of an AudioEvent; undefined for what is none. */
function soundIn(frame: Buffer, state: LoopbackAwsTranscribe): Buffer | undefined {
  const end = frame.length - 4;
  if (
    end < 12 ||
    frame.readUInt32BE(0) !== frame.length ||
    frame.readUInt32BE(8) !== crc32(frame.subarray(0, 8)) ||
    frame.readUInt32BE(end) !== crc32(frame.subarray(0, end))
  )
    return undefined;
  const bodyAt = 12 + frame.readUInt32BE(4);
  const headers: Record<string, string> = {};
  for (let at = 12; at < bodyAt;) {
    const name = frame.toString('utf8', at + 1, at + 1 + frame[at]!);
    at += 1 + frame[at]!;
    if (frame[at] !== 7) return undefined;
    const length = frame.readUInt16BE(at + 1);
    headers[name] = frame.toString('utf8', at + 3, at + 3 + length);
    at += 3 + length;
  }
  if (
    headers[':message-type'] !== 'event' ||
    headers[':event-type'] !== 'AudioEvent' ||
    headers[':content-type'] !== 'application/octet-stream'
  )
    state.problems.push('no AudioEvent');
  return frame.subarray(bodyAt, end);
}
