import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

describe('a transition for silence or for what nobody understood', () => {
  const answers = `
flow: f
slots: { n: { type: integer, ask: How many? } }
states:
  ask:
    collect: n
    no_input: [{ say: Never said. }]
    no_match: [{ say: Never said. }]
    transitions: [{ on: [no_input, no_match], say: Take your time. }]
    to: end
`;
  it('goes before the ladder, and puts the question again without a rung', async () => {
    const { talk } = await Conversation.open(answers);
    expect(talk.silence().said).toEqual(['f/ask.no_input', 'ask.n.1']);
    const none = await talk.say('xyzzy plugh');
    expect(none.said).toEqual(['f/ask.no_match', 'ask.n.1']);
    expect(none.trace.counters).toMatchObject({ no_input: 1, no_match: 1, attempt: 1 });
  });

  it('that only answers ends after ten of them', async () => {
    for (const fail of [
      (talk: Conversation) => Promise.resolve(talk.silence()),
      (talk: Conversation) => talk.say('xyzzy plugh'),
    ]) {
      // prettier-ignore
      const { talk } = await Conversation.open(answers);
      let turns = 1;
      while (!(await fail(talk)).ended && turns < 40) turns += 1;
      expect(turns).toBe(11);
    }
  });

  it('may count and leave by itself', async () => {
    const { talk } = await Conversation.open(`
flow: f
slots: { n: { type: integer, ask: How many? } }
states:
  ask:
    collect: n
    transitions: [{ on: no_input, if: no_input > 1, to: bye }, { on: no_input, say: Hello? }]
    to: end
  bye: { say: Nobody there. Goodbye., hang_up: true }
`);
    expect(talk.silence().text).toBe('Hello? How many?');
    expect(talk.silence()).toMatchObject({ said: ['f/bye'], ended: true });
  });
});

describe('silence at a confirmation', () => {
  it('asks it again, climbs, and agrees to nothing', async () => {
    const { talk } = await Conversation.open(`
flow: f
no_input: [reask, { say: Still there? }, { to: gone }]
tools: { pay: { effect: write, output: { a: integer }, http: { post: "https://x.example/b" } } }
slots: { n: { type: integer, ask: How many? } }
states:
  ask: { collect: n, to: agree }
  agree: { confirm: "Shall I pay {{ n }}?", call: pay, transitions: [{ on: [error, declined], to: gone }], to: paid }
  paid: { say: Paid., to: end }
  gone: { say: Nothing was paid. Goodbye., hang_up: true }
`);
    await talk.say('four');
    expect(talk.silence().said.at(-1)).toBe('f/agree.confirm');
    const second = talk.silence();
    expect(second.said).toEqual(['f/agree.no_input.2', 'f/agree.confirm']);
    expect(second.trace).toMatchObject({ counters: { no_input: 2 } });
    expect(talk.silence()).toMatchObject({ said: ['f/gone'], ended: true });
    expect(talk.calls).toEqual([]);
  });

  it('of a value climbs too, and takes no silence for a yes', async () => {
    const { talk } = await Conversation.open(`
flow: f
slots: { n: { type: integer, ask: How many?, confirm: explicit } }
states: { ask: { collect: n, to: done }, done: { say: Done., hang_up: true } }
`);
    await talk.say('four');
    const silent = talk.silence();
    expect(silent.said.at(-1)).toBe('confirm.n');
    expect(silent.trace.counters).toMatchObject({ no_input: 1 });
    let turns = 1;
    for (let last = silent; !last.ended && turns < 20; turns++) {
      last = talk.silence();
      expect(last.said).not.toContain('f/done');
    }
    expect(turns).toBeLessThan(6);
  });
});
