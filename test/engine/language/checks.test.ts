import { describe, expect, it } from 'vitest';
import { longestExample } from '../../../engine/language/checks/idle-examples.js';
import { maxTextLength } from '../../../intents/classifier/words.js';
import { load } from './load-text.js';

/** `code severity line: message` of every problem. */
async function found(text: string): Promise<string[]> {
  const { problems } = await load(text);
  return problems.map(({ code, severity, line }) => `${code} ${severity} ${line}`);
}

async function messages(text: string): Promise<string> {
  return (await load(text)).problems.map(({ message }) => message).join('\n');
}

const read = (name: string, more = ''): string =>
  `  ${name}: { effect: read, output: { ok: yes_no, word: text, amount: money }, ${more}http: { get: "{{ env.URL }}/x" } }\n`;
const write = (name: string, more = ''): string =>
  `  ${name}: { effect: write, ${more}http: { post: "{{ env.URL }}/x" } }\n`;

describe('what is read before it can be filled', () => {
  const flow = (states: string): string =>
    `flow: f\nslots:\n  consent: { type: yes_no, ask_first: true, ask: May I? }\n  n: { type: integer, ask: How many? }\ntools:\n${read('find')}states:\n${states}`;

  it.each([
    [
      'a tool that is called after the words',
      '  a: { say: "It is {{ find.word }}.", call: find, to: end }\n',
      ['read-too-early error 8'],
    ],
    [
      'a tool on a branch that did not call it',
      '  a: { collect: n, transitions: [{ if: n > 2, to: b }], to: c }\n  b: { call: find, to: end }\n  c: { say: "{{ find.word }}", to: end }\n',
      ['read-too-early error 10'],
    ],
    [
      'a slot that is only heard when it is asked',
      '  a: { say: "{{ consent }}", to: b }\n  b: { collect: consent, to: end }\n',
      ['read-too-early error 8'],
    ],
    [
      'an input of a flow that is called',
      '  a: { call_flow: g, with: { word: "{{ find.word }}" }, to: b }\n  b: { call: find, to: end }\n---\nflow: g\nin: { word: text }\nstates: { s: { say: "{{ word }}", to: end } }\n',
      ['read-too-early error 8'],
    ],
    [
      'nothing where one of several ways has called it',
      '  a: { collect: n, transitions: [{ if: n > 2, to: b }], to: c }\n  b: { call: find, to: c }\n  c: { say: "{{ find.word }}", to: end }\n',
      [],
    ],
    [
      'nothing where the caller may have said it before',
      '  a: { say: "So {{ n }}?", to: b }\n  b: { collect: n, to: end }\n',
      [],
    ],
    [
      'nothing where the words mind that it is empty',
      `  a: { say: "{{ find.word | or('nothing') }}", call: find, to: end }\n`,
      [],
    ],
    [
      'nothing where a condition asks whether it is empty',
      '  a: { transitions: [{ if: find == null, to: b }], to: end }\n  b: { call: find, to: a }\n',
      ['endless-loop warning 8'],
    ],
    [
      'nothing on the second visit, after it was called',
      '  a: { say: "Before, {{ find.word }}.", transitions: [{ if: visits > 1, to: end }], to: b }\n  b: { call: find, to: a }\n',
      [],
    ],
  ])('%s', async (_title, states, expected) => {
    expect(await found(flow(states))).toEqual(expected);
  });

  it('tells of options that nothing has fetched, where the choice is asked', async () => {
    const text = `flow: f\nslots:\n  car: { type: choice, options: "{{ cars.all }}", ask: Which? }\ntools:\n  cars: { effect: read, output: { all: { list: { id: text, name: text } } }, http: { get: "{{ env.URL }}" } }\nstates:\n`;
    expect(await found(`${text}  a: { collect: car, to: b }\n  b: { call: cars, to: end }\n`)).toEqual([
      'read-too-early error 3',
    ]);
    expect(await found(`${text}  a: { call: cars, to: b }\n  b: { collect: car, to: end }\n`)).toEqual([]);
  });

  it('tells of a shared tool that no flow calls', async () => {
    const text = `agent: x\nstart: f\ntools:\n${read('find')}---\nflow: f\nstates: { a: { say: "{{ find.word }}", to: end } }\n`;
    expect(await found(text)).toEqual(['read-too-early error 7']);
    expect(await messages(text)).toContain('no state calls it');
  });
});

