import { describe, expect, it } from 'vitest';
import type { Router } from '../../../../engine/contracts.js';
import { Conversation } from '../drive.js';

const plan = `
flow: plan
slots:
  people: { type: integer, range: 1..12, called: [people], ask: For how many people? }
  often: { type: choice, options: { weekly: [every week], monthly: [every month] }, ask: Weekly or monthly? }
  nights: { type: integer, ask: For how many nights? }
  day: { type: date, ask: Which day? }
  time: { type: time, ask: At what time? }
  stay: { type: duration, ask: How long? }
states:
  all: { collect: [people, often, nights, day, time, stay], to: done }
  done: { say: Done., hang_up: true }
`;
const at = async (...answers: string[]): Promise<Conversation> => {
  const { talk } = await Conversation.open(plan, { now: '2026-03-02T10:00:00' });
  for (const answer of answers) await talk.say(answer);
  return talk;
};

describe('a question', () => {
  const consent = `
flow: visit
slots: { agreed: { type: yes_no, ask: May we keep it? } }
states:
  ask: { collect: agreed, to: sure }
  sure: { confirm: Shall I send it?, to: done }
  done: { say: Sent., hang_up: true }
`;
  // What a router makes of words that are near "I do", "it is" and "have a nice day".
  const near: Router = {
    route: ({ text }) => {
      const intent = text.includes('day') ? 'goodbye' : 'yes';
      const candidates = [{ intent, score: 0.97 }];
      const base = { by: 'local' as const, candidates, probability: 0.97, llmCalls: 0 };
      return Promise.resolve(intent === 'yes' ? { ...base, kind: 'accept', intent } : { ...base, kind: 'confirm', intents: [intent] }); // prettier-ignore
    },
  };

  it.each(['do I have to', 'is it', 'would I need that', 'what day is that'])(
    'agrees to nothing, and is offered no way out: "%s"',
    async (words) => {
      const { talk } = await Conversation.open(consent, { router: near });
      expect((await talk.say(words)).trace).toMatchObject({ slots: { agreed: null }, counters: { no_match: 1 } });
      await talk.say('yes');
      const turn = await talk.say(words);
      expect(turn.trace).toMatchObject({ state: 'sure', counters: { no_match: 1 } });
      expect(turn.said).not.toContain('clarify');
    },
  );

  it('behind a yes is a yes', async () => {
    const { talk } = await Conversation.open(consent, { router: near });
    await talk.say('yes');
    expect((await talk.say('yes, could you do that?')).said).toEqual(['visit/done']);
  });
});

describe('an answer that belongs to another question', () => {
  it('is a time and no number of people: "ten past eight in the evening"', async () => {
    const turn = await (await at()).say('ten past eight in the evening');
    expect(turn.trace.slots).toMatchObject({ people: null, time: '20:10' });
    expect(turn.said).toEqual(['ask.people.1']);
  });

  it('is a date and no place in the list: "on the first of April"', async () => {
    const turn = await (await at('four')).say('on the first of April');
    expect(turn.trace.slots).toMatchObject({ often: null, day: '2026-04-01' });
    expect(turn.said).toEqual(['ask.often.1']);
  });

  it('leaves a place in the list one: "the first"', async () => {
    expect((await (await at('four')).say('the first one')).trace.slots).toMatchObject({ often: 'weekly', day: null });
  });

  it('leaves what the question counts to it: "three nights"', async () => {
    const turn = await (await at('four', 'weekly')).say('three nights');
    expect(turn.trace.slots).toMatchObject({ nights: 3, stay: null });
  });
});
