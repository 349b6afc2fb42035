import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Out } from '../../../engine/contracts.js';
import type { WriteLedger } from '../../../engine/stores/write-ledger.js';
import { memoryStore } from '../../../engine/stores/memory-store.js';
import { collect, handTool, heard, openSmall, spoken } from './open-small.js';
import { smallAgent, smallTool, toolMap } from './small-agent.js';
import { smallUnderstand } from './small-step.js';

const settled = () => new VirtualClock().settle();

describe.each([
  ['turn', false],
  ['resident', true],
])('a dialog, %s driver', (_name, resident) => {
  it('says its words, then listens, turn after turn', async () => {
    const { turn, say, dialog } = await openSmall({ resident });
    expect(spoken(await turn({ kind: 'open' }))).toEqual(['hello: Hello.', 'listen']);
    expect(spoken(await say('good morning'))).toEqual(['echo: You said good morning.', 'listen']);
    expect(spoken(await say('wait'))).toEqual(['careful: Listen to this.', 'wait']);
    expect(spoken(await turn({ kind: 'played' }))).toEqual(['listen']);
    expect(spoken(await say('goodbye'))).toEqual(['end']);
    await dialog.close('over');
    await expect(say('hello?')).rejects.toThrow('dialog d is closed');
  });

  it('goes on after the end when the line says so', async () => {
    const { say, turn } = await openSmall({ resident });
    await say('goodbye');
    expect(spoken(await turn({ kind: 'hang_up' }))).toEqual(['end']);
  });

  it('hands out words before the tool behind them has answered', async () => {
    const { calls, runner } = handTool();
    const { dialog } = await openSmall({ resident, tools: runner });
    const input = { kind: 'utterance', text: 'tool find', atMs: 0 } as const;
    const outs = dialog.turn(input, { signal: new AbortController().signal })[Symbol.asyncIterator]();
    expect(spoken([(await outs.next()).value as Out])).toEqual(['started']);
    const next = outs.next();
    while (calls.length === 0) await settled();
    calls[0]!.settle({ outcome: 'ok', value: { a: 1 } });
    const rest = [(await next).value as Out];
    for (let out = await outs.next(); !out.done; out = await outs.next()) rest.push(out.value);
    expect(spoken(rest)).toEqual(['settled ok', 'result: ok {"a":1}', 'listen']);
  });

  it('runs one turn at a time, in the order they were given', async () => {
    const { say } = await openSmall({ resident });
    const turns = await Promise.all([say('one'), say('two'), say('three')]);
    expect(turns.map((outs) => spoken(outs)[0])).toEqual([
      'echo: You said one.',
      'echo: You said two.',
      'echo: You said three.',
    ]);
  });

  it('finishes the turn when nobody reads it to its end', async () => {
    const { dialog, say } = await openSmall({ resident });
    for await (const out of dialog.turn(
      { kind: 'utterance', text: 'wait', atMs: 0 },
      { signal: new AbortController().signal },
    )) {
      expect(out.kind).toBe('words');
      break;
    }
    expect(spoken(await say('hello'))).toEqual(['echo: You said hello.', 'listen']);
  });

  it('says the error words and listens on when the step fails, and lets the caller go after the fourth time', async () => {
    const { say, problems } = await openSmall({ resident });
    expect(spoken(await say('hi'))).toEqual(['echo: You said hi.', 'listen']);
    for (let time = 0; time < 3; time++) {
      expect(spoken(await say('bug'))).toEqual(["error: I'm sorry, something went wrong on my side.", 'listen']);
    }
    expect(spoken(await say('bug'))).toEqual(["error: I'm sorry, something went wrong on my side.", 'end']);
    expect(problems).toEqual(Array(4).fill('dialog d: the turn failed: a mistake of the step'));
  });

  it('goes on as before after one failure', async () => {
    const { say } = await openSmall({ resident });
    await say('hi');
    await say('bug');
    expect(spoken(await say('still there?'))).toEqual(['echo: You said still there?.', 'listen']);
  });

  it('stops a flow that calls tools in a circle', async () => {
    const { say, problems } = await openSmall({ resident, agent: smallAgent({ tools: toolMap(smallTool('find')) }) });
    await say('hi');
    const outs = spoken(await say('circle'));
    expect(outs.slice(-2)).toEqual(["error: I'm sorry, something went wrong on my side.", 'listen']);
    expect(problems).toEqual(['dialog d: the turn failed: more than 60 tools and model calls in one turn']);
  });
});

