import type { LogisticWeights } from './logistic.js';

/** What a classifier knows before it has seen an agent: fitted on many small agents drawn from public sets. */
export interface Prior {
  /** Is the most probable legal intent the right one? Weights over `featureNames`, then the constant. */
  answer: LogisticWeights;
  /** Is any legal intent the right one? */
  scope: LogisticWeights;
  /** Threshold on `answer` for each promised share of wrong answers, ascending. */
  thresholds: { maxWrong: number; threshold: number }[];
  /** The share of turns that such agents decided at these thresholds, ascending. */
  usual: { maxWrong: number; accepted: number }[];
}

/** By the kind of evidence: n-grams alone, with the static model, with a sentence encoder. */
export type PriorKind = 'lexical' | 'static' | 'sentence';

/** The threshold for a promise, between the table's points in a straight line. */
export function priorThreshold({ thresholds }: Prior, maxWrong: number): number {
  return between(
    thresholds.map((point) => [point.maxWrong, point.threshold]),
    maxWrong,
  );
}

/** The share of turns that agents like those of the fit decide for a promise. */
export function usuallyAccepted({ usual }: Prior, maxWrong: number): number {
  return between(
    usual.map((point) => [point.maxWrong, point.accepted]),
    maxWrong,
  );
}

/** A straight line from point to point; level outside of them. */
function between(points: readonly (readonly [number, number])[], x: number): number {
  const next = points.findIndex(([at]) => at >= x);
  if (next === -1) return points.at(-1)![1];
  if (next === 0) return points[0]![1];
  const [[x1, y1], [x2, y2]] = [points[next - 1]!, points[next]!];
  return y1 + ((x - x1) / (x2 - x1)) * (y2 - y1);
}
