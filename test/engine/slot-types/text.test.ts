import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

const unasked = { asked: false };

describe('text', () => {
  table('text', [
    ['The Lighthouse Keeper', 'The Lighthouse Keeper'],
    ['uh, the lighthouse keeper', 'the lighthouse keeper'],
    ['the lighthouse keeper.', 'the lighthouse keeper'],
    ['um er two bags', 'two bags'],
    ['two bags, um', 'two bags'],
    ['bananas', 'bananas'],
    ['umbrella', 'umbrella'],
    ['yes', 'yes'],
    ['AB12', 'AB12'],
    ['what a day!', 'what a day!'],
    ['  spaces  ', 'spaces'],
    ['hm', 'hm'],
    ['please leave it with the neighbour', 'please leave it with the neighbour'],
    ["the engine won't start", "the engine won't start"],
    ['It rattles, and then it stops.', 'It rattles, and then it stops'],
    ['half past seven', 'half past seven'],
    ['no onions', 'no onions'],
    ['erm, the screen is cracked', 'the screen is cracked'],
    ['the blue one, no, the green one', 'the blue one, no, the green one'],
    ['call me back after six', 'call me back after six'],
    ['12 Main Street', '12 Main Street'],
    ['happy birthday mary', 'happy birthday mary'],
    ['it costs $12.50', 'it costs $12.50'],
    ['tomorrow', 'tomorrow'],
    ['', none],
    ['   ', none],
    ['...', none],
    ['The Lighthouse Keeper', none, unasked],
    ['bananas', none, unasked],
    ['yes', none, unasked],
    ['half past seven', none, unasked],
    ['30 euros', none, unasked],
    ['four four seven one', none, unasked],
    ['what do you mean', none, unasked],
    ['my name is lena', none, unasked],
    ['on friday', none, unasked],
    ['uh', none, unasked],
    ['lena at mail dot example', none, unasked],
    ['087 123 4567', none, unasked],
    ['the second one', none, unasked],
    ['no wait', none, unasked],
  ]);

  it('is written as any scalar', () => {
    const { parse } = slotType('text');
    expect(parse('two bags', monday)).toEqual({ value: 'two bags' });
    expect(parse(4, monday)).toEqual({ value: '4' });
    expect(parse({}, monday)).toHaveProperty('problem');
  });
});
