import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { loadAgent } from '../../../engine/language/load.js';
import { agentOf, brief, folderOf, load } from './load-text.js';

const shop = `agent: shop
language: en-IE
timezone: Europe/Dublin
start: order
persona: >
  You are Ava.
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, barge_in: words(3) }
llm: openai/gpt-4o-mini
router: { max_wrong: 2%, llm_deadline: 1200ms, below: clarify }
no_input: [reask, { say: Still there? }, { to: human }]
no_input_after: 5s
endpointing: patient
transfer: { to: "{{ env.DESK }}", mode: warm, summary: true }
intents: { skills: [what can you do], yes: [grand so] }
repair: { cancel: { say: "I've stopped {{ flow.title }}." }, help: off, hold_on: { wait: 30s } }
listen:
  - { intent: skills, say: I take orders. }
  - { on: error, to: sorry }
slots: { city: { type: text, scope: call, ask: Which city? } }
tools:
  save:
    effect: write
    input: { city: text, count: integer }
    output: { reference: code, state: [done, open], items: { list: { id: text, name: text }, spoken: "{{ name }}" } }
    outcomes: { full: 409, odd: status == 418 }
    http: { post: "{{ env.URL }}/save/{{ city }}", headers: { x-key: "{{ env.KEY }}" }, body: { n: "{{ count }}", city: "in {{ city }}", fixed: 3, kind: [a, "{{ city }}"] } }
    timeout: 3s
    idempotency_key: "{{ call.id }}-{{ city }}"
    filler: { after: 900ms, say: [One moment., Let me see.] }
    on_interrupt: cancel
---
flow: order
title: your order
examples:
  - i want to order [two](count) in [Lyon](city) please
  - order
not: [cancel my order]
intents: { so_far: [what do I have], done: [that is it] }
in: { who: name }
out: { count: integer }
slots:
  count:
    type: integer
    called: [number]
    ask: [How many?, [Please say a number., "A number, please."]]
    reject: [{ if: count > 9, say: Too many. }]
    range: 1..9
    confirm: explicit
    dtmf: { length: 1..2, end: "#" }
  size: { type: choice, options: { small: [little], large: { also: [big, tall], price: 20 } }, ask: "{{ options | list('or') }}?" }
  pin: { type: digits, sensitive: secret, by: keys, default: 0012 }
states:
  ask:
    collect: [count, size, city]
    ask: How many, and which?
    until: count != null
    transitions:
      - { intent: so_far, say: "{{ count }} so far." }
      - { intent: done, key: "#", to: save }
      - { on: [not_listed, no_match], set: { count: 3, pin: 012 }, clear: size, to: ask }
    to: save
  save:
    confirm: "{{ count }} in {{ city }}?"
    call: save
    with: { city: "{{ city }}" }
    barge_in: off
    transitions:
      - { on: full, to: sorry }
      - { if: size.price > 10, to: end, outcome: dear }
    to: other
  other: { call_flow: sorry, to: end }
---
flow: sorry
listen: false
states:
  say: { say: [{ if: order.count > 1, text: Sorry for all. }, Sorry.], transitions: [{ to: end }] }
`;

