import { afterEach, describe, expect, it } from 'vitest';
import type { LanguageModel, RouteRequest, TrainingIntent } from '../../engine/contracts.js';
import { createOpenAiCompatible } from '../../intents/language-models/openai-compatible.js';
import type { ModelAsked } from '../../intents/model-router.js';
import { createRouter } from '../../intents/router.js';
import { openAiLoopback, type Answer, type LoopbackOpenAi, type Seen } from '../loopback/openai.js';

const intents: TrainingIntent[] = ['check_order', 'pay_bill', 'complaint'].map((id) => ({ id, examples: [], not: [] }));
const never = new AbortController().signal;
let server: LoopbackOpenAi | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function ask(text: string, changes: Partial<RouteRequest> = {}): RouteRequest {
  return {
    text,
    legal: intents.map(({ id }) => id),
    values: [],
    position: 'menu/ask',
    language: 'en',
    options: {},
    context: { lastWords: 'How can I help?', slots: [{ name: 'note', type: 'text' }] },
    ...changes,
  };
}

/** A router whose model says `complaint`, unless told otherwise; `asked` is how often it was. */
async function routerWith(answer?: (seen: Seen) => Answer, modelAnswers?: number) {
  server = await openAiLoopback(
    answer ??
      ((seen) => ({
        kind: 'call',
        name: seen.body.tools!.map((tool) => tool.function.name).find((name) => name.startsWith('complaint'))!,
        arguments: '{}',
      })),
  );
  const told: ModelAsked[] = [];
  const router = await createRouter(intents, {
    embedder: 'static',
    model: createOpenAiCompatible({ url: server.url, model: 'm' }),
    onModel: (asked) => told.push(asked),
    ...(modelAnswers !== undefined && { modelAnswers }),
  });
  const say = (text: string, changes?: Partial<RouteRequest>, own?: (model: LanguageModel) => LanguageModel) =>
    router.route(ask(text, changes), never, own);
  return { say, told, asked: () => server!.seen.length };
}

describe('the cache of a model’s answers', () => {
  it('answers the same words again, however they are spelled, without asking', async () => {
    const { say, told, asked } = await routerWith();
    await say('The parcel I got is squashed.');
    expect(await say('the parcel i got is squashed')).toMatchObject({
      kind: 'accept',
      intent: 'complaint',
      by: 'llm',
      llmCalls: 0,
    });
    expect(asked()).toBe(1);
    expect(told.map(({ cached }) => cached)).toEqual([undefined, 'exact']);
  });

  it('neither keeps what a model heard in a voice nor answers it with what was said by another', async () => {
    const { say, asked } = await routerWith();
    const hearing = (model: LanguageModel): LanguageModel => ({
      name: model.name,
      hears: true,
      stream: (request, signal) => model.stream(request, signal),
    });
    await say('The parcel I got is squashed.', {}, hearing);
    await say('The parcel I got is squashed.');
    await say('The parcel I got is squashed.', {}, hearing);
    expect(asked()).toBe(3);
  });

  it('takes another frame around the same matter for the same turn', async () => {
    const { say, told, asked } = await routerWith();
    await say('i have a problem with the heating in my flat');
    expect(await say('i have got a problem with the heating in my flat')).toMatchObject({
      intent: 'complaint',
      llmCalls: 0,
    });
    expect(asked()).toBe(1);
    expect(told[1]!.cached).toBe('near');
  });

  it.each([
    ['turn up the heating in the living room a bit', 'turn down the heating in the living room a bit'],
    ['i would like to send something to my sister', 'i would like to send something to my brother'],
    ['the man who fixed my boiler broke my sink', 'the man who fixed my sink broke my boiler'],
    ['put the lamp on in the hall', 'put the lamp off in the hall'],
    ['send it from cork to dublin', 'send it from dublin to cork'],
    ['i have a problem with the boiler', 'i have not a problem with the boiler'],
    ['the card is blocked', 'is the card blocked'],
    ['two of the plates are broken', 'three of the plates are broken'],
    ['my boiler is loud', 'your boiler is loud'],
  ])('does not take "%s" for "%s"', async (first, second) => {
    const { say, asked } = await routerWith();
    await say(first);
    await say(second);
    expect(asked()).toBe(2);
  });

  it('is of one state, one set of candidates and one set of slots', async () => {
    const { say, asked } = await routerWith();
    const text = 'the parcel i got is squashed';
    await say(text);
    await say(text, { position: 'menu/other' });
    await say(text, { legal: ['complaint', 'pay_bill'] });
    await say(text, { context: { lastWords: '', slots: [] } });
    await say(text, { context: { lastWords: '', slots: [{ name: 'note', type: 'choice', options: ['a'] }] } });
    await say(text, { language: 'en-IE' });
    expect(asked()).toBe(6);
  });

  it('never keeps a turn with a personal value, nor one with a long number that nobody asked for', async () => {
    const { say, asked } = await routerWith();
    for (const [text, changes] of [
      ['my name is parrot and it broke', { private: true as const }],
      ['the thing 4471 9902 broke', {}],
      ['the thing four four seven one broke', {}],
    ] as const) {
      const before = asked();
      await say(text, changes);
      await say(text, changes);
      expect(asked() - before).toBe(2);
    }
  });

  it('never keeps a failure', async () => {
    let status = 500;
    const { say, asked } = await routerWith(() =>
      status === 500 ? { kind: 'status', status } : { kind: 'call', name: 'none_of_these', arguments: '{}' },
    );
    await say('the parcel is squashed');
    status = 200;
    expect(await say('the parcel is squashed')).toMatchObject({ kind: 'none', by: 'llm' });
    expect(asked()).toBe(2);
    expect(await say('the parcel is squashed')).toMatchObject({ kind: 'none', by: 'llm', llmCalls: 0 });
  });

  it('gives slots only to the very words they came from', async () => {
    const { say, asked } = await routerWith((seen) => ({
      kind: 'call',
      name: seen.body.tools![2]!.function.name,
      arguments: '{"note":"got a problem with the heating"}',
    }));
    await say('i have got a problem with the heating');
    expect(await say('i have got a problem with the heating')).toMatchObject({
      llmCalls: 0,
      slots: { note: 'got a problem with the heating' },
    });
    await say('i have a problem with the heating');
    expect(asked()).toBe(2);
  });

  it('forgets what was unused longest, and keeps nothing when told to', async () => {
    const { say, asked } = await routerWith(undefined, 2);
    await say('one parrot');
    await say('some canary');
    await say('one parrot');
    await say('some budgie');
    expect(asked()).toBe(3);
    await say('one parrot');
    expect(asked()).toBe(3);
    await say('some canary');
    expect(asked()).toBe(4);
    await server!.close();
    const without = await routerWith(undefined, 0);
    await without.say('one parrot');
    await without.say('one parrot');
    expect(without.asked()).toBe(2);
  });
});
