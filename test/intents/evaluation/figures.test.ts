import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  auroc,
  calibrationError,
  coverageAt,
  foreignWeight,
  quantile,
  riskCoverage,
  type Answer,
} from '../../../intents/evaluation/figures.js';

const own = (score: number, right: boolean): Answer => ({ score, right, foreign: false, weight: 1 });
const foreign = (score: number, weight: number): Answer => ({ score, right: false, foreign: true, weight });

describe('the figures', () => {
  it('counts foreign turns as one in ten whatever their share in the data', () => {
    expect(foreignWeight(900, 100)).toBeCloseTo(1);
    expect(foreignWeight(90, 1000)).toBeCloseTo(0.01);
    expect(foreignWeight(90, 0)).toBe(0);
  });

  it('finds the largest coverage at which few enough of the accepted are wrong', () => {
    // Right, right, wrong, then 97 right: at the very end one of a hundred is wrong.
    const answers = [own(0.99, true), own(0.98, true), own(0.97, false)];
    for (let i = 0; i < 97; i++) answers.push(own(0.9 - i / 1000, true));
    const points = riskCoverage(answers);
    expect(coverageAt(points, 0.01)).toBe(1);
    expect(coverageAt(points, 0.005)).toBeCloseTo(0.02);
    expect(coverageAt(riskCoverage([own(0.9, false)]), 0.03)).toBe(0);
  });

  it('counts an accepted foreign turn as wrong, and not as covered', () => {
    const points = riskCoverage([own(0.9, true), foreign(0.8, 1), own(0.7, true)]);
    expect(points.map(({ coverage, wrong }) => [coverage, wrong])).toEqual([
      [0.5, 0],
      [0.5, 0.5],
      [1, 1 / 3],
    ]);
  });

  it('accepts equal scores together or not at all', () => {
    expect(riskCoverage([own(0.5, true), own(0.5, false)])).toEqual([{ threshold: 0.5, coverage: 1, wrong: 0.5 }]);
  });

  it('counts what was accepted by the threshold that the router chose', () => {
    const answers = [own(0.9, true), own(0.8, false), own(0.4, true), foreign(0.85, 0.5)];
    const taken = answers.map((answer) => ({ ...answer, accepted: answer.score > 0.5 }));
    expect(accepted(taken)).toEqual({ coverage: 2 / 3, wrong: 1.5 / 2.5 });
    expect(accepted([])).toEqual({ coverage: 0, wrong: 0 });
  });

  it('gives ties half in the AUROC, and the same as counting all pairs', () => {
    expect(auroc([0.9, 0.8], [0.1])).toBe(1);
    expect(auroc([0.5], [0.5])).toBe(0.5);
    expect(auroc([0.5], [])).toBeUndefined();
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const pairs = a.flatMap((x) => b.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)) as number[]);
        expect(auroc(a, b)).toBeCloseTo(pairs.reduce((sum, x) => sum + x, 0) / pairs.length, 9);
      }),
    );
  });

  it('measures how far probabilities are from how often they hold', () => {
    const honest = Array.from({ length: 10 }, (_, i) => own(0.7, i < 7));
    expect(calibrationError(honest)).toBeCloseTo(0, 9);
    expect(calibrationError([own(1, false)])).toBe(1);
  });

  it('takes quantiles of what was measured', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([1], 0.99)).toBe(1);
    expect(quantile([], 0.5)).toBe(0);
  });
});
