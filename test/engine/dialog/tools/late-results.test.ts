import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';
import type { Turn } from '../drive.js';

const shop = (late: string): string => `
agent: shop
start: order
tools:
  look: { effect: read, ${late}, input: { n: integer }, output: { word: text }, http: { post: "https://x.example" } }
---
flow: order
title: your order
slots: { n: { type: integer, ask: Which order? } }
states:
  ask: { collect: n, to: look }
  look: { call: look, transitions: [{ on: error, to: sorry }], to: tell }
  tell: { say: "It is {{ look.word }}.", hang_up: true }
  sorry: { say: That failed., hang_up: true }
---
flow: hours
title: our hours
examples: [when are you open]
slots: { day: { type: date, ask: For which day? } }
states:
  ask: { collect: day, to: tell }
  tell: { say: "Ten to six. {{ look == null ? 'no order' : look.word }}.", to: end }
`;

interface Late {
  talk: Conversation;
  settle: (word: string) => Turn;
}

async function looking(late: string): Promise<Late> {
  const { talk } = await Conversation.open(shop(late), { tools: { look: () => 'pending' } });
  await talk.say('four');
  const { callId } = talk.calls[0]!;
  return { talk, settle: (word) => talk.input({ kind: 'tool', callId, result: { outcome: 'ok', value: { word } } }) };
}

describe('a result that comes when the caller is in another flow', () => {
  it('waits with `speak` until that is over, and then the talk goes on from it', async () => {
    const { talk, settle } = await looking('late_result: speak');
    await talk.say('when are you open');
    expect(settle('packed').said).toEqual([]);
    expect((await talk.say('friday the sixth')).text).toBe('Ten to six. packed. It is packed.');
    expect(talk.calls).toHaveLength(1);
  });

  it('is of no use with `drop`: nothing reads it, and whoever comes back has it asked anew', async () => {
    const { talk, settle } = await looking('late_result: drop');
    await talk.say('when are you open');
    settle('packed');
    talk.options.tools!['look'] = { word: 'shipped' };
    const back = await talk.say('friday the sixth');
    expect(back.text).toBe('Ten to six. no order. It is shipped.');
    expect(talk.calls).toHaveLength(2);
  });
});

describe('a result that comes while the caller only speaks beside it', () => {
  it.each(['speak', 'store', 'drop'])('is told with `%s`: nobody turned to anything else', async (late) => {
    const { talk, settle } = await looking(`late_result: ${late}`);
    expect((await talk.say('bananas')).said).toEqual(['one_moment']);
    expect(settle('packed').text).toBe('It is packed.');
  });
});

describe('a result whose task was dropped meanwhile', () => {
  it.each([
    ['store', 'packed'],
    ['speak', 'no order'],
    ['drop', 'no order'],
  ])('is there for others with `%s`: %s', async (late, heard) => {
    const { talk, settle } = await looking(`late_result: ${late}`);
    await talk.say('cancel');
    expect(settle('packed').text).toBe('');
    await talk.say('when are you open');
    expect((await talk.say('friday the sixth')).text).toContain(`Ten to six. ${heard}.`);
  });
});
