import { describe, expect, it } from 'vitest';
import type { Router } from '../../../../engine/contracts.js';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

const open = async (tools = {}): Promise<Conversation> =>
  (await Conversation.open(bank, { tools: { ...bankTools, ...tools } })).talk;

describe('cancel', () => {
  it('in a called flow drops the task that it serves, and forgets the secret', async () => {
    const talk = await open();
    expect((await talk.say('check my portfolio')).trace).toMatchObject({ flow: 'sign_in', stack: ['investments'] });
    const cancel = await talk.say('cancel');
    expect(cancel.trace).toMatchObject({ intent: 'cancel', state: 'end', stack: [] });
    expect(cancel.said).toEqual(['cancel', 'anything_else']);
    expect(cancel.text).toContain('your investments');
  });

  it('of an interruption goes on with what it interrupted', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    await talk.say('check my portfolio');
    const cancel = await talk.say('never mind');
    expect(cancel.said).toEqual(['cancel', 'resume', 'ask.payee.1']);
    expect(cancel.trace).toMatchObject({ flow: 'send_money', stack: [] });
  });

  it('of what does not run is a request that nobody serves, and said to be one', async () => {
    const away: Router = {
      route: () => Promise.resolve({ kind: 'accept', intent: 'cancel', by: 'local', candidates: [], probability: 0.9, llmCalls: 0 }),
    }; // prettier-ignore
    const { talk } = await Conversation.open(bank, { router: away });
    for (const words of ['i want to cancel my subscription', 'can you cancel the parcel'])
      expect([words, (await talk.say(words)).said]).toEqual([words, ['out_of_scope', 'anything_else']]);
    for (const words of ['cancel', 'please cancel it', 'forget it', 'just stop this please'])
      expect([words, (await talk.say(words)).said]).toEqual([words, ['anything_else']]);
  });

  it('of everything empties the stack', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    await talk.say('check my portfolio');
    const cancel = await talk.say('cancel everything');
    expect(cancel.trace).toMatchObject({ state: 'end', stack: [] });
    expect(cancel.said).toEqual(['cancel', 'anything_else']);
  });

  it('while a read runs drops the task, and the late result changes nothing', async () => {
    const talk = await open({ get_balance: () => 'pending' });
    const looking = await talk.say("what's my balance");
    expect(looking.effect).toEqual({ kind: 'listen' });
    const callId = looking.tools[0]!.callId;
    expect((await talk.say('cancel')).said).toEqual(['cancel', 'anything_else']);
    const late = talk.input({ kind: 'tool', callId, result: { outcome: 'ok', value: { balance: 5 } } });
    expect(late.said).toEqual([]);
    expect(late.effect).toEqual({ kind: 'listen' });
  });

  it('while a write is under way cannot call it back, and the settlement is told', async () => {
    const talk = await open({ pay_contact: () => 'pending' });
    await talk.say('send thirty euros to Mateo');
    const paying = await talk.say('yes');
    const callId = paying.tools[0]!.callId;
    expect((await talk.say('cancel')).said).toEqual(['too_late']);
    const settled = talk.input({ kind: 'tool', callId, result: { outcome: 'ok', value: { reference: 'P1' } } });
    expect(settled.said).toEqual(['send_money/done', 'anything_else']);
    expect(talk.calls.filter((call) => call.effect === 'write')).toHaveLength(1);
  });

  it('goes to the caller’s own road where the calling flow has one', async () => {
    const { talk } = await Conversation.open(`
flow: parent
title: the parent
states:
  go: { call_flow: child, transitions: [{ on: cancelled, to: instead }], to: end }
  instead: { say: Then something else., hang_up: true }
---
flow: child
title: the child
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: end } }
`, { start: { flow: 'parent' } }); // prettier-ignore
    const cancel = await talk.say('cancel');
    expect(cancel.said).toEqual(['cancel', 'parent/instead']);
    expect(cancel.text).toContain('the child');
    expect(cancel.ended).toBe(true);
  });
});
