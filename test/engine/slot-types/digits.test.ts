import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

const four = { pattern: '[0-9]{4}' };
const eight = { pattern: '[0-9]{8}' };
const room = { pattern: '[0-9]{3}' };

describe('digits', () => {
  table('digits', [
    ['four four seven one', '4471', four],
    ['Four, four, seven, one.', '4471', four],
    ['4471', '4471', four],
    ['44 71', '4471', four],
    ['44-71', '4471', four],
    ['4 4 7 1', '4471', four],
    ['double four seven one', '4471', four],
    ['double oh seven one', '0071', four],
    ['oh oh seven one', '0071', four],
    ['zero zero seven one', '0071', four],
    ['triple seven one', '7771', four],
    ['forty four seventy one', '4471', four],
    ['forty four seven one', '4471', four],
    ['four thousand four hundred and seventy one', '4471', four],
    ['twenty fourteen', '2014', four],
    ['two one four', '214', room],
    ['two fourteen', '214', room],
    ['two hundred and fourteen', '214', room],
    ['room two one four please', '214', room],
    ["uh, it's two one four", '214', room],
    ['four four uh seven one', '4471', four],
    ['the code is four four seven one', '4471', { ...four, asked: false }],
    ['oh, four four seven one', '4471', four],
    ['four four seven two, no wait, four four seven one', '4471', four],
    ['one two three four five six seven eight', '12345678', eight],
    ['12 34 56 78', '12345678', eight],
    ['1234 5678', '12345678', eight],
    ['nine nine nine nine nine nine nine nine', '99999999', eight],
    ['double nine double nine double nine double nine', '99999999', eight],
    ['0123', '0123'],
    ['zero one two three', '0123'],
    ['five', '5'],
    ['seven seven', '77'],
    ['one hundred', '100'],
    ['six oh six', '606', room],
    ['treble six', '666', room],
    ['my pin is 2468', '2468', four],
    ['two four six eight', '2468', four],
    ['o four seven one', '0471', four],
    ['1,234', '1234', four],
    ['double four seven one', '4471'],
    ['triple zero', '000'],
    ['triple oh seven', '0007'],
    ['Four, four, seven, one.', '4471'],
    ['44 71', '4471'],
    ['let me see, four four seven one', '4471'],
    ['four four… uh… seven one', '4471'],
    ['four four seven one, no wait, four four seven two', '4472'],
    // Near misses.
    ['bananas', none, four],
    ['two four six', none, four],
    ['two four six eight ten', none, four],
    ['yes', none],
    ['tomorrow', none],
    ['half past seven', none, four],
    ['the fourth of march', none],
    ['on the 9th', none],
    ['what digits do you mean', none, four],
    ['a table for four', none, four],
    ["i don't have it", none, four],
    ['oh', none, { asked: false }],
    ['double trouble', none],
    ['A B one two C', none, four],
    ['lena', none],
    ['thirty euros', none, four],
    ['a couple', none],
    ['the fifteenth', none],
    ['', none, four],
  ]);

  it('is said figure by figure', () => {
    expect(slotType('digits').say('4471', monday)).toBe('4 4 7 1');
  });

  it('keeps the zeros of a written value, and wants the whole pattern', () => {
    const { parse } = slotType('digits');
    expect(parse('0471', { ...monday, ...four })).toEqual({ value: '0471' });
    expect(parse('471', { ...monday, ...four })).toHaveProperty('problem');
    expect(parse('04a1', monday)).toHaveProperty('problem');
  });

  it('matches nothing against a broken pattern instead of failing', () => {
    expect(slotType('digits').find('one two', { ...monday, pattern: '[0-9' })).toEqual([]);
  });

  it('offers a recogniser as many digits as its pattern has', () => {
    expect(slotType('digits').spoken({ ...monday, ...four })).toMatchObject({ kind: 'repeat', min: 4, max: 4 });
  });
});
