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
    [
      'a secret field, which would be none',
      good.replace('price: { type: money,', 'price: { type: money, sensitive: secret,'),
      'not-yet',
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
      'a list in a list',
      good.replace('of: {', 'of: { more: { type: list, of: text, optional: true },'),
      'type-not-ready',
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
