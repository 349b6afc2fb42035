import { describe, expect, it } from 'vitest';
import type { ToolFake } from '../drive.js';
import { Conversation } from '../drive.js';

/** A booking that calls a flow for the contact, and may be interrupted by a question with a slot of its own. */
const trip = `
agent: travel
slots:
  city: { type: city, scope: call, called: [city], ask: Which city? }
---
flow: book
title: your booking
examples: [book a trip]
slots:
  day: { type: date, called: [date, day], ask: Which day? }
  people: { type: integer, called: [people], ask: For how many people? }
  room: { type: choice, options: "{{ find.rooms }}", called: [room], ask: Which room? }
tools:
  find: { effect: read, input: { city: text, day: date }, output: { rooms: { list: text } }, http: { get: "https://trip.example/rooms" } }
  reserve: { effect: write, input: { room: text, day: date, people: integer, mail: text }, output: { code: text }, http: { post: "https://trip.example/book" } }
states:
  trip: { collect: [city, day, people], to: search }
  search: { call: find, transitions: [{ on: error, to: end }], to: found }
  found: { say: I have some rooms., to: pick }
  pick: { collect: room, to: contact }
  contact: { call_flow: contact, with: { party: "{{ people }}" }, transitions: [{ on: cancelled, to: end }], to: sure }
  sure:
    confirm: "{{ room }} on {{ day | say_date }} for {{ people }}, {{ contact.mail }}. Right?"
    call: reserve
    with: { mail: "{{ contact.mail }}" }
    transitions: [{ on: [declined, error], to: end }]
    to: more
  more: { say: "Booked. Anything for the trip?", transitions: [{ intent: no, to: end }] }
---
flow: contact
in: { party: integer }
out: { mail: email }
slots:
  mail: { type: email, called: [email], ask: Your email? }
  phone: { type: digits, called: [phone], ask: Your phone number? }
states: { hello: { say: Now your details., to: ask }, ask: { collect: [mail, phone], to: end } }
---
flow: rating
title: your rating
examples: [i want to rate you]
slots: { mark: { type: integer, range: 1..5, ask: From one to five? } }
states: { ask: { collect: mark, to: thanks }, thanks: { say: Thank you., to: end } }
`;

const rooms: ToolFake = (input) => ({
  outcome: 'ok',
  value: {
    rooms:
      input['day'] === '2026-03-14'
        ? ['attic', 'garden']
        : input['day'] === '2026-03-15'
          ? ['cellar']
          : ['garden', 'tower'],
  },
});

async function atMail(yaml = trip): Promise<Conversation> {
  const { talk } = await Conversation.open(yaml, { tools: { find: rooms, reserve: { code: 'X' } } });
  await talk.say('book a trip');
  await talk.say('Cork');
  await talk.say('the 12th');
  await talk.say('two');
  expect((await talk.say('garden')).said).toEqual(['contact/hello', 'ask.mail.1']);
  return talk;
}

async function atSure(yaml = trip): Promise<Conversation> {
  const talk = await atMail(yaml);
  await talk.say('ann@sea.example');
  expect((await talk.say('1 2 3 4 5 6')).said).toEqual(['book/sure.confirm']);
  return talk;
}

describe('a correction of another flow', () => {
  it('beneath, that called this one: works its reads again, keeps what still holds, and comes back to the question', async () => {
    const talk = await atMail();
    const change = await talk.say('no wait, make that the 14th');
    expect(change.tools.map((call) => [call.tool, call.input])).toEqual([
      ['find', { city: 'Cork', day: '2026-03-14' }],
    ]);
    expect(change.said).toEqual(['correct', 'ask.mail.1']);
    expect(change.trace).toMatchObject({ flow: 'contact', stack: ['book'], intent: 'correct' });
    expect(change.trace.slots).toMatchObject({ 'book.day': '2026-03-14', 'book.room': 'garden' });
  });

  it('forgets a choice that is no longer offered, and asks only for it', async () => {
    const talk = await atMail();
    await talk.say('ann@sea.example');
    const change = await talk.say('sorry, the date should be the 15th');
    expect(change.said).toEqual(['correct', 'ask.room.1']);
    const back = await talk.say('cellar');
    expect(back.said).toEqual(['ask.phone.1']);
    expect(back.trace.slots).toMatchObject({ mail: 'ann@sea.example', 'book.room': 'cellar' });
  });

  it('that is over and was called: is asked again there, and nothing else is', async () => {
    const talk = await atSure();
    const wrong = await talk.say('the email is wrong');
    expect(wrong.said).toEqual(['correct', 'ask.mail.1']);
    expect(wrong.trace).toMatchObject({ flow: 'contact', stack: ['book'] });
    const right = await talk.say('bob@sea.example');
    expect(right.said).toEqual(['book/sure.confirm']);
    expect(right.text).toContain('bob at sea dot example');
    expect(right.tools).toEqual([]);
  });

  it('that is over, by its value: changes it and puts the confirmation anew', async () => {
    const talk = await atSure();
    const change = await talk.say('no, the email is bob@sea.example');
    expect(change.said).toEqual(['correct', 'book/sure.confirm']);
    expect(change.text).toContain('bob at sea dot example');
  });

  it('does not run a called flow again that has nothing to do with it', async () => {
    const talk = await atSure();
    const change = await talk.say('no, on the 14th');
    expect(change.tools.map((call) => call.tool)).toEqual(['find']);
    expect(change.said).toEqual(['correct', 'book/sure.confirm']);
    expect(change.trace).toMatchObject({ flow: 'book', state: 'sure' });
  });

  it('of a value that was handed to it runs it again with what the caller said there', async () => {
    const talk = await atSure();
    const change = await talk.say('no, for three people');
    expect(change.trace.slots).toMatchObject({ people: 3, 'contact.party': 3, 'contact.mail': 'ann@sea.example' });
    expect(change.said).toEqual(['correct', 'book/sure.confirm']);
    expect(change.tools).toEqual([]);
  });

  it('that was interrupted: the detour goes on, and the change is worked when the talk comes back', async () => {
    const talk = await atMail();
    expect((await talk.say('i want to rate you')).said).toEqual(['ask.mark.1']);
    const change = await talk.say('oh sorry, the date should be the 14th');
    expect(change.said).toEqual(['correct', 'ask.mark.1']);
    expect(change.trace.slots).toMatchObject({ 'book.day': '2026-03-14' });
    const back = await talk.say('five');
    expect(back.tools.map((call) => call.input)).toEqual([{ city: 'Cork', day: '2026-03-14' }]);
    expect(back.said).toEqual(['rating/thanks', 'resume', 'ask.mail.1']);
  });

  it('of a slot that all flows share leads back in whichever used it', async () => {
    const talk = await atMail();
    const change = await talk.say('sorry, the city should be Porto');
    expect(change.tools.map((call) => call.input)).toEqual([{ city: 'Porto', day: '2026-03-12' }]);
    expect(change.said).toEqual(['correct', 'ask.mail.1']);
  });

  it('takes two changes in one sentence, here and beneath', async () => {
    const talk = await atMail();
    await talk.say('ann@sea.example');
    const change = await talk.say('sorry, the email is bob@sea.example and the date should be the 14th');
    expect(change.trace.slots).toMatchObject({ mail: 'bob@sea.example', 'book.day': '2026-03-14' });
    expect(change.said).toEqual(['correct', 'ask.phone.1']);
  });

  it('comes too late after the write, also for what the called flow gave', async () => {
    const talk = await atSure();
    expect((await talk.say('yes')).tools.map((call) => call.tool)).toEqual(['reserve']);
    expect((await talk.say('no wait, the date should be the 14th')).said).toEqual(['too_late', 'book/more']);
    const late = await talk.say('no, the email is bob@sea.example');
    expect(late.said).toEqual(['too_late', 'book/more']);
    expect(late.tools).toEqual([]);
  });
});

