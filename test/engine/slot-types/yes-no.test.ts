import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('yes or no', () => {
  table('yes_no', [
    ['yes', true],
    ['Yes.', true],
    ['yeah', true],
    ['yep', true],
    ['yup', true],
    ['uh, yes please', true],
    ['yes yes', true],
    ['sure', true],
    ['sure, go ahead', true],
    ['go ahead', true],
    ["that's right", true],
    ["yes that's right", true],
    ['that is correct', true],
    ['correct', true],
    ['okay', true],
    ['ok then', true],
    ['of course', true],
    ['absolutely', true],
    ['sounds good', true],
    ['please do', true],
    ['yes, do that', true],
    ['yes, but make it twenty', true],
    ["yes I'd like to pay with my card", true],
    ['i think so', true],
    ['why not', true],
    ['uh huh', true],
    ['no problem', true],
    ['no', false],
    ['nope', false],
    ['nah', false],
    ['no thanks', false],
    ['no thank you', false],
    ['not really', false],
    ['not at all', false],
    ["i don't think so", false],
    ["i'd rather not", false],
    ['of course not', false],
    ['no no no', false],
    ["no, that's wrong", false],
    ["that's not right", false],
    ['wrong', false],
    ['not now', false],
    ['no, the thirteenth', false],
    ['oh no', false],
    ['well, actually, no', false],
    ['yeah, no', false],
    ['yes, no wait, no', false],
    ['no, sorry, yes', true],
    ['i said no', false],
    ['that sounds perfect', true],
    ["that's fine by me", true],
    // Near misses.
    ['bananas', none],
    ['can you say yes', none],
    ['is that right?', none],
    ['would I have to say yes to everything?', none],
    ['right, what was my balance again', none],
    ['yes or no', none],
    ["i don't know", none],
    ["i'm not sure", none],
    ['no idea', none],
    ['tomorrow', none],
    ['four', none],
    ['i need the right one for my kitchen', none],
    ['there is no hot water in my room', none],
    ['the one on the right', none],
    ['good morning i would like to book a table', none],
    ['i would like to know more', none],
    ['my mother said it was fine with the doctor', none],
    ['okay, two hundred then', none],
    ['a table with no smoking', none],
    ['no one was there', none],
    ['', none],
  ]);

  it('is less sure of a nod that opens many sentences than of a plain yes', () => {
    const { find } = slotType('yes_no');
    expect(find('right', monday)[0]!.confidence).toBeLessThan(find('yes', monday)[0]!.confidence);
  });

  it('marks only the answer, so that a change beside it can be read', () => {
    expect(slotType('yes_no').find('yes, but make it twenty', monday)[0]).toMatchObject({
      text: 'yes',
      start: 0,
      end: 3,
    });
  });

  it('is written as true or false', () => {
    const { parse, say } = slotType('yes_no');
    expect(parse(true, monday)).toEqual({ value: true });
    expect(parse('no', monday)).toEqual({ value: false });
    expect(parse('perhaps', monday)).toHaveProperty('problem');
    expect(say(false, monday)).toBe('no');
  });
});
