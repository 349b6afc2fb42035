import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const agent = `
agent: clinic
language: en-IE
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: visit
title: your visit
examples: [arrange a visit]
tools:
  free:
    effect: read
    output:
      visits: { list: { id: code, at: datetime, doctor: name }, spoken: "{{ at | say_date }} at {{ at | say_time }} with {{ doctor }}" }
    http: { get: "{{ env.URL }}/visits" }
  book: { effect: write, input: { visit: code }, http: { post: "{{ env.URL }}/visits" } }
slots:
  pain: { type: integer, range: 0..10, called: [pain], ask: How bad is it? }
  visit:
    type: choice
    options: "{{ free.visits }}"
    ask: "We have {{ free.visits | list('or') }}. Which suits you?"
states:
  look: { call: free, to: history }
  history: { collect: pain, to: pick }
  pick:
    collect: visit
    transitions: [{ on: not_listed, say: Nothing is free then. }]
    to: agree
  agree:
    confirm: "{{ visit }}. Is that right?"
    call: book
    transitions: [{ on: declined, to: none }]
    to: done
  none: { say: Nothing was booked., to: end }
  done: { say: Booked., to: end }
`;
// Tuesday, Wednesday and Thursday.
const visits = [
  { id: 'V1', at: '2026-03-03T11:15', doctor: 'Doctor Keane' },
  { id: 'V2', at: '2026-03-04T09:30', doctor: 'Doctor Nolan' },
  { id: 'V3', at: '2026-03-05T16:00', doctor: 'Doctor Keane' },
];

async function atVisits(...said: string[]): Promise<Awaited<ReturnType<Conversation['say']>>> {
  const { talk } = await Conversation.open(agent, { now: '2026-03-02T10:00:00', start: { flow: 'visit' }, tools: { free: { visits }, book: {} } }); // prettier-ignore
  let turn = await talk.say('five');
  for (const one of said) turn = await talk.say(one);
  return turn;
}

describe('a choice among days and times', () => {
  it.each([
    ['Wednesday', 'V2'],
    ['the wednesday one', 'V2'],
    ['the fourth of march', 'V2'],
    ['half past nine', 'V2'],
    ['the one at four', 'V3'],
    ['in the afternoon please', 'V3'],
    ['can I come on thursday', 'V3'],
    ['what about the wednesday', 'V2'],
    ['is there anything on tuesday', 'V1'],
    ['tomorrow', 'V1'],
    ['the one with Doctor Nolan', 'V2'],
    ['the second one', 'V2'],
  ])('is made by what was read out: "%s"', async (said, visit) => {
    const turn = await atVisits(said);
    expect(turn.trace.slots['visit']).toBe(visit);
    expect(turn.said.at(-1)).toBe('visit/agree.confirm');
  });

  it.each(['Friday', 'at seven in the evening', 'can I come on monday'])(
    'is not made by another: "%s"',
    async (said) => {
      const turn = await atVisits(said);
      expect(turn.trace.slots['visit']).toBeNull();
      expect(turn.text).toContain('Nothing is free then.');
    },
  );

  it('asks which of two mornings is meant', async () => {
    expect((await atVisits('in the morning')).trace.clarify).toHaveLength(2);
  });
});

describe('a choice that is read back', () => {
  it.each([
    ['can I come on wednesday instead', 'V2'],
    ["I'd rather come on thursday", 'V3'],
    ['no, thursday', 'V3'],
    ['could we do half past nine', 'V2'],
    ['actually could we make it the wednesday one', 'V2'],
  ])('is changed by "%s" and read back again, and nothing else is', async (said, visit) => {
    const turn = await atVisits('tomorrow', said);
    expect(turn.trace.slots).toMatchObject({ visit, pain: 5 });
    expect(turn.said).toEqual(['correct', 'visit/agree.confirm']);
    expect(turn.tools).toEqual([]);
  });
});
