/** One request in a sentence of several clauses; and values that come before any request. */
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../../intents/router.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { Conversation, loadText } from '../drive.js';

const practice = `
agent: practice
slots:
  birthday: { type: date, scope: call, range: 1900-01-01..today, ask: Your date of birth? }
  who: { type: name, scope: call, called: [name], ask: And your name? }
---
flow: move_visit
title: moving your visit
examples: [i need to change my appointment, "can i move my appointment to [friday](day)", reschedule my cleaning]
slots: { day: { type: date, range: today.., ask: Which day? } }
states: { who: { collect: [birthday, who], to: ask }, ask: { collect: day, to: end } }
---
flow: drop_visit
title: cancelling your visit
examples: [cancel my appointment, i want to call off my cleaning, i do not need my appointment any more]
states: { who: { collect: [birthday, who], to: end } }
`;

async function open(): Promise<Conversation> {
  const agent = await loadText(practice);
  const talk = Conversation.of(agent, { router: await createRouter(trainingSet(agent), {}) });
  talk.input({ kind: 'open' });
  return talk;
}

describe('a request among other clauses', () => {
  it.each([
    "my name is Ann Porter and I'd like to reschedule my cleaning please",
    "good morning, my name's Ann Porter, I need to change my appointment",
    "hi there, yes, my name is Ann Porter and I'd like to change my appointment",
  ])('is heard, with the values: "%s"', async (said) => {
    const turn = await (await open()).say(said);
    expect(turn.trace).toMatchObject({ flow: 'move_visit', slots: { who: 'Ann Porter' } });
    expect(turn.said).toEqual(['ask.birthday.1']);
  });
});

describe('values before a request', () => {
  it('are kept, and what they are for is asked', async () => {
    const talk = await open();
    const turn = await talk.say('my name is Ann Porter');
    expect(turn.said).toEqual(['go_ahead']);
    const next = await talk.say('reschedule my cleaning, april 7 1985');
    expect(next.trace).toMatchObject({ flow: 'move_visit', slots: { who: 'Ann Porter', birthday: '1985-04-07' } });
    expect(next.said).toEqual(['ask.day.1']);
  });

  it('hold beside "I\'m not sure", also for a question that was not put', async () => {
    const talk = await open();
    await talk.say('reschedule my cleaning');
    const turn = await talk.say("my name is Ann Porter but i'm not sure");
    expect(turn.trace.slots).toMatchObject({ who: 'Ann Porter' });
  });
});

describe('a greeting before a request', () => {
  it('is not answered in its place, and alone it is', async () => {
    expect((await (await open()).say('hello, cancel my appointment')).trace.flow).toBe('drop_visit');
    expect((await (await open()).say('hello there')).said).toEqual(['chitchat', 'go_ahead']);
  });
});
