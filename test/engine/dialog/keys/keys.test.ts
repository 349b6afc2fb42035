import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

describe('keys', () => {
  it('fill no slot that is only spoken', async () => {
    const { talk } = await Conversation.open(`
flow: note
slots: { word: { type: digits, by: speech, ask: Which number? } }
states: { ask: { collect: word, to: told }, told: { say: "{{ word }}.", to: end } }
`);
    expect(talk.keys('12').trace.slots['word']).toBeNull();
    expect((await talk.say('one two')).trace.slots['word']).toBe('12');
  });

  it('fill a slot that may only be keyed, and its digits stay out of state, trace and history', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    const asked = await talk.say('check my portfolio');
    expect(asked.listening).toMatchObject({ secret: true, keys: { min: 4, max: 4 } });
    const wrong = talk.keys('1357');
    expect(wrong.said).toEqual(['sign_in/wrong', 'ask.pin.1']);
    const right = talk.keys('2468');
    expect(right.tools[0]?.input).toEqual({ pin: '2468' });
    expect(right.said).toEqual(['investments/tell', 'anything_else']);
    const { secret, ...kept } = talk.state;
    expect(JSON.stringify(kept)).not.toMatch(/1357|2468/);
    expect(JSON.stringify(secret)).not.toMatch(/2468/);
    expect(JSON.stringify([...wrong.traces, ...right.traces])).not.toMatch(/1357|2468/);
  });

  it('are asked for again after a crash took the secret', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('check my portfolio');
    talk.state = { ...talk.state, secret: {} };
    expect(talk.silence().said).toEqual(['ask.pin.2']);
  });

  it('spoken for a slot by keys are not understood', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('check my portfolio');
    const spoken = await talk.say('two four six eight');
    expect(spoken.trace.counters.no_match).toBe(1);
    expect(spoken.trace.text).toBeUndefined();
    expect(JSON.stringify({ ...talk.state, secret: {} })).not.toContain('two four six eight');
  });

  it('of a menu are heard beside its words, and an unknown one is no match', async () => {
    const { talk, first } = await Conversation.open(`
flow: menu
states:
  ask: { say: One or two., transitions: [{ key: "1", to: one }, { intent: no, key: "2", to: two }] }
  one: { say: One., hang_up: true }
  two: { say: Two., hang_up: true }
`);
    expect(first.listening?.keys).toMatchObject({ menu: ['1', '2'], min: 1, max: 1 });
    expect(talk.keys('7')).toMatchObject({ said: ['no_match', 'menu/ask'], trace: { counters: { no_match: 1 } } });
    expect(talk.keys('2')).toMatchObject({ said: ['menu/two'], traces: [{ route: 'keys' }, {}] });
  });
});
