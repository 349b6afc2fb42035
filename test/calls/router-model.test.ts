/** Turns that fall to a language model, in whole calls of a served agent: what is kept, counted, paid for and compared. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { startModelServer, type ModelServerReply, type ModelServerRequest } from '../loopback/model.js';
import { RelayTwin } from '../loopback/relay.js';
import { startReal, type RealServer } from './real-server.js';

const authToken = '12345678901234567890123456789012';
const shop = `
agent: shop
start: hello
llm: small
router: { llm_deadline: 8s }
no_input_after: 120s
---
flow: hello
slots:
  who: { type: name, sensitive: pii, ask: Your name? }
  pin: { type: digits, sensitive: secret, ask: Your PIN? }
intents:
  complain: [i want to complain, this is not good enough, i am not happy]
  pay: [pay my bill, settle an invoice, i want to pay]
states:
  ask: { collect: who, to: menu }
  menu:
    say: What can I do?
    transitions:
      - { intent: complain, to: sorry }
      - { intent: pay, to: paid }
  sorry: { say: I am sorry., to: menu }
  paid: { collect: pin, to: done }
  done: { say: It is paid., to: menu }
`;

/** The function of the question whose name holds this. */
const named = ({ body }: ModelServerRequest, part: string): string =>
  (body.tools as { function: { name: string } }[])
    .map((tool) => tool.function.name)
    .find((name) => name.includes(part))!;
const callerIn = ({ body }: ModelServerRequest): string =>
  (JSON.parse(body.messages!.at(-1)!.content) as { caller: string }).caller;

/** Sorts by one word, and tells its tokens. */
function sort(reply: ModelServerReply, request: ModelServerRequest): void {
  reply.call(named(request, callerIn(request).includes('parrot') ? 'complain' : 'none_of_these'), '{}');
  reply.usage(300, 7);
  reply.end();
}

