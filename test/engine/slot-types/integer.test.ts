import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('an integer', () => {
  table('integer', [
    ['four', 4],
    ['uh, four please', 4],
    ['4', 4],
    ['twenty one', 21],
    ['twenty-one', 21],
    ['thirty', 30],
    ['nineteen', 19],
    ['a hundred', 100],
    ['a hundred and fifty', 150],
    ['one hundred twenty', 120],
    ['two hundred and fourteen', 214],
    ['two thousand', 2000],
    ['two thousand and six', 2006],
    ['three thousand four hundred and twelve', 3412],
    ['a million', 1000000],
    ['1,000', 1000],
    ['a dozen', 12],
    ['half a dozen', 6],
    ['two dozen', 24],
    ['a couple', 2],
    ['a couple of people', 2],
    ['zero', 0],
    ['nobody', 0],
    ['minus three', -3],
    ['four, no wait, five', 5],
    ['four, make that six', 6],
    ['not four but five', 5],
    ['a table for four', 4, { asked: false }],
    ['for two people please', 2, { asked: false }],
    ['we are eight', 8],
    ['there will be twelve of us', 12],
    ['one', 1],
    ['just the one', 1],
    ['two or three', { either: [2, 3] }],
    ['six people on the twenty third', 6],
    ['4 people', 4],
    ['12', 12],
    ['I think about seventy five', 75],
    ['four four seven one', 4471],
    ['twenty fourteen', 2014],
    ['two large and three small', { all: [2, 3] }],
    ['5k', 5000],
    ['Two.', 2],
    ['twenty… no, thirty', 30],
    ['uh, let me see, four', 4],
    ['4.', 4],
    ['two, no wait, make that three', 3],
    ['a couple, please', 2],
    ['make it a dozen', 12],
    // Near misses.
    ['bananas', none],
    ['yes', none],
    ['tomorrow', none],
    ['on friday', none],
    ['the fourth', none],
    ['the second one please', none],
    ['one moment please', none],
    ['that one', none],
    ['june 9th', none],
    ['what do you mean', none],
    ['half', none],
    ['a', none],
    ['7:30', none],
    ['4.5', none],
    ['many', none],
    ['a few', none],
    ['i want to go there too', none],
    ['for', none, { asked: false }],
    ['hundred', none],
    ['lena', none],
    ['one and a half', none],
    ['four and a half', none],
    ['quarter to', none],
    ['', none],
  ]);

  it('is less sure of a number dictated figure by figure', () => {
    expect(slotType('integer').find('four four seven one', monday)[0]!.confidence).toBeLessThan(0.8);
  });

  it('is heard in what sounds like it only where that is the whole answer to the question', () => {
    const values = (said: string): unknown[] =>
      slotType('integer')
        .find(said, monday)
        .map(({ value }) => value);
    expect(['to', 'too please', 'for', 'just for', 'ate', 'Won.'].map(values)).toEqual([[2], [2], [4], [4], [8], [1]]);
    for (const said of ['me too', "i'd like to", 'for me', 'for you and me', 'to to', 'i ate', 'too many'])
      expect(values(said), said).toEqual([]);
    expect(slotType('integer').find('for', { ...monday, asked: false })).toEqual([]);
  });

  it('is written as a whole number', () => {
    const { parse } = slotType('integer');
    expect(parse(4, monday)).toEqual({ value: 4 });
    expect(parse('12', monday)).toEqual({ value: 12 });
    expect(parse('1,200', monday)).toEqual({ value: 1200 });
    expect(parse(4.5, monday)).toHaveProperty('problem');
    expect(parse('', monday)).toHaveProperty('problem');
    expect(parse(null, monday)).toHaveProperty('problem');
    expect(parse('four', monday)).toHaveProperty('problem');
  });
});
