/** The rule that decided a turn, in its trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Input, Understanding } from '../../../../engine/contracts.js';
import { rules, type RuleName } from '../../../../engine/dialog/rules.js';
import { packageRoot } from '../../../../engine/package-root.js';
import { bank } from '../bank.js';
import { Conversation, type DriveOptions } from '../drive.js';

const enough = { check_funds: { enough: true, balance: 5000 }, get_balance: { balance: 900 }, pay_contact: { reference: 'r1' } }; // prettier-ignore

/** What decides the last of these words; a line that begins with a slash is an input of another kind. */
async function decidedBy(
  yaml: string,
  lines: readonly string[],
  options: DriveOptions = {},
): Promise<string | undefined> {
  const { talk, first } = await Conversation.open(yaml, { tools: enough, ...options });
  let turn = first;
  for (const line of lines) {
    const [kind, ...rest] = line.slice(1).split(' ');
    if (!line.startsWith('/')) turn = await talk.say(line);
    else if (kind === 'keys') turn = talk.keys(rest.join(''));
    else if (kind === 'tool')
      turn = talk.input({ kind: 'tool', callId: talk.calls.at(-1)!.callId, result: { outcome: 'error' } });
    else turn = talk.input(inputs[kind!]!);
  }
  return turn.traces[0]!.rule;
}

/** Hears the very words of an example, and of all else what `decision` says. */
const routed = (decision: object): DriveOptions => {
  const others = { candidates: [], probability: 0.9, llmCalls: 1, ...decision } as never;
  return {
    router: {
      route: ({ text }) =>
        text !== 'i want to send money'
          ? Promise.resolve(others)
          : Promise.resolve({ kind: 'accept', intent: 'send_money', by: 'rule', candidates: [], probability: 1, llmCalls: 0 }),
    },
  }; // prettier-ignore
};

const inputs: Record<string, Parameters<Conversation['input']>[0]> = {
  silence: { kind: 'no_input' },
  mumble: { kind: 'not_heard', speechMs: 900 },
  story: { kind: 'too_long', text: 'so it all began' },
  back: { kind: 'open', returning: true },
  event: { kind: 'event', name: 'delivered' },
  bye: { kind: 'hang_up' },
  heard: { kind: 'played' },
  busy: { kind: 'transfer', outcome: 'busy' },
};