describe('a write past a condition that may be empty', () => {
  const flow = (check: string, more = ''): string =>
    `flow: f\nslots:\n  n: { type: integer, ask: How many? }\n  most: { type: integer${more} }\ntools:\n${read('find')}${write('send')}states:\n  a: { collect: n, to: b }\n${check}  c: { call: send, to: end }\n`;

  it.each([
    [
      'a limit that nobody gave',
      flow('  b: { transitions: [{ if: n > most, to: human }], to: c }\n'),
      ['maybe-empty warning 10'],
    ],
    [
      'a result that may not be there',
      flow(
        '  b: { transitions: [{ if: n > 5, to: d }, { if: find.amount > 5, to: human }], to: c }\n  d: { call: find, to: b }\n',
      ),
      ['endless-loop warning 10', 'maybe-empty warning 10'],
    ],
    [
      'nothing when it says what holds then',
      flow('  b: { transitions: [{ if: most == null || n > most, to: human }], to: c }\n'),
      [],
    ],
    [
      'nothing when it has a default',
      flow('  b: { transitions: [{ if: n > most, to: human }], to: c }\n', ', default: 9'),
      [],
    ],
    ['nothing when it was asked on every way', flow('  b: { transitions: [{ if: n > 5, to: human }], to: c }\n'), []],
    [
      'nothing when the condition leads to the write',
      flow('  b: { transitions: [{ if: n < most, to: c }], to: end }\n'),
      [],
    ],
    [
      'nothing when it can be told of an empty value too',
      flow('  b: { transitions: [{ if: most == 3, to: human }], to: c }\n'),
      [],
    ],
    [
      'nothing of the result of the very state: there it is an error',
      flow('  b: { call: find, transitions: [{ if: find.amount > 5, to: human }], to: c }\n'),
      [],
    ],
  ])('%s', async (_title, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });
});

describe('a write that asks for a yes', () => {
  const flow = (states: string, confirm = 'auto'): string =>
    `flow: f\nslots:\n  n: { type: integer, ask: How many?, confirm: ${confirm} }\ntools:\n  send: { effect: write, confirm: true, input: { n: integer }, http: { post: "{{ env.URL }}", body: { n: "{{ n }}" } } }\nstates:\n  a: { collect: n, to: b }\n${states}`;

  it.each([
    ['is called without one', flow('  b: { call: send, to: end }\n'), ['unconfirmed-write error 8']],
    [
      'is called after a yes on one of two ways',
      flow(
        '  b: { say: Sure?, transitions: [{ intent: yes, to: c }, { key: 1, to: c }] }\n  c: { call: send, to: end }\n',
      ),
      ['unconfirmed-write error 9'],
    ],
    [
      'has its words',
      flow('  b: { confirm: "{{ n }}?", call: send, transitions: [{ on: declined, to: end }], to: end }\n'),
      [],
    ],
    [
      'comes of a yes',
      flow(
        '  b: { say: "{{ n }}. Sure?", transitions: [{ intent: yes, to: c }, { intent: no, to: end }] }\n  c: { call: send, to: end }\n',
      ),
      [],
    ],
    ['takes only what was confirmed', flow('  b: { call: send, to: end }\n', 'explicit'), []],
  ])('%s', async (_title, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });
});

