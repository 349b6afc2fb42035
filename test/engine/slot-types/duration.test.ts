import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('a length of time', () => {
  table('duration', [
    ['ninety seconds', '90s'],
    ['an hour', '1h'],
    ['half an hour', '30m'],
    ['a quarter of an hour', '15m'],
    ['three quarters of an hour', '45m'],
    ['an hour and a half', '90m'],
    ['two and a half hours', '150m'],
    ['two hours and ten minutes', '130m'],
    ['two hours', '2h'],
    ['three days', '3d'],
    ['three nights please', '3d'],
    ['a week', '7d'],
    ['a fortnight', '14d'],
    ['a couple of hours', '2h'],
    ['90 minutes', '90m'],
    ['10m', '10m'],
    ['uh, twenty minutes', '20m'],
    ['one hour, no wait, two hours', '2h'],
    ['twenty… no, thirty minutes', '30m'],
    ['a couple of weeks', '14d'],
    ['a dozen days', '12d'],
    ['one and a half hours', '90m'],
    ['one hour fifteen minutes', '75m'],
    ['an hour fifteen', '75m'],
    ['1h 30m', '90m'],
    ['1 hr 30 mins', '90m'],
    ['48 hours', '2d'],
    ['half a day', '12h'],
    ['a day and a half', '36h'],
    ['five nights', '5d'],
    ['an hour or two', { either: ['1h', '2h'] }],
    ['two or three days', { either: ['2d', '3d'] }],
    ['ten minutes tops', '10m'],
    ['uh, let me see, ninety minutes', '90m'],
    ['two weeks, no, make that three weeks', '21d'],
    ['forty eight hours', '2d'],
    ['half hour', '30m'],
    ['couple of hours', '2h'],
    ['2.5 hours', '150m'],
    ['Ninety minutes.', '90m'],
    ['since yesterday', '1d'],
    ['since Friday', '3d'],
    ['since last week', '7d'],
    ['since the 20th of February', '10d'],
    ['since Monday', '7d'],
    // Near misses.
    ['since I was a child', none],
    ['since tomorrow week', none],
    ['bananas', none],
    ['yes', none],
    ['four', none],
    ['at seven', none],
    ['half past seven', none],
    ['tomorrow', none],
    ['the second one', none],
    ['one second please', none],
    ['how many hours', none],
    ['an apple', none],
    ['30 euros', none],
    ['in the afternoon', none],
    ['how long does it take', none],
    ['long', none],
    ['until friday', none],
    ['two people', none],
    ['the second', none],
    ['a few days', none],
    ['all day', none],
    ['twelve fifty', none],
    ['double four', none],
    ['', none],
  ]);

  it('is said in the units that people use', () => {
    const { say } = slotType('duration');
    expect(say('90m', monday)).toBe('1 hour and 30 minutes');
    expect(say('14d', monday)).toBe('14 days');
    expect(say('1s', monday)).toBe('1 second');
  });

  it('is written with its unit', () => {
    const { parse } = slotType('duration');
    expect(parse('90s', monday)).toEqual({ value: '90s' });
    expect(parse('120s', monday)).toEqual({ value: '2m' });
    expect(parse('90', monday)).toHaveProperty('problem');
  });
});
