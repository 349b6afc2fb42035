import { describe, expect, it } from 'vitest';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { createRouter } from '../../../../intents/router.js';
import { Conversation, loadText } from '../drive.js';

const pay = `
agent: bank
language: en-IE
---
flow: send_money
title: sending money
examples: ["send [thirty euros](amount) to [Mateo](payee)", i want to send money, "pay [Priya](payee) [fifty euros](amount)", "transfer money to [Tomas](payee)", make a payment to a friend, i owe somebody some money]
slots:
  payee: { type: choice, options: [mateo, priya, tomas], called: [to], ask: Who to? }
  amount: { type: money, ask: How much? }
states: { ask: { collect: [payee, amount], to: sure }, sure: { say: "{{ amount | money }} to {{ payee }}?", transitions: [{ intent: yes, to: end }] } }
---
flow: standing_order
title: the standing order
examples: ["send [eighty euros](amount) to [Mateo](payee) [each week](often)", set up a standing order, "pay [Priya](payee) [ten euros](amount) [every month](often)", a payment that repeats, pay my rent automatically]
slots:
  payee: { type: choice, options: [mateo, priya, tomas], ask: Who? }
  amount: { type: money, ask: How much? }
  often: { type: choice, options: { weekly: [each week, every week], monthly: [each month, every month] }, ask: How often? }
states: { ask: { collect: [payee, amount, often], to: sure }, sure: { say: "{{ amount | money }} to {{ payee }} {{ often }}?", transitions: [{ intent: yes, to: end }] } }
---
flow: hours
title: our hours
examples: [when are you open, what are your opening hours]
states: { tell: { say: All day., to: end } }
`;

const pairs: [string, string, Record<string, unknown>][] = [
  ['thirty euros to Mateo', 'send_money', { payee: 'mateo', amount: '30 EUR' }],
  ['thirty euros to Mateo each week', 'standing_order', { payee: 'mateo', amount: '30 EUR', often: 'weekly' }],
  ['send thirty euros to Mateo', 'send_money', { payee: 'mateo' }],
  ['send thirty euros to Mateo each week', 'standing_order', { often: 'weekly' }],
  ['i want to send forty euros to Priya every month', 'standing_order', { often: 'monthly', amount: '40 EUR' }],
];

describe('values speak for the request that has slots for them', () => {
  it.each(pairs)('by words alone: %s', async (said, flow, slots) => {
    const { talk } = await Conversation.open(pay);
    expect((await talk.say(said)).trace).toMatchObject({ flow, slots });
  });

  it('with the static router', async () => {
    const agent = await loadText(pay);
    const router = await createRouter(trainingSet(agent), {});
    for (const [said, flow, slots] of pairs) {
      const talk = Conversation.of(agent, { router });
      talk.input({ kind: 'open' });
      expect((await talk.say(said)).trace, said).toMatchObject({ flow, slots });
    }
    const talk = Conversation.of(agent, { router });
    talk.input({ kind: 'open' });
    const both = await talk.say('send thirty euros to Mateo and then tell me when you are open');
    expect(both.trace).toMatchObject({ flow: 'send_money', queue: ['hours'], slots: { payee: 'mateo' } });
  });

  it('but not for a request when they answer the question that is asked', async () => {
    const { talk } = await Conversation.open(pay);
    await talk.say('set up a standing order');
    expect((await talk.say('thirty euros to Mateo')).trace).toMatchObject({
      flow: 'standing_order',
      slots: { payee: 'mateo' },
    });
  });
});

