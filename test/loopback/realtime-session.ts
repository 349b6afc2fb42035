import type { WebSocket } from 'ws';
import { encodeMuLaw } from '../../runtime/audio/g711.js';
import type { ScriptedUtterance } from './deepgram.js';
import { loopbackKey } from './openai-realtime.js';
import { giveParts, problemsOf, usage, type RealtimePart, type RealtimeQuestion } from './openai-realtime-model.js';
import { hearingGarbage, ScriptedHearing } from './openai-transcription.js';
import { clientEventProblems, soundSeconds } from './realtime-client-events.js';
import { sendGarbage, startSocketTwin, toneOf, type SocketTwin } from './socket-twin.js';

export type RealtimeSessionFault =
  | { kind: 'refuse'; status: number }
  /** Cuts the connection when so much was heard, or so many pieces of a sentence were said. */
  | { kind: 'drop'; afterS?: number; afterChunks?: number; times: number }
  /** Takes everything, answers nothing. */
  | { kind: 'silent' }
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' }
  | { kind: 'reordered' }
  | { kind: 'wordless' }
  | { kind: 'failed' }
  /** Says this in place of what it was to read. */
  | { kind: 'words'; text: string }
  /** Calls a function in place of reading. */
  | { kind: 'tool' }
  /** Does not take what it is asked. */
  | { kind: 'error'; code: string; type: string }
  /** Answers what the caller said though it must not. */
  | { kind: 'speaks_up'; text: string }
  /** Does not know the sound that it is to listen to. */
  | { kind: 'deaf' };

/** One function call that was asked for, and what was really said in the sound that came with it. */
export interface HeardQuestion {
  question: RealtimeQuestion;
  sound: string | undefined;
}

export interface LoopbackRealtimeSession extends SocketTwin {
  script: ScriptedUtterance[];
  fault: RealtimeSessionFault | undefined;
  transcribesLate: boolean;
  /** By connection. */
  audioS: number[];
  sessions: Record<string, unknown>[];
  /** Sentences that it was to read. */
  texts: string[];
  questions: HeardQuestion[];
  /** Responses that were cancelled, `voice` or `moves`. */
  cancelled: string[];
  deleted: string[];
  /** What it said unasked is in here by its end: `cancelled` or `completed`. */
  unasked: string[];
  /** Says to every connection that its time is over, and cuts it. */
  expire(): void;
  /** Connections that are open now. */
  open: number;
}

type Answer = (asked: HeardQuestion) => RealtimePart[] | Promise<RealtimePart[]>;
type Message = Record<string, unknown>;

export { loopbackKey };
const chunkSamples = 800;
const paceMs = 4;

/**
 * OpenAI's Realtime with all that one session is at a time: it hears and transcribes, cuts utterances and makes items of
 * them, reads aloud, and calls functions on the items that it is shown. Several responses run at a time, each out of the
 * conversation; it has no item that is none of the caller's. Every message is held against the documented schema.
 */
export async function startRealtimeSession(
  script: ScriptedUtterance[] = [],
  answer: Answer = () => [],
): Promise<LoopbackRealtimeSession> {
  const state = {} as LoopbackRealtimeSession;
  const clients = new Set<WebSocket>();
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (url.pathname !== '/v1/realtime' || !url.searchParams.get('model')) return 404;
      if (request.headers['openai-beta']) state.problems.push('the header of the beta');
      return request.headers.authorization === `Bearer ${loopbackKey}` ? undefined : 401;
    },
    converse: (client) => {
      clients.add(client);
      state.open += 1;
      client.on('close', () => {
        clients.delete(client);
        state.open -= 1;
      });
      new Session(client, state, answer).begin();
    },
  });
  Object.assign(state, twin, {
    script,
    fault: undefined,
    transcribesLate: true,
    audioS: [],
    sessions: [],
    texts: [],
    questions: [],
    cancelled: [],
    deleted: [],
    unasked: [],
    open: 0,
    expire: () => {
      const error = { code: 'session_expired', type: 'invalid_request_error', message: 'secret', event_id: null };
      for (const client of clients) {
        client.send(JSON.stringify({ type: 'error', event_id: 'loopback', error }));
        client.close();
      }
    },
  });
  state.url = `${twin.url}/v1`;
  return state;
}

interface Response {
  id: string;
  kind: 'voice' | 'moves' | 'unasked';
  metadata: unknown;
  isStalled?: true;
  /** Messages until its cancel is heeded. */
  late: number | undefined;
}

class Session {
  readonly #client: WebSocket;
  readonly #state: LoopbackRealtimeSession;
  readonly #answer: Answer;
  readonly #hearing: ScriptedHearing;
  readonly #running = new Map<string, Response>();
  #config: Message = {};
  #voice: unknown;
  #responses = 0;

