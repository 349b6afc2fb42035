import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** What the pretended service hears in the sound: words with their place, seconds from the first sample. */
export interface ScriptedUtterance {
  /** `sounds`: what was really said, where a recogniser makes another word of it. */
  words: { word: string; sounds?: string; start: number; end: number; confidence?: number }[];
}

export type DeepgramFault =
  | { kind: 'refuse'; status: number }
  /** Cuts the connection without a close frame once so much sound came. */
  | { kind: 'drop'; afterS: number; times: number }
  /** Takes everything, answers nothing. */
  | { kind: 'silent' }
  /** Sends what is no message of the protocol before every real one. */
  | { kind: 'garbage' }
  /** Answers Finalize so late, milliseconds. */
  | { kind: 'late_finalize'; ms: number };

export interface LoopbackDeepgram {
  url: string;
  /** What was not as the protocol wants it. Must stay empty. */
  problems: string[];
  connections: { query: URLSearchParams; audioS: number; texts: string[] }[];
  fault: DeepgramFault | undefined;
  script: ScriptedUtterance[];
  close(): Promise<void>;
}

export const loopbackKey = 'dg-loopback-key';

/**
 * Speaks `/v1/listen` on loopback: interims while scripted words go by, one final of each segment (a word that begins
 * 300 ms after the last ends the segment), `UtteranceEnd` a second after the last word, empty finals in silence,
 * `from_finalize` after Finalize, Metadata and a close after CloseStream. Times follow the sound that it was sent.
 */
export async function startDeepgram(script: ScriptedUtterance[] = []): Promise<LoopbackDeepgram> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true });
  const state: LoopbackDeepgram = {
    url: '',
    problems: [],
    connections: [],
    fault: undefined,
    script,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url!, 'http://127.0.0.1');
    const refuse = (status: number): void => {
      socket.end(`HTTP/1.1 ${status} Refused\r\ndg-error: loopback\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    if (url.pathname !== '/v1/listen') return refuse(404);
    if (state.fault?.kind === 'refuse') return refuse(state.fault.status);
    if (request.headers.authorization !== `Token ${loopbackKey}`) return refuse(401);
    for (const [name, value] of [
      ['encoding', 'linear16'],
      ['sample_rate', '8000'],
      ['channels', '1'],
      ['interim_results', 'true'],
    ]) {
      if (url.searchParams.get(name!) !== value) state.problems.push(`${name} is ${url.searchParams.get(name!)}`);
    }
    if (!url.searchParams.get('model') || !url.searchParams.get('language'))
      state.problems.push('no model or language');
    sockets.handleUpgrade(request, socket, head, (client) => converse(client, url.searchParams, state));
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

function converse(client: WebSocket, query: URLSearchParams, state: LoopbackDeepgram): void {
  const record = { query, audioS: 0, texts: [] as string[] };
  state.connections.push(record);
  const words = state.script.flatMap((utterance) => utterance.words);
  let settledS = 0;
  let interimCount = 0;
  let endedAt = -1;
  let idle = setTimeout(() => client.close(1011, 'NET-0001'), 10_000);

  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage') {
      client.send('this is no JSON');
      client.send(JSON.stringify({ type: 'Unheard', of: [1, 2] }));
      client.send(JSON.stringify({ type: 'Results', channel: null, start: 'soon' }));
      client.send(Buffer.from([1, 2, 3]));
      client.send('null');
      const odd = { transcript: 'odd', words: [null, { word: { toString: 1 } }] };
      client.send(JSON.stringify({ type: 'Results', is_final: true, channel: { alternatives: [odd] } }));
    }
    client.send(JSON.stringify(message));
  };
  const results = (untilS: number, isFinal: boolean, more: object = {}): void => {
    const said = words.filter(({ start, end }) => start >= settledS && end <= untilS);
    send({
      type: 'Results',
      channel_index: [0, 1],
      start: settledS,
      duration: untilS - settledS,
      is_final: isFinal,
      speech_final: isFinal && said.length > 0,
      ...more,
      channel: {
        alternatives: [
          {
            transcript: said.map(({ word }) => word).join(' '),
            confidence: 0.9,
            words: said.map(({ word, start, end, confidence = 0.9 }) => ({
              word,
              punctuated_word: word,
              start,
              end,
              confidence,
            })),
          },
        ],
      },
      metadata: {
        request_id: 'loopback',
        model_info: { name: query.get('model'), version: 'loopback', arch: 'nova-3' },
        model_uuid: 'loopback',
      },
    });
    if (isFinal) settledS = untilS;
  };

  client.on('message', (data: Buffer, isBinary) => {
    clearTimeout(idle);
    idle = setTimeout(() => client.close(1011, 'NET-0001'), 10_000);
    if (!isBinary) return text(data.toString());
    if (data.length % 2 !== 0) state.problems.push('half a sample');
    record.audioS += data.length / 16_000;
    const { fault } = state;
    if (fault?.kind === 'drop' && fault.times > 0 && record.audioS >= fault.afterS) {
      fault.times -= 1;
      return client.terminate();
    }
    const nowS = record.audioS;
    const open = words.filter(({ start, end }) => start >= settledS && end <= nowS);
    const next = words.find(({ start }) => start > (open.at(-1)?.end ?? nowS));
    if (
      open.length > 0 &&
      nowS >= open.at(-1)!.end + 0.3 &&
      (next === undefined || next.start > open.at(-1)!.end + 0.3)
    ) {
      results(nowS, true);
    } else if (open.length > interimCount) {
      results(nowS, false);
    } else if (
      open.length === 0 &&
      nowS - settledS > 3 &&
      !words.some(({ start, end }) => start < nowS && end > nowS)
    ) {
      results(nowS, true);
    }
    interimCount = words.filter(({ start, end }) => start >= settledS && end <= nowS).length;
    const last = words.findLast(({ end }) => end <= nowS);
    if (last !== undefined && nowS >= last.end + 1 && endedAt !== last.end) {
      endedAt = last.end;
      send({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: last.end });
    }
  });

  const text = (data: string): void => {
    let type: unknown;
    try {
      type = (JSON.parse(data) as { type?: unknown }).type;
    } catch {
      state.problems.push('a text frame that is no JSON');
    }
    record.texts.push(String(type));
    if (type === 'KeepAlive') return;
    if (type === 'Finalize') {
      const untilS = record.audioS;
      const answer = (): void => results(untilS, true, { from_finalize: true });
      if (state.fault?.kind === 'late_finalize') setTimeout(answer, state.fault.ms);
      else answer();
      return;
    }
    if (type === 'CloseStream') {
      results(record.audioS, true);
      send({
        type: 'Metadata',
        transaction_key: 'deprecated',
        request_id: 'loopback',
        sha256: '',
        created: '',
        duration: record.audioS,
        channels: 1,
      });
      return client.close();
    }
    state.problems.push(`a message of type ${String(type)}`);
  };
  client.on('close', () => clearTimeout(idle));
  client.on('error', () => {});
}
