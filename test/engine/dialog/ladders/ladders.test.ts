import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const asking = (ladders: string, slot = 'ask: [How many?, A number please.]'): string => `
flow: f
${ladders}
slots: { n: { type: integer, range: 1..12, ${slot} }, m: { type: integer, ask: [How long?, In months.] } }
states:
  ask: { collect: n, to: more }
  more: { collect: m, to: done }
  done: { say: Done., transitions: [{ intent: yes, to: ask, clear: [n, m] }, { intent: no, to: out }] }
  out: { say: Another way., to: end }
`;
const open = async (ladders: string, slot?: string, random?: () => number): Promise<Conversation> =>
  (await Conversation.open(asking(ladders, slot), random ? { random } : {})).talk;
const nonsense = 'xyzzy plugh';

describe('a ladder', () => {
  it('asks in other words at each attempt, and keeps to the last', async () => {
    const talk = await open('no_match: [reask, reask, reask, { to: out }]');
    expect((await talk.say(nonsense)).said).toEqual(['ask.n.2']);
    expect((await talk.say(nonsense)).said.at(-1)).toBe('ask.n.2');
  });

  it('says ours before a question that has no other words, and nothing before one that has', async () => {
    const talk = await open('no_match: [reask, reask, reask, { to: out }]');
    expect((await talk.say(nonsense)).said).toEqual(['ask.n.2']);
    expect((await talk.say(nonsense)).said).toEqual(['no_match', 'ask.n.2']);
  });

  it('says the designer’s before each, where there are some', async () => {
    const talk = await open('repair: { no_match: "Sorry, what was that?", no_input: Hello? }');
    expect((await talk.say(nonsense)).text).toBe('Sorry, what was that? A number please.');
    expect(talk.silence().said).toEqual(['no_input', 'ask.n.2']);
  });

  it('of rungs says a rung’s words, then the question', async () => {
    const talk = await open('no_input: [reask, { say: Still there? }, { to: out }]');
    expect(talk.silence().said).toEqual(['ask.n.2']);
    expect(talk.silence().said).toEqual(['f/ask.no_input.2', 'ask.n.2']);
    expect(talk.silence().said[0]).toBe('f/out');
  });

  it('repeats its last rung', async () => {
    const talk = await open('no_input: [reask, { say: Still there? }]');
    talk.silence();
    for (let time = 0; time < 3; time++) expect(talk.silence().said).toEqual(['f/ask.no_input.2', 'ask.n.2']);
  });

  it('that ends nowhere ends six failures after its last rung: with a person, else with the call', async () => {
    for (const transfer of ['transfer: { to: "+353100000", mode: cold }', '']) {
      const { talk } = await Conversation.open(
        `agent: a\nstart: f\n${transfer}\n---\n${asking('no_input: [reask, { say: Still there? }]').trimStart()}`,
      );
      for (let time = 1; time <= 2 + 6; time++) expect(talk.silence().ended).toBe(false);
      const last = talk.silence();
      expect(last.ended).toBe(true);
      expect(last.outs.some((out) => out.kind === 'transfer')).toBe(transfer !== '');
    }
  });

  it('has variants where a rung is a list, and never the same twice running', async () => {
    for (const roll of [0, 0.99]) {
      const talk = await open('', 'ask: [[How many?, "How many, please?"], Just a number.]', () => roll);
      const first = (talk.state as unknown as { last: { text: string }[] }).last.map((one) => one.text);
      expect([roll, first]).toEqual([roll, [roll === 0 ? 'How many?' : 'How many, please?']]);
      expect((await talk.say(nonsense)).text).toBe('Just a number.');
    }
    const said = await open('', 'ask: [[How many?, "How many, please?"]]', () => 0);
    const again = (await said.say(nonsense)).text;
    expect(again).toContain('How many, please?');
  });

  it('begins anew when the state was left by success', async () => {
    const talk = await open('');
    await talk.say(nonsense);
    talk.silence();
    const more = await talk.say('four');
    expect(more.said).toEqual(['ask.m.1']);
    expect(more.trace.counters).toMatchObject({ no_input: 0, no_match: 0, invalid: 0, attempt: 1 });
    await talk.say('six');
    const back = await talk.say('yes');
    expect(back.said).toEqual(['ask.n.1']);
    expect(back.trace.counters).toMatchObject({ no_match: 0, no_input: 0, attempt: 1, visits: 2 });
  });

  it('of silence and one of misunderstanding are counted apart', async () => {
    const talk = await open('');
    await talk.say(nonsense);
    expect(talk.silence().trace.counters).toMatchObject({ no_input: 1, no_match: 1 });
  });

  it('takes the nearest: prompt words of the state before the flow’s', async () => {
    const { talk } = await Conversation.open(`
flow: f
no_input: [{ say: The flow asks. }]
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, no_input: [{ say: The state asks. }], to: end } }
`);
    expect(talk.silence().text).toContain('The state asks.');
  });
});

describe('refused values', () => {
  it('speak their own words, then the question is put again', async () => {
    const talk = await open('no_match: [reask, reask, { to: out }]');
    const refused = await talk.say('twenty');
    expect(refused.said).toEqual(['reject.n', 'ask.n.2']);
    expect(refused.trace.counters).toMatchObject({ invalid: 1, no_match: 0 });
  });

  it('count toward the last rung of `no_match`', async () => {
    const talk = await open('no_match: [reask, reask, { to: out }]');
    await talk.say('twenty');
    await talk.say(nonsense);
    const last = await talk.say('thirty');
    expect(last.said).toContain('f/out');
    const other = await open('no_match: [reask, reask, { to: out }]');
    await other.say('twenty');
    await other.say('thirty');
    expect((await other.say(nonsense)).said[0]).toBe('f/out');
  });
});

describe('ladders, words and repair', () => {
  it('of a flow are not those of the flows it calls', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: parent
no_input: [{ say: The agent asks. }]
---
flow: parent
no_input: [{ say: The parent asks. }]
no_input_after: 3s
repair: { help: The parent helps., cancel: off }
states: { go: { call_flow: child, to: end } }
---
flow: child
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: end } }
`);
    const silent = talk.silence();
    expect(silent.text).toContain('The agent asks.');
    expect(silent.listening?.noInputMs).toBe(6000);
    expect((await talk.say('help')).text).not.toContain('The parent helps.');
    expect((await talk.say('cancel')).said).toEqual(['cancel', 'anything_else']);
  });

  it('what a flow listens for is heard in the flows it calls, also for silence', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: parent
---
flow: parent
listen: [{ on: no_input, if: no_input > 1, to: gone }]
states: { go: { call_flow: child, to: end }, gone: { say: Gone., to: end } }
---
flow: child
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: end } }
`);
    talk.silence();
    expect(talk.silence().said).toEqual(['parent/gone', 'anything_else']);
  });
});