const atAgree = ['send thirty euros to Mateo'];
const lunch = `agent: lunch
language: en-IE
---
flow: order
title: your order
examples: [i want to order]
slots:
  items: { type: list, of: { what: { type: choice, options: [soup, bagel, tea], ask: What would you like? } }, more: Anything else? }
states: { take: { collect: items, to: end } }
---
flow: hours
title: opening hours
examples: [when are you open]
states: { tell: { say: From eight., transitions: [{ key: 1, to: end }], to: end } }
---
flow: menu
title: the menu
examples: [i want the menu]
slots: { day: { type: date, ask: For which day? }, at: { type: time, ask: At what time? } }
states:
  ask: { collect: day, to: choose }
  choose: { say: Press one., transitions: [{ key: 1, to: when }, { on: delivered, to: end }] }
  when: { collect: at, to: end }
`;
const pickOne = `agent: two
language: en-IE
---
flow: card
title: your card
examples: [i have a question about my card]
slots: { n: { type: integer, ask: How many? } }
states: { a: { collect: n, to: end } }
---
flow: loan
title: your loan
examples: [i have a question about my loan]
slots: { n: { type: integer, ask: How many? } }
states: { a: { collect: n, to: end } }
`;
/** Of the two only one is asked for with a day. */
const pickByValue = pickOne.replace(
  'slots: { n: { type: integer, ask: How many? } }\nstates: { a: { collect: n, to: end } }\n---',
  'slots: { day: { type: date, ask: Which day? } }\nstates: { a: { collect: day, to: end } }\n---',
);
const sum = `agent: sum
start: order
repair: { cancel: { confirm: explicit } }
---
flow: order
title: your order
slots: { n: { type: integer, ask: How many? } }
tools: { buy: { effect: write, input: { n: integer }, http: { post: "https://x.example" } } }
states:
  ask: { collect: n, to: buy }
  buy: { confirm: "{{ n }} of them?", call: buy, transitions: [{ on: error, to: bye }], to: bye }
  bye: { say: Goodbye., hang_up: true }
`;
const sign = `agent: sign
start: sign_in
---
flow: sign_in
slots: { account: { type: digits, pattern: "[0-9]{8}", ask: Which account? }, note: { type: text, optional: true, ask: Anything else? } }
states: { ask: { collect: [account, note], to: end } }
`;
const table = `agent: table
start: table
---
flow: table
slots:
  time: { type: time, range: 17:00..21:30, ask: At what time? }
  people: { type: integer, range: 1..12, ask: How many? }
states:
  ask: { collect: [time, people], to: other }
  other: { say: "At {{ time | say_time }} we are full. Half past eight?", transitions: [{ intent: yes, to: end }] }
`;
const find = `agent: desk
---
flow: find
title: your order
examples: ["where is order [4471](number)"]
slots: { number: { type: code, pattern: "[0-9]{4}", ask: Which number? } }
tools: { find: { effect: read, input: { number: text }, output: { status: text }, http: { get: "https://x.example" } } }
states:
  ask: { collect: number, to: look }
  look: { call: find, transitions: [{ on: error, to: none }], to: tell }
  tell: { say: "It is {{ find.status }}.", to: end }
  none: { say: I can't find it., to: end }
`;
const found: DriveOptions = { tools: { find: { status: 'here' } } };
const cafe = `agent: cafe
memory: { ttl: 30d, consent: ask }
---
flow: order
title: your order
examples: [i want to order]
slots: { guest: { type: name, scope: caller, ask: "What's your name?" } }
states: { ask: { collect: guest, to: done }, done: { say: "Thank you, {{ guest }}.", to: end } }
`;
const chat = `agent: chat
start: chat
---
flow: chat
slots: { topic: { type: text } }
states:
  talk: { generate: { task: Ask what it is about., fills: { topic: what it is about }, turns: 3, fallback: Go on. }, to: end }
`;
const two = `agent: museum
languages: [en, es]
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
start: tickets
---
flow: tickets
slots: { count: { type: integer, ask: How many? } }
states: { ask: { collect: count, to: end } }
---
locale: es
words: { ask.count.1: ¿Cuántas? }
`;
const torn = 'i have a question about my';

