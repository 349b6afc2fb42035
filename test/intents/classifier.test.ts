import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choleskyInPlace,
  invertTransposed,
  rowProduct,
  solveInPlace,
  timesTransposed,
} from '../../intents/classifier/matrix.js';
import { Ridge } from '../../intents/classifier/ridge.js';
import { fitLogistic, probabilityOf } from '../../intents/classifier/logistic.js';
import { chooseThreshold, wilsonUpper } from '../../intents/classifier/threshold.js';
import { withPlaceholders } from '../../intents/classifier/placeholders.js';
import { wordsOf } from '../../intents/classifier/words.js';
import { LexicalView, Postings } from '../../intents/classifier/lexical-view.js';
import { fitTemperature, goldenSection } from '../../intents/classifier/temperature.js';

/** A symmetric positive definite matrix, the same every time. */
function definite(n: number): Float64Array {
  const half = Float64Array.from({ length: n * n }, (_, i) => Math.sin(i * 12.9898) * 0.5);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j]! += half[i * n + k]! * half[j * n + k]!;
      if (i === j) a[i * n + j]! += 1;
    }
  }
  return a;
}

describe('the algebra', () => {
  it.each([1, 2, 5, 47, 48, 49, 101])('inverts a matrix of %i rows across panel borders', (n) => {
    const a = definite(n);
    const l = a.slice();
    choleskyInPlace(l, n);
    const u = invertTransposed(l, n);
    let largest = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += a[i * n + k]! * rowProduct(u, n, k, j);
        largest = Math.max(largest, Math.abs(product - (i === j ? 1 : 0)));
      }
    }
    expect(largest).toBeLessThan(1e-9);
  });

  it.each([1, 4, 6, 51])('gives the same bits for %i rows, four at a time and several texts together', (n) => {
    const l = definite(n);
    choleskyInPlace(l, n);
    const u = invertTransposed(l, n);
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let sum = 0;
        for (let k = j; k < i; k++) sum += l[i * n + k]! * u[j * n + k]!;
        expect(u[j * n + i]).toBe(i === j ? 1 / l[i * n + i]! : -sum / l[i * n + i]!);
      }
    }
    const vectors = [Math.cos, Math.sin].map((f) => Float64Array.from({ length: n }, (_, i) => f(i + 1)));
    const products = timesTransposed(u, n, vectors);
    for (const [v, vector] of vectors.entries()) {
      const sums = new Float64Array(n);
      for (let j = 0; j < n; j++) for (let i = j; i < n; i++) sums[i]! += vector[j]! * u[j * n + i]!;
      expect(products[v]).toEqual(sums);
    }
  });

  it('solves for several right-hand sides', () => {
    const a = definite(6);
    const x = Float64Array.from({ length: 12 }, (_, i) => i - 5);
    const r = new Float64Array(12);
    for (let i = 0; i < 6; i++)
      for (let c = 0; c < 2; c++) for (let k = 0; k < 6; k++) r[i * 2 + c]! += a[i * 6 + k]! * x[k * 2 + c]!;
    solveInPlace(a, 6, r, 2);
    for (const [i, value] of r.entries()) expect(value).toBeCloseTo(x[i]!, 9);
  });

  it('says so when a matrix is not positive definite', () => {
    expect(() => choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toThrow('not positive definite');
  });
});

describe('kernel ridge', () => {
  it('scores left-out rows as if it had been trained without them', () => {
    const n = 9;
    const kernel = definite(n);
    const targets = new Float64Array(n * 3);
    for (let i = 0; i < n; i++) targets[i * 3 + (i % 3)] = 1;
    const weights = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : 0.5));
    const full = new Ridge(kernel.slice(), targets, weights, 0.3);
    const block = [1, 4, 5];
    const kept = [0, 2, 3, 6, 7, 8];
    const pick = (rows: number[], columns: number[]): Float64Array =>
      Float64Array.from(rows.flatMap((i) => columns.map((j) => kernel[i * n + j]!)));
    const smaller = new Ridge(
      pick(kept, kept),
      Float64Array.from(kept.flatMap((i) => [0, 1, 2].map((c) => targets[i * 3 + c]!))),
      Float64Array.from(kept, (i) => weights[i]!),
      0.3,
    );
    const { scores } = full.leaveOut(block);
    for (const [at, i] of block.entries()) {
      const expected = smaller.scores(pick([i], kept));
      for (let c = 0; c < 3; c++) expect(scores[at * 3 + c]).toBeCloseTo(expected[c]!, 9);
    }
    // A text that was never a row, by the same closed form.
    const similarities = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
    const [[without, whole] = [], [again] = []] = full.scoresWithout([
      { similarities, blocks: [block, []] },
      { similarities, blocks: [block] },
    ]);
    expect(again).toEqual(without);
    const expected = smaller.scores(Float64Array.from(kept, (i) => similarities[i]!));
    const all = full.scores(similarities);
    for (let c = 0; c < 3; c++) {
      expect(without![c]).toBeCloseTo(expected[c]!, 9);
      expect(whole![c]).toBeCloseTo(all[c]!, 9);
    }
  });
});

