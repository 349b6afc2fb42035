import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: hello
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: trip
title: your trip
examples: [book a trip, "a trip for [two](people)"]
slots: { people: { type: integer, ask: For how many? } }
states:
  ask: { collect: people, to: room }
  room: { call_flow: room, with: { guests: "{{ people }}" }, to: done }
  done: { say: Booked., to: end }
---
flow: room
title: the room
in: { guests: { type: integer } }
slots: { nights: { type: integer, ask: How many nights? } }
states: { say: { say: "A room for {{ guests }}.", to: ask }, ask: { collect: nights, to: end } }
---
flow: hours
title: our hours
examples: [when are you open]
slots: { day: { type: date, ask: On which day? } }
states: { ask: { collect: day, to: tell }, tell: { say: All day., to: end } }
`;
const open = async (): Promise<Conversation> => (await Conversation.open(desk)).talk;

describe('start over', () => {
  it('begins the task again with nothing said', async () => {
    const talk = await open();
    await talk.say('book a trip');
    const over = await talk.say('start over');
    expect(over.said).toEqual(['start_over', 'ask.people.1']);
    expect(over.trace).toMatchObject({ flow: 'trip', stack: [], slots: { people: null } });
  });

  it('in a called flow begins the whole task again, which gives that flow its inputs anew', async () => {
    const talk = await open();
    await talk.say('a trip for two');
    const over = await talk.say('start over');
    expect(over.said).toEqual(['start_over', 'ask.people.1']);
    expect(over.trace).toMatchObject({ flow: 'trip', stack: [] });
    const room = await talk.say('three');
    expect(room.text).toContain('A room for 3.');
    expect(room.trace).toMatchObject({ flow: 'room', slots: { guests: 3, nights: null } });
  });

  it('of an interruption leaves what it interrupted where it was', async () => {
    const talk = await open();
    await talk.say('a trip for two');
    await talk.say('when are you open');
    const over = await talk.say('start over');
    expect(over.said).toEqual(['start_over', 'ask.day.1']);
    expect(over.trace).toMatchObject({ flow: 'hours', stack: ['trip', 'room'] });
    expect((await talk.say('tomorrow')).said).toEqual(['hours/tell', 'resume', 'ask.nights.1']);
  });
});
