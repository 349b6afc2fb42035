import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../engine/contracts.js';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

const kiosk = `
agent: kiosk
language: en-IE
start: order
---
flow: order
title: your order
slots:
  basket:
    type: list
    min: 1
    max: 6
    ask: What would you like?
    more: Anything else?
    added: "{{ it }}, got it."
    removed: No {{ it }} then.
    changed: Now it's {{ it }}.
    not_there: You have no {{ it }}.
    of:
      count: { type: integer, range: 1..9, default: 1 }
      item:
        type: choice
        options:
          roll: { also: [bread roll], price: 2, sizes: [] }
          tea: { also: [cup of tea], price: 3, sizes: [small, large] }
          juice: { also: [orange juice], price: 4, sizes: [small, large] }
          breakfast: { also: [full breakfast], price: 9, sizes: [] }
        reject: [{ if: item == "juice" && basket.size() > 4, say: No more juice. }]
      size: { type: choice, options: "{{ item.sizes }}", if: size(item.sizes) > 0, ask: "A small or a large {{ item.id }}?" }
      drink: { type: choice, options: [tea, coffee, cola], if: item == "breakfast", ask: What to drink with it? }
      price: { type: number, value: "{{ count * item.price }}" }
    spoken: "{{ count > 1 ? string(count) : '' }} {{ size | or('') }} {{ item.id }}{{ drink != null ? ' with ' + drink : '' }}"
  total: { type: number, value: "{{ basket.map(i, i.price).sum() }}" }
tools:
  send: { effect: write, input: { basket: { list: { count: integer, item: text, size: text } }, total: number }, http: { post: "{{ env.URL }}/o" } }
states:
  take: { collect: basket, transitions: [{ on: not_listed, say: We don't have that. }], to: send }
  send:
    confirm: "{{ basket | list }}, {{ total }} euros. Right?"
    call: send
    transitions: [{ on: declined, to: end }]
    to: sent
  sent: { say: Sent., to: end }
`;

const open = async (basket?: Json): Promise<Conversation> =>
  (
    await Conversation.open(kiosk, {
      start: { flow: 'order', ...(basket !== undefined && { slots: { basket } }) },
      tools: { send: {} },
    })
  ).talk;

/** What is in the basket, in short: `2 large tea`. */
function basketOf(turn: Turn): string[] {
  const items = turn.trace.slots['basket'] as Record<string, Json>[];
  return items.map(({ count, size, item, drink }) =>
    [count === 1 ? '' : count, size, item, drink].filter((part) => part !== null && part !== '').join(' '),
  );
}

describe('adding to a list', () => {
  it.each([
    ['a roll please', ['roll']],
    ['two rolls', ['2 roll']],
    ['two rolls and a large tea', ['2 roll', 'large tea']],
    ["I'd like a roll, a small juice and three large teas", ['roll', 'small juice', '3 large tea']],
    ['can I have a large orange juice', ['large juice']],
    ['a full breakfast with a cola', ['breakfast cola']],
    ['a breakfast with tea', ['breakfast tea']],
    ['twenty one rolls', []],
    ['give me a roll and also a small tea', ['roll', 'small tea']],
    ['what does a roll cost', []],
  ])('takes "%s" as %j', async (said, basket) => {
    expect(basketOf(await (await open()).say(said))).toEqual(basket);
  });

  it('says all that was added at once, and asks what else', async () => {
    const turn = await (await open()).say('two rolls and a large tea');
    expect(turn.said).toEqual(['added.basket', 'more.basket']);
    expect(turn.text).toContain('2 roll and large tea, got it.');
    expect(turn.trace.slots['total']).toBe(7);
  });

  it('completes an item that lacks a field before it says it or asks what else', async () => {
    const talk = await open();
    const first = await talk.say('a tea');
    expect(first.said).toEqual(['ask.basket.size.1']);
    expect(first.text).toContain('A small or a large tea?');
    const second = await talk.say('large');
    expect(second.said).toEqual(['added.basket', 'more.basket']);
    expect(basketOf(second)).toEqual(['large tea']);
  });

  it('hears the answer to a field as that, also where it is the name of an item', async () => {
    const talk = await open();
    expect((await talk.say('a breakfast')).said).toEqual(['ask.basket.drink.1']);
    expect(basketOf(await talk.say('tea'))).toEqual(['breakfast tea']);
  });

  it('hears another item beside the answer to a field', async () => {
    const talk = await open();
    await talk.say('a tea');
    expect(basketOf(await talk.say('a small one, and also a roll'))).toEqual(['small tea', 'roll']);
  });

  it.each([
    ['two of those', ['3 roll'], ['2 roll']],
    ['one more', ['roll'], ['2 roll']],
    ['make it four', ['roll'], ['4 roll']],
  ])('counts the last item: "%s"', async (said, before, after) => {
    const start = before.map((one) => ({ item: 'roll', ...(/^\d/.test(one) && { count: Number(one[0]) }) }));
    expect(basketOf(await (await open(start)).say(said))).toEqual(after);
  });

  it('refuses a number that is out of range and takes nothing of it', async () => {
    const turn = await (await open()).say('twelve rolls');
    expect(turn.said[0]).toBe('reject.basket.count');
    expect(basketOf(turn)).toEqual([]);
  });

  it('takes no more items than the list may have', async () => {
    const six = Array.from({ length: 5 }, () => ({ item: 'roll' }));
    const turn = await (await open(six)).say('a roll and a breakfast with tea');
    expect(basketOf(turn)).toHaveLength(6);
    expect(turn.text).toContain('at most 6');
  });

  it('offers what is not on the list to the transition for it', async () => {
    const turn = await (await open()).say('lobster');
    expect(turn.text).toContain("We don't have that.");
    expect(basketOf(turn)).toEqual([]);
  });

  it('asks back what was named nearly right', async () => {
    const talk = await open();
    const turn = await talk.say('a brekfast');
    expect(turn.said).toContain('clarify');
    expect(basketOf(turn)).toEqual([]);
    expect(basketOf(await talk.say('yes'))).toEqual(['breakfast']);
  });
});

