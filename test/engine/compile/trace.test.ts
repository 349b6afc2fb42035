/** What a driver adds to the trace of a turn: times by its clock, tries, and what may be printed. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { openDialog } from '../../../engine/compile/open-dialog.js';
import type { LanguageModel, Out, Router } from '../../../engine/contracts.js';
import type { Mocks } from '../../../engine/language/script.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';
import { loadText } from '../dialog/drive.js';

const shop = `agent: shop
language: en-IE
---
flow: find
examples: [where is my order]
slots:
  order: { type: digits, sensitive: pii, ask: What's your order number? }
tools:
  look:
    effect: read
    input: { order: text }
    output: { status: text }
    retries: 2
    timeout: 9s
    http: { get: "https://shop.example/{{ order }}" }
states:
  ask: { collect: order, to: look }
  look: { say: One second., call: look, to: tell }
  tell: { say: { text: "Order {{ order | spell }} is {{ look.status }}.", mode: rephrase }, to: end }
`;

const mocks: Mocks = new Map([
  ['look', [
    { line: 1, outcome: 'error', delayMs: 100, times: 1 },
    { line: 2, gives: { status: 'lost' }, delayMs: 250 },
  ]],
]); // prettier-ignore

async function open(driver: 'turn' | 'resident' | 'expanded') {
  const clock = new VirtualClock();
  const agent = await loadText(shop);
  const router: Router = {
    async route({ legal }) {
      await clock.sleep(40);
      const [intent] = legal.filter((one) => one === 'find');
      return { kind: 'accept', intent: intent!, by: 'local', candidates: [{ intent: 'find', score: 0.9 }, { intent: 'help', score: 0.1 }], probability: 0.9, llmCalls: 0 };
    },
  }; // prettier-ignore
  const model: LanguageModel = {
    name: 'slow',
    async *stream() {
      await clock.sleep(300);
      yield { kind: 'text', text: 'It seems to be lost. ' };
    },
  };
  const tools = createToolRunner(agent, { clock, mocks, mode: 'mock', random: () => 1 });
  const dialog = await openDialog(agent, { id: 'd', router, tools, clock, model, env: {}, driver });
  const run = async <Result>(work: Promise<Result>): Promise<Result> => {
    let done = false;
    const result = work.finally(() => (done = true));
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!done) void clock.advance(10);
    }
    return result;
  };
  const turn = (text: string): Promise<Out[]> =>
    run(
      (async () => {
        const outs: Out[] = [];
        const input = text === '' ? ({ kind: 'open' } as const) : ({ kind: 'utterance', text } as const);
        for await (const out of dialog.turn({ ...input, atMs: clock.now() }, { signal: new AbortController().signal }))
          outs.push(out);
        return outs;
      })(),
    );
  return { dialog, clock, turn, run };
}

const traceOf = (outs: Out[]) => outs.findLast((out) => out.kind === 'trace')!;

describe.each(['turn', 'resident', 'expanded'] as const)('a trace from the %s driver', (driver) => {
  it('tells what the time of the turn went on', async () => {
    const { dialog, turn } = await open(driver);
    await turn('');
    const asked = traceOf(await turn('where is my order then')).trace;
    expect(asked).toMatchObject({ rule: 'router', score: 0.9, candidates: [{ intent: 'find' }, { intent: 'help' }] });
    const { understandMs, routerMs, toolsMs, modelMs, firstWordsMs, totalMs } = asked.timings!;
    expect(routerMs).toBeGreaterThanOrEqual(40);
    expect(routerMs).toBeLessThanOrEqual(understandMs);
    expect(firstWordsMs).toBeGreaterThanOrEqual(understandMs);
    expect({ toolsMs, modelMs }).toEqual({ toolsMs: 0, modelMs: 0 });
    expect(totalMs).toBeLessThan(200);
    const told = traceOf(await turn('4471')).trace;
    // No router; 100 ms, a wait of 200 ms, 250 ms; then the model.
    expect(told.timings!.routerMs).toBe(0);
    expect(told.timings!.toolsMs).toBeGreaterThanOrEqual(550);
    expect(told.timings!.toolsMs).toBeLessThan(800);
    expect(told.timings!.modelMs).toBeGreaterThanOrEqual(300);
    expect(told.timings!.modelMs).toBeLessThan(500);
    expect(told.timings!.firstWordsMs).toBeLessThan(100);
    expect(told.timings!.totalMs).toBeGreaterThanOrEqual(told.timings!.toolsMs + told.timings!.modelMs);
    expect(told.tools).toMatchObject([{ name: 'look', outcome: 'ok', attempts: 2 }]);
    expect(told.tools[0]!.ms).toBe(told.timings!.toolsMs);
    await dialog.close('done');
  });

  it('is hidden for print, as are the words, while who speaks them gets them as they are', async () => {
    const { dialog, turn } = await open(driver);
    await turn('');
    await turn('where is my order');
    const outs = await turn('4471');
    const { trace, masked } = traceOf(outs);
    expect(trace.text).toBe('4471');
    expect(masked).toMatchObject({ text: '[order]', rule: 'answer', tools: [{ input: { order: '[order]' } }], timings: trace.timings }); // prettier-ignore
    expect(JSON.stringify(masked)).not.toContain('4471');
    const again = (await turn('where is my order')).concat(await turn('4471'));
    expect(JSON.stringify(again.filter((out) => out.kind === 'trace').map((out) => out.masked))).not.toContain('4471');
    await dialog.close('done');
  });
});

it('takes no time of the router where the words were understood while the caller still spoke', async () => {
  const { dialog, turn, run } = await open('resident');
  await turn('');
  await run(dialog.understand('where is my order then', new AbortController().signal));
  const { timings } = traceOf(await turn('where is my order then')).trace;
  expect(timings).toMatchObject({ routerMs: 0 });
  expect(timings!.understandMs).toBeLessThan(40);
  await dialog.close('done');
});

it('hides what the agent says of a value from the words that may be kept', async () => {
  const clock = new VirtualClock();
  const agent = await loadText(shop.replace(', mode: rephrase', ''));
  const router: Router = { route: () => Promise.resolve({ kind: 'none', by: 'local', candidates: [], probability: 0, llmCalls: 0 }) }; // prettier-ignore
  const tools = createToolRunner(agent, { clock, mocks: new Map([['look', [{ line: 1, gives: { status: 'lost' }, delayMs: 0 }]]]), mode: 'mock' }); // prettier-ignore
  const dialog = await openDialog(agent, { id: 'd', start: { flow: 'find' }, router, tools, clock, env: {} });
  const signal = new AbortController().signal;
  const words: [string, string | undefined][] = [];
  for (const input of [{ kind: 'open' }, { kind: 'utterance', text: '4471' }] as const)
    for await (const out of dialog.turn({ ...input, atMs: 0 }, { signal }))
      if (out.kind === 'words') words.push([out.text, out.masked]);
  expect(words).toEqual([
    ["What's your order number?", undefined],
    ['One second.', undefined],
    ['Order 4 4 7 1 is lost.', 'Order [order] is lost.'],
    expect.anything(),
  ]);
  await dialog.close('done');
});
