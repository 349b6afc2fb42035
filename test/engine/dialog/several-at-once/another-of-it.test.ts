import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

const open = async (text = bank): Promise<Conversation> =>
  (await Conversation.open(text, { tools: { ...bankTools, people: { people: [{ id: 'cian', name: 'Cian' }, { id: 'orla', name: 'Orla' }] } } })).talk; // prettier-ignore

/** Whom one can pay is known only after the request. */
const later = `
agent: bank
language: en-IE
---
flow: pay
title: your payment
examples: [i want to pay somebody, "pay [Orla](payee) [fifty euros](amount)", "send [twenty](amount) to [Cian](payee)"]
slots:
  payee: { type: choice, options: "{{ people.people }}", ask: Who should get it? }
  amount: { type: money, ask: How much? }
tools:
  people: { effect: read, output: { people: { list: { id: text, name: text }, spoken: "{{ name }}" } }, http: { get: "https://bank.example/people" } }
states:
  list: { call: people, transitions: [{ on: error, to: human }], to: ask }
  ask: { collect: [payee, amount], to: agree }
  agree:
    say: "{{ amount | money }} to {{ payee }}. Shall I send it?"
    transitions: [{ intent: yes, to: done }, { intent: no, to: end }]
  done: { say: Done., to: end }
`;

describe('two of the same in one sentence', () => {
  it('serves the second after the first, and loses neither', async () => {
    const talk = await open();
    const both = await talk.say('send thirty euros to Mateo and twenty to Priya');
    expect(both.trace).toMatchObject({ flow: 'send_money', state: 'agree', queue: ['send_money'] });
    expect(both.trace.slots).toMatchObject({ payee: 'mateo', amount: 30 });
    expect(both.text).toContain("I'll come to the other one right after this.");
    const next = await talk.say('yes');
    expect(next.text).toContain('Now, about the other one.');
    expect(next.trace).toMatchObject({ flow: 'send_money', state: 'agree', queue: [] });
    expect(next.trace.slots).toMatchObject({ payee: 'priya', amount: 20 });
    await talk.say('yes');
    expect(talk.calls.filter(({ tool }) => tool === 'pay_contact').map(({ input }) => input['amount'])).toEqual([
      30, 20,
    ]);
  });

  it('keeps three of them apart', async () => {
    const talk = await open();
    const all = await talk.say('send thirty euros to Mateo, twenty to Priya and five to Tomas');
    expect(all.trace.queue).toEqual(['send_money', 'send_money']);
    expect((await talk.say('yes')).trace.slots).toMatchObject({ payee: 'priya', amount: 20 });
    expect((await talk.say('yes')).trace.slots).toMatchObject({ payee: 'tomas', amount: 5 });
  });

  it('takes the first for the question that stands, and keeps the second', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    const both = await talk.say('thirty to Mateo and twenty to Priya');
    expect(both.trace).toMatchObject({ state: 'agree', queue: ['send_money'] });
    expect(both.trace.slots).toMatchObject({ payee: 'mateo', amount: 30 });
    expect((await talk.say('yes')).trace.slots).toMatchObject({ payee: 'priya', amount: 20 });
  });

  it('keeps the words of each where the options come from a tool', async () => {
    const talk = await open(later);
    const both = await talk.say('pay ten euros to Cian and twenty to Orla');
    expect(both.trace.slots).toMatchObject({ payee: 'cian', amount: '10 EUR' });
    expect((await talk.say('yes')).trace.slots).toMatchObject({ payee: 'orla', amount: '20 EUR' });
  });

  it.each([
    'send thirty euros to Mateo, no, twenty to Priya',
    'send thirty euros to Mateo, sorry, make that twenty to Priya',
  ])('hears "%s" as one that was put right', async (said) => {
    const talk = await open();
    expect((await talk.say(said)).trace.queue).toEqual([]);
  });

  it('makes no second one of values that were only said twice', async () => {
    const talk = await open();
    expect((await talk.say('send thirty euros to Mateo, thirty to Mateo')).trace.queue).toEqual([]);
  });

  it('drops them all with "cancel everything"', async () => {
    const talk = await open();
    await talk.say('send thirty euros to Mateo and twenty to Priya');
    expect((await talk.say('cancel everything')).trace).toMatchObject({ queue: [], state: 'end' });
  });
});
