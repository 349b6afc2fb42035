import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: hello
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order something]
slots: { n: { type: integer, ask: How many? }, m: { type: integer, ask: How long? } }
states: { ask: { collect: n, to: more }, more: { collect: m, to: done }, done: { say: Ordered., to: end } }
---
flow: balance
title: your balance
examples: [what is my balance]
slots: { pin: { type: digits, ask: Which account? } }
states: { ask: { collect: pin, to: tell }, tell: { say: You have ten., to: end } }
---
flow: hours
title: our opening hours
digress: queue
examples: [when are you open]
states: { tell: { say: All day., to: end } }
`;
const open = async (yaml = desk): Promise<Conversation> => (await Conversation.open(yaml)).talk;
const queueing = desk.replace('flow: order\n', 'flow: order\ndigress: queue\n');

describe('cancel by name', () => {
  it('takes a request that waits out of the queue, and puts the question again', async () => {
    const talk = await open(queueing);
    await talk.say('order something');
    await talk.say('what is my balance');
    const dropped = await talk.say('forget the balance');
    expect(dropped.said).toEqual(['cancel', 'ask.n.1']);
    expect(dropped.text).toContain('your balance');
    expect(dropped.trace).toMatchObject({ flow: 'order', queue: [], counters: { no_match: 0 } });
    await talk.say('four');
    expect((await talk.say('two')).said).toEqual(['order/done', 'anything_else']);
  });

  it('takes one that was interrupted off the stack; what interrupted it goes on, and ends without coming back', async () => {
    const talk = await open();
    await talk.say('order something');
    await talk.say('what is my balance');
    const dropped = await talk.say("i don't need the order any more");
    expect(dropped.said).toEqual(['cancel', 'ask.pin.1']);
    expect(dropped.trace).toMatchObject({ flow: 'balance', stack: [] });
    expect((await talk.say('one two')).said).toEqual(['balance/tell', 'anything_else']);
  });

  it('of what runs on top is a cancel as any other: what it interrupted goes on', async () => {
    const talk = await open();
    await talk.say('order something');
    await talk.say('what is my balance');
    const dropped = await talk.say('forget the balance');
    expect(dropped.said).toEqual(['cancel', 'resume', 'ask.n.1']);
  });

  it('of something that neither runs nor waits drops nothing by name', async () => {
    const talk = await open();
    await talk.say('order something');
    expect((await talk.say('drop the weather forecast')).trace).toMatchObject({ flow: 'order' });
  });

  it('is a request where a flow of the agent is about cancelling', async () => {
    const talk = await open(
      `${desk}---\nflow: cancel_order\ntitle: cancelling an order\nexamples: [cancel my order]\nstates: { tell: { say: Cancelled by the clerk., to: end } }\n`,
    );
    await talk.say('order something');
    expect((await talk.say('cancel my order')).said[0]).toBe('cancel_order/tell');
  });
});

describe('cancel of everything', () => {
  it('empties the stack and the queue, and says so once', async () => {
    const talk = await open(desk.replace('flow: balance\n', 'flow: balance\ndigress: queue\n'));
    await talk.say('order something');
    await talk.say('what is my balance');
    expect((await talk.say('when are you open')).trace.queue).toEqual(['hours']);
    const all = await talk.say('cancel everything');
    expect(all.said).toEqual(['cancel', 'anything_else']);
    expect(all.text).toContain('all of it');
    expect(all.trace).toMatchObject({ state: 'end', stack: [], queue: [] });
  });
});
