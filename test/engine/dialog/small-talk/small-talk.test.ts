import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = (repair = '', transfer = 'transfer: { to: "+353100000", mode: cold }'): string => `
agent: desk
start: hello
${transfer}
${repair}
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order something]
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states: { ask: { collect: n, to: done }, done: { say: Ordered., to: end } }
`;
const inOrder = async (yaml = desk()): Promise<Conversation> =>
  (await Conversation.open(yaml, { start: { flow: 'order' } })).talk;

describe('small talk', () => {
  it('is answered in kind, then the question is put again without a rung', async () => {
    const kinds: [string, RegExp][] = [
      ['thank you', /welcome|pleasure/],
      ['hello', /^(Hello|Hi there)\./],
      ['how are you', /fine/],
      ['are you a robot', /automated/],
      ['this is stupid', /sorry/],
      ['tell me a joke', /what I can do/],
    ];
    for (const [words, answer] of kinds) {
      const turn = await (await inOrder()).say(words);
      expect([words, turn.said]).toEqual([words, ['chitchat', 'ask.n.1']]);
      expect([words, turn.text]).toEqual([words, expect.stringMatching(answer)]);
      expect(turn.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
    }
  });

  it('before any task was served is not asked what else there is', async () => {
    const { talk } = await Conversation.open(desk());
    for (const words of ['you are useless', 'thank you'])
      expect([words, (await talk.say(words)).said.at(-1)]).toEqual([words, 'go_ahead']);
    await talk.say('order something');
    expect((await talk.say('four')).said).toEqual(['order/done', 'anything_else']);
  });

  it('never claims to be a person', async () => {
    for (const words of ['are you a real person', 'are you human', 'who are you'])
      expect((await (await inOrder()).say(words)).text).toMatch(/automated/);
  });

  it('on the open floor is answered, and what is wanted is asked once', async () => {
    const { talk } = await Conversation.open(desk());
    expect((await talk.say('hello')).said).toEqual(['chitchat', 'go_ahead']);
    await talk.say('order something');
    await talk.say('four');
    const thanks = await talk.say('thank you');
    expect(thanks.said).toEqual(['chitchat', 'anything_else']);
    expect(thanks.ended).toBe(false);
  });

  it('says the designer’s words, and is not heard where it is off', async () => {
    const own = await inOrder(desk('repair: { chitchat: "Let us stay with {{ flow.title }}." }'));
    expect((await own.say('tell me a joke')).text).toContain('Let us stay with your order.');
    const off = await inOrder(desk('repair: { chitchat: off }'));
    expect((await off.say('cheers')).trace.counters.no_match).toBe(1);
  });
});

describe('rude words', () => {
  it('are met with calm, and twice with the offer of a person', async () => {
    const talk = await inOrder();
    expect((await talk.say('you are useless')).said).toEqual(['chitchat', 'ask.n.1']);
    expect((await talk.say('this is ridiculous')).said).toEqual(['chitchat', 'offer_human']);
    expect((await talk.say('yes')).outs.some((out) => out.kind === 'transfer')).toBe(true);
  });

  it('are met with calm only where there is nobody to put through to', async () => {
    const talk = await inOrder(desk('', ''));
    await talk.say('you are useless');
    expect((await talk.say('this is ridiculous')).said).toEqual(['chitchat', 'ask.n.1']);
  });

  it('go on with the offer open: the answer to the question is still an answer', async () => {
    const talk = await inOrder();
    await talk.say('you are useless');
    await talk.say('this is ridiculous');
    expect((await talk.say('four')).said).toEqual(['order/done', 'anything_else']);
  });
});
