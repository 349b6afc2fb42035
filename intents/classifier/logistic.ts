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
 * A step that would make the fit worse is shortened: full ones run away where the prior is sure and wrong.
 */
export function fitLogistic(rows: LogisticRow[], prior: LogisticWeights, pull: number): number[] {
  const size = prior.length;
  let weights = Float64Array.from(prior);
  // One flat table, the constant's 1 at the end of each row.
  const table = new Float64Array(rows.length * size).fill(1);
  for (const [row, { features }] of rows.entries()) table.set(features.slice(0, size - 1), row * size);
  const hessian = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  const sumOf = (row: number, of: Float64Array): number => {
    let sum = 0;
    for (let i = 0, at = row * size; i < size; i++) sum += of[i]! * table[at + i]!;
    return sum;
  };
  const lossOf = (of: Float64Array): number => {
    let loss = 0;
    for (let i = 0; i < size; i++) loss += (pull / 2) * (of[i]! - prior[i]!) ** 2;
    for (let row = 0; row < rows.length; row++) {
      const sum = rows[row]!.right ? -sumOf(row, of) : sumOf(row, of);
      loss += rows[row]!.weight * (Math.max(sum, 0) + Math.log1p(Math.exp(-Math.abs(sum))));
    }
    return loss;
  };
  let loss = lossOf(weights);
  for (let step = 0; step < 50; step++) {
    hessian.fill(0);
    gradient.fill(0);
    for (let row = 0; row < rows.length; row++) {
      const { right, weight } = rows[row]!;
      const at = row * size;
      const p = 1 / (1 + Math.exp(-sumOf(row, weights)));
      const curve = weight * Math.max(p * (1 - p), 1e-6);
      const slope = weight * (p - (right ? 1 : 0));
      for (let i = 0; i < size; i++) {
        const x = table[at + i]!;
        gradient[i]! += slope * x;
        for (let j = 0; j <= i; j++) hessian[i * size + j]! += curve * x * table[at + j]!;
      }
    }
    for (let i = 0; i < size; i++) {
      gradient[i]! += pull * (weights[i]! - prior[i]!);
      hessian[i * size + i]! += pull + 1e-9;
    }
    solveInPlace(hessian, size, gradient, 1);
    let share = 1;
    let next = weights;
    let nextLoss = Infinity;
    for (; share > 1e-6; share /= 2) {
      next = weights.map((weight, i) => weight - share * gradient[i]!);
      nextLoss = lossOf(next);
      if (nextLoss <= loss) break;
    }
    if (!(nextLoss <= loss)) break;
    const gained = loss - nextLoss;
    weights = next;
    loss = nextLoss;
    if (gained < 1e-7) break;
  }
  return [...weights];
}
