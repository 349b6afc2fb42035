import { createServer } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { describe, expect, it, vi } from 'vitest';
import { playScript } from '../../../cli/player/play-script.js';
import { tellResult, type TestResult } from '../../../cli/player/report.js';
import { runTests, type RunOptions } from '../../../cli/player/run-tests.js';
import { loadAgent } from '../../../engine/language/load.js';

/** Plays one file with a flow and its scripts. */
async function play(yaml: string, options: Partial<RunOptions> = {}): Promise<TestResult[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'flow-play-')), 'one.yaml');
  writeFileSync(file, yaml);
  let broken = '';
  const { results } = await runTests([file], {
    bail: false,
    realTools: false,
    seed: 0,
    onBroken: (text) => (broken = text),
    ...options,
  });
  if (broken !== '') throw new Error(broken);
  return results;
}

/** The messages of what failed, all scripts together. */
function failed(results: TestResult[]): string[] {
  return results.flatMap(({ name, failures }) =>
    failures.map(({ turn, message }) => `${name}, turn ${turn}: ${message}`),
  );
}

const orders = `
flow: order
slots: { order_id: { type: digits, pattern: "[0-9]{4}", ask: [What's your order number?, Four digits please.] } }
tools:
  find_order:
    effect: read
    input: { order_id: digits }
    output: { status: [packed, shipped], days: integer }
    http: { get: "{{ env.NOBODY_SET_THIS }}/orders/{{ order_id }}" }
    timeout: 6s
    filler: { after: 900ms, say: Let me look that up. }
no_input_after: 6s
states:
  ask: { collect: order_id, to: look_up }
  look_up: { call: find_order, transitions: [{ on: [error, timeout], to: sorry }, { on: rang, to: rang }], to: tell }
  tell:
    say: Order {{ order_id | spell }} is {{ find_order.status }} and comes in {{ find_order.days }} days. Anything else?
    transitions:
      - { intent: yes, clear: order_id, to: ask }
      - { intent: no, to: bye }
      - { on: rang, to: rang }
  rang: { say: There was a ring., transitions: [{ intent: yes, to: bye }] }
  sorry: { say: That does not work now., hang_up: true }
  bye: { say: Goodbye!, hang_up: true }
`;
const shipped = 'find_order: { gives: { status: shipped, days: 2 } }';

