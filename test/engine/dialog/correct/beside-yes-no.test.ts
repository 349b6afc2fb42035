/** Changes beside the answer to a yes-or-no question, and answers that only sound like one. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const visit = `
agent: parcels
start: visit
---
flow: visit
slots:
  window: { type: choice, options: { morning: [before noon], afternoon: [after lunch], evening: [after work] }, ask: Which part of the day? }
  topping: { type: choice, options: { pizza: [large pepperoni], salad: [green salad] }, ask: And to eat? }
  at_home: { type: yes_no, ask: Will somebody be at home? }
  name: { type: name, ask: Your name? }
states: { ask: { collect: [window, topping, at_home, name], to: end } }
`;

async function asked(): Promise<Conversation> {
  const { talk } = await Conversation.open(visit);
  await talk.say('after lunch');
  await talk.say('the salad');
  return talk;
}

describe('beside the answer to a yes-or-no question', () => {
  it('a part of an option\'s name is no change: "no, I\'m at work"', async () => {
    const turn = await (await asked()).say("no i'm at work");
    expect(turn.trace.slots).toMatchObject({ window: 'afternoon', at_home: false });
    expect(turn.said).toEqual(['ask.name.1']);
  });

  it('a part of a name that stands alone is one: "no, the pepperoni"', async () => {
    const turn = await (await asked()).say('no, the pepperoni');
    expect(turn.trace.slots).toMatchObject({ topping: 'pizza', at_home: null });
  });

  it.each(['yes but in the evening', 'sure, but make it the evening', 'no wait, the evening'])(
    'a change is heard, and nothing is agreed to: "%s"',
    async (said) => {
      const turn = await (await asked()).say(said);
      expect(turn.trace.slots).toMatchObject({ window: 'evening', at_home: null });
      expect(turn.said).toEqual(['correct', 'ask.at_home.1']);
    },
  );

  it('who says once more what is known has not failed to answer', async () => {
    const turn = await (await asked()).say('actually make it the afternoon');
    expect(turn.trace).toMatchObject({ rule: 'same-value', counters: { no_match: 0, attempt: 1 } });
    expect(turn.said).toEqual(['ask.at_home.1']);
  });
});