  constructor(client: WebSocket, state: LoopbackRealtimeSession, answer: Answer) {
    this.#client = client;
    this.#state = state;
    this.#answer = answer;
    this.#hearing = new ScriptedHearing(state, (message) => this.#send(message));
  }

  begin(): void {
    this.#send({ type: 'session.created', session: { type: 'realtime', output_modalities: ['audio'] } });
    this.#client.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return void this.#state.problems.push('a binary message');
      const message = JSON.parse(data.toString()) as Message;
      this.#state.problems.push(...clientEventProblems(message));
      this.#take(message);
    });
  }

  #send(message: object): void {
    const { fault } = this.#state;
    if (fault?.kind === 'silent' || this.#client.readyState !== this.#client.OPEN) return;
    if (fault?.kind === 'garbage')
      sendGarbage(this.#client, [
        ...hearingGarbage,
        { type: 'response.done' },
        { type: 'response.created', response: { id: 17 } },
        { type: { toString: 1 } },
      ]);
    this.#client.send(JSON.stringify({ event_id: 'loopback', ...message }));
    const { type, item_id } = message as Message;
    if (type === 'conversation.item.input_audio_transcription.completed' && fault?.kind === 'speaks_up')
      this.#speakUp(fault.text, item_id);
  }

  #refuse(code: string, asked: unknown, type = 'invalid_request_error'): void {
    this.#send({ type: 'error', error: { code, type, message: 'secret purple', event_id: asked ?? null } });
  }

  #take(message: Message): void {
    const { problems, deleted, fault } = this.#state;
    const { event_id: asked } = message;
    switch (message.type) {
      case 'session.update':
        return this.#configure(message.session as Message, asked);
      case 'input_audio_buffer.append': {
        const { input } = (this.#config.audio ?? {}) as Record<string, Message>;
        if (!input?.format) problems.push('sound before its format is known');
        if (!input?.transcription) problems.push('sound before it is transcribed');
        const nowS = this.#hearing.hear(soundSeconds(String(message.audio), input?.format, problems));
        if (fault?.kind === 'drop' && fault.afterS !== undefined && nowS >= fault.afterS) this.#drop(fault);
        return;
      }
      case 'input_audio_buffer.commit':
        return this.#hearing.commit(asked);
      case 'input_audio_buffer.clear':
        return this.#hearing.clear();
      case 'conversation.item.delete': {
        const id = String(message.item_id);
        if (!this.#hearing.sound.delete(id)) problems.push('an item to delete that is not there');
        deleted.push(id);
        return this.#send({ type: 'conversation.item.deleted', item_id: id });
      }
      case 'response.create':
        return this.#respond(message.response as Message, asked);
      case 'response.cancel':
        return this.#cancel(message.response_id, asked);
    }
  }

  #drop(fault: { times: number }): void {
    if (fault.times === 0) return;
    fault.times -= 1;
    this.#client.terminate();
  }

  #configure(session: Message, asked: unknown): void {
    const { problems, sessions, fault } = this.#state;
    const [was, is] = [this.#config.audio, session.audio] as (Record<string, Message> | undefined)[];
    const output = { ...was?.output, ...is?.output };
    if (this.#voice !== undefined && output.voice !== this.#voice) problems.push('another voice after it has spoken');
    if (this.#running.size > 0 && is?.output?.speed !== undefined) problems.push('another speed in mid-sentence');
    const input = { ...was?.input, ...is?.input };
    const detection = input.turn_detection as Message | null | undefined;
    if (detection !== null && (detection?.create_response !== false || detection.interrupt_response !== false))
      problems.push('it would answer by itself');
    if ((session.tools as unknown[] | undefined)?.length) problems.push('it has functions that nobody offered now');
    this.#config = { ...this.#config, ...session, audio: { input, output } };
    sessions.push(session);
    if (fault?.kind === 'error') return this.#refuse(fault.code, asked, fault.type);
    this.#send({ type: 'session.updated', session: this.#config });
  }

  #respond(response: Message, asked: unknown): void {
    const { problems, fault, texts, questions } = this.#state;
    const { metadata, audio, ...question } = response;
    if (!(metadata as Message | undefined)?.lane) problems.push('nobody could tell whose response it is');
    if (response.conversation !== 'none') problems.push('it would be a part of the conversation');
    if (fault?.kind === 'error') return this.#refuse(fault.code, asked, fault.type);
    const input = response.input as Message[];
    const references = input.filter(({ type }) => type === 'item_reference').map(({ id }) => String(id));
    const unknown = references.filter((id) => fault?.kind === 'deaf' || !this.#hearing.sound.has(id));
    if (unknown.length > 0) {
      if (fault?.kind !== 'deaf') problems.push('sound that is not there');
      return this.#refuse('item_not_found', asked);
    }
    const isVoice = JSON.stringify(response.output_modalities) === '["audio"]';
    const one: Response = {
      id: `resp_${this.#responses++}`,
      kind: isVoice ? 'voice' : 'moves',
      metadata,
      late: undefined,
    };
    this.#begin(one);
    if (isVoice) {
      if (references.length > 0 || response.tool_choice !== 'none') problems.push('it may answer');
      const { text } = (input[0]!.content as { text: string }[])[0]!;
      const output = { ...(this.#config.audio as Record<string, Message>).output, ...(audio as { output?: Message } | undefined)?.output }; // prettier-ignore
      this.#voice = output.voice;
      texts.push(text);
      return this.#read(one, fault?.kind === 'words' ? fault.text : text, output.format);
    }
    const own = {
      ...question,
      input: input.filter(({ type }) => type !== 'item_reference'),
    } as unknown as RealtimeQuestion;
    problems.push(...problemsOf(own));
    const heard: HeardQuestion = {
      question: own,
      sound: references.length > 0 ? references.map((id) => this.#hearing.sound.get(id)).join(' ') : undefined,
    };
    questions.push(heard);
    void Promise.resolve(this.#answer(heard)).then((parts) => {
      if (!this.#running.has(one.id)) return;
      const by = {
        id: one.id,
        asked,
        send: (message: object) => this.#send(message),
        done: (status: string, details?: object) => this.#done(one, status, details),
        drop: () => void this.#running.delete(one.id),
      };
      if (giveParts(this.#client, parts, by) === 'goes on') this.#done(one, 'completed');
    });
  }

  #begin(one: Response): void {
    this.#running.set(one.id, one);
    const { id, metadata } = one;
    this.#send({
      type: 'response.created',
      response: { id, object: 'realtime.response', status: 'in_progress', metadata },
    });
  }

  #done({ id, metadata, kind }: Response, status: string, details: object | null = null): void {
    if (!this.#running.delete(id)) return;
    if (kind === 'unasked') this.#state.unasked.push(status);
    this.#send({
      type: 'response.done',
      response: { id, status, status_details: details, metadata, output: [], usage },
    });
  }

  #read(one: Response, words: string, format: unknown): void {
    const said = words.split(/(?<= )/);
    const tone = toneOf(words, rateOf(format));
    const about = { response_id: one.id, item_id: `item_of_${one.id}`, output_index: 0, content_index: 0 };
    let sent = 0;
    const step = (): void => {
      const { fault } = this.#state;
      if (!this.#running.has(one.id) || this.#client.readyState !== this.#client.OPEN) return;
      const chunks = sent / chunkSamples;
      if (fault?.kind === 'stall' && chunks >= fault.afterChunks) {
        one.isStalled = true;
        return;
      }
      if (fault?.kind === 'drop' && fault.afterChunks !== undefined && chunks >= fault.afterChunks && fault.times > 0)
        return this.#drop(fault);
      if (fault?.kind === 'tool')
        this.#send({ type: 'response.function_call_arguments.delta', ...about, call_id: 'c', delta: '{' });
      if (one.late === 0) return this.#done(one, 'cancelled', { type: 'cancelled', reason: 'client_cancelled' });
      if (one.late !== undefined) one.late -= 1;
      const delta = said.shift();
      if (delta !== undefined) this.#send({ type: 'response.output_audio_transcript.delta', ...about, delta });
      const sound = tone.subarray(sent, sent + chunkSamples);
      sent += chunkSamples;
      this.#send({ type: 'response.output_audio.delta', ...about, delta: bytesOf(sound, format).toString('base64') });
      if (sent < tone.length || said.length > 0 || one.late !== undefined) return void setTimeout(step, paceMs);
      this.#done(one, 'completed');
    };
    setTimeout(step, paceMs);
  }

  #speakUp(words: string, item: unknown): void {
    const id = `resp_${this.#responses++}`;
    const one: Response = { id, kind: 'unasked', metadata: null, late: undefined };
    if (typeof item !== 'string') return;
    this.#begin(one);
    this.#read(one, words, { type: 'audio/pcmu' });
  }

  #cancel(id: unknown, asked: unknown): void {
    const one = this.#running.get(String(id));
    if (!/^resp_\d+$/.test(String(id))) this.#state.problems.push('a cancel of nothing');
    if (!one) return this.#refuse('response_cancel_not_active', asked);
    this.#state.cancelled.push(one.kind);
    if (one.kind === 'moves') return this.#done(one, 'cancelled', { type: 'cancelled', reason: 'client_cancelled' });
    one.late = 2;
    // A sentence that has stalled is stopped all the same.
    if (one.isStalled) this.#done(one, 'cancelled');
  }
}

function rateOf(format: unknown): number {
  return (format as Message | undefined)?.type === 'audio/pcm' ? 24_000 : 8000;
}

function bytesOf(sound: Int16Array, format: unknown): Buffer {
  if ((format as Message | undefined)?.type !== 'audio/pcm') return Buffer.from(encodeMuLaw(sound));
  return Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength);
}
