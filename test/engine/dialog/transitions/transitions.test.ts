import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const menu = `
agent: desk
start: menu
intents: { sales: [i want to buy], bills: [a question about my bill] }
slots: { x: { type: integer, default: 0 }, y: { type: integer, default: 0 } }
listen:
  - { on: [storm, flood], say: The line may break. }
  - { intent: sales, to: shop }
---
flow: menu
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states:
  pick:
    say: Bills or news?
    transitions:
      - { intent: bills, key: 1, to: bills }
      - { intent: [yes, no], say: One of the two. }
      - { key: 2, if: x > 0, to: never }
      - { key: 2, set: { x: "{{ x + 1 }}", y: "{{ x * 10 }}" }, to: told }
      - { key: 3, to: shop }
      - { key: 4, clear: y, set: { x: 5 }, to: told }
  bills: { say: Bills., to: end }
  never: { say: Never., to: end }
  told: { say: "x is {{ x }}, y is {{ y }}.", transitions: [{ intent: yes, to: ask }] }
  ask: { collect: n, to: end }
---
flow: shop
states: { tell: { say: The shop., to: end } }
`;
const open = async (): Promise<Conversation> => (await Conversation.open(menu)).talk;

describe('a transition', () => {
  it('with an intent and a key is taken by either', async () => {
    expect((await (await open()).say('a question about my bill')).said[0]).toBe('menu/bills');
    expect((await open()).keys('1').said[0]).toBe('menu/bills');
  });

  it('with a list of intents is taken by any of them', async () => {
    for (const words of ['yes', 'no']) {
      const turn = await (await open()).say(words);
      expect([words, turn.said]).toEqual([words, [`menu/pick.${words}`, 'menu/pick']]);
    }
  });

  it('with a list of events is taken by any of them, also where the agent listens', async () => {
    for (const name of ['storm', 'flood']) {
      const turn = (await open()).input({ kind: 'event', name });
      expect([name, turn.said]).toEqual([name, [`listen.${name}`, 'menu/pick']]);
    }
  });

  it('is the first line that holds: one before it whose condition does not is passed over', async () => {
    const turn = (await open()).keys('2');
    expect(turn.said).toEqual(['menu/told']);
    expect(turn.trace.visited).not.toContain('menu/never');
  });

  it('sets in the order written: a later value sees an earlier one', async () => {
    expect((await open()).keys('2').text).toBe('x is 1, y is 10.');
  });

  it('without `to` answers and puts the question again, no rung up', async () => {
    const talk = await open();
    const turn = await talk.say('yes');
    expect(turn.text).toBe('One of the two. Bills or news?');
    expect(turn.trace).toMatchObject({ state: 'pick', counters: { no_match: 0, attempt: 1, visits: 1 } });
  });

  it('to a flow from a state is for good; from `listen` it comes back', async () => {
    const gone = (await open()).keys('3');
    expect(gone.said).toEqual(['shop/tell', 'anything_else']);
    expect(gone.trace).toMatchObject({ state: 'end', stack: [] });
    const back = await (await open()).say('i want to buy');
    expect(back.said).toEqual(['shop/tell', 'resume', 'menu/pick']);
    expect(back.trace).toMatchObject({ flow: 'menu', stack: [] });
  });

  it('to a name that a state and a flow share goes to the state', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: menu
---
flow: menu
states:
  pick: { say: Well?, transitions: [{ intent: yes, to: shop }] }
  shop: { say: The state., to: end }
---
flow: shop
states: { tell: { say: The flow., to: end } }
`);
    expect((await talk.say('yes')).text).toContain('The state.');
  });

  it('with the intent of a built-in wins over it', async () => {
    const { talk } = await Conversation.open(`
flow: f
states:
  pick: { say: Well?, transitions: [{ intent: repeat, say: Listen well. }, { intent: cancel, to: sure }] }
  sure: { say: Really?, transitions: [{ intent: yes, to: end }] }
`);
    expect((await talk.say('repeat')).text).toBe('Listen well. Well?');
    expect((await talk.say('cancel')).said).toEqual(['f/sure']);
  });
});

describe('an outcome', () => {
  const calls = (own = 'transitions: [{ on: cancelled, to: refused }],', listen = ''): string => `
agent: desk
start: parent
${listen}
---
flow: parent
states:
  go: { call_flow: child, ${own} to: fine }
  fine: { say: Fine., to: end }
  refused: { say: Refused., to: end }
---
flow: child
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, transitions: [{ if: n > 10, to: end, outcome: refused }], to: end } }
---
flow: sorry
examples: [say sorry]
states: { tell: { say: The agent is sorry., to: end } }
`;
  it('`{ to: end, outcome }` is that event in the flow that called', async () => {
    const { talk } = await Conversation.open(calls('transitions: [{ on: refused, to: refused }],'));
    expect((await talk.say('twenty')).said).toEqual(['parent/refused', 'anything_else']);
  });

  it('never takes the exit for success; without a line for it goes up to the agent, and then to the built-in error', async () => {
    const { talk } = await Conversation.open(calls(undefined, 'listen: [{ on: refused, to: sorry }]'));
    expect((await talk.say('twenty')).said).toEqual(['sorry/tell', 'anything_else']);
    const { talk: alone } = await Conversation.open(calls());
    const turn = await alone.say('twenty');
    expect(turn.said).toEqual(['error', 'anything_else']);
    expect(turn.trace).toMatchObject({ state: 'end', stack: [] });
  });

  it('goes to what the flow listens for before it goes to the agent', async () => {
    const yaml = calls(undefined, 'listen: [{ on: refused, to: sorry }]').replace('flow: parent\n', 'flow: parent\nlisten: [{ on: refused, to: refused }]\n'); // prettier-ignore
    const { talk } = await Conversation.open(yaml);
    expect((await talk.say('twenty')).said).toEqual(['parent/refused', 'anything_else']);
  });

  it('of a flow that nobody called is only recorded', async () => {
    const { talk } = await Conversation.open(calls(), { start: { flow: 'child' } });
    const turn = await talk.say('twenty');
    expect(turn.said).toEqual(['anything_else']);
    expect(turn.trace.finished).toEqual(['child']);
  });
});

describe('`listen`', () => {
  it('false on a state hears only its own lines and repair', async () => {
    const deaf = `
agent: desk
start: ask
intents: { sales: [zebra crossing], bills: [quantum leap] }
listen: [{ intent: sales, to: shop }]
---
flow: ask
listen: [{ intent: bills, to: end }]
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states: { ask: { listen: false, collect: n, to: end } }
---
flow: shop
examples: [purple elephants]
states: { tell: { say: The shop., to: end } }
`;
    for (const words of ['zebra crossing', 'purple elephants', 'quantum leap']) {
      const { talk } = await Conversation.open(deaf);
      const turn = await talk.say(words);
      expect([words, turn.said]).toEqual([words, ['ask.n.2']]);
    }
    const { talk } = await Conversation.open(deaf);
    expect((await talk.say('help')).said).toEqual(['help', 'ask.n.1']);
    expect((await talk.say('cancel')).said).toEqual(['cancel', 'anything_else']);
  });

  it('false still hears events, which are not the caller’s', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: ask
listen: [{ on: storm, say: The line may break. }]
---
flow: ask
slots: { n: { type: integer, ask: How many? } }
states: { ask: { listen: false, collect: n, to: end } }
`);
    expect(talk.input({ kind: 'event', name: 'storm' }).said).toEqual(['listen.storm', 'ask.n.1']);
  });
});
