/** Calling again after a call that broke off. */
import { describe, expect, it } from 'vitest';
import { isUnfinished } from '../../../../engine/dialog/returning.js';
import { bank } from '../bank.js';
import { Conversation, type DriveOptions, type Turn } from '../drive.js';

const tools: DriveOptions['tools'] = {
  check_funds: { enough: true, balance: 900 },
  pay_contact: { reference: 'R1' },
  get_balance: { balance: 900 },
};
const open = async (options: DriveOptions = { tools }): Promise<Conversation> =>
  (await Conversation.open(bank, options)).talk;
const callAgain = (talk: Conversation): Turn => talk.input({ kind: 'open', returning: true });
const isOpen = (talk: Conversation): boolean => isUnfinished(talk.agent, talk.state);

async function brokenOff(): Promise<Conversation> {
  const talk = await open();
  await talk.say('i want to send money');
  await talk.say('mateo');
  return talk;
}

describe('a caller who calls again after a call that broke off', () => {
  it('is offered to go on, by the title of the task', async () => {
    const talk = await brokenOff();
    const back = callAgain(talk);
    expect(back.said).toEqual(['welcome_back']);
    expect(back.text).toBe('Welcome back. Shall we go on with sending money?');
  });

  it('hears the question again after a yes, and what was said stands', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    expect((await talk.say('yes')).said).toEqual(['ask.amount.1']);
    expect((await talk.say('forty')).text).toContain('40 to mateo');
  });

  it('is asked once more for the yes or no of a confirmation, and nothing is sent before it', async () => {
    const talk = await brokenOff();
    await talk.say('forty');
    callAgain(talk);
    const again = await talk.say('yes');
    expect(again.said).toEqual(['send_money/agree']);
    expect(again.tools).toEqual([]);
    expect((await talk.say('yes')).tools.map(({ tool }) => tool)).toEqual(['pay_contact']);
  });

  it('begins afresh after a no: nothing said before is known any more', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    const afresh = await talk.say('no');
    expect(afresh.said).toEqual(['welcome/hello']);
    expect(afresh.trace).toMatchObject({ flow: null, stack: [] });
    expect((await talk.say('i want to send money')).said).toEqual(['ask.payee.1']);
  });

  it('goes on without a yes when the missing value is said at once', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    expect((await talk.say('send 40 euros to Mateo')).said).toEqual(['send_money/agree']);
  });

  it('goes on when the task that was offered is asked for', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    expect((await talk.say('i want to send money')).said).toEqual(['ask.amount.1']);
  });

  it('is served first with another request, then offered again in fewer words', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    const other = await talk.say("what's my balance");
    expect(other.said).toEqual(['check_balance/tell', 'resume_ask']);
    expect((await talk.say('yes')).said).toEqual(['ask.amount.1']);
  });

  it('is asked again when silent, and cancels by the usual words', async () => {
    const talk = await brokenOff();
    callAgain(talk);
    expect(talk.silence().said).toEqual(['resume_ask']);
    expect((await talk.say('cancel that')).said).toEqual(['cancel', 'anything_else']);
  });

  it('may have broken off by a hang-up of the line in the middle', async () => {
    const talk = await brokenOff();
    talk.input({ kind: 'hang_up' });
    expect(isOpen(talk)).toBe(true);
    expect(callAgain(talk).said).toEqual(['welcome_back']);
    expect((await talk.say('yes')).said).toEqual(['ask.amount.1']);
  });

  it('hears first what a tool came to that ran when the line broke', async () => {
    const talk = await open({ tools: { ...tools, pay_contact: () => 'pending' } });
    await talk.say('send 40 euros to Mateo');
    const paying = await talk.say('yes');
    const { callId } = paying.tools[0]!;
    talk.input({ kind: 'hang_up' });
    talk.event({ kind: 'tool_settled', callId, result: { outcome: 'unknown' } });
    const back = callAgain(talk);
    expect(back.said.slice(0, 2)).toEqual(['welcome_under_way', 'send_money/trouble']);
    expect(back.text).toContain('cut off in the middle of sending money');
    expect(talk.calls.filter(({ tool }) => tool === 'pay_contact')).toHaveLength(1);
  });
});

