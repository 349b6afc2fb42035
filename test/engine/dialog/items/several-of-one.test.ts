import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../engine/contracts.js';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

const cafe = `
agent: cafe
language: en-IE
start: order
---
flow: order
title: your order
intents:
  done: [that's it, that's all, nothing else]
slots:
  basket:
    type: list
    min: 1
    ask: What can I get you?
    more: Anything else?
    added: "{{ it }}, got it."
    removed: Okay, no {{ it }}.
    changed: "{{ it }} now."
    not_there: There's no {{ it }}.
    of:
      count: { type: integer, range: 1..9, default: 1 }
      item:
        type: choice
        options:
          latte: { sizes: [small, medium, large] }
          coffee: { also: [black coffee], sizes: [small, large] }
          bagel: { sizes: [] }
          muffin: { sizes: [] }
      size: { type: choice, options: "{{ item.sizes }}", if: size(item.sizes) > 0, ask: "What size {{ item.id }}?" }
      milk: { type: choice, options: { whole: [regular milk], oat: [oat milk], almond: [almond milk] }, if: item == "latte", default: whole }
    spoken: "{{ count > 1 ? string(count) : '' }} {{ size | or('') }} {{ milk != null && milk != 'whole' ? milk + ' milk' : '' }} {{ item.id }}{{ count > 1 ? 's' : '' }}"
states:
  take: { collect: basket, transitions: [{ on: not_listed, say: We don't have that. }], to: read }
  read: { confirm: "{{ basket | list }}. Right?", transitions: [{ on: declined, to: end }], to: sent }
  sent: { say: Sent., to: end }
`;

/** The same without a number in its items: two lattes are two items. */
const uncounted = cafe
  .replace('      count: { type: integer, range: 1..9, default: 1 }\n', '')
  .replace(/spoken: .*/, `spoken: "{{ size | or('') }} {{ item.id }}"`);

async function open(yaml = cafe): Promise<Conversation> {
  return (await Conversation.open(yaml, { start: { flow: 'order' } })).talk;
}

function basketOf(turn: Turn): string[] {
  const items = turn.trace.slots['basket'] as Record<string, Json>[];
  return items.map(({ count, size, milk, item }) =>
    [count === 1 ? null : count, size, milk === 'whole' ? null : milk, item].filter((part) => part !== null && part !== undefined).join(' '),
  ); // prettier-ignore
}

async function after(turns: readonly string[], yaml?: string): Promise<Turn> {
  const talk = await open(yaml);
  let last: Turn | undefined;
  for (const said of turns) last = await talk.say(said);
  return last!;
}

describe('several of one thing, each in its own way', () => {
  it.each<[string[], string[]]>([
    [['two lattes', 'one large and one small'], ['large latte', 'small latte']],
    [['two lattes', 'a large and a small one please'], ['large latte', 'small latte']],
    [['two lattes', 'a large one with oat milk and a small one'], ['large oat latte', 'small latte']],
    [['three lattes', 'two large and one small'], ['2 large latte', 'small latte']],
    [['two lattes', 'one large, one small, and a bagel'], ['large latte', 'small latte', 'bagel']],
    [['two lattes', 'both large'], ['2 large latte']],
    [['two lattes', 'one large and one medium', 'make both of them with oat milk'], ['large oat latte', 'medium oat latte']],
    [['three lattes', 'one large and the others small'], ['large latte', '2 small latte']],
    [['two lattes, one large and one small'], ['large latte', 'small latte']],
    [['two lattes a large and a small'], ['large latte', 'small latte']],
    [['can I get three coffees one small two large'], ['small coffee', '2 large coffee']],
    [['two small lattes, one with oat milk'], ['small oat latte', 'small latte']],
    [['two lattes, one large latte and one small latte'], ['large latte', 'small latte']],
    [['two lattes', 'one of them large'], ['large latte', 'latte']],
    [['two lattes', 'one of them large', 'small'], ['large latte', 'small latte']],
    [['two lattes and one large coffee'], ['2 latte', 'large coffee']],
    [['a latte', 'one large and one small'], ['large latte', 'small latte']],
    [['two small lattes', 'make one of them large'], ['large latte', 'small latte']],
    [['two small lattes', 'just one of them large'], ['large latte', 'small latte']],
    [['two small lattes and a bagel', 'make one of the lattes large'], ['large latte', 'small latte', 'bagel']],
    [['two small lattes', 'one of those with oat milk please'], ['small oat latte', 'small latte']],
    [['two small lattes', 'make one an almond latte'], ['small almond latte', 'small latte']],
    [['two small lattes', 'make the second one large'], ['small latte', 'large latte']],
    [['three bagels', 'make one of them a muffin'], ['muffin', '2 bagel']],
  ])('%j', async (turns, basket) => {
    expect([...basketOf(await after(turns))].sort()).toEqual([...basket].sort());
  }); // prettier-ignore

  it.each<[string[], string[]]>([
    [['two lattes', 'one large and one small'], ['large latte', 'small latte']],
    [['two lattes', 'both large'], ['large latte', 'large latte']],
    [['two lattes', 'large', 'small'], ['large latte', 'small latte']],
    [['two lattes', 'both small', 'make both of them with oat milk'], ['small oat latte', 'small oat latte']],
    [['two small lattes', 'make one of them large'], ['large latte', 'small latte']],
    [['two small lattes', 'take one of the lattes off'], ['small latte']],
    [['two small lattes', 'no I wanted three lattes'], ['small latte', 'small latte', 'small latte']],
    [['three bagels', 'no, just one bagel'], ['bagel']],
  ])('also where items have no number: %j', async (turns, basket) => {
    expect([...basketOf(await after(turns, uncounted))].sort()).toEqual([...basket].sort());
  }); // prettier-ignore

  it('says what was divided once, and asks on', async () => {
    const turn = await after(['two lattes', 'one large and one small']);
    expect(turn.text).toBe('large latte and small latte, got it. Anything else?');
  });
});