describe('changing a list', () => {
  const three: Json = [
    { item: 'roll', count: 2 },
    { item: 'tea', size: 'small' },
    { item: 'breakfast', drink: 'coffee' },
  ];

  it.each([
    ['take the tea off', ['2 roll', 'breakfast coffee']],
    ['leave that out after all', ['2 roll', 'small tea']],
    ['remove the rolls please', ['small tea', 'breakfast coffee']],
    ['take one of the rolls off', ['roll', 'small tea', 'breakfast coffee']],
    ["I don't want the breakfast", ['2 roll', 'small tea']],
    ['remove everything', []],
    ['make the tea large', ['2 roll', 'large tea', 'breakfast coffee']],
    ['make it with a cola', ['2 roll', 'small tea', 'breakfast cola']],
    ['swap the tea for a small juice', ['2 roll', 'small juice', 'breakfast coffee']],
    ['a large juice instead of the tea', ['2 roll', 'large juice', 'breakfast coffee']],
    ['change the rolls to a breakfast with tea', ['2 breakfast tea', 'small tea', 'breakfast coffee']],
    ["never mind the tea, I'll have a roll", ['2 roll', 'breakfast coffee', 'roll']],
    ['take the tea off and add a roll', ['2 roll', 'breakfast coffee', 'roll']],
  ])('does what "%s" says', async (said, basket) => {
    expect(basketOf(await (await open(three)).say(said))).toEqual(basket);
  });

  it('has words for what was taken off, changed, and is not there', async () => {
    const talk = await open([{ item: 'roll' }, { item: 'tea', size: 'small' }]);
    const changed = await talk.say('make the tea large');
    expect(changed.said).toEqual(['changed.basket', 'more.basket']);
    expect(changed.text).toContain("Now it's large tea.");
    expect((await talk.say('take the roll off')).text).toContain('No roll then.');
    const none = await talk.say('remove the juice');
    expect(none.said[0]).toBe('not_there.basket');
    expect(none.text).toContain('You have no juice.');
    expect(basketOf(none)).toEqual(['large tea']);
  });

  it('forgets the field that another item in its place does not have', async () => {
    const turn = await (await open([{ item: 'tea', size: 'small' }])).say('change the tea to a roll');
    expect(basketOf(turn)).toEqual(['roll']);
  });

  it('asks the field that another item in its place needs', async () => {
    const turn = await (await open([{ item: 'roll' }])).say('swap the roll for a tea');
    expect(turn.said).toEqual(['ask.basket.size.1']);
  });
});

