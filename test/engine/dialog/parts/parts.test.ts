import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const trip = `
agent: trip
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: book_hotel
title: your hotel
examples: [book a hotel]
slots:
  stay:
    type: date_range
    called: [dates, stay]
    same_as: [rent_car.days]
    of:
      start: { ask: [When do you check in?, Which day do you arrive?] }
      end: { ask: And when do you check out? }
    reject:
      - { if: stay.start < today, say: That day has passed. }
      - { if: stay.end <= stay.start, say: You would leave before you arrive. }
  guest: { type: name, ask: Under which name? }
tools:
  book: { effect: write, input: { from: date, to: date }, http: { post: "{{ env.URL }}/b" } }
states:
  nights: { collect: stay, to: name }
  name: { collect: guest, to: book }
  book:
    confirm: "{{ guest }}, {{ stay.start | say_date }} to {{ stay.end | say_date }}. Right?"
    call: book
    with: { from: "{{ stay.start }}", to: "{{ stay.end }}" }
    transitions: [{ on: declined, to: end }]
    to: booked
  booked: { say: Booked., to: end }
---
flow: rent_car
title: your rental car
examples: [rent a car]
slots:
  days:
    type: date_range
    called: [days]
    same_as: [book_hotel.stay]
    ask: From when to when?
    of: { start: { ask: From when? }, end: { ask: Until when? } }
states:
  days: { collect: days, to: done }
  done: { say: "The car is yours from {{ days.start | say_date }} to {{ days.end | say_date }}.", to: end }
`;

const now = '2026-05-18T10:00:00';
const open = async (flow: string): Promise<Conversation> => {
  const { talk } = await Conversation.open(trip, { now, start: { flow }, tools: { book: {} } });
  return talk;
};
const days = (start: string, end: string): { start: string; end: string } => ({ start, end });

