import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: order
---
flow: order
slots: { n: { type: integer, ask: How many? }, m: { type: integer, ask: [And how many more?, A number will do., Say a number.] } }
states: { ask: { collect: [n, m], to: end } }
`;

describe('a caller who is silent twice', () => {
  it('is asked for before the same words are said once more', async () => {
    const { talk } = await Conversation.open(desk);
    expect(talk.silence().said).toEqual(['ask.n.1']);
    expect(talk.silence().said).toEqual(['no_input', 'ask.n.1']);
  });

  it('only gets the other words where the question has more', async () => {
    const { talk } = await Conversation.open(desk);
    await talk.say('three');
    expect(talk.silence().said).toEqual(['ask.m.2']);
    expect(talk.silence().said).toEqual(['ask.m.3']);
  });
});
