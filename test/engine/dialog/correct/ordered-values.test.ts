import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../engine/contracts.js';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

type Ordered = 'date' | 'time' | 'datetime' | 'integer' | 'number' | 'money' | 'duration';

function asking(type: Ordered, more = ''): string {
  return `
agent: shop
language: en-IE
start: ask
---
flow: ask
slots: { wish: { type: ${type}, ask: Which one?${more} }, name: { type: name, ask: Your name? } }
states:
  one: { collect: [wish, name], to: read }
  read: { confirm: "{{ wish }} for {{ name }}. Right?", transitions: [{ on: declined, to: end }], to: end }
`;
}

/** At the read-back, with a value that is known. */
async function corrected(type: Ordered, value: Json, said: string): Promise<Turn> {
  const { talk } = await Conversation.open(asking(type), {
    start: { flow: 'ask', slots: { wish: value, name: 'Ann' } },
  });
  return talk.say(said);
}

describe('a part of a value is put right and the rest stays', () => {
  it.each<[Ordered, Json, string, Json]>([
    ['time', '19:00', 'no, half past', '19:30'],
    ['time', '19:00', 'no, quarter past', '19:15'],
    ['time', '19:00', 'no, half seven', '19:30'],
    ['time', '19:00', 'an hour later', '20:00'],
    ['time', '19:00', 'no, half an hour earlier', '18:30'],
    ['time', '19:00', "sorry, make it eight o'clock", '20:00'],
    ['date', '2026-03-12', 'no, the fourteenth', '2026-03-14'],
    ['date', '2026-07-12', 'no, the fourth', '2026-07-04'],
    ['date', '2026-03-12', 'no, the day after', '2026-03-13'],
    ['date', '2026-03-12', 'a week later', '2026-03-19'],
    ['date', '2026-03-12', 'no, the day before', '2026-03-11'],
    ['datetime', '2026-03-12T19:00', 'no, half past', '2026-03-12T19:30'],
    ['datetime', '2026-03-12T19:00', 'an hour later', '2026-03-12T20:00'],
    ['datetime', '2026-03-12T19:00', 'no, the fourteenth', '2026-03-14T19:00'],
    ['datetime', '2026-03-12T19:00', 'no, the day after', '2026-03-13T19:00'],
    ['integer', 4, 'no, one more', 5],
    ['integer', 4, 'two more please', 6],
    ['integer', 4, 'one less', 3],
    ['money', '30 EUR', 'ten euros more', '40 EUR'],
    ['duration', '1h', 'half an hour longer', '90m'],
  ])('%s %s, "%s"', async (type, value, said, expected) => {
    const turn = await corrected(type, value, said);
    expect(turn.trace.slots['wish']).toEqual(expected);
    expect(turn.trace.state).toBe('read');
  });

  it.each<[Ordered, Json, string]>([
    ['time', '19:00', 'later'],
    ['integer', 4, 'more'],
    ['date', '2026-03-12', 'what is the day after'],
  ])('%s %s stays at "%s"', async (type, value, said) => {
    expect((await corrected(type, value, said)).trace.slots['wish']).toEqual(value);
  });
});

describe('a value out of its range is refused with the limit as people say it', () => {
  it.each<[Ordered, string, string, RegExp]>([
    ['integer', '1..12', 'fifteen', /12/],
    ['integer', '1..12', 'zero', /1/],
    ['number', '0.5..3', 'four point five', /3/],
    ['money', '10 EUR..200 EUR', 'five hundred euros', /200 euros?/],
    ['money', '10 EUR..200 EUR', 'five euros', /10 euros?/],
    ['time', '17:00..22:00', 'eleven pm', /ten o'clock/],
    ['time', '17:00..22:00', 'nine am', /five o'clock/],
    ['date', '2026-03-10..2026-03-20', 'the first of april', /20th/],
    ['date', 'today..', 'the first of february 2025', /past/],
    ['datetime', '..2026-03-20', 'the twenty first of march 2026 at noon', /20th|twentieth/],
    ['duration', '30m..3h', 'two hundred minutes', /3 hours/],
    ['datetime', '2026-03-10T09:00..2026-03-20T18:00', 'the first of april at noon', /20th/],
    ['duration', '30m..3h', 'five hours', /3 hours/],
    ['duration', '30m..3h', 'ten minutes', /30 minutes/],
  ])('%s of %s: "%s"', async (type, range, said, limit) => {
    const { talk } = await Conversation.open(asking(type, `, range: ${range}`));
    const turn = await talk.say(said);
    expect(turn.said[0]).toBe('reject.wish');
    expect(turn.text).toMatch(limit);
    expect(turn.text).not.toMatch(/\d{4}-|T\d\d|EUR|\d\d:\d\d/);
    expect(turn.trace.slots['wish'] ?? null).toBeNull();
  });
});

describe('a value counts from another one', () => {
  it.each<[Ordered, Json, string, Json]>([
    ['date', '2026-03-12', 'the day after', '2026-03-13'],
    ['date', '2026-03-12', 'two days later', '2026-03-14'],
    ['date', '2026-03-12', 'a week after that', '2026-03-19'],
    ['time', '19:00', 'an hour later', '20:00'],
    ['time', '19:00', 'two hours after that', '21:00'],
    ['datetime', '2026-03-12T19:00', 'two days later', '2026-03-14T19:00'],
    ['integer', 4, 'two more', 6],
    ['money', '30 EUR', 'ten euros more', '40 EUR'],
    ['duration', '1h', 'half an hour longer', '90m'],
  ])('%s from %s: "%s"', async (type, from, said, expected) => {
    const yaml = asking(type, ', relative_to: "{{ first }}"').replace('slots: {', `slots: { first: { type: ${type}, ask: From when? },`); // prettier-ignore
    const { talk } = await Conversation.open(yaml, { start: { flow: 'ask', slots: { first: from } } });
    expect((await talk.say(said)).trace.slots['wish']).toEqual(expected);
  });
});
