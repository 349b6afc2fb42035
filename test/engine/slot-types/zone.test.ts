import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { inZone, withOffset } from '../../../engine/slot-types/zone.js';

describe('a moment with an offset', () => {
  it.each([
    ['2026-07-04T18:00:00Z', 'Europe/Dublin', '2026-07-04T19:00'],
    ['2026-01-04T18:00Z', 'Europe/Dublin', '2026-01-04T18:00'],
    ['2026-03-04T23:30:00.250Z', 'Asia/Kolkata', '2026-03-05T05:00'],
    ['2026-03-04T19:00:00-05:00', 'America/New_York', '2026-03-04T19:00'],
    ['2026-03-04T19:00:00+0100', 'Europe/Dublin', '2026-03-04T18:00'],
    ['2026-03-04T19:00', 'Asia/Tokyo', '2026-03-04T19:00'],
  ])('%s is in %s %s', (moment, zone, local) => {
    expect(inZone(moment, zone)).toBe(local);
  });

  it('is read as local time by the slot type, and kept where nobody knows the zone', () => {
    const context = { language: 'en-IE', now: '2026-07-01T10:00', asked: false };
    const { parse } = slotType('datetime');
    expect(parse('2026-07-04T18:00:00Z', { ...context, timezone: 'Europe/Dublin' })).toEqual({ value: '2026-07-04T19:00' });
    expect(parse('2026-07-04T18:00:00Z', context)).toEqual({ value: '2026-07-04T18:00Z' });
    expect(parse('2026-07-04T29:00:00Z', context)).toHaveProperty('problem');
  }); // prettier-ignore
});

describe('local time on its way to a back end', () => {
  it.each([
    ['2026-07-04T19:00', 'Europe/Dublin', '2026-07-04T19:00:00+01:00'],
    ['2026-01-04T19:00', 'Europe/Dublin', '2026-01-04T19:00:00+00:00'],
    ['2026-01-04T19:00:30', 'America/St_Johns', '2026-01-04T19:00:30-03:30'],
    // The clocks went forward at one: half past one never came.
    ['2026-03-29T01:30', 'Europe/Dublin', '2026-03-29T01:30:00+00:00'],
    ['2026-03-29T02:30', 'Europe/Dublin', '2026-03-29T02:30:00+01:00'],
    // They go back at two: half past one comes twice, and the first is meant.
    ['2026-10-25T01:30', 'Europe/Dublin', '2026-10-25T01:30:00+01:00'],
    ['2026-10-25T02:30', 'Europe/Dublin', '2026-10-25T02:30:00+00:00'],
  ])('%s in %s is %s', (local, zone, moment) => {
    expect(withOffset(local, zone)).toBe(moment);
  });
});