describe('a secret', () => {
  const flow = (lines: string, more = ''): string =>
    `flow: f\n${more}slots:\n  pin: { type: digits, sensitive: secret, ask: Your code? }\n  tax: { type: digits, sensitive: pii, ask: Your number? }\n  copy: { type: digits }\ntools:\n${lines}`;
  const to = (tool: string, states: string): string =>
    flow(`${tool}states:\n  a: { collect: [pin, tax], to: b }\n${states}`);
  const none = read('find');

  it.each([
    ['is spoken', to(none, '  b: { say: "{{ pin }}", to: end }\n'), ['sensitive-leak error 10']],
    [
      'is asked back',
      to(
        none,
        '  b: { confirm: "{{ pin | spell }}, right?", call: find, transitions: [{ on: declined, to: end }], to: end }\n',
      ),
      ['sensitive-leak error 10'],
    ],
    [
      'is said on a rung',
      to(none, '  b: { collect: tax, no_match: [{ say: "Your {{ pin }}", to: end }], to: end }\n'),
      ['sensitive-leak error 10'],
    ],
    [
      'is put into another slot',
      to(none, '  b: { transitions: [{ set: { copy: "{{ pin }}" }, to: end }] }\n'),
      ['sensitive-leak error 10'],
    ],
    [
      'stands in an address',
      to(
        '  send: { effect: write, input: { pin: digits }, http: { post: "{{ env.URL }}/{{ pin }}" } }\n',
        '  b: { call: send, to: end }\n',
      ),
      ['sensitive-leak error 7'],
    ],
    [
      'stands in an address under another name',
      to(
        '  send: { effect: write, input: { code: digits }, http: { post: "{{ env.URL }}/{{ code }}" } }\n',
        '  b: { call: send, with: { code: "{{ pin }}" }, to: end }\n',
      ),
      ['sensitive-leak error 7'],
    ],
    [
      'stands in a stored key',
      to(
        '  send: { effect: write, input: { pin: digits }, idempotency_key: "{{ pin }}", http: { post: "{{ env.URL }}", body: { pin: "{{ pin }}" } } }\n',
        '  b: { call: send, to: end }\n',
      ),
      ['sensitive-leak error 7'],
    ],
    [
      'may go to a tool in its body',
      to(
        '  send: { effect: write, input: { pin: digits }, http: { post: "{{ env.URL }}", body: { pin: "{{ pin }}" } } }\n',
        '  b: { call: send, to: end }\n',
      ),
      [],
    ],
    ['may decide', to(none, '  b: { transitions: [{ if: pin == "0000", to: human }], to: end }\n'), []],
  ])('%s', async (_title, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });

  it('is in no example', async () => {
    const text = flow(`${none}states:\n  a: { collect: pin, to: end }\n`, 'examples: ["my code is [1234](pin)"]\n');
    expect(await found(text)).toEqual(['sensitive-leak error 4']);
  });

  it('and what is personal is not read by a model that words a sentence', async () => {
    const said = (mode: string): string =>
      to(none, `  b: { say: { text: "Number {{ tax }}.", mode: ${mode} }, to: end }\n`);
    expect(await found(said('rephrase'))).toEqual(['sensitive-leak warning 10']);
    expect(await found(said('fixed'))).toEqual([]);
  });
});

describe('going round', () => {
  it('over two flows without the caller is an error, told once', async () => {
    const text =
      'agent: x\nstart: f\n---\nflow: f\nstates: { a: { say: Hi, to: g } }\n---\nflow: g\nstates: { b: { say: Ho, to: f } }\n';
    expect(await found(text)).toEqual(['endless-loop error 5']);
    expect(await messages(text)).toContain('f/a → g/b → f/a');
  });

  it('through a called flow is an error where that flow asks nothing, and none where it asks', async () => {
    const text = (called: string): string =>
      `agent: x\nstart: f\n---\nflow: f\nstates: { a: { call_flow: g, to: a } }\n---\nflow: g\nslots: { n: { type: integer, ask: How many? } }\nstates: { b: ${called} }\n`;
    expect(await found(text('{ say: Ho, to: end }'))).toEqual(['endless-loop error 5']);
    expect(await found(text('{ collect: n, to: end }'))).toEqual([]);
  });

  it('by calling itself over another flow is an error', async () => {
    const text =
      'agent: x\nstart: f\n---\nflow: f\nslots: { n: { type: integer, ask: How many? } }\nstates: { a: { collect: n, to: b }, b: { call_flow: g, to: end } }\n---\nflow: g\nstates: { c: { call_flow: f, to: end } }\n';
    expect(await found(text)).toEqual(['endless-loop error 6']);
    expect(await messages(text)).toContain('f → g → f');
  });

  it('from ladder to ladder is a warning, unless one of them leads out', async () => {
    const text = (last: string): string =>
      `flow: f\nslots: { n: { type: integer, ask: How many? }, m: { type: integer, ask: And then? } }\nstates:\n  a: { collect: n, no_input: [reask, { to: b }], to: b }\n  b: { collect: m, no_input: [reask, { to: ${last} }], to: end }\n`;
    expect(await found(text('a'))).toEqual(['no-last-exit warning 4']);
    expect(await messages(text('a'))).toContain('a → b → a');
    expect(await found(text('human'))).toEqual([]);
  });

  it('on a ladder is seen at agent, flow and state, and not where an event leads out', async () => {
    const rung = 'no_input: [reask, { say: Still there? }]';
    const states = 'slots: { n: { type: integer, ask: How many? } }\nstates:\n  a: { collect: n, to: end }\n';
    expect(await found(`agent: x\nstart: f\n${rung}\n---\nflow: f\n${states}`)).toEqual(['no-last-exit warning 3']);
    expect(await found(`flow: f\n${rung}\n${states}`)).toEqual(['no-last-exit warning 2']);
    expect(await found(`flow: f\n${rung}\nlisten: [{ on: no_input, if: no_input > 2, to: human }]\n${states}`)).toEqual(
      [],
    );
  });
});

