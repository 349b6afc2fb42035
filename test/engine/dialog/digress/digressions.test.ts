import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

const open = async (): Promise<Conversation> => (await Conversation.open(bank, { tools: { ...bankTools } })).talk;

describe('a digression', () => {
  it('is served, and the question is put again on the same rung', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    await talk.say('tomas');
    talk.silence();
    const digression = await talk.say('how much is in my account');
    expect(digression.said).toEqual(['check_balance/tell', 'resume', 'ask.amount.2']);
    expect(digression.trace).toMatchObject({
      flow: 'send_money',
      state: 'ask_amount',
      stack: [],
      finished: ['check_balance'],
      slots: { payee: 'tomas' },
    });
    expect((await talk.say('two hundred')).trace).toMatchObject({ state: 'agree', slots: { amount: 200 } });
  });

  it('to the flow that runs is none: it goes on', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    const again = await talk.say('i want to send money');
    expect(again.trace).toMatchObject({ flow: 'send_money', state: 'ask_payee', stack: [] });
    expect(again.said).toEqual(['ask.payee.1']);
  });

  it('waits in the queue where the state says so, and is served after the task', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: order
---
flow: order
title: your order
digress: queue
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: done }, done: { say: Ordered., to: end } }
---
flow: hours
title: our hours
examples: [when are you open]
states: { tell: { say: All day., to: end } }
`);
    const asked = await talk.say('when are you open');
    expect(asked.said).toEqual(['queued', 'ask.n.1']);
    expect(asked.trace.queue).toEqual(['hours']);
    const done = await talk.say('three');
    expect(done.said).toEqual(['order/done', 'next', 'hours/tell', 'anything_else']);
    expect(done.trace).toMatchObject({ queue: [], finished: ['order', 'hours'] });
  });

  it('is not heard in a deaf flow', async () => {
    const talk = await open();
    await talk.say('check my portfolio');
    const deaf = await talk.say("what's my balance");
    expect(deaf.trace).toMatchObject({ flow: 'sign_in', counters: { no_match: 1 } });
    expect(deaf.tools).toEqual([]);
  });

  it('keeps what a guarded flow was told across the flow that lifts the guard', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: hello
slots: { verified: { type: yes_no, scope: call, default: false } }
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: pay
examples: [pay, "pay [thirty](amount) euros"]
start_if: verified
otherwise: { say: First I need to check who you are., to: verify }
slots: { amount: { type: integer, ask: How much? } }
states: { ask: { collect: amount, to: tell }, tell: { say: "Paid {{ amount }}.", to: end } }
---
flow: verify
slots: { code: { type: digits, pattern: "[0-9]{4}", ask: Your code? } }
states: { ask: { collect: code, transitions: [{ set: { verified: true }, to: end }] } }
`);
    const guarded = await talk.say('pay thirty euros');
    expect(guarded.trace).toMatchObject({ flow: 'verify' });
    expect(guarded.text).toContain('First I need to check who you are.');
    const paid = await talk.say('one two three four');
    expect(paid.text).toContain('Paid 30.');
    expect(paid.said).not.toContain('ask.amount.1');
  });
});
