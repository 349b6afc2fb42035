/** Lists of plain values as callers give them: several by parts of their names, all of them, numbers one after the other. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const trip = `
agent: air
start: rebook
---
flow: rebook
slots:
  who: { type: list, of: choice, options: "{{ find.travellers }}", min: 1, ask: Who is this for? }
  day: { type: date, relative_to: "{{ find.leaves }}", ask: Which day? }
tools: { find: { effect: read, output: { leaves: datetime, travellers: { list: { id: text, name: text } } }, http: { get: "https://air.example/t" } } }
states:
  look: { call: find, transitions: [{ on: error, to: human }], to: ask }
  ask: { collect: [who, day], to: end }
`;
const find = { leaves: '2026-03-08T18:00', travellers: [{ id: 'p1', name: 'Tom Reed' }, { id: 'p2', name: 'Mary Reed' }, { id: 'p3', name: 'Bob Reed' }] }; // prettier-ignore

const refill = `
agent: pharmacy
start: refill
---
flow: refill
slots:
  numbers: { type: list, of: digits, pattern: "[0-9]{7}", max: 4, ask: Which number?, more: Any other?, added: "{{ it | digits }}, got it." }
  pickup: { type: datetime, ask: When will you pick it up? }
states: { ask: { collect: [numbers, pickup], to: tell }, tell: { say: "{{ numbers | digits }}.", to: end } }
`;

describe('several of those on offer', () => {
  const ask = async (said: string): Promise<unknown> => {
    const { talk } = await Conversation.open(trip, { tools: { find } });
    return (await talk.say(said)).trace.slots['who'];
  };

  it.each([
    ['Tom and Mary', ['p1', 'p2']],
    ['Mary Reed and Bob', ['p2', 'p3']],
    ['just Mary', ['p2']],
    ['all of us', ['p1', 'p2', 'p3']],
    ['all three', ['p1', 'p2', 'p3']],
    ['everybody please', ['p1', 'p2', 'p3']],
    ['the three of us', ['p1', 'p2', 'p3']],
  ])('"%s"', async (said, ids) => {
    expect(await ask(said)).toEqual(ids);
  });

  it.each(['Reed', 'me and my wife', 'all right'])('and nobody is guessed at: "%s"', async (said) => {
    expect(await ask(said)).toEqual([]);
  });

  it('and a day by its distance from the one that is known: "the next day" is no goodbye', async () => {
    const { talk } = await Conversation.open(trip, { tools: { find } });
    await talk.say('Tom');
    expect((await talk.say('the next day')).trace.slots).toMatchObject({ day: '2026-03-09' });
  });
});

describe('numbers one after the other', () => {
  it.each([
    ['4471200, 4471201, 4471202 and 4471203', ['4471200', '4471201', '4471202', '4471203']],
    ['4471200 and 4471201', ['4471200', '4471201']],
    ['four four seven one, two double oh', ['4471200']],
    ['four four seven one two double oh and 4471201', ['4471200', '4471201']],
    ['um, 4471200', ['4471200']],
  ])('are each one of the list: "%s"', async (said, numbers) => {
    const { talk } = await Conversation.open(refill);
    expect((await talk.say(said)).trace.slots['numbers']).toEqual(numbers);
  });

  it('are said one by one, figure by figure', async () => {
    const { talk } = await Conversation.open(refill);
    expect((await talk.say('4471200 and 4471201')).text).toContain('4 4 7 1 2 0 0 and 4 4 7 1 2 0 1, got it.');
    await talk.say("that's all");
    expect((await talk.say('tomorrow at noon')).text).toContain('4 4 7 1 2 0 0 and 4 4 7 1 2 0 1.');
  });
});

describe('half of a moment', () => {
  it.each([
    ['tomorrow', 'half_time', 'three thirty pm', '2026-03-03T15:30'],
    ['tomorrow afternoon', 'half_time', 'three thirty', '2026-03-03T15:30'],
    ['on friday', 'half_time', 'at noon', '2026-03-06T12:00'],
    ['at noon', 'half_day', 'on friday', '2026-03-06T12:00'],
  ])('"%s" gets the question for the rest, and "%s" completes it', async (said, id, rest, value) => {
    const { talk } = await Conversation.open(refill);
    await talk.say('4471200');
    await talk.say("that's all");
    expect((await talk.say(said)).said).toEqual([id]);
    expect((await talk.say(rest)).trace.slots).toMatchObject({ pickup: value });
  });
});