describe('a transition that can never win', () => {
  const flow = (transitions: string): string =>
    `flow: f\nslots: { n: { type: integer, ask: How many? } }\nstates:\n  a:\n    collect: n\n    transitions: ${transitions}\n    to: end\n`;
  it.each([
    ['a condition that never holds', '[{ if: 1 > 2, to: human }]', ['dead-transition warning 6']],
    ['a condition that always holds', '[{ if: true, to: human }]', ['dead-transition warning 6']],
    ['a no to what nobody asked', '[{ on: declined, to: human }]', ['dead-transition warning 6']],
    ['a choice that there is not', '[{ on: not_listed, to: human }]', ['dead-transition warning 6']],
    ['an event from outside may come', '[{ on: desk_closed, to: human }]', []],
  ])('%s', async (_title, transitions, expected) => {
    expect(await found(flow(transitions))).toEqual(expected);
  });
});

describe('examples that compete', () => {
  const two = (first: string, second: string, more = ''): string =>
    `agent: x\nslots: { n: { type: integer, scope: call }, m: { type: integer, scope: call } }\n---\nflow: f\nexamples: ["${first}"]\nstates: { a: { say: Hi, to: end } }\n---\nflow: g\nexamples: ["${second}"]\n${more}states: { a: { say: Hi, to: end } }\n`;

  it('are told by their words and not by their letters, values by their type', async () => {
    expect(await found(two('Order two!', 'order  two'))).toEqual(['competing-examples warning 9']);
    expect(await found(two('order [two](n)', 'order [seven](m)'))).toEqual(['competing-examples warning 9']);
    expect(await found(two('order [two](n)', 'order it'))).toEqual([]);
  });

  it('are found among an example and what the flow is not', async () => {
    expect(await found(two('order', 'return it', 'not: [Return it.]\n'))).toEqual(['competing-examples warning 9']);
  });

  it('compete with the built-ins that keep their words, and with no other', async () => {
    expect(await found(two('Stop it!', 'order it'))).toEqual(['competing-examples warning 5']);
    expect(await found(two('order it', 'hold on'))).toEqual(['competing-examples warning 9']);
    const off = two('stop it', 'order it').replace('agent: x\n', 'agent: x\nrepair: { cancel: off }\n');
    expect(await found(off)).toEqual([]);
    const own = two('order this', 'order it').replace('agent: x\n', 'agent: x\nintents: { cancel: [stop it, eh] }\n');
    expect(await found(own)).toEqual([]);
    expect(await found(two('stop it to my mother', 'say that again'))).toEqual([]);
  });

  it('are told once where two intents have nearly all of them in common', async () => {
    const of = (first: string[], second: string[]): string => {
      const one = (name: string, examples: string[]): string =>
        `---\nflow: ${name}\nexamples: ${JSON.stringify(examples)}\nstates: { a: { say: Hi, to: end } }\n`;
      return `agent: x\n${one('f', first)}${one('g', second)}`;
    };
    const twice = of(['order it', 'buy it', 'get it', 'send me it'], ['Order it!', 'buy it', 'get it', 'rent it']);
    expect(await found(twice)).toEqual(['duplicate-intents warning 8']);
    expect(await messages(twice)).toContain('"g" has nearly all of its examples in common with "f" (3 of 4)');
    // The smaller one is in the larger one whole.
    expect(await found(of(['order it', 'buy it'], ['buy it', 'order it', 'get it', 'rent it', 'send it']))).toEqual([
      'duplicate-intents warning 4',
    ]);
    expect(await found(of(['order it', 'buy it', 'get it'], ['order it', 'buy it', 'rent it']))).toEqual([
      'competing-examples warning 8',
      'competing-examples warning 8',
    ]);
  });

  it('are too few where an intent has one and another has five, and not in a sketch where all have one', async () => {
    const of = (many: number, few: string): string =>
      `agent: x\n---\nflow: f\nexamples: ${JSON.stringify(['a', 'b', 'c', 'd', 'e'].slice(0, many).map((one) => `order ${one}`))}\nstates: { a: { say: Hi, to: end } }\n---\nflow: g\nexamples: [${few}]\nstates: { a: { say: Hi, to: end } }\n`;
    expect(await found(of(5, 'return it'))).toEqual(['lone-example warning 8']);
    expect(await found(of(5, 'return it, take it back'))).toEqual([]);
    expect(await found(of(4, 'return it'))).toEqual([]);
  });

  it('are told when nothing is learned from them', async () => {
    const of = (...examples: string[]): string =>
      `agent: x\n---\nflow: f\nexamples:\n${examples.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}slots: { count: { type: integer } }\nstates: { a: { say: Hi, to: end } }\n`;
    expect(await found(of('order it', '…', 'Order it!', '', '\u0007'))).toEqual([
      'idle-example warning 6',
      'idle-example warning 7',
      'idle-example warning 8',
      'idle-example warning 9',
    ]);
    expect(await messages(of('order it', 'Order it!'))).toContain('"f" has this example already.');
    expect(await found(of(`order ${'very '.repeat(400)}much`))).toEqual(['idle-example warning 5']);
    // One letter, another script and another value of a slot are examples like others.
    expect(await found(of('a', 'лампа', '电灯', 'order [two](count)', 'order [four](count)'))).toEqual([]);
    expect(longestExample).toBe(maxTextLength);
  });

  it('do not compete where they are never heard together', async () => {
    const flow = (name: string): string =>
      `flow: ${name}\nexamples: [start ${name}]\nintents: { more: [another one] }\nstates: { a: { say: Well?, transitions: [{ intent: more, to: end }] } }\n`;
    expect(await found(`agent: x\n---\n${flow('f')}---\n${flow('g')}`)).toEqual([]);
    const both =
      'flow: f\nintents: { more: [another one], next: [another one] }\nstates: { a: { say: Well?, transitions: [{ intent: more, to: end }, { intent: next, to: human }] } }\n';
    expect(await found(both)).toEqual(['competing-examples warning 2']);
  });
});