describe('values belong to the request they were said in', () => {
  const shop = `
agent: shop
slots: { known: { type: yes_no, scope: call, default: false } }
---
flow: order
title: your order
examples: [send a parcel, send a parcel somewhere]
start_if: known
otherwise: { say: First your name., to: sign_in }
slots: { size: { type: choice, options: [small, large], ask: Small or large? } }
states: { what: { collect: size, to: where }, where: { call_flow: address, transitions: [{ on: cancelled, to: end }], to: tell }, tell: { say: "{{ size }} to {{ address.city }} on {{ address.day }}.", to: end } }
---
flow: address
slots: { city: { type: city, ask: Which city? }, day: { type: date, ask: Which day? } }
out: { city: city, day: date }
states: { ask: { collect: [city, day], to: end } }
---
flow: sign_in
slots: { who: { type: name, ask: Your name? } }
states: { ask: { collect: who, transitions: [{ set: { known: true }, to: end }] } }
`.replace(
    'slots: { city: { type: city, ask: Which city? }, day: { type: date, ask: Which day? } }\nout: { city: city, day: date }',
    'out: { city: { type: city, ask: Which city? }, day: { type: date, ask: Which day? } }',
  );

  it('across the guard, and until the flow that it calls asks for them', async () => {
    const { talk } = await Conversation.open(shop);
    const guarded = await talk.say('send a parcel to Cork, a large one');
    expect(guarded.trace).toMatchObject({ flow: 'sign_in' });
    const where = await talk.say('Anna');
    expect(where.said).toEqual(['ask.day.1']);
    expect(where.trace).toMatchObject({ flow: 'address', slots: { city: 'Cork', 'order.size': 'large' } });
    expect((await talk.say('tomorrow')).text).toContain('large to Cork');
  });
});

describe('scopes', () => {
  const scoped = `
agent: scopes
slots: { once: { type: city, scope: turn, called: [via], ask: Via? } }
---
flow: ticket
title: your ticket
examples: [a ticket please]
slots:
  age: { type: integer, scope: call, ask: How old are you? }
  count: { type: integer, ask: How many? }
states: { ask: { collect: [age, count], to: tell }, tell: { say: "{{ count }} for {{ age }}{{ once }}.", to: end } }
`;
  it('turn holds until the caller speaks again, flow until the flow starts again, call for the whole call', async () => {
    const { talk } = await Conversation.open(scoped);
    await talk.say('a ticket please');
    const age = await talk.say('forty via Cork');
    expect(age.trace.slots).toMatchObject({ age: 40, once: 'Cork' });
    expect((await talk.say('two')).trace.slots).toMatchObject({ once: null, count: 2 });
    const again = await talk.say('a ticket please');
    expect(again.said).toEqual(['ask.count.1']);
    expect(again.trace.slots).toMatchObject({ age: 40, count: null });
  });
});

describe('values that are said back in passing', () => {
  const booking = `
flow: tickets
slots:
  count: { type: integer, called: [tickets], confirm: implicit, ask: How many tickets? }
  day: { type: date, called: [day], confirm: implicit, ask: Which day? }
  time: { type: time, range: 12:00..23:00, confirm: implicit, ask: What time? }
  guest: { type: name, ask: Your name? }
states: { ask: { collect: [count, day, time], ask: What would you like?, to: who }, who: { collect: guest, to: end } }
`;
  it('are one sentence, and a correction in the next turn takes one back', async () => {
    const { talk } = await Conversation.open(booking);
    const all = await talk.say('two tickets for Friday at seven in the evening');
    expect(all.text).toMatch(/^2 tickets for Friday.* at seven.*\. Your name\?$/);
    expect(all.said).toEqual(['confirm.count', 'ask.guest.1']);
    const change = await talk.say('no, three tickets');
    expect(change.trace.slots).toMatchObject({ count: 3, time: '19:00' });
    expect(change.said).toEqual(['correct', 'confirm.count', 'ask.guest.1']);
  });
});

describe('an amount said without its currency', () => {
  const terse = pay.replaceAll('[thirty euros](amount)', '[thirty](amount) euros').replaceAll('[eighty euros](amount)', '[eighty](amount) euros');
  it.each([
    ['send fifty to Mateo', 'send_money'],
    ['send fifty to Mateo each week', 'standing_order'],
  ])('is the example with it: "%s"', async (said, flow) => {
    const { talk } = await Conversation.open(terse);
    expect((await talk.say(said)).trace).toMatchObject({ intent: flow, rule: 'example-with-values' });
  });

  it('is a request of its own beside another', async () => {
    const { talk } = await Conversation.open(terse);
    const turn = await talk.say('send fifty to Mateo and when are you open');
    expect(turn.trace).toMatchObject({ flow: 'send_money', rule: 'several-requests', slots: { payee: 'mateo', amount: '50 EUR' } });
    expect(turn.text).toContain('50 euros to mateo?');
  });
}); // prettier-ignore
