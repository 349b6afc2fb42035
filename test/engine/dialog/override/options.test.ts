import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = (repair: string, more = ''): string => `
agent: desk
start: hello
transfer: { to: "+353100000", mode: cold }
repair:
${repair}
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order]
slots: { n: { type: integer, ask: [How many?, A number please.] }, m: { type: integer, ask: And how long? } }
states:
  ask: { collect: n, to: more }
  more: { collect: m, to: done }
  done: { say: Ordered., to: end }
---
flow: survey
slots: { mark: { type: integer, ask: How was I? } }
states: { ask: { collect: mark, to: bye }, bye: { say: Thank you., hang_up: true } }
---
flow: terms
states: { tell: { say: Our terms say so., to: end } }
${more}`;
const open = async (repair: string, options = {}): Promise<Conversation> =>
  (await Conversation.open(desk(repair), options)).talk;
const inOrder = (repair: string, options = {}): Promise<Conversation> =>
  open(repair, { start: { flow: 'order' }, ...options });

describe('a built-in that the designer wants confirmed', () => {
  it('is asked about first: a no leaves everything as it is, a yes does it', async () => {
    const talk = await inOrder('  cancel: { confirm: explicit }');
    const asked = await talk.say('cancel');
    expect(asked.said).toEqual(['confirm_cancel']);
    expect(asked.text).toContain('your order');
    const no = await talk.say('no');
    expect(no.said).toEqual(['ask.n.1']);
    expect(no.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
    await talk.say('never mind');
    expect((await talk.say('yes')).said).toEqual(['cancel', 'anything_else']);
  });

  it('is let go by an answer to the question before', async () => {
    const talk = await inOrder('  cancel: { confirm: explicit }');
    await talk.say('cancel');
    const four = await talk.say('four');
    expect(four.said).toEqual(['ask.m.1']);
    expect(four.trace.slots).toMatchObject({ n: 4 });
  });

  it('starts over only after a yes', async () => {
    const talk = await inOrder('  start_over: { confirm: explicit }');
    await talk.say('four');
    expect((await talk.say('start over')).said).toEqual(['confirm_start_over']);
    expect((await talk.say('no')).trace.slots).toMatchObject({ n: 4 });
    await talk.say('start over');
    const over = await talk.say('yes please');
    expect(over.said).toEqual(['start_over', 'ask.n.1']);
    expect(over.trace.slots).toMatchObject({ n: null });
  });

  it('hangs up and calls a person only after a yes', async () => {
    const talk = await open('  goodbye: { confirm: explicit }\n  human: { confirm: explicit }');
    expect((await talk.say('goodbye')).said).toEqual(['confirm_goodbye']);
    expect((await talk.say('no')).ended).toBe(false);
    expect((await talk.say('a person')).said).toEqual(['offer_human']);
    expect((await talk.say('no')).said).toEqual(['go_ahead']);
    await talk.say('a person');
    expect((await talk.say('yes')).outs.some((out) => out.kind === 'transfer')).toBe(true);
    const other = await open('  goodbye: { confirm: explicit }');
    await other.say('goodbye');
    expect(await other.say('yes')).toMatchObject({ said: ['goodbye'], ended: true });
  });

  it('is asked once more after a silence, and not taken for granted by it', async () => {
    const talk = await inOrder('  cancel: { confirm: explicit }');
    await talk.say('cancel');
    expect(talk.silence().trace).toMatchObject({ flow: 'order', counters: { no_input: 1 } });
    expect((await talk.say('cancel')).said).toEqual(['confirm_cancel']);
  });
});

describe('a built-in with a way of its own', () => {
  it('ends the task for good where the caller wants to leave, and says the designer’s words', async () => {
    const repair =
      '  goodbye: { say: One thing before you go., to: survey }\n  cancel: { to: terms }\n  start_over: { to: terms }';
    const bye = await (await inOrder(repair)).say('goodbye');
    expect(bye.said).toEqual(['goodbye', 'ask.mark.1']);
    expect(bye.text).toContain('One thing before you go.');
    expect(bye.trace).toMatchObject({ flow: 'survey', stack: [] });
    expect((await (await inOrder(repair)).say('cancel')).said).toEqual(['terms/tell', 'anything_else']);
    expect((await (await inOrder(repair)).say('start over')).said).toEqual(['terms/tell', 'anything_else']);
  });

  it('comes back from every other', async () => {
    for (const [name, words] of [
      ['help', 'help'],
      ['why', 'why'],
      ['repeat', 'repeat'],
      ['slower', 'slower'],
      ['hold_on', 'hold on'],
      ['dont_know', "i don't know"],
      ['skip', 'skip'],
      ['chitchat', 'tell me a joke'],
      ['speak', 'do you speak spanish'],
    ]) {
      // prettier-ignore
      const turn = await (await inOrder(`  ${name}: { to: terms }`)).say(words!);
      expect([name, turn.said]).toEqual([name, ['terms/tell', 'resume', 'ask.n.1']]);
    }
  });

  it('stands at the end of the call too: when nothing else is wanted, and in place of the question for it', async () => {
    const done = await open('  done: { to: survey }');
    await done.say('order');
    await done.say('one');
    await done.say('two');
    expect((await done.say("that's all")).said).toEqual(['ask.mark.1']);
    const no = await open('  goodbye: { say: One thing before you go., to: survey }');
    await no.say('order');
    await no.say('one');
    await no.say('two');
    expect((await no.say('no thanks')).said).toEqual(['goodbye', 'ask.mark.1']);
    const else_ = await open('  anything_else: { to: survey }');
    await else_.say('order');
    await else_.say('one');
    expect((await else_.say('two')).said).toEqual(['order/done', 'ask.mark.1']);
  });

  it('goes to a person, to a state, or out of the task', async () => {
    const human = await (await inOrder('  dont_know: { to: human }')).say("i don't know");
    expect(human.outs.some((out) => out.kind === 'transfer')).toBe(true);
    const end = await (await inOrder('  skip: { to: end }')).say('skip');
    expect(end.trace).toMatchObject({ state: 'end', stack: [] });
    const { talk } = await Conversation.open(`
flow: f
slots: { n: { type: integer, ask: How many? } }
states:
  ask: { collect: n, repair: { dont_know: { say: Then a dozen., to: dozen } }, to: end }
  dozen: { say: Twelve it is., transitions: [{ intent: yes, to: end }] }
`);
    expect((await talk.say("i don't know")).said).toEqual(['dont_know', 'f/dozen']);
  });

  it('goes on after an error where the designer says', async () => {
    const { talk } = await Conversation.open(
      desk(
        '  error: { say: That broke., to: survey }',
        '---\nflow: broken\nexamples: [break it]\ntools: { t: { effect: read, output: { a: text }, http: { get: "https://x.example" } } }\nstates: { go: { call: t, to: end } }\n',
      ),
    );
    const broken = await talk.say('break it');
    expect(broken.said).toEqual(['error', 'ask.mark.1']);
    expect(broken.text).toContain('That broke.');
  });
});

describe('of each option the nearest word wins', () => {
  const nested = `
agent: desk
start: order
transfer: { to: "+353100000", mode: cold }
repair: { hold_on: { say: The agent waits., wait: 60s }, cancel: { say: The agent stops., confirm: explicit }, chitchat: off, help: off }
---
flow: order
title: your order
repair: { hold_on: { say: The flow waits. }, cancel: { confirm: none }, help: Flow help. }
slots: { n: { type: integer, ask: How many? }, m: { type: integer, ask: And how long? } }
states:
  ask: { collect: n, to: more }
  more: { collect: m, repair: { hold_on: { wait: 90s }, help: off, chitchat: Nice. }, to: end }
`;

  it('the words of the flow with the time of the agent', async () => {
    const { talk } = await Conversation.open(nested);
    const held = await talk.say('hold on');
    expect(held.text).toBe('The flow waits.');
    expect(held.listening?.noInputMs).toBe(60_000);
    await talk.say('four');
    const later = await talk.say('hold on');
    expect(later.text).toBe('The flow waits.');
    expect(later.listening?.noInputMs).toBe(90_000);
  });

  it('the flow’s "none" over the agent’s "explicit", with the agent’s words', async () => {
    const { talk } = await Conversation.open(nested);
    expect((await talk.say('cancel')).text).toMatch(/^The agent stops\./);
  });

  it('what is off at the agent may be on in a flow or a state, and the other way round', async () => {
    const { talk } = await Conversation.open(nested);
    expect((await talk.say('help')).text).toMatch(/^Flow help\./);
    expect((await talk.say('cheers')).trace.counters.no_match).toBe(1);
    await talk.say('four');
    expect((await talk.say('help')).trace.counters.no_match).toBe(1);
    expect((await talk.say('cheers')).said).toEqual(['chitchat', 'ask.m.1']);
  });
});

describe('a corrected value', () => {
  const flow = (confirm: string): string => `
flow: f
repair: { correct: { confirm: ${confirm} } }
slots: { n: { type: integer, ask: How many? }, m: { type: integer, called: [length], ask: And how long? }, x: { type: yes_no, ask: Is it urgent? } }
states: { a: { collect: n, to: b }, b: { collect: m, to: c }, c: { collect: x, to: d }, d: { say: "{{ n }} of {{ m }}.", to: end } }
`;
  it('is asked about, said back, or taken, as the designer wants', async () => {
    const said: Record<string, string[]> = {};
    for (const manner of ['explicit', 'implicit', 'none']) {
      const { talk } = await Conversation.open(flow(manner));
      await talk.say('four');
      await talk.say('ten');
      said[manner] = (await talk.say('sorry, the length is twelve')).said;
    }
    expect(said).toEqual({
      explicit: ['correct', 'confirm.m'],
      implicit: ['correct', 'confirm.m', 'ask.x.1'],
      none: ['correct', 'ask.x.1'],
    });
  });
});
