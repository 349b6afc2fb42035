import type { LexicalVector } from './lexical-view.js';

/** One text as the regression reads it: n-grams and a centred sentence vector, both of length 1. */
export interface RegressionInput {
  lexical: Pick<LexicalVector, 'ids' | 'weights'>;
  vector?: Float32Array;
}

export interface RegressionRow extends RegressionInput {
  intent: number;
  weight: number;
}

/** How often every row is seen, and how large the first step is; steps grow smaller down to nothing. */
export interface Schedule {
  epochs: number;
  firstRate: number;
}

/** A regression as plain data. */
export interface RegressionState {
  intents: number;
  /** Feature-major, so that one feature's weights of all intents lie side by side. */
  grams: Float32Array;
  dense: Float32Array;
  constant: Float32Array;
}

/** A class whose share of a row is off by less is not touched: most of the work is in such classes. */
const smallestSlope = 1e-3;

/**
 * Softmax regression over n-grams and sentence vectors, fitted by stochastic steps that grow smaller: for training
 * sets whose kernel would not fit into memory. The order of the rows is shuffled, always in the same way.
 */
export class SoftmaxRegression {
  readonly intents: number;
  readonly #grams: Float32Array;
  readonly #dense: Float32Array;
  readonly #constant: Float32Array;

  constructor({ intents, grams, dense, constant }: RegressionState) {
    this.intents = intents;
    this.#grams = grams;
    this.#dense = dense;
    this.#constant = constant;
  }

  /**
   * One that knows nothing.
   * @param grams how many n-grams have a place
   * @param dimensions of the sentence vectors; 0 without
   */
  static empty(intents: number, grams: number, dimensions: number): SoftmaxRegression {
    return new SoftmaxRegression({
      intents,
      grams: new Float32Array(grams * intents),
      dense: new Float32Array(dimensions * intents),
      constant: new Float32Array(intents),
    });
  }

  get state(): RegressionState {
    return { intents: this.intents, grams: this.#grams, dense: this.#dense, constant: this.#constant };
  }

  /**
   * Goes on from what is known. Lets the event loop breathe between slices of rows, and says how far it is.
   */
  async fit(
    rows: readonly RegressionRow[],
    { epochs, firstRate }: Schedule,
    onProgress?: (done: number, of: number) => void,
  ): Promise<void> {
    const order = Int32Array.from(rows.keys());
    const steps = epochs * rows.length;
    const slopes = new Float64Array(this.intents);
    let state = 7;
    for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
      for (let i = order.length - 1; i > 0; i--) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const j = Math.floor((state / 2 ** 32) * (i + 1));
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      for (const at of order) {
        if (step % 512 === 0) {
          onProgress?.(step, steps);
          await new Promise(setImmediate);
        }
        this.#learn(rows[at]!, firstRate * (1 - step / steps), slopes);
        step++;
      }
    }
  }

  /** Log-odds of the intents, around 0 for a text that says nothing. */
  scores({ lexical, vector }: RegressionInput): Float64Array {
    const { intents } = this;
    const z = Float64Array.from(this.#constant);
    const { ids, weights } = lexical;
    for (let i = 0; i < ids.length; i++) {
      const x = weights[i]!;
      let at = ids[i]! * intents;
      for (let c = 0; c < intents; c++) z[c]! += x * this.#grams[at++]!;
    }
    for (let d = 0, at = 0; vector && d < vector.length; d++) {
      const x = vector[d]!;
      for (let c = 0; c < intents; c++) z[c]! += x * this.#dense[at++]!;
    }
    return z;
  }

  #learn(row: RegressionRow, rate: number, slopes: Float64Array): void {
    const { intents } = this;
    const z = this.scores(row);
    let top = -Infinity;
    for (let c = 0; c < intents; c++) top = Math.max(top, z[c]!);
    let sum = 0;
    for (let c = 0; c < intents; c++) sum += slopes[c] = Math.exp(z[c]! - top);
    const touched: number[] = [];
    for (let c = 0; c < intents; c++) {
      slopes[c] = (slopes[c]! / sum - (c === row.intent ? 1 : 0)) * rate * row.weight;
      if (Math.abs(slopes[c]!) > smallestSlope * rate) touched.push(c);
    }
    const { ids, weights } = row.lexical;
    for (const c of touched) {
      const slope = slopes[c]!;
      this.#constant[c]! -= slope * 0.1;
      for (let i = 0; i < ids.length; i++) this.#grams[ids[i]! * intents + c]! -= slope * weights[i]!;
      const { vector } = row;
      if (vector) for (let d = 0; d < vector.length; d++) this.#dense[d * intents + c]! -= slope * vector[d]!;
    }
  }
}