describe('there is nothing to go on with', () => {
  it('before the caller has said anything', async () => {
    expect(isOpen(await open())).toBe(false);
  });

  it('when no task runs', async () => {
    const talk = await open();
    await talk.say("what's my balance");
    expect(isOpen(talk)).toBe(false);
    talk.input({ kind: 'hang_up' });
    expect(isOpen(talk)).toBe(false);
  });

  it('after a goodbye, though a task was open and its last words were cut by the hang-up', async () => {
    const talk = await open({ tools, playsOut: false });
    await talk.say('i want to send money');
    await talk.say('goodbye');
    expect(isOpen(talk)).toBe(false);
    talk.input({ kind: 'hang_up' });
    expect(isOpen(talk)).toBe(false);
  });

  it('when a person has the call', async () => {
    const talk = await open({ tools, playsOut: false });
    await talk.say('i want to send money');
    await talk.say('talk to a person');
    expect(isOpen(talk)).toBe(false);
    talk.input({ kind: 'hang_up' });
    expect(isOpen(talk)).toBe(false);
  });
});

const vault = `
agent: vault
slots: { known: { type: yes_no, scope: call, default: false } }
---
flow: sign_in
slots: { pin: { type: digits, sensitive: secret, ask: Your pin?, dtmf: { length: 4 } } }
tools: { check: { effect: read, input: { pin: digits }, output: { good: yes_no }, http: { get: "https://vault.example/" } } }
states:
  need: { transitions: [{ if: known, to: end }], to: ask }
  ask: { collect: pin, to: test }
  test: { call: check, transitions: [{ on: error, to: end, outcome: refused }, { if: check.good, set: { known: true }, to: end }], to: ask }
---
flow: send
title: your payment
examples: [pay somebody]
slots: { amount: { type: integer, ask: How much? }, day: { type: text, ask: On which day? } }
tools: { pay: { effect: write, input: { amount: integer }, http: { post: "https://vault.example/" } } }
states:
  door: { call_flow: sign_in, transitions: [{ on: refused, to: end }], to: ask }
  ask: { collect: [amount, day], to: agree }
  agree: { confirm: "{{ amount }} on {{ day }}?", call: pay, transitions: [{ on: error, to: failed }], to: done }
  failed: { say: It failed., to: end }
  done: { say: Sent., to: end }
`;

describe('a task that asked who is calling', () => {
  const start = async (options: DriveOptions = {}): Promise<Conversation> => {
    const { talk } = await Conversation.open(vault, {
      ...options,
      tools: { check: { good: true }, pay: {}, ...options.tools },
    });
    await talk.say('pay somebody');
    talk.keys('1234');
    await talk.say('forty');
    return talk;
  };

  it('asks again, for a number is no proof, and keeps what was said', async () => {
    const talk = await start();
    const back = callAgain(talk);
    expect(back.text).toBe('Welcome back. Shall we go on with your payment?');
    expect((await talk.say('yes')).said).toEqual(['ask.pin.1']);
    expect(talk.keys('1234').said).toEqual(['ask.day.1']);
  });

  it('does not let a value said at the offer pass the question', async () => {
    const talk = await start();
    callAgain(talk);
    expect((await talk.say('fifty')).said).toContain('ask.pin.1');
    expect(talk.calls.filter(({ tool }) => tool === 'pay')).toEqual([]);
  });

  it('tells nobody what a tool came to', async () => {
    const talk = await start({ tools: { pay: () => 'pending' } });
    await talk.say('friday');
    const { callId } = (await talk.say('yes')).tools[0]!;
    talk.input({ kind: 'hang_up' });
    talk.event({ kind: 'tool_settled', callId, result: { outcome: 'ok' } });
    expect(isOpen(talk)).toBe(false);
  });
});
