import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export type CartesiaFault =
  | { kind: 'refuse'; status: number }
  /** Cuts the connection after so many chunks of a sentence. */
  | { kind: 'drop'; afterChunks: number; times: number }
  /** Takes sentences and makes no sound. */
  | { kind: 'silent' }
  /** Sends so many chunks of a sentence and no more. */
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' }
  /** The first sentence fails with this status, in its context. */
  | { kind: 'context_error'; status: number };

export interface LoopbackCartesia {
  /** `http://127.0.0.1:port` */
  url: string;
  problems: string[];
  /** What was asked for, in order. */
  requests: Record<string, unknown>[];
  cancelled: string[];
  /** The address of each connection, in order. */
  connections: URL[];
  fault: CartesiaFault | undefined;
  /** Cuts every connection that is open. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

export const loopbackKey = 'cartesia-loopback-key';
const wordMs = 300;
/** Faster than speech, in pieces of 100 ms, as the service does. */
const paceMs = 4;

/**
 * Speaks `/tts/websocket` and `/tts/bytes` on loopback: every word is 300 ms of a tone whose pitch is the word's length;
 * chunks of several contexts interleave, two more frames arrive after a cancel, 429 beyond eight contexts.
 */
export async function startCartesia(): Promise<LoopbackCartesia> {
  const state: LoopbackCartesia = {
    url: '',
    problems: [],
    requests: [],
    cancelled: [],
    connections: [],
    fault: undefined,
    hangUp: async () => {
      const open = [...sockets.clients];
      const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of open) socket.terminate();
      await Promise.all(gone);
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const authorised = (request: IncomingMessage): boolean => {
    if (!request.headers['cartesia-version']) state.problems.push('no Cartesia-Version');
    return request.headers.authorization === `Bearer ${loopbackKey}` || request.headers['x-api-key'] === loopbackKey;
  };

  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { fault } = state;
      if (fault?.kind === 'refuse')
        return response.writeHead(fault.status, { 'content-type': 'application/json' }).end('{"title":"refused"}');
      if (!authorised(request))
        return response.writeHead(401, { 'content-type': 'application/json' }).end('{"title":"unauthorised"}');
      if (request.method !== 'POST' || request.url !== '/tts/bytes') return response.writeHead(404).end();
      const asked = JSON.parse(body) as Record<string, unknown>;
      check(asked, state);
      state.requests.push(asked);
      response.writeHead(200, { 'content-type': 'audio/pcm' });
      const sound = soundOf(String(asked.transcript));
      // Cut within a sample: whoever reads must put the halves together.
      const cuts = [0, 1001, 4003, sound.length];
      const next = (i: number): void => {
        if (fault?.kind === 'drop' && i === fault.afterChunks) return void response.destroy();
        if (i === cuts.length - 1) return void response.end();
        response.write(sound.subarray(cuts[i], cuts[i + 1]));
        setTimeout(() => next(i + 1), paceMs);
      };
      next(0);
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: number): void =>
      void socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (!request.url!.startsWith('/tts/websocket')) return refuse(404);
    if (state.fault?.kind === 'refuse') return refuse(state.fault.status);
    if (!authorised(request)) return refuse(401);
    sockets.handleUpgrade(request, socket, head, (client) => {
      state.connections.push(new URL(request.url!, state.url));
      converse(client, state);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

function converse(client: WebSocket, state: LoopbackCartesia): void {
  const open = new Map<string, { cancelled: boolean }>();
  client.on('error', () => {});
  client.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return void state.problems.push('a binary frame');
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const id = message.context_id as string;
    if (typeof id !== 'string' || id === '') return void state.problems.push('no context_id');
    if (message.cancel === true) {
      state.cancelled.push(id);
      const context = open.get(id);
      if (context) context.cancelled = true;
      return;
    }
    check(message, state);
    state.requests.push(message);
    const send = (reply: object): void => {
      if (client.readyState === client.OPEN) client.send(JSON.stringify({ context_id: id, ...reply }));
    };
    const error = (status: number): void =>
      send({
        type: 'error',
        title: 'failed',
        message: 'loopback',
        error_code: 'loopback',
        status_code: status,
        done: true,
      });
    if (open.size >= 8) return error(429);
    const { fault } = state;
    if (fault?.kind === 'context_error') {
      state.fault = undefined;
      return error(fault.status);
    }
    const context = { cancelled: false };
    open.set(id, context);
    const text = String(message.transcript);
    const sound = soundOf(text);
    let sent = 0;
    let afterCancel = 0;
    const step = (): void => {
      if (client.readyState !== client.OPEN) return;
      if (fault?.kind === 'silent') return;
      if (fault?.kind === 'stall' && sent / 1600 >= fault.afterChunks) return;
      if (fault?.kind === 'garbage') {
        client.send('no json {');
        client.send(Buffer.from([0, 1]));
        client.send(JSON.stringify({ type: 'chunk', context_id: 'of nobody', data: 'AAAA' }));
        send({ type: 'chunk', data: 17 });
        client.send('null');
        client.send(JSON.stringify({ type: 'chunk', context_id: { toString: 1 } }));
        send({ type: 'timestamps', word_timestamps: { words: [{ toString: 1 }], start: [0], end: [1] } });
      }
      if (fault?.kind === 'drop' && fault.times > 0 && sent / 1600 >= fault.afterChunks) {
        fault.times -= 1;
        return client.terminate();
      }
      if (context.cancelled && afterCancel++ >= 2) return void open.delete(id);
      if (sent === 0 && message.add_timestamps === true) {
        const words = text.split(/\s+/);
        send({
          type: 'timestamps',
          word_timestamps: {
            words,
            start: words.map((_, i) => (i * wordMs) / 1000),
            end: words.map((_, i) => ((i + 1) * wordMs) / 1000),
          },
        });
      }
      const piece = sound.subarray(sent, sent + 1600);
      sent += 1600;
      send({ type: 'chunk', data: piece.toString('base64'), done: false, status_code: 206, step_time: 1 });
      if (sent < sound.length || context.cancelled) return void setTimeout(step, paceMs);
      send({ type: 'done', done: true, status_code: 200 });
      open.delete(id);
    };
    setTimeout(step, paceMs);
  });
}

function check(request: Record<string, unknown>, state: LoopbackCartesia): void {
  const format = request.output_format as Record<string, unknown> | undefined;
  if (format?.container !== 'raw' || format.encoding !== 'pcm_s16le' || format.sample_rate !== 8000)
    state.problems.push('another output_format');
  const voice = request.voice as Record<string, unknown> | undefined;
  if (voice?.mode !== 'id' || typeof voice.id !== 'string') state.problems.push('no voice');
  if (typeof request.model_id !== 'string') state.problems.push('no model_id');
  if (typeof request.transcript !== 'string' || request.transcript.trim() === '') state.problems.push('no transcript');
  if ('locale' in request && 'language' in request) state.problems.push('locale beside language');
}

/** PCM16, 8 kHz. */
function soundOf(text: string): Buffer {
  const words = text.split(/\s+/);
  const samples = words.flatMap((word) =>
    Array.from({ length: wordMs * 8 }, (_, n) =>
      Math.round(8000 * Math.sin((2 * Math.PI * (200 + 40 * word.length) * n) / 8000)),
    ),
  );
  return Buffer.from(Int16Array.from(samples).buffer);
}