describe('a turn that falls to a model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-prices-'));
  let answer = sort;
  let model: Awaited<ReturnType<typeof startModelServer>>;
  let server: RealServer;
  const twins: RelayTwin[] = [];

  beforeAll(async () => {
    writeFileSync(join(folder, 'prices.json'), JSON.stringify({ small: { llm_input_tokens: 0.001, llm_output_tokens: 0.01 } })); // prettier-ignore
    model = await startModelServer((reply, request) => answer(reply, request));
    server = await startReal({
      agents: { shop: { 'agent.yaml': shop } },
      env: {
        OPENAI_BASE_URL: model.url,
        TWILIO_AUTH_TOKEN: authToken,
        PARLEY_AUDIT: '100%',
        PARLEY_PRICES: join(folder, 'prices.json'),
      },
    });
  });
  afterAll(async () => {
    for (const twin of twins) twin.vanish();
    await server.close();
    await model.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    answer = sort;
    model.requests.length = 0;
    server.records.length = 0;
  });

  const kept = (of = server): { text: string }[] => {
    const file = join(of.home, 'router', 'shop.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { text: string }); // prettier-ignore
  };
  const metrics = async (of = server): Promise<string> => (await fetch(`${of.started.server.url}/metrics`)).text();

  /** A conversation by the chat door. */
  function chat(id: string, of = server): (said?: string) => Promise<string> {
    const messages: { role: string; content: string }[] = [];
    return async (said) => {
      if (said !== undefined) messages.push({ role: 'user', content: said });
      const answered = await fetch(`${of.started.server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-conversation-id': id },
        body: JSON.stringify({ model: 'shop', messages }),
      });
      const body = (await answered.json()) as { choices: [{ message: { content: string } }] };
      const { content } = body.choices[0].message;
      messages.push({ role: 'assistant', content });
      return content;
    };
  }

  it('is kept without the name, counted, and paid for in the record of the call', async () => {
    const twin = await RelayTwin.place({ webhook: `${server.started.server.url}/twilio/relay?agent=shop`, authToken });
    twins.push(twin);
    const heard = (text: string): Promise<void> => eventually(() => twin.spoken.some((one) => one.includes(text)), 15_000); // prettier-ignore
    await heard('Your name?');
    twin.say('maria');
    await heard('What can I do?');
    twin.say('maria had a parrot and it ate the thing from the postman');
    await heard('I am sorry.');
    twin.hangUp();
    await eventually(() => server.records.length === 1);
    await eventually(() => kept().length === 1);
    expect(kept()).toMatchObject([{ kind: 'fallback', intent: 'hello.complain' }]);
    expect(kept()[0]!.text).toMatch(/^\[\w+\] had a parrot and it ate the thing from the postman$/);
    for (const request of model.requests) expect(JSON.stringify(request.body)).not.toMatch(/maria/i);
    const { usage = [], turns } = server.records[0]!;
    expect(turns.length).toBeGreaterThan(2);
    expect(usage.filter(({ who }) => who === 'small')).toMatchObject([
      { what: 'llm_input_tokens', amount: 300 * model.requests.length },
      { what: 'llm_output_tokens', amount: 7 * model.requests.length },
    ]);
    const page = await metrics();
    expect(page).toMatch(/router_model_questions_total\{answer="intent",cached="no"\} 1\n/);
    expect(page).toMatch(/router_turns_total\{agent="shop",route="llm"\} 1\n/);
    expect(page).toMatch(/voice_cost_usd\w*\{provider="small",kind="llm_input_tokens"\} 0\.3\n/);
  }, 60_000);

  it('is answered from what is known in the next conversation, and costs that one nothing', async () => {
    const [one, two] = [chat('one'), chat('two')];
    for (const say of [one, two]) {
      await say();
      expect(await say('tom')).toContain('What can I do?');
      expect(await say('a parrot ate what the postman brought')).toContain('I am sorry.');
    }
    expect(model.requests).toHaveLength(1);
    expect(await metrics()).toMatch(/router_model_questions_total\{answer="intent",cached="exact"\} 1\n/);
  });

  it('is decided here where the machine is sure, and shown to a model that nobody waits for', async () => {
    const held: (() => void)[] = [];
    answer = (reply, request) => void held.push(() => sort(reply, request));
    const say = chat('audited');
    await say();
    await say('tom');
    // The model has not answered yet, and the caller is served.
    expect(await say('i really want to complain please')).toContain('I am sorry.');
    await eventually(() => held.length === 1);
    expect(kept().filter(({ text }) => text.includes('really want'))).toEqual([]);
    held.forEach((go) => go());
    await eventually(() => kept().some(({ text }) => text.includes('really want')));
    expect(kept().find(({ text }) => text.includes('really want'))).toMatchObject({ kind: 'audit', local: 'hello.complain', none: true }); // prettier-ignore
    expect(await metrics()).toMatch(/router_audits_total\{agent="shop",agrees="false"\} 1\n/);
  });

  it('goes on where the model is down, in the call and beside it', async () => {
    answer = (reply) => reply.die();
    const say = chat('down');
    await say();
    await say('tom');
    expect(await say('i do want to complain please')).toContain('I am sorry.');
    await eventually(() => model.requests.length > 0);
    const before = kept().length;
    expect(await say('the walrus is in my garden again')).not.toBe('');
    await eventually(() => kept().length === before + 1);
    expect(kept().at(-1)).not.toHaveProperty('intent');
    expect(await say('i am so not happy')).toContain('I am sorry.');
    expect(server.lines.filter((line) => line.includes('router: language model'))).toHaveLength(1);
    expect(server.lines.join('\n')).not.toMatch(/walrus|parrot/);
  });

  it('never shows a model, an audit or the file what is said for a secret', async () => {
    const say = chat('secret');
    await say();
    await say('tom');
    expect(await say('i want to pay')).toContain('Your PIN?');
    await say('well it was the birthday of my grandmother');
    expect(await say('four seven one one')).toContain('It is paid.');
    // A line that comes after them is there: theirs would be.
    await say('the walrus knows nothing of postmen');
    await eventually(() => kept().some(({ text }) => text.includes('of postmen')));
    expect(kept().filter(({ text }) => /grandmother|four seven/.test(text))).toEqual([]);
    expect(model.requests.filter((request) => /grandmother|four seven/.test(callerIn(request)))).toEqual([]);
  });

  it('is kept nowhere where that is switched off', async () => {
    const off = await startReal({
      agents: { shop: { 'agent.yaml': shop } },
      env: { OPENAI_BASE_URL: model.url, PARLEY_KEEP_FALLBACKS: 'off', PARLEY_AUDIT: '100%' },
    });
    const say = chat('off', off);
    await say();
    await say('tom');
    expect(await say('a parrot ate what the postman brought')).toContain('I am sorry.');
    expect(await say('i really want to complain please')).toContain('I am sorry.');
    while (!(await metrics(off)).includes('router_audits_total{'))
      await new Promise((resolve) => setImmediate(resolve));
    // Trained routers are kept there too; what callers said is not.
    const kept = readdirSync(join(off.home, 'router'), { recursive: true, encoding: 'utf8' });
    expect(kept.filter((name) => !name.startsWith('trained-'))).toEqual([]);
    await off.close();
  }, 30_000);
});
