/** One turn as the router answered it. */
export interface Answer {
  /** How sure the router was, 0 to 1. */
  score: number;
  /** Its first candidate was the right intent; never true for a foreign turn. */
  right: boolean;
  foreign: boolean;
  /** What the turn counts. */
  weight: number;
}

/** A point of the curve: all answers at least so sure are accepted. */
export interface CurvePoint {
  threshold: number;
  /** Share of the in-scope turns that are accepted. */
  coverage: number;
  /** Share of the accepted turns, foreign ones among them, that are wrong. */
  wrong: number;
}

/** Turns that no intent is for, as a share of all: so the figures of the goals are defined. */
export const foreignShare = 0.1;

/**
 * Weights that make foreign turns one in ten, whatever their share in the data. In-scope turns count 1.
 * Without foreign turns nothing can be added, and what comes out says nothing of them; without others they count as they are.
 */
export function foreignWeight(inScope: number, foreign: number): number {
  if (foreign === 0 || inScope === 0) return foreign === 0 ? 0 : 1;
  return (inScope * foreignShare) / (1 - foreignShare) / foreign;
}

/** The curve of all thresholds, the strictest first; equal scores are accepted together. */
export function riskCoverage(answers: readonly Answer[]): CurvePoint[] {
  const sorted = [...answers].sort((a, b) => b.score - a.score);
  const all = sorted.reduce((sum, { foreign, weight }) => sum + (foreign ? 0 : weight), 0);
  const points: CurvePoint[] = [];
  let [total, wrong, inScope] = [0, 0, 0];
  for (const [i, { score, right, foreign, weight }] of sorted.entries()) {
    total += weight;
    if (!right) wrong += weight;
    if (!foreign) inScope += weight;
    if (sorted[i + 1]?.score === score) continue;
    points.push({ threshold: score, coverage: all === 0 ? 0 : inScope / all, wrong: total === 0 ? 0 : wrong / total });
  }
  return points;
}

/** The largest coverage at which at most `maxWrong` of the accepted are wrong: the best threshold, known only afterwards. */
export function coverageAt(points: readonly CurvePoint[], maxWrong: number): number {
  // 0.03 of a hundred is 3: rounding must not make it 2.
  return points.reduce((best, point) => (point.wrong <= maxWrong + 1e-12 ? Math.max(best, point.coverage) : best), 0);
}

/** Coverage and error of what was accepted. No error when nothing was. */
export function accepted(answers: readonly (Answer & { accepted: boolean })[]): { coverage: number; wrong: number } {
  let [total, wrong, inScope, all] = [0, 0, 0, 0];
  for (const answer of answers) {
    if (!answer.foreign) all += answer.weight;
    if (!answer.accepted) continue;
    total += answer.weight;
    if (!answer.right) wrong += answer.weight;
    if (!answer.foreign) inScope += answer.weight;
  }
  return { coverage: all === 0 ? 0 : inScope / all, wrong: total === 0 ? 0 : wrong / total };
}

/**
 * How well a score tells in-scope from foreign turns: the chance that one of the first has the higher score, ties
 * half. Undefined when one kind is missing. Hanley & McNeil 1982, Radiology 143.
 */
export function auroc(inScope: readonly number[], foreign: readonly number[]): number | undefined {
  if (inScope.length === 0 || foreign.length === 0) return undefined;
  const all = [
    ...inScope.map((score) => ({ score, own: true })),
    ...foreign.map((score) => ({ score, own: false })),
  ].sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    while (end < all.length && all[end]!.score === all[start]!.score) end++;
    for (let i = start; i < end; i++) if (all[i]!.own) ranks += (start + 1 + end) / 2;
    start = end;
  }
  return (ranks - (inScope.length * (inScope.length + 1)) / 2) / (inScope.length * foreign.length);
}

/** Expected calibration error, fifteen bins of equal width: how far probabilities are from how often they hold. Guo et al. 2017, arXiv 1706.04599. */
export function calibrationError(answers: readonly Answer[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ weight: 0, sure: 0, right: 0 }));
  let all = 0;
  for (const { score, right, weight } of answers) {
    const bin = sums[Math.min(bins - 1, Math.floor(score * bins))]!;
    bin.weight += weight;
    bin.sure += score * weight;
    if (right) bin.right += weight;
    all += weight;
  }
  return all === 0 ? 0 : sums.reduce((sum, { sure, right }) => sum + Math.abs(sure - right), 0) / all;
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
