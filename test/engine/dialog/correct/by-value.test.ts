import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const table = `
flow: table
slots:
  people: { type: integer, range: 1..8, called: [people], ask: How many? }
  day: { type: date, called: [date, day], ask: Which day? }
  time: { type: time, range: 12:00..23:00, called: [time], ask: What time? }
  guest: { type: choice, options: { mateo: [], matteo: [], priya: [] }, called: [name], ask: Which name? }
states:
  ask: { collect: [people, day, time, guest], to: sure }
  sure: { confirm: "{{ people }}, {{ day | say_date }}, {{ time | say_time }}, {{ guest }}?", to: done }
  done: { say: Booked., hang_up: true }
`;

async function atSure(yaml = table): Promise<Conversation> {
  const { talk } = await Conversation.open(yaml);
  for (const said of ['four', 'the 12th', 'at seven in the evening']) await talk.say(said);
  expect((await talk.say('matteo')).trace.state).toBe('sure');
  return talk;
}

describe('a correction by value', () => {
  it('takes the value that is given and not the one that is denied', async () => {
    const talk = await atSure();
    const change = await talk.say('not the 12th, the 13th');
    expect(change.trace).toMatchObject({ intent: 'correct', state: 'sure', slots: { day: '2026-03-13', people: 4 } });
    expect(change.said).toEqual(['correct', 'table/sure.confirm']);
  });

  it('takes the denied one for what it is when it comes last', async () => {
    const talk = await atSure();
    expect((await talk.say('the 13th, not the 12th')).trace.slots).toMatchObject({ day: '2026-03-13' });
    expect((await talk.say('i said Mateo not Matteo')).trace.slots).toMatchObject({ guest: 'mateo' });
  });

  it('that only denies asks for the slot that held it', async () => {
    const talk = await atSure();
    const change = await talk.say('not the 12th');
    expect(change.trace).toMatchObject({ state: 'ask', slots: { day: null, people: 4 } });
    expect(change.said).toEqual(['correct', 'ask.day.1']);
    expect((await talk.say('the 14th')).trace).toMatchObject({ state: 'sure', slots: { day: '2026-03-14' } });
  });

  it.each([
    ['the date is wrong', 'ask.day.1'],
    ['no, the time is not right', 'ask.time.1'],
    ['change the name please', 'ask.guest.1'],
    ["that's the wrong day", 'ask.day.1'],
  ])('by name with no new value asks only for that one: %s', async (said, id) => {
    const talk = await atSure();
    expect((await talk.say(said)).said).toEqual(['correct', id]);
  });

  it('with a yes and a bare number changes the one slot that it fits', async () => {
    const talk = await atSure();
    const change = await talk.say('yes, but make it eleven');
    expect(change.trace).toMatchObject({ state: 'sure', slots: { time: '23:00', people: 4 } });
    expect(change.said).toEqual(['correct', 'table/sure.confirm']);
  });

  it('with a bare number that fits several changes the one given last', async () => {
    const talk = await atSure();
    expect((await talk.say('make it eight')).trace.slots).toMatchObject({ time: '20:00', people: 4 });
    expect((await talk.say('make it six people')).trace.slots).toMatchObject({ people: 6 });
  });

  it('with a bare number means what is counted before the day of a month, which is said otherwise', async () => {
    const { talk } = await Conversation.open(`
flow: table
slots:
  people: { type: integer, ask: How many? }
  day: { type: date, ask: Which day? }
states:
  ask: { collect: [people, day], to: sure }
  sure: { confirm: "{{ people }} on {{ day | say_date }}?", to: end }
`);
    await talk.say('four');
    await talk.say('the 12th');
    expect((await talk.say('yes, but make it five')).trace.slots).toMatchObject({ people: 5, day: '2026-03-12' });
    expect((await talk.say('make it the fifth')).trace.slots).toMatchObject({ people: 5, day: '2026-03-05' });
  });

  it('takes the bare name of a slot, where it was asked what to change', async () => {
    const talk = await atSure();
    expect((await talk.say('no')).said).toEqual(['what_to_change']);
    const day = await talk.say('the day please');
    expect(day.said).toEqual(['correct', 'ask.day.1']);
    expect((await talk.say('the 13th')).said).toEqual(['table/sure.confirm']);
  });

  it('right after a value was said back means that one, though another is asked for', async () => {
    const { talk } = await Conversation.open(table.replace('type: integer, ', 'type: integer, confirm: implicit, '));
    expect((await talk.say('four')).said).toEqual(['confirm.people', 'ask.day.1']);
    const five = await talk.say('no, five');
    expect(five.said).toEqual(['correct', 'confirm.people', 'ask.day.1']);
    expect(five.trace.slots).toMatchObject({ people: 5, day: null });
    expect((await talk.say('no, the sixth')).trace.slots).toMatchObject({ people: 5, day: '2026-03-06' });
  });

  it('right after a day was given means that one, though another day is asked for', async () => {
    const { talk } = await Conversation.open(`
flow: rent
slots:
  first: { type: date, ask: When does it start? }
  last: { type: date, ask: And when does it end? }
states: { ask: { collect: [first, last], to: told }, told: { say: "{{ first }}, {{ last }}.", to: end } }
`);
    await talk.say('the first of April');
    expect((await talk.say('no, the sixth')).trace.slots).toMatchObject({ first: '2026-04-06', last: null });
    expect((await talk.say('yes')).said).toEqual(['ask.last.1']);
    expect((await talk.say('the ninth of April')).trace.slots).toMatchObject({ first: '2026-04-06', last: '2026-04-09' });
  }); // prettier-ignore

  it('takes a day that follows "make that"', async () => {
    const talk = await atSure();
    expect((await talk.say('no wait, make that Friday')).trace.slots).toMatchObject({
      day: '2026-03-06',
      time: '19:00',
    });
  });

  it('takes two of them in one sentence', async () => {
    const talk = await atSure();
    const change = await talk.say('no, the 14th and for six people');
    expect(change.trace.slots).toMatchObject({ day: '2026-03-14', people: 6 });
    expect(change.said).toEqual(['correct', 'table/sure.confirm']);
  });

  it('by role tells two cities apart', async () => {
    const { talk } = await Conversation.open(`
flow: train
slots:
  start: { type: city, called: [from], ask: From where? }
  goal: { type: city, called: [to], ask: Where to? }
states:
  ask: { collect: [start, goal], to: sure }
  sure: { say: "{{ start }} to {{ goal }}?", transitions: [{ intent: yes, to: end }] }
`);
    await talk.say('Leeds');
    await talk.say('London');
    const change = await talk.say('from York, not Leeds');
    expect(change.trace.slots).toMatchObject({ start: 'York', goal: 'London' });
    expect((await talk.say('not London, Paris')).trace.slots).toMatchObject({ start: 'York', goal: 'Paris' });
  });

  it('asks back a time of day that may be two', async () => {
    const talk = await atSure(table.replace('range: 12:00..23:00, ', ''));
    await talk.say('the time is wrong');
    const four = await talk.say('at four');
    expect(four.said).toEqual(['clarify']);
    expect(four.trace.slots['time']).toBeNull();
  });
});

it('costs nothing to speak of, however long and odd the words are', async () => {
  const talk = await atSure();
  const before = performance.now();
  for (const odd of [' '.repeat(20_000), 'no '.repeat(3000), ', and '.repeat(3000), "not the 'a ".repeat(800)])
    await talk.say(`${odd}x`);
  expect(performance.now() - before).toBeLessThan(5000);
});