describe.each([
  ['turn', false],
  ['resident', true],
])('a tool while the caller speaks, %s driver', (_name, resident) => {
  async function interrupted(onInterrupt: 'finish' | 'cancel' | 'block', reason: unknown = heard()) {
    const { calls, runner } = handTool();
    const agent = smallAgent({ tools: toolMap(smallTool('find', { onInterrupt })) });
    const opened = await openSmall({ resident, agent, tools: runner });
    const stop = new AbortController();
    const outs = opened.say('tool find', stop.signal);
    while (calls.length === 0) await settled();
    stop.abort(reason);
    await settled();
    return { ...opened, calls, outs };
  }

  it('B51 is stopped when it says on_interrupt: cancel', async () => {
    const { calls, outs } = await interrupted('cancel');
    expect(spoken(await outs)).toEqual(['started', 'settled cancelled', 'result: cancelled null', 'listen']);
    expect(calls[0]!.signal.aborted).toBe(true);
  });

  it('B51 runs on when it says on_interrupt: finish, and its result comes later', async () => {
    const { calls, outs, dialog, say, turn } = await interrupted('finish');
    expect(spoken(await outs)).toEqual(['started', 'listen']);
    expect(calls[0]!.signal.aborted).toBe(false);
    expect(spoken(await say('meanwhile'))).toEqual(['echo: You said meanwhile.', 'listen']);
    const settlements = dialog.settlements(new AbortController().signal)[Symbol.asyncIterator]();
    const next = settlements.next();
    calls[0]!.settle({ outcome: 'ok', value: { found: 1 } });
    const { value } = await next;
    expect(value).toEqual({
      kind: 'tool',
      atMs: 0,
      callId: 'd/1/1',
      result: { outcome: 'ok', value: { found: 1 }, ms: 0 },
    });
    expect(spoken(await turn(value!))).toEqual(['late: late ok', 'listen']);
  });

  it('B51 is waited for when it says on_interrupt: block', async () => {
    const { calls, outs } = await interrupted('block');
    expect(calls[0]!.signal.aborted).toBe(false);
    calls[0]!.settle({ outcome: 'ok' });
    expect(spoken(await outs)).toEqual(['started', 'settled ok', 'result: ok null', 'listen']);
  });

  it.each([
    ['before', 'cancel'],
    ['after', 'finish'],
  ] as const)(
    'B53 that is done just %s the interruption, with on_interrupt: %s, has its result',
    async (order, manner) => {
      const { calls, runner } = handTool();
      const agent = smallAgent({ tools: toolMap(smallTool('find', { onInterrupt: manner })) });
      const { say, dialog } = await openSmall({ resident, agent, tools: runner });
      const stop = new AbortController();
      const outs = say('tool find', stop.signal);
      while (calls.length === 0) await settled();
      if (order === 'before') calls[0]!.settle({ outcome: 'ok' });
      stop.abort(heard());
      if (order === 'after') calls[0]!.settle({ outcome: 'ok' });
      const all = spoken(await outs);
      if (order === 'before') return expect(all).toEqual(['started', 'settled ok', 'result: ok null', 'listen']);
      // It outlived its turn by nothing, and its result comes like any late one.
      expect(all).toEqual(['started', 'listen']);
      const late = dialog.settlements(new AbortController().signal)[Symbol.asyncIterator]();
      expect((await late.next()).value).toMatchObject({ result: { outcome: 'ok' } });
    },
  );

  it('is stopped by a hang-up even when it blocks interruptions', async () => {
    const { outs } = await interrupted('block', new Error('hung up'));
    expect(spoken(await outs)).toContain('settled cancelled');
  });

  it('B58 runs on after a hang-up when it says on_interrupt: finish', async () => {
    const { calls, outs } = await interrupted('finish', new Error('hung up'));
    expect(spoken(await outs)).toEqual(['started', 'listen']);
    expect(calls[0]!.signal.aborted).toBe(false);
  });

  it('stops waiting for settlements when asked to', async () => {
    const { dialog } = await openSmall({ resident });
    const stop = new AbortController();
    const all = collect(dialog.settlements(stop.signal));
    stop.abort();
    expect(await all).toEqual([]);
  });
});