describe('a script', () => {
  it('breaks in after a word, and hears what was said up to it', async () => {
    const results = await play(`${orders}
---
test: word
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { said: tell }
  - say: what did you say
    at: word 3
    expect: { intent: repeat, heard: Order 4 4, said: tell }
---
test: a word of the opening
turns:
  - say: purple elephants
    at: word 2
    expect: { heard: What's your, no_match: 1 }
`);
    expect(failed(results)).toEqual([]);
  });

  it('breaks in after milliseconds, at a share, and while a tool runs', async () => {
    const results = await play(`${orders}
---
test: milliseconds
tools: { ${shipped} }
turns:
  - say: four four seven one
  - say: what did you say
    at: 750ms
    expect: { heard: Order 4 4 7, intent: repeat, silent_within_ms: 40 }
---
test: half
turns:
  - say: what did you say
    at: 50%
    expect: { heard: What's your, intent: repeat }
---
test: tool
tools: { find_order: { delay: 4s, gives: { status: packed, days: 1 } } }
turns:
  - say: four four seven one
    expect: { said: filler, said_not: tell, tools: [{ find_order: { order_id: "4471" }, times: 1 }] }
  - say: hang on
    at: find_order + 1500ms
    expect: { intent: hold_on, tools: none }
`);
    expect(failed(results)).toEqual([]);
  });

  it('hears a filler while a tool takes its time, before the words that follow', async () => {
    const results = await play(`${orders}
---
test: slow
tools: { find_order: { delay: 1.2s, gives: { status: shipped, days: 2 } } }
turns:
  - say: four four seven one
    expect: { said: [filler, tell], tools: [{ find_order: {}, times: 1 }], first_audio_ms: 2000 }
---
test: too slow
tools: { find_order: { delay: 20s, gives: { status: shipped, days: 2 } } }
turns:
  - say: four four seven one
    expect: { said: [filler, sorry], ended: true }
---
test: quick
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { said_not: filler }
`);
    expect(failed(results)).toEqual([]);
  });

  it('counts every try of a read, each with the next mock', async () => {
    const results = await play(`${orders.replace('timeout: 6s', 'timeout: 6s, retries: 2'.replace(', ', '\n    '))}
---
test: second try
tools: { find_order: [{ times: 1, delay: 1s, outcome: error }, { gives: { status: shipped, days: 2 } }] }
turns:
  - say: four four seven one
    expect: { said: [filler, tell], tools: [{ find_order: { order_id: "4471" }, times: 2 }] }
`);
    expect(failed(results)).toEqual([]);
  });

  it('counts silence from the last sound, and climbs no ladder before its time', async () => {
    const results = await play(`${orders}
---
test: silence
turns:
  - silence: 5900ms
    expect: { said: none, no_input: 0 }
  - silence: 6s
    expect: { said: ask.order_id.2, no_input: 1 }
`);
    expect(failed(results)).toEqual([]);
  });

  it('takes events from outside, hanging up and a transfer that fails', async () => {
    const results = await play(`${orders}
---
test: event
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { state: tell }
  - event: rang
    expect: { said: rang, state: rang }
  - hang_up: true
    expect: { ended: true, said: none }
---
flow: help_desk
examples: [i need the desk]
states:
  put_through:
    transfer: { to: "+35312345678" }
    transitions: [{ on: busy, to: busy }]
  busy: { say: They are all busy., hang_up: true }
---
test: busy
start: { flow: help_desk }
tools: { transfer: { delay: 2s, outcome: busy } }
turns:
  - expect: { transfer: { to: "+35312345678" }, said: busy, ended: true }
`);
    expect(failed(results)).toEqual([]);
  });

  it('fails the turn that calls a tool without a mock, with the line that cures it', async () => {
    const results = await play(`${orders}
---
test: no mock
turns:
  - say: four four seven one
`);
    expect(results[0]!.ok).toBe(false);
    expect(results[0]!.failures[0]!.message).toMatch(
      /no mock of the tool find_order.*find_order: \{ gives: \{ status: packed, days: \d+ \} \}/,
    );
  });

  it('runs tools for real only when told so, and virtual time waits for them', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      setTimeout(() => response.setHeader('content-type', 'application/json').end('{"status":"packed","days":5}'), 30);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('PLAYER_TEST_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const yaml = `${orders.replace('NOBODY_SET_THIS', 'PLAYER_TEST_URL')}
---
test: real
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { said: /comes in/ }
`;
    try {
      expect(failed(await play(yaml))).toEqual([]);
      expect(asked).toBe(0);
      const real = await play(yaml.replace('/comes in/', '/is packed and comes in (5|five) days/'), {
        realTools: true,
      });
      expect(failed(real)).toEqual([]);
      expect(asked).toBe(1);
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
    }
  });

  it('plays a turn that may ask the model and does not', async () => {
    const results = await play(`${orders}
---
test: model
turns:
  - say: well it is rather complicated you see
    needs: llm
`);
    expect(results[0]).toMatchObject({ ok: true, turns: 1 });
  });

  it('judges a meaning without a model: by the words, or not said, with how near it came and the cure', async () => {
    const results = await play(`${orders}
---
test: meant
turns:
  - expect: { said: [ask.order_id, { meaning: asks for the order number }], said_not: { meaning: goodbye } }
---
test: meant by one of two
turns:
  - expect: { said: { any: [{ meaning: your parcel was lost at sea }, { meaning: "which order number?" }] } }
---
test: not meant
turns:
  - expect: { said: { meaning: we are open until six } }
---
test: meant after all
turns:
  - expect: { said_not: { meaning: tell me the number of your order } }
---
test: not near enough for what it asks
turns:
  - expect: { said: { meaning: asks for the order number, at_least: 0.99 } }
`);
    expect(results.map(({ ok, skipped }) => [ok, skipped])).toEqual(
      [true, true, false, false, false].map((ok) => [ok, undefined]),
    );
    expect(failed(results)[0]).toMatch(
      /^not meant, turn 1: said: .*ask\.order_id\.1 "What's your order number\?"; the nearest came to 0\.\d\d of 0\.4: word the meaning as the agent would say it, or let a model judge \(judge: llm\)$/,
    );
    expect(failed(results)[1]).toContain('said_not');
    expect(failed(results)[2]).toMatch(/the nearest came to 0\.[89]\d of 0\.99/);
  });

  it('tells what a turn lacks whose meaning a model shall judge', async () => {
    const results = await play(`${orders}
---
test: judged by a model
turns:
  - expect: { said: { meaning: asks for the order number, judge: llm } }
`);
    expect(failed(results)[0]).toContain('add "needs: llm" to the turn');
  });

  it('stops at the turn that fails, and tells its time line, candidates and line', async () => {
    const results = await play(`${orders}
---
test: wrong
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { said: tell }
  - say: yes
    expect: { state: bye }
  - say: never said
`);
    expect(results[0]).toMatchObject({ ok: false, turns: 2 });
    expect(results[0]!.failures).toHaveLength(1);
    expect(results[0]!.failures[0]).toMatchObject({ turn: 2, expected: 'bye', actual: 'ask', line: 33 });
    const told = tellResult(results[0]!, pc.createColors(false));
    expect(told).toMatch(/one\.yaml:33 {2}turn 2: state: the talk stands at "order\/ask"/);
    expect(told).toMatch(
      /caller {2}yes\n.*engine {2}understood by .*take "yes"\n.*agent {3}ask\.order_id\.1 {2}What's your order number\?/,
    );
    expect(told).toMatch(/candidates {2}yes \d\.\d\d/);
    expect(told).toMatch(/rule {8}[\w-]+: .* \(by /);
    expect(told).toMatch(/at {10}order\/ask/);
    expect(told).not.toContain('hangs up');
  });

  it('hides personal values in what it prints of a failure, unless they are asked for', async () => {
    const personal = `${orders.replace('ask: [', 'sensitive: pii, ask: [')}
---
test: wrong
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { slots: { order_id: "4472" } }
`;
    const hidden = tellResult((await play(personal))[0]!, pc.createColors(false));
    expect(hidden).toMatch(/caller {2}\[order_id\]/);
    expect(hidden).toMatch(/actual .*\[order_id\]/);
    expect(hidden).toMatch(/slots {7}order_id: null → "\[order_id\]"/);
    expect(hidden).not.toMatch(/4471|4 4 7 1|four four/);
    const shown = tellResult((await play(personal, { showPii: true }))[0]!, pc.createColors(false));
    expect(shown).toMatch(/caller {2}four four seven one/);
    expect(shown).toMatch(/slots {7}order_id: null → "4471"/);
  });

  it('lets a person ring for as long as the flow says, and tells how long it took', async () => {
    const results = await play(`
flow: desk
states:
  put: { say: One moment., transfer: { to: "+353100000", wait: 20s, max: 5m }, transitions: [{ on: no_answer, to: nobody }, { on: busy, to: busy }] }
  nobody: { say: "Nobody came within {{ transfer.seconds }} seconds.", hang_up: true }
  busy: { say: "They are busy.", hang_up: true }
---
test: nobody comes
tools: { transfer: { outcome: ok, delay: 40s } }
turns: [{ expect: { said: [put, { text: Nobody came within 20 seconds. }] } }]
---
test: busy in time
tools: { transfer: { outcome: busy, delay: 19s } }
turns: [{ expect: { said: [put, busy] } }]
`);
    expect(failed(results)).toEqual([]);
  });

  it('says when the moment of an at never comes, and when the call is over before a turn', async () => {
    const results = await play(`${orders}
---
test: too few words
turns:
  - say: "yes"
    at: word 9
---
test: over
tools: { ${shipped} }
turns:
  - say: four four seven one
  - say: "no"
  - say: hello
`);
    expect(failed(results).join('\n')).toMatch(/have only 4 words, so there is no word 9/);
    expect(failed(results).join('\n')).toMatch(/over, turn 3: the call is over before this turn/);
  });

  it('gives the same twice', async () => {
    const yaml = `${orders}
---
test: again
tools: { ${shipped} }
turns:
  - say: four four seven one
    expect: { state: nowhere }
`;
    const [one, other] = [await play(yaml), await play(yaml)];
    expect(one[0]!.failures[0]!.record!.timeline).toEqual(other[0]!.failures[0]!.record!.timeline);
  });
});

describe('a dialog that never answers', () => {
  it('fails its script, and the next one is played', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'flow-play-')), 'one.yaml');
    writeFileSync(
      file,
      `${orders}\n---\ntest: hangs\nturns: [{ say: well now }]\n---\ntest: goes\nturns: [{ expect: { state: ask } }]\n`,
    );
    const { agent, mocks, tests } = await loadAgent(file);
    const router = { route: () => new Promise<never>(() => undefined) };
    const options = { realTools: false, seed: 0, patienceMs: 300 };
    const playable = { agent: agent!, mocks, router, trainMs: 0, hearing: () => Promise.reject(new Error('no sound')) };
    const [hangs, goes] = [
      await playScript(tests[0]!, playable, options),
      await playScript(tests[1]!, playable, options),
    ];
    expect(hangs).toMatchObject({ ok: false });
    expect(hangs.failures[0]!.message).toBe('the dialog did not answer within 0.3 s of work');
    expect(goes).toMatchObject({ ok: true, turns: 1 });
  });
});

describe('a run', () => {
  it('plays what the filter names, and stops after the first failure when told so', async () => {
    const yaml = `${orders}
---
test: first one
turns: [{ expect: { state: nowhere } }]
---
test: second one
turns: [{ expect: { state: ask } }]
`;
    expect((await play(yaml, { filter: 'second' })).map(({ name, ok }) => [name, ok])).toEqual([['second one', true]]);
    expect((await play(yaml, { bail: true })).map(({ name }) => name)).toEqual(['first one']);
  });
});

describe('reads that a state calls together', () => {
  it('run at the same time: the caller waits for the slower one, not for both, and hears one filler', async () => {
    const results = await play(`flow: stay
slots: { city: { type: choice, options: [cork, galway], ask: Which city? } }
tools:
  rooms: { effect: read, input: { city: text }, output: { free: integer }, http: { get: "{{ env.NOBODY }}/r" }, filler: { after: 900ms, say: Let me see. } }
  weather: { effect: read, input: { city: text }, output: { sky: text }, http: { get: "{{ env.NOBODY }}/w" }, filler: { after: 900ms, say: One moment. } }
states:
  ask: { collect: city, to: look }
  look: { call: [rooms, weather], transitions: [{ on: [error, timeout], to: sorry }], to: tell }
  tell: { say: "{{ rooms.free }} rooms, {{ weather.sky }}.", to: bye }
  sorry: { say: That didn't work., to: bye }
  bye: { say: Bye., hang_up: true }
---
test: both
tools: { rooms: { delay: 3s, gives: { free: 3 } }, weather: { delay: 4s, gives: { sky: sun } } }
turns:
  - expect: { said: ask.city }
  - say: cork
    expect: { said: [filler, tell, bye], tools: [{ rooms: { city: cork }, times: 1 }, { weather: { city: cork }, times: 1 }] }
---
test: not one after the other
tools: { rooms: { delay: 850ms, gives: { free: 3 } }, weather: { delay: 850ms, gives: { sky: sun } } }
turns:
  - expect: { said: ask.city }
  - say: cork
    expect: { said: [tell, bye], said_not: filler, first_audio_ms: 1600 }
---
test: one fails
tools: { rooms: { gives: { free: 3 } }, weather: { outcome: error } }
turns:
  - expect: { said: ask.city }
  - say: cork
    expect: { said: [sorry, bye] }
`);
    expect(failed(results)).toEqual([]);
  });
});
