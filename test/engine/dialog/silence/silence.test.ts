import { describe, expect, it } from 'vitest';
import { bank, bankTools } from '../bank.js';
import { Conversation } from '../drive.js';

/** Nobody says anything any more: how many turns until the call is over. */
function untilSilenceEnds(talk: Conversation): number {
  for (let turns = 1; turns <= 60; turns++) if (talk.silence().ended) return turns;
  return Infinity;
}

describe('silence', () => {
  it('climbs the ladder and ends with a person', async () => {
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    await talk.say('i want to send money');
    expect(talk.silence().said).toEqual(['ask.payee.2']);
    expect(talk.silence().trace.counters).toMatchObject({ no_input: 2, no_match: 0 });
    const last = talk.silence();
    expect(last.said).toEqual(['human']);
    expect(last.outs.some((out) => out.kind === 'transfer' && out.to === '+353100000')).toBe(true);
    expect(last.ended).toBe(true);
  });

  it('always ends somewhere: without ladders, with one that only asks again, on the open floor, when nobody takes the call', async () => {
    const question = (ladder: string): string => `
flow: f
${ladder}
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: hello }, hello: { say: Hello there., transitions: [{ clear: n, to: ask }] } }
`;
    for (const ladder of [
      '',
      'no_input: [reask]',
      'no_input: [{ say: Still there? }]',
      'no_input: [reask, { to: hello }]',
      'no_input: [reask, { to: human }]',
      'no_input: [{ to: end }]',
    ]) {
      for (const transfer of ['ok', 'busy'] as const) {
        const { talk } = await Conversation.open(question(ladder), { transfer });
        expect([ladder, transfer, untilSilenceEnds(talk)]).toEqual([
          ladder,
          transfer,
          expect.toSatisfy((turns: number) => turns <= 30),
        ]);
      }
    }
    const { talk } = await Conversation.open(bank, { tools: { ...bankTools } });
    expect(untilSilenceEnds(talk)).toBeLessThanOrEqual(4);
  });

  it('in a flow that looks for a person ends the call instead of beginning that flow again', async () => {
    const { talk } = await Conversation.open(`
agent: desk
start: ask
no_input: [reask, { to: human }]
listen: [{ intent: human, to: person }]
---
flow: ask
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: end } }
---
flow: person
states:
  offer: { say: Nobody is free. Shall we call you back?, transitions: [{ intent: yes, to: plan }, { intent: no, to: end }] }
  plan: { say: We will., to: end }
`);
    expect(untilSilenceEnds(talk)).toBeLessThanOrEqual(6);
  });

  it('after "hold on" may be longer, once', async () => {
    const { talk, first } = await Conversation.open(`
flow: f
no_input_after: 5s
slots: { n: { type: integer, ask: How many? } }
states: { ask: { collect: n, to: end } }
`);
    expect(first.listening?.noInputMs).toBe(5000);
    const held = await talk.say('hold on');
    expect(held.said).toEqual(['hold_on']);
    expect(held.listening?.noInputMs).toBe(30_000);
    expect(talk.silence().listening?.noInputMs).toBe(5000);
  });
});
