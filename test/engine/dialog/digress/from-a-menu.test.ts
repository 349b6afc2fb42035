/** What a key of a menu leads to, asked for in the caller's own words. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: welcome
---
flow: welcome
states:
  hello:
    say: Northern Energy. For a reading press one, for your balance two.
    transitions: [{ key: 1, say: Very well., to: reading }, { key: 2, to: balance }]
    to: end
---
flow: reading
title: your reading
examples: ["my reading is [45](n)", give a reading]
slots: { n: { type: integer, ask: What does it say? } }
states: { ask: { collect: n, to: done }, done: { say: "{{ n }}, thanks.", to: end } }
---
flow: balance
examples: [what do i owe]
states: { tell: { say: Ten pounds., to: end } }
---
flow: hours
title: our hours
examples: [when are you open]
states: { tell: { say: All day., to: end } }
`;

describe('a menu whose keys lead to flows', () => {
  it('is left for good by words too: its greeting is not said again', async () => {
    const { talk } = await Conversation.open(desk);
    expect((await talk.say('what do i owe')).said).toEqual(['balance/tell', 'anything_else']);
  });

  it('says the words of the line, and keeps what was said for the flow', async () => {
    const { talk } = await Conversation.open(desk);
    const turn = await talk.say('my reading is 45');
    expect(turn.said).toEqual(['welcome/hello.1', 'reading/done', 'anything_else']);
  });

  it('is come back to from what it has no key for', async () => {
    const { talk } = await Conversation.open(desk);
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'resume', 'welcome/hello']);
  });
});
