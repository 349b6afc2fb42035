import { describe, expect, it } from 'vitest';
import type { Heard } from '../../../../engine/contracts.js';
import { Conversation } from '../drive.js';

const terms = `
flow: terms
intents: { agree: [i agree] }
slots: { code: { type: digits, sensitive: secret, ask: Your code? } }
states:
  read:
    say:
      parts:
        - { id: fee, text: The fee is five euros., must_hear: true, barge_in: off }
        - { id: notice, text: You may leave after a month. }
        - { id: late, if: heard.fee > 0, text: You heard the fee. }
    transitions:
      - { intent: agree, if: heard.notice < 1, to: read }
      - { intent: agree, to: done }
  done: { say: Done., hang_up: true }
`;

/** An utterance, after so much of each part was heard. */
async function agree(talk: Conversation, shares: Record<string, number>) {
  const texts: Record<string, string> = {
    fee: 'The fee is five euros.',
    notice: 'You may leave after a month.',
    late: 'You heard the fee.',
  };
  const parts = Object.entries(shares).map(([id, share]): Heard['parts'][number] => ({
    id: `terms/read.${id}`,
    text: texts[id]!,
    share,
  }));
  return talk.input({ kind: 'no_input', heard: { parts, estimated: false } });
}

describe('words in parts', () => {
  it('are said one after another, each with its own id and manners', async () => {
    const { first } = await Conversation.open(terms);
    expect(first.said).toEqual(['terms/read.fee', 'terms/read.notice']);
    expect(first.outs[0]).toMatchObject({ mustHear: true, bargeIn: 'off' });
    expect(first.outs[1]).toMatchObject({ mustHear: false, bargeIn: 'speech' });
  });

  it('are said again but for what was heard whole, when they were interrupted', async () => {
    const { talk } = await Conversation.open(terms);
    expect((await agree(talk, { fee: 1, notice: 0.4 })).said).toEqual(['terms/read.notice', 'terms/read.late']);
  });

  it('are all said again when all were heard', async () => {
    const { talk } = await Conversation.open(terms);
    await agree(talk, { fee: 1, notice: 1 });
    const again = await agree(talk, { late: 1 });
    expect(again.said).toEqual(['no_input', 'terms/read.fee', 'terms/read.notice', 'terms/read.late']);
  });

  it('tell conditions how much of each was heard', async () => {
    const { talk } = await Conversation.open(terms);
    await agree(talk, { fee: 1, notice: 0.5 });
    // The rest has not been heard yet: back to it.
    expect((await talk.say('i agree')).said).toEqual(['terms/read.notice', 'terms/read.late']);
    await agree(talk, { notice: 1, late: 1 });
    expect((await talk.say('i agree')).said).toEqual(['terms/done']);
  });
});
