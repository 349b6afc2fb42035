import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { openDialog } from '../../../engine/compile/open-dialog.js';
import type { Input, Out, ToolCall, ToolRunner } from '../../../engine/contracts.js';
import { memoryStore } from '../../../engine/stores/memory-store.js';
import { createOpenAiCompatible } from '../../../intents/language-models/openai-compatible.js';
import { startModelServer, type ModelServerReply } from '../../loopback/model.js';
import { loadText } from '../dialog/drive.js';
import { heard, spoken } from './open-small.js';
import { tableRouter } from './table-router.js';

const desk = `
agent: desk
tools:
  find_order: { effect: read, input: { order: integer }, output: { status: text }, filler: { after: 700ms, say: Let me look. }, http: { get: "{{ env.X }}" } }
  transfer_money: { effect: write, input: { amount: money }, http: { post: "{{ env.X }}" } }
---
flow: complain
slots:
  topic: { type: text }
  order: { type: integer }
states:
  talk:
    generate:
      task: Find out what the complaint is about.
      fills: { topic: what it is about, order: its number }
      tools: [find_order]
      max_seconds: 6
      fallback: I'd like to note that down.
    transitions: [{ on: [error, gave_up], to: plain }]
    to: done
  plain: { say: I'll put it down as it is., hang_up: true }
  done: { say: "{{ topic }}, order {{ order }}.", hang_up: true }
---
flow: pay
examples: [pay]
states: { go: { call: transfer_money, with: { amount: 5 EUR }, to: end } }
---
flow: hours
examples: [hours]
states: { go: { say: { text: We open at nine., mode: rephrase, max_seconds: 3 }, to: end } }
`;

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

/** The agent with a model that answers over the wire as the test says, one request after the other. */
async function open(options: { store?: ReturnType<typeof memoryStore>; model?: false; start?: string } = {}) {
  const replies: ModelServerReply[] = [];
  const waiting: ((reply: ModelServerReply) => void)[] = [];
  const server = await startModelServer((reply) => {
    const next = waiting.shift();
    if (next) next(reply);
    else replies.push(reply);
  });
  closing.push(server.close);
  const clock = new VirtualClock();
  const calls: ToolCall[] = [];
  const tools: ToolRunner = {
    run: (call) => {
      calls.push(call);
      return Promise.resolve({ outcome: 'ok', value: { status: 'lost' } });
    },
  };
  const problems: string[] = [];
  const dialog = await openDialog(await loadText(desk), {
    id: 'd',
    start: { flow: options.start ?? 'complain' },
    router: tableRouter({ pay: 'pay', cancel: 'cancel' }),
    tools,
    clock,
    ...(options.store && { store: options.store }),
    ...(options.model === false ? {} : { model: createOpenAiCompatible({ url: server.url, model: 'small' }) }),
    onProblem: (line) => problems.push(line),
  });
  closing.unshift(() => dialog.close('over'));
  const begin = (input: Partial<Input> & { kind: Input['kind'] }, signal = new AbortController().signal) => {
    const outs: Out[] = [];
    const over = (async () => {
      for await (const out of dialog.turn({ atMs: clock.now(), ...input } as Input, { signal })) outs.push(out);
    })();
    return { outs, words: () => spoken(outs).filter((one) => !/^(listen|wait|end)$/.test(one)), over };
  };
  return {
    dialog, server, clock, calls, problems, begin,
    say: (text: string, signal?: AbortSignal) => begin({ kind: 'utterance', text }, signal),
    asked: () => new Promise<ModelServerReply>((resolve) => {
      const ready = replies.shift();
      if (ready) resolve(ready);
      else waiting.push(resolve);
    }),
  }; // prettier-ignore
}

async function until(is: () => boolean): Promise<void> {
  for (let round = 0; round < 2000 && !is(); round++) await new Promise((resolve) => setImmediate(resolve));
}

function answer(reply: ModelServerReply, text: string, fills?: object): void {
  if (text !== '') reply.text(text);
  if (fills) reply.call('note_down', JSON.stringify(fills));
  reply.end();
}

