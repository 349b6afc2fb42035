import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const shop = (repair: string): string => `
agent: shop
start: order
transfer: { to: "+353100000" }
repair: ${repair}
---
flow: order
title: your order
examples: [I want to order]
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: done }, done: { say: Ordered., to: end } }
---
flow: survey
slots: { mark: { type: integer, range: 1..5, ask: "From one to five, how was I?" } }
states: { ask: { collect: mark, to: thanks }, thanks: { say: Thank you., to: end } }
---
flow: broken
examples: [break it]
tools: { t: { effect: read, output: { a: text }, http: { get: "https://x.example" } } }
states: { go: { call: t, to: end } }
`;
const survey = '{ goodbye: { say: One thing before you go., to: survey } }';

describe('a goodbye that leads to a flow', () => {
  it('leads there once: who says goodbye in it again is let go', async () => {
    const { talk } = await Conversation.open(shop(survey));
    expect((await talk.say('goodbye')).said).toEqual(['goodbye', 'ask.mark.1']);
    const again = await talk.say('goodbye');
    expect(again.said).toEqual(['goodbye']);
    expect(again.text).not.toContain('One thing');
    expect(again.ended).toBe(true);
  });

  it('ends the call after it, and does not ask what else there is to do', async () => {
    const { talk } = await Conversation.open(shop(survey));
    await talk.say('goodbye');
    const marked = await talk.say('four');
    expect(marked.said).toEqual(['survey/thanks', 'goodbye']);
    expect(marked.text).not.toContain('One thing');
    expect(marked.ended).toBe(true);
  });

  it('leaves the caller who thinks of something else free to have it', async () => {
    const { talk } = await Conversation.open(shop(survey));
    await talk.say('goodbye');
    expect((await talk.say('I want to order')).said).toEqual(['ask.n.1']);
    expect((await talk.say('two')).said).toEqual(['order/done', 'resume', 'ask.mark.1']);
    expect((await talk.say('four')).ended).toBe(true);
  });

  it('is followed in the same way where nothing else is wanted', async () => {
    const { talk } = await Conversation.open(shop(survey));
    await talk.say('two');
    expect((await talk.say('no thanks')).said).toEqual(['goodbye', 'ask.mark.1']);
    expect((await talk.say('bye')).ended).toBe(true);
  });

  it('leads to a state once, too', async () => {
    const { talk } = await Conversation.open(`
flow: f
repair: { goodbye: { to: last } }
slots: { n: { type: integer, ask: How many? }, code: { type: yes_no, ask: Would you like a voucher? } }
states: { ask: { collect: n, to: end }, last: { collect: code, to: end } }
`);
    expect((await talk.say('goodbye')).said).toEqual(['ask.code.1']);
    expect(await talk.say('goodbye')).toMatchObject({ said: ['goodbye'], ended: true });
  });
});

describe('an error that leads to a flow', () => {
  it('in that flow is our own error, and not the same way again; what it interrupted goes on', async () => {
    const { talk } = await Conversation.open(shop('{ error: { say: That broke., to: broken } }'), { tools: {} });
    const failed = await talk.say('break it');
    expect(failed.said).toEqual(['error', 'resume', 'ask.n.1']);
    expect(failed.text).not.toContain('That broke.');
  });
});
