import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('a time', () => {
  table('time', [
    ['7:30 pm', '19:30'],
    ['7pm', '19:00'],
    ['7 p.m.', '19:00'],
    ['at 7 a.m. please', '07:00'],
    ['19:30', '19:30'],
    ['07:30', '07:30'],
    ['7:30', { either: ['07:30', '19:30'] }],
    ['at four', { either: ['04:00', '16:00'] }],
    ['at four', '16:00', { range: { min: '12:00', max: '23:00' } }],
    ['seven', '19:00', { range: { min: '17:00', max: '22:00' } }],
    ['uh, seven please', { either: ['07:00', '19:00'] }],
    ["seven o'clock", { either: ['07:00', '19:00'] }],
    ['half past seven', { either: ['07:30', '19:30'] }],
    ['half past seven in the evening', '19:30'],
    ['half seven', { either: ['07:30', '19:30'] }],
    ['a quarter to eight tonight', '19:45'],
    ['quarter past six in the morning', '06:15'],
    ['ten past twelve', { either: ['00:10', '12:10'] }],
    ['ten past twelve in the afternoon', '12:10'],
    ['twenty five to nine p m', '20:35'],
    ['seven thirty', { either: ['07:30', '19:30'] }],
    ['seven oh five pm', '19:05'],
    ['seven forty five in the evening', '19:45'],
    ['nineteen thirty', '19:30'],
    ['nineteen hundred hours', '19:00'],
    ['twenty one fifteen', '21:15'],
    ['noon', '12:00'],
    ['at midday', '12:00'],
    ['midnight', '00:00'],
    ['twelve at night', '00:00'],
    ['twelve noon', '12:00'],
    ['eleven at night', '23:00'],
    ['two in the morning', '02:00'],
    ['tomorrow evening at seven', '19:00'],
    ['a table for four at seven', { either: ['07:00', '19:00'] }, { asked: false }],
    ['friday at eight pm for two', '20:00', { asked: false }],
    ['seven, no wait, eight pm', '20:00'],
    ['make it half past eight instead', '20:30', { range: { min: '17:00', max: '22:00' } }],
    ['around nine in the morning', '09:00'],
    ['in half an hour', '10:30'],
    ['in two hours', '12:00'],
    ["i'd like to come at seven fifteen pm", '19:15'],
    ['good evening, at nine in the morning', '09:00'],
    ['at four', '16:00', { range: { min: '17:00', max: '22:00' } }],
    ['twelve fifty', { either: ['00:50', '12:50'] }],
    ['7:30 PM.', '19:30'],
    ['7:30pm', '19:30'],
    ['7.30 PM', '19:30'],
    ['oh seven thirty', '07:30'],
    ['oh seven hundred hours', '07:00'],
    ['fifteen hundred', '15:00'],
    ['eight-ish in the evening', '20:00'],
    ['a quarter to seven in the morning', '06:45'],
    ['seven in the evening, no wait, make that eight', '20:00'],
    ["noon, no, one o'clock in the afternoon", '13:00'],
    ['let me see, half past nine in the morning', '09:30'],
    ['quarter of eight', { either: ['07:45', '19:45'] }, { language: 'en-US' }],
    ['ten after seven', { either: ['07:10', '19:10'] }, { language: 'en-US' }],
    ['nineteen forty five', '19:45'],
    ['10:15', { either: ['10:15', '22:15'] }],
    ['ten fifteen at night', '22:15'],
    ['3 in the afternoon', '15:00'],
    ["3 o'clock", { either: ['03:00', '15:00'] }],
    ['17 hundred hours', '17:00'],
    ['five to eight', { either: ['07:55', '19:55'] }],
    ['It is at 9:05 a.m.', '09:05'],
    // Near misses.
    ['bananas', none],
    ['a table for four', none],
    ['four', none, { asked: false }],
    ['four four seven one', none],
    ['on friday', none],
    ['the seventh', none],
    ['march the fourth', none, { asked: false }],
    ['seven people', none],
    ['two hours', none],
    ['thirty euros', none],
    ['half', none],
    ['in the evening', none],
    ['yes', none],
    ['i am hungry', none],
    ['what time is it', none],
    ['twenty five', none],
    ['seventy', none],
    ['first thing', none],
    ['2026-06-09', none],
    ['quarter to', none],
    ['half past', none],
    ['twenty past', none],
    ['five to', none],
    ['lunchtime', none],
    ['the third', none],
    ['double four seven one', none],
    ['twelve euros fifty', none],
    ['', none],
  ]);

  it('is said in words that sound right', () => {
    const { say } = slotType('time');
    expect(say('19:30', monday)).toBe('half past seven in the evening');
    expect(say('12:10', monday)).toBe('ten past twelve in the afternoon');
    expect(say('12:00', monday)).toBe('noon');
    expect(say('00:00', monday)).toBe('midnight');
    expect(say('07:05', monday)).toBe('five past seven in the morning');
    expect(say('20:45', monday)).toBe('quarter to nine in the evening');
    expect(say('18:07', monday)).toBe('six oh seven in the evening');
    expect(say('15:00', monday)).toBe("three o'clock in the afternoon");
  });

  it('is written as hours and minutes', () => {
    const { parse } = slotType('time');
    expect(parse('19:00', monday)).toEqual({ value: '19:00' });
    expect(parse('9:05', monday)).toEqual({ value: '09:05' });
    expect(parse('24:30', monday)).toHaveProperty('problem');
    expect(parse('seven', monday)).toHaveProperty('problem');
  });

  it('names no caller’s value in a problem', () => {
    const problem = slotType('time').parse('a very long thing that somebody said', monday);
    expect(JSON.stringify(problem)).not.toContain('somebody');
  });
});
