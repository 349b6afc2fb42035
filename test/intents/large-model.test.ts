import { describe, expect, it } from 'vitest';
import { isHeldBack, LargeModel } from '../../intents/classifier/large-model.js';
import { Model } from '../../intents/classifier/model.js';
import { rowsOf } from '../../intents/classifier/rows.js';
import { SoftmaxRegression } from '../../intents/classifier/softmax-regression.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';
import type { TrainingIntent } from '../../engine/contracts.js';

const things = [
  'lamp',
  'door',
  'window',
  'heater',
  'fridge',
  'radio',
  'car',
  'garden',
  'sofa',
  'clock',
  'phone',
  'roof',
];
const frames = [
  'the X is broken',
  'repair my X',
  'my X does not work',
  'the X needs fixing',
  'who can mend a X',
  'can you fix the X',
  'X trouble',
  'our old X gave up',
  'please look after the X',
  'there is a problem with my X',
];
const intents: TrainingIntent[] = things.map((thing) => ({
  id: `fix_${thing}`,
  examples: frames.map((frame) => ({ text: frame.replace('X', thing), values: [] })),
  not: [],
}));
const common = {
  lines: ['who won the match', 'hello there', 'what a day'],
  functionWords: new Set(['the', 'my', 'a']),
};
const best = (scores: Float64Array): number => scores.indexOf(Math.max(...scores));

describe('softmax regression', () => {
  it('learns what tells rows apart, and comes to the same weights every time', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      lexical: { ids: Int32Array.of(i % 3), weights: Float32Array.of(1) },
      vector: Float32Array.of(i % 2, 1),
      intent: i % 3,
      weight: 1,
    }));
    const [one, two] = [SoftmaxRegression.empty(3, 3, 2), SoftmaxRegression.empty(3, 3, 2)];
    await one.fit(rows, { epochs: 8, firstRate: 2 });
    await two.fit(rows, { epochs: 8, firstRate: 2 });
    for (const row of rows) {
      expect(best(one.scores(row))).toBe(row.intent);
      expect(one.scores(row)).toEqual(two.scores(row));
    }
    const nothing = one.scores({ lexical: { ids: new Int32Array(), weights: new Float32Array() } });
    expect(Math.max(...nothing) - Math.min(...nothing)).toBeLessThan(1);
  });
});

describe('the model for many rows', () => {
  it('reads what it has not seen, and says how far the training is', async () => {
    const steps = new Set<string>();
    const model = await LargeModel.train(
      rowsOf(intents),
      intents.length,
      common,
      openStaticModel(),
      undefined,
      undefined,
      (what) => steps.add(what),
    );
    for (const [i, thing] of things.entries()) {
      const { scores } = await model.read([`something is wrong with the ${thing}`]);
      expect(best(scores)).toBe(i);
    }
    expect([...steps]).toEqual(['training the judge', 'training']);
  });

  it('judges itself by rows and by whole intents that its twin never saw', async () => {
    const model = await LargeModel.train(rowsOf(intents), intents.length, common, openStaticModel());
    const examples = model.leaveExamplesOut();
    const strangers = model.leaveIntentsOut();
    expect(examples.length).toBeGreaterThan(5);
    // Every tenth intent: the tenth.
    expect(strangers.map(({ row }) => row.intent)).toEqual(frames.map(() => 9));
    expect(
      strangers.every(({ row, evidence }) => evidence.cosine[row.intent] === 0 && evidence.scores[row.intent] === -10),
    ).toBe(true);
    const top = (trial: (typeof examples)[number]): number => Math.max(...trial.evidence.scores);
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(examples.map(top))).toBeGreaterThan(mean(strangers.map(top)));
  });

  it('reads misheard copies of what its twin never saw, and of nothing else', async () => {
    const rows = rowsOf(intents);
    const copies = rows.flatMap((row, i) => (row.judged ? [{ row: i, text: `uh ${row.text}` }] : []));
    const model = await LargeModel.train(rows, intents.length, common, openStaticModel(), undefined, copies);
    const { examples, intents: strangers } = model.leaveOutOfCopies();
    expect(examples).toHaveLength(model.leaveExamplesOut().length);
    expect(strangers).toHaveLength(model.leaveIntentsOut().length);
    for (const { row } of [...examples, ...strangers]) expect(isHeldBack(row)).toBe(true);
    expect(strangers.every(({ row, evidence }) => evidence.scores[row.intent] === -10)).toBe(true);
  });

  it('speaks of probabilities on the same scale as the kernel, so that the same features mean the same', async () => {
    const rows = rowsOf(intents);
    const [large, small] = [
      await LargeModel.train(rows, intents.length, common, openStaticModel()),
      await Model.train(rows, intents.length, common, openStaticModel()),
    ];
    expect(large.temperature / small.temperature).toBeGreaterThan(1 / 4);
    expect(large.temperature / small.temperature).toBeLessThan(4);
  });
});
