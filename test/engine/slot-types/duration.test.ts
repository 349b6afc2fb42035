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
    // Near misses.
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
