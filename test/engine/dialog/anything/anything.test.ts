import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Out, ToolResult, TransferOutcome } from '../../../../engine/contracts.js';
import { openState } from '../../../../engine/dialog/open-state.js';
import { step } from '../../../../engine/dialog/step.js';
import type { Agent } from '../../../../engine/language/flow.js';
import { bank } from '../bank.js';
import type { Turn } from '../drive.js';
import { Conversation, loadText } from '../drive.js';

/** Every manner of state in one agent, so that chance can bring them together. */
const everything = `
agent: everything
start: order
transfer: { to: "+1", mode: cold, hours: "mon-fri 08:00-20:00" }
listen: [{ on: error, to: sorry }, { on: ping, say: Ping. }, { on: hangup, to: sorry }]
intents: { so_far: [what do i have so far] }
knowledge: { leaflet: [{ id: parking, asks: [where can i park], says: Behind the shop. }, { id: dogs, asks: [are dogs allowed], says: [No., "{{ 1 / 0 }}"] }] }
---
flow: order
title: your order
examples: ["i want [three](n) [pears](fruit)", start an order]
in: { n: { type: integer, optional: true } }
slots:
  n: { type: integer, range: 1..20, called: [pieces, number], ask: [How many?, A number please.], reject: [{ if: n == 13, say: Not thirteen. }] }
  fruit: { type: choice, options: { apple: [apples], pear: [pears] }, called: [fruit], ask: Which fruit?, confirm: auto }
  day: { type: date, range: today.., optional: true, called: [day], ask: Which day? }
  time: { type: time, range: 08:00..20:00, ask: What time? }
  note: { type: text, optional: true, ask: Any note? }
  gift: { type: yes_no, ask: A gift? }
  total: { type: integer, value: "{{ n == null ? 0 : n * 2 }}" }
tools:
  price: { effect: read, input: { n: integer, fruit: text }, output: { cents: integer, stock: integer }, outcomes: { sold_out: 409 }, http: { get: "https://shop.example/price" } }
  buy: { effect: write, input: { n: integer, fruit: text, gift: yes_no }, output: { reference: text }, http: { post: "https://shop.example/buy", body: { n: "{{ n }}" } }, idempotency_key: "{{ n }}-{{ fruit }}" }
listen: [{ intent: so_far, say: "{{ n }} {{ fruit }} so far." }]
states:
  details: { collect: [n, fruit, day], ask: [What would you like?, For example three pears.], to: time }
  time: { collect: time, to: rest }
  rest: { collect: [note, gift], to: price }
  price:
    call: price
    transitions: [{ on: sold_out, clear: fruit, to: details }, { if: price.stock < n, set: { n: "{{ price.stock }}" }, to: fewer }]
    to: buy
  fewer: { say: "There are only {{ n }}. All right?", transitions: [{ intent: yes, key: "1", to: buy }, { intent: no, to: end, outcome: refused }] }
  buy: { say: Nearly there., confirm: "{{ n }} {{ fruit }}. Order?", call: buy, transitions: [{ on: timeout, to: ask_person }, { on: too_late, say: Too late. }], to: done }
  done: { say: [Ordered., All ordered.], to: end }
  ask_person: { say: A person will check., to: human }
---
flow: gift_card
title: gift cards
examples: [a gift card please, i want to buy a gift card]
states:
  door: { call_flow: pin, transitions: [{ on: refused, to: no }, { on: cancelled, to: no }], to: sub }
  sub: { call_flow: order, with: { n: 2 }, transitions: [{ on: refused, to: no }], to: yes }
  yes: { say: Your card is ready., to: end }
  no: { say: No card then., to: end }
---
flow: pin
listen: false
slots: { pin: { type: digits, pattern: "[0-9]{4}", sensitive: secret, dtmf: { length: 4, end: "#" }, ask: Your PIN? } }
states: { ask: { collect: pin, no_match: [reask, { to: end, outcome: refused }], to: end } }
---
flow: desk
title: the desk
examples: [put me through to the desk]
states: { go: { say: Trying., transfer: { to: "+2", mode: warm }, transitions: [{ on: busy, to: sorry }], to: end } }
---
flow: hours
title: our hours
examples: [when are you open]
resume: ask
states: { tell: { say: { text: All day., mode: rephrase }, to: end } }
---
flow: hire
title: a cart
examples: [hire a cart, "hire a cart for [the weekend](days)"]
slots:
  days: { type: date_range, called: [dates], same_as: [hire.until_then], of: { start: { ask: [From when?, Which day first?] }, end: { ask: Until when? } }, reject: [{ if: days.start < today, say: That is over. }, { if: days.end <= days.start, say: Too short. }] }
  until_then: { type: date_range, relative_to: "{{ days.end }}", ask: And the second cart? }
states:
  ask: { collect: [days, until_then], to: sure }
  sure: { say: "{{ days.start | say_date }}. Right?", transitions: [{ intent: yes, to: end }, { intent: no, clear: days, to: ask }] }
---
flow: ask_shop
title: your question
examples: [i have a question about the shop]
states: { reply: { answer: leaflet, transitions: [{ on: no_answer, to: none }], to: end }, none: { say: No idea., to: end } }
---
flow: sorry
states: { say: { say: Something broke., to: end } }
`;