describe('a whole agent', () => {
  it('has its own keys', async () => {
    const agent = await agentOf(shop);
    expect(agent).toMatchObject({
      name: 'shop',
      language: 'en-IE',
      timezone: 'Europe/Dublin',
      start: 'order',
      persona: 'You are Ava.',
      voice: { stt: 'deepgram/nova-3', tts: 'cartesia/sonic-3' },
      llm: ['openai/gpt-4o-mini'],
      router: { maxWrong: 0.02, llmDeadlineMs: 1200, below: 'clarify' },
      transfer: { mode: 'warm', summary: true },
      cascade: { noInputAfterMs: 5000, bargeIn: { words: 3 }, endpointing: { minMs: 900, maxMs: 4000 } },
    });
    expect([...agent.environment].sort()).toEqual(['DESK', 'KEY', 'URL']);
    expect(agent.transfer?.to.render((name) => (name === 'env.DESK' ? '+353123' : undefined))).toBe('+353123');
    expect(agent.cascade.noInput?.map(({ kind }) => kind)).toEqual(['reask', 'transition', 'transition']);
    expect(agent.cascade.repair.get('help')).toEqual({ off: true });
    expect(agent.cascade.repair.get('hold_on')?.waitMs).toBe(30_000);
  });

  it('gives intents their ids: a flow’s own with its name, built-in ones bare', async () => {
    const agent = await agentOf(shop);
    expect([...agent.intents.values()].map(({ id }) => id)).toEqual(['skills', 'yes']);
    const order = agent.flows.get('order')!;
    expect([...order.intents.values()].map(({ id }) => id)).toEqual(['order.so_far', 'done']);
    expect(order.states.get('ask')!.transitions.map(({ intents }) => intents)).toEqual([
      ['order.so_far'],
      ['done'],
      [],
    ]);
  });

  it('resolves targets: states before flows of the same name, then end and human', async () => {
    const agent = await agentOf(shop);
    const order = agent.flows.get('order')!;
    expect(agent.listen[1]!.to).toEqual({ kind: 'flow', flow: 'sorry' });
    expect(order.states.get('save')!.transitions.map(({ to }) => to)).toEqual([
      { kind: 'flow', flow: 'sorry' },
      { kind: 'end' },
    ]);
    expect(order.states.get('ask')!.to).toEqual({ kind: 'state', state: 'save' });
    expect(agent.flows.get('sorry')!.deaf).toBe(true);
  });

  it('reads slots with their ladders, options and keys', async () => {
    const { slots } = (await agentOf(shop)).flows.get('order')!;
    const count = slots.get('count')!;
    expect(count).toMatchObject({
      flow: 'order',
      type: 'integer',
      called: ['number'],
      confirm: 'explicit',
      range: { min: '1', max: '9' },
      scope: 'flow',
      optional: false,
    });
    expect(count.dtmf).toMatchObject({ min: 1, max: 2, end: '#' });
    expect(count.ask.map(({ phrases }) => phrases.map(({ text }) => text.source))).toEqual([
      ['How many?'],
      ['Please say a number.', 'A number, please.'],
    ]);
    expect(count.reject[0]!.if.evaluate(() => 12)).toEqual({ value: true });
    expect(slots.get('size')!.options).toEqual([
      { id: 'small', also: ['little'], data: { id: 'small' } },
      { id: 'large', also: ['big', 'tall'], data: { price: 20, id: 'large' } },
    ]);
    expect(
      slots
        .get('size')!
        .ask[0]!.phrases[0]!.text.render((name) => (name === 'options' ? ['small', 'large'] : undefined)),
    ).toBe('small or large?');
    expect(slots.get('pin')).toMatchObject({
      sensitive: 'secret',
      by: 'keys',
      default: { kind: 'literal', value: '0012' },
      optional: true,
    });
    expect([...slots.keys()]).toEqual(['count', 'size', 'pin', 'who']);
  });

  it('types what is set by the slot it goes to', async () => {
    const transition = (await agentOf(shop)).flows.get('order')!.states.get('ask')!.transitions[2]!;
    expect(transition.set).toEqual([
      { slot: 'count', value: { kind: 'literal', value: 3 } },
      { slot: 'pin', value: { kind: 'literal', value: '012' } },
    ]);
    expect(transition.on).toEqual(['not_listed', 'no_match']);
    expect(transition.clear).toEqual(['size']);
  });

  it('reads examples into plain text and the places of their values', async () => {
    const { examples, not } = (await agentOf(shop)).flows.get('order')!;
    expect(examples).toEqual([
      {
        text: 'i want to order two in Lyon please',
        values: [
          { start: 16, end: 19, type: 'integer', slot: 'count' },
          { start: 23, end: 27, type: 'text', slot: 'city' },
        ],
      },
      { text: 'order', values: [] },
    ]);
    expect(not).toEqual([{ text: 'cancel my order', values: [] }]);
  });

  it('reads tools with their types, outcomes and request', async () => {
    const tool = (await agentOf(shop)).tools.get('save')!;
    expect(tool).toMatchObject({
      effect: 'write',
      timeoutMs: 3000,
      retries: 0,
      onInterrupt: 'cancel',
      lateResult: 'speak',
    });
    expect(tool.outcomes[0]).toEqual({ name: 'full', status: 409 });
    expect(tool.outcomes[1]!.if?.evaluate((name) => (name === 'status' ? 418 : undefined))).toEqual({ value: true });
    expect(tool.output.get('state')).toEqual({ kind: 'one_of', values: ['done', 'open'] });
    expect(tool.filler).toMatchObject({ afterMs: 900 });
    const values: Record<string, Json> = {
      city: 'St. Ives',
      count: 3,
      'env.URL': 'http://127.0.0.1/x?y=',
      'env.KEY': 'k e y',
      'call.id': 'c1',
    };
    const scope = (name: string): Json | undefined => values[name];
    expect(tool.http!.renderUrl(scope)).toBe('http://127.0.0.1/x?y=/save/St.%20Ives');
    expect(tool.http!.headers.get('x-key')!.render(scope)).toBe('k e y');
    expect(tool.http!.body?.kind === 'tree' && tool.http!.body.render(scope)).toEqual({
      n: 3,
      city: 'in St. Ives',
      fixed: 3,
      kind: ['a', 'St. Ives'],
    });
    expect(tool.idempotencyKey!.render(scope)).toBe('c1-St. Ives');
  });

  it('reads another flow’s slots in expressions, and data of options', async () => {
    const agent = await agentOf(shop);
    const phrase = agent.flows.get('sorry')!.states.get('say')!.say!.phrases[0]!;
    expect(phrase.if!.reads).toEqual(['order.count']);
    expect(phrase.if!.evaluate((name) => (name === 'order.count' ? 2 : undefined))).toEqual({ value: true });
    const dear = agent.flows.get('order')!.states.get('save')!.transitions[1]!;
    expect(dear).toMatchObject({ outcome: 'dear' });
    expect(dear.if!.evaluate((name) => (name === 'size' ? 'large' : undefined))).toEqual({ value: true });
    expect(dear.if!.evaluate((name) => (name === 'size' ? 'small' : undefined)).problem).toBeDefined();
  });
});

