import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';

const best = (said: string): unknown => {
  const found = slotType('integer').find(said, { language: 'en', now: '2026-03-02T10:00', asked: true });
  return [...found].sort((a, b) => b.end - b.start - (a.end - a.start))[0]?.value;
};

describe('a count of people', () => {
  it.each([
    ['two adults and two kids', 4],
    ['two adults and two children please', 4],
    ['two adults, three children and a baby', 6],
    ['me, my wife and two kids', 4],
    ['my husband and I and three children', 5],
    ['2 adults plus 1 child', 3],
    ['one adult and one child', 2],
    ['two adults and two small kids', 4],
    ['four of us, two adults and two kids', 4],
    ['four people: two adults and two kids', 4],
    ['the two of us and a baby', 3],
    ['four of us and two babies', 6],
    ['two adults and um two kids', 4],
    ['six people and two more', 8],
  ])('adds up "%s"', (said, count) => expect(best(said)).toBe(count));

  it.each([
    ['four people', 4],
    ['two adults', 2],
    ['for four, and a high chair', 4],
    ['four people and two cars', 4],
    ['three nights and two dinners', 3],
    ['four of us and our dog', 4],
    ['a friend told me to ask for four', 4],
  ])('adds nothing to "%s"', (said, count) => expect(best(said)).toBe(count));

  it('leaves the groups to be taken apart, where each has a slot of its own', () => {
    const found = slotType('integer').find('two adults and three kids', {
      language: 'en',
      now: '2026-03-02T10:00',
      asked: false,
    });
    expect(found.map(({ value }) => value).sort()).toEqual([2, 3, 5]);
  });

  it('is said by nobody who only tells of people', () => {
    expect(best('me and my wife')).toBeUndefined();
  });
});
