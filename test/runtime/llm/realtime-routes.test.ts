/** What a Realtime session may answer to a question of the router, and what of it moves nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { RouteRequest, TrainingIntent } from '../../../engine/contracts.js';
import { askInTiers } from '../../../intents/llm-router.js';
import { openAiRealtimeModel } from '../../../runtime/llm/openai-realtime.js';
import {
  loopbackKey,
  startRealtimeModel,
  type LoopbackRealtimeModel,
  type RealtimePart,
} from '../../loopback/openai-realtime-model.js';

const intents: TrainingIntent[] = ['order.cancel_it', 'order.where_is_it'].map((id) => ({ id, examples: [], not: [] }));
const request: RouteRequest = {
  text: 'my parrot ate the thing from the postman',
  legal: intents.map(({ id }) => id),
  values: [],
  position: 'order/ask',
  language: 'en-IE',
  options: {},
  context: { lastWords: 'What about your order?', slots: [{ name: 'note', type: 'text' }] },
};
const call = (name: string, given = '{}'): RealtimePart => ({ kind: 'call', name, arguments: given, parts: 3 });
const ownWords: RealtimePart = { kind: 'text', pieces: ['I have ', 'cancelled it.'] };

describe('the router’s question over a Realtime session', () => {
  let server: LoopbackRealtimeModel;
  let model: ReturnType<typeof openAiRealtimeModel>;
  let asked = 0;
  afterEach(async () => {
    model.close();
    expect(server.problems).toEqual([]);
    await server.close();
  });

  async function ask(
    parts: RealtimePart[],
    { clock = new VirtualClock(), legal = request.legal, afterCancel = [] as RealtimePart[] } = {},
  ) {
    asked = 0;
    server = await startRealtimeModel(() => {
      asked += 1;
      return parts;
    });
    server.afterCancel = afterCancel;
    model = openAiRealtimeModel({ apiKey: loopbackKey, baseUrl: server.url, clock });
    const signal = new AbortController().signal;
    return askInTiers({ models: [model], clock, request: { ...request, legal }, intents, deadlineMs: 1200, signal });
  }

  it.each([
    [
      'a move and its value',
      [call('order_cancel_it_1', '{"note":"the parrot"}')],
      { kind: 'intent', intent: 'order.cancel_it', slots: { note: 'the parrot' } },
    ],
    [
      'a move, beside words of its own',
      [ownWords, call('order_where_is_it_2')],
      { kind: 'intent', intent: 'order.where_is_it' },
    ],
    ['none of the moves', [call('none_of_these')], { kind: 'none' }],
  ] as const)('is answered by %s', async (_, parts, verdict) => {
    expect((await ask([...parts])).verdict).toMatchObject(verdict);
  });

  it.each([
    ['a function that was not offered', [call('order_refund_3')]],
    ['a function by half its name', [call('cancel_it')]],
    ['arguments that are no JSON', [call('order_cancel_it_1', '{"note":')]],
    ['arguments that are no record', [call('order_cancel_it_1', '["all"]')]],
    ['a call that was cut', [{ kind: 'cut_call', name: 'order_cancel_it_1', arguments: '{' }]],
    ['two moves at once', [call('order_cancel_it_1'), call('order_where_is_it_2')]],
    ['words alone', [ownWords]],
    ['a voice alone', [{ kind: 'audio', transcript: 'Cancelled!' }]],
  ] as [string, RealtimePart[]][])('is not answered by %s', async (_, parts) => {
    expect((await ask(parts)).verdict).toMatchObject({ kind: 'failed', why: 'unusable' });
  });

  it('is not answered by a move that is legal no longer', async () => {
    const { verdict } = await ask([call('order_cancel_it_1')], { legal: ['order.where_is_it'] });
    expect(verdict).toMatchObject({ kind: 'failed', why: 'unusable' });
  });

  it('fails where the session dies, and is asked no third time', async () => {
    expect((await ask([{ kind: 'die' }])).verdict).toMatchObject({ kind: 'failed', why: 'broken' });
    expect(asked).toBe(2);
  });

  it('is cancelled at its deadline, and what comes later is no answer', async () => {
    const clock = new VirtualClock();
    const asking = ask([{ kind: 'silent' }], { clock, afterCancel: [call('order_cancel_it_1')] });
    await expect.poll(() => asked).toBe(1);
    // The router asks again, on a connection of its own.
    await clock.advance(400);
    await expect.poll(() => asked).toBe(2);
    await clock.advance(800);
    expect((await asking).verdict).toMatchObject({ kind: 'failed', why: 'late' });
    await expect.poll(() => server.cancelled).toBe(2);
  });
});
