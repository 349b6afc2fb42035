import { describe, expect, it } from 'vitest';
import type { TransferOutcome } from '../../../../engine/contracts.js';
import { isOpen } from '../../../../engine/dialog/hours.js';
import { Conversation } from '../drive.js';

const desk = (transfer: string, more = ''): string => `
agent: desk
start: hello
${transfer}
tools: { look: { effect: read, output: { a: integer }, http: { get: "https://x.example" } } }
${more}
---
flow: hello
states: { hi: { say: Hi., to: end } }
---
flow: order
title: your order
examples: [order something]
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states: { ask: { collect: n, to: look }, look: { call: look, to: done }, done: { say: "{{ look.a }}.", to: end } }
`;
const office = 'transfer: { to: "+353100000", mode: cold, hours: "mon-fri 08:00-18:00" }';
const night = '2026-03-02T22:00:00';

describe('a person', () => {
  it('who is being called is not called again: one moment, and the line rings on', async () => {
    const own = desk(office, 'listen: [{ intent: human, to: reach }]') + `
---
flow: reach
title: reaching a person
states: { try: { say: I'll put you through., transfer: {}, to: end } }
`;
    for (const yaml of [desk(office), own]) {
      const { talk } = await Conversation.open(yaml, { start: { flow: 'order' }, transfer: 'pending' });
      await talk.say('a person');
      for (const turn of [await talk.say('put me through to a person'), await talk.say('purple'), talk.silence(), talk.keys('5')]) {
        expect(turn.said).toEqual(['one_moment']);
        expect(turn.effect).toEqual({ kind: 'wait', for: 'transfer' });
        expect(turn.outs.some((out) => out.kind === 'transfer')).toBe(false);
      }
      expect((await talk.say('goodbye')).ended).toBe(true);
    }
  }); // prettier-ignore

  it('out of hours is said to be away, and the question stands where it stood', async () => {
    const { talk } = await Conversation.open(desk(office), { start: { flow: 'order' }, now: night });
    const away = await talk.say('a person');
    expect(away.said.slice(-2)).toEqual(['no_human', 'ask.n.1']);
    expect(away.outs.some((out) => out.kind === 'transfer')).toBe(false);
    expect(away.trace.counters).toMatchObject({ no_match: 0, attempt: 1 });
  });

  it('out of hours takes the designer’s road for it', async () => {
    const { talk } = await Conversation.open(desk(office, 'listen: [{ on: closed, say: We are back at eight. }]'), {
      start: { flow: 'order' },
      now: night,
    });
    const away = await talk.say('a person');
    expect(away.text).toContain('We are back at eight.');
    expect(away.said).not.toContain('no_human');
  });

  it('out of hours at the end of a ladder ends the call, and promises nothing', async () => {
    const { talk } = await Conversation.open(desk(office, 'no_match: [reask, { to: human }]'), { start: { flow: 'order' }, now: night }); // prettier-ignore
    await talk.say('xyzzy plugh');
    const last = await talk.say('xyzzy plugh');
    expect(last.said.slice(-2)).toEqual(['no_human', 'goodbye']);
    expect(last.ended).toBe(true);
  });

  it('that is asked for where there is none: says so, and the question stands', async () => {
    const { talk } = await Conversation.open(desk(''), { start: { flow: 'order' } });
    expect((await talk.say('a person')).said).toEqual(['no_human', 'ask.n.1']);
  });
});

describe('a desk', () => {
  it.each([
    ['mon-fri 08:00-18:00', '2026-03-02T17:59:00', true],
    ['mon-fri 08:00-18:00', '2026-03-02T18:00:00', false],
    ['mon-fri 08:00-18:00, sat 10:00-13:00', '2026-03-07T12:00:00', true],
    ['fri-mon 8:00-18:00', '2026-03-01T09:00:00', true],
    ['mon-fri 22:00-06:00', '2026-03-07T05:00:00', true],
    ['mon-fri 22:00-06:00', '2026-03-02T05:00:00', false],
    ['22:00-06:00', '2026-03-02T23:00:00', true],
  ])('with hours %s is at %s: open %s', (hours, now, open) => {
    expect(isOpen(hours, now)).toBe(open);
  });

  it('tells conditions whether somebody is there', async () => {
    for (const [now, words] of [
      ['2026-03-02T10:00:00', 'They are in.'],
      [night, 'They are away.'],
    ] as const) {
      const { first } = await Conversation.open(
        desk(office).replace('say: Hi.', "say: \"{{ transfer.open ? 'They are in.' : 'They are away.' }}\""),
        { now },
      );
      expect(first.text).toBe(words);
    }
  });
});

