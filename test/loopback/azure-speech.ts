import type { WebSocket } from 'ws';
import { readWav } from '../../runtime/audio/wav.js';
import type { ScriptedUtterance } from './deepgram.js';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';

export type AzureSpeechFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' }
  /** Ends its turn after each phrase. */
  | { kind: 'short_turns' }
  /** Answers a phrase with this status. */
  | { kind: 'status'; status: string };

export interface LoopbackAzureSpeech extends SocketTwin {
  script: ScriptedUtterance[];
  audioS: number[];
  /** Of each of its turns. */
  contexts: Record<string, unknown>[];
  fault: AzureSpeechFault | undefined;
}

export const loopbackKey = 'azure-loopback-key';
const endS = 0.5;
const ticks = (seconds: number): number => Math.round(seconds * 10_000_000);

/**
 * Azure's speech protocol: `speech.config` first; a turn of the service begins with `speech.context`, a WAV header and
 * sound under one request id, and has `turn.start`, hypotheses, phrases after a pause, `turn.end` after empty sound.
 * Times are ticks since the turn began.
 */
export async function startAzureSpeech(script: ScriptedUtterance[] = []): Promise<LoopbackAzureSpeech> {
  const state = {} as LoopbackAzureSpeech;
  const twin = await startSocketTwin({
    refuse: (url, { headers }) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/speech/recognition/conversation/cognitiveservices/v1') return 404;
      if (!/^[0-9a-f]{32}$/.test(String(headers['x-connectionid']))) return 400;
      return headers['ocp-apim-subscription-key'] === loopbackKey ? undefined : 401;
    },
    converse: (client, url) => {
      if (!url.searchParams.get('language') || url.searchParams.get('format') !== 'detailed')
        state.problems.push('another query');
      converse(client, state);
    },
  });
  return Object.assign(state, twin, { script, audioS: [], contexts: [], fault: undefined });
}

interface Turn {
  id: string;
  fromS: number;
  hasHeader: boolean;
}

function converse(client: WebSocket, state: LoopbackAzureSpeech): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let isConfigured = false;
  let turn: Turn | undefined;
  const overIds = new Set<string>();
  let fromS = 0;
  let told = 0;
  const send = (path: string, body: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage') {
      sendGarbage(client);
      client.send('Path: speech.hypothesis\r\n\r\n{"Text":[17]}');
      client.send('Path: speech.phrase\r\n\r\n{"RecognitionStatus":{}}');
      client.send(Buffer.from([0, 9, 1]));
    }
    const headers = `X-RequestId:${turn?.id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:${path}\r\n`;
    client.send(`${headers}\r\n${JSON.stringify(body)}`);
  };
  const heard = (nowS: number) => words.filter(({ start, end }) => start >= fromS && end <= nowS);
  const inTurn = (seconds: number): number => ticks(seconds - turn!.fromS);
  const phrase = (nowS: number): void => {
    const said = heard(nowS);
    const lexical = said.map(({ word }) => word).join(' ');
    const { fault } = state;
    const RecognitionStatus = fault?.kind === 'status' ? fault.status : 'Success';
    send('speech.phrase', {
      Id: 'loopback',
      RecognitionStatus,
      Offset: inTurn(said[0]?.start ?? nowS),
      Duration: ticks(nowS - fromS),
      ...(RecognitionStatus === 'Success' && {
        DisplayText: `${lexical}.`,
        NBest: [
          {
            Confidence: 0.9,
            Lexical: lexical,
            Display: `${lexical}.`,
            Words: said.map(({ word, start, end }) => ({
              Word: word,
              Offset: inTurn(start),
              Duration: ticks(end - start),
            })),
          },
        ],
      }),
    });
    fromS = nowS;
    told = 0;
  };
  const endTurn = (): void => {
    send('turn.end', {});
    overIds.add(turn!.id);
    turn = undefined;
  };

  client.on('message', (data: Buffer, isBinary) => {
    const size = isBinary ? data.readUInt16BE(0) : 0;
    const [head, body] = isBinary
      ? [data.toString('latin1', 2, 2 + size), data.subarray(2 + size)]
      : [data.toString().split('\r\n\r\n')[0]!, Buffer.from(data.toString().split('\r\n\r\n').slice(1).join(''))];
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .filter(Boolean)
        .map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]),
    );
    const id = headers['X-RequestId'] ?? '';
    if (!/^[0-9a-f]{32}$/.test(id) || Number.isNaN(Date.parse(headers['X-Timestamp'] ?? '')))
      state.problems.push('a message without an id or a time');
    // What is still under way for a turn that is over is thrown away there too; the caller's time goes on.
    if (overIds.has(id)) return void (state.audioS[at]! += isBinary ? body.length / 16_000 : 0);
    switch (headers.Path) {
      case 'speech.config':
        isConfigured = true;
        return;
      case 'speech.context':
        if (!isConfigured || turn) state.problems.push('a context at the wrong time');
        state.contexts.push(JSON.parse(body.toString()) as Record<string, unknown>);
        turn = { id, fromS: state.audioS[at]!, hasHeader: false };
        return;
      case 'audio':
        return isBinary ? sound(id, body) : void state.problems.push('sound as text');
      default:
        state.problems.push(`a message of path ${headers.Path}`);
    }
  });

  const sound = (id: string, body: Buffer): void => {
    if (turn?.id !== id) return void state.problems.push('sound of no turn');
    const { fault } = state;
    const nowS = (state.audioS[at]! += turn.hasHeader ? body.length / 16_000 : 0);
    if (!turn.hasHeader) {
      if (readWav(body).sampleRateHz !== 8000) state.problems.push('another format');
      turn.hasHeader = true;
      return send('turn.start', { context: { serviceTag: 'loopback' } });
    }
    if (body.length === 0) {
      if (told > 0) phrase(nowS);
      endTurn();
      return client.close(1000);
    }
    if (body.length > 8192) state.problems.push('too much sound in a message');
    if (fault?.kind === 'drop' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      return client.terminate();
    }
    const said = heard(nowS);
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    if (said.length > told) {
      told = said.length;
      const Text = said.map(({ word }) => word).join(' ');
      return send('speech.hypothesis', { Text, Offset: inTurn(said[0]!.start), Duration: ticks(nowS - fromS) });
    }
    if (said.length === 0 || inWord || nowS - said.at(-1)!.end < endS) return;
    phrase(nowS);
    if (fault?.kind === 'short_turns') endTurn();
  };
}
