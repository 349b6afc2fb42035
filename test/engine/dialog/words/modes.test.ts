/** `mode:` of words: what a model is asked for, and what is said without it. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const agent = (mode: string): string => `
agent: shop
start: order
persona: You are Ava.
---
flow: order
slots:
  count: { type: integer, ask: How many? }
  day: { type: date, ask: For which day? }
states:
  ask: { collect: count, to: tell }
  tell: { say: { text: "You get {{ count }} of them.", mode: ${mode} }, to: when }
  when: { collect: day, to: end }
`;

describe('words with a mode', () => {
  it.each(['rephrase', 'generate'])(
    '%s: a model gets the text with its values, and its words are said in the place',
    async (mode) => {
      const asked: string[] = [];
      const model = (instruction: string): string => (asked.push(instruction), 'Lovely, three it is.');
      const { talk } = await Conversation.open(agent(mode), { model });
      const told = await talk.say('three');
      expect(told.said).toEqual(['order/tell', 'ask.day.1']);
      expect(told.text).toBe('Lovely, three it is. For which day?');
      expect(asked).toHaveLength(1);
      expect(asked[0]).toContain('You are Ava.');
      expect(asked[0]).toContain('You get 3 of them.');
    },
  );

  it('rephrase keeps the sense and generate says what the text asks for: the model is told which', async () => {
    const asked: string[] = [];
    for (const mode of ['rephrase', 'generate']) {
      const model = (instruction: string): string => (asked.push(instruction), 'Well.');
      await (await Conversation.open(agent(mode), { model })).talk.say('three');
    }
    expect(asked[0]).not.toBe(asked[1]);
  });

  it.each(['rephrase', 'generate', 'fixed'])('%s: without a model the text itself is said', async (mode) => {
    const { talk } = await Conversation.open(agent(mode));
    expect((await talk.say('three')).text).toBe('You get 3 of them. For which day?');
  });
});