const phrases = [
  'yes', 'no', 'no, five', 'yes, but make it seven', 'three pears', 'three', 'thirteen', 'twenty five', 'apples', 'tomorrow', 'next friday at nine',
  'at four', 'in the afternoon', 'the second one', 'i want to send money', 'send fifty euros to Mateo', "what's my balance", 'check my portfolio',
  'a gift card please', 'start an order', 'i want three pears', 'put me through to the desk', 'when are you open', 'cancel', 'cancel everything',
  'agent', 'hold on', 'repeat', 'slower', 'help', 'why', 'i made a mistake', 'the number is wrong', 'start over', 'skip', "i don't know", 'goodbye',
  "that's all", 'bananas', '', 'mhm', 'what do i have so far', 'how are you', 'do you speak spanish', '1234', 'not pears, apples', '{{ n }}', 'hire a cart', 'hire a cart for the same week',
  'june 9th', 'from june 9th to the 12th', 'no, until the 14th of june', 'yesterday', 'the same dates', 'a day later', 'for three nights', 'the dates are wrong',
  'where can i park', 'are dogs allowed', 'i have a question about the shop', '\u0000', '🙂',
]; // prettier-ignore

type Act =
  | { say: string; confidence: number }
  | { keys: string; ended: 'full' | 'end_key' | 'pause' }
  | { other: 'silence' | 'not_heard' | 'too_long' | 'event' | 'played' | 'late' | 'hang_up' | 'transfer' };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ say: fc.constantFrom(...phrases), confidence: fc.constantFrom(1, 1, 0.7, 0.4) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      keys: fc.constantFrom('', '1', '7', '2468', '123', '99999'),
      ended: fc.constantFrom('full', 'end_key', 'pause'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      other: fc.constantFrom('silence', 'silence', 'not_heard', 'too_long', 'event', 'played', 'late', 'transfer'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ other: fc.constantFrom('hang_up', 'silence') }) },
);

const outcomes = ['ok', 'ok', 'ok', 'ok', 'error', 'timeout', 'sold_out', 'pending', 'empty'] as const;

async function perform(talk: Conversation, one: Act): Promise<Turn> {
  if ('say' in one) return talk.say(one.say, one.confidence);
  if ('keys' in one) return talk.keys(one.keys, one.ended);
  switch (one.other) {
    case 'silence':
      return talk.silence();
    case 'not_heard':
      return talk.input({ kind: 'not_heard', speechMs: 400 });
    case 'too_long':
      return talk.input({ kind: 'too_long', text: 'and so on and on' });
    case 'event':
      return talk.input({ kind: 'event', name: 'ping', data: { a: 1 } });
    case 'played':
      return talk.input({ kind: 'played' });
    case 'late':
      return talk.input({
        kind: 'tool',
        callId: talk.calls.at(-1)?.callId ?? 'none',
        result: { outcome: 'ok', value: { balance: 1, reference: 'R' } },
      });
    case 'transfer':
      return talk.input({ kind: 'transfer', outcome: 'ok' });
    case 'hang_up':
      return talk.input({ kind: 'hang_up', heard: { parts: [{ id: 'x', text: 'y', share: 0.5 }], estimated: true } });
  }
}

