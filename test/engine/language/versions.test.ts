import { describe, expect, it } from 'vitest';
import { agentOf, brief, load } from './load-text.js';

const flow = `
flow: buy
examples: [I want to buy apples]
slots:
  count: { type: integer, ask: How many? }
  total: { type: integer, value: "{{ count * 2 }}" }
  pin: { type: digits, ask: Your pin?, sensitive: secret }
states:
  ask: { collect: [count, pin], to: end }
`;
const agent = (head: string): string =>
  `agent: shop\n${head}\nslots: { guest: { type: name, ask: Your name? } }\n---${flow}`;

describe('version and migrations', () => {
  it('are read, the oldest migration first, with names as each version has them', async () => {
    const { version, migrations } = await agentOf(
      agent(
        'version: 3\nmigrations:\n  3: { rename: { slots: { buy.amount: buy.count } } }\n  2: { rename: { slots: { buy.number: buy.amount }, flows: { order: buy } }, default: { guest: Ana }, drop: { states: [order.upsell] } }',
      ),
    );
    expect(version).toBe(3);
    expect(migrations!.map((one) => one.version)).toEqual([2, 3]);
    expect(migrations![0]).toMatchObject({
      rename: {
        slots: new Map([['buy.number', 'buy.amount']]),
        flows: new Map([['order', 'buy']]),
      },
      default: new Map([['guest', 'Ana']]),
      drop: { states: new Set(['order.upsell']) },
    });
  });

  const table: [title: string, head: string, at: string[], cure: RegExp][] = [
    ['a version that is no whole number', 'version: 2.5', ['bad-value 2:10'], /as in 3/],
    ['a version of nothing', 'version: 0', ['wrong-type 2:10'], /whole number from 1 on/],
    [
      'a version in words as the name of a migration',
      'version: 2\nmigrations: { second: { drop: { slots: [buy.x] } } }',
      ['wrong-type 3:15'],
      /whole numbers from 1 on/,
    ],
    [
      'a migration of an agent without a version',
      'migrations: { 2: { drop: { slots: [buy.x] } } }',
      ['bad-migration 2:15'],
      /version: 2/,
    ],
    [
      'a migration to a version that is not reached',
      'version: 2\nmigrations: { 3: { drop: { slots: [buy.x] } } }',
      ['bad-migration 3:15'],
      /Raise `version:` to 3/,
    ],
    [
      'a slot renamed to one that is misspelt',
      'version: 2\nmigrations: { 2: { rename: { slots: { buy.amount: buy.cuont } } } }',
      ['unknown-slot 3:51'],
      /Did you mean "buy.count"/,
    ],
    [
      'a rename the wrong way round',
      'version: 2\nmigrations: { 2: { rename: { slots: { buy.count: buy.amount } } } }',
      ['unknown-slot 3:50'],
      /`buy.amount: buy.count`/,
    ],
    [
      'a state renamed to one that is not there',
      'version: 2\nmigrations: { 2: { rename: { states: { buy.first: buy.aks } } } }',
      ['unknown-state 3:51'],
      /Did you mean "buy.ask"/,
    ],
    [
      'a new name without its flow',
      'version: 2\nmigrations: { 2: { rename: { states: { buy.first: ask } } } }',
      ['unknown-state 3:51'],
      /buy\.ask/,
    ],
    [
      'an old state without its flow',
      'version: 2\nmigrations: { 2: { drop: { states: [ask] } } }',
      ['unknown-state 3:37'],
      /buy\.ask/,
    ],
    [
      'a flow renamed to one that is not there',
      'version: 2\nmigrations: { 2: { rename: { flows: { order: by } } } }',
      ['unknown-flow 3:46'],
      /Did you mean "buy"/,
    ],
    [
      'a dropped slot that is still there',
      'version: 2\nmigrations: { 2: { drop: { slots: [buy.count] } } }',
      ['bad-migration 3:36'],
      /out of `drop`/,
    ],
    [
      'a dropped state that is still there',
      'version: 2\nmigrations: { 2: { drop: { states: [buy.ask] } } }',
      ['bad-migration 3:37'],
      /out of `drop`/,
    ],
    [
      'a slot that is renamed and dropped',
      'version: 2\nmigrations: { 2: { rename: { slots: { buy.n: buy.count } }, drop: { slots: [buy.n] } } }',
      ['bad-migration 3:39'],
      /one of the two/,
    ],
    [
      'a state that would leave its flow',
      'version: 2\nmigrations: { 2: { rename: { states: { order.ask: buy.ask } } } }',
      ['bad-migration 3:51'],
      /drop this one/,
    ],
    [
      'a value for a slot that is misspelt',
      'version: 2\nmigrations: { 2: { default: { buy.conut: 1 } } }',
      ['unknown-slot 3:31'],
      /Did you mean "buy.count"/,
    ],
    [
      'a value of another type',
      'version: 2\nmigrations: { 2: { default: { buy.count: many } } }',
      ['bad-value 3:42'],
      /in figures/,
    ],
    [
      'a value for a computed slot',
      'version: 2\nmigrations: { 2: { default: { buy.total: 2 } } }',
      ['bad-migration 3:42'],
      /take the line out/,
    ],
    [
      'a value for a secret',
      'version: 2\nmigrations: { 2: { default: { buy.pin: "1234" } } }',
      ['bad-migration 3:40'],
      /take the line out/,
    ],
    [
      'a value that would have to be computed',
      'version: 2\nmigrations: { 2: { default: { buy.count: "{{ 1 + 1 }}" } } }',
      ['bad-migration 3:42'],
      /plain value/,
    ],
    [
      'an unknown key',
      'version: 2\nmigrations: { 2: { renam: { slots: {} } } }',
      ['unknown-key 3:20'],
      /Did you mean "rename"/,
    ],
  ];
  it.each(table)('%s', async (_title, head, at, cure) => {
    const { problems } = await load(agent(head));
    expect(brief(problems)).toEqual(at);
    expect(`${problems[0]!.message} ${problems[0]!.cure}`).toMatch(cure);
  });

  it('a dropped slot that is still read is told where it is read', async () => {
    const text = agent('version: 2\nmigrations: { 2: { drop: { slots: [buy.colour] } } }').replace(
      'to: end',
      'transitions: [{ if: colour == "red", to: human }], to: end',
    );
    expect(brief((await load(text)).problems)).toEqual(['unknown-name 13:53']);
  });

  it('an older migration may name what something new is called today', async () => {
    const { problems } = await load(agent('version: 3\nmigrations: { 2: { drop: { slots: [buy.count] } } }'));
    expect(brief(problems)).toEqual([]);
  });

  it('a version stands at the agent, not at a flow', async () => {
    const { problems } = await load(agent('version: 2').replace('flow: buy', 'flow: buy\nversion: 2'));
    expect(brief(problems)).toEqual(['unknown-key 6:1']);
  });
});
