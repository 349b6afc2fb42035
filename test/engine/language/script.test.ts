import { describe, expect, it } from 'vitest';
import { loadAgent } from '../../../engine/language/load.js';
import { brief, folderOf, load } from './load-text.js';

const flow = `flow: find
slots:
  order_id: { type: code, ask: Which order? }
  count: { type: integer, ask: How many? }
  express: { type: yes_no, ask: Express? }
tools:
  find_order:
    effect: read
    input: { order_id: code, count: integer }
    output: { status: text, days_late: integer, late: yes_no, items: { list: { id: text, left: integer } } }
    http: { get: x }
states:
  ask: { collect: [order_id, count, express], to: look }
  look: { call: find_order, to: end }
---
`;

const script = `test: finds an order
start: { flow: find, state: ask, clock: 2026-03-01T10:00, slots: { count: 3, order_id: 0012 }, call: { from: "+35312345678" } }
tools:
  find_order: { when: { order_id: 4471, count: "> 2" }, delay: 1.2s, times: 1, gives: { status: 7, days_late: 2, late: false, items: [{ id: 1, left: 1 }] } }
  transfer: [{ outcome: busy }]
turns:
  - expect: { said: ask.order_id.1 }
  - silence: 6s
    expect: { no_input: 1, intent: yes }
  - dtmf: 4471#
    expect:
      slots: { order_id: 4471, count: null, express: true, find.order_id: 0012 }
      tools: [{ find_order: { order_id: 4471 }, times: 1 }, { transfer: {} }]
      said: [filler, /tell/]
      queue: []
  - { say: sorry, at: word 3, confidence: 0.5, takes: 900ms, needs: llm }
  - { say: a, at: 900ms }
  - { say: b, at: 50% }
  - { say: c, at: find_order + 1s }
  - hang_up: true
  - event: { name: paid, data: { amount: 3 } }
  - event: paid
  - audio: { say: hello }
perturb: [correct, silence]
`;

describe('a scripted conversation', () => {
  it('is read with its lines, moments and lengths of time', async () => {
    const { tests, problems } = await load(flow + script);
    expect(brief(problems)).toEqual([]);
    const [test] = tests;
    expect(test).toMatchObject({ name: 'finds an order', line: 16, perturb: ['correct', 'silence'] });
    expect(test!.turns.map(({ at }) => at)).toEqual([
      undefined,
      undefined,
      undefined,
      { kind: 'word', n: 3 },
      { kind: 'ms', ms: 900 },
      { kind: 'percent', share: 0.5 },
      { kind: 'tool', tool: 'find_order', afterMs: 1000 },
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(test!.turns[1]).toMatchObject({ line: 23, silenceMs: 6000 });
    expect(test!.turns[2]).toMatchObject({ dtmf: '4471#' });
    expect(test!.turns[3]).toMatchObject({ say: 'sorry', confidence: 0.5, takesMs: 900, needsLlm: true });
    expect(test!.turns.slice(7).map(({ hangUp, event, audio }) => hangUp ?? event ?? audio)).toEqual([
      true,
      { name: 'paid', data: { amount: 3 } },
      { name: 'paid', data: undefined },
      { say: 'hello' },
    ]);
  });

  it('types values by the slot or tool they stand for, not by how YAML sees them', async () => {
    const [test] = (await load(flow + script)).tests;
    expect(test!.start).toEqual({
      flow: 'find',
      state: 'ask',
      clock: '2026-03-01T10:00',
      slots: { count: 3, order_id: '0012' },
      call: { from: '+35312345678' },
    });
    const expected = test!.turns[2]!.expect;
    expect(expected.slots).toEqual({
      value: { order_id: '4471', count: null, express: true, 'find.order_id': '0012' },
      line: 27,
    });
    expect(expected.tools?.value).toEqual([{ find_order: { order_id: '4471' }, times: 1 }, { transfer: {} }]);
    expect(expected.said?.value).toEqual(['filler', '/tell/']);
    expect(expected.queue?.value).toEqual([]);
    expect(test!.turns[1]!.expect.intent?.value).toBe('yes');
    expect(test!.turns[1]!.expect.no_input?.value).toBe(1);
  });

  it('brings its stand-ins', async () => {
    const [test] = (await load(flow + script)).tests;
    expect(test!.mocks.get('find_order')).toEqual([
      {
        line: 19,
        when: { order_id: '4471', count: '> 2' },
        times: 1,
        gives: { status: '7', days_late: 2, late: false, items: [{ id: '1', left: 1 }] },
        outcome: undefined,
        delayMs: 1200,
      },
    ]);
    expect(test!.mocks.get('transfer')).toMatchObject([{ outcome: 'busy', delayMs: 0 }]);
  });
});

it.each([
  ['an unknown expectation', '  - expect: { sayd: x }', 'unknown-key 18:15'],
  ['an unknown key of a turn', '  - { sya: x }', 'unknown-key 18:7'],
  ['a moment that is none', '  - { say: x, at: soon enough }', 'bad-value 18:19'],
  ['a tool that is none, as a moment', '  - { say: x, at: fnd_order + 1s }', 'unknown-tool 18:19'],
  ['a confidence over one', '  - { say: x, confidence: 7 }', 'wrong-type 18:27'],
  ['a silence without a unit', '  - silence: 6', 'bad-duration 18:14'],
])('%s is a problem', async (_title, turn, at) => {
  expect(brief((await load(`${flow}test: x\nturns:\n${turn}\n`)).problems)).toEqual([at]);
});

it('a script that starts in an unknown flow or state is a problem', async () => {
  expect(brief((await load(`${flow}test: x\nstart: { flow: fnd }\nturns: [{ say: x }]\n`)).problems)).toEqual([
    'unknown-flow 17:16',
  ]);
  expect(
    brief((await load(`${flow}test: x\nstart: { flow: find, state: aks }\nturns: [{ say: x }]\n`)).problems),
  ).toEqual(['unknown-state 17:29']);
});

it('mocks.yaml stands in for every script of the folder', async () => {
  const folder = folderOf({
    'agent.yaml': 'agent: a\nstart: find\n',
    'find.flow.yaml': flow.replace('---\n', ''),
    'mocks.yaml':
      'tools:\n  find_order:\n    - { when: { order_id: /^4/ }, gives: { status: 007 } }\n    - { outcome: error }\n  fnd_order: { gives: {} }\n',
    'deep/er/a.test.yaml': 'test: a\nturns: [{ say: hi }]\n---\ntest: b\nturns: [{ say: hi }]\n',
  });
  const { mocks, tests, problems } = await loadAgent(folder);
  expect(mocks.get('find_order')).toMatchObject([
    { when: { order_id: '/^4/' }, gives: { status: '007' } },
    { outcome: 'error' },
  ]);
  expect(tests.map(({ name, line }) => `${name} ${line}`)).toEqual(['a 1', 'b 4']);
  expect(brief(problems)).toEqual(['unknown-tool 5:3']);
});
