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
  const loss = (logTemperature: number): number => {
    const temperature = Math.exp(logTemperature);
    let sum = prior.rows * (logTemperature - Math.log(prior.temperature)) ** 2;
    for (let row = 0; row < labels.length; row++)
      sum -= Math.log(Math.max(shareOf(scores, row * intents, intents, labels[row]!, temperature), 1e-12));
    return sum;
  };
  return Math.exp(goldenSection(loss, Math.log(0.02), Math.log(0.2), 24));
}

/** One intent's part of the softmax of a row that begins at `at`: no list is made, for this runs thousands of times. */
function shareOf(scores: Float64Array, at: number, intents: number, label: number, temperature: number): number {
  let top = -Infinity;
  for (let c = 0; c < intents; c++) top = Math.max(top, scores[at + c]!);
  let sum = 0;
  for (let c = 0; c < intents; c++) sum += Math.exp((scores[at + c]! - top) / temperature);
  return Math.exp((scores[at + label]! - top) / temperature) / sum;
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