describe('a model that talks, over the wire', () => {
  it('is heard sentence by sentence: the first before the second is written', async () => {
    const { begin, asked } = await open();
    const turn = begin({ kind: 'open' });
    const reply = await asked();
    reply.text('**I am sorry** to hear that. What');
    await until(() => turn.words().length > 0);
    expect(turn.words()).toEqual(['complain/talk: I am sorry to hear that.']);
    reply.text(' happened?');
    reply.end();
    await turn.over;
    expect(turn.words()[1]).toBe('complain/talk: What happened?');
  });

  it('notes down by function, and the talk goes on without the question it still had', async () => {
    const { begin, say, asked, server } = await open();
    const first = begin({ kind: 'open' });
    answer(await asked(), 'What happened?');
    await first.over;
    const turn = say('my kettle leaks, and it was order number 44');
    answer(await asked(), 'Oh dear. And when was that?', { topic: 'a leaking kettle', order: '44' });
    await turn.over;
    expect(turn.words()).toEqual(['complain/talk: Oh dear.', 'complain/done: a leaking kettle, order 44.']);
    const { messages, tools } = server.requests[1]!.body;
    expect(messages!.at(-2)).toEqual({ role: 'user', content: 'my kettle leaks, and it was order number 44' });
    expect((tools as { function: { name: string } }[]).map((one) => one.function.name)).toEqual([
      'note_down',
      'find_order',
    ]);
  });

  it('looks things up with the reads it was given, with their filler, and is told what came of it', async () => {
    const { begin, asked, server, calls } = await open();
    const turn = begin({ kind: 'open' });
    const first = await asked();
    first.call('find_order', '{"order":"44"}');
    first.end();
    answer(await asked(), 'It is lost.');
    await turn.over;
    expect(calls).toMatchObject([{ tool: 'find_order', input: { order: '44' }, effect: 'read' }]);
    expect(turn.outs.find((out) => out.kind === 'tool')).toMatchObject({
      filler: { afterMs: 700, texts: ['Let me look.'] },
    });
    expect(server.requests[1]!.body.messages!.slice(-2)).toMatchObject([
      { role: 'assistant', tool_calls: [{ function: { name: 'find_order' } }] },
      { role: 'tool', tool_call_id: 'call_0_0', content: '{"outcome":"ok","result":{"status":"lost"}}' },
    ]);
  });

  it('B59 that looks the same thing up twice is given the first answer again, and the tool is asked once', async () => {
    const { begin, asked, server, calls } = await open();
    const turn = begin({ kind: 'open' });
    const first = await asked();
    first.call('find_order', '{"order":"44"}');
    first.call('find_order', '{"order":"44"}');
    first.end();
    const second = await asked();
    second.call('find_order', '{"order":"44"}');
    second.end();
    answer(await asked(), 'It is lost.');
    await turn.over;
    expect(calls).toHaveLength(1);
    expect(turn.outs.filter(({ kind }) => kind === 'tool')).toHaveLength(2);
    const told = server.requests.at(-1)!.body.messages!.filter(({ role }) => role === 'tool');
    expect(told.map(({ content }) => content)).toEqual(Array(3).fill('{"outcome":"ok","result":{"status":"lost"}}'));
  });

  it('that calls a write, or what is not there, calls nothing', async () => {
    const { begin, asked, calls } = await open();
    const turn = begin({ kind: 'open' });
    const reply = await asked();
    reply.call('transfer_money', '{"amount":"5000 EUR"}');
    reply.call('goto', '{"state":"done"}');
    reply.end();
    answer(await asked(), 'What happened?');
    await turn.over;
    expect(calls).toEqual([]);
    const trace = turn.outs.find((out) => out.kind === 'trace');
    expect(trace).toMatchObject({
      trace: {
        state: 'talk',
        notes: expect.arrayContaining(['the model called a function it was not given']) as string[],
      },
    });
  });

  it('is cut where it would talk too long', async () => {
    const { begin, asked } = await open();
    const turn = begin({ kind: 'open' });
    answer(await asked(), `${'We are very sorry about this. '.repeat(9)}What happened?`);
    await turn.over;
    expect(turn.words().length).toBeLessThan(5);
  });

  it('that is absent: the fallback is said and the road for errors taken', async () => {
    const { begin } = await open({ model: false });
    const turn = begin({ kind: 'open' });
    await turn.over;
    expect(turn.words()).toEqual([
      "complain/talk.fallback: I'd like to note that down.",
      "complain/plain: I'll put it down as it is.",
    ]);
  });

  it('that is late: the same, after two seconds and not before', async () => {
    const { begin, asked, clock, problems } = await open();
    const turn = begin({ kind: 'open' });
    (await asked()).text('Well');
    await clock.advance(1999);
    expect(turn.words()).toEqual([]);
    await clock.advance(1);
    await turn.over;
    expect(turn.words()[0]).toBe("complain/talk.fallback: I'd like to note that down.");
    expect(problems).toEqual(['small: no first sentence in time; the fallback is said']);
  });

  it('that is interrupted: what was heard is what it is told it has said', async () => {
    const { begin, say, asked, server } = await open();
    const stop = new AbortController();
    const turn = begin({ kind: 'open' }, stop.signal);
    (await asked()).text('I am so sorry to hear that. Tell');
    await until(() => turn.words().length > 0);
    stop.abort(heard({ id: 'complain/talk', text: 'I am so sorry to hear that.', share: 0.4 }));
    await turn.over;
    const next = say('it leaks');
    answer(await asked(), 'What leaks?');
    await next.over;
    expect(server.requests[1]!.body.messages!.slice(1, 3)).toEqual([
      { role: 'assistant', content: 'I am so' },
      { role: 'user', content: 'it leaks' },
    ]);
  });

  it('whose process died in mid-sentence says its words again in the next one', async () => {
    const store = memoryStore();
    const before = await open({ store });
    before.begin({ kind: 'open' });
    (await before.asked()).text('I am sorry. What');
    await until(() => before.server.requests.length === 1);
    // Nothing of the first process is there any more but its checkpoint.
    const after = await open({ store });
    const turn = after.begin({ kind: 'open' });
    answer(await after.asked(), 'I am sorry. What happened?');
    await turn.over;
    expect(turn.words()).toEqual(['complain/talk: I am sorry.', 'complain/talk: What happened?']);
    before.server.requests.length = 0;
  });
});

it('cuts the words of `rephrase` at a whole sentence within `max_seconds`', async () => {
  const { begin, asked } = await open({ start: 'hours' });
  const turn = begin({ kind: 'open' });
  answer(await asked(), 'We are open from nine. Do come and see us whenever you like to come. We would be glad.');
  await turn.over;
  expect(turn.words()).toEqual(['hours/go: We are open from nine.']);
});
