import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const delivery = `
agent: shop
language: en-GB
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: deliver
title: your delivery
examples: [I want a delivery]
slots:
  guest:
    type: name
    called: [name]
    of:
      first: { ask: [Your first name?, What's your first name?] }
      last: { ask: And your surname?, help: It is on the order., why: The driver asks for it. }
  home:
    type: address
    called: [address]
    ask: Where shall we bring it?
    of:
      number: { ask: "Which house number?" }
      street: { ask: "Which street?" }
      postcode: { ask: And the postcode?, help: "Like N1 9GU." }
states:
  who: { collect: guest, to: where }
  where: { collect: home, to: tell }
  tell:
    confirm: "{{ guest.first }} {{ guest.last }}, {{ home }}. Right?"
    transitions: [{ on: declined, to: end }]
    to: done
  done: { say: "To {{ home.street }} for {{ guest }}.", to: end }
`;

const open = async (): Promise<Conversation> =>
  (await Conversation.open(delivery, { start: { flow: 'deliver' } })).talk;
const atAddress = async (): Promise<Conversation> => {
  const talk = await open();
  await talk.say('Mary Walsh');
  return talk;
};

describe('a name in two parts', () => {
  it('is asked by part, and is a record of both', async () => {
    const { talk, first } = await Conversation.open(delivery, { start: { flow: 'deliver' } });
    expect(first.said).toEqual(['ask.guest.first.1']);
    expect((await talk.say('mary')).said).toEqual(['ask.guest.last.1']);
    const last = await talk.say("it's walsh");
    expect(last.trace.slots['guest']).toEqual({ first: 'Mary', last: 'Walsh' });
    expect(last.said).toEqual(['ask.home.1']);
  });

  it.each([
    ['Mary Walsh', { first: 'Mary', last: 'Walsh' }],
    ['my name is ludwig van beethoven', { first: 'Ludwig', last: 'van Beethoven' }],
    ['first name Mary, surname Walsh', { first: 'Mary', last: 'Walsh' }],
  ])('is filled by "%s" at once', async (said, guest) => {
    expect((await (await open()).say(said)).trace.slots['guest']).toEqual(guest);
  });

  it('takes the part that the caller names, and asks for the other', async () => {
    const talk = await open();
    expect((await talk.say('my surname is walsh')).said).toEqual(['ask.guest.first.1']);
    expect((await talk.say('mary')).trace.slots['guest']).toEqual({ first: 'Mary', last: 'Walsh' });
  });

  it('hears the spelling of the part that is asked for', async () => {
    const talk = await open();
    await talk.say('mary');
    const turn = await talk.say('Siobhan, S I O B H A N');
    expect(turn.trace.slots['guest']).toEqual({ first: 'Mary', last: 'Siobhan' });
  });

  it('keeps the first name when only the surname is corrected', async () => {
    const talk = await atAddress();
    const turn = await talk.say('no, my surname is Welsh');
    expect(turn.trace.slots['guest']).toEqual({ first: 'Mary', last: 'Welsh' });
  });

  it('has words of its own for help and why with each part', async () => {
    const talk = await open();
    await talk.say('mary');
    expect((await talk.say('help')).said).toEqual(['help.guest.last', 'ask.guest.last.1']);
    expect((await talk.say('why')).said).toEqual(['why.guest.last', 'ask.guest.last.1']);
  });
});

describe('an address in parts', () => {
  it('asks for what the answer left open', async () => {
    const talk = await atAddress();
    expect((await talk.say('22 High Road')).said).toEqual(['ask.home.postcode.1']);
    expect((await talk.say('help')).said[0]).toBe('help.home.postcode');
    const turn = await talk.say('n one nine g u');
    expect(turn.trace.slots['home']).toEqual({ number: '22', street: 'High Road', postcode: 'N19GU' });
    expect(turn.text).toContain('22 High Road, N 1 9 G U');
  });

  it('keeps a flat and a town that nobody asked for', async () => {
    const turn = await (await atAddress()).say('flat 3b, 22 high road, london, N1 9GU');
    expect(turn.trace.slots['home']).toEqual({
      unit: 'flat 3B', number: '22', street: 'High Road', city: 'London', postcode: 'N19GU',
    }); // prettier-ignore
  });

  it('hears a bare number and a street without its kind where they are asked for', async () => {
    const talk = await atAddress();
    expect((await talk.say('N1 9GU')).said).toEqual(['ask.home.number.1']);
    expect((await talk.say('twenty two')).said).toEqual(['ask.home.street.1']);
    const turn = await talk.say('broadway');
    expect(turn.trace.slots['home']).toEqual({ number: '22', street: 'Broadway', postcode: 'N19GU' });
  });

  it('changes one part and keeps the rest', async () => {
    const talk = await atAddress();
    await talk.say('22 high road, N1 9GU');
    const number = await talk.say('no, the number is 24');
    expect(number.trace.slots['home']).toEqual({ number: '24', street: 'High Road', postcode: 'N19GU' });
    const code = await talk.say('the postcode is N1 9GT');
    expect(code.trace.slots['home']).toEqual({ number: '24', street: 'High Road', postcode: 'N19GT' });
  });

  it('is read by its parts in expressions and words', async () => {
    const talk = await atAddress();
    await talk.say('22 high road, N1 9GU');
    expect((await talk.say('yes')).text).toContain('To High Road for Mary Walsh.');
  });
});