describe('on_correct: keep', () => {
  it('on a slot changes the value and nothing else', async () => {
    const talk = await atSure(trip.replace('called: [date, day],', 'called: [date, day], on_correct: keep,'));
    const change = await talk.say('no, on the 14th');
    expect(change.tools).toEqual([]);
    expect(change.said).toEqual(['correct', 'book/sure.confirm']);
    expect(change.trace.slots).toMatchObject({ day: '2026-03-14' });
  });

  it('on a state keeps what its work came to', async () => {
    const talk = await atSure(trip.replace('search: { call: find,', 'search: { call: find, on_correct: keep,'));
    const change = await talk.say('no, on the 14th');
    expect(change.tools).toEqual([]);
    expect(change.trace.slots).toMatchObject({ day: '2026-03-14', room: 'garden' });
  });
});

describe('a write that is done', () => {
  it('is not sent again when a correction leads over its state', async () => {
    const { talk } = await Conversation.open(
      `
flow: parcel
slots:
  size: { type: choice, options: [small, large], called: [size], ask: Small or large? }
  note: { type: choice, options: [fragile, plain], called: [kind], ask: Fragile or plain? }
tools:
  ping: { effect: write, output: { code: text }, http: { post: "https://p.example/ping" } }
states:
  size: { collect: size, transitions: [{ if: size == "large", to: big }], to: ping }
  big: { say: A big one., to: ping }
  ping: { call: ping, transitions: [{ on: error, to: end }], to: note }
  note: { collect: note, to: sure }
  sure: { say: "{{ size }} and {{ note }}?", transitions: [{ intent: yes, to: end }] }
`,
      { tools: { ping: { code: 'P' } } },
    );
    expect((await talk.say('small')).tools).toHaveLength(1);
    await talk.say('fragile');
    const change = await talk.say('no, large');
    expect(change.tools).toEqual([]);
    expect(change.said).toEqual(['correct', 'parcel/big', 'parcel/sure']);
  });
});

describe('a correction while a tool runs', () => {
  it('starts the read anew with the new value and lets the old answer go', async () => {
    let first = true;
    const find: ToolFake = (input, call) => {
      if (!first) return rooms(input, call);
      first = false;
      return 'pending';
    };
    const { talk } = await Conversation.open(trip, { tools: { find } });
    await talk.say('book a trip');
    await talk.say('Cork');
    await talk.say('the 12th');
    await talk.say('two');
    const change = await talk.say('no wait, on the 14th');
    expect(change.tools.map((call) => call.input)).toEqual([{ city: 'Cork', day: '2026-03-14' }]);
    expect(change.said).toEqual(['correct', 'book/found', 'ask.room.1']);
    const late = talk.input({
      kind: 'tool',
      callId: talk.calls[0]!.callId,
      result: { outcome: 'ok', value: { rooms: ['old'] } },
    });
    expect(late.said).toEqual([]);
    expect((await talk.say('attic')).trace.slots).toMatchObject({ 'book.room': 'attic' });
  });

  it('comes too late for a write that is on its way, and changes beside it what it does not use', async () => {
    const { talk } = await Conversation.open(trip, { tools: { find: rooms, reserve: () => 'pending' } });
    for (const said of ['book a trip', 'Cork', 'the 12th', 'two', 'garden', 'ann@sea.example', '1 2 3 4 5 6', 'yes'])
      await talk.say(said);
    const late = await talk.say('no wait, on the 14th');
    expect(late.said).toEqual(['too_late']);
    expect(late.trace.slots).toMatchObject({ day: '2026-03-12' });
  });
});
