/** One left-out answer: how sure the combiner was, whether it was right, and how much it counts. */
export interface Judged {
  probability: number;
  right: boolean;
  weight: number;
}

/**
 * Upper end of Wilson's interval for a share, `z` standard deviations out: what few rows can honestly
 * promise. Wilson 1927, J. Am. Stat. Assoc. 22.
 */
export function wilsonUpper(wrong: number, total: number, z = 1): number {
  if (total <= 0) return 1;
  const share = wrong / total;
  const centre = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return (centre + spread) / (1 + (z * z) / total);
}

/**
 * The lowest threshold whose accepted answers are wrong at most `maxWrong` of the time (Wilson's upper
 * bound, `z` standard deviations out), and what is to be expected there. Undefined when no threshold can promise it.
 * @param counted how much the wrong answers are believed as they were counted, 0 to 1; the rest as their probabilities
 * foretell. Of few answers hardly one is wrong, and whether it is the tenth or the fifty-first is chance
 */
export function chooseThreshold(
  judged: Judged[],
  maxWrong: number,
  z = 1,
  counted = 1,
): { threshold: number; accepted: number; wrong: number } | undefined {
  const sorted = [...judged].sort((a, b) => b.probability - a.probability);
  const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let [total, wrong] = [0, 0];
  let best: { threshold: number; accepted: number; wrong: number } | undefined;
  for (const [index, { probability, right, weight }] of sorted.entries()) {
    total += weight;
    wrong += weight * (counted * (right ? 0 : 1) + (1 - counted) * (1 - probability));
    // Equal probabilities are accepted together or not at all.
    if (sorted[index + 1]?.probability === probability) continue;
    if (wilsonUpper(wrong, total, z) <= maxWrong)
      best = { threshold: probability, accepted: total / all, wrong: wrong / total };
  }
  return best;
}
