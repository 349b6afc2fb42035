import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

function days(start: string, end: string): { start: string; end: string } {
  return { start, end };
}

describe('a range of days', () => {
  table('date_range', [
    ['June 9th until the 12th', days('2026-06-09', '2026-06-12')],
    ['from the 9th of June to the 12th', days('2026-06-09', '2026-06-12')],
    ['from June 9th to the 12th', days('2026-06-09', '2026-06-12')],
    ['from the 9th to the 12th of June', days('2026-06-09', '2026-06-12')],
    ['the ninth to the twelfth of june', days('2026-06-09', '2026-06-12')],
    ['june nine to twelve', days('2026-06-09', '2026-06-12')],
    ['June 9 to June 12', days('2026-06-09', '2026-06-12')],
    ['between the 9th and the 12th of June', days('2026-06-09', '2026-06-12')],
    ['from june thirtieth to the second', days('2026-06-30', '2026-07-02')],
    ['from friday to monday', days('2026-03-06', '2026-03-09')],
    ['tomorrow until friday', days('2026-03-03', '2026-03-06')],
    ['from the fifth to the ninth', days('2026-03-05', '2026-03-09')],
    ['december 30th to january 2nd', days('2026-12-30', '2027-01-02')],
    ['three nights from the ninth of june', days('2026-06-09', '2026-06-12')],
    ['from friday for a week', days('2026-03-06', '2026-03-13')],
    ['this week', days('2026-03-02', '2026-03-08')],
    ['next week', days('2026-03-09', '2026-03-15')],
    ['what did i spend last week', days('2026-02-23', '2026-03-01'), { asked: false }],
    ['the weekend', days('2026-03-07', '2026-03-08')],
    ['next weekend', days('2026-03-14', '2026-03-15')],
    ['next month', days('2026-04-01', '2026-04-30')],
    ['in june', days('2026-06-01', '2026-06-30')],
    ['in february', days('2027-02-01', '2027-02-28')],
    ['the last seven days', days('2026-02-24', '2026-03-02')],
    [
      'could I fly another day in the same week',
      days('2026-05-18', '2026-05-24'),
      { relativeTo: '2026-05-21T07:35', asked: false },
    ],
    ['a day later', days('2026-05-22', '2026-05-22'), { relativeTo: '2026-05-21' }],
    ['the same dates', days('2026-06-09', '2026-06-12'), { relativeTo: days('2026-06-09', '2026-06-12') }],
    ['on Friday', days('2026-03-06', '2026-03-06')],
    ['next week, no wait, this week', days('2026-03-02', '2026-03-08')],
    ['from Friday the 6th to Sunday the 8th', days('2026-03-06', '2026-03-08')],
    ['the 6th through the 8th', days('2026-03-06', '2026-03-08')],
    ['March 3rd to 5th', days('2026-03-03', '2026-03-05')],
    ['3/6 to 3/9', days('2026-03-06', '2026-03-09'), { language: 'en-US' }],
    ['from tomorrow for three nights', days('2026-03-03', '2026-03-06')],
    ['Friday to Sunday, no wait, Friday to Monday', days('2026-03-06', '2026-03-09')],
    // Near misses.
    ['bananas', none],
    ['yes', none],
    ['at seven', none],
    ['from ten to seven', none],
    ['from York to Hull', none],
    ['from four to five people', none],
    ['a week', none],
    ['three nights', none],
    ['four four seven one', none],
    ['last time', none],
    ['next please', none],
    ['in a minute', none],
    ['may I ask something', none],
    ['the first one', none],
    ['twelve fifty', none],
    ['when can i come', none],
    ['', none],
  ]);

  it('is less sure when only one day was named', () => {
    expect(slotType('date_range').find('june 9th', monday)[0]!.confidence).toBeLessThan(0.8);
  });

  it('is said from day to day', () => {
    const said = slotType('date_range').say(days('2026-06-09', '2026-06-12'), monday);
    expect(said).toBe('Tuesday the 9th of June to Friday the 12th of June');
  });

  it('is written as two days, or as a period in words for a default', () => {
    const { parse } = slotType('date_range');
    expect(parse(days('2026-06-09', '2026-06-12'), monday)).toEqual({ value: days('2026-06-09', '2026-06-12') });
    expect(parse('last 7 days', monday)).toEqual({ value: days('2026-02-24', '2026-03-02') });
    expect(parse({ start: '2026-06-09' }, monday)).toHaveProperty('problem');
    expect(parse('some days', monday)).toHaveProperty('problem');
  });
});
