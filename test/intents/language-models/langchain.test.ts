import { fakeModel } from '@langchain/core/testing';
import { AIMessage } from '@langchain/core/messages';
import { FakeChatModel, FakeListChatModel, FakeStreamingChatModel } from '@langchain/core/utils/testing';
import { ChatOpenAI } from '@langchain/openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { OutsideError } from '../../../engine/errors.js';
import { fromLangChain, isLangChainModel } from '../../../intents/language-models/langchain.js';
import { openAiLoopback, type Answer, type LoopbackOpenAi } from '../../loopback/openai.js';

const never = new AbortController().signal;
const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'where is my purple order' },
  ],
};
const functions = [
  { name: 'check_order', description: 'd', parameters: { type: 'object', properties: { order: { type: 'string' } } } },
];
let server: LoopbackOpenAi | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function chatOpenAi(answer: Answer) {
  server = await openAiLoopback(() => answer);
  return fromLangChain(
    new ChatOpenAI({ model: 'm', apiKey: 'k', maxRetries: 0, configuration: { baseURL: server.url } }),
  );
}

async function all(pieces: AsyncIterable<ModelPiece>): Promise<ModelPiece[]> {
  const list: ModelPiece[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

const failure = (pieces: AsyncIterable<ModelPiece>): Promise<unknown> =>
  all(pieces).then(
    () => undefined,
    (reason: unknown) => reason,
  );

describe('LangChain’s ChatOpenAI', () => {
  it('streams text over the wire, and says what it cost', async () => {
    const model = await chatOpenAi({ kind: 'text', pieces: ['On its ', 'way.'], usage: { input: 12, output: 6 } });
    expect(model.name).toBe('m');
    const pieces = await all(model.stream(request, never));
    expect(pieces.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []))).toEqual(['On its ', 'way.']);
    expect(pieces.at(-1)).toEqual({ kind: 'usage', inputTokens: 12, outputTokens: 6 });
    expect(server!.seen[0]!.body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'where is my purple order' },
    ]);
  });

  it('is offered functions, must call one, and its call is put together', async () => {
    const model = await chatOpenAi({ kind: 'call', name: 'check_order', arguments: '{"order":"4471"}', parts: 4 });
    const pieces = await all(model.stream({ ...request, functions, mustCall: true }, never));
    expect(pieces.find(({ kind }) => kind === 'call')).toEqual({
      kind: 'call',
      name: 'check_order',
      arguments: '{"order":"4471"}',
    });
    expect(server!.seen[0]!.body).toMatchObject({
      tool_choice: 'required',
      tools: [{ function: { name: 'check_order', parameters: functions[0]!.parameters } }],
    });
  });

  it('carries calls of functions and their results', async () => {
    const model = await chatOpenAi({ kind: 'text', pieces: ['ok'] });
    const call = { id: 'c1', name: 'check_order', arguments: '{"order":"1"}' };
    await all(
      model.stream(
        {
          messages: [
            ...request.messages,
            { role: 'assistant', content: '', calls: [call] },
            { role: 'tool', content: 'sent', callId: 'c1' },
          ],
        },
        never,
      ),
    );
    expect(server!.seen[0]!.body.messages.slice(2)).toMatchObject([
      { role: 'assistant', tool_calls: [{ id: 'c1', function: { name: 'check_order', arguments: '{"order":"1"}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: 'sent' },
    ]);
  });

  it('fails as any model fails, without quoting what the vendor wrote', async () => {
    const model = await chatOpenAi({ kind: 'status', status: 429, body: '{"error":{"message":"purple order"}}' });
    const error = await failure(model.stream(request, never));
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ kind: 'busy', retryable: true });
    expect((error as Error).message).not.toContain('purple');
  });

  it('stops with the reason it was stopped with', async () => {
    const model = await chatOpenAi({ kind: 'silent' });
    const controller = new AbortController();
    const ended = failure(model.stream(request, controller.signal));
    const reason = { parts: [], estimated: false };
    setTimeout(() => controller.abort(reason), 0);
    expect(await ended).toBe(reason);
  });
});

describe('any other chat model of LangChain', () => {
  it('gives the calls of one that does not stream', async () => {
    const model = fromLangChain(
      fakeModel().respond(
        new AIMessage({ content: '', tool_calls: [{ id: 'a', name: 'check_order', args: { order: '7' } }] }),
      ),
    );
    expect(await all(model.stream({ ...request, functions }, never))).toContainEqual({
      kind: 'call',
      name: 'check_order',
      arguments: '{"order":"7"}',
    });
  });

  it('says that one which calls no functions cannot route', async () => {
    const model = fromLangChain(new FakeChatModel({}));
    expect(await failure(model.stream({ ...request, functions }, never))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('bindTools') as string,
    });
  });

  it('quotes nothing of what it throws', async () => {
    const model = fromLangChain(new FakeStreamingChatModel({ thrownErrorString: 'purple order' }));
    const error = await failure(model.stream(request, never));
    expect(error).toBeInstanceOf(OutsideError);
    expect((error as Error).message).not.toContain('purple');
  });

  it('is told from what is none', () => {
    expect(isLangChainModel(new FakeListChatModel({ responses: [] }))).toBe(true);
    for (const other of [undefined, null, 7, {}, { stream: () => undefined, name: 'm' }])
      expect(isLangChainModel(other)).toBe(false);
  });
});
