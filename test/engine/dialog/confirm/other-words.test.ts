import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: order
---
flow: order
slots: { n: { type: integer, ask: How many? } }
tools: { send: { effect: write, confirm: true, input: { n: integer }, http: { post: "https://x.example/o" } } }
states:
  ask: { collect: n, to: send }
  send: { confirm: "{{ n }}. Shall I send it?", call: send, transitions: [{ on: [error, timeout], to: human }, { on: declined, to: left }], to: done }
  done: { say: On its way., to: end }
  left: { say: Nothing sent., to: end }
`;

async function atConfirm(): Promise<Conversation> {
  const { talk } = await Conversation.open(desk, { tools: { send: {} } });
  await talk.say('three');
  return talk;
}

describe('a yes or a no that no example has, where one is waited for', () => {
  it.each(['mm-hmm', 'i suppose so', 'you bet', 'hell yes', 'very well'])('"%s" agrees', async (said) => {
    const turn = await (await atConfirm()).say(said);
    expect(turn.tools.map(({ tool }) => tool)).toEqual(['send']);
  });

  it.each(['no problem no', "i'd say no", 'absolutely not'])('"%s" declines', async (said) => {
    expect((await (await atConfirm()).say(said)).said).toContain('order/left');
  });

  it.each(['mm-hmm but make it four', 'bananas', 'you bet there was lots of rain'])(
    '"%s" sends nothing',
    async (said) => {
      expect((await (await atConfirm()).say(said)).tools).toEqual([]);
    },
  );

  it('sends nothing when it was hardly heard', async () => {
    expect((await (await atConfirm()).say('mm-hmm', 0.4)).tools).toEqual([]);
  });
});