describe('calibration', () => {
  it('finds the weights that made the answers, and stays with the prior when there are none', () => {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const x = (i % 20) / 10 - 1;
      return { features: [x], right: 1 / (1 + Math.exp(-(3 * x + 0.5))) > ((i * 7919) % 400) / 400, weight: 1 };
    });
    const weights = fitLogistic(rows, [0, 0], 0.01);
    expect(probabilityOf(weights, [1])).toBeGreaterThan(0.9);
    expect(probabilityOf(weights, [-1])).toBeLessThan(0.15);
    expect(fitLogistic([], [1.5, -2], 8)).toEqual([1.5, -2]);
  });

  it('finds the weights also where the prior is very sure and wrong', () => {
    const rows = Array.from({ length: 1500 }, (_, i) => {
      const x = (i % 100) / 50 - 1;
      const y = ((i * 7919) % 1500) / 750 - 1;
      return { features: [x, y, 1 + 0.1 * y], right: x + 0.3 * y > 0.2, weight: i % 3 === 0 ? 1 : 0.1 };
    });
    const prior = [-30, 40, 30, -60];
    const weights = fitLogistic(rows, prior, 1);
    // Nothing is to be gained in any direction any more.
    for (const [i, weight] of weights.entries()) {
      const slope = rows.reduce(
        (sum, row) =>
          sum + row.weight * (probabilityOf(weights, row.features) - (row.right ? 1 : 0)) * (row.features[i] ?? 1),
        weight - prior[i]!,
      );
      expect(Math.abs(slope)).toBeLessThan(0.01);
    }
  });

  it('promises less from fewer rows', () => {
    expect(wilsonUpper(0, 10)).toBeCloseTo(1 / 11, 9);
    expect(wilsonUpper(0, 1000)).toBeLessThan(0.002);
    const judged = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ probability: 1 - i / n, right: i % 50 !== 49, weight: 1 }));
    expect(chooseThreshold(judged(20), 0.03)).toBeUndefined();
    expect(chooseThreshold(judged(2000), 0.03)!.accepted).toBeGreaterThan(0.9);
  });

  it('foretells the wrong ones of few answers by their probabilities, and counts those of many', () => {
    const judged = Array.from({ length: 20 }, (_, i) => ({ probability: 0.99 - i / 50, right: i !== 0, weight: 1 }));
    // Counted, the first one is wrong and a run of it cannot promise 10 %; foretold, the surest are sure.
    expect(chooseThreshold(judged, 0.1, 0, 1)!.accepted).toBe(1);
    expect(chooseThreshold(judged, 0.1, 0, 0)!.accepted).toBeCloseTo(0.5, 9);
    expect(chooseThreshold(judged, 0.1, 0, 0)!.wrong).toBeLessThanOrEqual(0.1);
  });

  it('accepts equal probabilities together or not at all', () => {
    const rows = [
      ...Array.from({ length: 100 }, () => ({ probability: 0.9, right: true, weight: 1 })),
      ...Array.from({ length: 30 }, (_, i) => ({ probability: 0.5, right: i < 15, weight: 1 })),
    ];
    expect(chooseThreshold(rows, 0.05)).toMatchObject({ threshold: 0.9, wrong: 0 });
  });

  it('finds a low temperature for scores that are right and a high one for scores that are not', () => {
    const rows = 200;
    const clear = Float64Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? 0.9 : 0.1));
    const labels = new Array<number>(rows).fill(0);
    const torn = labels.map((_, i) => (i % 3 === 0 ? 1 : 0));
    expect(fitTemperature(clear, labels, 2)).toBeLessThan(fitTemperature(clear, torn, 2));
    expect(goldenSection((x) => (x - 2) ** 2, 0, 5, 40)).toBeCloseTo(2, 4);
  });
});

describe('the views', () => {
  it('reads words whatever the case, accents, apostrophes and punctuation', () => {
    expect(wordsOf("What's the CAFÉ’s   time?!")).toEqual(['whats', 'the', 'cafes', 'time']);
    expect(wordsOf('send <money> to <name>')).toEqual(['send', '<money>', 'to', '<name>']);
    expect(wordsOf('\u0000\u0007 ... 😀')).toEqual([]);
  });

  it('never throws and never grows without bound', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(wordsOf(text.repeat(20)).join('').length).toBeLessThan(10_000);
      }),
    );
  });

  it('counts unknown grams in the length, so that a text of unknown words is near nothing', () => {
    const view = new LexicalView(['book a hotel', 'rent a car']);
    const vectors = ['book a hotel', 'rent a car'].map((text) => view.vector(text));
    const postings = Postings.of(vectors, view.size);
    expect(postings.similarities(view.vector('book a hotel'))[0]).toBeCloseTo(1, 5);
    expect(postings.similarities(view.vector('book a hotel zzyzx quux frobnicate'))[0]).toBeLessThan(0.8);
    expect(postings.similarities(view.vector('zzyzx'))).toEqual(Float64Array.of(0, 0));
  });

  it('replaces values by their types, the longer of two that overlap', () => {
    const values = [
      { start: 5, end: 17, type: 'money' },
      { start: 5, end: 11, type: 'integer' },
      { start: 21, end: 26, type: 'name' },
      { start: 90, end: 99, type: 'date' },
    ];
    expect(withPlaceholders('send thirty euros to Mateo', values)).toBe('send <money> to <name>');
    expect(withPlaceholders('send money', [])).toBeUndefined();
  });
});
