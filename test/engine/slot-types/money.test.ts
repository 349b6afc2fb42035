import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('money', () => {
  table('money', [
    ['thirty euros', '30 EUR'],
    ['30 euros', '30 EUR'],
    ['€30', '30 EUR'],
    ['30€', '30 EUR'],
    ['$12.50', '12.50 USD'],
    ['£1,200.50', '1200.50 GBP'],
    ['thirty', '30 EUR'],
    ['thirty', '30 USD', { language: 'en-US' }],
    ['okay, two hundred then', '200 EUR'],
    ['great, I owe him two hundred', '200 EUR'],
    ['actually make that a thousand', '1000 EUR'],
    ['yes, but make it twenty', '20 EUR', { asked: false }],
    ['no wait, it should have been forty', '40 EUR', { asked: false }],
    ['send ten euros to Tomas', '10 EUR', { asked: false }],
    ['set up a standing order to Ingrid for eighty euros every month', '80 EUR', { asked: false }],
    ['twelve euros fifty', '12.50 EUR'],
    ['twelve euros and fifty cents', '12.50 EUR'],
    ['twelve fifty', '12.50 EUR'],
    ['nineteen ninety nine', '19.99 EUR'],
    ['twelve oh five', '12.05 EUR'],
    ['two fifty', { either: ['2.50 EUR', '250 EUR'] }],
    ['fifty cents', '0.50 EUR'],
    ['a grand', '1000 EUR'],
    ['two grand', '2000 EUR'],
    ['twenty bucks', '20 USD', { language: 'en-US' }],
    ['ten quid', '10 GBP', { language: 'en-GB' }],
    ['a tenner', '10 EUR'],
    ['a euro', '1 EUR'],
    ['a hundred and fifty pounds', '150 GBP'],
    ['thirty, no wait, forty euros', '40 EUR'],
    ['not thirty but forty', '40 EUR'],
    ['3.5 million dollars', '3500000 USD'],
    // Near misses.
    ['half past seven', none],
    ['on the twenty third', none],
    ['bananas', none],
    ['yes', none],
    ['four people', none],
    ['in three days', none],
    ['at seven', none],
    ['7:30', none],
    ['march 4', none],
    ['the first of june', none],
    ['four four seven one', none],
    ['how much is it', none],
    ['a couple', none],
    ['the second one', none],
    ['half', none],
    ['AB12', none],
    ['', none],
  ]);

  it('is said with its currency, and cents only when there are some', () => {
    const { say } = slotType('money');
    expect(say('30 EUR', monday)).toBe('30 euros');
    expect(say('12.50 EUR', monday)).toBe('12 euros 50');
    expect(say('1 EUR', monday)).toBe('1 euro');
    expect(say('0.50 GBP', monday)).toBe('50 pence');
    expect(say('12.05 USD', monday)).toBe('12 dollars and 5 cents');
  });

  it('is written as amount and currency; a bare number is in the currency of the region', () => {
    const { parse } = slotType('money');
    expect(parse('30 EUR', monday)).toEqual({ value: '30 EUR' });
    expect(parse('5.9 EUR', monday)).toEqual({ value: '5.90 EUR' });
    expect(parse(30, monday)).toEqual({ value: '30 EUR' });
    expect(parse({ value: 3, currency: 'USD' }, monday)).toEqual({ value: '3 USD' });
    expect(parse('thirty', monday)).toHaveProperty('problem');
  });
});