describe('words that no voice says well', () => {
  const say = (words: string): string => `flow: f\nstates:\n  a: { say: ${JSON.stringify(words)}, to: end }\n`;
  it.each([
    ['an address', 'See www.acme.example/help now.'],
    ['an e-mail address', 'Write to help@acme.com please.'],
    ['markup', 'That is **important**.'],
    ['tags', 'Wait <break time="1s"/> please.'],
    ['a list', 'You can:\n- pay\n- leave'],
    ['a picture', 'Great 🎉'],
    ['a long number', 'Call 18005551212.'],
  ])('%s is told once', async (_title, words) => {
    expect(await found(say(words))).toEqual(['unspeakable warning 3']);
  });

  it.each([
    ['three fifty: 3.50 EUR'],
    ['Press the * key, or #.'],
    ['It was 2026 — or was it? 50 % off!'],
    ['Is a < b?'],
    ['Acme® says hello.'],
    ['At half past 5, please. OK?'],
  ])('%s is none', async (words) => {
    expect(await found(say(words))).toEqual([]);
  });

  it('names the seconds that words take', async () => {
    const words = 'one two three four five six seven. '.repeat(15).trim();
    expect(await messages(say(words))).toContain(`about ${Math.round(words.length / 15)} seconds`);
  });
});

describe('a person', () => {
  const flow = (keys: string, state = 'collect: n, to: end'): string =>
    `agent: x\nstart: f\ntransfer: { to: "{{ env.DESK }}" }\n${keys}---\nflow: f\nslots: { n: { type: integer, ask: How many? } }\nno_input: [{ to: end }]\nno_match: [reask, reask, reask, { to: human }]\nstates:\n  a: { ${state} }\n`;

  it('is within reach wherever the built-in wish for one is heard', async () => {
    expect(await found(flow(''))).toEqual([]);
  });

  it('is too far when the only way is a long ladder, or a wish that leads elsewhere', async () => {
    expect(await found(flow('repair: { human: off }\n'))).toEqual(['no-person warning 11']);
    expect(await messages(flow('repair: { human: off }\n'))).toContain('4 turns away');
    expect(await found(flow('repair: { human: off }\nperson_within: 4\n'))).toEqual([]);
    expect(await found(flow('', 'collect: n, transitions: [{ intent: human, to: end }], to: end'))).toEqual([
      'no-person warning 10',
    ]);
  });

  it('is not asked for where there is nobody to put callers through to', async () => {
    expect(await found(flow('repair: { human: off }\n').replace(/transfer.*\n/, ''))).toEqual([]);
  });
});

describe('a question that nobody hears', () => {
  it('is told where the state and all ways to it are silent', async () => {
    expect(await found('flow: f\nstates:\n  a: { transitions: [{ intent: yes, to: end }] }\n')).toEqual([
      'silent-question error 3',
    ]);
    expect(
      await found(
        'flow: f\nstates:\n  a: { say: Shall I?, to: b }\n  b: { transitions: [{ intent: yes, to: end }] }\n',
      ),
    ).toEqual([]);
  });
});
