import { describe, expect, it } from 'vitest';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { Conversation, loadText } from '../drive.js';

const shop = `
agent: shop
start: hello
knowledge:
  leaflet:
    - { id: hours, asks: [when are you open, what are your opening hours], says: [Nine to five., From nine until five.] }
    - { id: parking, asks: [where can i park, is there parking], says: "There is room for {{ spaces }} cars." }
slots: { spaces: { type: integer, default: 12 } }
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: ask_shop
title: your question
examples: [i have a question about the shop]
states:
  reply: { answer: leaflet, transitions: [{ on: no_answer, to: none }], to: end }
  none: { say: I don't have that in my notes., to: end }
---
flow: order
title: your order
examples: [order tea]
slots: { count: { type: integer, ask: How many packets? } }
states:
  ask: { collect: count, to: done }
  done: { say: "{{ count }} packets.", to: end }
`;

describe('an answer from knowledge', () => {
  it('is the fixed words of the entry, under the id of the state, and the floor is open again', async () => {
    const { talk } = await Conversation.open(shop);
    const turn = await talk.say('where can i park');
    expect(turn.said).toEqual(['ask_shop/reply', 'anything_else']);
    expect(turn.text).toContain('There is room for 12 cars.');
    expect(turn.trace).toMatchObject({
      intent: 'ask_shop',
      finished: ['ask_shop'],
      llmCalls: 0,
      state: 'end',
      answer: 'parking',
    });
    expect(turn.trace.notes.join()).toMatch(/answered from leaflet: parking/);
  });

  it('in the middle of a task comes first, then the task goes on with its question', async () => {
    const { talk } = await Conversation.open(shop);
    await talk.say('order tea');
    const aside = await talk.say('what are your opening hours');
    expect(aside.said).toEqual(['ask_shop/reply', 'resume', 'ask.count.1']);
    expect((await talk.say('three')).text).toContain('3 packets.');
  });

  it('that is not there is `on: no_answer`, and never the exit for success', async () => {
    const { talk } = await Conversation.open(shop);
    const turn = await talk.say('i have a question about the shop');
    expect(turn.said).toEqual(['ask_shop/none', 'anything_else']);
  });

  it('that is not there and for which no transition waits is an error, as any outcome', async () => {
    const { talk } = await Conversation.open(
      shop.replace('transitions: [{ on: no_answer, to: none }], to: end', 'to: none'),
    );
    const turn = await talk.say('i have a question about the shop');
    expect(turn.said[0]).toBe('error');
    expect(turn.said).not.toContain('ask_shop/none');
  });

  it('is asked for in the words of its entries: they train the flow that begins with it, and no other', async () => {
    const training = trainingSet(await loadText(shop));
    const texts = (id: string): string[] => training.find((one) => one.id === id)!.examples.map(({ text }) => text);
    expect(texts('ask_shop')).toEqual(expect.arrayContaining(['when are you open', 'is there parking']));
    expect(texts('order')).toEqual(['order tea']);
  });

  it('can answer a question that a slot took', async () => {
    const asking = shop.replace(
      'states:\n  reply: {',
      'slots: { question: { type: text, ask: What would you like to know? } }\nstates:\n  what: { collect: question, to: reply }\n  reply: {',
    );
    const { talk } = await Conversation.open(asking);
    expect((await talk.say('i have a question about the shop')).said).toEqual(['ask.question.1']);
    expect((await talk.say('is there any parking')).said).toEqual(['ask_shop/reply', 'anything_else']);
  });
});
