import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('a telephone number', () => {
  table('phone', [
    ['+353 1 234 5678', '+35312345678'],
    ['+35312345678', '+35312345678'],
    ['01 234 5678', '+35312345678'],
    ['(01) 234-5678', '+35312345678'],
    ['oh one two three four five six seven eight', '+35312345678'],
    ['zero one, two three four, five six seven eight', '+35312345678'],
    ['plus three five three one two three four five six seven eight', '+35312345678'],
    ['double oh three five three one two three four five six seven eight', '+35312345678'],
    ['my number is 087 123 4567', '+353871234567'],
    ['oh eight seven one two three four five six seven', '+353871234567'],
    ['oh eight seven uh one two three four five six seven', '+353871234567'],
    ['you can reach me on 087 123 4567 after six', '+353871234567', { asked: false }],
    ['(415) 555-2671', '+14155552671', { language: 'en-US' }],
    ['four one five five five five two six seven one', '+14155552671', { language: 'en-US' }],
    ['four one five triple five two six seven one', '+14155552671', { language: 'en-US' }],
    ['+44 20 7946 0958', '+442079460958'],
    ['oh two oh seven nine four six oh nine five eight', '+442079460958', { language: 'en-GB' }],
    ['087 123 4567, no wait, 087 123 4568', '+353871234568'],
    ['plus three five three eight seven one two three four five six seven', '+353871234567'],
    ['plus three five three, eight seven, one two three, four five six seven', '+353871234567'],
    ['+353 (0)87 123 4567', '+353871234567'],
    ['plus three five three oh eight seven one two three four five six seven', '+353871234567'],
    ['plus forty four, seven seven double oh, nine hundred, one two three', '+447700900123'],
    ['oh seven seven double oh nine double oh one two three', '+447700900123', { language: 'en-GB' }],
    ['07700 900123', '+447700900123', { language: 'en-GB' }],
    ['07700, 900, 123.', '+447700900123', { language: 'en-GB' }],
    ['0 8 7 1 2 3 4 5 6 7', '+353871234567'],
    ['087-123-4567.', '+353871234567'],
    ["It's 087 1234567.", '+353871234567'],
    ['1-415-555-2671', '+14155552671', { language: 'en-US' }],
    ['+1 (415) 555-2671', '+14155552671', { language: 'en-US' }],
    ['one four one five five five five two six seven one', '+14155552671', { language: 'en-US' }],
    ['four one five, five five five, twenty six seventy one', '+14155552671', { language: 'en-US' }],
    ['oh eight seven, let me see, one two three four five six seven', '+353871234567'],
    ['my mobile is oh eight seven, one two three, four five six seven, thanks', '+353871234567'],
    ['double oh four four two oh seven nine four six oh nine five eight', '+442079460958'],
    // Near misses.
    ['4471', none],
    ['four four seven one', none],
    ['bananas', none],
    ['yes', none],
    ['tomorrow at seven', none],
    ['2026-06-09', none],
    ['my number is', none],
    ['thirty euros', none],
    ['oh one two three', none],
    ['what number do you have', none],
    ['12345678901234567890', none],
    ['my phone is broken', none],
    ['can i give you my number', none],
    ['the last four digits are 4567', none],
    ['oh eight seven', none],
    ['it is the same number', none],
    ['i do not know it by heart', none],
    ['$1,234,567.00', none],
    ['12:30', none],
    ['half past seven', none],
    ['', none],
  ]);

  it('is said in groups, figure by figure, with the country only from abroad', () => {
    const { say } = slotType('phone');
    expect(say('+35312345678', monday)).toMatch(/^0 1, 2 3 4, 5 6 7 8$/);
    expect(say('+14155552671', monday)).toMatch(/^plus 1, /);
  });

  it('is written as E.164', () => {
    const { parse } = slotType('phone');
    expect(parse('+353 1 234 5678', monday)).toEqual({ value: '+35312345678' });
    expect(parse('12', monday)).toHaveProperty('problem');
  });
});
