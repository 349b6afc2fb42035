/** One session of OpenAI's Realtime for a whole call: what its parts share, and what none of them may do to another. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { Channel } from '../../../runtime/channel.js';
import type { SttEvent, SttInput, TextToSpeech } from '../../../runtime/contracts.js';
import { openAiRealtimeModel } from '../../../runtime/llm/openai-realtime.js';
import { openRealtimeSession, type RealtimeSession } from '../../../runtime/providers/realtime-session.js';
import { openAiRealtimeStt } from '../../../runtime/stt/openai-realtime.js';
import { openAiRealtime } from '../../../runtime/tts/openai-realtime.js';
import { said } from '../../conformance/hearing-socket.js';
import { seconds, speak } from '../../conformance/speech-socket.js';
import { listenings, silence } from '../../fixtures/speech.js';
import type { RealtimePart } from '../../loopback/openai-realtime-model.js';
import {
  loopbackKey,
  startRealtimeSession,
  type HeardQuestion,
  type LoopbackRealtimeSession,
} from '../../loopback/realtime-session.js';

const never = new AbortController().signal;
const move = (name: string, given = '{}'): RealtimePart => ({ kind: 'call', name, arguments: given });
const questionAbout = (utterance: string): ModelRequest => ({
  messages: [
    { role: 'system', content: 'Route one turn.' },
    { role: 'user', content: JSON.stringify({ caller: utterance }) },
  ],
  functions: [
    { name: 'cancel_it_1', description: 'cancel', parameters: { type: 'object' } },
    { name: 'none_of_these', description: 'else', parameters: { type: 'object' } },
  ],
  mustCall: true,
  utterance,
});

let server: LoopbackRealtimeSession;
let answer: (asked: HeardQuestion) => RealtimePart[] | Promise<RealtimePart[]>;
let call: Call;
let ownWords: string[];
const clock = (): VirtualClock => call.clock;

/** The parts of one call, as they stand in a server. */
class Call {
  readonly clock = new VirtualClock();
  readonly session: RealtimeSession;
  readonly tts: TextToSpeech;
  readonly model: ReturnType<typeof openAiRealtimeModel>;
  readonly events: SttEvent[] = [];
  problem: unknown;
  readonly #stt;
  readonly #ear = new AbortController();
  #input = new Channel<SttInput>();
  #atMs = 0;

  constructor(baseUrl: string) {
    const about = { apiKey: loopbackKey, baseUrl, clock: this.clock };
    this.session = openRealtimeSession({
      base: baseUrl,
      apiKey: loopbackKey,
      model: 'gpt-realtime',
      voice: 'marin',
      clock: this.clock,
      onOwnWords: () => ownWords.push('session'),
    });
    this.#stt = openAiRealtimeStt(about);
    this.tts = openAiRealtime({ ...about, onOwnWords: () => ownWords.push('voice') });
    this.model = openAiRealtimeModel({ ...about, onOwnWords: () => ownWords.push('model') });
  }

