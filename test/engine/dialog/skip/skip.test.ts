import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const form = `
flow: form
slots:
  plain: { type: integer, ask: [How many?, A number please.] }
  helped: { type: integer, ask: [How long?, In months.], help: It stands on the lid. }
  wish: { type: choice, options: { red: [], blue: [] }, optional: true, ask: Which colour? }
  seats: { type: integer, default: 2, ask: How many seats? }
states:
  a: { collect: plain, to: b }
  b: { collect: helped, to: c }
  c: { collect: wish, to: d }
  d: { collect: seats, to: done }
  done: { say: "{{ seats }} seats.", hang_up: true }
`;
const at = async (...answers: string[]): Promise<Conversation> => {
  const { talk } = await Conversation.open(form);
  for (const answer of answers) await talk.say(answer);
  return talk;
};

describe('"skip" and "I don’t know"', () => {
  it('leave what is optional empty and go on', async () => {
    for (const words of ['skip', "i don't know", 'no idea', 'next question']) {
      const turn = await (await at('four', 'six')).say(words);
      expect([words, turn.said]).toEqual([words, ['left', 'ask.seats.1']]);
      expect(turn.trace).toMatchObject({ slots: { wish: null }, counters: { no_match: 0 } });
    }
  });

  it('leave what has a default at its default', async () => {
    for (const words of ['skip', "i don't know"]) {
      const turn = await (await at('four', 'six', 'red')).say(words);
      expect([words, turn.text]).toEqual([words, expect.stringContaining('2 seats.')]);
      expect(turn.said).toEqual(['left', 'form/done']);
    }
  });

  it('of what is needed: says so, and asks it again without a rung', async () => {
    const turn = await (await at()).say('skip');
    expect(turn.said).toEqual(['skip', 'ask.plain.1']);
    expect(turn.text).toMatch(/can't go on without/);
    expect(turn.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
  });

  it('that does not know what is needed: the slot’s help once, and its next words', async () => {
    const talk = await at('four');
    expect((await talk.say("i don't know")).said).toEqual(['help.helped', 'ask.helped.2']);
    expect((await talk.say('no idea')).said).toEqual(['ask.helped.2']);
    const plain = await at();
    expect((await plain.say("i don't know")).said).toEqual(['ask.plain.2']);
  });

  it('never goes on for ever where nothing else is said', async () => {
    const talk = await at();
    let turns = 1;
    while (!(await talk.say("i don't know")).ended && turns < 30) turns += 1;
    expect(turns).toBeLessThan(6);
  });
});
