import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { brokenBy } from '../../../../cli/player/perturb/invariants.js';
import { playVariants } from '../../../../cli/player/perturb/play-variants.js';
import { tellResult, type TestResult } from '../../../../cli/player/report.js';
import { runTests } from '../../../../cli/player/run-tests.js';
import { emptyRecord } from '../../../../cli/player/turn-record.js';
import { loadAgent } from '../../../../engine/language/load.js';

function fileOf(yaml: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'flow-perturb-')), 'one.yaml');
  writeFileSync(file, yaml);
  return file;
}

async function play(yaml: string, perturb = false): Promise<TestResult[]> {
  let broken = '';
  const { results } = await runTests([fileOf(yaml)], {
    bail: false,
    realTools: false,
    seed: 0,
    perturb,
    onBroken: (text) => (broken = text),
  });
  expect(broken).toBe('');
  return results;
}

/** An agent that sells tickets, with one thing in it that may be wrong. */
function tickets(wrong: { ask?: string; sell?: string; slots?: string; flow?: string } = {}): string {
  return `
flow: tickets
slots:
  count: { type: integer, ask: How many tickets?, dtmf: { length: 1..2, end: "#" } }
  day: { type: choice, options: [monday, tuesday], ask: Which day? }
  ${wrong.slots ?? ''}
${wrong.flow ?? ''}
tools:
  seats: { effect: read, input: { day: text }, output: { free: integer }, http: { get: "{{ env.SHOP }}/s" } }
  sell: { effect: write, input: { count: integer, day: text }, output: { code: code }, http: { post: "{{ env.SHOP }}/t" } }
states:
  ask:
    collect: count
    ${wrong.ask ?? ''}
    to: when
  when: { collect: day, to: look }
  look: { call: seats, transitions: [{ on: [error, timeout], to: sorry }], to: agree }
  agree:
    confirm: "{{ count }} tickets for {{ day }}. All right?"
    transitions: [{ on: declined, to: sorry }]
    to: sell
  sell:
    call: sell
    ${wrong.sell ?? 'transitions: [{ on: [error, timeout], to: sorry }]'}
    to: done
  done: { say: You have them., hang_up: true }
  sorry: { say: That didn't work., hang_up: true }
---
`;
}

const script = `test: sells
tools: { seats: { gives: { free: 9 } }, sell: { gives: { code: K7Q } } }
turns:
  - expect: { said: ask.count }
  - say: "2"
    expect: { slots: { count: 2 }, said: ask.day }
  - say: monday
    expect: { said: agree.confirm }
  - say: "yes"
    expect: { said: done, ended: true }
`;

/** The perturbation and the invariant of each failure, without repetitions. */
function brokenIn(results: TestResult[]): string[] {
  const told = results.flatMap(({ failures }) =>
    failures.map(({ message }) => message.replace(/^(\w+) .* breaks (\w+):.*$/s, '$1 breaks $2')),
  );
  return [...new Set(told)].sort();
}

