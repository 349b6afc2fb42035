import type { WebSocket } from 'ws';
import { encodeMuLaw } from '../../runtime/audio/g711.js';
import { sendGarbage, startSocketTwin, toneOf, type SocketTwin } from './socket-twin.js';

export type OpenAiRealtimeFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'drop'; afterChunks: number; times: number }
  | { kind: 'silent' }
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' }
  /** Says this in place of what it was asked. */
  | { kind: 'words'; text: string }
  /** Calls a function in place of speaking. */
  | { kind: 'tool' }
  | { kind: 'error'; code: string; type: string }
  /** The response is over before a cancel of it is read. */
  | { kind: 'cancelled_late' };

export interface LoopbackOpenAiRealtime extends SocketTwin {
  texts: string[];
  sessions: Record<string, unknown>[];
  cancelled: number;
  fault: OpenAiRealtimeFault | undefined;
}

export const loopbackKey = 'realtime-loopback-key';
const chunkSamples = 800;
const paceMs = 4;

/**
 * OpenAI's Realtime as of its general availability, as far as a voice needs it: `session.created`, `session.update`,
 * `response.create` out of any conversation, transcript ahead of the sound, `response.cancel`, `response.done`.
 */
export async function startOpenAiRealtime(): Promise<LoopbackOpenAiRealtime> {
  const state = {} as LoopbackOpenAiRealtime;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v1/realtime' || !url.searchParams.get('model')) return 404;
      if (request.headers['openai-beta']) state.problems.push('the header of the beta');
      return request.headers.authorization === `Bearer ${loopbackKey}` ? undefined : 401;
    },
    converse: (client) => converse(client, state),
  });
  Object.assign(state, twin, { texts: [], sessions: [], cancelled: 0, fault: undefined });
  state.url = `${twin.url}/v1`;
  return state;
}

interface Running {
  n: number;
  metadata: unknown;
  said: string[];
  sound: Int16Array;
  sent: number;
  late: number | undefined;
}

function converse(client: WebSocket, state: LoopbackOpenAiRealtime): void {
  let running: Running | undefined;
  let responses = 0;
  let voice: unknown;
  const send = (message: object): void => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ event_id: 'loopback', ...message }));
  };
  const done = (status: string): void => {
    const { n, metadata } = running!;
    running = undefined;
    send({ type: 'response.done', response: { id: `resp_${n}`, status, metadata, usage: {} } });
  };
  send({ type: 'session.created', session: {} });

  const step = (): void => {
    const { fault } = state;
    if (!running || client.readyState !== client.OPEN || fault?.kind === 'silent') return;
    const about = { response_id: `resp_${running.n}`, item_id: 'item', output_index: 0, content_index: 0 };
    const chunks = running.sent / chunkSamples;
    if (fault?.kind === 'stall' && chunks >= fault.afterChunks) return;
    if (fault?.kind === 'drop' && fault.times > 0 && chunks >= fault.afterChunks) {
      fault.times -= 1;
      return client.terminate();
    }
    if (fault?.kind === 'garbage')
      sendGarbage(client, [{ type: 'response.done' }, { type: 'error', error: null }, { type: { toString: 1 } }]);
    if (running.late === 0) return done('cancelled');
    if (running.late !== undefined) running.late -= 1;
    const delta = running.said.shift();
    if (delta !== undefined) send({ type: 'response.output_audio_transcript.delta', ...about, delta });
    const sound = running.sound.subarray(running.sent, running.sent + chunkSamples);
    running.sent += chunkSamples;
    send({
      type: 'response.output_audio.delta',
      ...about,
      delta: Buffer.from(encodeMuLaw(sound)).toString('base64'),
    });
    if (running.sent < running.sound.length || running.said.length > 0 || running.late !== undefined)
      return void setTimeout(step, paceMs);
    done('completed');
  };

  client.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Record<string, Record<string, unknown>>;
    const { event_id } = message;
    switch (message.type as unknown) {
      case 'session.update': {
        const session = message.session!;
        const { input, output } = session.audio as Record<string, Record<string, unknown>>;
        state.sessions.push(session);
        if (session.type !== 'realtime' || input?.turn_detection !== null)
          state.problems.push('it may speak by itself');
        if ((output?.format as { type?: unknown }).type !== 'audio/pcmu') state.problems.push('another format');
        if (voice !== undefined && output?.voice !== voice) state.problems.push('another voice after it has spoken');
        voice = output?.voice;
        return send({ type: 'session.updated', session });
      }
      case 'response.create': {
        const { conversation, tool_choice, input, metadata } = message.response!;
        const [item] = input as { content: { text: string }[] }[];
        const { text } = item!.content[0]!;
        if (running) state.problems.push('a second response beside the first');
        if (conversation !== 'none' || tool_choice !== 'none') state.problems.push('it may answer');
        if (!metadata) state.problems.push('nobody could tell whose response it is');
        state.texts.push(text);
        const { fault } = state;
        if (fault?.kind === 'error')
          return send({
            type: 'error',
            error: { code: fault.code, type: fault.type, message: `no: ${text}`, event_id },
          });
        const words = fault?.kind === 'words' ? fault.text : text;
        running = {
          n: responses++,
          metadata,
          said: words.split(/(?<= )/),
          sound: toneOf(words),
          sent: 0,
          late: undefined,
        };
        send({ type: 'response.created', response: { id: `resp_${running.n}`, status: 'in_progress', metadata } });
        if (fault?.kind === 'tool')
          send({
            type: 'response.function_call_arguments.delta',
            response_id: `resp_${running.n}`,
            call_id: 'c',
            delta: '{',
          });
        return void setTimeout(step, paceMs);
      }
      case 'response.cancel':
        state.cancelled += 1;
        // Without a name it would stop what the conversation says, and this is none of it.
        if (!/^resp_\d+$/.test(String(message.response_id))) state.problems.push('a cancel of nothing');
        if (running && state.fault?.kind === 'cancelled_late') done('completed');
        if (running) running.late = 2;
        else
          send({
            type: 'error',
            error: { code: 'response_cancel_not_active', type: 'invalid_request_error', event_id },
          });
        return;
      default:
        state.problems.push(`a message of type ${String(message.type)}`);
    }
  });
}
