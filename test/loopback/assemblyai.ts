import type { WebSocket } from 'ws';
import type { ScriptedUtterance } from './deepgram.js';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';

export type AssemblyAiFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' }
  /** Does not do what ForceEndpoint says. */
  | { kind: 'unended' }
  /** Takes the handshake, then closes it in these words, or says them first. */
  | { kind: 'closed'; code: number; reason: string; says?: boolean };

export interface LoopbackAssemblyAi extends SocketTwin {
  script: ScriptedUtterance[];
  /** Text messages, in order. */
  texts: Record<string, unknown>[];
  audioS: number[];
  /** Every end of a turn is told a second time, formatted. */
  formats: boolean;
  fault: AssemblyAiFault | undefined;
}

export const loopbackKey = 'assemblyai-loopback-key';
/** Of silence, until an utterance is told, and a turn ends. */
const utteranceS = 0.3;
const endS = 0.6;

/**
 * Speaks `/v3/ws`: `Begin`, a `Turn` with each new word (the newest not final yet), `utterance` at a pause, the end of
 * a turn at a longer one or after ForceEndpoint; nothing while nothing is said. Sound of 50 to 1,000 ms a message.
 */
export async function startAssemblyAi(script: ScriptedUtterance[] = []): Promise<LoopbackAssemblyAi> {
  const state = {} as LoopbackAssemblyAi;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v3/ws') return 404;
      return request.headers.authorization === loopbackKey ? undefined : 401;
    },
    converse: (client, url) => {
      if (url.searchParams.get('encoding') !== 'pcm_s16le' || url.searchParams.get('sample_rate') !== '8000')
        state.problems.push('another format');
      if (!url.searchParams.get('speech_model')) state.problems.push('no speech_model');
      converse(client, state);
    },
  });
  return Object.assign(state, twin, { script, texts: [], audioS: [], formats: false, fault: undefined });
}

function converse(client: WebSocket, state: LoopbackAssemblyAi): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let order = 0;
  let fromS = 0;
  let told = 0;
  let paused = false;
  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage')
      sendGarbage(client, [
        { type: 'Turn', turn_order: 'first', words: [] },
        { type: 'Turn', turn_order: order, words: null, end_of_turn: true },
        { type: 'Turn', turn_order: order - 1, words: [null, { text: { toString: 1 } }] },
      ]);
    client.send(JSON.stringify(message));
  };
  const turn = (nowS: number, { ends = false, isFormatted = false, utterance = '' } = {}): void => {
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    told = said.length;
    const settled = ends || utterance !== '' ? said : said.slice(0, -1);
    send({
      type: 'Turn',
      turn_order: order,
      turn_is_formatted: isFormatted,
      end_of_turn: ends,
      transcript: settled.map(({ word }) => word).join(' '),
      end_of_turn_confidence: ends ? 0.9 : 0.01,
      utterance,
      words: said.map(({ word, start, end, confidence = 0.9 }, n) => ({
        text: isFormatted && n === 0 ? word[0]!.toUpperCase() + word.slice(1) : word,
        start: start * 1000,
        end: end * 1000,
        confidence,
        word_is_final: n < settled.length,
      })),
    });
  };
  const endTurn = (nowS: number): void => {
    turn(nowS, { ends: true });
    if (state.formats) turn(nowS, { ends: true, isFormatted: true });
    order += 1;
    fromS = nowS;
    told = 0;
    paused = false;
  };
  const { fault } = state;
  if (fault?.kind === 'closed') {
    if (fault.says) send({ type: 'Error', error: fault.reason });
    return client.close(fault.code, fault.reason);
  }
  send({ type: 'Begin', id: 'loopback', expires_at: 1_800_000_000 });

  client.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return text(JSON.parse(data.toString()) as Record<string, unknown>);
    const seconds = data.length / 16_000;
    if (seconds < 0.05 || seconds > 1) state.problems.push(`${seconds} s of sound in a message`);
    const nowS = (state.audioS[at]! += seconds);
    if (state.fault?.kind === 'drop' && state.fault.times > 0 && nowS >= state.fault.afterS) {
      state.fault.times -= 1;
      return client.terminate();
    }
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    const pauseS = nowS - (said.at(-1)?.end ?? nowS);
    if (said.length > told) {
      paused = false;
      return turn(nowS);
    }
    if (said.length === 0 || inWord) return;
    if (pauseS >= endS) return endTurn(nowS);
    if (pauseS < utteranceS || paused) return;
    paused = true;
    turn(nowS, { utterance: said.map(({ word }) => word).join(' ') });
  });

  const text = (message: Record<string, unknown>): void => {
    state.texts.push(message);
    switch (message.type) {
      case 'UpdateConfiguration':
        if (typeof message.max_turn_silence !== 'number') state.problems.push('no max_turn_silence');
        return;
      case 'ForceEndpoint':
        return state.fault?.kind === 'unended' ? undefined : endTurn(state.audioS[at]!);
      case 'Terminate':
        if (told > 0) endTurn(state.audioS[at]!);
        send({ type: 'Termination', audio_duration_seconds: state.audioS[at], session_duration_seconds: 1 });
        return client.close(1000);
      default:
        state.problems.push(`a message of type ${String(message.type)}`);
    }
  };
}
