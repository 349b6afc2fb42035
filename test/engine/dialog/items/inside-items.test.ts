import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../engine/contracts.js';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

const pizzeria = `
agent: pizzeria
language: en-IE
start: order
---
flow: order
title: your order
slots:
  order:
    type: list
    ask: What would you like?
    more: Anything else?
    added: "{{ it }}, got it."
    removed: No {{ it }} then.
    changed: "Now it's {{ it }}."
    not_there: There's no {{ it }} in your order.
    of:
      item: { type: choice, options: { pizza: [], margherita: [], pepperoni: [], cola: [coke], water: [] } }
      size: { type: choice, options: [small, large], if: item != "cola" && item != "water", ask: Small or large? }
      toppings:
        type: list
        of: choice
        max: 3
        options: { ham: [], olives: [olive], mushrooms: [mushroom], onions: [onion], pepperoni: [] }
        if: item != "cola" && item != "water"
        ask: Which toppings would you like?
        help: Ham, olives, mushrooms, onions or pepperoni.
    spoken: "a {{ size | or('') }} {{ item }} {{ toppings.size() > 0 ? 'with' : '' }} {{ toppings | list }}"
states:
  take: { collect: order, to: read }
  read: { confirm: "{{ order | list }}. Right?", transitions: [{ on: declined, to: end }], to: sent }
  sent: { say: Sent., to: end }
`;

const open = async (order?: Json, yaml = pizzeria): Promise<Conversation> =>
  (await Conversation.open(yaml, { start: { flow: 'order', ...(order !== undefined && { slots: { order } }) } })).talk;

function orderOf(turn: Turn): string[] {
  return (turn.trace.slots['order'] as Record<string, Json>[]).map(({ item, size, toppings }) =>
    [size, item, ...((toppings ?? []) as string[])].filter((part) => part !== null).join(' '),
  );
}

const two: Json = [
  { item: 'margherita', size: 'large', toppings: ['ham'] },
  { item: 'pizza', size: 'small', toppings: ['olives', 'onions'] },
];

describe('a list inside an item', () => {
  it.each([
    ['a large pizza with ham and olives and a coke', ['large pizza ham olives', 'cola']],
    ['a large ham and olive pizza and two cokes', ['large pizza ham olives', 'cola', 'cola']],
    ['a coke and a small pizza with onions', ['cola', 'small pizza onions']],
    ['a large margherita with pepperoni', ['large margherita pepperoni']],
    [
      'a large margherita with ham and a small pepperoni with olives',
      ['large margherita ham', 'small pepperoni olives'],
    ],
    ['two large pizzas, one with ham and one with olives', ['large pizza ham', 'large pizza olives']],
    ['a large pizza with ham, no olives', ['large pizza ham']],
    ['a small pizza with ham but without olives', ['small pizza ham']],
  ])('is heard with it: "%s"', async (said, order) => {
    expect(orderOf(await (await open()).say(said))).toEqual(order);
  });

  it.each([
    ['add mushrooms to the second one', ['large margherita ham', 'small pizza olives onions mushrooms']],
    ['no olives', ['large margherita ham', 'small pizza onions']],
    ['no ham on the first one', ['large margherita', 'small pizza olives onions']],
    ['no ham', ['large margherita', 'small pizza olives onions']],
    ['take the onions off', ['large margherita ham', 'small pizza olives']],
    ['extra mushrooms on the margherita please', ['large margherita ham mushrooms', 'small pizza olives onions']],
    ['swap the ham for onions', ['large margherita onions', 'small pizza olives onions']],
    ['ham instead of the olives', ['large margherita ham', 'small pizza onions ham']],
    ['make it mushrooms', ['large margherita ham', 'small pizza mushrooms']],
    ['no ham actually, onions', ['large margherita onions', 'small pizza olives onions']],
    ['add ham to all the pizzas', ['large margherita ham', 'small pizza olives onions ham']],
    ['add olives to both', ['large margherita ham olives', 'small pizza olives onions']],
    ['add ham to the pizza and a water', ['large margherita ham', 'small pizza olives onions ham', 'water']],
    ['take the pizza off', ['large margherita ham']],
    ['swap the margherita for a coke', ['cola', 'small pizza olives onions']],
    ['a large pepperoni with onions', ['large margherita ham', 'small pizza olives onions', 'large pepperoni onions']],
  ])('is changed where it is: "%s"', async (said, order) => {
    expect(orderOf(await (await open(two)).say(said))).toEqual(order);
  });

  it('is that of the second that has one, where another item stands between', async () => {
    const order: Json = [{ item: 'margherita', size: 'large', toppings: ['ham'] }, { item: 'cola' }, { item: 'pizza', size: 'small', toppings: ['ham'] }]; // prettier-ignore
    const turn = await (await open(order)).say('no ham on the second one');
    expect(orderOf(turn)).toEqual(['large margherita ham', 'cola', 'small pizza']);
  });

  it('is asked for before anything else, with its own help', async () => {
    const talk = await open();
    expect((await talk.say('a large pizza and a coke')).said).toEqual(['added.order', 'ask.order.toppings.1']);
    expect((await talk.say('help')).said).toEqual(['help.order.toppings', 'ask.order.toppings.1']);
    const turn = await talk.say('ham and onions');
    expect(orderOf(turn)).toEqual(['large pizza ham onions', 'cola']);
    expect(turn.text).toBe('a large pizza with ham and onions, got it. Anything else?');
  });

  it.each(['no', 'none', 'no thanks', 'nothing', 'plain please', 'no toppings'])(
    'is empty after "%s"',
    async (said) => {
      const talk = await open();
      await talk.say('a large margherita');
      const turn = await talk.say(said);
      expect(turn.said).toEqual(['added.order', 'more.order']);
      expect(orderOf(turn)).toEqual(['large margherita']);
    },
  );

  it('takes no more than it holds, and says how many', async () => {
    const turn = await (await open()).say('a large pizza with ham, olives, onions and mushrooms');
    expect(turn.text).toContain('at most 3');
    expect(orderOf(turn)).toEqual(['large pizza ham olives onions']);
  });

  it('says what is not in it, and changes nothing', async () => {
    const turn = await (await open(two)).say('take the mushrooms off');
    expect(turn.said).toEqual(['not_there.order', 'more.order']);
    expect(turn.text).toContain('no mushrooms');
    expect(orderOf(turn)).toEqual(['large margherita ham', 'small pizza olives onions']);
  });

  it('is read back as people would', async () => {
    const talk = await open(two);
    expect((await talk.say("that's all")).text).toBe(
      'a large margherita with ham, and a small pizza with olives and onions. Right?',
    );
    const changed = await talk.say('no, no onions');
    expect(orderOf(changed)).toEqual(['large margherita ham', 'small pizza olives']);
    expect(changed.said).toContain('order/read.confirm');
  });
});

