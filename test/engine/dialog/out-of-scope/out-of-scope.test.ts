import { describe, expect, it } from 'vitest';
import type { RouteDecision, Router } from '../../../../engine/contracts.js';
import { Conversation } from '../drive.js';

const desk = (more = '', flow = ''): string => `
agent: desk
start: hello
${more}
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order something]
${flow}
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states: { ask: { collect: n, to: end } }
`;
/** A router behind which a model read the words, and says that nothing here is meant. */
const modelSaysNone: Router = {
  route: (): Promise<RouteDecision> =>
    Promise.resolve({ kind: 'none', by: 'llm', candidates: [], probability: 0.9, llmCalls: 1 }),
};

describe('what nobody here can do', () => {
  it('is refused in plain words where a model understood it, and the floor stays open', async () => {
    const { talk } = await Conversation.open(desk(), { router: modelSaysNone });
    const none = await talk.say('could you water my plants');
    expect(none.said).toEqual(['out_of_scope', 'anything_else']);
    expect(none.trace).toMatchObject({ intent: 'out_of_scope', route: 'llm', counters: { no_match: 1 } });
    expect(none.ended).toBe(false);
  });

  it('and what was hardly heard is not told apart: it was not understood', async () => {
    const { talk } = await Conversation.open(desk(), { router: modelSaysNone });
    expect((await talk.say('mumble mumble', 0.3)).said).toEqual(['no_match.1']);
    const local = (await Conversation.open(desk())).talk;
    expect((await local.say('xyzzy plugh')).said).toEqual(['no_match.1']);
  });

  it('at a question is no answer to it: a rung, with that question', async () => {
    const { talk } = await Conversation.open(desk(), { router: modelSaysNone, start: { flow: 'order' } });
    expect((await talk.say('could you water my plants')).said).toEqual(['ask.n.2']);
  });

  it('always ends somewhere', async () => {
    const { talk } = await Conversation.open(desk(), { router: modelSaysNone });
    let turns = 1;
    while (!(await talk.say('could you water my plants')).ended && turns < 30) turns += 1;
    expect(turns).toBeLessThan(6);
  });

  it('says the designer’s words, and goes where the designer says', async () => {
    const own = await Conversation.open(desk('repair: { out_of_scope: I only take orders. }'), {
      router: modelSaysNone,
    });
    expect((await own.talk.say('could you water my plants')).text).toMatch(/^I only take orders\./);
    const to = await Conversation.open(desk('repair: { out_of_scope: { say: Ask for boxes., to: order } }'), { router: modelSaysNone }); // prettier-ignore
    expect((await to.talk.say('could you water my plants')).said).toEqual(['out_of_scope', 'ask.n.1']);
  });
});

describe('a caller who talks on and on', () => {
  it('is told that it was a lot, then asked again', async () => {
    const { talk } = await Conversation.open(desk(), { start: { flow: 'order' } });
    const long = talk.input({ kind: 'too_long', text: 'well you see my aunt' });
    expect(long.said).toEqual(['no_match', 'ask.n.2']);
    expect(long.text).toMatch(/^Sorry, that was a lot at once\./);
    expect(long.trace.counters).toMatchObject({ no_match: 1 });
  });

  it('is asked what to do on the open floor', async () => {
    const { talk } = await Conversation.open(desk());
    expect(talk.input({ kind: 'too_long', text: 'well you see' }).ended).toBe(false);
  });

  it('goes where the designer says, before any rung', async () => {
    const { talk } = await Conversation.open(desk('', 'listen: [{ on: too_long, say: "Just the number, please." }]'), {
      start: { flow: 'order' },
    });
    const long = talk.input({ kind: 'too_long', text: 'well you see my aunt' });
    expect(long.text).toBe('Just the number, please. How many?');
    expect(long.trace.counters).toMatchObject({ no_match: 0 });
  });
});