describe('an error', () => {
  it('twice offers a person each time, and the call lives on', async () => {
    const { talk } = await Conversation.open(desk(office), { tools: {} });
    for (let time = 0; time < 2; time++) {
      await talk.say('order something');
      const broken = await talk.say('four');
      expect(broken.said).toEqual(['error', 'offer_human']);
      expect(broken.trace).toMatchObject({ state: 'end', stack: [] });
      if (time === 0) expect((await talk.say('no')).said).toEqual(['anything_else']);
    }
    expect((await talk.say('yes')).outs.some((out) => out.kind === 'transfer')).toBe(true);
  });

  it('where there is nobody: asks what else, and offers no one', async () => {
    const { talk } = await Conversation.open(desk(''));
    await talk.say('order something');
    expect((await talk.say('four')).said).toEqual(['error', 'anything_else']);
  });

  it('in an interruption ends that only; what it interrupted goes on', async () => {
    const { talk } = await Conversation.open(
      desk(office, '').concat(
        '---\nflow: hours\ntitle: our hours\nexamples: [when are you open]\nslots: { d: { type: date, ask: Which day? } }\nstates: { ask: { collect: d, to: end } }\n',
      ),
      { start: { flow: 'hours' } },
    );
    await talk.say('order something');
    expect((await talk.say('four')).said).toEqual(['error', 'resume', 'ask.d.1']);
  });
});

describe('how long a transfer may take', () => {
  const put = (own: string): string => `agent: a
transfer: { to: "+353100000", wait: 30s, max: 15m }
start: put
---
flow: put
states: { go: { say: One moment., transfer: { to: "+353100001"${own} }, to: end } }
`;

  it('is told to the line: what the state says, else what the agent says', async () => {
    for (const [own, limits] of [
      ['', { answerWithinMs: 30_000, maxMs: 900_000 }],
      [', wait: 12s', { answerWithinMs: 12_000, maxMs: 900_000 }],
      [', max: 1m', { answerWithinMs: 30_000, maxMs: 60_000 }],
    ] as const) {
      const { first } = await Conversation.open(put(own));
      expect(first.outs.find((out) => out.kind === 'transfer')).toMatchObject({ to: '+353100001', ...limits });
    }
  });

  it('is as the line has it where nobody says', async () => {
    const { talk } = await Conversation.open(desk('transfer: { to: "+353100000" }'));
    const out = (await talk.say('talk to a person')).outs.find((one) => one.kind === 'transfer')!;
    expect(Object.keys(out)).toEqual(['kind', 'to', 'mode', 'packet']);
  });
});

describe('who talks with a person', () => {
  const put = (roads: string, more = ''): string => `agent: a
start: put
---
flow: put
title: a broken kettle
slots:
  order: { type: digits, called: [order number], ask: Which order? }
  pin: { type: digits, sensitive: secret, ask: Your pin? }
states:
  ask: { collect: [order, pin], to: go }
  go: { say: One moment., transfer: { to: "+353100001" }${roads} }
${more}`;
  const after = '  after: { say: How was that?, hang_up: true }\n';
  const long = '  long: { say: That took long., hang_up: true }\n';
  const handedOver = async (text: string, transfer: TransferOutcome = 'ok') => {
    const { first } = await Conversation.open(text, { start: { slots: { order: '4711', pin: '1234' } }, transfer });
    return { first, out: first.outs.find((out) => out.kind === 'transfer')! };
  };

  it('comes back only where the flow has something for them', async () => {
    for (const text of [put(', to: after', after), put(', transitions: [{ on: max_time, to: long }], to: end', long)])
      expect((await handedOver(text)).out).toMatchObject({ comesBack: true });
    for (const text of [put(', to: end'), put(', transitions: [{ on: busy, to: after }], to: end', after)])
      expect((await handedOver(text)).out).not.toHaveProperty('comesBack');
  });

  it('goes on by the road of success when the person has hung up, or by the road for that', async () => {
    const plain = await handedOver(put(', to: after', after), 'far_hang_up');
    expect(plain.first.text).toContain('How was that?');
    const roads = ', transitions: [{ on: max_time, to: long }], to: after';
    const own = await handedOver(put(roads, after + long), 'max_time');
    expect(own.first.text).toContain('That took long.');
    const bare = await handedOver(put(', to: end'), 'far_hang_up');
    expect(bare.first).toMatchObject({ text: 'One moment.', ended: true });
  });

  it('is told of to them as it is spoken, without secrets', async () => {
    const { out } = await handedOver(put(', to: end'));
    expect(out).toMatchObject({ packet: { brief: ['a broken kettle.', 'order number: 4 7 1 1.'], language: 'en-US' } });
    expect(JSON.stringify(out)).not.toContain('1234');
  });
});
