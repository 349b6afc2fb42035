/** Free words that only look like something else, and words that only look like an amount. */
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../../intents/router.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { Conversation, loadText } from '../drive.js';

const claim = `
agent: claim
start: report
---
flow: report
slots:
  on_day: { type: date, range: ..today, ask: When did it happen? }
  what: { type: text, ask: What happened? }
  at_time: { type: time, optional: true, ask: About what time? }
  damage: { type: money, optional: true, ask: How much is the damage? }
states: { ask: { collect: [on_day, what, at_time, damage], to: end } }
`;

async function at(...said: string[]): Promise<Conversation> {
  const agent = await loadText(claim);
  const talk = Conversation.of(agent, { router: await createRouter(trainingSet(agent), {}) });
  talk.input({ kind: 'open' });
  for (const one of said) await talk.say(one);
  return talk;
}

describe('where a story is asked for', () => {
  it.each(["I braked and he didn't", 'he came out of nowhere', 'a tree fell on the roof'])(
    '"%s" is it',
    async (said) => {
      expect((await (await at('yesterday')).say(said)).trace.slots).toMatchObject({ what: said });
    },
  );

  it.each([
    ['can you say that again please', 'ask.what.1'],
    ["sorry I didn't catch that", 'ask.what.1'],
  ])('"%s" is none', async (said, id) => {
    const turn = await (await at('yesterday')).say(said);
    expect(turn.trace.slots).toMatchObject({ what: null });
    expect(turn.said).toEqual([id]);
  });
});

describe('a number in passing', () => {
  it('behind "around" is no amount of money', async () => {
    const turn = await (await at()).say('it was yesterday around five');
    expect(turn.trace.slots).toMatchObject({ on_day: '2026-03-01', damage: null });
  });

  it('with its currency is one', async () => {
    expect((await (await at()).say('yesterday, around five hundred euros')).trace.slots).toMatchObject({
      damage: '500 EUR',
    });
  });
});

describe('a day that may not be', () => {
  it('is told in short', async () => {
    expect((await (await at()).say('tomorrow')).text).toContain('That is still to come.');
  });
});
