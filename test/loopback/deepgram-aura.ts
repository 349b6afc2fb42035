import type { WebSocket } from 'ws';
import { sendGarbage, startSocketTwin, toneOf, type SocketTwin } from './socket-twin.js';

export type DeepgramAuraFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterChunks: number; times: number }
  | { kind: 'silent' }
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' }
  /** Takes a Clear and never says that it did. */
  | { kind: 'uncleared' };

export interface LoopbackDeepgramAura extends SocketTwin {
  /** What was to be said, in order. */
  texts: string[];
  /** `Speak` messages. */
  messages: number;
  cleared: number;
  /** Which minute it is: flushes are counted in each. */
  minute: number;
  fault: DeepgramAuraFault | undefined;
}

export const loopbackKey = 'aura-loopback-key';
const paceMs = 4;
/** Not whole samples, as frames of the wire may be cut anywhere. */
const chunkBytes = 1601;

/**
 * Speaks `/v1/speak`: text is gathered until Flush; sound comes as binary frames, then `Flushed`; after Clear two more
 * frames, then `Cleared`; the twenty-first Flush of a minute is answered with a Warning and nothing else.
 */
export async function startDeepgramAura(): Promise<LoopbackDeepgramAura> {
  const state = {} as LoopbackDeepgramAura;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v1/speak') return 404;
      return request.headers.authorization === `Token ${loopbackKey}` ? undefined : 401;
    },
    converse: (client, url) => {
      const speed = Number(url.searchParams.get('speed') ?? 1);
      if (url.searchParams.get('encoding') !== 'linear16' || url.searchParams.get('sample_rate') !== '8000')
        state.problems.push('another format');
      if (!url.searchParams.get('model')) state.problems.push('no model');
      if (!(speed >= 0.7 && speed <= 1.5)) state.problems.push(`speed ${speed}`);
      converse(client, state);
    },
  });
  return Object.assign(state, twin, { texts: [], messages: 0, cleared: 0, minute: 0, fault: undefined });
}

function converse(client: WebSocket, state: LoopbackDeepgramAura): void {
  let gathered = '';
  const flushes: number[] = [];
  let sequence = 0;
  let current: { bytes: Buffer; sent: number; late: number | undefined } | undefined;
  const tell = (message: object): void => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify(message));
  };
  tell({
    type: 'Metadata',
    request_id: 'loopback',
    model_name: 'loopback',
    model_version: '1',
    model_uuid: 'loopback',
  });

  const step = (): void => {
    const { fault } = state;
    if (!current || client.readyState !== client.OPEN || fault?.kind === 'silent') return;
    const chunks = current.sent / chunkBytes;
    if (fault?.kind === 'stall' && chunks >= fault.afterChunks) return;
    if (fault?.kind === 'drop' && fault.times > 0 && chunks >= fault.afterChunks) {
      fault.times -= 1;
      return client.terminate();
    }
    if (fault?.kind === 'garbage')
      sendGarbage(client, [{ type: 'Warning', code: 'ODD', description: 17 }, { type: { toString: 1 } }]);
    if (current.late === 0) {
      current = undefined;
      if (fault?.kind !== 'uncleared') tell({ type: 'Cleared', sequence_id: sequence++ });
      return;
    }
    if (current.late !== undefined) current.late -= 1;
    client.send(current.bytes.subarray(current.sent, current.sent + chunkBytes));
    current.sent += chunkBytes;
    if (current.sent < current.bytes.length || current.late !== undefined) return void setTimeout(step, paceMs);
    current = undefined;
    tell({ type: 'Flushed', sequence_id: sequence++ });
  };

  client.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return void state.problems.push('a binary frame');
    const message = JSON.parse(data.toString()) as { type?: unknown; text?: unknown };
    switch (message.type) {
      case 'Speak':
        if (current) state.problems.push('a second sentence into the first');
        if (typeof message.text !== 'string' || message.text.length > 2000) state.problems.push('no text, or too long');
        state.messages += 1;
        gathered += String(message.text);
        return;
      case 'Flush':
        flushes[state.minute] = (flushes[state.minute] ?? 0) + 1;
        if (flushes[state.minute]! > 20) {
          state.problems.push('more than twenty flushes');
          return tell({ type: 'Warning', code: 'FLUSH_LIMIT', description: 'too many' });
        }
        state.texts.push(gathered);
        current = { bytes: Buffer.from(toneOf(gathered).buffer), sent: 0, late: undefined };
        gathered = '';
        return void setTimeout(step, paceMs);
      case 'Clear':
        state.cleared += 1;
        gathered = '';
        if (current) current.late = 2;
        else if (state.fault?.kind !== 'uncleared') tell({ type: 'Cleared', sequence_id: sequence++ });
        return;
      default:
        state.problems.push(`a message of type ${String(message.type)}`);
    }
  });
}
