import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { OutsideError } from '../../../engine/errors.js';
import { createOpenAiCompatible } from '../../../intents/language-models/openai-compatible.js';
import { openAiLoopback, type Answer, type LoopbackOpenAi } from '../../loopback/openai.js';

const never = new AbortController().signal;
const request: ModelRequest = { messages: [{ role: 'user', content: 'where is my purple order' }] };
let server: LoopbackOpenAi | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answering(answer: Answer | ((n: number) => Answer)) {
  let n = 0;
  server = await openAiLoopback(() => (typeof answer === 'function' ? answer(n++) : answer));
  return createOpenAiCompatible({ url: server.url, key: 'k', model: 'm' });
}

async function all(pieces: AsyncIterable<ModelPiece>): Promise<ModelPiece[]> {
  const list: ModelPiece[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

async function failure(pieces: AsyncIterable<ModelPiece>): Promise<OutsideError> {
  const error: unknown = await all(pieces).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutsideError);
  return error as OutsideError;
}

describe('the OpenAI-compatible client', () => {
  it('gives text as it comes, then what it cost', async () => {
    const model = await answering({
      kind: 'text',
      pieces: ['Your order ', 'is on its way.'],
      usage: { input: 12, output: 6 },
    });
    expect(await all(model.stream({ ...request, temperature: 0, maxTokens: 50 }, never))).toEqual([
      { kind: 'text', text: 'Your order ' },
      { kind: 'text', text: 'is on its way.' },
      { kind: 'usage', inputTokens: 12, outputTokens: 6 },
    ]);
    expect(server!.seen[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: 'Bearer k',
      body: { model: 'm', stream: true, temperature: 0, max_tokens: 50, messages: request.messages },
    });
  });

  it('lets the first words leave before the last ones are made', async () => {
    const model = await answering({ kind: 'text', pieces: ['One. ', 'Two.'] });
    const gate = server!.hold();
    const pieces = model.stream(request, never)[Symbol.asyncIterator]();
    gate.next();
    expect((await pieces.next()).value).toEqual({ kind: 'text', text: 'One. ' });
    gate.next();
    expect((await pieces.next()).value).toEqual({ kind: 'text', text: 'Two.' });
    await pieces.return?.();
  });

  it('puts a function call together from its parts, and asks for one when one must come', async () => {
    const model = await answering({ kind: 'call', name: 'check_order', arguments: '{"order":"4471"}', parts: 4 });
    const functions = [{ name: 'check_order', description: 'd', parameters: { type: 'object', properties: {} } }];
    const pieces = await all(model.stream({ ...request, functions, mustCall: true }, never));
    expect(pieces[0]).toEqual({ kind: 'call', name: 'check_order', arguments: '{"order":"4471"}' });
    expect(server!.seen[0]!.body).toMatchObject({
      tool_choice: 'required',
      tools: [{ type: 'function', function: functions[0] }],
    });
  });

  it('keeps connections for the next request', async () => {
    const model = await answering({ kind: 'text', pieces: ['ok'] });
    for (let i = 0; i < 8; i++) await all(model.stream(request, never));
    // fetch may open a second one while the first is being handed back; never one a request.
    expect(server!.connections()).toBeLessThanOrEqual(2);
  });

  it('reads events however the wire cuts them', async () => {
    const chunk = (content: string): string =>
      `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: null }] })}\r\n\r\n`;
    const bytes = new TextEncoder().encode(`: ping\r\n\r\n${chunk('café ')}${chunk('naïve')}data: [DONE]\r\n\r\n`);
    const model = await answering({ kind: 'raw', chunks: Array.from(bytes, (byte) => Uint8Array.of(byte)) });
    const text = (await all(model.stream(request, never)))
      .map((piece) => (piece.kind === 'text' ? piece.text : ''))
      .join('');
    expect(text).toBe('café naïve');
  });

  it.each([
    [401, 'refused', false],
    [403, 'refused', false],
    [404, 'refused', false],
    [400, 'refused', false],
    [429, 'busy', true],
    [500, 'unreachable', true],
    [503, 'unreachable', true],
  ] as const)('says of a %i whether trying again may help, and quotes nothing', async (status, kind, retryable) => {
    const model = await answering({
      kind: 'status',
      status,
      body: '{"error":{"message":"purple order is not allowed"}}',
    });
    const error = await failure(model.stream(request, never));
    expect(error).toMatchObject({ kind, retryable });
    expect(error.message).not.toContain('purple');
  });

  it('tells a broken answer from a whole one', async () => {
    const model = await answering({
      kind: 'raw',
      chunks: ['data: {"choices":[{"delta":{"content":"Your"}}]}\n\n'],
      drop: true,
    });
    expect(await failure(model.stream(request, never))).toMatchObject({ retryable: true });
    const ended = await answering({ kind: 'raw', chunks: ['data: {"choices":[{"delta":{"content":"Your"}}]}\n\n'] });
    expect(await failure(ended.stream(request, never))).toMatchObject({ kind: 'closed', retryable: true });
  });

  it.each([
    ['no JSON', 'data: {purple\n\n'],
    ['no object', 'data: 7\n\n'],
    ['another shape', 'data: {"choices":"purple"}\n\n'],
    ['an error in mid-stream', 'data: {"error":{"message":"purple"}}\n\n'],
    ['an endless event', `data: ${'purple'.repeat(200_000)}`],
  ])('refuses %s without quoting it', async (_, raw) => {
    const model = await answering({ kind: 'raw', chunks: [raw] });
    const error = await failure(model.stream(request, never));
    expect(error.message).not.toContain('purple');
  });

  it('says that nobody is there', async () => {
    const model = createOpenAiCompatible({ url: 'http://127.0.0.1:9', model: 'm' });
    expect(await failure(model.stream(request, never))).toMatchObject({ kind: 'unreachable', retryable: true });
  });

  it('gives up on silence, on the injected clock', async () => {
    const clock = new VirtualClock();
    server = await openAiLoopback(() => ({ kind: 'silent' }));
    const model = createOpenAiCompatible({ url: server.url, model: 'm', clock, idleMs: 5_000 });
    const failed = failure(model.stream(request, never));
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ kind: 'timeout', retryable: true });
  });

  it('stops with the reason it was stopped with', async () => {
    const model = await answering({ kind: 'silent' });
    const controller = new AbortController();
    const ended = all(model.stream(request, controller.signal)).then(
      () => 'finished',
      (reason: unknown) => reason,
    );
    const reason = { parts: [], estimated: false };
    controller.abort(reason);
    expect(await ended).toBe(reason);
  });
});
