import { describe, expect, it } from 'vitest';
import { brief, load } from './load-text.js';

const flow = (order: string, say = 'Done.'): string => `flow: shop
slots:
  order: ${order}
  total: { type: money, value: "{{ order.map(i, i.price).sum() }}" }
states:
  take: { collect: order, to: done }
  done: { say: "${say}", hang_up: true }
`;
const problemsOf = async (text: string): Promise<string[]> => brief((await load(text)).problems);

const good =
  '{ type: list, ask: What?, of: { what: { type: choice, options: { tea: { price: 3 } } }, price: { type: money, value: "{{ what.price }}" } } }';

describe('the fields of lists and records', () => {
  it('are names of their own expressions, and of those that read the items', async () => {
    expect(await problemsOf(flow(good, '{{ order | list }}, {{ order[0].what.price }}'))).toEqual([]);
  });

  it.each([
    ['a list', 'extra: { type: list, of: choice, options: [milk, lemon], ask: With? }'],
    ['a record', 'who: { type: record, of: { first: { type: name, ask: Who? } } }'],
    [
      'a list of records',
      'sides: { type: list, ask: Sides?, of: { side: { type: choice, options: [chips] }, size: { type: choice, options: [small], ask: Size? } } }',
    ],
    ['a field with keys', 'card: { type: digits, ask: Your card?, dtmf: { length: 4 } }'],
  ])('may be %s', async (_what, field) => {
    expect(await problemsOf(flow(good.replace('price: {', `${field}, price: {`)))).toEqual([]);
  });

  it.each([
    [
      'a secret field, which would be none',
      good.replace('price: { type: money,', 'price: { type: money, sensitive: secret,'),
      'wrong-combination',
    ],
    ['an unknown key of a field', good.replace('value:', 'valeu:'), 'unknown-key'],
    ['an unknown name in a field', good.replace('what.price }}', 'wat.price }}'), 'unknown-name'],
    ['an unknown field of an option', good.replace('what.price }}', 'what.cost }}'), 'unknown-name'],
    [
      'a field that an item may lack and nobody asks for',
      good.replace('price: { type: money, value', 'size: { type: integer }, price: { type: money, value'),
      'missing-key',
    ],
    ['a list that does not say what it holds', '{ type: list, ask: What? }', 'missing-key'],
    [
      'lists in lists deeper than callers can follow',
      good.replace(
        'of: {',
        'of: { a: { type: list, optional: true, of: { b: { type: choice, options: [x] }, c: { type: list, optional: true, of: { d: { type: choice, options: [y] }, e: { type: list, optional: true, of: text } } } } },',
      ),
      'type-not-ready',
    ],
    [
      'a list inside that says it stays open',
      good.replace('of: {', 'of: { extra: { type: list, of: text, optional: true, more: Else? },'),
      'wrong-combination',
    ],
    [
      'a field of a record inside that an item may lack and nobody asks for',
      good.replace('of: {', 'of: { who: { type: record, of: { first: name } },'),
      'missing-key',
    ],
    [
      'a list inside that nobody asks for',
      good.replace('value: "{{ what.price }}" }', 'value: "{{ what.price }}" }, extra: { type: list, of: text }'),
      'missing-key',
    ],
    ['keys for a whole list', good.replace('ask:', 'dtmf: { length: 3 }, ask:'), 'wrong-combination'],
    [
      'a field that is confirmed by itself',
      good.replace('price: {', 'size: { type: choice, options: [s], ask: S?, confirm: explicit }, price: {'),
      'wrong-combination',
    ],
    ['a most that is less than the least', good.replace('ask:', 'min: 3, max: 2, ask:'), 'bad-value'],
    [
      'a field with a word of expressions for a name',
      good.replace('of: {', 'of: { list: { type: text, optional: true },'),
      'name-clash',
    ],
  ])('are checked: %s', async (_what, order, code) => {
    expect((await problemsOf(flow(order))).map((line) => line.split(' ')[0])).toContain(code);
  });
});

it('a slot that is only spoken has no keys', async () => {
  const { problems } = await load(`flow: note
slots: { word: { type: digits, by: speech, dtmf: { length: 2 }, ask: Which number? } }
states: { ask: { collect: word, to: end } }
`);
  expect(brief(problems)).toEqual(['wrong-combination 2:36']);
});