function isWhole(turn: Turn): void {
  const closing: Out['kind'][] = ['listen', 'wait', 'end'];
  expect(closing).toContain(turn.outs.at(-1)?.kind);
  for (const trace of turn.traces) expect(trace.notes.filter((note) => note.startsWith('internal error'))).toEqual([]);
}

function play(
  agent: Agent,
): (acts: Act[], seed: number[], transfer: TransferOutcome, playsOut: boolean) => Promise<Conversation> {
  return async (acts, seed, transfer, playsOut) => {
    let at = 0;
    const next = (): number => seed[at++ % seed.length]!;
    const tool = (): ToolResult | 'pending' => {
      const outcome = outcomes[next() % outcomes.length]!;
      if (outcome === 'pending') return 'pending';
      if (outcome === 'empty') return { outcome: 'ok', value: {} };
      return outcome === 'ok'
        ? { outcome, value: { cents: 5, stock: next(), enough: true, balance: 3, good: next() > 4, reference: 'R' } }
        : { outcome };
    };
    const names = [...agent.flows.values()].flatMap((flow) => [...flow.tools.keys()]);
    const tools = Object.fromEntries(names.map((name) => [name, tool]));
    const talk = Conversation.of(agent, { tools, transfer, playsOut, random: () => next() / 10 });
    isWhole(talk.input({ kind: 'open' }));
    for (const one of acts) isWhole(await perform(talk, one));
    return talk;
  };
}

describe('whatever is said, keyed, settled or left unsaid', () => {
  for (const [name, yaml] of [
    ['bank', bank],
    ['everything', everything],
  ] as const) {
    it(`the ${name} never fails inside, keeps its state JSON, and closes every turn`, async () => {
      const agent = await loadText(yaml);
      const run = play(agent);
      await fc.assert(
        fc.asyncProperty(
          fc.array(act, { maxLength: 14 }),
          fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 12 }),
          fc.constantFrom('ok', 'busy', 'closed', 'far_hang_up'),
          fc.boolean(),
          async (acts, seed, transfer, playsOut) => {
            const talk = await run(acts, seed, transfer, playsOut);
            const writes = talk.calls.filter((call) => call.effect === 'write').map((call) => call.callId);
            expect(new Set(writes).size).toBe(writes.length);
          },
        ),
        { numRuns: 120 },
      );
    });

    it(`the ${name} comes to an end when the caller falls silent, wherever that is`, async () => {
      const agent = await loadText(yaml);
      const run = play(agent);
      await fc.assert(
        fc.asyncProperty(
          fc.array(act, { maxLength: 8 }),
          fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 8 }),
          fc.constantFrom('ok', 'busy'),
          async (acts, seed, transfer) => {
            const talk = await run(
              acts,
              seed.map((one) => one % 7),
              transfer,
              true,
            );
            let ended = false;
            for (let turns = 0; turns < 80 && !ended; turns++) {
              // A tool that outlived its turn does settle one day.
              const pending = (talk.state as { pending?: { callId: string } | null }).pending;
              if (pending) talk.input({ kind: 'tool', callId: pending.callId, result: { outcome: 'error' } });
              ended = talk.silence().ended;
            }
            expect(ended).toBe(true);
          },
        ),
        { numRuns: 120 },
      );
    });
  }

  it('writes nothing before a yes or a key that says so', async () => {
    const agent = await loadText(everything);
    const run = play(agent);
    const noYes = act.filter(
      (one) => !('say' in one && /yes|yeah|sure/.test(one.say)) && !('keys' in one && one.keys === '1'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(noYes, { maxLength: 14 }),
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 12 }),
        async (acts, seed) => {
          const talk = await run(acts, seed, 'ok', true);
          expect(talk.calls.filter((call) => call.effect === 'write')).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a state that is nonsense ends in the error words and not in a throw', async () => {
    const agent = await loadText(bank);
    const world = { agent, now: '2026-03-02T10:00:00', env: {}, random: () => 0 };
    const state = openState(agent, { dialogId: 'x' }, world);
    const broken = { ...state, frames: [{ flow: 'gone', state: 'away' }] } as unknown as typeof state;
    const result = step(world, broken, { kind: 'input', input: { kind: 'no_input', atMs: 0 } });
    expect(result.out.some((out) => out.kind === 'words' && out.id === 'error')).toBe(true);
  });
});
