import { describe, expect, it } from 'vitest';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { WordRouter } from '../../../fakes/router.js';
import { bank, bankTools } from '../bank.js';
import { Conversation, loadText } from '../drive.js';

const open = async (): Promise<Conversation> => (await Conversation.open(bank, { tools: { ...bankTools } })).talk;

const desk = `
agent: desk
intents: { what: [what can you do] }
listen: [{ intent: what, say: I can book things. }]
slots:
  city: { type: city, scope: call, ask: Which city? }
---
flow: rent_car
title: your car
examples: [i want to rent a car, rent a car, "a rental car in [Porto](city)"]
slots: { day: { type: date, ask: Which day? } }
states: { trip: { collect: [city, day], to: done }, done: { say: "A car in {{ city }}.", to: end } }
---
flow: book_hotel
title: your hotel
examples: [book a hotel, "book a hotel in [Porto](city)", i need a room]
slots: { nights: { type: integer, ask: How many nights? } }
states: { where: { collect: [city, nights], to: done }, done: { say: "{{ nights }} nights in {{ city }}.", to: end } }
---
flow: hours
title: our opening hours
examples: [what are your opening hours, when are you open]
states: { tell: { say: All day., to: end } }
---
flow: lunch
title: your lunch
examples: [order some food, "i'd like [mac and cheese](dish)", order lunch]
slots:
  dish: { type: choice, options: { mac_and_cheese: [mac and cheese], fish: [fish and chips] }, ask: Which dish? }
  guest: { type: name, ask: Your name? }
states: { ask: { collect: [dish, guest], to: done }, done: { say: "{{ dish }} for {{ guest }}.", to: end } }
---
flow: complain
title: your complaint
examples: [i have a complaint]
slots: { story: { type: text, ask: What happened? } }
states: { ask: { collect: story, to: done }, done: { say: "Noted.", to: end } }
`;