describe('a script that is disturbed', () => {
  it('passes when the agent keeps its callers safe, and is the same twice', async () => {
    const [one, other] = [await play(tickets() + script, true), await play(tickets() + script, true)];
    expect(brokenIn(one)).toEqual([]);
    expect(one[0]).toMatchObject({ ok: true, turns: 4 });
    expect(one[0]!.variants).toBeGreaterThan(15);
    expect(other[0]!.variants).toBe(one[0]!.variants);
  });

  it('is disturbed by what it names, and by nothing where it names nothing', async () => {
    const [named] = await play(`${tickets()}${script}perturb: [hang_up]\n`);
    const [unnamed] = await play(tickets() + script);
    expect(named).toMatchObject({ ok: true, variants: 4 });
    expect(unnamed!.variants).toBeUndefined();
  });

  it('finds a write that is sent again after its answer did not come', async () => {
    const again = 'transitions: [{ on: timeout, to: again }, { on: error, to: sorry }]';
    const agent = tickets({ sell: again }).replace('  done:', '  again: { say: One moment., to: sell }\n  done:');
    expect(brokenIn(await play(agent + script, true))).toContain('tool_fails breaks writes_once');
  });

  it('finds a write with what the caller had taken back', async () => {
    const wrong = {
      slots: 'first: { type: integer, ask: How many?, on_correct: keep }',
      ask: 'transitions: [{ if: "count != null && first == null", set: { first: "{{ count }}" }, to: when }]',
      sell: 'with: { count: "{{ first }}" }\n    transitions: [{ on: [error, timeout], to: sorry }]',
    };
    const results = await play(tickets(wrong) + script, true);
    expect(brokenIn(results)).toEqual(['correct breaks writes_no_old_value']);
    expect(results[0]!.failures[0]).toMatchObject({ expected: 'another count', actual: 2 });
  });

  it('finds a write that begins after the caller has hung up', async () => {
    const wrong = { ask: 'transitions: [{ on: hangup, to: sell }]', slots: 'none: { type: text, optional: true, ask: "?" }' };
    expect(brokenIn(await play(tickets(wrong) + script, true))).toEqual(['hang_up breaks no_write_after_hang_up']);
  }); // prettier-ignore

  it('finds a silence that changes what the caller gets', async () => {
    const wrong = {
      slots: 'slow: { type: yes_no, default: false, ask: Slow? }',
      ask: 'transitions: [{ on: no_input, set: { slow: true } }]',
    };
    const results = await play(tickets(wrong) + script, true);
    expect(brokenIn(results)).toEqual(['silence breaks same_end']);
    expect(results[0]!.failures[0]).toMatchObject({ expected: { slow: false }, actual: { slow: true } });
  });

  it('tells the perturbation, the turn and the invariant, with a script that goes the same way', async () => {
    const wrong = {
      slots: 'slow: { type: yes_no, default: false, ask: Slow? }',
      ask: 'transitions: [{ on: no_input, set: { slow: true } }]',
    };
    const [result] = await play(`${tickets(wrong)}${script}perturb: [silence]\n`);
    const told = tellResult(result!, pc.createColors(false));
    expect(told).toContain('turn 2: silence (a silence of 6.3 s after turn 1) breaks same_end');
    const { replay } = result!.failures[0]!;
    expect(told).toContain(replay!.split('\n')[0]);
    const [again] = await play(tickets(wrong) + replay!);
    expect(again).toMatchObject({ ok: true, turns: 5, name: 'sells: a silence of 6.3 s after turn 1' });
  });
});

describe('a dialog that breaks', () => {
  it('fails the variant in which it never answers', async () => {
    const { agent, mocks, tests } = await loadAgent(fileOf(tickets() + script));
    const router = { route: () => new Promise<never>(() => undefined) };
    const playable = { agent: agent!, mocks, router, trainMs: 0, hearing: () => Promise.reject(new Error('no sound')) };
    const options = { realTools: false, seed: 0, patienceMs: 200 };
    const { failures } = await playVariants(tests[0]!, ['digress'], playable, options);
    expect(failures[0]!.message).toBe(
      'digress ("sorry can you repeat that please" after turn 1) breaks never_throws: the dialog did not answer within 0.2 s of work',
    );
  });

  it('fails the variant that leaves the caller alone, or in which its turn throws', async () => {
    const { agent, tests } = await loadAgent(fileOf(tickets() + script));
    const line = 1;
    const variant = { kind: 'silence', script: tests[0]!, told: '', turn: 1, line, isNeutral: false } as const;
    const judged = (message: string): string[] => {
      const records = [emptyRecord('en'), { ...emptyRecord('en'), problems: [{ message }] }];
      const trial = { variant, agent: agent!, rehearsed: { records: [] }, played: { records } };
      return brokenBy(trial).map(({ invariant, turn }) => `${invariant} ${turn}`);
    };
    expect(judged('the agent never came to wait for the caller')).toEqual(['always_goes_on 2']);
    expect(judged('the dialog failed: no such state')).toEqual(['never_throws 2']);
  });
});