const tours = `
agent: tours
language: en-IE
start: book
---
flow: book
title: your booking
slots:
  places:
    type: list
    ask: Which tour?
    more: Any other tour?
    of:
      tour: { type: choice, options: [castle, harbour] }
      guest:
        type: record
        of:
          first: { type: name, ask: "The guest's first name?" }
          age: { type: integer, range: 1..99, ask: How old?, dtmf: { length: 1..2 }, help: In years. }
      meals:
        type: list
        ask: Which meals?
        of:
          meal: { type: choice, options: [breakfast, lunch, dinner] }
          size: { type: choice, options: [small, large], ask: "A small or a large {{ meal }}?" }
          drinks: { type: list, of: choice, options: [tea, coffee, juice], optional: true }
states: { take: { collect: places, to: done }, done: { say: Done., to: end } }
`;

const openTours = async (): Promise<Conversation> => (await Conversation.open(tours, { start: { flow: 'book' } })).talk;
const places = (turn: Turn): Json => turn.trace.slots['places']!;

describe('a record inside an item', () => {
  it('is asked for field by field, refused and helped with by its own words', async () => {
    const talk = await openTours();
    expect((await talk.say('the castle')).said).toEqual(['ask.places.guest.first.1']);
    expect((await talk.say('Anna')).said).toEqual(['ask.places.guest.age.1']);
    expect((await talk.say('help')).said).toEqual(['help.places.guest.age', 'ask.places.guest.age.1']);
    expect((await talk.say('200')).said).toEqual(['reject.places.guest.age', 'ask.places.guest.age.1']);
    const turn = await talk.say('31');
    expect(turn.said).toEqual(['ask.places.meals.1']);
    expect(places(turn)).toMatchObject([{ tour: 'castle', guest: { first: 'Anna', age: 31 } }]);
  });

  it('takes keys where a field of it has them', async () => {
    const talk = await openTours();
    await talk.say('the harbour');
    const asked = await talk.say('Bob');
    expect(asked.listening?.keys).toMatchObject({ min: 1, max: 2 });
    expect(places(talk.keys('44'))).toMatchObject([{ guest: { first: 'Bob', age: 44 } }]);
  });
});

describe('a list of records inside an item', () => {
  const atMeals = async (): Promise<Conversation> => {
    const talk = await openTours();
    for (const said of ['the castle', 'Anna', '31']) await talk.say(said);
    return talk;
  };

  it('is completed one by one', async () => {
    const talk = await atMeals();
    expect((await talk.say('lunch and dinner')).text).toBe('A small or a large lunch?');
    expect((await talk.say('large')).text).toBe('A small or a large dinner?');
    expect(places(await talk.say('small'))).toMatchObject([
      { meals: [{ meal: 'lunch', size: 'large' }, { meal: 'dinner', size: 'small' }] },
    ]); // prettier-ignore
  });

  it('keeps what is said of each, and changes one thing of one', async () => {
    const talk = await atMeals();
    const all = [
      { meal: 'dinner', size: 'large', drinks: ['tea', 'juice'] },
      { meal: 'lunch', size: 'small', drinks: [] },
    ];
    expect(places(await talk.say('a large dinner with tea and juice and a small lunch'))).toMatchObject([
      { meals: all },
    ]);
    expect(places(await talk.say('make the lunch large'))).toMatchObject([
      { meals: [all[0], { ...all[1], size: 'large' }] },
    ]);
    expect(places(await talk.say('no juice'))).toMatchObject([{ meals: [{ drinks: ['tea'] }, { size: 'large' }] }]);
  });
});
