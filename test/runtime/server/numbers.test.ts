import { describe, expect, it } from 'vitest';
import { numberToCall } from '../../../runtime/server/numbers.js';

const problemOf = (text: string, allowPremium = false): string | undefined => {
  try {
    numberToCall(text, { what: 'to', allowPremium });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a number to call', () => {
  it('may be written as people write it', () => {
    expect(numberToCall('+353 (87) 000-0001', { what: 'to' })).toBe('+353870000001');
    expect(numberToCall('+1.415.555.0199', { what: 'to' })).toBe('+14155550199');
  });

  it('needs its country, and is neither short nor words', () => {
    for (const text of [
      '0870000001',
      '112',
      '911',
      '+112',
      '',
      'Anna',
      '+0353870000001',
      '+3538700000010000',
      'sip:a@b',
    ])
      expect(problemOf(text), text).toContain('+ and its country');
  });

  it('does not charge whoever calls it, unless that is allowed; and no error holds it', () => {
    for (const text of [
      '+19005550199',
      '+449098790000',
      '+353155012345 6',
      '+33892123456',
      '+881612345678',
      '+97912345678',
    ]) {
      expect(problemOf(text), text).toContain('charges whoever calls it');
      expect(problemOf(text)).not.toContain(text.slice(4));
      expect(problemOf(text, true)).toBeUndefined();
    }
    for (const text of ['+35315550000', '+442079460000', '+33142000000', '+14155550199', '+493012345678'])
      expect(problemOf(text), text).toBeUndefined();
  });
});
