import { describe, expect, it } from 'vitest';
import { Conversation, loadText } from '../drive.js';

const cafe = `
agent: cafe
memory: { ttl: 30d, consent: ask }
slots:
  guest: { type: name, scope: caller, ask: "What's your name?" }
  pin: { type: digits, scope: caller, sensitive: secret }
---
flow: order
title: your order
examples: [I want to order]
slots:
  milk: { type: choice, scope: caller, options: [oat, cow], ask: Oat or cow milk?, called: [milk] }
  cups: { type: integer, ask: How many cups? }
states:
  ask: { collect: [guest, milk, cups], to: done }
  done: { say: "{{ cups }} with {{ milk }} for {{ guest }}.", to: end }
`;
const known = { guest: 'Ana', 'order.milk': 'oat' };
const open = async (memory: Record<string, string> | undefined, yaml = cafe): Promise<Conversation> => {
  const talk = Conversation.of(await loadText(yaml), { start: { flow: 'order', ...(memory && { memory }) } });
  talk.input({ kind: 'open' });
  return talk;
};
const order = async (talk: Conversation) => {
  await talk.say('Ana');
  await talk.say('oat');
  return talk.say('two');
};

describe('what is kept of a caller', () => {
  it('is asked for leave first, once, when the task is done', async () => {
    const talk = await open({});
    const done = await order(talk);
    expect(done.said).toEqual(['order/done', 'remember_ask']);
    expect(done.trace.memory).toEqual({});
    const yes = await talk.say('yes please');
    expect(yes.said).toEqual(['remember', 'anything_else']);
    expect(yes.trace.memory).toEqual(known);
  });

  it('is nothing when the caller says no, and is not asked again', async () => {
    const talk = await open({});
    await order(talk);
    expect((await talk.say('no thanks')).trace.memory).toEqual({});
    await talk.say('I want to order');
    const again = await order(talk);
    expect(again.said).not.toContain('remember_ask');
    expect(again.trace.memory).toEqual({});
  });

  it('lets another request go before the answer, and keeps nothing without one', async () => {
    const talk = await open({});
    await order(talk);
    const turn = await talk.say('I want to order');
    expect(turn.said).toEqual(['ask.cups.1']);
    expect(turn.trace.memory).toEqual({});
  });

  it('is not asked again in a later call; the values are known, and may be corrected', async () => {
    const talk = await open(known);
    const first = await talk.say('two');
    expect(first.text).toContain('2 with oat for Ana.');
    await talk.say('I want to order');
    const changed = await talk.say('make the milk cow');
    expect(changed.trace.memory).toEqual({ guest: 'Ana', 'order.milk': 'cow' });
  });

  it('is kept without asking where the designer takes the leave for given', async () => {
    const talk = await open({}, cafe.replace('consent: ask', 'consent: assume'));
    expect((await order(talk)).trace.memory).toEqual(known);
  });

  it('is kept where a condition of the slot allows it, and only then', async () => {
    const allowed = cafe.replace('scope: caller, options', 'scope: caller, consent: guest == "Ana", options');
    expect((await order(await open({}, allowed))).trace.memory).toEqual({ 'order.milk': 'oat' });
    const refused = cafe.replace('scope: caller, options', 'scope: caller, consent: guest == "Bob", options');
    const talk = await open({}, refused);
    await order(talk);
    expect((await talk.say('yes')).trace.memory).toEqual({ guest: 'Ana' });
  });

  it('lives as long as the call where nobody knows who calls', async () => {
    const talk = await open(undefined);
    const done = await order(talk);
    expect(done.said).toEqual(['order/done', 'anything_else']);
    expect(done.trace.memory).toBeUndefined();
  });

  it('never holds a secret', async () => {
    const agent = await loadText(cafe);
    const talk = Conversation.of(agent, { start: { memory: { pin: '1234' } } });
    expect(JSON.stringify(talk.input({ kind: 'open' }).trace.slots)).not.toContain('1234');
  });
});

describe('forget me', () => {
  it('asks back, clears what is kept and the slots it stands in, says so, and goes on with the question', async () => {
    const talk = await open(known);
    const asked = await talk.say('forget me');
    expect(asked.said).toEqual(['forget_me_ask']);
    const done = await talk.say('yes');
    expect(done.said).toEqual(['forget_me', 'ask.guest.1']);
    expect(done.trace.memory).toEqual({});
    expect(done.trace.slots).toMatchObject({ guest: null, milk: null });
  });

  it('deletes nothing on a no', async () => {
    const talk = await open(known);
    await talk.say('delete my data');
    const no = await talk.say('no');
    expect(no.said).toEqual(['forget_me', 'ask.cups.1']);
    expect(no.trace.memory).toEqual(known);
  });

  it('is heard only by agents that keep something', async () => {
    const { first } = await Conversation.open(
      'flow: f\nstates: { s: { say: Hi, transitions: [{ intent: yes, to: end }] } }',
    );
    expect(first.listening!.moves.map(({ intent }) => intent)).not.toContain('forget_me');
  });
});
