import type { WebSocket } from 'ws';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';
import type { ScriptedUtterance } from './deepgram.js';

export type DeepgramFluxFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' }
  /** Breaks off with a message that repeats what was said. */
  | { kind: 'error' }
  | { kind: 'configure_failure' };

export interface LoopbackDeepgramFlux extends SocketTwin {
  script: ScriptedUtterance[];
  /** Text messages, in order. */
  texts: Record<string, unknown>[];
  /** By connection. */
  audioS: number[];
  /** Events of turns, in order. */
  events: string[];
  fault: DeepgramFluxFault | undefined;
}

export const loopbackKey = 'flux-loopback-key';
/** Of silence, until it is half sure that a turn is over, and sure. */
const eagerS = 0.24;
const endS = 0.56;

/**
 * Speaks `/v2/listen`: an `Update` each 240 ms of sound with all words of the turn so far, `StartOfTurn` with its
 * first, `EagerEndOfTurn` and `EndOfTurn` after pauses, `TurnResumed` where words follow an eager end. Nothing comes
 * where no sound is sent. The words of a turn carry times where `withTimes` is set.
 */
export async function startDeepgramFlux(
  script: ScriptedUtterance[] = [],
  { withTimes = true }: { withTimes?: boolean } = {},
): Promise<LoopbackDeepgramFlux> {
  const state = {} as LoopbackDeepgramFlux;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v2/listen') return 404;
      return request.headers.authorization === `Token ${loopbackKey}` ? undefined : 401;
    },
    converse: (client, url) => {
      if (url.searchParams.get('encoding') !== 'linear16' || url.searchParams.get('sample_rate') !== '8000')
        state.problems.push('another format');
      if (!/^flux-general-(en|multi)$/.test(url.searchParams.get('model') ?? ''))
        state.problems.push('no model of Flux');
      if (url.searchParams.has('language_hint') && url.searchParams.get('model') !== 'flux-general-multi')
        state.problems.push('a language for the English model');
      converse(client, state, withTimes);
    },
  });
  return Object.assign(state, twin, { script, texts: [], audioS: [], events: [], fault: undefined });
}

function converse(client: WebSocket, state: LoopbackDeepgramFlux, withTimes: boolean): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let sequence = 0;
  let turn = 0;
  let fromS = 0;
  let told = 0;
  let toldS = 0;
  let eager = false;
  let unanswered = 0;
  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage')
      sendGarbage(client, [
        { type: 'TurnInfo', event: 'EndOfTurn', turn_index: 'first', words: [] },
        { type: 'TurnInfo', event: 'Update', turn_index: turn, words: 'many' },
        { type: 'TurnInfo', event: 'Shrug', turn_index: turn - 1, words: [null, { word: { toString: 1 } }] },
      ]);
    client.send(JSON.stringify({ request_id: 'loopback', sequence_id: sequence++, ...message }));
  };
  const turnInfo = (event: string, nowS: number): void => {
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    told = said.length;
    toldS = nowS;
    state.events.push(event);
    send({
      type: 'TurnInfo',
      event,
      turn_index: turn,
      audio_window_start: fromS,
      audio_window_end: nowS,
      transcript: said.map(({ word }) => word).join(' '),
      words: said.map(({ word, start, end, confidence = 0.9 }) => ({
        word,
        confidence,
        ...(withTimes ? { start, end } : {}),
      })),
      end_of_turn_confidence: event === 'EndOfTurn' ? 0.8 : 0.1,
      ...(event === 'EndOfTurn' ? { trigger: 'model' } : {}),
    });
  };
  send({ type: 'Connected' });

  client.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return text(JSON.parse(data.toString()) as Record<string, unknown>);
    if (data.length !== 1280) state.problems.push(`${data.length} bytes of sound`);
    const nowS = (state.audioS[at]! += data.length / 16_000);
    const { fault } = state;
    if (fault?.kind === 'drop' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      return client.terminate();
    }
    if (fault?.kind === 'error' && nowS > 0.5) {
      send({ type: 'Error', code: 'INTERNAL_SERVER_ERROR', description: 'after "where is my secret"' });
      return client.close(1011, 'where is my secret');
    }
    const said = words.filter(({ start, end }) => start >= fromS && end <= nowS);
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    const pauseS = nowS - (said.at(-1)?.end ?? nowS);
    if (said.length > told) {
      const event = told === 0 ? 'StartOfTurn' : eager ? 'TurnResumed' : 'Update';
      eager = false;
      return turnInfo(event, nowS);
    }
    if (said.length > 0 && !inWord && pauseS >= endS) {
      turnInfo('EndOfTurn', nowS);
      turn += 1;
      fromS = nowS;
      told = 0;
      eager = false;
      return;
    }
    if (said.length > 0 && !inWord && !eager && pauseS >= eagerS) {
      eager = true;
      return turnInfo('EagerEndOfTurn', nowS);
    }
    if (nowS - toldS >= 0.24) turnInfo('Update', nowS);
  });

  const text = (message: Record<string, unknown>): void => {
    state.texts.push(message);
    if (message.type === 'CloseStream') return client.close();
    if (message.type !== 'Configure') return void state.problems.push(`a message of type ${String(message.type)}`);
    unanswered += 1;
    if (unanswered > 1) state.problems.push('a Configure before the last was answered');
    setTimeout(() => {
      unanswered -= 1;
      send({ type: state.fault?.kind === 'configure_failure' ? 'ConfigureFailure' : 'ConfigureSuccess' });
    }, 10);
  };
}
