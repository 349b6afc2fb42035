import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: hello
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: a new order
examples: [order something]
slots:
  n: { type: integer, ask: [How many?, A number please.], help: Count the boxes. }
  m: { type: integer, ask: [How long?, In months.] }
states:
  ask: { collect: n, to: more }
  more: { collect: m, repair: { why: The price depends on it. }, to: done }
  done: { say: Ordered., to: end }
---
flow: hours
title: our hours
examples: [when are you open]
states: { tell: { say: All day., to: end } }
---
flow: hidden
examples: [the thing without a title]
states: { tell: { say: Well., to: end } }
`;

describe('"what?"', () => {
  it('is a wish to hear it again, and no question for help', async () => {
    for (const words of ['what?', 'uh what', 'huh?', 'sorry, what?']) {
      const { talk } = await Conversation.open(desk, { start: { flow: 'order' } });
      const turn = await talk.say(words);
      expect([words, turn.trace.intent, turn.said]).toEqual([words, 'repeat', ['ask.n.1']]);
    }
  });
});

describe('"why?"', () => {
  it('at a confirmation speaks of the yes, for there is no value to need', async () => {
    const sure = `
flow: sure
slots: { n: { type: integer, ask: How many? } }
states:
  ask: { collect: n, to: agree }
  agree: { confirm: "{{ n }}. Shall I?", to: done }
  done: { say: Done., hang_up: true }
`;
    const { talk } = await Conversation.open(sure);
    expect((await talk.say('why do you need that')).text).toMatch(/^I need it/);
    await talk.say('four');
    const turn = await talk.say('why do you ask');
    expect(turn.said).toEqual(['why', 'sure/agree.confirm']);
    expect(turn.text).toMatch(/^Just to be sure/);
  });
});

describe('help', () => {
  it('on the open floor says what can be done, by the titles of the flows', async () => {
    const { talk } = await Conversation.open(desk);
    const help = await talk.say('help');
    expect(help.said).toEqual(['help']);
    expect(help.text).toBe('I can help with a new order or our hours. What would you like?');
    expect(help.trace.counters.no_match).toBe(0);
  });

  it('names no more than a caller keeps in mind', async () => {
    const more = ['a', 'b', 'c', 'd'].map((one) => `---\nflow: f_${one}\ntitle: thing ${one}\nexamples: [do thing ${one}${one}${one}]\nstates: { tell: { say: Well., to: end } }\n`); // prettier-ignore
    const { talk } = await Conversation.open(desk + more.join(''));
    expect((await talk.say('help')).text.match(/thing|order|hours/g)).toHaveLength(4);
  });

  it('is the designer’s own there, where the agent has some', async () => {
    const { talk } = await Conversation.open(
      desk.replace('start: hello', 'start: hello\nrepair: { help: Ask me about boxes. }'),
    );
    expect((await talk.say('help')).text).toBe('Ask me about boxes.');
  });

  it('at a question is the slot’s, else the nearest, else ours; then the question, no rung up', async () => {
    const { talk } = await Conversation.open(desk, { start: { flow: 'order' } });
    const own = await talk.say('help');
    expect(own.said).toEqual(['help.n', 'ask.n.1']);
    await talk.say('four');
    const ours = await talk.say('help');
    expect(ours.said).toEqual(['help', 'ask.m.1']);
    expect(ours.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
    expect((await talk.say('why')).text).toBe('The price depends on it. How long?');
  });
});
