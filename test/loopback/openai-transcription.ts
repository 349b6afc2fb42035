import type { WebSocket } from 'ws';
import type { ScriptedUtterance } from './deepgram.js';
import { loopbackKey } from './openai-realtime.js';
import { sendGarbage, startSocketTwin, type SocketTwin } from './socket-twin.js';

export type OpenAiTranscriptionFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterS: number; times: number }
  | { kind: 'silent' }
  | { kind: 'garbage' }
  /** Completes the first transcript after the second. */
  | { kind: 'reordered' }
  /** Transcribes nothing of what was said. */
  | { kind: 'wordless' }
  | { kind: 'failed' }
  | { kind: 'error'; code: string; type: string };

export interface LoopbackOpenAiTranscription extends SocketTwin {
  script: ScriptedUtterance[];
  sessions: Record<string, unknown>[];
  audioS: number[];
  fault: OpenAiTranscriptionFault | undefined;
}

export { loopbackKey };
const endS = 0.5;

/**
 * OpenAI's Realtime with `intent=transcription`: `session.created`, sound in base64 of mu-law, an item for each
 * utterance that its detector cuts or that is committed, deltas while it is said, `completed` when it is over; an error
 * where nothing is there to commit. It keeps the connection.
 */
export async function startOpenAiTranscription(script: ScriptedUtterance[] = []): Promise<LoopbackOpenAiTranscription> {
  const state = {} as LoopbackOpenAiTranscription;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v1/realtime' || url.searchParams.get('intent') !== 'transcription') return 404;
      if (request.headers['openai-beta']) state.problems.push('the header of the beta');
      return request.headers.authorization === `Bearer ${loopbackKey}` ? undefined : 401;
    },
    converse: (client) => converse(client, state),
  });
  Object.assign(state, twin, { script, sessions: [], audioS: [], fault: undefined });
  state.url = `${twin.url}/v1`;
  return state;
}

function converse(client: WebSocket, state: LoopbackOpenAiTranscription): void {
  const words = state.script.flatMap((utterance) => utterance.words);
  const at = state.audioS.push(0) - 1;
  let items = 0;
  let fromS = 0;
  let told = 0;
  let isTuned = false;
  let late: (() => void) | undefined;
  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage')
      sendGarbage(client, [
        { type: 'conversation.item.input_audio_transcription.completed', item_id: 17 },
        { type: 'error', error: null },
        { type: 'input_audio_buffer.committed' },
      ]);
    client.send(JSON.stringify({ event_id: 'loopback', ...message }));
  };
  const about = (item: number) => ({ item_id: `item_${item}`, content_index: 0 });
  const heard = (nowS: number) => words.filter(({ start, end }) => start >= fromS && end <= nowS);
  const commit = (nowS: number): void => {
    const said = heard(nowS);
    const item = items++;
    const transcript = state.fault?.kind === 'wordless' ? '' : said.map(({ word }) => word).join(' ');
    send({
      type: 'input_audio_buffer.committed',
      item_id: `item_${item}`,
      previous_item_id: item ? `item_${item - 1}` : null,
    });
    fromS = nowS;
    told = 0;
    if (state.fault?.kind === 'failed')
      return send({
        type: 'conversation.item.input_audio_transcription.failed',
        ...about(item),
        error: { type: 'transcription_error', message: 'secret' },
      });
    const complete = (): void =>
      send({
        type: 'conversation.item.input_audio_transcription.completed',
        ...about(item),
        transcript,
        usage: { type: 'duration', seconds: 1 },
      });
    if (state.fault?.kind === 'reordered' && !late) late = complete;
    else {
      complete();
      late?.();
    }
  };
  send({ type: 'session.created', session: { type: 'transcription' } });

  client.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return void state.problems.push('a binary message');
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const { fault } = state;
    switch (message.type) {
      case 'session.update': {
        const session = message.session as Record<string, unknown>;
        const { input } = session.audio as Record<string, Record<string, unknown>>;
        state.sessions.push(session);
        isTuned = true;
        if (session.type !== 'transcription') state.problems.push('it may answer');
        if ((input?.format as { type?: unknown }).type !== 'audio/pcmu') state.problems.push('another format');
        if (fault?.kind === 'error')
          return send({ type: 'error', error: { code: fault.code, type: fault.type, message: 'secret' } });
        return send({ type: 'session.updated', session });
      }
      case 'input_audio_buffer.append':
        if (!isTuned) state.problems.push('sound before the session is known');
        return sound(Buffer.from(String(message.audio), 'base64').length / 8000);
      case 'input_audio_buffer.commit':
        if (heard(state.audioS[at]!).length > 0) return commit(state.audioS[at]!);
        return send({
          type: 'error',
          error: { code: 'input_audio_buffer_commit_empty', type: 'invalid_request_error', message: 'too small' },
        });
      default:
        state.problems.push(`a message of type ${String(message.type)}`);
    }
  });

  const sound = (seconds: number): void => {
    const nowS = (state.audioS[at]! += seconds);
    const { fault } = state;
    if (fault?.kind === 'drop' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      return client.terminate();
    }
    const said = heard(nowS);
    if (said.length > told) {
      if (told === 0) send({ type: 'input_audio_buffer.speech_started', item_id: `item_${items}`, audio_start_ms: 0 });
      for (const { word } of fault?.kind === 'wordless' ? [] : said.slice(told)) {
        const delta = `${told++ === 0 ? '' : ' '}${word}`;
        send({ type: 'conversation.item.input_audio_transcription.delta', ...about(items), delta });
      }
      told = said.length;
      return;
    }
    const inWord = words.some(({ start, end }) => start < nowS && end > nowS);
    if (said.length > 0 && !inWord && nowS - said.at(-1)!.end >= endS) commit(nowS);
  };
}