describe('several requests in one sentence', () => {
  it('serves the first, announces the other with the next question, and serves it after the task', async () => {
    const talk = await open();
    const both = await talk.say("send thirty euros to Mateo and then what's my balance");
    expect(both.trace).toMatchObject({
      intent: 'send_money',
      flow: 'send_money',
      state: 'agree',
      queue: ['check_balance'],
    });
    expect(both.trace.slots).toMatchObject({ payee: 'mateo', amount: 30 });
    expect(both.said).toEqual(['queued', 'send_money/agree']);
    expect(both.text).toContain("I'll come to your balance right after this.");
    const yes = await talk.say('yes');
    expect(yes.said).toEqual(['send_money/done', 'next', 'check_balance/tell', 'anything_else']);
    expect(yes.trace).toMatchObject({ queue: [], finished: ['send_money', 'check_balance'] });
  });

  it('keeps the values that were said in the one that waits', async () => {
    const { talk } = await Conversation.open(desk);
    const both = await talk.say('i want to rent a car and book a hotel in Cork for three nights');
    expect(both.trace).toMatchObject({ flow: 'rent_car', queue: ['book_hotel'] });
    expect(both.said).toEqual(['queued', 'ask.city.1']);
    await talk.say('Porto');
    const next = await talk.say('tomorrow');
    expect(next.text).toContain('A car in Porto. Now, about your hotel. 3 nights in Cork.');
    expect(next.trace.finished).toEqual(['rent_car', 'book_hotel']);
  });

  it('names all that wait in one sentence, and once', async () => {
    const { talk } = await Conversation.open(desk);
    const three = await talk.say('rent a car, book a hotel and what are your opening hours');
    expect(three.trace.queue).toEqual(['book_hotel', 'hours']);
    expect(three.text).toBe("I'll come to your hotel and our opening hours right after this. Which city?");
    expect((await talk.say('Porto')).said).toEqual(['ask.day.1']);
    const next = await talk.say('tomorrow');
    expect(next.said).toEqual(['rent_car/done', 'next', 'ask.nights.1']);
    expect((await talk.say('two')).said).toEqual(['book_hotel/done', 'next', 'hours/tell', 'anything_else']);
  });

  it('announces nothing that is served in the same breath', async () => {
    const { talk } = await Conversation.open(desk);
    const both = await talk.say('when are you open and book a hotel in Cork for two nights');
    expect(both.said).toEqual(['hours/tell', 'book_hotel/done', 'anything_else']);
  });

  it('after a cancel is served in place of what was dropped, and what that had interrupted goes on then', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    const away = await talk.say("cancel that and what's my balance");
    expect(away.said).toEqual(['cancel', 'check_balance/tell', 'anything_else']);
    expect(away.trace).toMatchObject({ state: 'end', queue: [], stack: [] });
    const { talk: other } = await Conversation.open(desk);
    await other.say('rent a car');
    await other.say('book a hotel');
    const back = await other.say('cancel that and what are your opening hours');
    expect(back.said).toEqual(['cancel', 'hours/tell', 'resume', 'ask.city.1']);
  });

  it('beside a yes waits for the task that the yes moves on', async () => {
    const talk = await open();
    await talk.say('send thirty euros to Mateo');
    const yes = await talk.say("yes, and what's my balance");
    expect(yes.tools.map((call) => call.tool)).toEqual(['pay_contact', 'get_balance']);
    expect(yes.said).toEqual(['send_money/done', 'check_balance/tell', 'anything_else']);
  });

  it('beside an answer takes the answer first, so that the question which comes back is the next one', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    const both = await talk.say("Tomas, and what's my balance");
    expect(both.said).toEqual(['check_balance/tell', 'resume', 'ask.amount.1']);
    expect(both.trace.slots).toMatchObject({ payee: 'tomas' });
  });

  it('beside a change changes first and asks again after the detour', async () => {
    const talk = await open();
    await talk.say('send thirty euros to Mateo');
    const both = await talk.say("make it forty, and what's my balance");
    expect(both.trace.slots).toMatchObject({ amount: 40 });
    expect(both.tools.filter((call) => call.tool === 'pay_contact')).toEqual([]);
    expect(both.said).toContain('check_balance/tell');
    expect((await talk.say('yes')).tools.map((call) => call.input)).toEqual([{ payee: 'mateo', amount: 40 }]);
  });

  it('within a task that queues are all announced and all wait', async () => {
    const { talk } = await Conversation.open(desk.replace('title: your car', 'title: your car\ndigress: queue'));
    await talk.say('rent a car');
    const both = await talk.say('when are you open and book a hotel');
    expect(both.said).toEqual(['queued', 'ask.city.1']);
    expect(both.trace.queue.sort()).toEqual(['book_hotel', 'hours']);
  });

  it('are not found within the name of an option', async () => {
    const { talk } = await Conversation.open(desk);
    const dish = await talk.say("i'd like mac and cheese");
    expect(dish.trace).toMatchObject({ flow: 'lunch', queue: [], slots: { dish: 'mac_and_cheese' } });
  });

  it('are not found in a name, nor in what a caller tells in free words', async () => {
    const { talk } = await Conversation.open(desk);
    await talk.say('order lunch');
    await talk.say('fish and chips');
    expect((await talk.say('Anna and Tom')).trace.queue).toEqual([]);
    const { talk: other } = await Conversation.open(desk);
    await other.say('i have a complaint');
    const told = await other.say('i wanted to rent a car and book a hotel');
    expect(told.trace.queue).toEqual([]);
  });

  it('ask the router at most once a clause, and nothing more of a sentence without one', async () => {
    const agent = await loadText(desk);
    const router = new WordRouter(trainingSet(agent));
    const talk = Conversation.of(agent, { router });
    talk.input({ kind: 'open' });
    await talk.say('please rent a car for me and find me some hotel to book');
    expect(router.requests.length).toBeLessThanOrEqual(3);
    const before = router.requests.length;
    await talk.say('could i have some help here');
    expect(router.requests.length - before).toBe(1);
  });

  it('of which one cannot be served: says so briefly, and serves the other', async () => {
    const { talk } = await Conversation.open(desk);
    const both = await talk.say('rent a car and wash my socks');
    expect(both.said).toEqual(['out_of_scope', 'ask.city.1']);
    expect(both.text).toBe("I can't help with the rest of that, I'm afraid. Which city?");
    expect(both.trace).toMatchObject({ flow: 'rent_car', queue: [] });
  });

  it('which go on about the same thing are one request', async () => {
    const { talk } = await Conversation.open(desk);
    const one = await talk.say('i want to rent a car and drive it to the sea');
    expect(one.trace).toMatchObject({ flow: 'rent_car', queue: [] });
    expect(one.said).toEqual(['ask.city.1']);
  });

  it('cost a sentence that holds only one nothing of its values', async () => {
    const { talk } = await Conversation.open(desk);
    const one = await talk.say('rent a car in Cork, and tomorrow please');
    expect(one.trace).toMatchObject({ state: 'end', slots: { city: 'Cork', day: '2026-03-03' } });
  });
});
