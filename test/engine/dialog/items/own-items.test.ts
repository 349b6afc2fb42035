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
    max: 6
    ask: What would you like?
    more: Anything else?
    added: "{{ it }}, got it."
    removed: No {{ it }} then.
    changed: "Now it's {{ it }}."
    not_there: You have no {{ it }}.
    reject: [{ if: 'basket.exists(i, i.item == "juice") && basket.exists(i, i.item == "cake")', say: "Juice and cake don't go together." }]
    of:
      count: { type: integer, range: 1..9, default: 1 }
      item: { type: choice, options: [roll, cake, { tea: [cup of tea] }, juice] }
      size:
        type: choice
        options: [small, large]
        if: item == "tea" || item == "juice"
        ask: Small or large?
        help: A large one is half a litre.
        why: The price depends on it.
    spoken: "{{ count > 1 ? string(count) : '' }} {{ size | or('') }} {{ item }}"
states:
  take: { collect: basket, to: read }
  read:
    confirm: "{{ basket | list }}. Right?"
    transitions: [{ on: declined, to: end }]
    to: sent
  sent: { say: Sent., to: end }
`;

const open = async (basket?: Json, yaml = kiosk): Promise<Conversation> =>
  (await Conversation.open(yaml, { start: { flow: 'order', ...(basket !== undefined && { slots: { basket } }) } }))
    .talk;

function basketOf(turn: Turn): string[] {
  const items = turn.trace.slots['basket'] as Record<string, Json>[];
  return items.map(({ count, size, item }) => [count === 1 ? '' : count, size, item].filter((part) => part !== null && part !== '').join(' ')); // prettier-ignore
}

const three: Record<string, Json>[] = [
  { item: 'roll', count: 1 },
  { item: 'tea', count: 1, size: 'small' },
  { item: 'tea', count: 1, size: 'large' },
];

describe('the caller’s own items by their place', () => {
  it.each([
    ['change the second one to large', ['roll', 'large tea', 'large tea']],
    ['make the last one small', ['roll', 'small tea', 'small tea']],
    ['take the first one off', ['small tea', 'large tea']],
    ['take the last one off please', ['roll', 'small tea']],
    ['remove number two', ['roll', 'large tea']],
    ['swap the first one for a cake', ['cake', 'small tea', 'large tea']],
    ['make the first one three', ['3 roll', 'small tea', 'large tea']],
    ['no wait, take the second tea off', ['roll', 'small tea']],
  ])('"%s"', async (said, basket) => {
    expect(basketOf(await (await open(three)).say(said))).toEqual(basket);
  });

  it('says so when there is no such place, and changes nothing', async () => {
    const turn = await (await open(three)).say('take the fifth one off');
    expect(basketOf(turn)).toEqual(['roll', 'small tea', 'large tea']);
    expect(turn.said).toContain('not_there.basket');
  });
});

describe('more of the same', () => {
  it.each([
    ['make that three', ['3 roll']],
    ['two of those', ['2 roll']],
    ['another one', ['2 roll']],
    ['same again', ['2 roll']],
    ['one more please', ['2 roll']],
  ])('"%s" counts the item that was spoken of last', async (said, basket) => {
    expect(basketOf(await (await open([three[0]!])).say(said))).toEqual(basket);
  });
});

describe('clearing a list', () => {
  it.each(['remove everything', 'scrap all of that', 'take everything off', 'clear the order', 'start the order over', 'forget the whole order'])(
    '"%s" empties it and asks what is wanted',
    async (said) => {
      const turn = await (await open(three)).say(said);
      expect(turn.trace.slots['basket']).toEqual([]);
      expect(turn.trace.flow).toBe('order');
    },
  ); // prettier-ignore
});

describe('a name that is not on the list beside one that is', () => {
  it('is named, and the other item is taken', async () => {
    const turn = await (await open()).say('a roll and a donkey');
    expect(basketOf(turn)).toEqual(['roll']);
    expect(turn.said).toContain('not_listed.basket');
    expect(turn.text).toContain('donkey');
  });

  it.each([
    'a roll please and thank you',
    'a roll for my wife and a cake for me',
    "a roll and that's everything",
    'a roll and a cake',
    'a roll, uh, and, let me see, a cake',
    'two rolls and maybe a large tea',
    'a roll and a small cup of tea please',
  ])('no such thing is heard in "%s"', async (said) => {
    expect((await (await open()).say(said)).said).not.toContain('not_listed.basket');
  });
});

describe('rules of the whole list', () => {
  it('refuse what makes it break them, and keep what was there', async () => {
    const turn = await (await open([{ item: 'cake', count: 1 }])).say('a large juice');
    expect(turn.said).toContain('reject.basket');
    expect(basketOf(turn)).toEqual(['cake']);
  });

  it('are helped with field by field', async () => {
    const talk = await open();
    await talk.say('a tea');
    expect((await talk.say('help')).said).toEqual(['help.basket.size', 'ask.basket.size.1']);
    expect((await talk.say('why')).said).toEqual(['why.basket.size', 'ask.basket.size.1']);
  });

  it('say the whole back when it is closed, and take a change there', async () => {
    const yaml = kiosk.replace('    max: 6\n', '    max: 6\n    confirm: explicit\n');
    const talk = await open(undefined, yaml);
    await talk.say('a roll and a cake');
    const closed = await talk.say("that's all");
    expect(closed.said).toEqual(['confirm.basket']);
    const changed = await talk.say('no, take the cake off');
    expect(basketOf(changed)).toEqual(['roll']);
    expect(changed.said).toContain('confirm.basket');
    expect((await talk.say('yes')).said).toEqual(['order/read.confirm']);
  });

  it('begin with a default that the caller may add to', async () => {
    const yaml = kiosk.replace('    max: 6\n', '    default: [{ item: roll, count: 2 }]\n');
    const agent = yaml.replace('collect: basket, to: read', 'say: Hi., to: read');
    const { first } = await Conversation.open(agent, { start: { flow: 'order' } });
    expect(first.text).toContain('2 roll');
  });
});
