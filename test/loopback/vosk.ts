import type { WebSocket } from 'ws';
import type { ScriptedUtterance } from './deepgram.js';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';

export type VoskFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' };

export interface LoopbackVosk extends SocketTwin {
  script: ScriptedUtterance[];
  /** Text messages to the letter, in order. */
  texts: string[];
  audioS: number[];
  fault: VoskFault | undefined;
}

const endS = 0.5;

/** A Vosk server: after the config one reply to each binary message, `partial` or, after half a second of silence, `text`. */
export async function startVosk(script: ScriptedUtterance[] = []): Promise<LoopbackVosk> {
  const state = {} as LoopbackVosk;
  const twin = await startSocketTwin({
    refuse: () => (state.fault?.kind === 'refuse' ? state.fault.status : undefined),
    converse: (client) => converse(client, state),
  });
  return Object.assign(state, twin, { script, texts: [], audioS: [], fault: undefined });
}

function converse(client: WebSocket, state: LoopbackVosk): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let fromS = 0;
  let isConfigured = false;
  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage') sendGarbage(client, [{ partial: 17 }, { text: ['no'], result: 'none' }]);
    client.send(JSON.stringify(message));
  };
  const heard = () => words.filter(({ start, end }) => start >= fromS && end <= state.audioS[at]!);
  const final = (): void => {
    const said = heard();
    fromS = state.audioS[at]!;
    const text = said.map(({ word }) => word).join(' ');
    if (said.length === 0) return send({ text });
    send({ result: said.map(({ confidence = 0.9, ...word }) => ({ ...word, conf: confidence })), text });
  };

  client.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      const text = data.toString();
      state.texts.push(text);
      if (text === '{"eof" : 1}') {
        final();
        return client.close();
      }
      const { config } = JSON.parse(text) as { config?: { sample_rate?: unknown } };
      if (config?.sample_rate !== 8000) state.problems.push(`the message ${text}`);
      isConfigured = true;
      return;
    }
    if (!isConfigured) state.problems.push('sound before the config');
    const nowS = (state.audioS[at]! += data.length / 16_000);
    if (state.fault?.kind === 'drop' && state.fault.times > 0 && nowS >= state.fault.afterS) {
      state.fault.times -= 1;
      return client.terminate();
    }
    const said = heard();
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    if (said.length > 0 && !inWord && nowS - said.at(-1)!.end >= endS) final();
    else send({ partial: said.map(({ word }) => word).join(' ') });
  });
}
