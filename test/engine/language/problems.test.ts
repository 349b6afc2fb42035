import { describe, expect, it } from 'vitest';
import { FlowProblems, formatProblem } from '../../../engine/language/problems.js';
import { loadAgent, loadFlow } from '../../../engine/language/load.js';
import { brief, folderOf, load } from './load-text.js';

const flow = (lines: string): string => `flow: order\n${lines}\n`;
/** A flow around one state's lines; they begin in line 5. */
const state = (lines: string): string =>
  flow(
    `slots: { n: { type: integer, ask: How many? }, kind: { type: choice, options: [a, b], ask: Which? } }\nstates:\n  first:\n${lines}\n  next: { say: Thanks., hang_up: true }`,
  );

describe('each mistake is one problem at its place, with its cure', () => {
  const table: [title: string, text: string, at: string[], cure: RegExp][] = [
    [
      'an unknown key of a flow',
      flow('titel: x\nstates: { a: { say: Hi, to: end } }'),
      ['unknown-key 2:1'],
      /Did you mean "title"/,
    ],
    [
      'an unknown key of a state',
      state('    colect: n\n    collect: n\n    to: next'),
      ['unknown-key 5:5'],
      /"collect"/,
    ],
    [
      'an unknown key of a transition',
      state('    transitions: [{ intnt: yes, to: next }]\n    to: next'),
      ['unknown-key 5:21'],
      /"intent"/,
    ],
    [
      'an unknown key of a slot',
      flow('slots:\n  n: { type: integer, aks: Hi }\nstates: { a: { say: Hi, to: end } }'),
      ['unknown-key 3:23'],
      /"ask"/,
    ],
    ['a key of words', state('    say: { txt: hello }\n    to: next'), ['unknown-key 5:12'], /"text"/],
    ['a wrong type', state('    hang_up: 7\n    to: next'), ['wrong-type 5:14'], /./],
    ['a list where one name goes', state('    to: [next]'), ['wrong-type 5:9'], /./],
    [
      'an unknown slot type',
      flow('slots: { n: { type: intger } }\nstates: { a: { say: Hi, to: end } }'),
      ['wrong-type 2:21'],
      /"integer"/,
    ],
    [
      'a value out of a set',
      flow('slots: { n: { type: integer, confirm: maybe } }\nstates: { a: { say: Hi, to: end } }'),
      ['wrong-type 2:39'],
      /none or implicit/,
    ],
    ['a key without a value', state('    say:\n    to: next'), ['missing-key 5:5'], /words/],
    ['a flow without states', 'flow: order\n', ['missing-key 1:1'], /states/],
    ['no states', flow('states: {}'), ['missing-key 2:1'], /states by name/],
    [
      'a tool without an effect',
      flow('tools: { t: { http: { get: "x" } } }\nstates: { a: { call: t, to: end } }'),
      ['missing-key 2:10'],
      /effect/,
    ],
    [
      'a tool that is not run',
      flow('tools: { t: { effect: read } }\nstates: { a: { call: t, to: end } }'),
      ['missing-key 2:10'],
      /http, code and mcp/,
    ],
    [
      'a tool that is run in two ways',
      flow('tools: { t: { effect: read, http: { get: x }, code: ./t.ts#x } }\nstates: { a: { call: t, to: end } }'),
      ['wrong-combination 2:10', 'no-such-file 2:53'],
      /one of http/,
    ],
    ['a misspelt target', state('    to: nxet'), ['unknown-state 5:9'], /Did you mean "next"/],
    [
      'a target nobody knows',
      state('    transitions: [{ intent: yes, to: nowhere_at_all }]\n    to: next'),
      ['unknown-state 5:38'],
      /There are: first, next, end, human/,
    ],
    ['an unknown slot', state('    collect: m\n    to: next'), ['unknown-slot 5:14'], /"n"|Declare/],
    [
      'an unknown slot that is set',
      state('    transitions: [{ set: { kidn: a }, to: next }]'),
      ['unknown-slot 5:28'],
      /"kind"/,
    ],
    [
      'an unknown slot that is emptied',
      state('    transitions: [{ clear: m, to: next }]'),
      ['unknown-slot 5:28'],
      /slots/,
    ],
    ['an unknown tool', state('    call: find\n    to: next'), ['unknown-tool 5:11'], /tools/],
    ['an unknown flow', state('    call_flow: find\n    to: next'), ['unknown-flow 5:16'], /Add its file/],
    [
      'an unknown intent',
      state('    transitions: [{ intent: yse, to: next }]\n    to: next'),
      ['unknown-intent 5:29'],
      /"yes"/,
    ],
    [
      'a slip in an event',
      state('    collect: kind\n    transitions: [{ on: not_lsited, to: next }]\n    to: next'),
      ['unknown-event 6:25'],
      /"not_listed"/,
    ],
    [
      'an unknown name in a condition',
      state('    transitions: [{ if: m > 2, to: end }]\n    to: next'),
      ['unknown-name 5:25'],
      /declared/,
    ],
    [
      'a type that does not fit in a condition',
      state('    transitions: [{ if: n == "two", to: end }]\n    to: next'),
      ['bad-expression 5:25'],
      /same kind/,
    ],
    [
      'a condition that is none',
      state('    transitions: [{ if: kind, to: end }]\n    to: next'),
      ['bad-expression 5:25'],
      /Compare/,
    ],
    ['an unknown name in words', state('    say: You want {{ m }}.\n    to: next'), ['unknown-name 5:22'], /./],
    ['an unknown name in quoted words', state('    say: "Well, {{ m }}."\n    to: next'), ['unknown-name 5:20'], /./],
    [
      'an unknown name in folded words',
      state('    say: >\n      You want\n      {{ m }}.\n    to: next'),
      ['unknown-name 7:10'],
      /./,
    ],
    ['an unknown filter', state('    say: You want {{ n | spel }}.\n    to: next'), ['unknown-filter 5:26'], /"spell"/],
    ['braces that stay open', state('    say: You want {{ n.\n    to: next'), ['bad-template 5:19'], /}}/],
    ['a number as a length of time', state('    no_input_after: 6\n    to: next'), ['bad-duration 5:21'], /6s or 6ms/],
    ['a word as a length of time', state('    no_input_after: soon\n    to: next'), ['bad-duration 5:21'], /900ms/],
    ['a rung that is none', state('    no_match: [rask]\n    to: next'), ['wrong-type 5:16'], /./],
    [
      'a day that is none, set to a slot',
      flow('slots: { d: { type: date, default: tomorrow } }\nstates: { a: { say: "{{ d }}", to: end } }'),
      ['bad-value 2:36'],
      /2026-03-04/,
    ],
    [
      'an amount that is none at the end of a range',
      flow('slots: { m: { type: money, range: 5 EUR..lots, ask: How much? } }\nstates: { a: { collect: m, to: end } }'),
      ['bad-value 2:35'],
      /30 EUR/,
    ],
    [
      'a choice set to what it does not offer',
      state('    transitions: [{ set: { kind: c }, to: next }]'),
      ['bad-value 5:34'],
      /a, b/,
    ],
    [
      'an expression of another type set to a slot',
      state('    transitions: [{ set: { n: "{{ kind == \'a\' }}" }, to: next }]'),
      ['bad-value 5:31'],
      /integer/,
    ],
    [
      'misspelt names in a script',
      `${state('    collect: n\n    to: next')}---\ntest: t\nstart: { slots: { m: 1 } }\nturns:\n  - expect: { state: frist, flow: ordre, intent: yse, said: ask.m, said_not: nxet, slots: { nn: 1 }, tools: [find] }\n`,
      [
        'unknown-slot 10:19', 'unknown-state 12:22', 'unknown-flow 12:35', 'unknown-intent 12:50', 'unknown-words 12:61',
        'unknown-words 12:78', 'unknown-slot 12:93', 'unknown-tool 12:110',
      ], // prettier-ignore
      /Did you mean|Correct/,
    ],
    [
      'an outcome that the tool of a mock never has',
      `flow: order\ntools: { find: { effect: read, input: {}, output: { a: text }, outcomes: { not_found: 404 }, http: { get: https://orders.example } } }\nstates: { look: { call: find, transitions: [{ on: not_found, to: end }], to: end } }\n---\ntest: t\ntools: { find: [{ outcome: timeout, times: 1 }, { outcome: not_fuond }], transfer: { outcome: buzy } }\nturns: [{ expect: { state: end } }]\n`,
      ['unknown-outcome 6:60', 'unknown-outcome 6:95'],
      /Did you mean "(not_found|busy)"/,
    ],
    [
      'a time to wait on a repair that does not wait',
      state('    repair: { help: { wait: 5s } }\n    to: next'),
      ['wrong-combination 5:23'],
      /`hold_on`/,
    ],
    [
      'a confirmation of a repair that changes nothing',
      state('    repair: { help: { confirm: explicit } }\n    to: next'),
      ['wrong-combination 5:23'],
      /`correct`, `cancel`/,
    ],
    [
      'a way of its own for a repair that has none',
      state('    repair: { clarify: { to: next } }\n    to: next'),
      ['wrong-combination 5:26'],
      /`done`/,
    ],
    [
      'a return from where nothing comes back',
      state('    say: Well?\n    transitions: [{ intent: yes, to: next, resume: ask }]'),
      ['wrong-combination 6:44'],
      /to:` a flow/,
    ],
    ['an unknown repair', state('    repair: { cancle: { say: Oh } }\n    to: next'), ['unknown-key 5:15'], /"cancel"/],
    [
      'a key that is none',
      state('    say: One or two?\n    transitions: [{ key: one, to: next }]'),
      ['bad-value 6:19'],
      /0 to 9/,
    ],
    [
      'an example of no slot',
      flow('examples:\n  - order [two](m)\nstates: { a: { say: Hi, to: end } }'),
      ['bad-example 3:11'],
      /slot of this flow/,
    ],
    [
      'a pattern RE2 cannot read',
      flow('slots: { c: { type: code, pattern: "(?=x)" } }\nstates: { a: { say: Hi, to: end } }'),
      ['bad-pattern 2:36'],
      /RE2/,
    ],
    [
      'a range that is none',
      flow('slots: { n: { type: integer, range: 1-3 } }\nstates: { a: { say: Hi, to: end } }'),
      ['bad-value 2:37'],
      /1\.\.12/,
    ],
    [
      'keys the wrong way round',
      flow('slots: { n: { type: digits, dtmf: { length: 6..4 } } }\nstates: { a: { say: Hi, to: end } }'),
      ['bad-value 2:45'],
      /4\.\.6/,
    ],
    ['a number that is none', state('    transitions: [{ set: { n: two }, to: next }]'), ['bad-value 5:31'], /figures/],
    [
      'a choice without options',
      flow('slots: { c: { type: choice } }\nstates: { a: { say: Hi, to: end } }'),
      ['missing-key 2:10'],
      /options: \[small, large\]/,
    ],
    [
      'a slot that is asked for without a question',
      flow('slots: { n: { type: integer } }\nstates: { a: { collect: n, to: end } }'),
      ['missing-key 2:10'],
      /ask/,
    ],
    [
      'a file that is not there',
      flow('tools: { t: { effect: read, code: ./tools.ts#find } }\nstates: { a: { call: t, to: end } }'),
      ['no-such-file 2:35'],
      /Create it/,
    ],
    [
      'a function that is not named',
      flow('tools: { t: { effect: read, code: ./tools.ts } }\nstates: { a: { call: t, to: end } }'),
      ['wrong-type 2:35'],
      /#find_order/,
    ],
    [
      'an input nobody gives',
      flow(
        'tools: { t: { effect: read, input: { id: text }, http: { get: "{{ id }}" } } }\nstates: { a: { call: t, to: end } }',
      ),
      ['missing-key 3:22'],
      /with: \{ id/,
    ],
    [
      'an input the tool does not take',
      flow('tools: { t: { effect: read, http: { get: x } } }\nstates: { a: { call: t, with: { id: 3 }, to: end } }'),
      ['unknown-key 3:33'],
      /Take it out/,
    ],
    [
      'a write that is tried again',
      flow('tools: { t: { effect: write, retries: 2, http: { post: x } } }\nstates: { a: { call: t, to: end } }'),
      ['wrong-combination 2:10'],
      /retries/,
    ],
    [
      'a slot with the name of a tool',
      flow('slots: { t: text }\ntools: { t: { effect: read, http: { get: x } } }\nstates: { a: { call: t, to: end } }'),
      ['name-clash 3:10'],
      /another name/,
    ],
    [
      'a slot with a built-in name',
      flow('slots: { visits: integer }\nstates: { a: { say: Hi, to: end } }'),
      ['name-clash 2:10'],
      /another name/,
    ],
    [
      'a slot with a word of expressions',
      flow('slots: { type: text }\nstates: { a: { say: Hi, to: end } }'),
      ['reserved-name 2:10'],
      /another name/,
    ],
    [
      'a state called end',
      flow('states: { a: { say: Hi, to: end }, end: { say: Ho, hang_up: true } }'),
      ['reserved-name 2:36'],
      /another name/,
    ],
    [
      'an agent start that is no flow',
      'agent: a\nstart: ordr\n---\nflow: order\nexamples: [x]\nstates: { a: { say: Hi, to: end } }\n',
      ['unknown-flow 2:8'],
      /"order"/,
    ],
    [
      'a time zone that is none',
      'agent: a\ntimezone: Mars/Base\n---\nflow: order\nexamples: [x]\nstates: { a: { say: Hi, to: end } }\n',
      ['bad-value 2:11'],
      /Europe/,
    ],
    [
      'two flows of one name',
      'flow: a\nstates: { s: { say: Hi, to: end } }\n---\nflow: a\nstates: { s: { say: Hi, to: end } }\n',
      ['duplicate-name 4:7'],
      /another name/,
    ],
    [
      'two agents',
      'agent: a\n---\nagent: b\n---\nflow: f\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      ['duplicate-name 3:1'],
      /Keep one/,
    ],
    [
      'a document that is nothing',
      'flow: f\nstates: { s: { say: Hi, to: end } }\n---\nfloww: x\n',
      ['bad-document 4:1'],
      /`flow:`/,
    ],
    [
      'a transfer to what cannot be dialled',
      flow('states: { a: { transfer: { to: the desk } } }'),
      ['bad-value 2:32'],
      /\+35312345678/,
    ],
    [
      'opening hours that cannot be read',
      flow('states: { a: { transfer: { to: "+1", hours: mon-fri 8-20 } } }'),
      ['bad-value 2:45'],
      /mon-fri 08:00-20:00/,
    ],
    [
      'opening hours of no clock',
      flow('states: { a: { transfer: { to: "+1", hours: "sat 10:00-13:70" } } }'),
      ['bad-value 2:45'],
      /mon-fri 08:00-20:00/,
    ],
    [
      'the outcome of hours that a transfer does not have',
      flow(
        'states:\n  a: { transfer: { to: "+1" }, transitions: [{ on: closed, to: end }, { on: [busy, no_answer], to: end }] }',
      ),
      ['dead-transition 3:46'],
      /`hours:`/,
    ],
    [
      'the outcome of a limit that a transfer does not have',
      flow(
        'states:\n  a: { transfer: { to: "+1", hours: mon 08:00-20:00 }, transitions: [{ on: [max_time], to: end }, { on: [closed, max_time], to: end }] }',
      ),
      ['dead-transition 3:70'],
      /`max:`/,
    ],
    [
      'a write whose result is dropped',
      flow(
        'tools: { t: { effect: write, late_result: drop, http: { post: x } } }\nstates: { a: { call: t, transitions: [{ on: error, to: end }], to: end } }',
      ),
      ['wrong-combination 2:10'],
      /store/,
    ],
    [
      'a write that is stopped when the caller speaks',
      flow(
        'tools: { t: { effect: write, on_interrupt: cancel, http: { post: x } } }\nstates: { a: { call: t, transitions: [{ on: error, to: end }], to: end } }',
      ),
      ['wrong-combination 2:10'],
      /block/,
    ],
    [
      'a read with the key of a write',
      flow(
        'tools: { t: { effect: read, idempotency_key: "7", http: { get: x } } }\nstates: { a: { call: t, transitions: [{ on: error, to: end }], to: end } }',
      ),
      ['wrong-combination 2:10'],
      /write/,
    ],
    [
      'a last question that asks nothing',
      'agent: a\nstart: f\nrepair: { anything_else: { to: f } }\n---\nflow: f\nstates: { a: { say: Hi., to: end } }\n',
      ['endless-loop 5:7'],
      /Ask the caller/,
    ],
    ['a transfer to nobody', flow('states: { a: { transfer: { mode: warm } } }'), ['missing-key 2:26'], /to:/],
    [
      'a part that a range does not have',
      flow(
        'slots: { d: { type: date_range, of: { start: { ask: From? }, ende: { ask: To? } } } }\nstates: { a: { collect: d, to: end } }',
      ),
      ['unknown-key 2:62'],
      /end/,
    ],
    [
      'a part without a question',
      flow('slots: { d: { type: date_range, of: { start: { ask: From? } } } }\nstates: { a: { collect: d, to: end } }'),
      ['missing-key 2:33'],
      /end: \{ ask/,
    ],
    [
      'a range that is asked for without a question',
      flow('slots: { d: { type: date_range } }\nstates: { a: { collect: d, to: end } }'),
      ['missing-key 2:10'],
      /ask:/,
    ],
    [
      'the same as a slot that is not there, or of another type',
      flow(
        'slots: { n: integer, d: { type: date_range, ask: When?, same_as: [f.e, n] } }\nstates: { a: { collect: [n, d], to: end } }',
      ).replace('n: integer', 'n: { type: integer, ask: How many? }'),
      ['unknown-slot 2:93', 'wrong-type 2:98'],
      /f\.d|Write|d/,
    ],
    [
      'knowledge that nobody gave',
      'agent: a\nknowledge: { leaflet: [{ id: x, asks: [y], says: Z }] }\n---\nflow: f\nexamples: [x]\nstates: { s: { answer: leaflt, to: end } }\n',
      ['unknown-knowledge 6:24'],
      /leaflet/,
    ],
    [
      'knowledge that is not there',
      'agent: a\nknowledge: { two: ./kb.ts, three: { files: [a.md, "docs/*.md"] } }\n---\nflow: f\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      ['no-such-file 2:19', 'no-such-file 2:45', 'no-such-file 2:51'],
      /Create it/,
    ],
    [
      'an entry of knowledge with no words and no documents',
      'agent: a\nknowledge: { one: [{ id: x, asks: [y] }] }\n---\nflow: f\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      ['empty-knowledge 2:20'],
      /says:/,
    ],
    [
      'a retriever that is no file of code',
      'agent: a\nknowledge: { kb: somewhere }\n---\nflow: f\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      ['wrong-type 2:18'],
      /default export/,
    ],
    [
      'two entries of knowledge with one name',
      'agent: a\nknowledge: { k: [{ id: x, asks: [y], says: Z }, { id: x, asks: [z], says: Z }] }\n---\nflow: f\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      ['duplicate-name 2:55'],
      /another name/,
    ],
    [
      'a sound that is not written in letters',
      'agent: a\nlexicon: { Cobh: "/koʊv/ 1" }\n---\nflow: f\nexamples: [x]\nstates: { a: { say: Hi, to: end } }\n',
      ['bad-value 2:18'],
      /plain letters/,
    ],
    [
      'a model without words for when it is late',
      flow('states: { a: { generate: { task: talk }, to: end } }'),
      ['missing-key 2:16'],
      /fallback/,
    ],
    [
      'a model that takes too many answers',
      flow('states: { a: { generate: { task: talk, fallback: Hm., turns: 9 }, to: end } }'),
      ['wrong-type 2:62'],
      /1 to 3|Answers/,
    ],
    [
      'a model that would write, fill what is not there, or learn a secret',
      flow(
        'slots: { pin: { type: digits, sensitive: secret, ask: Your PIN? } }\ntools: { pay: { effect: write, http: { post: "{{ env.X }}" } } }\nstates: { a: { generate: { task: talk, fallback: Hm., tools: [pay], fills: { pin: the PIN, topic: what } }, to: b }, b: { call: pay, to: c }, c: { collect: pin, to: end } }',
      ),
      ['wrong-combination 4:63', 'wrong-combination 4:78', 'unknown-slot 4:92'],
      /state of its own/,
    ],
    [
      'parts with the same name',
      state('    say: { parts: [{ id: a, text: One. }, { id: a, text: Two. }] }\n    to: next'),
      ['duplicate-name 5:49'],
      /another name/,
    ],
    [
      'words and parts at once',
      state('    say: { text: Hi., parts: [{ id: a, text: One. }] }\n    to: next'),
      ['wrong-combination 5:18'],
      /Take it out/,
    ],
    [
      'a type that is not there yet',
      flow(
        'slots: { d: { type: record, of: { a: { type: record, of: { b: { type: record, of: { c: { type: record, of: { x: { type: text, ask: X? } } } } } } } } } }\nstates: { a: { collect: d, to: end } }',
      ),
      ['type-not-ready 2:85'],
      /slot of its own/,
    ],
  ];
  it.each(table)('%s', async (_title, text, at, cure) => {
    const { problems, agent } = await load(text);
    expect(brief(problems)).toEqual(at);
    expect(problems[0]!.cure).toMatch(cure);
    expect(agent === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  });
});

it('tells every mistake of every file in one run, sorted by place', async () => {
  const folder = folderOf({
    'agent.yaml': 'agent: shop\nstart: helo\nlangage: en\n',
    'hello.flow.yaml': 'flow: hello\nstates:\n  a: { say: Hi, to: b }\n',
    'deep/er/order.flow.yaml':
      'flow: order\nexamples: [order]\nstates:\n  a: { collect: n, to: end }\n  b: { say: Well, then, to: end }\n',
    'deep/order.test.yaml': 'test: x\nturns:\n  - sya: hi\n',
  });
  const { problems, agent } = await loadAgent(folder);
  expect(agent).toBeUndefined();
  expect(
    problems.map(({ code, file, line, column }) => `${file.slice(folder.length + 1)}:${line}:${column} ${code}`),
  ).toEqual([
    'agent.yaml:2:8 unknown-flow',
    'agent.yaml:3:1 unknown-key',
    'deep/er/order.flow.yaml:4:17 unknown-slot',
    'deep/er/order.flow.yaml:5:13 quote-this',
    'deep/order.test.yaml:3:5 unknown-key',
    'hello.flow.yaml:3:21 unknown-state',
  ]);
});

it('says nothing of names when a file could not be read at all', async () => {
  const folder = folderOf({
    'agent.yaml': 'agent: shop\nstart: hello\n',
    'hello.flow.yaml': 'flow: hello\nstates: { a: { say: Hi\n',
    'order.flow.yaml': 'flow: order\nexamples: [x]\nstates:\n  a: { say: Hi, to: hello }\n',
  });
  const { problems } = await loadAgent(folder);
  expect(problems.map(({ code }) => code)).toEqual(['bad-yaml']);
});

describe('how a problem is shown', () => {
  it('has its place and code, the sentence with the cure, and the line with a caret', async () => {
    const { problems } = await load(state('    to: nxet'));
    const shown = formatProblem(problems[0]!).replace(/^.*a\.flow\.yaml/, 'a.flow.yaml');
    expect(shown).toBe(
      [
        'a.flow.yaml:5:9  unknown-state',
        '  This goes to "nxet", and the flow has no such state, and the agent no such flow. Did you mean "next"?',
        '     5 |     to: nxet',
        '       |         ^^^^',
      ].join('\n'),
    );
  });

  it('keeps the caret in sight of a long line', () => {
    const source = `${'x'.repeat(300)}HERE${'y'.repeat(300)}`;
    const shown = formatProblem({
      code: 'wrong-type',
      severity: 'error',
      file: 'f',
      line: 1,
      column: 301,
      length: 4,
      message: 'm',
      cure: 'c',
      source,
    });
    const [, , text, caret] = shown.split('\n');
    expect(text!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1)).toBe('HERE');
    expect(text!.length).toBeLessThan(170);
  });

  it('has colours only when asked', async () => {
    const { problems } = await load(state('    to: nxet'));
    const escape = String.fromCharCode(27);
    expect(formatProblem(problems[0]!)).not.toContain(escape);
    expect(formatProblem(problems[0]!, { colour: true })).toContain(escape);
  });
});

describe('a path that holds no agent is a problem and not an exception', () => {
  it('a path that is not there', async () => {
    const { problems, agent } = await loadAgent('no/such/place');
    expect(agent).toBeUndefined();
    expect(problems).toMatchObject([{ code: 'no-such-path', severity: 'error', file: 'no/such/place', line: 0 }]);
    expect(formatProblem(problems[0]!)).toBe(
      'no/such/place  no-such-path\n  There is no such file or folder. Give the folder of an agent, or one file with a `flow:`.',
    );
  });

  it('an empty folder', async () => {
    expect((await loadAgent(folderOf({}))).problems.map(({ code }) => code)).toEqual(['no-such-path']);
  });

  it('an agent without a flow', async () => {
    expect((await loadAgent(folderOf({ 'agent.yaml': 'agent: a\n' }))).problems.map(({ code }) => code)).toEqual([
      'no-such-path',
    ]);
  });

  it('a file over a megabyte', async () => {
    const { problems } = await load(`flow: a\n${'# x\n'.repeat(300_000)}`);
    expect(problems.map(({ code }) => code)).toContain('too-big');
  });

  it('folders nested too deep', async () => {
    const files = {
      'agent.yaml': 'agent: a\n',
      'a.flow.yaml': 'flow: a\nexamples: [x]\nstates: { s: { say: Hi, to: end } }\n',
      '1/2/3/4/5/6/7/8/9/b.flow.yaml': 'flow: b\n',
    };
    expect((await loadAgent(folderOf(files))).problems.map(({ code }) => code)).toEqual(['too-big']);
  });

  it('loadFlow throws them all at once', async () => {
    const path = folderOf({
      'agent.yaml': 'agent: a\nstart: nope\n',
      'a.flow.yaml': 'flow: a\nstates: { s: { to: b } }\n',
    });
    const error = await loadFlow(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlowProblems);
    expect((error as FlowProblems).problems.map(({ code }) => code)).toEqual(['unknown-state', 'unknown-flow']);
    expect((error as FlowProblems).message).toMatch(/Nope|nope/);
  });
});
