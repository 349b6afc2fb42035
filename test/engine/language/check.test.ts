import { describe, expect, it } from 'vitest';
import { brief, load } from './load-text.js';

const states = (lines: string): string =>
  `flow: f\nslots: { n: { type: integer, ask: How many? } }\ntools: { t: { effect: read, output: { ok: yes_no }, outcomes: { gone: 404 }, http: { get: x } } }\nstates:\n${lines}\n`;

async function problemsOf(lines: string): Promise<string[]> {
  return brief((await load(states(lines))).problems);
}

describe('where a flow cannot go', () => {
  it('finds a state that nothing leads to', async () => {
    expect(await problemsOf('  a: { say: Hi, to: end }\n  b: { say: Ho, to: end }')).toEqual(['dead-state 6:3']);
  });

  it('counts ladders and the flow’s own listening as ways to a state', async () => {
    const { problems } = await load(
      'flow: f\nslots: { n: { type: integer, ask: How many? } }\nlisten: [{ on: timeout, to: c }]\nno_match: [reask, { to: d }]\nstates:\n' +
        '  a: { collect: n, no_input: [reask, { to: b }], to: end }\n  b: { say: B, to: end }\n  c: { say: C, to: end }\n  d: { say: D, to: end }\n',
    );
    expect(brief(problems)).toEqual([]);
  });

  it('finds a flow that nothing leads to, as a warning', async () => {
    const { problems, agent } = await load(
      'agent: x\nstart: a\n---\nflow: a\nstates: { s: { say: Hi, to: end } }\n---\nflow: b\nstates: { s: { say: Hi, to: end } }\n',
    );
    expect(brief(problems)).toEqual(['dead-state 7:7']);
    expect(agent).toBeDefined();
  });
});

describe('a dead end', () => {
  it.each([
    ['words and no exit', '  a: { say: Hi }', ['dead-end 5:3']],
    ['a question and no exit', '  a: { collect: n }', ['dead-end 5:3']],
    [
      'a tool with exits for failure only',
      '  a: { call: t, transitions: [{ on: [error, gone], to: end }] }',
      ['dead-end 5:3'],
    ],
    ['conditions only: a warning', '  a: { call: t, transitions: [{ if: t.ok, to: end }] }', ['dead-end 5:3']],
    ['a menu waits for the caller', '  a: { say: One or two?, transitions: [{ key: 1, to: end }] }', []],
    ['hanging up is an exit', '  a: { say: Bye, hang_up: true }', []],
    ['a transition without a trigger is an exit', '  a: { call: t, transitions: [{ set: { n: 3 }, to: end }] }', []],
  ])('%s', async (_title, lines, found) => {
    expect(await problemsOf(lines)).toEqual(found);
  });
});

describe('a transition that can never win', () => {
  it.each([
    ['the same intent twice', '[{ intent: yes, to: end }, { intent: [yes], to: human }]', ['dead-transition 5:60']],
    [
      'one of several intents again',
      '[{ intent: [yes, done], to: end }, { intent: done, if: n > 2, to: human }]',
      ['dead-transition 5:68'],
    ],
    ['the same key twice', '[{ key: 1, to: end }, { key: 1, to: human }]', ['dead-transition 5:55']],
    ['another condition may win', '[{ intent: yes, if: n > 2, to: end }, { intent: yes, to: human }]', []],
    ['another key may win', '[{ intent: yes, to: end }, { intent: yes, key: 2, to: human }]', []],
  ])('%s', async (_title, transitions, found) => {
    expect(await problemsOf(`  a: { say: Well?, transitions: ${transitions} }`)).toEqual(found);
  });

  it('after one without a trigger, and the `to:` behind it', async () => {
    const lines =
      '  a:\n    call: t\n    transitions:\n      - { to: end }\n      - { if: t.ok, to: human }\n    to: end';
    expect(await problemsOf(lines)).toEqual(['dead-transition 5:3', 'dead-transition 9:9']);
  });
});

describe('going round without the caller', () => {
  it('is an error when nothing can stop it', async () => {
    const { problems } = await load(states('  a: { say: Hi, to: b }\n  b: { say: Ho, to: a }'));
    expect(brief(problems)).toEqual(['endless-loop 5:3']);
    expect(problems[0]).toMatchObject({ severity: 'error', message: expect.stringContaining('a → b → a') as string });
  });

  it('is a warning when a condition may stop it', async () => {
    const { problems } = await load(states('  a: { call: t, transitions: [{ if: t.ok, to: end }], to: a }'));
    expect(problems.map(({ code, severity }) => `${code} ${severity}`)).toContain('endless-loop error');
    const conditional = await load(states('  a: { call: t, transitions: [{ if: t.ok == false, to: a }], to: end }'));
    expect(conditional.problems.map(({ code, severity }) => `${code} ${severity}`)).toContain('endless-loop warning');
  });

  it('is fine when it counts its visits or asks the caller on the way', async () => {
    expect(
      await problemsOf('  a: { call: t, transitions: [{ if: visits > 3, to: human }, { on: error, to: a }], to: end }'),
    ).toEqual([]);
    expect(
      await problemsOf('  a: { collect: n, to: b }\n  b: { say: Again., transitions: [{ clear: n, to: a }] }'),
    ).toEqual([]);
  });
});

it('says nothing of corrections: they change the way already taken', async () => {
  const text =
    'flow: f\nslots: { n: { type: integer, ask: How many? } }\ntools: { t: { effect: read, http: { get: x } } }\nstates: { a: { collect: n, to: b }, b: { call: t, to: c }, c: { call: t, to: end } }\n';
  const { problems, agent } = await load(text);
  expect(problems).toEqual([]);
  expect(agent).toBeDefined();
  expect((await load('flow: f\nstates: { a: { say: Hi, to: end } }\n')).problems).toEqual([]);
});
