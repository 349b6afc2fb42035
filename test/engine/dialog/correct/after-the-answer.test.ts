import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: hello
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: ["where is order [4471](number)", where is my order]
slots:
  number: { type: code, pattern: "[0-9]{4}", ask: Which number? }
  part: { type: choice, options: [top, bottom], ask: Which part? }
tools:
  find: { effect: read, input: { number: text }, output: { status: text }, http: { get: "https://x.example/{{ number }}" } }
states:
  ask: { collect: [number, part], to: look }
  look: { call: find, to: tell }
  tell: { say: "The {{ part }} of {{ number }} is {{ find.status }}.", to: end }
`;
const told = async (): Promise<Conversation> => {
  const { talk } = await Conversation.open(desk, { tools: { find: { status: 'on its way' } } });
  await talk.say('where is order 4471');
  expect((await talk.say('the top')).text).toContain('The top of 4 4 7 1');
  return talk;
};

describe('a value put right when the answer has been given', () => {
  it.each(['sorry, 1234 I meant', 'no, 1234', 'I meant 1234', 'sorry I meant the number 1234'])(
    'does the task again with it, and asks nothing that was said before: "%s"',
    async (words) => {
      const turn = await (await told()).say(words);
      expect(turn.tools.map(({ input }) => input)).toEqual([{ number: '1234' }]);
      expect(turn.text).toMatch(/^The top of 1 2 3 4 is on its way\./);
    },
  );

  it('is any of its slots', async () => {
    expect((await (await told()).say('no, the bottom')).text).toMatch(/^The bottom of 4 4 7 1/);
  });

  it.each(['no', 'sorry', 'no thanks', 'no, 4471', 'I meant something else'])('is none in "%s"', async (words) => {
    expect((await (await told()).say(words)).tools).toEqual([]);
  });
});

describe('a number put right', () => {
  const table = `
flow: table
slots:
  time: { type: time, range: 17:00..21:30, ask: At what time? }
  people: { type: integer, range: 1..12, ask: How many? }
states:
  ask: { collect: [time, people], to: other }
  other:
    say: At {{ time | say_time }} we are full. Half past eight?
    transitions: [{ intent: yes, to: done }]
  done: { say: Booked., hang_up: true }
`;

  it.each(['could we do nine instead', 'what about nine', 'can you make it 9', 'nine then'])(
    'is the value that the words just said speak of, and not the one given last: "%s"',
    async (words) => {
      const { talk } = await Conversation.open(table);
      await talk.say('eight in the evening');
      await talk.say('two');
      expect((await talk.say(words)).trace.slots).toMatchObject({ time: '21:00', people: 2 });
    },
  );
});