describe('what a list makes of any words', () => {
  const words = ['a', 'two', 'roll', 'large', 'tea', 'with', 'no', 'take', 'off', 'make', 'it', 'and', 'swap', 'for', 'instead of', 'juice', 'everything', 'of those', 'breakfast', '?', ',', 'yes', "that's all"]; // prettier-ignore

  it('keeps items whole and known, whatever is said, for as long as it is said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 9 }), { maxLength: 6 }),
        async (turns) => {
          const talk = await open();
          for (const said of turns) {
            const turn = await talk.say(said.join(' '));
            if (turn.ended || turn.trace.state !== 'take') return;
            const items = turn.trace.slots['basket'] as Record<string, Json>[];
            expect(items.length).toBeLessThanOrEqual(6);
            for (const { item, count, size, drink } of items) {
              expect(['roll', 'tea', 'juice', 'breakfast']).toContain(item);
              expect(Number(count) >= 1 && Number(count) <= 9).toBe(true);
              if (item === 'roll' || item === 'breakfast') expect(size).toBeNull();
              if (item !== 'breakfast') expect(drink).toBeNull();
            }
            expect(turn.said.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('being done with a list', () => {
  it.each(["that's all", 'no', 'no thanks'])('goes on at "%s"', async (said) => {
    const turn = await (await open([{ item: 'roll' }])).say(said);
    expect(turn.said).toEqual(['order/send.confirm']);
  });

  it('asks on while there are fewer items than the list needs', async () => {
    const turn = await (await open()).say("that's all");
    expect(turn.said).toEqual(['ask.basket.1']);
    expect(turn.tools).toEqual([]);
  });

  it('asks for the field that is missing before it goes on', async () => {
    const talk = await open();
    await talk.say('a tea');
    expect((await talk.say("that's all")).trace.state).toBe('take');
  });

  it('changes an item at the read-back and reads it back again, and sends nothing yet', async () => {
    const talk = await open([{ item: 'tea', size: 'small' }]);
    await talk.say("that's all");
    const turn = await talk.say('no, make the tea large');
    expect(turn.said).toEqual(['changed.basket', 'order/send.confirm']);
    expect(turn.text).toContain('large tea, 3 euros');
    const yes = await talk.say('yes, but add a roll');
    expect(yes.tools).toEqual([]);
    expect(yes.text).toContain('large tea and roll, 5 euros');
    const sent = await talk.say('yes');
    expect(sent.tools.map(({ input }) => input)).toEqual([
      {
        basket: [
          { count: 1, item: 'tea', size: 'large' },
          { count: 1, item: 'roll', size: null },
        ],
        total: 5,
      },
    ]);
  });

  it('goes back to the question when the read-back leaves too few items', async () => {
    const talk = await open([{ item: 'roll' }]);
    await talk.say("that's all");
    const turn = await talk.say('take the roll off');
    expect(turn.trace.state).toBe('take');
    expect(turn.said).toEqual(['removed.basket', 'more.basket']);
  });
});

describe('items with names in common', () => {
  const bar = `
flow: bar
slots:
  order:
    type: list
    ask: What can I get you?
    more: What else?
    of:
      what: { type: choice, options: [burger, burger meal, vanilla shake] }
      size: { type: choice, options: [small, large], if: what == "burger meal", ask: Which size? }
states: { take: { collect: order, to: end } }
`;
  const whats = (turn: Turn): unknown[] => (turn.trace.slots['order'] as { what: string }[]).map(({ what }) => what);

  it.each([
    ['the meal', ['burger meal']],
    ['just the burger, no meal', ['burger']],
  ])('are asked back, and "%s" says which', async (said, expected) => {
    const { talk } = await Conversation.open(bar);
    const asked = await talk.say('a burger');
    expect(asked.said).toEqual(['clarify']);
    expect(asked.text).toBe('Did you mean burger or burger meal?');
    expect(whats(asked)).toEqual([]);
    expect(whats(await talk.say(said))).toEqual(expected);
  });

  it('are meant by a part of the name of one that is there', async () => {
    const { talk } = await Conversation.open(bar);
    await talk.say('a vanilla shake and a large burger meal');
    expect(whats(await talk.say('take the shake off'))).toEqual(['burger meal']);
  });
});

describe('a list of plain values', () => {
  const guests = `
flow: guests
slots:
  names: { type: list, of: name, ask: Who is coming?, more: Who else?, added: "{{ it }}, noted.", removed: "{{ it }} is off." }
  cities: { type: list, of: choice, options: [Cork, Galway, Sligo], ask: Which cities? }
states:
  who: { collect: names, to: where }
  where: { collect: cities, to: done }
  done: { say: "{{ names | list }} to {{ cities | list }}.", hang_up: true }
`;
  it('keeps the values themselves, and closes at the first answer without `more`', async () => {
    const { talk } = await Conversation.open(guests);
    const first = await talk.say('Anna and Bob');
    expect(first.trace.slots['names']).toEqual(['Anna', 'Bob']);
    expect(first.said).toEqual(['added.names', 'more.names']);
    await talk.say("that's all");
    const last = await talk.say('Cork and Sligo');
    expect(last.trace.slots['guests.cities'] ?? last.trace.slots['cities']).toEqual(['Cork', 'Sligo']);
    expect(last.text).toContain('Anna and Bob to Cork and Sligo.');
  });
});

describe('a list in the request that starts its flow', () => {
  const shop = (options: string): string => `
agent: shop
---
flow: buy
title: your order
examples: [I want to order something]
slots:
  things:
    type: list
    ask: What do you need?
    more: What else?
    added: "{{ it }}, fine."
    of: { what: { type: choice, options: ${options} } }
tools: { stock: { effect: read, output: { things: { list: { id: text, name: text } } }, http: { get: "{{ env.URL }}/s" } } }
states:
  load: { call: stock, transitions: [{ on: [error, timeout], to: end }], to: ask }
  ask: { collect: things, to: done }
  done: { say: "{{ things | list }}.", hang_up: true }
`;
  it.each(['[lamp, table]', '"{{ stock.things }}"'])('keeps what it names, with the options %s', async (options) => {
    const things = [
      { id: 'lamp', name: 'lamp' },
      { id: 'table', name: 'table' },
    ];
    const { talk } = await Conversation.open(shop(options), { tools: { stock: { things } } });
    const turn = await talk.say('I want to order a lamp and two tables');
    expect(turn.trace.slots['things']).toEqual([{ what: 'lamp' }, { what: 'table' }, { what: 'table' }]);
    expect(turn.said).toEqual(['added.things', 'more.things']);
  });
});

describe('a record', () => {
  const pet = `
flow: pet
slots:
  pet:
    type: record
    of:
      kind: { type: choice, options: [dog, cat], ask: A dog or a cat? }
      age: { type: integer, ask: "How old is the {{ kind }}?", range: 0..30 }
      chipped: { type: yes_no, if: kind == "dog", ask: Is it chipped? }
    spoken: "a {{ kind }} of {{ age }}"
states:
  ask: { collect: pet, to: done }
  done: { say: "So {{ pet }}.", hang_up: true }
`;
  it('is asked field by field, and only for the fields it has', async () => {
    const { talk, first } = await Conversation.open(pet);
    expect(first.said).toEqual(['ask.pet.kind.1']);
    const age = await talk.say('a cat');
    expect(age.said).toEqual(['ask.pet.age.1']);
    expect(age.text).toContain('How old is the cat?');
    const done = await talk.say('seven');
    expect(done.text).toContain('So a cat of 7.');
  });

  it('refuses a field by itself and asks for that one again', async () => {
    const { talk } = await Conversation.open(pet);
    await talk.say('a dog');
    const turn = await talk.say('ninety');
    expect(turn.said).toEqual(['reject.pet.age', 'ask.pet.age.1']);
    await talk.say('four');
    const done = await talk.say('yes');
    expect(done.trace.slots['pet']).toEqual({ kind: 'dog', age: 4, chipped: true });
  });
});

it('a list that nobody asks for is data, and no words of a caller change it', async () => {
  const { talk } = await Conversation.open(
    `
agent: bank
slots: { contacts: { type: list, of: name, scope: call } }
---
flow: balance
slots: { account: { type: choice, options: [current, savings], ask: Which account? } }
states: { ask: { collect: account, to: told }, told: { say: "{{ account }}", to: end } }
`,
    { start: { flow: 'balance', slots: { contacts: ['Mateo'] } } },
  );
  const turn = await talk.say('make it forty');
  expect(turn.trace.slots['contacts']).toEqual(['Mateo']);
  expect(turn.said).toEqual(['no_match', 'ask.account.1']);
});
