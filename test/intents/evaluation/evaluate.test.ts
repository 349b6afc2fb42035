import { describe, expect, it } from 'vitest';
import { curveSvg } from '../../../intents/evaluation/curve-svg.js';
import { evaluate, evaluateRouter, intentsOf } from '../../../intents/evaluation/evaluate.js';
import type { LabelledData } from '../../../intents/evaluation/labelled-data.js';
import { tellEvaluation } from '../../../cli/report/router-evaluation.js';
import { createRouter } from '../../../intents/router.js';

const things = ['lamp', 'door', 'window', 'heater', 'fridge', 'radio', 'car', 'garden'];
const learned = [
  'the X is broken',
  'repair my X',
  'my X does not work',
  'the X needs fixing',
  'who can mend a X',
  'can you fix the X',
  'X trouble',
  'our old X gave up',
];
const asked = ['please mend the X', 'something is wrong with my X', 'the X stopped working'];
const data: LabelledData = {
  train: things.flatMap((thing) =>
    learned.map((frame) => ({ text: frame.replace('X', thing), intent: `fix_${thing}` })),
  ),
  test: [
    ...things.flatMap((thing) => asked.map((frame) => ({ text: frame.replace('X', thing), intent: `fix_${thing}` }))),
    ...['who won the match', 'blah blah', 'hello?', ''].map((text) => ({ text, intent: null })),
  ],
};

describe('an evaluation', () => {
  it('asks the router that serves calls, and counts what it decided', async () => {
    const { figures, turns, report } = await evaluate(data, { embedder: 'static' });
    expect(turns).toEqual({ inScope: 24, foreign: 4 });
    expect(report).toMatchObject({ calibratedBy: 'examples', intents: 8 });
    expect(Object.keys(figures)).toEqual(['accuracy', 'auroc', 'w97', 'coverage', 'ece', 'latency_ms', 'train_ms']);
    expect(figures.accuracy).toBe(1);
    expect(figures.auroc).toBeGreaterThan(0.9);
    expect(figures.w97.oracle).toBeGreaterThanOrEqual(figures.w97.self_error <= 0.03 ? figures.w97.self : 0);
    expect(figures.coverage[90]).toBeGreaterThanOrEqual(figures.coverage[99]);

    const router = await createRouter(intentsOf(data.train), { embedder: 'static' });
    let taken = 0;
    for (const { text, intent } of data.test) {
      const decision = await router.route(
        {
          text,
          legal: intentsOf(data.train).map(({ id }) => id),
          values: [],
          position: '',
          language: 'en',
          options: { llm: 'never' },
          context: { lastWords: '', slots: [] },
        },
        new AbortController().signal,
      );
      if (intent !== null && decision.kind === 'accept') taken++;
    }
    expect(figures.w97.self).toBeCloseTo(taken / 24, 3);
  });

  it('accepts more when more may be wrong', async () => {
    const strict = await evaluate(data, { embedder: 'static', maxWrong: 0.005 });
    const loose = await evaluate(data, { embedder: 'static', maxWrong: 0.3 });
    expect(loose.figures.w97.self).toBeGreaterThanOrEqual(strict.figures.w97.self);
    expect(loose.report.threshold).toBeLessThan(strict.report.threshold);
  });

  it('knows no AUROC without foreign turns', async () => {
    const test = data.test.filter(({ intent }) => intent !== null);
    const { figures } = await evaluate({ ...data, test }, { embedder: 'none' });
    expect(figures.auroc).toBeNull();
    expect(figures.w97.oracle).toBe(figures.coverage[97]);
  });

  it('lets only the legal intents compete', async () => {
    const router = await createRouter(intentsOf(data.train), { embedder: 'static' });
    const all = { trainMs: 0, intents: things.map((thing) => `fix_${thing}`) };
    const test = [{ text: 'please mend the lamp', intent: 'fix_door' }];
    const free = await evaluateRouter(router, test, all);
    const narrow = await evaluateRouter(router, test, { ...all, legalFor: () => ['fix_door'] });
    expect([free.figures.accuracy, narrow.figures.accuracy]).toEqual([0, 1]);
  });

  it('draws its curve as a picture that stands alone and keeps strange titles harmless', async () => {
    const evaluation = await evaluate(data, { embedder: 'static' });
    const svg = curveSvg(evaluation, 'a <b> & "c".json', 0.03);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^]*<\/svg>\n$/);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).not.toMatch(/<b>|NaN|Infinity|undefined/);
  });

  it('keeps every line of its picture inside, whatever the name, the promise and the data', async () => {
    const evaluation = await evaluate(data, { embedder: 'none', maxWrong: 0.4 });
    const svg = curveSvg(evaluation, `${'very/'.repeat(60)}\u0007long.json`, 0.4);
    const widest = Math.max(...[...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!.length));
    expect(widest).toBeLessThan(100);
    expect(svg).not.toContain('\u0007');
    expect(svg).toContain('long.json');
    // The dashes lie within the frame, and what is worse than the frame shows is clipped.
    const [, dashes] = /y1="([\d.]+)"[^>]*stroke="#b00"/.exec(svg)!;
    expect(Number(dashes)).toBeGreaterThan(76);
    expect(svg).toMatch(/<g clip-path="url\(#frame\)"/);
    const alone = await evaluate({ ...data, test: data.test.filter(({ intent }) => intent !== null) }, { embedder: 'none' }); // prettier-ignore
    expect(curveSvg(alone, 'alone', 0.03)).not.toContain('one turn in ten foreign');
  });

  it('of foreign turns alone says only how many were taken for an intent', async () => {
    const test = ['the lamp is broken', 'who won the match'].map((text) => ({ text, intent: null }));
    const evaluation = await evaluate({ ...data, test }, { embedder: 'none' });
    expect(evaluation.foreignTaken).toBe(0.5);
    expect(evaluation.figures.w97.self_error).toBe(1);
    const told = tellEvaluation(evaluation, 0.03);
    expect(told).toMatch(/foreign turns accepted +50\.0 %/);
    expect(told).not.toMatch(/accuracy|coverage/);
  });
});