/** Words that each rule decides; a rule without any has no business in the table. */
const decided: readonly [RuleName, string, readonly string[], DriveOptions?][] = [
  ['opening', bank, []],
  ['urgent', bank, [...atAgree, 'cancel']],
  ['exact-example', bank, ["what's my balance"]],
  ['example-with-values', bank, ['send forty euros to Priya']],
  ['router', bank, ['i want to send some money now']],
  ['nothing-fits', bank, ['bananas grow on trees']],
  ['half-answer', sign, ['four four seven one']],
  ['left-open', sign, ['four four seven one double two three four', 'no']],
  ['answer', bank, ['i want to send money', 'Mateo']],
  ['values-alone', bank, ['i want to send money', 'well it would be for my friend Mateo over there']],
  ['value-denied', bank, [...atAgree, 'not thirty']],
  ['too-late', bank, [...atAgree, 'yes', 'no, forty']],
  ['several-requests', bank, ["i want to send money and what's my balance"]],
  ['back', bank, ['i want to send money', 'hold on', "i'm back"]],
  [
    'cancel-by-name',
    bank,
    [...atAgree, "what's my balance and how are my investments doing", 'forget the investments'],
  ],
  ['items-and-done', lunch, ['i want to order', "one bagel, that's all"]],
  ['clarify-intent', pickOne, [torn, 'the loan']],
  ['clarify-both', pickOne, [torn, 'both']],
  ['clarify-neither', pickOne, [torn, 'neither']],
  ['unsure', pickOne, [torn]],
  ['clarify-value', lunch, ['i want the menu', 'today', '/keys 1', 'at four', 'the second one']],
  ['silence', bank, ['i want to send money', '/silence']],
  ['not-heard', bank, ['i want to send money', '/mumble']],
  ['too-long', bank, ['i want to send money', '/story']],
  ['keys-for-slot', bank, ['check my portfolio', '/keys 1234']],
  ['keys-unfit', bank, ['i want to send money', '/keys 9']],
  ['key-of-menu', lunch, ['i want the menu', 'today', '/keys 1']],
  ['event', lunch, ['i want the menu', 'today', '/event']],
  ['returning', bank, ['i want to send money', '/back']],
  ['hang-up', bank, ['/bye']],
  ['nothing-said', bank, ['i want to send money', ' ']],
  ['same-value', sum, ['three', 'yes, three'], routed({ kind: 'none', by: 'local' })],
  ['bare-number', table, ['eight in the evening', 'two', 'nine then']],
  ['values-tell', bank, ['forty to Priya']],
  ['done-beside-answer', bank, ['well that would be it'], routed({ kind: 'confirm', intents: ['no', 'done'], by: 'local' })],
  ['language', two, ['can we speak Spanish']],
  ['answer-to-memory', cafe, ['i want to order', 'Ana', 'yes please'], { start: { memory: {} } }],
  ['clarify-no', sum, ['cancel', 'no']],
  ['clarify-by-value', pickByValue, [torn, 'tomorrow']],
  ['list-done', lunch, ['i want to order', 'one bagel', "yeah, that's it"]],
  ['list-denied', lunch, ['i want to order', 'one bagel', "that's not right"]],
  ['task-again', find, ['where is order 4471', 'no, 1234'], found],
  ['model', bank, ['the thing with the money'], routed({ kind: 'accept', intent: 'check_balance', by: 'llm' })],
  ['model-none', bank, ['bananas'], routed({ kind: 'none', by: 'llm' })],
  ['model-values', bank, ['i want to send money', 'my friend from the mountains'], routed({ kind: 'none', by: 'llm', slots: { payee: 'Mateo' } })],
  ['to-the-model', chat, ['it is about the heating'], { ...routed({ kind: 'none', by: 'local' }), generate: () => ({ question: 'What happened?' }) }],
  ['speech-before-end', sum, ['three', 'yes', 'mhm'], { playsOut: false }],
  ['played', sum, ['three', 'yes', '/heard'], { playsOut: false }],
  ['tool-came-back', find, ['where is order 4471', '/tool'], { tools: { find: () => 'pending' } }],
  ['transfer-ended', bank, ['/busy']],
]; // prettier-ignore

describe('the rule that decided', () => {
  it.each(decided)('is %s', async (rule, yaml, lines, options) => {
    expect(await decidedBy(yaml, lines, options)).toBe(rule);
  });

  it('is that a move cannot be made here, whatever proposed it', async () => {
    const { talk } = await Conversation.open(bank);
    const understanding: Understanding = {
      text: 'x', moves: [{ kind: 'start', flow: 'no_such_flow' }], route: 'llm', probability: 1, candidates: [], llmCalls: 1,
    }; // prettier-ignore
    const input: Input = { kind: 'utterance', text: 'x', atMs: 0 };
    expect(talk.event({ kind: 'input', input, understanding }).trace.rule).toBe('not-possible');
  });

  it('has words here, whichever it is', () => {
    // No words make the last one: a proposal that cannot be made is tried above.
    const shown = new Set<string>([...decided.map(([rule]) => rule), 'not-possible']);
    expect(Object.keys(rules).filter((rule) => !shown.has(rule))).toEqual([]);
  });

  it('is of a name that the reference explains', () => {
    const text = readFileSync(join(packageRoot, 'engine/dialog/README.md'), 'utf8');
    expect(Object.keys(rules).filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
