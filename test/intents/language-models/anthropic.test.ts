import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { OutsideError } from '../../../engine/errors.js';
import { createAnthropic } from '../../../intents/language-models/anthropic.js';
import { anthropicLoopback, type AnthropicAnswer } from '../../loopback/anthropic.js';

const never = new AbortController().signal;
const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'where is my purple order' },
  ],
};
const functions = [{ name: 'check_order', description: 'd', parameters: { type: 'object', properties: {} } }];
let server: Awaited<ReturnType<typeof anthropicLoopback>> | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answering(answer: AnthropicAnswer, clock?: VirtualClock) {
  server = await anthropicLoopback(() => answer);
  return createAnthropic({ url: server.url, key: 'k', model: 'm', ...(clock && { clock, idleMs: 5_000 }) });
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

describe('the client of Anthropic’s Messages API', () => {
  it('gives text as it comes, then what it cost; orders go beside the messages and no temperature with them', async () => {
    const model = await answering({ kind: 'text', pieces: ['Your order ', 'is on its way.'] });
    expect(await all(model.stream({ ...request, temperature: 0, maxTokens: 50 }, never))).toEqual([
      { kind: 'text', text: 'Your order ' },
      { kind: 'text', text: 'is on its way.' },
      { kind: 'usage', inputTokens: 25, outputTokens: 9 },
    ]);
    const [{ headers, body }] = server!.seen as [(typeof server & object)['seen'][number]];
    expect(headers['x-api-key']).toBe('k');
    expect(body).toMatchObject({ model: 'm', max_tokens: 50, stream: true, system: 'Be brief.' });
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'where is my purple order' }] }]);
    expect(body).not.toHaveProperty('temperature');
  });

  it('puts a function call together from its parts, and asks for exactly one when one must come', async () => {
    const model = await answering({
      kind: 'calls',
      calls: [{ name: 'check_order', parts: ['', '{"ord', 'er":"4471"}'] }],
    });
    const pieces = await all(model.stream({ ...request, functions, mustCall: true }, never));
    expect(pieces[0]).toEqual({ kind: 'call', name: 'check_order', arguments: '{"order":"4471"}' });
    expect(server!.seen[0]!.body).toMatchObject({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      tools: [{ name: 'check_order', description: 'd', input_schema: functions[0]!.parameters }],
    });
  });

  it('reads a call without arguments as one with none', async () => {
    const model = await answering({ kind: 'calls', calls: [{ name: 'none_of_these', parts: [] }] });
    expect((await all(model.stream({ ...request, functions }, never)))[0]).toMatchObject({ arguments: '{}' });
    expect(server!.seen[0]!.body.tool_choice).toEqual({ type: 'auto' });
  });

  it('tells a talk that the agent opened and tools have answered in the order that the API takes', async () => {
    const model = await answering({ kind: 'text', pieces: ['ok'] });
    await all(
      model.stream(
        {
          messages: [
            { role: 'assistant', content: 'Hello.' },
            { role: 'user', content: 'both please' },
            {
              role: 'assistant',
              content: '',
              calls: [
                { id: 'a', name: 'one', arguments: '{"x":1}' },
                { id: 'b', name: 'two', arguments: 'not json' },
              ],
            },
            { role: 'tool', content: '1', callId: 'a' },
            { role: 'tool', content: '2', callId: 'b' },
          ],
        },
        never,
      ),
    );
    const { messages } = server!.seen[0]!.body;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(messages[3]!.content).toEqual([
      { type: 'tool_use', id: 'a', name: 'one', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'two', input: {} },
    ]);
    expect(messages[4]!.content).toHaveLength(2);
  });

  it.each([
    [401, 'refused', false, 'ANTHROPIC_API_KEY'],
    [429, 'busy', true, '429'],
    [529, 'unreachable', true, '529'],
  ] as const)('says of a %i whether trying again may help, and the cure', async (status, kind, retryable, words) => {
    const model = await answering({ kind: 'status', status });
    const error = await failure(model.stream(request, never));
    expect(error).toMatchObject({ kind, retryable });
    expect(error.message).toContain(words);
  });

  it.each([
    ['an error in mid-stream', ['data: {"type":"error","error":{"message":"purple"}}\n\n'], 'refused'],
    ['no JSON', ['data: {purple\n\n'], 'protocol'],
    [
      'arguments of no function',
      ['data: {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"purple"}}\n\n'],
      'protocol',
    ],
    ['an answer that ends too soon', ['data: {"type":"message_start"}\n\n'], 'closed'],
  ] as const)('refuses %s without quoting it', async (_, chunks, kind) => {
    const model = await answering({ kind: 'raw', chunks: [...chunks] });
    const error = await failure(model.stream(request, never));
    expect(error.kind).toBe(kind);
    expect(error.message).not.toContain('purple');
  });

  it('stops reading an answer of a size that no answer has', async () => {
    const piece = `data: ${JSON.stringify({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(90_000) } })}\n\n`;
    const model = await answering({ kind: 'raw', chunks: new Array<string>(60).fill(piece) });
    expect(await failure(model.stream(request, never))).toMatchObject({ kind: 'protocol' });
  });

  it('gives up on silence on the injected clock, and stops with the reason it was stopped with', async () => {
    const clock = new VirtualClock();
    const model = await answering({ kind: 'silent' }, clock);
    const failed = failure(model.stream(request, never));
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ kind: 'timeout' });
    const controller = new AbortController();
    const ended = all(model.stream(request, controller.signal)).catch((reason: unknown) => reason);
    const reason = { parts: [], estimated: false };
    controller.abort(reason);
    expect(await ended).toBe(reason);
  });
});
