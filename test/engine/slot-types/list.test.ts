/** A list is read by the dialog, field by field: the table is of whole answers to "What would you like?". */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { Conversation, loadText } from '../dialog/drive.js';
import type { Turn } from '../dialog/drive.js';

const agent = await loadText(`
agent: cafe
language: en-IE
start: order
---
flow: order
slots:
  basket:
    type: list
    ask: What would you like?
    more: Anything else?
    of:
      count: { type: integer, range: 1..9, default: 1 }
      item:
        type: choice
        options: { latte: { also: [cafe latte], sizes: [small, large] }, tea: { also: [cup of tea], sizes: [small, large] }, bagel: { sizes: [] }, "fruit salad": { sizes: [] } }
      size: { type: choice, options: "{{ item.sizes }}", if: size(item.sizes) > 0, ask: Small or large? }
      milk: { type: choice, options: { oat: [oat milk], soy: [soy milk] }, if: item == "latte", optional: true }
      fillings: { type: list, of: choice, options: { cheese: [cheddar], ham: [], jam: [jelly] }, if: item == "bagel", optional: true }
    spoken: "{{ count }} {{ size | or('') }} {{ item.id }} {{ milk != null ? 'with ' + milk + ' milk' : '' }}"
states: { take: { collect: basket, to: done }, done: { say: Done., to: end } }
`);

const none: string[] = [];

const rows: readonly (readonly [said: string, basket: string[]])[] = [
  ['a latte', ['latte']],
  ['two bagels', ['2 bagel']],
  ['a large latte', ['large latte']],
  ['a latte, large', ['large latte']],
  ['a small cup of tea please', ['small tea']],
  ['a fruit salad', ['fruit salad']],
  ["I'd like a bagel", ['bagel']],
  ['can I have a bagel please', ['bagel']],
  ['could we get two large teas', ['2 large tea']],
  ['um a uh large latte', ['large latte']],
  ['bagel', ['bagel']],
  ['a bagel and a fruit salad', ['bagel', 'fruit salad']],
  ['a bagel, a fruit salad and two teas', ['bagel', 'fruit salad', '2 tea']],
  ['a large latte with oat milk', ['large latte oat']],
  ['an oat latte', ['latte oat']],
  ['a small soy latte and a bagel', ['small latte soy', 'bagel']],
  ['two large lattes with soy milk and a small tea', ['2 large latte soy', 'small tea']],
  ['give me three bagels', ['3 bagel']],
  ['let me get a bagel and also a small tea', ['bagel', 'small tea']],
  ["I'll take a fruit salad then", ['fruit salad']],
  ['two lattes, one large and one small', ['large latte', 'small latte']],
  ['two large lattes, one with oat milk', ['large latte oat', 'large latte']],
  ['three teas one small two large', ['small tea', '2 large tea']],
  ['a bagel please and a large tea thanks', ['bagel', 'large tea']],
  ['hi could I get a bagel', ['bagel']],
  ['a bagel, no wait, two bagels', ['2 bagel']],
  ['a bagel with ham and cheese', ['bagel ham cheese']],
  ['two ham bagels and a small tea', ['2 bagel ham', 'small tea']],
  ['a large tea and a bagel with jelly, ham and cheddar please', ['large tea', 'bagel jam ham cheese']],
  ['a bagel with ham but no cheese', ['bagel ham']],
  ['a bagel with cheese and two fruit salads', ['bagel cheese', '2 fruit salad']],
  ['two bagels, one with ham and one with jam', ['bagel ham', 'bagel jam']],
  ['is there ham on the bagel', none],
  ['no ham', none],
  ['what is a latte', none],
  ['how much is a bagel', none],
  ['is the tea hot', none],
  ['do you have bagels', none],
  ['where are you', none],
  ['when do you close', none],
  ['lobster', none],
  ['a bag', none],
  ['seven', none],
  ['large', none],
  ['with oat milk', none],
  ['tomorrow at noon', none],
  ['my name is Ann', none],
  ['anything', none],
  ['hmm let me think', none],
  ['what do you recommend', none],
  ['twenty one bagels', none],
  ['remove everything', none],
  ['take the bagel off', none],
  ['make it large', none],
  ['another one', none],
];

function shown(turn: Turn): string[] {
  const items = (turn.trace.slots['basket'] ?? []) as Record<string, Json>[];
  return items.map(({ count, size, item, milk, fillings }) => [count === 1 ? null : count, size, item, milk, ...((fillings ?? []) as string[])].filter((part) => part !== null).join(' ')); // prettier-ignore
}

describe('list', () => {
  it('has at least 40 utterances, 15 of them near misses', () => {
    expect(new Set(rows.map(([said]) => said)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(rows.filter(([, basket]) => basket.length === 0).length).toBeGreaterThanOrEqual(15);
  });

  it.each(rows)('hears in "%s" %j', async (said, basket) => {
    const talk = Conversation.of(agent);
    talk.input({ kind: 'open' });
    expect(shown(await talk.say(said))).toEqual(basket);
  });

  it('is understood when it is said back, whatever is in it', async () => {
    const item = fc
      .record({
        count: fc.integer({ min: 1, max: 9 }),
        item: fc.constantFrom('latte', 'tea', 'bagel', 'fruit salad'),
        size: fc.constantFrom('small', 'large'),
        milk: fc.constantFrom('oat', 'soy', null),
        fillings: fc.subarray(['cheese', 'ham', 'jam']),
      })
      .map(({ count, item: what, size, milk, fillings }) => ({
        count,
        item: what,
        size: what === 'latte' || what === 'tea' ? size : null,
        milk: what === 'latte' ? milk : null,
        fillings: what === 'bagel' ? fillings : null,
      }));
    const inside = (fillings: string[] | null): string | null =>
      fillings === null || fillings.length === 0 ? null : `with ${fillings.join(' and ')}`;
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 4 }), async (items) => {
        const said = items.map(({ count, size, item: what, milk, fillings }) => [count, size, what, milk && `with ${milk} milk`, inside(fillings)].filter((part) => part !== null).join(' ')); // prettier-ignore
        const talk = Conversation.of(agent);
        talk.input({ kind: 'open' });
        const turn = await talk.say(said.length > 1 ? `${said.slice(0, -1).join(', ')} and ${said.at(-1)}` : said[0]!);
        expect(turn.trace.slots['basket']).toEqual(items);
      }),
      { numRuns: 150, seed: 11 },
    );
  });
});
