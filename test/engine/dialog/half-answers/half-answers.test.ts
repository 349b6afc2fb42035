/** Values that are said in two breaths. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: sign_in
---
flow: sign_in
slots:
  account: { type: digits, pattern: "[0-9]{8}", ask: [Your account number?, It is on your bill.] }
  ticket: { type: code, pattern: "[A-Z]{2}[0-9]{6}", ask: And the ticket? }
  birthday: { type: date, range: 1900-01-01..today, ask: Your date of birth? }
  mobile: { type: phone, ask: And your number? }
  pin: { type: digits, pattern: "[0-9]{4}", sensitive: secret, ask: And the PIN? }
states: { ask: { collect: [account, ticket, birthday, mobile, pin], to: end } }
---
flow: hours
examples: [when are you open]
states: { tell: { say: All day., to: end } }
`;

/** A talk that has come to the question for this slot. */
async function at(slot: string): Promise<Conversation> {
  const known = { account: '44712234', ticket: 'AB123456', birthday: '1985-04-07', mobile: '+12025550143' };
  const before = Object.entries(known).slice(0, ['account', 'ticket', 'birthday', 'mobile', 'pin'].indexOf(slot));
  const { talk } = await Conversation.open(desk, { start: { flow: 'sign_in', slots: Object.fromEntries(before) } });
  return talk;
}

describe('half of an answer', () => {
  it.each([
    ['digits', 'account', ['four four seven one', 'double two three four'], '44712234'],
    ['digits in three breaths', 'account', ['four four', 'seven one', 'double two three four'], '44712234'],
    ['the letters of a code, and its figures', 'ticket', ['A B', 'one two three four five six'], 'AB123456'],
    ['letters as a recogniser writes them', 'ticket', ['AB', '123456'], 'AB123456'],
    ['letters by their names', 'ticket', ["it's alpha bravo", 'one two three', 'four five six'], 'AB123456'],
    ['a birthday, and its year', 'birthday', ['april seventh', 'nineteen eighty five'], '1985-04-07'],
    ['a telephone number', 'mobile', ['two oh two five five five', 'oh one four three'], '+12025550143'],
  ])('%s: is kept, and the rest asked for, no rung up', async (_, slot, parts, value) => {
    const talk = await at(slot);
    for (const part of parts.slice(0, -1)) {
      const turn = await talk.say(part);
      expect(turn.said).toEqual([slot === 'birthday' ? 'half_year' : 'half']);
      expect(turn.trace).toMatchObject({ rule: 'half-answer', counters: { no_match: 0, attempt: 1 } });
    }
    const turn = await talk.say(parts.at(-1)!);
    expect(turn.trace).toMatchObject({ rule: 'half-answer', slots: { [slot]: value } });
  });

  it('gives way to a whole answer', async () => {
    const talk = await at('account');
    await talk.say('four four seven one');
    expect((await talk.say('four four seven one double two three four')).trace.slots).toMatchObject({
      account: '44712234',
    });
  });

  it('begins anew where the two do not go together', async () => {
    const talk = await at('ticket');
    await talk.say('A B');
    expect((await talk.say('A C')).said).toEqual(['half']);
    expect((await talk.say('one two three four five six')).trace.slots).toMatchObject({ ticket: 'AC123456' });
  });

  it.each([
    ['a silence', (talk: Conversation) => talk.silence()],
    ['"what did you say"', (talk: Conversation) => talk.say('what did you say')],
    ['a digression', (talk: Conversation) => talk.say('when are you open')],
  ])('is forgotten after %s: who begins again is not doubled', async (_, between) => {
    const talk = await at('account');
    await talk.say('four four seven one');
    await between(talk);
    const again = await talk.say('four four seven one');
    expect(again.trace.slots).toMatchObject({ account: null });
    expect(again.said).toEqual(['half']);
  });

  it.each([
    ['no', 'ticket'],
    ['hm well', 'ticket'],
    ['banana', 'account'],
    ['nineteen eighty five', 'birthday'],
    ['one two three four five six seven eight nine ten', 'account'],
  ])('is not "%s"', async (said, slot) => {
    const turn = await (await at(slot)).say(said);
    expect(turn.trace.rule).not.toBe('half-answer');
    expect(turn.trace.slots).toMatchObject({ [slot]: null });
  });

  it('is never kept of a secret', async () => {
    const talk = await at('pin');
    const turn = await talk.say('four four');
    expect(turn.trace.rule).not.toBe('half-answer');
    expect(JSON.stringify({ ...talk.state, secret: {} })).not.toContain('four four');
  });
});
