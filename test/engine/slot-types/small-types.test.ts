import { describe, expect, it } from 'vitest';
import { isReady, slotType } from '../../../engine/slot-types/index.js';
import { slotTypeNames } from '../../../engine/slot-types/slot-type.js';
import { monday, none, table } from './table.js';

describe('an ordinal', () => {
  table('ordinal', [
    ['the second one', 2],
    ['second', 2],
    ['the 22nd', 22],
    ['twenty second', 22],
    ['the third, no wait, the fourth', 4],
    ['number three', 3],
    ['the hundredth', 100],
    ['first please', 1],
    ['uh, the fifth', 5],
    ['9th', 9],
    ['not the first but the second', 2],
    ['bananas', none],
    ['yes', none],
    ['two', none],
    ['one second please', none],
    ['at seven', none],
    ['tomorrow', none],
    ['half', none],
    ['number', none],
    ['', none],
  ]);
});

describe('a spelled word', () => {
  table('spelled', [
    ['s i o b h a n', 'siobhan'],
    ['S, I, O, B, H, A, N.', 'siobhan'],
    ['s-i-o-b-h-a-n', 'siobhan'],
    ['b as in boy o b', 'bob'],
    ['bravo oscar bravo', 'bob'],
    ["it's l e n a", 'lena'],
    ['l e double n a', 'lenna'],
    ['uh l e uh n a', 'lena'],
    ['m for mike a r k', 'mark'],
    ['jay o', 'jo'],
    ['x ray y l o', 'xylo'],
    ['yes', none],
    ['a', none],
    ['bananas', none],
    ['i', none],
    ['four four seven one', none],
    ['a table', none],
    ['you are', none],
    ['can you spell that', none],
    ['', none],
  ]);
});

describe('a day with its time', () => {
  table('datetime', [
    ['tomorrow at half past seven in the evening', '2026-03-03T19:30'],
    ['friday at 7 pm', '2026-03-06T19:00'],
    ['on the 9th of june at noon', '2026-06-09T12:00'],
    ['at nineteen thirty on friday', '2026-03-06T19:30'],
    ['tomorrow at seven', { either: ['2026-03-03T07:00', '2026-03-03T19:00'] }],
    ['tomorrow evening at seven', '2026-03-03T19:00'],
    ['today at 14:15', '2026-03-02T14:15'],
    ['march the fourth at ten past twelve in the afternoon', '2026-03-04T12:10'],
    ['thursday, no wait, friday at 7 pm', '2026-03-06T19:00'],
    ['tonight at eight', '2026-03-02T20:00'],
    ['bananas', none],
    ['yes', none],
    ['tomorrow', none],
    ['at seven', none],
    ['four', none],
    ['in june', none],
    ['the second one', none],
    ['half past seven', none],
    ['what time tomorrow', none],
    ['', none],
  ]);

  it('is said as a day and a time', () => {
    expect(slotType('datetime').say('2026-05-22T12:10', monday)).toBe(
      'Friday the 22nd of May at ten past twelve in the afternoon',
    );
  });
});

describe('a postal code', () => {
  table('postcode', [
    ['D02 XY76', 'D02XY76'],
    ['d oh two x y seven six', 'D02XY76'],
    ['delta zero two x ray yankee seven six', 'D02XY76'],
    ["it's d02xy76", 'D02XY76'],
    ['SW1A 1AA', 'SW1A1AA', { language: 'en-GB' }],
    ['s w one a one double a', 'SW1A1AA', { language: 'en-GB' }],
    ['nine four one oh three', '94103', { language: 'en-US' }],
    ['94103', '94103', { language: 'en-US' }],
    ['94103-1234', '941031234', { language: 'en-US' }],
    ['one two three four a b', '1234AB', { language: 'nl-NL' }],
    ['K1A 0B1', 'K1A0B1', { language: 'en-CA' }],
    ['bananas', none],
    ['yes', none],
    ['d oh two', none],
    ['94103', none],
    ['four four seven one', none],
    ['tomorrow', none],
    ['help', none],
    ['in dublin', none],
    ['', none],
  ]);
});

describe('the table of types', () => {
  it('has a parser for every type but those that are made of others', () => {
    expect(slotTypeNames.filter((name) => !isReady(name))).toEqual(['address']);
  });

  it('says a value as the designer wrote it', () => {
    const context = { ...monday, spokenAs: (value: unknown) => `number ${String(value)}` };
    expect(slotType('integer').say(4, context)).toBe('number 4');
  });

  it('says nothing for an empty slot', () => {
    expect(slotType('date').say(null, monday)).toBe('');
  });
});
