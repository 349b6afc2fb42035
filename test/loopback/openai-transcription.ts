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
  transcribesLate?: boolean;
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
  let isTuned = false;
  const send = (message: object): void => {
    if (state.fault?.kind === 'silent' || client.readyState !== client.OPEN) return;
    if (state.fault?.kind === 'garbage') sendGarbage(client, hearingGarbage);
    client.send(JSON.stringify({ event_id: 'loopback', ...message }));
  };
  const hearing = new ScriptedHearing(state, send);
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
      case 'input_audio_buffer.append': {
        if (!isTuned) state.problems.push('sound before the session is known');
        const nowS = hearing.hear(Buffer.from(String(message.audio), 'base64').length / 8000);
        if (fault?.kind !== 'drop' || fault.times === 0 || nowS < fault.afterS) return;
        fault.times -= 1;
        return client.terminate();
      }
      case 'input_audio_buffer.commit':
        return hearing.commit(message.event_id);
      default:
        state.problems.push(`a message of type ${String(message.type)}`);
    }
  });
}

export const hearingGarbage = [
  { type: 'conversation.item.input_audio_transcription.completed', item_id: 17 },
  { type: 'error', error: null },
  { type: 'input_audio_buffer.committed' },
];

interface HearingState {
  script: ScriptedUtterance[];
  audioS: number[];
  fault: { kind: string } | undefined;
  /** As with most models, an utterance is transcribed when it is over; else word by word. */
  transcribesLate?: boolean;
}

/** What is said on one connection, word by word as the sound goes by: items, deltas, transcripts. */
export class ScriptedHearing {
  readonly #state: HearingState;
  readonly #send: (message: object) => void;
  readonly #connection: number;
  readonly #fromItem: string;
  #items = 0;
  #fromS = 0;
  #told = 0;
  #late: (() => void) | undefined;
  /** What its sound says, by item: where it is still there to be listened to. */
  readonly sound = new Map<string, string>();

  constructor(state: HearingState, send: (message: object) => void) {
    this.#state = state;
    this.#send = send;
    this.#connection = state.audioS.push(0) - 1;
    this.#fromItem = `item_${this.#connection}`;
  }

  /** @returns seconds heard so far */
  hear(seconds: number): number {
    const { fault, audioS } = this.#state;
    const nowS = (audioS[this.#connection]! += seconds);
    const said = this.#heard(nowS);
    if (said.length > this.#told) {
      if (this.#told === 0)
        this.#send({ type: 'input_audio_buffer.speech_started', item_id: this.#item, audio_start_ms: 0 });
      if (fault?.kind !== 'wordless' && !this.#state.transcribesLate) this.#tell(said.slice(this.#told), this.#about);
      this.#told = said.length;
      return nowS;
    }
    const inWord = this.#words.some(({ start, end }) => start < nowS && end > nowS);
    if (said.length > 0 && !inWord && nowS - said.at(-1)!.end >= endS) this.#commit(nowS);
    return nowS;
  }

  /** @param asked the name of the message that asks for it */
  commit(asked: unknown): void {
    const nowS = this.#state.audioS[this.#connection]!;
    if (this.#heard(nowS).length > 0) return this.#commit(nowS);
    const error = { code: 'input_audio_buffer_commit_empty', type: 'invalid_request_error', message: 'too small' };
    this.#send({ type: 'error', error: { ...error, event_id: asked } });
  }

  /** What was not committed is forgotten. */
  clear(): void {
    this.#fromS = this.#state.audioS[this.#connection]!;
    this.#told = 0;
    this.#items += 1;
    this.#send({ type: 'input_audio_buffer.cleared' });
  }

  get #words(): ScriptedUtterance['words'] {
    return this.#state.script.flatMap((utterance) => utterance.words);
  }

  get #item(): string {
    return `${this.#fromItem}_${this.#items}`;
  }

  get #about(): object {
    return { item_id: this.#item, content_index: 0 };
  }

  #tell(words: ScriptedUtterance['words'], about: object): void {
    for (const { word } of words) {
      const delta = `${this.#told++ === 0 ? '' : ' '}${word}`;
      this.#send({ type: 'conversation.item.input_audio_transcription.delta', ...about, delta });
    }
  }

  #heard(nowS: number): ScriptedUtterance['words'] {
    return this.#words.filter(({ start, end }) => start >= this.#fromS && end <= nowS);
  }

  #commit(nowS: number): void {
    const { fault } = this.#state;
    const said = this.#heard(nowS);
    const about = this.#about;
    const transcript = fault?.kind === 'wordless' ? '' : said.map(({ word }) => word).join(' ');
    this.#send({ type: 'input_audio_buffer.committed', item_id: this.#item, previous_item_id: null });
    this.sound.set(this.#item, said.map(({ word, sounds = word }) => sounds).join(' '));
    this.#items += 1;
    this.#fromS = nowS;
    this.#told = 0;
    if (this.#state.transcribesLate && transcript !== '') {
      this.#tell(said, about);
      this.#told = 0;
    }
    const type = 'conversation.item.input_audio_transcription';
    if (fault?.kind === 'failed')
      return this.#send({
        type: `${type}.failed`,
        ...about,
        error: { type: 'transcription_error', message: 'secret' },
      });
    const complete = (): void =>
      this.#send({ type: `${type}.completed`, ...about, transcript, usage: { type: 'duration', seconds: 1 } });
    if (fault?.kind === 'reordered' && !this.#late) this.#late = complete;
    else {
      complete();
      this.#late?.();
    }
  }
}
