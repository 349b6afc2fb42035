import { describe, expect, it } from 'vitest';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { Conversation, loadText } from '../drive.js';

const shop = `
agent: shop
start: hello
knowledge:
  notes:
    files: [notes/*.md]
    entries:
      - { id: dogs, asks: [can i bring my dog], says: "Guide dogs only, I'm afraid." }
      - { id: wrapping, asks: [do you gift wrap, can i get that as a present] }
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: ask_shop
title: your question
examples: [i have a question about the shop, can i bring my dog, what about parking, are you hiring people]
states:
  reply: { answer: notes, transitions: [{ on: no_answer, to: none }], to: end }
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
const documents = {
  'notes/parking.md':
    '# Parking\n\n## Parking at the shop\n\nThere are **twelve** places behind the shop. The first hour costs €2.\n',
  'notes/wrapping.md': '# Wrapping\n\nWe gift wrap anything for €3.\n',
};

async function open(options: Parameters<typeof Conversation.of>[1] = {}, yaml = shop) {
  const talk = Conversation.of(await loadText(yaml, documents), options);
  talk.input({ kind: 'open' });
  return talk;
}

describe('an answer from documents', () => {
  it('is the sentences of the passage as they are spoken, where no model words them', async () => {
    const turn = await (await open()).say('what about parking');
    expect(turn.said).toEqual(['ask_shop/reply', 'anything_else']);
    expect(turn.text).toContain('There are twelve places behind the shop. The first hour costs 2 euros.');
    expect(turn.trace).toMatchObject({ answer: 'parking.md#parking-at-the-shop', finished: ['ask_shop'], llmCalls: 0 });
  });

  it('is worded by a model that sees the passage, the question and nothing of the other documents', async () => {
    let seen = '';
    const model = (instruction: string): string => {
      seen = instruction;
      return 'Twelve cars fit behind the shop.';
    };
    const turn = await (await open({ model })).say('what about parking');
    expect(turn.text).toContain('Twelve cars fit behind the shop.');
    expect(turn.trace.answer).toBe('parking.md#parking-at-the-shop');
    expect(seen).toContain('There are twelve places behind the shop. The first hour costs 2 euros.');
    expect(seen).toContain('what about parking');
    expect(seen).not.toContain('gift wrap');
  });

  it('is said as it stands where the flow keeps models out', async () => {
    const yaml = shop.replace('title: your question', 'title: your question\nrouter: { llm: never }');
    const turn = await (await open({ model: () => 'Anything.' }, yaml)).say('what about parking');
    expect(turn.text).toContain('There are twelve places behind the shop.');
  });

  it('in the middle of a task comes first, then the task goes on with its question', async () => {
    const talk = await open();
    await talk.say('order tea');
    expect((await talk.say('what about parking')).said).toEqual(['ask_shop/reply', 'resume', 'ask.count.1']);
    expect((await talk.say('three')).text).toContain('3 packets.');
  });

  it('that is in none of them is `on: no_answer`', async () => {
    const turn = await (await open()).say('are you hiring people');
    expect(turn.said).toEqual(['ask_shop/none', 'anything_else']);
    expect(turn.trace.answer).toBeUndefined();
  });

  it('gives way to an entry with words of its own', async () => {
    const turn = await (await open()).say('can i bring my dog');
    expect(turn.text).toContain('Guide dogs only');
    expect(turn.trace.answer).toBe('dogs');
  });

  it('is found by the other words that an entry gives it', async () => {
    const turn = await (await open()).say('can i get that as a present');
    expect(turn.text).toContain('We gift wrap anything for 3 euros.');
    expect(turn.trace.answer).toBe('wrapping.md#wrapping');
  });

  it('is asked for in the words of its headings too, of two words and more', async () => {
    const training = trainingSet(await loadText(shop, documents));
    const texts = training.find(({ id }) => id === 'ask_shop')!.examples.map(({ text }) => text);
    expect(texts).toContain('Parking at the shop');
    expect(texts).not.toContain('Wrapping');
  });

  it('belongs to the version of the agent: another text is another version', async () => {
    const before = await loadText(shop, documents);
    const after = await loadText(shop, { ...documents, 'notes/wrapping.md': '# Wrapping\n\nWe wrap nothing.\n' });
    expect(after.hash).not.toBe(before.hash);
  });
});
