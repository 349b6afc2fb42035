import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const table = `
flow: table
title: your table
examples: [book a table, "a table for [four](people) please", "a table for [two](people) [tomorrow](day) at [seven](time)"]
slots:
  people: { type: integer, called: [people, guests], range: 1..12, ask: [For how many people?, One to twelve people.], help: Count the children too., why: The tables are small. }
  day: { type: date, called: [day], range: today.., ask: Which day? }
  time: { type: time, range: 17:00..21:30, ask: At what time? }
  guest: { type: name, called: [name], ask_first: true, ask: [Under which name?, Just the name.] }
  wish: { type: text, optional: true, ask: Any wish? }
states:
  details: { collect: [people, day, time], to: name }
  name: { collect: guest, to: wish }
  wish: { collect: wish, to: done }
  done: { say: "{{ people }} on {{ day }} at {{ time }} for {{ guest }}.", to: end }
---
flow: hours
title: our hours
examples: [when are you open]
states: { tell: { say: All evening., to: end } }
`;
const agent = `agent: luna\nstart: hello\n---\nflow: hello\nstates: { hi: { say: Hello., to: end } }\n---${table}`;
const open = async (): Promise<Conversation> => (await Conversation.open(agent)).talk;
const inTable = async (): Promise<Conversation> => (await Conversation.open(agent, { start: { flow: 'table' } })).talk;

describe('an answer', () => {
  it('opens the floor in silence after the greeting, and asks what else after a task', async () => {
    const { talk, first } = await Conversation.open(agent);
    expect(first.said).toEqual(['hello/hi']);
    expect(first.trace.state).toBe('end');
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'anything_else']);
    const bye = await talk.say('no thanks');
    expect(bye.said).toEqual(['goodbye']);
    expect(bye.ended).toBe(true);
  });

  it('that holds everything leaves nothing to ask but what must be asked first', async () => {
    const talk = await open();
    const all = await talk.say('a table for two tomorrow at seven');
    expect(all.trace).toMatchObject({
      flow: 'table',
      state: 'name',
      slots: { people: 2, day: '2026-03-03', time: '19:00', guest: null },
    });
    expect(all.said).toEqual(['ask.guest.1']);
  });

  it('may come in another order than the questions', async () => {
    const talk = await inTable();
    const day = await talk.say('on friday');
    expect(day.said).toEqual(['ask.people.1']);
    expect(day.trace).toMatchObject({ slots: { day: '2026-03-06', people: null }, counters: { no_match: 0 } });
    const people = await talk.say('four people at half past seven');
    expect(people.trace).toMatchObject({ state: 'name', slots: { people: 4, time: '19:30' } });
  });

  it('outside of the range is refused in words, and the question is put again', async () => {
    const talk = await inTable();
    const many = await talk.say('twenty');
    expect(many.said).toEqual(['reject.people', 'ask.people.2']);
    expect(many.text).toMatch(/between/);
    expect(many.trace).toMatchObject({ slots: { people: null }, counters: { invalid: 1, no_match: 0 } });
  });

  it('to a question for a name is a name, and a request there is a request', async () => {
    const talk = await inTable();
    await talk.say('four, tomorrow at seven');
    const hours = await talk.say('when are you open');
    expect(hours.said).toEqual(['hours/tell', 'resume', 'ask.guest.1']);
    expect((await talk.say('my name is Rossi')).trace.slots['guest']).toBe('Rossi');
  });

  it('in free words is taken as it is, unless it asks for something', async () => {
    const talk = await inTable();
    await talk.say('four, tomorrow at seven');
    await talk.say('Rossi');
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'resume', 'ask.wish.1']);
    const wish = await talk.say('a table by the window if you can');
    expect(wish.trace.finished).toEqual(['table']);
    expect(wish.trace.slots['wish']).toBe('a table by the window if you can');
  });

  it('may be left out where the slot is optional, and not elsewhere', async () => {
    const talk = await inTable();
    expect((await talk.say('skip')).said).toEqual(['skip', 'ask.people.1']);
    expect((await talk.say("i don't know")).said).toEqual(['help.people', 'ask.people.2']);
    await talk.say('four, tomorrow at seven');
    await talk.say('Rossi');
    expect((await talk.say('skip')).trace).toMatchObject({ finished: ['table'], slots: { wish: null } });
  });
});

