import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

const plate = { pattern: '[A-Z0-9]{4,8}' };
const order = { pattern: '[A-Z]{0,2}[0-9]{4,6}' };

describe('a code', () => {
  table('code', [
    ['A B one two C', 'AB12C', plate],
    ['a b one two c', 'AB12C', plate],
    ['AB12C', 'AB12C', plate],
    ['ab12c', 'AB12C', plate],
    ['AB-12-C', 'AB12C', plate],
    ['AB 12 C', 'AB12C', plate],
    ['alpha bravo one two charlie', 'AB12C', plate],
    ['a as in apple b as in boy one two three', 'AB123', plate],
    ['a for alpha, b for bravo, one, two', 'AB12', plate],
    ['uh it is a b one two c', 'AB12C', plate],
    ["it's ay bee one two see", 'AB12C', plate],
    ['double a one two three', 'AA123', plate],
    ['triple seven kilo', '777K', plate],
    ['four four seven one', '4471', order],
    ['4471', '4471', order],
    ['A 4471', 'A4471', order],
    ['order number four five six seven', '4567', order],
    ["what's the status of order 4567", '4567', { ...order, asked: false }],
    ['my order is a b four five six seven', 'AB4567', order],
    ['four four, no wait, four five six seven', '4567', order],
    ['forty five sixty seven', '4567', order],
    ['oh four five six', '0456', order],
    ['double u one two three', 'W123', plate],
    ['zed one two three', 'Z123', plate],
    ['capital b seven seven', 'B77', { pattern: '[A-Z][0-9]{2}' }],
    ['b 77', 'B77', { pattern: '[A-Z][0-9]{2}' }],
    ['K7Q', 'K7Q'],
    ['k seven q', 'K7Q'],
    ['sierra seven seven', 'S77'],
    ['the code is rb5512 thanks', 'RB5512', { pattern: 'RB[0-9]{4}' }],
    ['romeo bravo double five one two', 'RB5512', { pattern: 'RB[0-9]{4}' }],
    ['i think it is a b uh one two c', 'AB12C', plate],
    ['A, B, one, two, C.', 'AB12C', plate],
    ['x ray one two three', 'X123', plate],
    ['whiskey foxtrot three oh two', 'WF302', { pattern: 'WF[0-9]{3}' }],
    ['wf dash three zero two', 'WF302', { pattern: 'WF[0-9]{3}' }],
    ['WF-302', 'WF-302', { pattern: 'WF-[0-9]{3}' }],
    ['w f dash three zero two', 'WF-302', { pattern: 'WF-[0-9]{3}' }],
    ['m as in mike seven seven seven', 'M777', plate],
    ['eff one two three', 'F123', plate],
    ['oh b one two', 'OB12', { pattern: '[A-Z]{2}[0-9]{2}' }],
    ['4471 I think', '4471', order],
    ["it's 4471 you see", '4471', order],
    // Near misses.
    ['help', none, plate],
    ['bananas', none, plate],
    ['yes', none, plate],
    ['four seven', none, order],
    ['a b one two c d e f g h', none, plate],
    ['why do you need it', none, plate],
    ["i don't know", none, plate],
    ['tomorrow at seven', none, order],
    ['half past seven', none, plate],
    ['a table for two', none, plate],
    ['where is my order', none, { ...order, asked: false }],
    ['a', none],
    ['i have no idea', none],
    ['can i get a hotel', none, { asked: false }],
    ['in november', none],
    ['one moment please', none, plate],
    ['four people on friday', none, order],
    ['my name is mike', none, plate],
    ['', none, plate],
  ]);

  it('is spelled out when said', () => {
    expect(slotType('code').say('AB12C', monday)).toBe('A B 1 2 C');
  });

  it('is written as its pattern wants, in capitals', () => {
    const { parse } = slotType('code');
    expect(parse('ab12c', { ...monday, ...plate })).toEqual({ value: 'AB12C' });
    expect(parse(4471, { ...monday, ...order })).toEqual({ value: '4471' });
    expect(parse('AB', { ...monday, ...plate })).toHaveProperty('problem');
    expect(parse({}, { ...monday, ...plate })).toHaveProperty('problem');
  });

  it('reads a pattern for small letters too', () => {
    expect(slotType('code').find('a b one two', { ...monday, pattern: '[a-z]{2}[0-9]{2}' })[0]?.value).toBe('ab12');
  });
});
