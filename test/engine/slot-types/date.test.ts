import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('a date', () => {
  table('date', [
    ['today', '2026-03-02'],
    ['tomorrow', '2026-03-03'],
    ['um, tomorrow please', '2026-03-03'],
    ['the day after tomorrow', '2026-03-04'],
    ['yesterday', '2026-03-01'],
    ['tonight', '2026-03-02'],
    ['on Friday', '2026-03-06'],
    ['hull, on friday', '2026-03-06'],
    ['this friday', '2026-03-06'],
    ['next friday', { either: ['2026-03-13', '2026-03-06'] }],
    ['monday', { either: ['2026-03-09', '2026-03-02'] }],
    ['last friday', '2026-02-27'],
    ['the fifteenth', '2026-03-15'],
    ['on the 15th', '2026-03-15'],
    ['the first', '2026-04-01'],
    ['the thirty first', '2026-03-31'],
    ['a week from Monday', '2026-03-16'],
    ['a week on friday', '2026-03-13'],
    ['friday week', '2026-03-13'],
    ['two weeks from tomorrow', '2026-03-17'],
    ['in three days', '2026-03-05'],
    ['in a fortnight', '2026-03-16'],
    ['a week ago', '2026-02-23'],
    ['June 9th', '2026-06-09'],
    ['june ninth', '2026-06-09'],
    ['june the ninth', '2026-06-09'],
    ['the 9th of June', '2026-06-09'],
    ['9 June', '2026-06-09'],
    ['march the fourth', '2026-03-04'],
    ['march fourth', '2026-03-04'],
    ['the first of April', '2026-04-01'],
    ['the first of january', '2027-01-01'],
    ['march fourth twenty twenty seven', '2027-03-04'],
    ['the fourth of march nineteen eighty two', '1982-03-04'],
    ['June 9, 2027', '2027-06-09'],
    ['may twenty second', '2026-05-22'],
    ['Friday the 13th', '2026-03-13'],
    ['monday the thirtieth', '2026-03-30'],
    ['Friday the 22nd of May', '2026-05-22'],
    ['wednesday, march 4th', '2026-03-04'],
    ['2026-06-09', '2026-06-09'],
    ['4/3/2026', '2026-03-04'],
    ['4/3/2026', '2026-04-03', { language: 'en-US' }],
    ['3/25', '2026-03-25'],
    ['04.03.2026', '2026-03-04'],
    ['christmas eve', '2026-12-24'],
    ["new year's day", '2027-01-01'],
    ['Thursday, no wait, make that Friday', '2026-03-06'],
    ['not thursday but friday', '2026-03-06'],
    ['the twelfth, not the thirteenth', '2026-03-12'],
    ['from York to Hull tomorrow', '2026-03-03', { asked: false }],
    ['a table on friday the sixth for four at seven', '2026-03-06', { asked: false }],
    ['no, it should start on the first of June', '2026-06-01'],
    ['the third', '2026-02-03', { range: { max: 'today' } }],
    ['march fourth', '2025-03-04', { range: { max: 'today' } }],
    ['fifteen', '2026-03-15'],
    ['the fifteenth of next month', '2026-04-15'],
    ['the twenty ninth of february twenty twenty eight', '2028-02-29'],
    ['from the fifth to the ninth', { all: ['2026-03-05', '2026-03-09'] }],
    ['i was thinking maybe the tenth of march', '2026-03-10'],
    ['a week today', '2026-03-09'],
    ['a week friday', '2026-03-13'],
    ['next tuesday the 10th', '2026-03-10'],
    ['the last friday of may', '2026-05-29'],
    ['the first monday of next month', '2026-04-06'],
    ['friday or saturday', { either: ['2026-03-06', '2026-03-07'] }],
    // Near misses.
    ['thirty first of june', none],
    ['bananas', none],
    ['at seven', none],
    ['half past seven', none],
    ['four', none, { asked: false }],
    ['the second one', none],
    ['the first time I called', none],
    ['may I ask something', none],
    ['march', none],
    ['next week', none],
    ['in the morning', none],
    ['what time do you open', none],
    ['yes', none],
    ['my name is June', none],
    ['four four seven one', none],
    ['the thirty second of march', none],
    ['30 euros', none],
    ['the third floor', none],
    ['hold on a second', none],
    ['june twenty twenty six', none],
    ['for three days', none],
    ['the second', none, { asked: false }],
    ['', none],
  ]);

  it('is said with its weekday and day, and with the year only when it is far', () => {
    const { say } = slotType('date');
    expect(say('2026-05-22', monday)).toBe('Friday the 22nd of May');
    expect(say('2026-06-09', monday)).toBe('Tuesday the 9th of June');
    expect(say('2028-02-29', monday)).toBe('Tuesday the 29th of February 2028');
  });

  it('is written as an ISO day, and nothing else', () => {
    const { parse } = slotType('date');
    expect(parse('2026-03-04', monday)).toEqual({ value: '2026-03-04' });
    expect(parse('2026-02-30', monday)).toHaveProperty('problem');
    expect(parse('04/03/2026', monday)).toHaveProperty('problem');
    expect(parse(20260304, monday)).toHaveProperty('problem');
  });
});
