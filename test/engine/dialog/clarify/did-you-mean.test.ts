import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const two = `
agent: desk
start: hello
transfer: { to: "+353100000", mode: cold }
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: order_card
title: ordering a card
examples: [order card now]
slots: { n: { type: integer, ask: How many cards? } }
states: { ask: { collect: n, to: tell }, tell: { say: Ordered., to: end } }
---
flow: block_card
title: blocking a card
examples: [block card now]
states: { tell: { say: Blocked., to: end } }
`;
const asked = async (): Promise<Conversation> => {
  const { talk } = await Conversation.open(two);
  expect((await talk.say('card now')).said).toEqual(['clarify']);
  return talk;
};

describe('the answer to "did you mean"', () => {
  it('"neither" is none of them: what the caller wants is asked', async () => {
    for (const words of ['neither', 'no', 'none of them', 'no, neither of those']) {
      const talk = await asked();
      const turn = await talk.say(words);
      expect([words, turn.ended, turn.trace.state]).toEqual([words, false, 'end']);
      expect(turn.tools).toEqual([]);
      expect(turn.said).not.toContain('block_card/tell');
      expect(turn.said).toHaveLength(1);
    }
  });

  it('"both" serves one now and the other right after it', async () => {
    const talk = await asked();
    const both = await talk.say('both');
    expect(both.trace).toMatchObject({ flow: 'order_card', queue: ['block_card'] });
    expect(both.said).toEqual(['queued', 'ask.n.1']);
    expect((await talk.say('two')).said).toEqual(['order_card/tell', 'next', 'block_card/tell', 'anything_else']);
    const other = await asked();
    expect((await other.say('both please')).trace.queue).toEqual(['block_card']);
  });

  it('"the first", "the second one" and a name choose', async () => {
    expect((await (await asked()).say('the first')).trace.flow).toBe('order_card');
    expect((await (await asked()).say('the second one')).said).toEqual(['block_card/tell', 'anything_else']);
    expect((await (await asked()).say('blocking a card')).said).toEqual(['block_card/tell', 'anything_else']);
  });

  it('another request is that request', async () => {
    expect((await (await asked()).say('block card now')).said).toEqual(['block_card/tell', 'anything_else']);
  });

  it('is yes where it is a value that only the flow in question has a slot for', async () => {
    const one = two.replace('block card now]', 'block card now]\nslots: { kind: { type: choice, options: { debit: [], credit: [] }, ask: Which card? } }').replace('tell: { say: Blocked., to: end }', 'which: { collect: kind, to: tell }, tell: { say: "Blocked {{ kind }}.", to: end }'); // prettier-ignore
    for (const words of ['the credit one', 'credit please']) {
      const { talk } = await Conversation.open(one);
      expect((await talk.say('card now')).said).toEqual(['clarify']);
      expect([words, (await talk.say(words)).text]).toEqual([words, expect.stringMatching(/^Blocked credit\./)]);
    }
  });

  it('at a question puts that question again when neither was meant, and drops nothing', async () => {
    const { talk } = await Conversation.open(two, { start: { flow: 'order_card' } });
    await talk.say('card now');
    const no = await talk.say('neither');
    expect(no.trace).toMatchObject({ flow: 'order_card', stack: [] });
    expect(no.said.at(-1)).toBe('ask.n.1');
  });
});

describe('an offer', () => {
  const rude = async (): Promise<Conversation> => {
    const { talk } = await Conversation.open(two, { start: { flow: 'order_card' } });
    await talk.say('you are useless');
    expect((await talk.say('you stupid machine')).said).toEqual(['chitchat', 'offer_human']);
    return talk;
  };

  it('that is refused leaves all as it was, with the question again', async () => {
    for (const words of ['no', 'no thanks', "no, that's fine"]) {
      const no = await (await rude()).say(words);
      expect([words, no.said]).toEqual([words, ['ask.n.1']]);
      expect(no.trace.counters.no_match).toBe(0);
    }
  });

  it('that is taken is done', async () => {
    for (const words of ['yes', 'yes please', 'sure', 'okay'])
      expect([words, (await (await rude()).say(words)).said]).toEqual([words, ['human']]);
  });
});
