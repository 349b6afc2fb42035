import { describe, expect, it } from 'vitest';
import type { ToolResult } from '../../../../engine/contracts.js';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

describe('a tool', () => {
  it('that fails never takes the default exit', async () => {
    for (const outcome of ['error', 'timeout', 'unknown'] as const) {
      const { talk } = await Conversation.open(bank, {
        tools: { ...bankTools, pay_contact: (): ToolResult => ({ outcome }) },
      });
      await talk.say('send thirty euros to Mateo');
      const paid = await talk.say('yes');
      expect(paid.said).toEqual(['send_money/trouble', 'anything_else']);
    }
  });

  it('without a road for its error ends the task in the built-in error and offers a person', async () => {
    const { talk } = await Conversation.open(bank, {
      tools: { ...bankTools, get_balance: (): ToolResult => ({ outcome: 'error' }) },
    });
    const failed = await talk.say("what's my balance");
    expect(failed.said).toEqual(['error', 'offer_human']);
    expect(failed.trace.state).toBe('end');
    const yes = await talk.say('yes');
    expect(yes.outs.some((out) => out.kind === 'transfer')).toBe(true);
  });

  it('is answered by nobody else: an event from outside with the name of its outcome opens nothing', async () => {
    const vault = `
flow: vault
tools:
  check_code: { effect: read, input: {}, output: {}, outcomes: { wrong: 403 }, http: { get: "http://127.0.0.1:9/" } }
states:
  ask: { say: One moment., call: check_code, transitions: [{ on: ok, to: open }, { on: [wrong, error, timeout], to: shut }, { on: rain, to: wet }], to: shut }
  open: { say: The vault is open., hang_up: true }
  shut: { say: It stays shut., hang_up: true }
  wet: { say: It rains., hang_up: true }
`;
    for (const [name, said] of [
      ['ok', []],
      ['wrong', []],
      ['error', []],
      ['rain', ['vault/wet']],
    ] as const) {
      const { talk } = await Conversation.open(vault, { tools: { check_code: () => 'pending' } });
      const turn = talk.input({ kind: 'event', name });
      expect(turn.said, name).toEqual(said);
    }
  });

  it('whose result lacks a field that a condition reads is an error', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools, check_funds: { balance: 900 } } });
    const funds = await talk.say('send thirty euros to Mateo');
    expect(funds.said).toEqual(['send_money/trouble', 'anything_else']);
    expect(funds.trace.notes.join()).toContain('check_funds.enough');
  });

  it('that writes is sent once for one yes, under an id that names the dialog, the turn and the state', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('send thirty euros to Mateo');
    const paid = await talk.say('yes');
    expect(paid.tools).toHaveLength(1);
    const [call] = paid.tools;
    expect(call?.callId).toMatch(/^d\d+\/3\/send_money\.pay\/\d+$/);
    const again = talk.event({
      kind: 'tool_settled',
      callId: call!.callId,
      result: { outcome: 'ok', value: { reference: 'X' } },
    });
    expect(again.tools).toEqual([]);
    expect(again.said).toEqual([]);
  });

  it('B52 that writes waits until the words before it were heard, and a word of stop there comes first', async () => {
    const spoken = bank.replace('    call: pay_contact', '    say: Sending it now.\n    call: pay_contact');
    const { talk } = await Conversation.open(spoken, { tools: { ...bankTools }, playsOut: false });
    await talk.say('send thirty euros to Mateo');
    const waiting = await talk.say('yes');
    expect(waiting.effect).toEqual({ kind: 'wait', for: 'played' });
    expect(waiting.tools).toEqual([]);
    const stopped = await talk.say('cancel');
    expect(stopped.said).toEqual(['cancel', 'anything_else']);
    expect(talk.calls.filter((call) => call.effect === 'write')).toEqual([]);
  });

  it('that writes goes on after a murmur into the words before it', async () => {
    const spoken = bank.replace('    call: pay_contact', '    say: Sending it now.\n    call: pay_contact');
    const { talk } = await Conversation.open(spoken, { tools: { ...bankTools }, playsOut: false });
    await talk.say('send thirty euros to Mateo');
    await talk.say('yes');
    expect((await talk.say('mhm')).tools.map((call) => call.tool)).toEqual(['pay_contact']);
  });

  it('that runs while the caller speaks keeps its place: one moment, and then its result', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools, get_balance: () => 'pending' } });
    const looking = await talk.say("what's my balance");
    const [call] = looking.tools;
    expect(looking.outs.some((out) => out.kind === 'tool' && out.phase === 'started')).toBe(true);
    const beside = await talk.say('bananas');
    expect(beside.said).toEqual(['one_moment']);
    expect(beside.trace).toMatchObject({ flow: 'check_balance', state: 'look' });
    const settled = talk.input({
      kind: 'tool',
      callId: call!.callId,
      result: { outcome: 'ok', value: { balance: 12 } },
    });
    expect(settled.text).toContain('You have 12.');
    expect(settled.outs.some((out) => out.kind === 'tool' && out.phase === 'settled' && out.outcome === 'ok')).toBe(
      true,
    );
  });

  it('is not waited for by a silence', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools, get_balance: () => 'pending' } });
    await talk.say("what's my balance");
    expect(talk.silence()).toMatchObject({ said: [], effect: { kind: 'listen' } });
  });
});