describe('changing several at once', () => {
  it.each<[string[], string[]]>([
    [['a small latte and a large latte', 'make both of them with oat milk'], ['small oat latte', 'large oat latte']],
    [['a small latte and a large latte', 'make them both almond milk'], ['small almond latte', 'large almond latte']],
    [['a small latte, a small coffee and a bagel', 'make all of them large'], ['large latte', 'large coffee', 'bagel']],
    [['a small latte, a large latte and a bagel', 'make the lattes medium'], ['medium latte', 'medium latte', 'bagel']],
    [['a small latte, a large latte and a bagel', 'make both lattes medium'], ['medium latte', 'medium latte', 'bagel']],
    [['two small coffees', 'make both of them large'], ['2 large coffee']],
    [['a small latte and a large latte', 'take off both lattes and add a bagel'], ['bagel']],
  ])('%j', async (turns, basket) => {
    expect(basketOf(await after(turns))).toEqual(basket);
  }); // prettier-ignore
});

describe('an item that is meant by what it is like', () => {
  it.each<[string[], string[]]>([
    [
      ['a large latte and a small latte', 'make the large one almond'],
      ['large almond latte', 'small latte'],
    ],
    [
      ['a large latte and a small latte', 'the large one with oat milk'],
      ['large oat latte', 'small latte'],
    ],
    [['a large latte and a small latte', 'take the large one off'], ['small latte']],
    [
      ['a large latte and a small latte', 'make the large latte medium'],
      ['medium latte', 'small latte'],
    ],
    [['a large latte and a small latte', 'take the large latte off'], ['small latte']],
    [
      ['a small latte and a bagel', 'the latte with oat milk'],
      ['small oat latte', 'bagel'],
    ],
    [
      ['a small latte and a bagel', 'the latte should be large'],
      ['large latte', 'bagel'],
    ],
  ])('%j', async (turns, basket) => {
    expect(basketOf(await after(turns))).toEqual(basket);
  });
});

describe('what was meant after all', () => {
  it.each<[string[], string[]]>([
    [['a large coffee', 'no I wanted two coffees'], ['2 large coffee']],
    [['three bagels', 'I only wanted two bagels'], ['2 bagel']],
    [['three bagels', 'no, two bagels'], ['2 bagel']],
    [['three bagels', 'I said two'], ['2 bagel']],
    [['a bagel', 'no I said a muffin'], ['muffin']],
    [['a small coffee', 'I wanted a large coffee'], ['large coffee']],
    [['a bagel', 'actually make it three'], ['3 bagel']],
    [['a bagel', 'another one', 'same again'], ['3 bagel']],
    [
      ['a bagel and a muffin', 'another bagel'],
      ['2 bagel', 'muffin'],
    ],
    [
      ['a latte and a bagel', 'small', 'make it two'],
      ['2 small latte', 'bagel'],
    ],
    [['a latte', 'small', 'uh large sorry'], ['large latte']],
    [
      ['a small latte and a bagel', 'no, make the latte large'],
      ['large latte', 'bagel'],
    ],
    [['a bagel', 'cancel the bagel and add a muffin'], ['muffin']],
    [
      ['a bagel', 'I also wanted a muffin'],
      ['bagel', 'muffin'],
    ],
    [['two bagels', 'take off one of the bagels'], ['bagel']],
    [['a bagel', 'two of those'], ['2 bagel']],
  ])('%j', async (turns, basket) => {
    expect(basketOf(await after(turns))).toEqual(basket);
  });

  it.each<[string[], string]>([
    [['a small latte', 'make it decaf'], "Sorry, I can't do decaf. Anything else?"],
    [['a bagel and a small latte', 'make the second one decaf'], "Sorry, I can't do decaf. Anything else?"],
    [['a small latte', 'the latte with caramel'], "Sorry, I can't do caramel. Anything else?"],
    [['a small latte', 'the latte without milk'], "Sorry, I can't leave that out. Anything else?"],
    [['a large latte', "that's all", 'yes but the large one with sugar'], "Sorry, I can't do sugar. large latte. Right?"],
  ])('says what cannot be done to it, and keeps it as it is: %j', async (turns, text) => {
    expect((await after(turns)).text).toBe(text);
  }); // prettier-ignore
});

describe('the end of a list', () => {
  it.each(["that's it thanks", "yeah that's it thanks", "no that's all thank you", "okay that's it", "nothing else thanks", "that'll be all"])(
    '"%s" goes on to the read-back',
    async (said) => {
      expect((await after(['a bagel', said])).trace.state).toBe('read');
    },
  ); // prettier-ignore

  it('waits for the field that is missing, and does not take the words for one that is not on the list', async () => {
    const turn = await after(['a latte', "yeah that's it thanks"]);
    expect(turn.text).toBe('What size latte?');
  });

  it('goes on by itself once that field is known, where the caller said that this is all', async () => {
    const turn = await after(['one latte, that’s all', 'small']);
    expect(turn.trace.state).toBe('read');
  });

  it.each(["that's not right", 'that is wrong', 'no that’s wrong'])('"%s" is not the end of it', async (said) => {
    const turn = await after(['a bagel', said]);
    expect(turn.trace.state).toBe('take');
    expect(turn.text).toBe('What should I change?');
    const changed = await after(['a bagel', said, 'two bagels']);
    expect(basketOf(changed)).toEqual(['2 bagel']);
    expect(changed.text).toBe('2 bagels now. Anything else?');
  });
});
