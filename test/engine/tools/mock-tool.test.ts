import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Json } from '../../../engine/contracts.js';
import type { Tool, ToolType } from '../../../engine/language/flow.js';
import type { MockRule } from '../../../engine/language/script.js';
import { matchesValue } from '../../../engine/language/match-value.js';
import { createToolRunner, type ToolRunnerOptions } from '../../../engine/tools/tool-runner.js';
import { nowhere, smallAgent, smallTool, toolMap } from '../compile/small-agent.js';

const slot = (type: Extract<ToolType, { kind: 'slot' }>['type']): ToolType => ({ kind: 'slot', type });
const quiet = new AbortController().signal;

const checkFunds = smallTool('check_funds', {
  input: new Map([['amount', slot('money')], ['account', slot('text')]]),
  output: new Map<string, ToolType>([
    ['enough', slot('yes_no')],
    ['kind', { kind: 'one_of', values: ['now', 'later'] }],
    ['items', { kind: 'list', of: { kind: 'record', fields: new Map([['price', slot('money')]]) } }],
  ]),
  outcomes: [{ name: 'closed', status: 423 }],
}); // prettier-ignore

function runnerOf(rules: Partial<MockRule>[], options: Partial<ToolRunnerOptions> = {}, tool: Tool = checkFunds) {
  const mocks = new Map([[tool.name, rules.map((rule, index) => ({ line: index + 1, delayMs: 0, ...rule }))]]);
  const runner = createToolRunner(smallAgent({ tools: toolMap(tool) }), { mode: 'mock', mocks, env: {}, ...options });
  return (input: Record<string, Json> = {}, signal = quiet) =>
    runner.run({ callId: 'd/1/s/1', tool: tool.name, input, effect: tool.effect }, signal);
}

describe('a stand-in', () => {
  it('answers with the first rule that fits', async () => {
    const run = runnerOf([{ when: { amount: '> 900' }, gives: { enough: 'false' } }, { gives: { enough: 'true' } }]);
    expect(await run({ amount: '901 EUR' })).toEqual({ outcome: 'ok', value: { enough: false } });
    expect(await run({ amount: '900 EUR' })).toEqual({ outcome: 'ok', value: { enough: true } });
  });

  it('is used as often as it says', async () => {
    const run = runnerOf([{ times: 1, outcome: 'error' }, { gives: { enough: true } }]);
    expect((await run()).outcome).toBe('error');
    expect((await run()).outcome).toBe('ok');
    expect((await run()).outcome).toBe('ok');
  });

  it('takes its delay on the clock, up to the tool’s time-out', async () => {
    const clock = new VirtualClock();
    const run = runnerOf(
      [
        { delayMs: 1200, times: 1, gives: {} },
        { delayMs: 5000, gives: {} },
      ],
      { clock },
    );
    const seen: string[] = [];
    void run().then(({ outcome }) => seen.push(outcome));
    await clock.advance(1199);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(['ok']);
    void run().then(({ outcome }) => seen.push(outcome));
    await clock.advance(3999);
    expect(seen).toEqual(['ok']);
    await clock.advance(1);
    expect(seen).toEqual(['ok', 'timeout']);
  });

  it('is stopped in the middle of its delay', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const result = runnerOf([{ delayMs: 1200, gives: {} }], { clock })({}, stop.signal);
    await clock.advance(100);
    stop.abort();
    expect(await result).toEqual({ outcome: 'cancelled' });
  });

  it('comes to the outcome it names, with what it gives', async () => {
    expect(await runnerOf([{ outcome: 'closed', gives: { kind: 'later' } }])()).toEqual({
      outcome: 'closed',
      value: { kind: 'later' },
    });
    expect(await runnerOf([{ outcome: 'timeout' }])()).toEqual({ outcome: 'timeout' });
  });

  it('is checked like the tool itself', async () => {
    expect(await runnerOf([{ gives: { kind: 'never' } }])()).toEqual({
      outcome: 'error',
      problem: 'output.kind is none of now, later',
    });
    expect(await runnerOf([{ outcome: 'clsed' }])()).toEqual({
      outcome: 'error',
      problem: 'came to "clsed", which its outcomes do not declare',
    });
  });

  it('that is missing fails with one to copy, and without the input’s values', async () => {
    const cure =
      'no stand-in fits; add to mocks.yaml or the script: check_funds: { gives: { enough: true, kind: now, items: [{ price: 10 EUR }] } }';
    expect(await runnerOf([])({ account: 'IE64 4471' })).toEqual({ outcome: 'error', problem: cure });
    expect(await runnerOf([{ when: { account: 'other' }, gives: {} }])({ account: 'IE64 4471' })).toEqual({
      outcome: 'error',
      problem: cure,
    });
  });
});

describe('mode auto', () => {
  const url = { source: '', place: nowhere, reads: ['env.FUNDS_URL'], render: () => '' };
  const tool = {
    ...checkFunds,
    http: { method: 'GET' as const, url, renderUrl: () => 'http://127.0.0.1:9/x', headers: new Map() },
  };
  const asked: string[] = [];
  const fetcher = ((address: string) => {
    asked.push(address);
    return Promise.resolve(new Response('{"enough":true}'));
  }) as typeof fetch;

  it('uses the stand-in while the environment lacks what the tool needs', async () => {
    const run = runnerOf([{ gives: { enough: false } }], { mode: 'auto', fetch: fetcher }, tool);
    expect(await run()).toEqual({ outcome: 'ok', value: { enough: false } });
    expect(asked).toEqual([]);
  });

  it('uses the tool itself when the environment has it', async () => {
    const run = runnerOf(
      [{ gives: { enough: false } }],
      { mode: 'auto', fetch: fetcher, env: { FUNDS_URL: 'x' } },
      tool,
    );
    expect(await run()).toEqual({ outcome: 'ok', value: { enough: true } });
    expect(asked).toEqual(['http://127.0.0.1:9/x']);
  });

  it('says what is missing when there is no stand-in either', async () => {
    const run = runnerOf([], { mode: 'auto', fetch: fetcher }, tool);
    expect(await run()).toEqual({ outcome: 'error', problem: 'FUNDS_URL is not set in the environment' });
  });
});

describe('an expected value', () => {
  it.each<[Json, Json, boolean]>([
    ['4471', 4471, true],
    [4471, '4471', true],
    [true, 'true', true],
    [null, null, true],
    ['', null, false],
    ['901 EUR', '> 900', true],
    ['900 EUR', '> 900', false],
    ['900 EUR', '>= 900 EUR', true],
    ['30 EUR', '30.00 EUR', true],
    ['30 EUR', '30 USD', false],
    ['19:30', '< 20:00', true],
    ['2026-03-04', '<= 2026-03-04', true],
    [12, '< 3', false],
    ['Greenleaf', '/green/i', true],
    ['Greenleaf', '/^leaf/', false],
    ['a', '/(/', false],
    ['b', { any: ['a', 'b'] }, true],
    ['c', { any: ['a', '/^b/'] }, false],
    [{ start: '2026-03-04', end: '2026-03-06' }, { start: '2026-03-04' }, true],
    [{ start: '2026-03-04' }, { end: '2026-03-06' }, false],
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['a'], false],
    [null, '> 3', false],
  ])('%j against %j: %s', (actual, expected, fits) => {
    expect(matchesValue(expected, actual)).toBe(fits);
  });
});
