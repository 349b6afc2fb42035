import { describe, expect, it } from 'vitest';
import { matchKnowledge } from '../../../engine/knowledge/match.js';
import { agentOf } from '../language/load-text.js';

const agent = await agentOf(`
agent: bank
knowledge:
  leaflet:
    - { id: hours, asks: [when are you open, what are your opening hours, are you open on saturday], says: Nine to five. }
    - { id: lost_pin, asks: [i forgot my pin, how do i get a new pin, what happens if i enter the wrong pin], says: By post. }
    - { id: foreign_fee, asks: [what do you charge abroad, is there a fee for paying in another country, foreign transaction fee], says: A little. }
    - { id: iban, asks: [what is an iban, where do i find my iban], says: On the back. }
    - { id: transfer_time, asks: [how long does a transfer take, when will the money arrive, is a transfer instant], says: A day. }
---
flow: ask
examples: [a question]
states: { a: { answer: leaflet, transitions: [{ on: no_answer, to: end }], to: end } }
`);
const base = agent.knowledge!.get('leaflet')!;
const answer = (question: string): string | null => matchKnowledge(base, question)?.entry.id ?? null;

describe('knowledge', () => {
  it.each([
    ['When are you open?', 'hours'],
    ['what are the opening hours please', 'hours'],
    ['do you open on Saturdays', 'hours'],
    ['at what time do you open', 'hours'],
    ['I have forgotten my PIN', 'lost_pin'],
    ['can I get a new PIN', 'lost_pin'],
    ['what if I entered a wrong pin', 'lost_pin'],
    ['what are the fees for paying abroad', 'foreign_fee'],
    ['is there a foreign fee', 'foreign_fee'],
    ["what's an IBAN", 'iban'],
    ['where can I find the IBAN', 'iban'],
    ['how long do transfers take', 'transfer_time'],
    ['will my money arrive today', 'transfer_time'],
  ])('"%s" is about %s', (question, id) => {
    expect(answer(question)).toBe(id);
  });

  it.each([
    'what is the capital of france',
    'how much is a mortgage',
    'who won the match on sunday',
    'can you recommend a restaurant in another country',
    'do you sell new cars',
    'how long is the river',
    'blah blah',
    'where are you',
    '',
    '???',
  ])('"%s" has no answer there', (question) => {
    expect(answer(question)).toBeNull();
  });

  it('gives none of two answers that are as near', async () => {
    const two = await agentOf(`
agent: b
knowledge: { kb: [{ id: a, asks: [opening hours on monday], says: One. }, { id: b, asks: [opening hours on friday], says: Two. }] }
---
flow: ask
examples: [a question]
states: { a: { answer: kb, transitions: [{ on: no_answer, to: end }], to: end } }
`);
    const kb = two.knowledge!.get('kb')!;
    expect(matchKnowledge(kb, 'what are the opening hours')).toBeNull();
    expect(matchKnowledge(kb, 'what are the opening hours on friday')?.entry.id).toBe('b');
  });
});
