import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { openDialog } from '../../../engine/compile/open-dialog.js';
import type { Dialog, Input, LanguageModel, Out, Router, ToolCall } from '../../../engine/contracts.js';
import { createOpenAiCompatible } from '../../../intents/language-models/openai-compatible.js';
import { startModelServer, type ModelServerReply } from '../../loopback/model.js';
import { loadText } from '../dialog/drive.js';
import { collect, spoken } from './open-small.js';
import { tableRouter } from './table-router.js';

const desk = `
agent: desk
tools:
  find_order: { effect: read, input: { order: text }, output: { status: text }, http: { get: "{{ env.X }}" } }
---
flow: hours
examples: [hours]
states: { go: { say: { text: We open at nine., mode: rephrase, max_seconds: 9 }, to: end } }
---
flow: order
examples: [order]
slots: { number: { type: digits, ask: Which number? } }
states:
  which: { collect: number, to: look }
  look: { say: I will look., call: find_order, with: { order: "{{ number }}" }, to: told }
  told: { say: "It is {{ find_order.status }}.", to: end }
`;

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function open() {
  const replies: ModelServerReply[] = [];
  const waiting: ((reply: ModelServerReply) => void)[] = [];
  const server = await startModelServer((reply) => {
    const next = waiting.shift();
    if (next) next(reply);
    else replies.push(reply);
  });
  closing.push(server.close);
  const calls: ToolCall[] = [];
  const routed: string[] = [];
  const router = tableRouter({ hours: 'hours', order: 'order' });
  const dialog = await openDialog(await loadText(desk), {
    id: 'd',
    router: {
      route: (request, signal) => {
        routed.push(request.text);
        return router.route(request, signal);
      },
    },
    tools: {
      run: (call) => {
        calls.push(call);
        return Promise.resolve({ outcome: 'ok', value: { status: 'packed' } });
      },
    },
    clock: new VirtualClock(),
    model: createOpenAiCompatible({ url: server.url, model: 'small' }),
  });
  closing.unshift(() => dialog.close('over'));
  await collect(turn(dialog, { kind: 'open' }));
  const nextReply = (): Promise<ModelServerReply> =>
    replies.length > 0 ? Promise.resolve(replies.shift()!) : new Promise((resolve) => waiting.push(resolve));
  return { dialog, server, calls, routed, nextReply };
}

function turn(dialog: Dialog, input: Record<string, unknown> & { kind: Input['kind'] }): AsyncIterable<Out> {
  return dialog.turn({ atMs: 0, ...input } as Input, { signal: new AbortController().signal });
}

describe('a rehearsal', () => {
  it('B20 says what the turn would, calls no tool and moves nowhere', async () => {
    const { dialog, calls } = await open();
    await collect(turn(dialog, { kind: 'utterance', text: 'order' }));
    const said = await collect(dialog.rehearse!({ text: '4471' }, new AbortController().signal));
    expect(spoken(said)).toEqual(['order/look: I will look.']);
    expect(calls).toEqual([]);
    const given = spoken(await collect(turn(dialog, { kind: 'utterance', text: '4471', rehearsed: '4471' })));
    expect(given).toContain('order/told: It is packed.');
    expect(calls).toHaveLength(1);
  });

  it('B21 is adopted by the turn with the same words: the router and the model are asked once', async () => {
    const { dialog, server, routed, nextReply } = await open();
    const rehearsal = dialog.rehearse!({ text: 'Hours' }, new AbortController().signal)[Symbol.asyncIterator]();
    const first = rehearsal.next();
    const reply = await nextReply();
    reply.text('We open at nine sharp. And we');
    expect(spoken([(await first).value as Out])).toEqual(['hours/go: We open at nine sharp.']);
    // The caller is done, and the model still speaks: the turn has its beginning and its end.
    const outs = collect(turn(dialog, { kind: 'utterance', text: 'hours.', rehearsed: 'Hours' }));
    reply.text(' close at six.');
    reply.end();
    const given = spoken(await outs);
    expect(given.slice(0, 2)).toEqual(['hours/go: We open at nine sharp.', 'hours/go: And we close at six.']);
    expect(server.requests).toHaveLength(1);
    expect(routed).toHaveLength(1);
  });

  it('says what is likeliest while a model is still asked what is meant, then what the model says', async () => {
    const asked: (() => void)[] = [];
    const scores = { hours: 0.6, order: 0.2 };
    const candidates = Object.entries(scores).map(([intent, score]) => ({ intent, score }));
    const local = { candidates, probability: 0.3, llmCalls: 0 };
    const model: LanguageModel = {
      name: 'm',
      stream: () => {
        throw new Error('not used');
      },
    };
    const router: Router = {
      async route({ options }, _, counted) {
        if (options.llm === 'never') return { kind: 'none', by: 'local', ...local };
        counted?.(model);
        await new Promise<void>((resolve) => asked.push(resolve));
        return { kind: 'accept', intent: 'order', by: 'llm', ...local };
      },
    };
    const plain = desk.replace(
      'say: { text: We open at nine., mode: rephrase, max_seconds: 9 }',
      'say: We open at nine.',
    );
    const dialog = await openDialog(await loadText(plain), {
      id: 'd', router, tools: { run: () => Promise.resolve({ outcome: 'cancelled' }) }, clock: new VirtualClock(),
    }); // prettier-ignore
    closing.unshift(() => dialog.close('over'));
    await collect(turn(dialog, { kind: 'open' }));
    const rehearsal = dialog.rehearse!({ text: 'that parcel' }, new AbortController().signal)[Symbol.asyncIterator]();
    const guessed = await rehearsal.next();
    expect(guessed.value).toMatchObject({ guess: true, text: 'We open at nine.' });
    expect(asked).toHaveLength(1);
    asked[0]!();
    let right = await rehearsal.next();
    while ((right.value as { guess?: true } | undefined)?.guess) right = await rehearsal.next();
    expect(right.value).toMatchObject({ text: 'Which number?' });
    expect(right.value).not.toHaveProperty('guess');
    // The turn is the model's, and the question was put once.
    const given = await collect(turn(dialog, { kind: 'utterance', text: 'that parcel', rehearsed: 'that parcel' }));
    expect(spoken(given)[0]).toContain('Which number?');
    expect(asked).toHaveLength(1);
  });

  it('B22 stops the model when it is dropped, and the turn asks it once anew', async () => {
    const { dialog, server, nextReply } = await open();
    const stop = new AbortController();
    const rehearsal = collect(dialog.rehearse!({ text: 'hours' }, stop.signal));
    await nextReply();
    stop.abort(new Error('the caller went on'));
    await rehearsal.catch(() => undefined);
    await expect.poll(() => server.requests[0]!.abandoned).toBe(true);
    const outs = collect(turn(dialog, { kind: 'utterance', text: 'hours' }));
    const again = await nextReply();
    again.text('From nine to six.');
    again.end();
    expect(spoken(await outs)[0]).toBe('hours/go: From nine to six.');
    expect(server.requests).toHaveLength(2);
  });

  it('B21 is not adopted by a turn elsewhere', async () => {
    const { dialog, server, nextReply } = await open();
    const rehearsal = collect(dialog.rehearse!({ text: 'hours' }, new AbortController().signal)).catch(() => undefined);
    await nextReply();
    expect(spoken(await collect(turn(dialog, { kind: 'utterance', text: 'order' })))[0]).toContain('Which number?');
    await expect.poll(() => server.requests[0]!.abandoned).toBe(true);
    await rehearsal;
    expect(server.requests).toHaveLength(1);
  });
});
