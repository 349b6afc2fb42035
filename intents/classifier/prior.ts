import type { LogisticWeights } from './logistic.js';

/** What a classifier knows before it has seen an agent: fitted on many small agents drawn from public sets. */
export interface Prior {
  /** Is the most probable legal intent the right one? Weights over `featureNames`, then the constant. */
  answer: LogisticWeights;
  /** Is any legal intent the right one? */
  scope: LogisticWeights;
  /** Threshold on `answer` for each promised share of wrong answers, ascending. */
  thresholds: { maxWrong: number; threshold: number }[];
}

/** By the kind of evidence: n-grams alone, with the static model, with a sentence encoder. */
export type PriorKind = 'lexical' | 'static' | 'sentence';

/** The threshold for a promise, between the table's points in a straight line. */
export function priorThreshold({ thresholds }: Prior, maxWrong: number): number {
  const next = thresholds.findIndex((point) => point.maxWrong >= maxWrong);
  if (next === -1) return thresholds.at(-1)!.threshold;
  if (next === 0) return thresholds[0]!.threshold;
  const [a, b] = [thresholds[next - 1]!, thresholds[next]!];
  return a.threshold + ((maxWrong - a.maxWrong) / (b.maxWrong - a.maxWrong)) * (b.threshold - a.threshold);
}
