import { describe, expect, it } from 'vitest';
import { checksumNames, isChecked } from '../../../engine/slot-types/checksum.js';
import type { ChecksumName } from '../../../engine/slot-types/checksum.js';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday } from './table.js';

/** Published specimens of each standard. */
const right: Record<ChecksumName, string[]> = {
  luhn: ['4111 1111 1111 1111', '5500 0000 0000 0004', '79927398713', '490154203237518'],
  iban: ['GB82 WEST 1234 5698 7654 32', 'IE29 AIBK 9311 5212 3456 78', 'DE89 3704 0044 0532 0130 00'],
  isbn: ['0-306-40615-2', '978-0-306-40615-7', '080442957X'],
  ean: ['4006381333931', '73513537', '036000291452'],
  vin: ['1M8GDM9AXKP042788', '11111111111111111'],
  verhoeff: ['2363', '123451'],
  nhs: ['943 476 5919'],
  pps: ['1234567T', '1234567FA'],
  routing: ['011000015', '111000025'],
};

describe('check digits', () => {
  for (const name of checksumNames) {
    it(`${name}: takes what the standard shows, and refuses any one figure said wrong`, () => {
      for (const value of right[name]) {
        expect([value, isChecked(name, value)]).toEqual([value, true]);
        const plain = value.replace(/[^A-Z0-9]/g, '');
        for (let at = 0; at < plain.length; at++) {
          if (!/\d/.test(plain[at]!)) continue;
          const wrong = plain.slice(0, at) + String((Number(plain[at]) + 1) % 10) + plain.slice(at + 1);
          expect([wrong, isChecked(name, wrong)]).toEqual([wrong, false]);
        }
      }
      expect(isChecked(name, '')).toBe(false);
      expect(isChecked(name, 'BANANAS')).toBe(false);
    });
  }

  it('decide between two readings of one sentence', () => {
    const card = { ...monday, checksum: 'luhn' as const, pattern: '[0-9]{16}' };
    const { find, parse } = slotType('code');
    const said = 'four one one one, one one one one, one one one one, one one one one';
    expect(find(said, card)[0]!.value).toBe('4111111111111111');
    // What is wrong is heard, so that the dialog can say so.
    expect(find(said.replace('four', 'five'), card)[0]!.value).toBe('5111111111111111');
    expect(parse('4111111111111111', card)).toEqual({ value: '4111111111111111' });
    expect(parse('4111111111111112', card)).toHaveProperty('problem');
  });

  it('hear an account number said in groups and letters', () => {
    const { find } = slotType('code');
    const said = 'i e two nine, a i b k, nine three one one, five two one two, three four five six, seven eight';
    expect(find(said, { ...monday, checksum: 'iban' })[0]!.value).toBe('IE29AIBK93115212345678');
  });
});
