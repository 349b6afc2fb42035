import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

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
    ['', none],
    ['   ', none],
    ['The Lighthouse Keeper', none, { asked: false }],
    ['bananas', none, { asked: false }],
  ]);

  it('is written as any scalar', () => {
    const { parse } = slotType('text');
    expect(parse('two bags', monday)).toEqual({ value: 'two bags' });
    expect(parse(4, monday)).toEqual({ value: '4' });
    expect(parse({}, monday)).toHaveProperty('problem');
  });
});
