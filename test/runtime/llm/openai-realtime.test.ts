import { afterEach, describe, expect, it } from 'vitest';
import { RealClock, VirtualClock } from '../../../engine/clock.js';
import type { ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { OutsideError, UsageError } from '../../../engine/errors.js';
import { openAiRealtimeModel } from '../../../runtime/llm/openai-realtime.js';
import {
  loopbackKey,
  startRealtimeModel,
  type LoopbackRealtimeModel,
  type RealtimePart,
  type RealtimeQuestion,
} from '../../loopback/openai-realtime-model.js';

const never = new AbortController().signal;
const words: ModelRequest = { messages: [{ role: 'user', content: 'where is my purple order' }] };
const functions = [
  { name: 'check_order_1', description: 'An order', parameters: { type: 'object', properties: {} } },
  { name: 'none_of_these', description: 'Something else', parameters: { type: 'object', properties: {} } },
];
const moves: ModelRequest = { ...words, functions, mustCall: true };
const called = (more: Partial<RealtimePart & { kind: 'call' }> = {}): RealtimePart => ({
  kind: 'call',
  name: 'check_order_1',
  arguments: '{"order":"4471"}',
  ...more,
});
const theCall: ModelPiece = { kind: 'call', name: 'check_order_1', arguments: '{"order":"4471"}' };
const cost: ModelPiece = { kind: 'usage', inputTokens: 40, outputTokens: 6 };

describe('a Realtime session as a model that is asked', () => {
  let server: LoopbackRealtimeModel | undefined;
  let model: ReturnType<typeof openAiRealtimeModel> | undefined;
  let ownWords = 0;
  afterEach(async () => {
    model?.close();
    expect(server?.problems ?? []).toEqual([]);
    await server?.close();
    server = model = undefined;
    ownWords = 0;
  });

  async function answering(
    answer: RealtimePart[] | ((question: RealtimeQuestion) => RealtimePart[] | Promise<RealtimePart[]>),
    more: object = {},
  ) {
    server = await startRealtimeModel(typeof answer === 'function' ? answer : () => answer);
    model = openAiRealtimeModel({
      apiKey: loopbackKey,
      baseUrl: server.url,
      onOwnWords: () => (ownWords += 1),
      ...more,
    });
    return { server, model };
  }
  async function all(request: ModelRequest, signal = never): Promise<ModelPiece[]> {
    const pieces: ModelPiece[] = [];
    for await (const piece of model!.stream(request, signal)) pieces.push(piece);
    return pieces;
  }
  async function failure(request: ModelRequest, signal = never): Promise<OutsideError> {
    const problem: unknown = await all(request, signal).catch((thrown: unknown) => thrown);
    expect(problem).toBeInstanceOf(OutsideError);
    expect((problem as OutsideError).message).not.toContain('purple');
    return problem as OutsideError;
  }

  it('has the legal moves as its functions and must call one; the whole question is in the request', async () => {
    const { server } = await answering([called({ parts: 5 })]);
    const system = { role: 'system', content: 'Route one turn.' } as const;
    expect(await all({ ...moves, messages: [system, ...moves.messages], maxTokens: 200, temperature: 0 })).toEqual([theCall, cost]); // prettier-ignore
    expect(server.questions).toEqual([
      {
        conversation: 'none',
        output_modalities: ['text'],
        instructions: 'Route one turn.',
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'where is my purple order' }] }],
        tools: functions.map((one) => ({ type: 'function', ...one })),
        tool_choice: 'required',
        max_output_tokens: 200,
      },
    ]);
  });

  it.each(['arguments', 'item'] as const)(
    'takes a call of which only the end of its %s is told, once',
    async (only) => {
      await answering([called({ only, parts: 3 }), called({ arguments: '' })]);
      expect(await all(moves)).toEqual([theCall, { ...theCall, arguments: '' }, cost]);
    },
  );

  it.each([
    ['in text', { kind: 'text', pieces: ['I have ', 'cancelled it.'] }],
    ['aloud', { kind: 'audio', transcript: 'I have cancelled it.' }],
  ] as const)(
    'gives nothing of what it words itself %s where it has to call a function, and counts it',
    async (_, part) => {
      await answering([part as RealtimePart]);
      expect(await all(moves)).toEqual([cost]);
      expect(ownWords).toBe(1);
      await server!.close();
      await answering([part as RealtimePart, called()]);
      expect(await all(moves)).toEqual([theCall, cost]);
      expect(ownWords).toBe(2);
    },
  );

  it('gives words as they come where words are asked for, and offers no function there', async () => {
    const { server } = await answering([{ kind: 'text', pieces: ['Your order ', 'is on its way.'] }]);
    expect(await all(words)).toEqual([
      { kind: 'text', text: 'Your order ' },
      { kind: 'text', text: 'is on its way.' },
      cost,
    ]);
    expect(server.questions[0]).toMatchObject({ tools: [], tool_choice: 'none' });
    expect(ownWords).toBe(0);
    expect(await all({ ...words, functions })).toHaveLength(3);
    expect(server.questions[1]).toMatchObject({ tool_choice: 'auto' });
  });

  it('tells what was called before, and what came of it, as items', async () => {
    const { server } = await answering([called()]);
    await all({
      ...moves,
      messages: [
        { role: 'system', content: 'One.' },
        { role: 'system', content: 'Two.' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', calls: [{ id: 'c1', name: 'look', arguments: '{}' }] },
        { role: 'tool', callId: 'c1', content: '5' },
        { role: 'assistant', content: 'Five.' },
        { role: 'system', content: 'Three.' },
      ],
    });
    expect(server.questions[0]).toMatchObject({
      instructions: 'One.\n\nTwo.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: '5' },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Five.' }] },
        { role: 'system', content: [{ type: 'input_text', text: 'Three.' }] },
      ],
    });
  });

  it('asks questions that run at a time over connections of their own, and later ones over the same', async () => {
    const { server, model } = await answering(({ input }) => [{ kind: 'text', pieces: [JSON.stringify(input)] }]);
    await model.warm();
    const ask = async (content: string) => (await all({ messages: [{ role: 'user', content }] }))[0];
    expect(server.connections).toHaveLength(1);
    const answers = await Promise.all(['one', 'two'].map(ask));
    expect(answers).toMatchObject([
      { text: expect.stringContaining('"one"') as unknown },
      { text: expect.stringContaining('"two"') as unknown },
    ]);
    for (const one of ['three', 'four', 'five']) await ask(one);
    expect(server.connections).toHaveLength(2);
  });

  it('cancels what is given up, and what still comes of it is nobody’s', async () => {
    const { server } = await answering(({ tools }) => [tools.length > 0 ? { kind: 'silent' } : { kind: 'text', pieces: ['Yes.'] }]); // prettier-ignore
    server.afterCancel = [called(), { kind: 'text', pieces: ['I did it.'] }];
    const controller = new AbortController();
    const asked = all(moves, controller.signal);
    await expect.poll(() => server.questions.length).toBe(1);
    const why = new Error('the caller goes on');
    controller.abort(why);
    await expect(asked).rejects.toBe(why);
    await expect.poll(() => server.cancelled).toBe(1);
    expect(await all(words)).toEqual([{ kind: 'text', text: 'Yes.' }, cost]);
    await expect(all(words, controller.signal)).rejects.toBe(why);
    expect(server.questions).toHaveLength(2);
  });

  it('goes on over a connection whose answer was over before it was cancelled', async () => {
    let asked = 0;
    const { server } = await answering(() => [asked++ === 0 ? { kind: 'silent' } : called()]);
    server.cancelledLate = true;
    const controller = new AbortController();
    const given = all(moves, controller.signal).catch(() => 'given up');
    await expect.poll(() => server.questions.length).toBe(1);
    controller.abort();
    expect(await given).toBe('given up');
    await expect.poll(() => server.cancelled).toBe(1);
    expect(await all(moves)).toEqual([theCall, cost]);
  });

  it('asks once more where its connection is lost before a word, and says that it may be tried again where that is lost too', async () => {
    let asked = 0;
    const { server } = await answering(() => [asked++ < 3 ? { kind: 'die' } : called()]);
    expect(await failure(moves)).toMatchObject({ kind: 'closed', retryable: true });
    expect(server.questions).toHaveLength(2);
    expect(await all(moves)).toEqual([theCall, cost]);
    // Kept, and gone without a word before the next question.
    await server.hangUp();
    expect(await all(moves)).toEqual([theCall, cost]);
    expect(server.connections).toHaveLength(5);
  });

  it('begins no answer again of which something was given', async () => {
    const { server } = await answering([{ kind: 'text', pieces: ['Your '] }, { kind: 'die' }]);
    expect(await failure(words)).toMatchObject({ kind: 'closed', retryable: true });
    expect(server.questions).toHaveLength(1);
  });

  it('gives up on silence, on the injected clock', async () => {
    const clock = new VirtualClock();
    const { server } = await answering([{ kind: 'silent' }], { clock, idleMs: 5000 });
    const failed = failure(moves);
    await expect.poll(() => server.questions.length).toBe(1);
    await clock.advance(5000);
    expect(await failed).toMatchObject({ kind: 'timeout', retryable: true });
    await expect.poll(() => server.cancelled).toBe(1);
  });

  it('passes over what no server sends, and takes no call that was cut', async () => {
    await answering([{ kind: 'garbage' }, called()]);
    expect(await all(moves)).toEqual([theCall, cost]);
    await server!.close();
    await answering([{ kind: 'cut_call', name: 'check_order_1', arguments: '{"order":"44' }]);
    expect(await all(moves)).toEqual([cost]);
  });

  it.each([
    ['error', 'invalid_api_key', 'invalid_request_error', 'refused', false],
    ['error', 'insufficient_quota', 'insufficient_quota', 'refused', false],
    ['error', 'unknown_parameter', 'invalid_request_error', 'refused', false],
    ['error', 'session_expired', 'invalid_request_error', 'unreachable', true],
    ['failed', 'rate_limit_exceeded', 'tokens', 'busy', true],
    ['failed', 'server_error', 'server_error', 'unreachable', true],
  ] as const)(
    'knows what it means when it says %s %s, and passes none of its text on',
    async (kind, code, type, what, retryable) => {
      await answering([{ kind, code, type }]);
      expect(await failure(moves)).toMatchObject({ who: 'openai', kind: what, retryable });
    },
  );

  it.each([
    [401, 'Set OPENAI_API_KEY.'],
    [402, 'Pay it in.'],
    [404, 'Check `llm:` and OPENAI_BASE_URL'],
  ])('says how a refusal by %i is cured', async (status, cure) => {
    const { server } = await answering([]);
    server.refuse = status;
    const problem = await failure(moves);
    expect(problem).toMatchObject({ kind: 'refused', retryable: false });
    expect(problem.message).toContain(cure);
    expect(problem.message).not.toMatch(/embedded|secret/);
  });

  it.each([
    [undefined, 'gpt-realtime'],
    ['realtime', 'gpt-realtime'],
    ['realtime/gpt-realtime-mini', 'gpt-realtime-mini'],
    ['gpt-realtime-2', 'gpt-realtime-2'],
  ])('is named %s, and asks for %s', async (name, asked) => {
    const { server, model } = await answering([called()], { model: name });
    await all(moves);
    expect(model.name).toBe(asked);
    expect(server.connections[0]!.searchParams.get('model')).toBe(asked);
  });

  it('needs a key, and never sends one over a network in the clear', async () => {
    model = openAiRealtimeModel({ clock: new RealClock() });
    expect((await failure(moves)).message).toContain('Set OPENAI_API_KEY');
    await expect(model.warm()).rejects.toThrow('Set OPENAI_API_KEY');
    expect(() => openAiRealtimeModel({ baseUrl: 'http://model.example' })).toThrow(UsageError);
  });
});
