/** An agent as "custom LLM": OpenAI's chat completions over a real server, by our own client and by a plain fetch. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dialog, Input, ModelPiece } from '../../engine/contracts.js';
import { createOpenAiCompatible } from '../../intents/language-models/openai-compatible.js';
import { eventually } from '../conformance/line.js';
import { startReal, type RealServer } from './real-server.js';

const key = 'a key of the test';
const shop = `
flow: shop
slots: { floor: { type: digits, ask: Which floor? } }
states:
  hello: { say: Welcome., to: ask }
  ask: { collect: floor, to: told }
  told:
    say: "Floor {{ floor }} it is. Is there more?"
    transitions: [{ intent: yes, to: over }, { intent: no, to: bye }]
  over: { transfer: { to: "+35315550199" } }
  bye: { say: Goodbye then., hang_up: true }
`;

interface Said {
  content: string;
  calls: { name: string; arguments: string }[];
  finish: string;
  body: Record<string, unknown>;
}
interface Message {
  role: string;
  content: string;
}

describe('an agent as a chat model', () => {
  let server: RealServer;
  const inputs: Input[] = [];
  const watched = (dialog: Dialog): Dialog => ({
    id: dialog.id,
    turn: (input, run) => {
      inputs.push(input);
      return dialog.turn(input, run);
    },
    understand: (text, signal) => dialog.understand(text, signal),
    settlements: (signal) => dialog.settlements(signal),
    close: (reason) => dialog.close(reason),
  });
  beforeAll(async () => {
    server = await startReal({ agents: { shop }, env: { PARLEY_CHAT_KEY: key }, wrapDialog: watched });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    inputs.length = 0;
    server.records.length = 0;
  });

  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.started.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  async function ask(messages: Message[], more: object = {}, headers?: Record<string, string>): Promise<Said> {
    const answer = await post({ model: 'shop', messages, ...more }, headers);
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as Record<string, unknown>;
    const [choice] = body.choices as { message: { content: string; tool_calls?: { function: Said['calls'][0] }[] }; finish_reason: string }[]; // prettier-ignore
    const { content, tool_calls: calls = [] } = choice!.message;
    return { content, calls: calls.map((call) => call.function), finish: choice!.finish_reason, body };
  }
  const user = (content: string): Message => ({ role: 'user', content });
  const agent = (content: string): Message => ({ role: 'assistant', content });
  const system = { role: 'system', content: 'You are a helpful assistant.' };

  it('greets first, takes a turn a request by the name of the conversation, and says that it is over', async () => {
    const name = { 'x-conversation-id': 'one' };
    const first = await ask([system], {}, name);
    expect(first).toMatchObject({ content: 'Welcome. Which floor?', finish: 'stop' });
    const second = await ask([system, agent(first.content), user('twelve')], {}, name);
    expect(second.content).toBe('Floor 1 2 it is. Is there more?');
    const third = await ask([system, user('no thanks')], { messages: [agent(second.content), user('no')] }, name);
    expect(third.content).toBe('Goodbye then.');
    expect(third.body).toMatchObject({ object: 'chat.completion', model: 'shop', parley: { ended: true } });
    expect((third.body.usage as { total_tokens: number }).total_tokens).toBeGreaterThan(0);
    await eventually(() => server.records.length === 1);
    expect(server.records[0]).toMatchObject({ transport: 'chat', ended: 'completed', about: { agent: 'shop' } });
  });

  it('knows a conversation without a name by what was said in it, also where its last words were only heard in part', async () => {
    const first = await ask([]);
    const told: Message[] = [agent(first.content), user('twelve')];
    const second = await ask(told);
    const third = await ask([...told, agent('Floor 1 2'), user('no')]);
    expect([second.content, third.content]).toEqual(['Floor 1 2 it is. Is there more?', 'Goodbye then.']);
    const last = inputs.findLast(({ kind }) => kind === 'utterance')!;
    const said = last.heard!.parts.map(({ text, share }) => text.slice(0, Math.round(text.length * share)).trim());
    expect(said.join(' ').trim()).toMatch(/^Floor 1 2/);
    expect(said.join(' ')).not.toContain('more');
  });

  it('streams to the client that speaks this protocol', async () => {
    const model = createOpenAiCompatible({ url: `${server.started.server.url}/v1`, key, model: 'shop' });
    const pieces: ModelPiece[] = [];
    for await (const piece of model.stream(
      { messages: [{ role: 'system', content: 'x' }] },
      new AbortController().signal,
    ))
      pieces.push(piece);
    expect(pieces.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : [])).join('')).toBe(
      'Welcome. Which floor?',
    );
    expect(pieces.at(-1)).toMatchObject({ kind: 'usage' });
  });

  it('asks the platform to hand over and to hang up by the functions it offers, and hears that it failed', async () => {
    const tools = [
      { type: 'function', function: { name: 'transferCall', parameters: { type: 'object', properties: { destination: { type: 'string' } } } } },
      { type: 'function', function: { name: 'end_call' } },
    ]; // prettier-ignore
    const more = { tools, metadata: { conversation_id: 'two' } };
    await ask([], more);
    await ask([agent('Welcome. Which floor?'), user('twelve')], more);
    const over = await ask([agent('Floor 1 2 it is. Is there more?'), user('yes please')], more);
    expect(over).toMatchObject({
      finish: 'tool_calls',
      calls: [{ name: 'transferCall', arguments: '{"destination":"+35315550199"}' }],
      body: {
        parley: {
          transfer: { to: '+35315550199', packet: { reason: 'flow', slots: { floor: expect.anything() as unknown } } },
        },
      },
    });
    await ask([agent(''), { role: 'tool', content: 'failed' }], more);
    expect(inputs.at(-1)).toMatchObject({ kind: 'transfer', outcome: 'error' });
  });

  it('answers at once who says in the first request what they want', async () => {
    const { content } = await ask([user('twelve')]);
    expect(content).toBe('Floor 1 2 it is. Is there more?');
    // Greeted back in one of the built-in's ways, which one goes by the conversation's name.
    expect((await ask([user('hello')])).content).toMatch(/^(?!Welcome)[^?]+[.!] Which floor\?$/);
    // Not understood: it is the greeting that is owed.
    expect((await ask([user('brillig slithy toves')])).content).toBe('Welcome. Which floor?');
  });

  it('lists the agents, and refuses in the shape that clients of OpenAI read', async () => {
    const models = await fetch(`${server.started.server.url}/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await models.json()).toMatchObject({ object: 'list', data: [{ id: 'shop', object: 'model' }] });
    const cases: [unknown, Record<string, string>, number, string][] = [
      [{ model: 'shop', messages: [] }, { authorization: 'Bearer wrong' }, 401, 'invalid_api_key'],
      ['no JSON', {}, 400, 'invalid_json'],
      [{ model: 'shop' }, {}, 400, 'invalid_messages'],
      [{ model: 'shop', messages: [{ role: 'who' }] }, {}, 400, 'invalid_role'],
      [{ model: 'nobody', messages: [] }, {}, 404, 'model_not_found'],
      ['a'.repeat(2_000_000), {}, 413, 'bad_request'],
    ];
    for (const [body, headers, status, code] of cases) {
      const answer = await post(body, headers);
      expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
        status,
        code,
      ]);
    }
    expect(inputs).toEqual([]);
  });
});
