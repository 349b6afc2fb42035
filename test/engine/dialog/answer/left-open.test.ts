/** A no to a question that may be left open, and to one that asks for more. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const order = `
agent: parcels
start: order
---
flow: order
slots:
  note: { type: text, optional: true, ask_first: true, ask: Anything the driver should know? }
  reason: { type: choice, optional: true, options: { sick: [ill], busy: [work], none_left: [no parcels left] }, ask: May I ask why? }
  code: { type: digits, optional: true, ask: Do you have a gate code? }
  more: { type: yes_no, ask: Do you have another parcel? }
states:
  ask: { collect: [note, reason, code, more], to: done }
  done: { say: "Noted{{ note == null ? '' : ': ' }}{{ note }}.", to: end }
`;

async function at(count: number): Promise<Conversation> {
  const { talk } = await Conversation.open(order);
  for (let index = 0; index < count; index++) await talk.say('skip');
  return talk;
}

describe('a no to what may be left open', () => {
  it.each(['no', 'nope', 'no thanks', 'nothing', 'no, nothing special', "that's all", 'not really', 'um no', "nothing that i can think of"])('"%s" leaves free words empty', async (said) => {
    const turn = await (await at(0)).say(said);
    expect(turn.trace).toMatchObject({ rule: 'left-open', slots: { note: null } });
    expect(turn.said).toEqual(['left', 'ask.reason.1']);
  }); // prettier-ignore

  it.each([
    'no dogs in the garden',
    'nothing fits through the letterbox',
    'the bell is broken',
    'no entry at the front',
  ])('"%s" is free words', async (said) => {
    expect((await (await at(0)).say(said)).trace.slots).toMatchObject({ note: said });
  });

  it('leaves a choice and a number empty too', async () => {
    expect((await (await at(1)).say('no')).said).toEqual(['left', 'ask.code.1']);
    expect((await (await at(2)).say('no thanks')).said).toEqual(['left', 'ask.more.1']);
  });

  it('is an option where one is called so', async () => {
    expect((await (await at(1)).say('no parcels left')).trace.slots).toMatchObject({ reason: 'none_left' });
  });
});

describe('"that was all", to "do you have another?"', () => {
  it.each(["that's it", "that's all", 'nothing else', "no that's it"])('"%s" is a no', async (said) => {
    expect((await (await at(3)).say(said)).trace.slots).toMatchObject({ more: false });
  });

  it('is a yes where the question asks for no more', async () => {
    const { talk } = await Conversation.open(order.replace('Do you have another parcel?', 'Is it the blue one?'));
    for (let index = 0; index < 3; index++) await talk.say('skip');
    expect((await talk.say("that's it")).trace.slots).toMatchObject({ more: true });
  });
});
