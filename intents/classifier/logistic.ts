import { solveInPlace } from './matrix.js';

/** Weights over features, the last one being the constant. */
export type LogisticWeights = readonly number[];

export interface LogisticRow {
  features: readonly number[];
  right: boolean;
  weight: number;
}

export function probabilityOf(weights: LogisticWeights, features: readonly number[]): number {
  let sum = weights[features.length]!;
  for (const [i, x] of features.entries()) sum += weights[i]! * x;
  return 1 / (1 + Math.exp(-sum));
}

/**
 * Logistic regression by Newton's method, drawn towards `prior`: with few rows the answer is the prior's,
 * with many it is the rows'. `pull` is how many rows' worth the prior counts, on features of unit spread.
 */
export function fitLogistic(rows: LogisticRow[], prior: LogisticWeights, pull: number): number[] {
  const size = prior.length;
  const weights = [...prior];
  for (let step = 0; step < 30; step++) {
    const hessian = new Float64Array(size * size);
    const gradient = new Float64Array(size);
    for (const { features, right, weight } of rows) {
      const p = probabilityOf(weights, features);
      const curve = weight * Math.max(p * (1 - p), 1e-6);
      const slope = weight * (p - (right ? 1 : 0));
      for (let i = 0; i < size; i++) {
        const x = features[i] ?? 1;
        gradient[i]! += slope * x;
        for (let j = 0; j <= i; j++) hessian[i * size + j]! += curve * x * (features[j] ?? 1);
      }
    }
    for (let i = 0; i < size; i++) {
      gradient[i]! += pull * (weights[i]! - prior[i]!);
      hessian[i * size + i]! += pull + 1e-9;
    }
    solveInPlace(hessian, size, gradient, 1);
    let largest = 0;
    for (let i = 0; i < size; i++) {
      weights[i]! -= gradient[i]!;
      largest = Math.max(largest, Math.abs(gradient[i]!));
    }
    if (largest < 1e-6) break;
  }
  return weights;
}