describe('a flow in a circle', () => {
  it('is stopped with the built-in error and a note that names the place', async () => {
    const { first } = await Conversation.open(`
flow: circle
states: { a: { transitions: [{ if: visits > 0, to: b }], to: end }, b: { to: a } }
`);
    expect(first.said).toContain('error');
    expect(first.trace.notes.join()).toMatch(/circle\/[ab]/);
  });
});

describe('a hang-up', () => {
  it('says nothing more and ends', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('i want to send money');
    const gone = talk.input({ kind: 'hang_up' });
    expect(gone.said).toEqual([]);
    expect(gone.ended).toBe(true);
    expect(talk.input({ kind: 'played' }).ended).toBe(true);
  });
});

describe('words of a model', () => {
  const agent = `
agent: a
start: f
persona: You are Ava.
---
flow: f
slots: { n: { type: integer, ask: { text: "How many would you like?", mode: rephrase } } }
states: { hi: { say: Hello there., to: ask }, ask: { collect: n, to: end } }
`;
  it('are asked for in their place, and are what is repeated', async () => {
    const { talk, first } = await Conversation.open(agent, { model: () => 'So, how many?' });
    expect(first.said).toEqual(['f/hi', 'ask.n.1']);
    expect(first.traces).toHaveLength(1);
    expect(first.listening?.slot?.name).toBe('n');
    expect((await talk.say('repeat')).text).toBe('Hello there. So, how many?');
  });

  it('that the caller cuts off end there: what was to follow is not told as said, and comes when it is asked for', async () => {
    const greeting = agent.replace('say: Hello there.', 'say: { text: Hello there., mode: rephrase }');
    const { talk, first } = await Conversation.open(greeting, { model: () => ({ heard: 'Hello' }) });
    expect(first.said).toEqual(['f/hi']);
    expect(first.trace.words).toEqual([{ id: 'f/hi', text: 'Hello' }]);
    expect((await talk.say('sorry say that again')).text).toContain('How many would you like?');
  });
});

describe('a transfer', () => {
  const desk = (extra: string): string => `
agent: desk
start: ask
transfer: { to: "{{ env.DESK }}", mode: warm, summary: true, hours: "mon-fri 08:00-20:00" }
---
flow: ask
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: go }, go: { say: One moment., transfer: { to: "+1" }, ${extra} to: end } }
`;
  it('outside of the desk’s hours is closed, and the talk goes on', async () => {
    const { talk } = await Conversation.open(desk(''), { now: '2026-03-01T10:00:00', env: { DESK: '+353' } });
    const asked = await talk.say('agent');
    expect(asked.outs.some((out) => out.kind === 'transfer')).toBe(false);
    expect(asked.said).toEqual(['human', 'no_human', 'ask.n.1']);
  });

  it('hands over what is known, with a summary where one is wanted', async () => {
    const { talk } = await Conversation.open(desk(''), { env: { DESK: '+353' } });
    const asked = await talk.say('agent');
    const out = asked.outs.find((one) => one.kind === 'transfer');
    expect(out).toMatchObject({
      to: '+353',
      mode: 'warm',
      packet: { flow: 'ask', state: 'ask', history: expect.any(Array) as unknown },
    });
    expect(asked.ended).toBe(true);
  });

  it('that finds nobody takes the state’s own road', async () => {
    const { talk } = await Conversation.open(desk('transitions: [{ on: busy, clear: n, to: ask }],'), {
      transfer: 'busy',
    });
    const tried = await talk.say('three');
    expect(tried.trace.transfer).toBeUndefined();
    expect(tried.traces.some((trace) => trace.transfer?.to === '+1')).toBe(true);
    expect(tried.ended).toBe(false);
  });

  it.each([
    ['busy', "I'm sorry, they're on another call just now."],
    ['no_answer', "I'm sorry, nobody is picking up just now."],
    ['error', "I'm sorry, nobody is free just now."],
  ] as const)(
    'that is %s where the flow has no line for it says so, and offers no other person',
    async (transfer, words) => {
      const { talk } = await Conversation.open(desk(''), { transfer });
      const tried = await talk.say('three');
      expect(tried.said.slice(-2)).toEqual(['no_human', 'anything_else']);
      expect(tried.text).toContain(words);
      expect(tried.ended).toBe(false);
    },
  );

  it('that is tried in a circle is stopped', async () => {
    const { talk } = await Conversation.open(desk('transitions: [{ on: busy, to: ask }],'), { transfer: 'busy' });
    const tried = await talk.say('three');
    expect(tried.traces.at(-1)?.notes.join()).toContain('stopped');
    expect(tried.said.at(-1)).toBe('offer_human');
  });
});