  /** An ear, as the call opens one: again after a loss. */
  listen(language = 'en-US', secret = false): void {
    this.#input = new Channel<SttInput>();
    this.#input.push({ kind: 'tune', listening: { ...listenings.menu, language, secret } });
    this.problem = undefined;
    const input = this.#input;
    void (async () => {
      try {
        const options = { language, session: this.session };
        for await (const event of this.#stt.transcribe(input, options, this.#ear.signal)) this.events.push(event);
      } catch (problem) {
        this.problem = problem;
      }
    })();
  }

  tune(secret: boolean): void {
    this.#input.push({ kind: 'tune', listening: { ...listenings.menu, secret } });
  }

  /** So much sound of the line; the twin's script says what is in it. */
  async sound(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 20) {
      this.#atMs += 20;
      this.#input.push({ kind: 'audio', samples: silence(20), atMs: this.#atMs });
      if (left % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  async ask(utterance: string, signal = never): Promise<ModelPiece[]> {
    const pieces: ModelPiece[] = [];
    for await (const piece of this.model.in(this.session).stream(questionAbout(utterance), signal)) pieces.push(piece);
    return pieces.filter(({ kind }) => kind !== 'usage');
  }

  say(text: string, more: Parameters<typeof speak>[2] = {}): ReturnType<typeof speak> {
    return speak(this.tts, text, { ...more, session: this.session });
  }

  get finals(): string[] {
    return this.events.flatMap((event) => (event.kind === 'final' ? [event.text] : []));
  }

  close(): void {
    this.#ear.abort(new Error('the call is over'));
    this.session.close();
    this.tts.close!();
    this.model.close();
  }
}

beforeEach(async () => {
  ownWords = [];
  answer = () => [move('cancel_it_1')];
  server = await startRealtimeSession([], (asked) => answer(asked));
  call = new Call(server.url);
});
afterEach(async () => {
  call.close();
  expect(server.problems).toEqual([]);
  await server.close();
});

describe('a Realtime session of a call', () => {
  it('hears, is asked and speaks over one connection that never answers by itself', async () => {
    server.script = [said('forget about it')];
    call.listen();
    await call.sound(2000);
    await expect.poll(() => call.finals).toEqual(['forget about it']);
    expect(await call.ask('forget about it')).toEqual([{ kind: 'call', name: 'cancel_it_1', arguments: '{}' }]);
    expect(seconds(await call.say('It is cancelled.'))).toBeCloseTo(0.9);
    expect(server.connections).toHaveLength(1);
    const [opened, listening] = server.sessions;
    expect(opened).toMatchObject({ type: 'realtime', tools: [], tool_choice: 'none' });
    for (const session of [opened, listening])
      expect(session).toMatchObject({
        audio: { input: { turn_detection: { create_response: false, interrupt_response: false } } },
      });
    expect(listening).toMatchObject({
      audio: { input: { transcription: { model: 'gpt-4o-transcribe', language: 'en' } } },
    });
  });

  it('is asked on the sound of what was said, and on nothing else that it has heard', async () => {
    const words = said('cancel my border', 3).words;
    server.script = [said('hello there'), { words: [...words.slice(0, 2), { ...words[2]!, sounds: 'order' }] }];
    call.listen();
    await call.sound(5000);
    await expect.poll(() => call.finals).toEqual(['hello there', 'cancel my border']);
    await call.ask('Cancel my border.');
    expect(server.questions[0]).toMatchObject({
      sound: 'cancel my order',
      question: {
        conversation: 'none',
        output_modalities: ['text'],
        tool_choice: 'required',
        instructions: expect.stringContaining('go by the voice') as unknown,
        tools: [{ name: 'cancel_it_1' }, { name: 'none_of_these' }],
        input: [{ role: 'user', content: [{ text: '{"caller":"Cancel my border."}' }] }],
      },
    });
    // A turn that was heard in two pieces.
    await call.ask('hello there cancel my border');
    expect(server.questions[1]!.sound).toBe('hello there cancel my order');
  });

  it.each([
    ['hidden in part, since it is personal', 'cancel my [name]'],
    ['typed, or heard by another ear', 'what about my refund'],
  ])('is asked by words alone where they were %s', async (_, text) => {
    server.script = [said('cancel my order')];
    call.listen();
    await call.sound(2000);
    await expect.poll(() => call.finals).toHaveLength(1);
    await call.ask(text);
    expect(server.questions[0]!.sound).toBeUndefined();
    expect(server.questions[0]!.question.instructions).toBe('Route one turn.');
  });

  it('keeps no secret, and of the rest no more than the last sentences', async () => {
    server.script = [
      said('four four one seven'),
      ...Array.from({ length: 10 }, (_, n) => said(`number ${n}`, 4 + 2 * n)),
    ];
    call.listen('en-US', true);
    await call.sound(2500);
    await expect.poll(() => server.deleted).toEqual(['item_0_0']);
    await call.ask('four four one seven');
    expect(server.questions[0]!.sound).toBeUndefined();
    call.tune(false);
    await call.sound(22_000);
    await expect.poll(() => call.finals).toHaveLength(11);
    await expect.poll(() => server.deleted).toEqual(['item_0_0', 'item_0_1', 'item_0_2']);
    await call.ask('number 9');
    expect(server.questions[1]!.sound).toBe('number 9');
  });

  it('speaks and is asked at the same time, and a cut-off sentence stops nothing else', async () => {
    let give = (): void => {};
    answer = () => new Promise((resolve) => (give = () => resolve([move('cancel_it_1')])));
    const asked = call.ask('never mind');
    await expect.poll(() => server.questions).toHaveLength(1);
    const stop = new AbortController();
    const other = call.say('one two three four five six');
    const cut = (async () => {
      for await (const piece of call.tts.speak(
        { text: 'a b c d e f g', language: 'en', session: call.session },
        stop.signal,
      ))
        if (piece.kind === 'audio') stop.abort(new Error('barge-in'));
    })();
    await expect(cut).rejects.toThrow('barge-in');
    await expect.poll(() => server.cancelled).toEqual(['voice']);
    expect(seconds(await other)).toBeCloseTo(1.8);
    give();
    expect(await asked).toEqual([{ kind: 'call', name: 'cancel_it_1', arguments: '{}' }]);
    expect(server.connections).toHaveLength(1);
  });

  it('fails nobody but the one whose message an error is about', async () => {
    const running = call.say('one two three four five six');
    await expect.poll(() => server.texts).toHaveLength(1);
    server.fault = { kind: 'error', code: 'rate_limit_exceeded', type: 'requests' };
    await expect(call.say('Hello?')).rejects.toMatchObject({ kind: 'busy', retryable: true });
    server.fault = undefined;
    expect(seconds(await running)).toBeCloseTo(1.8);
    expect(seconds(await call.say('one two'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(1);
  });

  it('is cancelled where its answer is late, and nothing that still comes is anybody’s', async () => {
    let give = (): void => {};
    answer = () => new Promise((resolve) => (give = () => resolve([move('cancel_it_1')])));
    const deadline = new AbortController();
    const asked = call.ask('never mind', deadline.signal);
    await expect.poll(() => server.questions).toHaveLength(1);
    deadline.abort(new Error('too late'));
    await expect(asked).rejects.toThrow('too late');
    await expect.poll(() => server.cancelled).toEqual(['moves']);
    give();
    answer = () => [move('none_of_these')];
    expect(await call.ask('never mind')).toEqual([{ kind: 'call', name: 'none_of_these', arguments: '{}' }]);
  });

  it('stops a question that is given up before the server has a name for it', async () => {
    answer = () => [{ kind: 'silent' }];
    const stop = new AbortController();
    const asked = call.ask('never mind', stop.signal);
    await call.session.open();
    stop.abort(new Error('the caller went on'));
    await expect(asked).rejects.toThrow('the caller went on');
    await expect.poll(() => server.questions.length - server.cancelled.length).toBe(0);
  });

  it('never plays what it says unasked, stops it and counts it', async () => {
    server.script = [said('are you a robot')];
    server.fault = { kind: 'speaks_up', text: 'Yes and I have refunded everything to you today' };
    call.listen();
    await call.sound(2500);
    await expect.poll(() => call.finals).toEqual(['are you a robot']);
    await expect.poll(() => server.unasked).toEqual(['cancelled']);
    expect(ownWords).toEqual(['session']);
    server.fault = undefined;
    expect(seconds(await call.say('Yes, I am.'))).toBeCloseTo(0.9);
  });

  it.each([
    ['words', { kind: 'words', text: 'I have refunded it.' }],
    ['a function', { kind: 'tool' }],
  ] as const)('plays nothing of %s of its own where it was to read, and goes on', async (_, fault) => {
    server.fault = fault;
    await expect(call.say('Shall I cancel it?')).rejects.toMatchObject({ kind: 'protocol', retryable: true });
    expect(ownWords).toEqual(['voice']);
    server.fault = undefined;
    expect(seconds(await call.say('Shall I?'))).toBeCloseTo(0.6);
    expect(server.connections).toHaveLength(1);
  });

  it('drops its own words where it was to call a function, and counts them', async () => {
    answer = () => [{ kind: 'text', pieces: ['I did it.'] }, move('cancel_it_1')];
    expect(await call.ask('never mind')).toEqual([{ kind: 'call', name: 'cancel_it_1', arguments: '{}' }]);
    expect(ownWords).toEqual(['model']);
  });

  it('is asked by words alone where it does not know the sound any more', async () => {
    server.script = [said('forget about it')];
    call.listen();
    await call.sound(2000);
    await expect.poll(() => call.finals).toHaveLength(1);
    server.fault = { kind: 'deaf' };
    expect(await call.ask('forget about it')).toEqual([{ kind: 'call', name: 'cancel_it_1', arguments: '{}' }]);
    // Outside of the session, whose other parts go on.
    expect(server.questions.map(({ sound }) => sound)).toEqual([undefined]);
    expect(server.open).toBe(2);
    expect(seconds(await call.say('one two'))).toBeCloseTo(0.6);
  });

  it('speaks in another voice, or at another pace, over a connection of its own', async () => {
    await call.say('one two');
    await call.say('one two', { voice: 'cedar' });
    await call.say('one two', { rate: 0.8 });
    expect(server.connections).toHaveLength(3);
    expect(server.sessions.map(({ audio }) => (audio as { output: object }).output)).toMatchObject([
      { voice: 'marin', speed: 1 },
      { voice: 'cedar', speed: 1 },
      { voice: 'marin', speed: 0.8 },
    ]);
  });

  it('fails every part when the connection dies, and all go on over one new connection', async () => {
    server.script = [said('where is my')];
    call.listen();
    await call.sound(1000);
    answer = () => [{ kind: 'silent' }];
    const asked = call.ask('where is my');
    asked.catch(() => {});
    const speaking = call.say('one two three four five six seven eight');
    speaking.catch(() => {});
    await expect.poll(() => server.questions.length + server.texts.length).toBe(2);
    await server.hangUp();
    await expect(speaking).rejects.toMatchObject({ kind: 'closed', retryable: true });
    await expect.poll(() => call.problem).toMatchObject({ kind: 'closed', retryable: true });
    // The question is asked again outside of it, by words.
    await expect.poll(() => server.questions).toHaveLength(2);
    answer = () => [move('cancel_it_1')];
    const before = server.connections.length;
    server.script = [said('cancel it')];
    call.listen();
    await call.sound(2000);
    await expect.poll(() => call.finals).toContain('cancel it');
    expect(seconds(await call.say('one two'))).toBeCloseTo(0.6);
    await call.ask('cancel it');
    expect(server.questions.at(-1)!.sound).toBe('cancel it');
    expect(server.connections.length).toBe(before + 1);
    // It was told everything anew.
    expect(server.sessions.at(-2)).toMatchObject({ tools: [], audio: { output: { voice: 'marin' } } });
  });

  it('is lost like a connection when its 60 minutes are over all the same', async () => {
    call.listen();
    await call.sound(500);
    await expect.poll(() => server.audioS[0] ?? 0).toBeGreaterThan(0.3);
    const speaking = call.say('one two three four five six seven eight');
    await expect.poll(() => server.texts).toHaveLength(1);
    server.expire();
    await expect(speaking).rejects.toMatchObject({
      retryable: true,
      message: expect.not.stringContaining('secret') as unknown,
    });
    await expect.poll(() => call.problem).toMatchObject({ retryable: true });
    expect(seconds(await call.say('one two'))).toBeCloseTo(0.6);
  });

  it('hands over to a new session before its time is over: in silence, with how it listens and the last of the sound', async () => {
    call.listen();
    await call.sound(1000);
    await expect.poll(() => server.audioS[0] ?? 0).toBeGreaterThan(0.8);
    let give = (): void => {};
    answer = () => new Promise((resolve) => (give = () => resolve([move('cancel_it_1')])));
    await clock().advance(55 * 60_000 - 1000);
    const asked = call.ask('never mind');
    await expect.poll(() => server.questions).toHaveLength(1);
    await clock().advance(1000);
    await expect.poll(() => server.connections).toHaveLength(2);
    // Not while something is answered.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.open).toBe(2);
    give();
    await asked;
    await expect.poll(() => server.open).toBe(1);
    await expect.poll(() => server.audioS[1] ?? 0).toBeCloseTo(0.6);
    expect(server.sessions.at(-1)).toMatchObject({ audio: { input: { transcription: { language: 'en' } } } });
    // The ear has noticed nothing.
    server.script = [said('cancel it', 1)];
    await call.sound(2000);
    await expect.poll(() => call.finals).toEqual(['cancel it']);
    answer = () => [move('cancel_it_1')];
    await call.ask('cancel it');
    expect(server.questions.at(-1)!.sound).toBe('cancel it');
    expect(seconds(await call.say('one two'))).toBeCloseTo(0.6);
    expect(call.problem).toBeUndefined();
    expect(server.connections).toHaveLength(2);
  });

  it('does not hand over in the middle of what the caller says, and tries again where no new session is to be had', async () => {
    server.transcribesLate = false;
    server.script = [said('one two three four five six', 0.45)];
    call.listen();
    await call.sound(1200);
    await expect.poll(() => call.events.length).toBeGreaterThan(0);
    server.fault = { kind: 'refuse', status: 503 };
    await clock().advance(55 * 60_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    server.fault = undefined;
    await clock().advance(15_000);
    await expect.poll(() => server.connections).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.open).toBe(2);
    await call.sound(2500);
    await expect.poll(() => call.finals).toEqual(['one two three four five six']);
    await expect.poll(() => server.open).toBe(1);
  });

  it('forgets what was open when another ear begins, and tells none of its late words', async () => {
    server.transcribesLate = false;
    server.script = [said('hello'), said('where is my order', 2)];
    call.listen();
    await call.sound(2600);
    await expect.poll(() => call.finals).toEqual(['hello']);
    await expect.poll(() => call.events.at(-1)?.kind).toBe('interim');
    const told = call.events.length;
    server.script = [said('donde esta', 4)];
    call.listen('es-ES');
    await call.sound(3000);
    await expect.poll(() => call.finals).toEqual(['hello', 'donde esta']);
    // What the one before has heard is of no use any more.
    expect(server.deleted).toEqual(['item_0_0']);
    expect(call.events.slice(told).flatMap((event) => ('text' in event ? [event.text] : []))).not.toContain('where is my order'); // prettier-ignore
    expect(server.connections).toHaveLength(1);
  });

  it('leaves nothing open when the call is over', async () => {
    call.listen();
    await call.sound(500);
    await call.say('one');
    await call.ask('never mind');
    await expect.poll(() => server.open).toBe(1);
    call.close();
    await expect.poll(() => server.open).toBe(0);
    await expect(call.say('one')).rejects.toMatchObject({ kind: 'closed' });
  });
});
