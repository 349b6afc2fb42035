import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const card = `
flow: card
title: blocking your card
slots:
  again: { type: yes_no, ask: Shall we send you a new one? }
  name: { type: name, ask: Which name? }
states:
  a: { collect: again, to: b }
  b: { collect: name, to: c }
  c: { say: Done., hang_up: true }
`;
const open = async (...answers: string[]): Promise<Conversation> => {
  const { talk } = await Conversation.open(card);
  for (const answer of answers) await talk.say(answer);
  return talk;
};

describe('a no that waves the question off', () => {
  it.each(["no, don't bother", "don't bother thanks", 'no, never mind', 'no forget it', "no don't worry about it"])(
    'is the answer to a yes-or-no question and drops nothing: "%s"',
    async (words) => {
      const turn = await (await open()).say(words);
      expect(turn.trace).toMatchObject({ flow: 'card', slots: { again: false } });
      expect(turn.said).toEqual(['ask.name.1']);
    },
  );

  it.each(['cancel', 'forget it', 'stop this', 'no, cancel everything'])('is not every word that drops: "%s"', async (words) => {
    expect((await (await open()).say(words)).trace.flow).toBeNull();
  }); // prettier-ignore

  it('drops the task at any other question', async () => {
    expect((await (await open('yes')).say("don't bother")).trace.flow).toBeNull();
  });
});
