/** Softmax of `scores` over `among`, at a temperature; in the order of `among`. */
export function softmax(scores: ArrayLike<number>, among: readonly number[], temperature: number): number[] {
  let top = -Infinity;
  for (const c of among) top = Math.max(top, scores[c]!);
  const powers = among.map((c) => Math.exp((scores[c]! - top) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Where small agents lie; the fit is drawn towards it as by this many examples. */
const prior = { temperature: 0.055, rows: 60 };

/**
 * The temperature that makes left-out scores the best probabilities (least log-loss), by golden section
 * over log T in 0.02 to 0.2; few rows stay near the prior.
 * @param scores rows x intents
 * @param labels the right intent of each row
 */
export function fitTemperature(scores: Float64Array, labels: number[], intents: number): number {
  const all = Array.from({ length: intents }, (_, c) => c);
  const loss = (logTemperature: number): number => {
    let sum = prior.rows * (logTemperature - Math.log(prior.temperature)) ** 2;
    for (const [row, label] of labels.entries()) {
      const p = softmax(scores.subarray(row * intents, (row + 1) * intents), all, Math.exp(logTemperature));
      sum -= Math.log(Math.max(p[label]!, 1e-12));
    }
    return sum;
  };
  return Math.exp(goldenSection(loss, Math.log(0.02), Math.log(0.2), 24));
}

/** The least of a one-valleyed function between two ends. */
export function goldenSection(f: (x: number) => number, low: number, high: number, steps: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [x1, x2] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [f1, f2] = [f(x1), f(x2)];
  for (let i = 0; i < steps; i++) {
    if (f1 < f2) {
      [b, x2, f2] = [x2, x1, f1];
      x1 = b - ratio * (b - a);
      f1 = f(x1);
    } else {
      [a, x1, f1] = [x1, x2, f2];
      x2 = a + ratio * (b - a);
      f2 = f(x2);
    }
  }
  return (a + b) / 2;
}
