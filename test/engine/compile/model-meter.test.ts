import { describe, expect, it } from 'vitest';
import type { LanguageModel, ModelPiece, ModelRequest } from '../../../engine/contracts.js';
import { ModelMeter } from '../../../engine/compile/model-meter.js';
import { RehearsedModel } from '../../../engine/compile/rehearsal.js';
import { OutsideError, TooLate } from '../../../engine/errors.js';

import { firstThatAnswers } from '../../../intents/language-models/first-that-answers.js';

const request = (content: string): ModelRequest => ({ messages: [{ role: 'user', content }] });
const answer: ModelPiece[] = [
  { kind: 'text', text: 'All is well.' },
  { kind: 'usage', inputTokens: 40, outputTokens: 4 },
];

/** Gives its pieces; then it stands still until it is stopped, where `stands`. */
function model(pieces: (ModelPiece | Error)[], stands = false): LanguageModel {
  return {
    name: 'small',
    async *stream(_, signal) {
      for (const piece of pieces) {
        await Promise.resolve();
        signal.throwIfAborted();
        if (piece instanceof Error) throw piece;
        yield piece;
      }
      if (stands)
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        );
    },
  };
}

async function read(pieces: AsyncIterable<ModelPiece>): Promise<void> {
  for await (const piece of pieces) void piece;
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const signal = (): AbortSignal => new AbortController().signal;

describe('what models had to do', () => {
  it('B21 B92 is counted once for an answer that a turn takes over from its rehearsal, and none of it as wasted', async () => {
    const meter = new ModelMeter();
    const rehearsed = new RehearsedModel(model(answer), meter);
    await read(rehearsed.ahead(signal()).stream(request('a table'), signal()));
    await read(rehearsed.stream(request('A table.'), signal()));
    expect(meter.usage).toEqual([
      { model: 'small', inputTokens: 40, outputTokens: 4, wastedInputTokens: 0, wastedOutputTokens: 0, failures: 0 },
    ]);
  });

  it('B22 B92 is wasted where the caller went on, whether the answer had come', async () => {
    const meter = new ModelMeter();
    const rehearsed = new RehearsedModel(model(answer), meter);
    const dropped = new AbortController();
    await read(rehearsed.ahead(dropped.signal).stream(request('a table'), signal()));
    dropped.abort();
    await read(rehearsed.stream(request('a table for two'), signal()));
    expect(meter.usage).toMatchObject([
      { inputTokens: 80, outputTokens: 8, wastedInputTokens: 40, wastedOutputTokens: 4, failures: 0 },
    ]);
  });

  it('B22 B92 … or was stopped in its middle: then it is reckoned from what was asked and given', async () => {
    const meter = new ModelMeter();
    const rehearsed = new RehearsedModel(model([answer[0]!], true), meter);
    const dropped = new AbortController();
    const reading = read(rehearsed.ahead(dropped.signal).stream(request('x'.repeat(400)), dropped.signal)).catch(
      () => {},
    );
    await soon();
    dropped.abort(new Error('the caller went on'));
    await reading;
    await soon();
    expect(meter.usage).toMatchObject([
      { inputTokens: 100, outputTokens: 3, wastedInputTokens: 100, wastedOutputTokens: 3, failures: 0 },
    ]);
  });

  it('counts one that breaks or is too late among its failures, one that is interrupted not', async () => {
    const meter = new ModelMeter();
    await read(meter.of(model([new Error('401')])).stream(request('a'), signal())).catch(() => {});
    expect(meter.usage).toMatchObject([{ inputTokens: 0, outputTokens: 0, failures: 1 }]);
    for (const reason of [new TooLate(), { parts: [], estimated: false }]) {
      const stop = new AbortController();
      const reading = read(meter.of(model([], true)).stream(request('abcd'), stop.signal)).catch(() => {});
      await soon();
      stop.abort(reason);
      await reading;
    }
    expect(meter.usage).toMatchObject([{ inputTokens: 2, failures: 2 }]);
  });

  it('is counted for the one of several that answered, with a price of its own, told or stopped before it tells', async () => {
    const meter = new ModelMeter();
    const several = firstThatAnswers([
      { ...model([new OutsideError('a', 'busy', 'is busy', { retryable: true })]), name: 'first' },
      { ...model(answer), name: 'second' },
    ])!;
    await read(meter.of(several).stream(request('a'), signal()));
    const stopping = firstThatAnswers([{ ...model([answer[0]!], true), name: 'third' }, model(answer)])!;
    const stop = new AbortController();
    const reading = read(meter.of(stopping).stream(request('x'.repeat(40)), stop.signal)).catch(() => {});
    await soon();
    stop.abort(new Error('the caller went on'));
    await reading;
    expect(meter.usage).toMatchObject([
      { model: 'first', inputTokens: 0, failures: 1 },
      { model: 'second', inputTokens: 40, outputTokens: 4, failures: 0 },
      { model: 'third', inputTokens: 10, outputTokens: 3, failures: 0 },
    ]);
  });

  it('calls a question of the router wasted where its answer is no longer waited for, and late ones failures', async () => {
    const meter = new ModelMeter();
    for (const reason of [new Error('answered'), new TooLate()]) {
      const stop = new AbortController();
      const reading = read(meter.ofQuestions(model([], true)).stream(request('abcd'), stop.signal)).catch(() => {});
      await soon();
      stop.abort(reason);
      await reading;
    }
    await read(meter.ofQuestions(model(answer)).stream(request('abcd'), signal()));
    expect(meter.usage).toMatchObject([{ inputTokens: 42, wastedInputTokens: 2, wastedOutputTokens: 0, failures: 1 }]);
  });

  it('counts the failure of a model in whose place another one went on', async () => {
    const meter = new ModelMeter();
    await read(meter.of(model([{ kind: 'failed', model: 'large' }, ...answer])).stream(request('a'), signal()));
    expect(meter.usage.map(({ model: name, failures }) => [name, failures])).toEqual([
      ['large', 1],
      ['small', 0],
    ]);
  });
});
