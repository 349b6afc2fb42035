import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const nested = `
agent: nested
start: hello
listen: [{ on: refused, to: sorry }]
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: outer
title: the outer task
examples: [do the outer thing]
intents: { bail: [get me out of here] }
listen: [{ intent: outer.bail, to: left }]
slots: { done: { type: integer } }
states:
  go: { call_flow: inner, with: { n: 4 }, transitions: [{ set: { done: "{{ inner.n }}" }, to: tell }] }
  tell: { say: "It was {{ done }}.", to: end }
  left: { say: Left it., to: end }
---
flow: inner
in: { n: { type: integer, optional: true } }
out: { n: integer }
slots: { n: { type: integer }, m: { type: integer, ask: And the other number? } }
states:
  ask: { collect: m, transitions: [{ if: m > 100, to: end, outcome: refused }], to: add }
  add: { transitions: [{ set: { n: "{{ n + m }}" }, to: end }] }
---
flow: sorry
states: { tell: { say: That was too much., to: end } }
---
flow: handover
title: the first
examples: [do the first thing]
states: { a: { say: I hand over., to: second } }
---
flow: second
states: { b: { say: I took over., to: end } }
---
flow: slow
title: the slow task
examples: [do the slow thing]
resume: ask
slots: { n: { type: integer, ask: How slow? } }
states: { ask: { collect: n, to: end } }
`.replace('intent: outer.bail', 'intent: bail');
const open = async (): Promise<Conversation> => (await Conversation.open(nested)).talk;

describe('flows on the stack', () => {
  it('give their outputs to the flow that called them', async () => {
    const talk = await open();
    expect((await talk.say('do the outer thing')).trace).toMatchObject({
      flow: 'inner',
      stack: ['outer'],
      slots: { n: 4 },
    });
    const done = await talk.say('three');
    expect(done.text).toContain('It was 7.');
    expect(done.trace.finished).toEqual(['inner', 'outer']);
  });

  it('hear what the flow that called them listens for, and end when it is taken', async () => {
    const talk = await open();
    await talk.say('do the outer thing');
    const left = await talk.say('get me out of here');
    expect(left.said).toEqual(['outer/left', 'anything_else']);
    expect(left.trace.stack).toEqual([]);
  });

  it('have an outcome that nobody deals with go up to the agent, which ends the task for good', async () => {
    const talk = await open();
    await talk.say('do the outer thing');
    const refused = await talk.say('two hundred');
    expect(refused.said).toEqual(['sorry/tell', 'anything_else']);
    expect(refused.trace).toMatchObject({ state: 'end', stack: [] });
  });

  it('go over into another flow for good from a state', async () => {
    const talk = await open();
    const over = await talk.say('do the first thing');
    expect(over.said).toEqual(['handover/a', 'second/b', 'anything_else']);
    expect(over.trace.finished).toEqual(['handover', 'second']);
  });

  it('are asked whether to go on, where the designer wants that', async () => {
    const talk = await open();
    await talk.say('do the slow thing');
    const back = await talk.say('do the first thing');
    expect(back.said).toEqual(['handover/a', 'second/b', 'resume_ask']);
    expect(back.text).toContain('the slow task');
    expect((await talk.say('yes')).said).toEqual(['ask.n.1']);
    await talk.say('do the first thing');
    expect((await talk.say('no')).trace).toMatchObject({ state: 'end', stack: [] });
  });

  it('remember of their words what was really heard', async () => {
    const talk = await open();
    const hi = await talk.say('do the first thing');
    expect(hi.ended).toBe(false);
    talk.input({
      kind: 'no_input',
      heard: { parts: [{ id: 'handover/a', text: 'I hand over.', share: 0.34 }], estimated: false },
    });
    const { history } = talk.state as unknown as { history: { id: string; text: string }[] };
    expect(history.find((entry) => entry.id === 'handover/a')?.text).toBe('I');
  });
});
