import { describe, expect, it } from 'vitest';
import type { Router } from '../../../../engine/contracts.js';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

const desk = (repair = ''): string => `
agent: desk
start: hello
no_input_after: 5s
${repair}
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order something]
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states: { ask: { collect: n, to: agree }, agree: { confirm: "{{ n }} of them?", to: done }, done: { say: Ordered., to: end } }
`;
const inOrder = async (yaml = desk()): Promise<Conversation> =>
  (await Conversation.open(yaml, { start: { flow: 'order' } })).talk;

describe('hold on', () => {
  it('waits, and "I am back" has the question again, with no rung up', async () => {
    for (const words of ["i'm back", 'okay I am back', "yes, I'm here again", 'ok ready', "right, I'm ready"]) {
      const talk = await inOrder();
      const held = await talk.say('hold on');
      expect(held.said).toEqual(['hold_on']);
      expect(held.listening?.noInputMs).toBe(30_000);
      const back = await talk.say(words);
      expect([words, back.said]).toEqual([words, ['ask.n.1']]);
      expect(back.trace.counters).toMatchObject({ no_input: 0, no_match: 0, attempt: 1 });
      expect(back.listening?.noInputMs).toBe(5000);
    }
  });

  it('"are you there" is answered, then the question', async () => {
    const talk = await inOrder();
    await talk.say('hold on');
    for (const words of ['hello, are you still there?', 'can you hear me', 'is anybody there'])
      expect([words, (await talk.say(words)).said]).toEqual([words, ['here', 'ask.n.1']]);
  });

  it('takes the answer that was looked for', async () => {
    const talk = await inOrder();
    await talk.say('let me check');
    expect((await talk.say('four')).said).toEqual(['order/agree.confirm']);
  });

  it('takes what is no answer then for thinking aloud: the question, no rung', async () => {
    const talk = await inOrder();
    await talk.say('one second');
    const aloud = await talk.say('hmm the red folder');
    expect(aloud.said).toEqual(['ask.n.1']);
    expect(aloud.trace.counters.no_match).toBe(0);
    expect((await talk.say('gone with the wind')).trace.counters.no_match).toBe(1);
  });

  it('is over when the time is up: then a silence is a silence', async () => {
    const talk = await inOrder();
    await talk.say('hold on');
    const up = talk.silence();
    expect(up.listening?.noInputMs).toBe(5000);
    expect(up.trace.counters).toMatchObject({ no_input: 1 });
    expect(up.said).toEqual(['ask.n.2']);
  });

  it('waits as long as the designer says', async () => {
    const talk = await inOrder(desk('repair: { hold_on: { say: Take all the time you need., wait: 60s } }'));
    const held = await talk.say('hold on');
    expect(held).toMatchObject({ text: 'Take all the time you need.', listening: { noInputMs: 60_000 } });
  });

  it('at a confirmation keeps the question, and a yes after it is a yes', async () => {
    const talk = await inOrder();
    await talk.say('four');
    await talk.say('wait a minute');
    expect((await talk.say("i'm back")).said).toEqual(['order/agree.confirm']);
    await talk.say('hold on');
    expect((await talk.say('yes')).said).toEqual(['order/done', 'anything_else']);
  });

  it('on the open floor waits too, and coming back is greeted with what to do', async () => {
    const { talk } = await Conversation.open(desk());
    expect((await talk.say('hold on')).listening?.noInputMs).toBe(30_000);
    expect((await talk.say("i'm back")).said).toEqual(['go_ahead']);
  });

  it('with a request after it is that request', async () => {
    const atYes = async (): Promise<Conversation> => {
      const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
      await talk.say('send thirty euros to Mateo');
      return talk;
    };
    for (const words of [
      "wait, what's my balance",
      "hmm wait, what's my balance",
      'hold on, how much is in my account',
      'hmm wait how much is in my account',
    ]) {
      // prettier-ignore
      const turn = await (await atYes()).say(words);
      expect([words, turn.said]).toEqual([words, ['check_balance/tell', 'resume', 'send_money/agree']]);
      expect(turn.tools.map((call) => call.tool)).toEqual(['get_balance']);
    }
    // A question that may be a request is asked back: who asks something does not look for anything.
    const unclear = await (await atYes()).say('wait, how are my investments or how much is in my account');
    expect(unclear.said).not.toContain('hold_on');
    const held = await (await atYes()).say('hmm wait');
    expect(held.said).toEqual(['hold_on']);
  });
});

describe('goodbye', () => {
  it('while a read runs ends the call, and its result changes nothing', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools, get_balance: () => 'pending' } });
    const looking = await talk.say("what's my balance");
    const bye = await talk.say('goodbye');
    expect(bye).toMatchObject({ said: ['goodbye'], ended: true });
    const late = talk.input({ kind: 'tool', callId: looking.tools[0]!.callId, result: { outcome: 'ok', value: { balance: 5 } } }); // prettier-ignore
    expect(late).toMatchObject({ said: [], ended: true });
  });

  it('while a write is on its way waits for its settlement, which is told', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools, pay_contact: () => 'pending' } });
    await talk.say('send thirty euros to Mateo');
    const paying = await talk.say('yes');
    const bye = await talk.say('goodbye');
    expect(bye).toMatchObject({ said: ['one_moment'], ended: false });
    const settled = talk.input({ kind: 'tool', callId: paying.tools[0]!.callId, result: { outcome: 'ok', value: { reference: 'P1' } } }); // prettier-ignore
    expect(settled.said[0]).toBe('send_money/done');
  });
});

it('no question that only names a second is a wish for time, whatever the router makes of it', async () => {
  const surelyHoldOn: Router = { route: () => Promise.resolve({ kind: 'accept', intent: 'hold_on', by: 'local', candidates: [], probability: 1, llmCalls: 0 }) };
  const talkTo = async () => (await Conversation.open(desk(), { start: { flow: 'order' }, router: surelyHoldOn })).talk;
  expect((await (await talkTo()).say("what's the second one")).said).toEqual(['ask.n.2']);
  expect((await (await talkTo()).say('can you give me seconds to look')).said).toEqual(['hold_on']);
}); // prettier-ignore