describe('asking back', () => {
  it('is answered with the slot’s own words, and is no failure', async () => {
    const talk = await inTable();
    expect(await talk.say('help')).toMatchObject({
      said: ['help.people', 'ask.people.1'],
      trace: { counters: { no_match: 0, attempt: 1 } },
    });
    expect((await talk.say('why')).said).toEqual(['why.people', 'ask.people.1']);
  });

  it('has the whole last turn said again, slower on request, and runs nothing', async () => {
    const talk = await inTable();
    await talk.say('help');
    const again = await talk.say('repeat');
    expect(again.said).toEqual(['help.people', 'ask.people.1']);
    const slower = await talk.say('slower');
    expect(slower.outs.find((out) => out.kind === 'words')).toMatchObject({
      rate: 0.85,
    });
  });

  it('says again what came before "take your time"', async () => {
    const talk = await inTable();
    await talk.say('hold on');
    expect((await talk.say('repeat')).said).toEqual(['ask.people.1']);
  });

  it('starts over with nothing said', async () => {
    const talk = await inTable();
    await talk.say('four, tomorrow');
    const over = await talk.say('start over');
    expect(over.said).toEqual(['start_over', 'ask.people.1']);
    expect(over.trace.slots).toMatchObject({ people: null, day: null });
  });
});

describe('what is listened for', () => {
  it('is nearest first, with examples, and with what the asked slot sounds like', async () => {
    const { first } = await Conversation.open(agent, { start: { flow: 'table' } });
    expect(first.listening).toMatchObject({
      position: 'table/details',
      slot: { name: 'people', type: 'integer' },
      noInputMs: 6000,
      maxSpeechMs: 60_000,
      bargeIn: 'speech',
      secret: false,
    });
    const intents = first.listening!.moves.map((move) => move.intent);
    expect(intents).toEqual(expect.arrayContaining(['table', 'hours', 'cancel', 'repeat', 'skip']));
    expect(intents).not.toContain('yes');
    expect(first.listening!.moves.find((move) => move.intent === 'hours')?.examples).toEqual(['when are you open']);
  });

  it('waits long in digits and little after a yes-or-no question', async () => {
    const endpointing = async (slot: string): Promise<unknown> =>
      (await Conversation.open(`flow: f\nslots: { x: ${slot} }\nstates: { a: { collect: x, to: end } }`)).first
        .listening?.endpointing;
    expect(await endpointing('{ type: yes_no, ask: Well? }')).toEqual({ minMs: 200, maxMs: 1000 });
    expect(await endpointing('{ type: digits, ask: Well? }')).toEqual({ minMs: 900, maxMs: 4000 });
    expect(await endpointing('{ type: date, ask: Well? }')).toEqual({ minMs: 300, maxMs: 2500 });
  });
});

describe('did you mean', () => {
  const two = `
agent: desk
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: order_card
title: ordering a card
examples: [order card now]
states: { tell: { say: Ordered., to: end } }
---
flow: block_card
title: blocking a card
examples: [block card now]
states: { tell: { say: Blocked., to: end } }
`;
  it('offers what is near, and takes the one that is named', async () => {
    const { talk } = await Conversation.open(two);
    const unsure = await talk.say('card now');
    expect(unsure.said).toEqual(['clarify']);
    expect(unsure.text).toMatch(/ordering a card or blocking a card/);
    expect(unsure.trace.clarify).toEqual(['order_card', 'block_card']);
    expect((await talk.say('the second one')).said).toEqual(['block_card/tell', 'anything_else']);
  });

  it('is asked once, and then is no match', async () => {
    const { talk } = await Conversation.open(two);
    await talk.say('card now');
    const again = await talk.say('card now');
    expect(again.trace.counters.no_match).toBe(1);
  });
});
