import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
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
examples: [order something]
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states:
  intro: { say: { text: Boxes come in sixes., ssml: "<s>Boxes come in <emphasis>sixes</emphasis>.</s>" }, to: jingle }
  jingle: { say: { text: A jingle., audio: jingle.wav }, to: ask }
  ask: { collect: n, to: agree }
  agree: { confirm: "{{ n }} of them?", to: done }
  done: { say: [Ordered., It is ordered.], to: end }
`;
const inOrder = async (): Promise<Conversation> => (await Conversation.open(desk, { start: { flow: 'order' } })).talk;

describe('repeat', () => {
  it('says the whole last turn again, with its audio and its SSML', async () => {
    const talk = await inOrder();
    const again = await talk.say('repeat');
    expect(again.said).toEqual(['order/intro', 'order/jingle', 'ask.n.1']);
    const words = again.outs.filter((out) => out.kind === 'words');
    expect(words[0]).toMatchObject({ ssml: '<s>Boxes come in <emphasis>sixes</emphasis>.</s>' });
    expect(words[1]).toMatchObject({ audio: 'jingle.wav' });
  });

  it('twice in a row says the same both times, and goes no rung up', async () => {
    const talk = await inOrder();
    const first = await talk.say('repeat');
    const second = await talk.say('say that again');
    expect(second.said).toEqual(first.said);
    expect(second.text).toBe(first.text);
    expect(second.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
  });

  it('at a confirmation says it again and agrees to nothing', async () => {
    const talk = await inOrder();
    await talk.say('four');
    const again = await talk.say('repeat');
    expect(again.said).toEqual(['order/agree.confirm']);
    expect(again.trace).toMatchObject({ state: 'agree', finished: [] });
    expect((await talk.say('yes')).said[0]).toBe('order/done');
  });

  it('after a tool says its result again and runs nothing', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    const told = await talk.say("what's my balance");
    const again = await talk.say('repeat');
    expect(again.said).toEqual(['check_balance/tell', 'anything_else']);
    expect(again.text).toBe(told.text);
    expect(talk.calls).toHaveLength(1);
  });

  it('says again what was said before and after a tool that had to wait for the words', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('send thirty euros to Mateo');
    const paid = await talk.say('yes');
    const again = await talk.say('repeat');
    expect(again.said).toEqual(paid.said);
    expect(talk.calls.filter((call) => call.effect === 'write')).toHaveLength(1);
  });

  it('says again all that was said over several waits of one turn', async () => {
    const { talk } = await Conversation.open(`
agent: shop
tools:
  hold: { effect: write, output: { a: integer }, http: { post: "https://x.example/a" } }
  pay: { effect: write, output: { a: integer }, http: { post: "https://x.example/b" } }
---
flow: f
slots: { n: { type: integer, ask: How many? } }
states:
  ask: { collect: n, to: one }
  one: { say: I hold them., to: hold }
  hold: { call: hold, transitions: [{ on: error, to: sorry }], to: two }
  two: { say: Now I pay., to: pay }
  pay: { call: pay, transitions: [{ on: error, to: sorry }], to: three }
  three: { say: All done. Is that fine?, transitions: [{ intent: yes, to: end }] }
  sorry: { say: Sorry., to: end }
`, { tools: { hold: { a: 1 }, pay: { a: 1 } } }); // prettier-ignore
    const paid = await talk.say('two');
    expect(paid.said).toEqual(['f/one', 'f/two', 'f/three']);
    expect((await talk.say('repeat')).said).toEqual(['f/one', 'f/two', 'f/three']);
    expect(talk.calls).toHaveLength(2);
  });

  it('says the designer’s words before, once, and no part of what is repeated', async () => {
    const { talk } = await Conversation.open(desk.replace('start: hello', 'start: hello\nrepair: { repeat: Of course. }'), { start: { flow: 'order' } }); // prettier-ignore
    await talk.say('repeat');
    expect((await talk.say('repeat')).text).toBe('Of course. Boxes come in sixes. A jingle. How many?');
  });
});

describe('slower', () => {
  it('lasts for the rest of the call, and once more is slower still', async () => {
    const talk = await inOrder();
    const rates = (turn: Awaited<ReturnType<typeof talk.say>>): unknown[] =>
      turn.outs.flatMap((out) => (out.kind === 'words' ? [out.rate] : []));
    expect(rates(await talk.say('slower'))).toEqual([0.85, 0.85, 0.85]);
    expect(rates(await talk.say('four'))).toEqual([0.85]);
    expect(rates(await talk.say('slower please'))).toEqual([0.7]);
    expect(rates(await talk.say('slower'))).toEqual([0.7]);
  });
});