describe('understanding', () => {
  it('is taken from the speculation when the turn has the same words', async () => {
    const asked: string[] = [];
    const { dialog, say } = await openSmall({
      understand: (world, state, utterance, router, signal) => {
        asked.push(utterance.text);
        return smallUnderstand(world, state, utterance, router, signal);
      },
    });
    const quiet = new AbortController().signal;
    expect((await dialog.understand('hi', quiet)).text).toBe('hi');
    await dialog.understand('hi', quiet);
    await say('hi');
    expect(asked).toEqual(['hi']);
    await dialog.understand('hi', quiet);
    expect(asked).toEqual(['hi', 'hi']);
  });

  it('is begun anew by the turn when the speculation was given up', async () => {
    let asked = 0;
    const { dialog, say } = await openSmall({
      understand: (world, state, utterance, router, signal) =>
        ++asked > 1
          ? smallUnderstand(world, state, utterance, router, signal)
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const stop = new AbortController();
    const speculation = dialog.understand('hi', stop.signal);
    stop.abort(new Error('the caller went on'));
    await expect(speculation).rejects.toThrow('the caller went on');
    expect(spoken(await say('hi'))).toEqual(['echo: You said hi.', 'listen']);
  });

  it('changes nothing when the caller goes on speaking meanwhile', async () => {
    let asked = 0;
    const { say } = await openSmall({
      understand: (world, state, utterance, router, signal) =>
        ++asked !== 2 ? smallUnderstand(world, state, utterance, router, signal) : new Promise(() => {}),
    });
    await say('first');
    const stop = new AbortController();
    const outs = say('tool find', stop.signal);
    await settled();
    stop.abort(heard());
    expect(spoken(await outs)).toEqual(['listen']);
    expect(spoken(await say('third'))).toEqual(['echo: You said third.', 'listen']);
  });

  it('does not end the call when the router fails', async () => {
    const { say, problems } = await openSmall({ understand: () => Promise.reject(new Error('no model file')) });
    expect(spoken(await say('hi'))).toEqual(['echo: You said hi.', 'listen']);
    expect(problems).toEqual(['dialog d: not understood, because the router failed: no model file']);
  });
});

describe.each([
  ['turn', false],
  ['resident', true],
])('the end of a sentence whose beginning was taken for a turn, %s driver', (_name, resident) => {
  const goesOn = (text: string, whole: string) => ({ kind: 'utterance', text, whole, atMs: 0 }) as const;

  it('B11 is understood with its beginning, in place of the turn before', async () => {
    const { say, turn } = await openSmall({ resident });
    await turn({ kind: 'open' });
    expect(spoken(await say('a table'))).toEqual(['echo: You said a table.', 'listen']);
    expect(spoken(await turn(goesOn('for two', 'a table for two')))).toEqual([
      'echo: You said a table for two.',
      'listen',
    ]);
    // Three pieces are one sentence too.
    expect(spoken(await turn(goesOn('on friday', 'a table for two on friday')))).toEqual([
      'echo: You said a table for two on friday.',
      'listen',
    ]);
  });

  it('B11 is understood alone after a tool, which cannot be taken back', async () => {
    const { calls, runner } = handTool();
    const { say, turn } = await openSmall({ resident, tools: runner });
    const first = say('tool find');
    while (calls.length === 0) await settled();
    calls[0]!.settle({ outcome: 'ok' });
    await first;
    expect(spoken(await turn(goesOn('please', 'tool find please')))).toEqual(['echo: You said please.', 'listen']);
    expect(calls).toHaveLength(1);
  });

  it('B11 is the whole sentence when the beginning was never understood', async () => {
    let asked = 0;
    const { say, turn } = await openSmall({
      resident,
      understand: (world, state, utterance, router, signal) =>
        ++asked !== 1 ? smallUnderstand(world, state, utterance, router, signal) : new Promise(() => {}),
    });
    const stop = new AbortController();
    const first = say('a table', stop.signal);
    await settled();
    stop.abort(heard());
    await first;
    expect(spoken(await turn(goesOn('for two', 'a table for two')))).toEqual([
      'echo: You said a table for two.',
      'listen',
    ]);
  });
});

describe.each([
  ['turn', false],
  ['resident', true],
])('a dialog whose process was lost, %s driver', (_name, resident) => {
  const agent = smallAgent({ tools: toolMap(smallTool('find'), smallTool('pay', { effect: 'write' })) });

  async function leftBehind(text: string) {
    const store = memoryStore();
    const { calls, runner } = handTool();
    const first = await openSmall({ store, agent, tools: runner, resident });
    const stop = new AbortController();
    const outs = first.say(text, stop.signal);
    while (calls.length === 0) await settled();
    stop.abort(heard());
    await outs;
    // The first dialog is never closed, and another ledger object is another process to the engine.
    const ledger = await store.ledger();
    const reopened: WriteLedger = {
      find: (id, callId) => ledger.find(id, callId),
      intend: (entry) => ledger.intend(entry),
      settle: (id, callId, result) => ledger.settle(id, callId, result),
      delete: (id) => ledger.delete(id),
    };
    return { options: { store, agent, resident, ledger: reopened }, calls, again: handTool() };
  }

  it('has a late read made again, and gives its result like any late result', async () => {
    const { again, options } = await leftBehind('tool find');
    const second = await openSmall({ ...options, tools: again.runner });
    await second.turn({ kind: 'open' });
    expect(again.calls.map(({ call }) => call.callId)).toEqual(['d/1/1']);
    again.calls[0]!.settle({ outcome: 'ok' });
    const { value } = await second.dialog.settlements(new AbortController().signal)[Symbol.asyncIterator]().next();
    expect(spoken(await second.turn(value!))).toEqual(['late: late ok', 'listen']);
    const third = await openSmall({ ...options, tools: handTool().runner });
    expect(spoken(await third.turn({ kind: 'open' }))).toEqual(['hello: Back again after 3.', 'listen']);
  });

  it('has a late write not sent again, and gives its fate as unknown', async () => {
    const { again, options } = await leftBehind('write pay');
    const second = await openSmall({ ...options, tools: again.runner });
    await second.turn({ kind: 'open' });
    const { value } = await second.dialog.settlements(new AbortController().signal)[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ callId: 'd/1/1', result: { outcome: 'unknown' } });
    expect(again.calls).toEqual([]);
  });

  it('waits for a write that still runs in this process, and does not take it for lost', async () => {
    const { again, calls, options } = await leftBehind('write pay');
    const second = await openSmall({ ...options, ledger: await options.store.ledger(), tools: again.runner });
    await second.turn({ kind: 'open' });
    const next = second.dialog.settlements(new AbortController().signal)[Symbol.asyncIterator]().next();
    calls[0]!.settle({ outcome: 'ok', value: { receipt: 'R1' } });
    expect((await next).value).toMatchObject({ callId: 'd/1/1', result: { outcome: 'ok' } });
    expect(again.calls).toEqual([]);
  });
});

describe.each([
  ['turn', false],
  ['resident', true],
])('a checkpoint that cannot be kept, %s driver', (_name, resident) => {
  it('costs its turn, not the dialog', async () => {
    const store = memoryStore();
    const saver = await store.saver();
    const { say, problems } = await openSmall({ store, resident });
    await say('one');
    const put = saver.put.bind(saver);
    let failing = 1;
    saver.put = (...args) => (failing-- > 0 ? Promise.reject(new Error('the disk is full')) : put(...args));
    expect((await say('two')).at(-1)!.kind).toBe('listen');
    expect(problems).toEqual(['dialog d: the turn was not committed: the disk is full']);
    expect(spoken(await say('three'))).toEqual(['echo: You said three.', 'listen']);
    expect(spoken(await say('four'))).toEqual(['echo: You said four.', 'listen']);
  });
});

describe('a store', () => {
  it('lets a dialog go on where another driver left it', async () => {
    const store = memoryStore();
    const first = await openSmall({ store, resident: true });
    await first.turn({ kind: 'open' });
    await first.say('one');
    const second = await openSmall({ store, resident: false });
    expect(spoken(await second.turn({ kind: 'open' }))).toEqual(['hello: Back again after 1.', 'listen']);
    await second.say('two');
    await second.dialog.close('handed over');
    const third = await openSmall({ store, resident: true });
    expect(spoken(await third.turn({ kind: 'open' }))).toEqual(['hello: Back again after 2.', 'listen']);
  });

  it('holds the newest checkpoint only', async () => {
    const store = memoryStore();
    const { say, saver } = await openSmall({ store });
    for (let turn = 0; turn < 5; turn++) await say('again');
    expect(await collect(saver.list({ configurable: { thread_id: 'd' } }))).toHaveLength(1);
  });

  it('never holds a secret, not in the state, not in a tool call, not in what was said', async () => {
    const store = memoryStore();
    const { calls, runner } = handTool();
    const { say, saver, turn } = await openSmall({
      store,
      tools: runner,
      agent: smallAgent({ tools: toolMap(smallTool('check', { effect: 'write' })) }),
    });
    await turn({ kind: 'open' });
    await say('secret 86420');
    const paying = say('pin check');
    while (calls.length === 0) await settled();
    expect(calls[0]!.call.input.pin).toBe('86420');
    const everything = JSON.stringify(await collect(saver.list({})), (_key, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    expect(everything).toContain('check');
    expect(everything).not.toContain('86420');
    calls[0]!.settle({ outcome: 'ok' });
    await paying;
    expect(spoken(await say('know it'))[0]).toBe('echo: I know "86420".');
    expect(JSON.stringify(await collect(saver.list({})))).not.toContain('86420');
    const later = await openSmall({ store });
    expect(spoken(await later.say('know it'))[0]).toBe('echo: I know nothing.');
  });
});
