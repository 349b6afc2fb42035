/** Two tasks that call the same flow, one of them interrupted in the middle of it. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const practice = `
agent: practice
slots:
  birthday: { type: date, scope: call, ask: Your date of birth? }
  who: { type: name, scope: call, ask: And your name? }
---
flow: identify
title: finding your file
examples: [find my file]
states: { ask: { collect: [birthday, who], to: end } }
---
flow: drop_visit
title: cancelling your visit
examples: [call off my visit]
states:
  who: { call_flow: identify, to: sure }
  sure: { say: Cancel it?, transitions: [{ intent: yes, to: end }] }
---
flow: move_visit
title: moving your visit
examples: [move my visit]
slots: { day: { type: date, ask: Which day? } }
states:
  who: { call_flow: identify, to: ask }
  ask: { collect: day, to: done }
  done: { say: "Moved to {{ day | say_date }}.", to: end }
`;

describe('a flow that the interrupted task is in the middle of', () => {
  it('is run for the task that interrupts it, without what is known, and neither fails', async () => {
    const { talk } = await Conversation.open(practice);
    await talk.say('call off my visit');
    expect((await talk.say('the seventh of april 1985')).said).toEqual(['ask.who.1']);
    const moved = await talk.say('move my visit');
    expect(moved.said).toEqual(['ask.who.1']);
    expect(moved.trace).toMatchObject({ flow: 'identify', stack: ['drop_visit', 'move_visit'] });
    expect((await talk.say('ann porter')).said).toEqual(['ask.day.1']);
    const done = await talk.say('friday');
    expect(done.said).toEqual(['move_visit/done', 'resume', 'drop_visit/sure']);
    expect(done.trace.stack).toEqual([]);
  });

  it('goes on for the task that needs it, when the caller had asked for it alone', async () => {
    const { talk } = await Conversation.open(practice);
    await talk.say('find my file');
    await talk.say('the seventh of april 1985');
    const moved = await talk.say('move my visit');
    expect(moved.said).toEqual(['ask.who.1']);
    expect(moved.trace).toMatchObject({ flow: 'identify', stack: ['move_visit'] });
    expect((await talk.say('ann porter')).said).toEqual(['ask.day.1']);
    expect((await talk.say('friday')).said).toEqual(['move_visit/done', 'anything_else']);
  });
});
