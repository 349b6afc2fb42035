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
    ['two hundred grand', '200000 EUR'],
    ['a couple of hundred', '200 EUR'],
    ['a couple of grand', '2000 EUR'],
    ['twelve fifty', '12.50 GBP', { language: 'en-GB' }],
    ['twenty… no, thirty', '30 EUR'],
    ['twenty euros, no, thirty', '30 EUR'],
    ['one and a half thousand', '1500 EUR'],
    ['two and a half grand', '2500 EUR'],
    ['half a million', '500000 EUR'],
    ['$12.50.', '12.50 USD'],
    ['It is $1,250.00', '1250 USD'],
    ['12 dollars and 50 cents', '12.50 USD', { language: 'en-US' }],
    ['five pounds twenty', '5.20 GBP'],
    ['five pounds twenty p', '5.20 GBP', { language: 'en-GB' }],
    ['20k', '20000 EUR'],
    ['a fiver', '5 EUR'],
    ['uh, let me see, about forty', '40 EUR'],
    ['fifty quid, no, make that sixty', '60 GBP', { language: 'en-GB' }],
    ['seven fifty', { either: ['7.50 EUR', '750 EUR'] }],
    ['a hundred and one euro', '101 EUR'],
    ['12,50 €', '12.50 EUR'],
    ['one fifty', { either: ['1.50 EUR', '150 EUR'] }],
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
    ['a dozen people', none],
    ['twelve fifty pm', none],
    ['at twelve fifty', none],
    ['7:30 PM', none],
    ['can i pay by card', none],
    ['the fifteenth', none],
    ['a couple of days', none],
    ['3rd', none],
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