describe('choices from a tool', () => {
  const text = `flow: rent
slots:
  car: { type: choice, options: "{{ find.cars }}", ask: "Which: {{ options | list }}?" }
tools:
  find: { effect: read, output: { cars: { list: { id: text, maker: text, a_day: money }, spoken: "{{ maker }}" } }, http: { get: x } }
states:
  find: { call: find, transitions: [{ if: size(find.cars) == 1, set: { car: "{{ find.cars[0] }}" }, to: done }], to: ask }
  ask: { collect: car, to: done }
  done: { say: "The {{ car }}, {{ car.a_day }} a day.", transitions: [{ if: car.a_day > 100, to: human }], to: end }
`;
  const cars = [
    { id: 'C1', maker: 'Pico', a_day: '31 EUR' },
    { id: 'C3', maker: 'Nordrent', a_day: '129 EUR' },
  ];
  const scope = (name: string): Json | undefined => ({ find: { cars }, car: 'C3', options: ['C1', 'C3'] })[name];

  it('are written by id, read by their fields and said by their words', async () => {
    const flow = (await agentOf(text)).flows.get('rent')!;
    expect(flow.states.get('done')!.say!.phrases[0]!.text.render(scope)).toBe('The Nordrent, 129 euros a day.');
    expect(flow.states.get('done')!.transitions[0]!.if!.evaluate(scope)).toEqual({ value: true });
    expect(flow.slots.get('car')!.ask[0]!.phrases[0]!.text.render(scope)).toBe('Which: Pico and Nordrent?');
    const { value } = flow.states.get('find')!.transitions[0]!.set[0]!;
    expect(value.kind === 'expression' && value.expression.evaluate(scope)).toEqual({ value: 'C1' });
    const options = flow.slots.get('car')!.options!;
    expect('evaluate' in options && options.evaluate(scope).value).toEqual(cars);
  });

  it('are checked by their fields', async () => {
    expect(brief((await load(text.replace('car.a_day > 100', 'car.aday > 100'))).problems)).toEqual([
      'unknown-name 9:81',
    ]);
  });
});