describe('a value in parts', () => {
  it('is asked part by part, and is empty until it is whole', async () => {
    const { talk, first } = await Conversation.open(trip, { now, start: { flow: 'book_hotel' } });
    expect(first.said).toEqual(['ask.stay.start.1']);
    const start = await talk.say('June 9th');
    expect(start.said).toEqual(['ask.stay.end.1']);
    expect(start.trace.slots['stay']).toBeNull();
    const end = await talk.say('the 12th');
    expect(end.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
    expect(end.said).toEqual(['ask.guest.1']);
  });

  it.each([
    ['from June 9th to the 12th', days('2026-06-09', '2026-06-12')],
    ['June 9th until the 12th', days('2026-06-09', '2026-06-12')],
    ['three nights from the ninth of june', days('2026-06-09', '2026-06-12')],
    ['next week', days('2026-05-25', '2026-05-31')],
  ])('is filled by "%s" at once', async (said, stay) => {
    const turn = await (await open('book_hotel')).say(said);
    expect(turn.trace.slots['stay']).toEqual(stay);
    expect(turn.said).toEqual(['ask.guest.1']);
  });

  it('takes the end first where the caller says so, and asks for the start', async () => {
    const talk = await open('book_hotel');
    const end = await talk.say('until the 12th of June');
    expect(end.said).toEqual(['ask.stay.start.1']);
    expect((await talk.say('the 9th of June')).trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
  });

  it('keeps the part that was said in the request', async () => {
    const { talk } = await Conversation.open(trip, { now });
    const turn = await talk.say('book a hotel from June 9th');
    expect(turn.trace.flow).toBe('book_hotel');
    expect(turn.said).toEqual(['ask.stay.end.1']);
  });

  it('counts the end from the start: the next such day, or so many nights', async () => {
    const late = await open('book_hotel');
    await late.say('June 30th');
    expect((await late.say('the 2nd')).trace.slots['stay']).toEqual(days('2026-06-30', '2026-07-02'));
    const nights = await open('book_hotel');
    await nights.say('June 30th');
    expect((await nights.say('for three nights')).trace.slots['stay']).toEqual(days('2026-06-30', '2026-07-03'));
  });

  it('climbs the ladder of the part that is asked, and begins anew with the next', async () => {
    const talk = await open('book_hotel');
    expect(talk.silence().said).toEqual(['ask.stay.start.2']);
    expect((await talk.say('June 9th')).said).toEqual(['ask.stay.end.1']);
    expect(talk.silence().said).toEqual(['ask.stay.end.1']);
  });

  it('refuses a start that cannot be at once, and an end that cannot be with the start kept', async () => {
    const talk = await open('book_hotel');
    const past = await talk.say('yesterday');
    expect(past.said).toEqual(['reject.stay', 'ask.stay.start.2']);
    expect((await talk.say('June 9th')).said).toEqual(['ask.stay.end.1']);
    const before = await talk.say('June 1st');
    expect(before.said).toEqual(['reject.stay', 'ask.stay.end.1']);
    expect(before.trace.slots['stay']).toBeNull();
    expect((await talk.say('June 12th')).trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
  });

  it('refuses a whole that cannot be, and asks from its start', async () => {
    const turn = await (await open('book_hotel')).say('from yesterday to friday');
    expect(turn.said).toEqual(['reject.stay', 'ask.stay.start.2']);
    expect(turn.trace.slots['stay']).toBeNull();
  });

  it('is asked as a whole first where the slot has a question, then for what is missing', async () => {
    const { talk, first } = await Conversation.open(trip, { now, start: { flow: 'rent_car' } });
    expect(first.said).toEqual(['ask.days.1']);
    expect((await talk.say('from June 9th')).said).toEqual(['ask.days.end.1']);
    expect((await talk.say('June 11th')).said[0]).toBe('rent_car/done');
  });
});

describe('a value that is half known', () => {
  it('keeps its half over a question in between, and over a digression', async () => {
    const talk = await open('book_hotel');
    await talk.say('June 9th');
    expect((await talk.say('help')).said.at(-1)).toBe('ask.stay.end.1');
    expect((await talk.say('rent a car')).said).toEqual(['ask.days.1']);
    const back = await talk.say('from July 1st to July 3rd');
    expect(back.said.at(-1)).toBe('ask.stay.end.1');
    expect((await talk.say('the 12th')).trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
  });

  it('is given anew by a whole answer', async () => {
    const talk = await open('book_hotel');
    await talk.say('June 9th');
    const turn = await talk.say('sorry, from June 10th to June 15th');
    expect(turn.trace.slots['stay']).toEqual(days('2026-06-10', '2026-06-15'));
  });

  it('takes another start while the end is asked', async () => {
    const talk = await open('book_hotel');
    await talk.say('June 9th');
    expect((await talk.say('sorry, from June 10th')).said).toEqual(['ask.stay.end.1']);
    expect((await talk.say('the 12th')).trace.slots['stay']).toEqual(days('2026-06-10', '2026-06-12'));
  });
});

describe('a correction of one part', () => {
  const atConfirm = async (): Promise<Conversation> => {
    const talk = await open('book_hotel');
    await talk.say('from June 9th to the 12th');
    expect((await talk.say('Anna Berg')).said).toEqual(['book_hotel/book.confirm']);
    return talk;
  };

  it('changes that part by its role, books nothing, and asks again', async () => {
    const talk = await atConfirm();
    const turn = await talk.say('no, until the 14th of June');
    expect(turn.tools).toEqual([]);
    expect(turn.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-14'));
    expect(turn.said).toEqual(['correct', 'book_hotel/book.confirm']);
    expect((await talk.say('yes')).tools.map(({ input }) => input)).toEqual([{ from: '2026-06-09', to: '2026-06-14' }]);
  });

  it('takes the only part that a day can be', async () => {
    const talk = await atConfirm();
    const turn = await talk.say('no, the 14th of June');
    expect(turn.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-14'));
    const early = await atConfirm();
    expect((await early.say('no, the 8th of June')).trace.slots['stay']).toEqual(days('2026-06-08', '2026-06-12'));
  });

  it.each([
    ['no, check-in should be on the 8th of June', days('2026-06-08', '2026-06-12')],
    ['change check-in to the 10th of June', days('2026-06-10', '2026-06-12')],
    ['change the check-out to the 11th of June', days('2026-06-09', '2026-06-11')],
    ['no, from the 10th of June', days('2026-06-10', '2026-06-12')],
    ['no, we leave on the 10th of June', days('2026-06-09', '2026-06-10')],
  ])('"%s" is the part it names', async (said, stay) => {
    const turn = await (await atConfirm()).say(said);
    expect(turn.trace.slots['stay']).toEqual(stay);
    expect(turn.said).toEqual(['correct', 'book_hotel/book.confirm']);
  });

  it.each([
    ['make that the 13th', days('2026-06-09', '2026-06-13')],
    ['no, the 8th', days('2026-06-08', '2026-06-12')],
    ['no, until the 14th', days('2026-06-09', '2026-06-14')],
  ])('"%s" is of the month that it was, though another such day comes first', async (said, stay) => {
    const turn = await (await atConfirm()).say(said);
    expect(turn.trace.slots['stay']).toEqual(stay);
  });

  it('that cannot be is refused, the dates stay as they were, and nothing is booked', async () => {
    const talk = await atConfirm();
    const turn = await talk.say('no, until the 8th of June');
    expect(turn.said[0]).toBe('reject.stay');
    expect(turn.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
    expect(turn.tools).toEqual([]);
  });

  it('without a new day empties both, and asks from the start', async () => {
    const talk = await atConfirm();
    const turn = await talk.say('i want to change something, the dates');
    expect(turn.trace.slots['stay']).toBeNull();
    expect(turn.said.at(-1)).toBe('ask.stay.start.1');
  });

  it('is asked back where a day may be either', async () => {
    const talk = await atConfirm();
    const asked = await talk.say('no, the 10th of June');
    expect(asked.said).toEqual(['clarify']);
    expect(asked.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
    expect(asked.text).toMatch(/10th of June to .*12th of June or .*9th of June to .*10th of June/);
    const turn = await talk.say('the first one');
    expect(turn.trace.slots['stay']).toEqual(days('2026-06-10', '2026-06-12'));
    expect(turn.said).toContain('book_hotel/book.confirm');
  });
});

describe('the same dates', () => {
  const afterCar = async (): Promise<Conversation> => {
    const { talk } = await Conversation.open(trip, { now });
    await talk.say('rent a car');
    expect((await talk.say('from June 9th to the 12th')).trace.finished).toEqual(['rent_car']);
    expect((await talk.say('book a hotel')).said).toEqual(['ask.stay.start.1']);
    return talk;
  };

  it.each(['the same dates', 'same as the car', 'the same days as for the rental car please', 'the same'])(
    '"%s" takes those of the other flow',
    async (said) => {
      const turn = await (await afterCar()).say(said);
      expect(turn.trace.slots['stay']).toEqual(days('2026-06-09', '2026-06-12'));
      expect(turn.said).toEqual(['ask.guest.1']);
    },
  );

  it('are taken in the request itself', async () => {
    const { talk } = await Conversation.open(trip, { now });
    await talk.say('rent a car');
    await talk.say('from June 9th to the 12th');
    const turn = await talk.say('book a hotel for the same dates');
    expect(turn.trace).toMatchObject({
      flow: 'book_hotel',
      state: 'name',
      slots: { stay: days('2026-06-09', '2026-06-12') },
    });
  });

  it('are nothing where there are none, or where something else is named', async () => {
    expect((await (await open('book_hotel')).say('the same dates')).trace.slots['stay']).toBeNull();
    expect((await (await afterCar()).say('the same dates as my brother')).trace.slots['stay']).toBeNull();
  });
});

describe('relative words', () => {
  const flight = `
agent: air
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: change_flight
examples: [change my flight]
slots:
  week: { type: date_range, relative_to: "{{ my_flight.leaves }}", ask: Which days would suit you? }
tools:
  my_flight: { effect: read, output: { leaves: datetime }, http: { get: "{{ env.URL }}/f" } }
states:
  load: { call: my_flight, transitions: [{ on: error, to: end }], to: days }
  days: { collect: week, to: done }
  done: { say: "From {{ week.start | say_date }} to {{ week.end | say_date }}.", to: end }
`;
  const tools = { my_flight: { leaves: '2026-06-25T07:35' } };

  it('count from what the designer names, and not from today', async () => {
    const { talk } = await Conversation.open(flight, { now, tools });
    await talk.say('change my flight');
    expect((await talk.say('a day later')).trace.slots['week']).toEqual(days('2026-06-26', '2026-06-26'));
  });

  it('said before that is known wait until it is', async () => {
    const { talk } = await Conversation.open(flight, { now, tools });
    const turn = await talk.say('change my flight in the same week');
    expect(turn.said[0]).toBe('change_flight/done');
    expect(turn.trace.slots['week']).toEqual(days('2026-06-22', '2026-06-28'));
  });

  it('leave days that count from today as they are', async () => {
    const { talk } = await Conversation.open(flight, { now, tools });
    expect((await talk.say('change my flight to next week')).trace.slots['week']).toEqual(
      days('2026-05-25', '2026-05-31'),
    );
  });
});
