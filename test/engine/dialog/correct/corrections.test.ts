import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

const open = (): Promise<{ talk: Conversation }> => Conversation.open(bank, { tools: { ...bankTools } });

describe('a correction', () => {
  it('pays nothing when it comes with a yes, checks the funds of the new amount and asks again', async () => {
    const { talk } = await open();
    const first = await talk.say('send thirty euros to Mateo');
    expect(first.trace).toMatchObject({ flow: 'send_money', state: 'agree', slots: { payee: 'mateo', amount: 30 } });
    const change = await talk.say('yes, but make it twenty');
    expect(change.trace).toMatchObject({ intent: 'correct', state: 'agree', slots: { amount: 20 } });
    expect(change.said).toEqual(['correct', 'send_money/agree']);
    expect(change.tools.map((call) => [call.tool, call.input])).toEqual([['check_funds', { amount: 20 }]]);
    const yes = await talk.say('yes');
    expect(yes.tools.map((call) => [call.tool, call.input])).toEqual([['pay_contact', { payee: 'mateo', amount: 20 }]]);
  });

  it('goes down the other branch when the corrected amount is too high', async () => {
    const { talk } = await open();
    await talk.say('send fifty euros to Mateo');
    const change = await talk.say('actually make that a thousand');
    expect(change.trace).toMatchObject({ state: 'ask_amount', slots: { amount: null, payee: 'mateo' } });
    expect(change.said).toEqual(['correct', 'send_money/short', 'ask.amount.1']);
    const again = await talk.say('okay, two hundred then');
    expect(again.trace).toMatchObject({ state: 'agree', slots: { amount: 200 } });
    expect((await talk.say('yes')).tools.map((call) => call.input)).toEqual([{ payee: 'mateo', amount: 200 }]);
  });

  it('of the person checks no funds again and asks the same confirmation anew', async () => {
    const { talk } = await open();
    await talk.say('send fifty euros to Mateo');
    const change = await talk.say('no, to Priya');
    expect(change.trace).toMatchObject({ state: 'agree', slots: { payee: 'priya', amount: 50 } });
    expect(change.tools).toEqual([]);
    expect(change.text).toContain('50 to priya');
  });

  it('comes too late after the payment, and says so', async () => {
    const { talk } = await open();
    await talk.say('send thirty euros to Mateo');
    expect((await talk.say('yes')).said).toEqual(['send_money/done', 'anything_else']);
    const late = await talk.say('i made a mistake, it should have been forty');
    expect(late.trace.state).toBe('end');
    expect(late.said).toEqual(['too_late']);
    expect(late.tools).toEqual([]);
  });

  it('that is refused leaves the value as it was, and the question is put again', async () => {
    const { talk } = await open();
    await talk.say('send thirty euros to Mateo');
    const change = await talk.say('no, make it five thousand');
    expect(change.said).toEqual(['reject.amount', 'send_money/agree']);
    expect(change.trace).toMatchObject({ slots: { amount: 30 }, counters: { invalid: 1 } });
  });

  it('asks what to change when a yes comes with a condition that was not understood', async () => {
    const { talk } = await open();
    await talk.say('send thirty euros to Mateo');
    const hedged = await talk.say('yes but only if');
    expect(hedged.tools).toEqual([]);
    expect(hedged.trace.state).toBe('agree');
  });

  it('empties a date that hangs on the corrected one, and asks for it', async () => {
    const { talk } = await Conversation.open(`
flow: standing_order
slots:
  first_day: { type: date, called: [start, start date], ask_first: true, ask: When should it start? }
  last_day:
    type: date
    called: [end, end date]
    ask_first: true
    ask: And when should it end?
    reject: [{ if: last_day <= first_day, say: It has to end later. }]
states:
  details: { collect: [first_day, last_day], to: agree }
  agree: { say: Shall I set it up?, transitions: [{ intent: yes, to: done }, { intent: no, to: end }] }
  done: { say: Set up., hang_up: true }
`);
    await talk.say('the first of April');
    expect((await talk.say('the first of May')).trace).toMatchObject({
      state: 'agree',
      slots: { last_day: '2026-05-01' },
    });
    const change = await talk.say('no, it should start on the first of June');
    expect(change.trace).toMatchObject({
      intent: 'correct',
      state: 'details',
      slots: { first_day: '2026-06-01', last_day: null },
    });
    expect(change.said.filter((id) => id !== 'reject.last_day')).toEqual(['correct', 'ask.last_day.1']);
    expect((await talk.say('the first of December')).trace).toMatchObject({
      state: 'agree',
      slots: { last_day: '2026-12-01' },
    });
  });

  it('of a value that the slot named empties it and asks for it', async () => {
    const { talk } = await open();
    await talk.say('send thirty euros to Mateo');
    const wrong = await talk.say('the amount, you got that wrong');
    expect(wrong.trace).toMatchObject({ state: 'ask_amount', slots: { amount: null, payee: 'mateo' } });
    expect(wrong.said).toEqual(['correct', 'ask.amount.1']);
  });
});