describe('where agents come from', () => {
  it('a lone flow is an agent of its name, which starts in it', async () => {
    const agent = await agentOf('flow: hello\nstates: { hi: { say: Hi!, hang_up: true } }\n');
    expect(agent).toMatchObject({ name: 'hello', start: 'hello' });
    expect(agent.flows.get('hello')!.states.get('hi')!.hangUp).toBe(true);
  });

  it('a folder with one flow file is as good as that file', async () => {
    const { agent, tests } = await loadAgent(
      folderOf({
        'hello.flow.yaml': 'flow: hello\nstates: { hi: { say: Hi!, hang_up: true } }\n',
        'hello.test.yaml': 'test: x\nturns: [{ say: a }]\n',
      }),
    );
    expect(agent).toMatchObject({ name: 'hello', start: 'hello' });
    expect(tests).toHaveLength(1);
  });

  it('code tools are files beside the flow, with an export of that name', async () => {
    const flow =
      'flow: f\ntools: { t: { effect: read, code: "./tools.ts#find" } }\nstates: { a: { call: t, to: end } }\n';
    const folder = folderOf({
      'deep/a.flow.yaml': flow,
      'deep/tools.ts': 'export async function find() { return {}; }\n',
      'b.flow.yaml': flow.replace('find', 'fnid'),
      'tools.ts': 'const find = 1;\nexport { find as find };\n',
    });
    const { agent } = await loadAgent(join(folder, 'deep/a.flow.yaml'));
    expect(agent!.flows.get('f')!.tools.get('t')!.code).toEqual({
      file: join(folder, 'deep/tools.ts'),
      export: 'find',
    });
    const { problems } = await loadAgent(join(folder, 'b.flow.yaml'));
    expect(problems).toMatchObject([{ code: 'no-such-file', cure: 'Did you mean "find"?' }]);
  });

  it('the hash changes with a flow or its code, and not with a script', async () => {
    const files = {
      'agent.yaml': 'agent: a\nstart: f\n',
      'f.flow.yaml':
        'flow: f\ntools: { t: { effect: read, code: "./tools.ts#find" } }\nstates: { a: { call: t, to: end } }\n',
      'tools.ts': 'export function find() { return 1; }\n',
      'f.test.yaml': 'test: x\nturns: [{ say: a }]\n',
    };
    const hashOf = async (changed: Partial<typeof files>): Promise<string> =>
      (await loadAgent(folderOf({ ...files, ...changed }))).agent!.hash;
    const hash = await hashOf({});
    expect(await hashOf({})).toBe(hash);
    expect(await hashOf({ 'f.test.yaml': 'test: y\nturns: [{ say: a }]\n' })).toBe(hash);
    expect(await hashOf({ 'tools.ts': 'export function find() { return 2; }\n' })).not.toBe(hash);
    expect(await hashOf({ 'agent.yaml': 'agent: b\nstart: f\n' })).not.toBe(hash);
  });

  it('gives the text of every file back', async () => {
    const folder = folderOf({ 'a.flow.yaml': 'flow: f\nstates: { a: { say: Hi, to: end } }\n' });
    const { sources } = await loadAgent(join(folder, 'a.flow.yaml'));
    expect([...sources]).toEqual([[join(folder, 'a.flow.yaml'), readFileSync(join(folder, 'a.flow.yaml'), 'utf8')]]);
  });
});
