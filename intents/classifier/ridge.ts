import { addRowOf, choleskyInPlace, invertTransposed, rowProduct, solveInPlace, timesTransposed } from './matrix.js';

/** What a left-out row would have scored, had it never been seen: rows x intents. */
export interface LeftOut {
  rows: number[];
  /** rows.length x intents, row-major. */
  scores: Float64Array;
}

/** What maps similarities to scores, once it is fitted. */
export class RidgeHead {
  readonly rows: number;
  readonly intents: number;
  /** Coefficients A = (K + ridge/weight)⁻¹ Y: rows x intents, row-major. */
  readonly coefficients: Float64Array;

  constructor(coefficients: Float64Array, rows: number) {
    this.rows = rows;
    this.intents = rows === 0 ? 0 : coefficients.length / rows;
    this.coefficients = coefficients;
  }

  /** Scores of a new text from its similarities to the rows. */
  scores(similarities: Float64Array): Float64Array {
    const { rows, intents, coefficients } = this;
    const z = new Float64Array(intents);
    for (let i = 0; i < rows; i++) {
      const k = similarities[i]!;
      if (k === 0) continue;
      for (let c = 0; c < intents; c++) z[c]! += k * coefficients[i * intents + c]!;
    }
    return z;
  }
}

/**
 * Kernel ridge: a linear map from similarities to scores of intents, fitted in closed form, so that the
 * scores of left-out rows, examples or whole intents come without training again.
 * Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, §5.4.2 (leave-one-out in closed form).
 */
export class Ridge extends RidgeHead {
  readonly #targets: Float64Array;
  readonly #inverse: Float64Array;

  /**
   * @param kernel symmetric similarities, rows x rows; overwritten
   * @param targets rows x intents
   * @param weights of the rows: a row of weight ½ is believed half as much
   */
  constructor(kernel: Float64Array, targets: Float64Array, weights: Float64Array, ridge: number) {
    const n = weights.length;
    const intents = n === 0 ? 0 : targets.length / n;
    super(new Float64Array(n * intents), n);
    this.#targets = targets;
    for (let i = 0; i < n; i++) kernel[i * n + i]! += ridge / weights[i]!;
    choleskyInPlace(kernel, n);
    const u = invertTransposed(kernel, n);
    this.#inverse = u;
    // A = Uᵀ-side twice: T = L⁻¹ Y, then A = L⁻ᵀ T. Y is nearly empty, so the first is cheap.
    const t = new Float64Array(intents * n);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < intents; c++) {
        const y = targets[i * intents + c]!;
        if (y !== 0) for (let k = i; k < n; k++) t[c * n + k]! += y * u[i * n + k]!;
      }
    }
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < intents; c++) {
        let sum = 0;
        for (let k = i; k < n; k++) sum += u[i * n + k]! * t[c * n + k]!;
        this.coefficients[i * intents + c] = sum;
      }
    }
  }

  /** Scores of the rows of `block`, had the whole block been left out: Y_B − (G_BB)⁻¹ A_B. */
  leaveOut(block: number[]): LeftOut {
    const { intents } = this;
    const scores = this.#partOf(block);
    for (const [a, i] of block.entries()) {
      for (let c = 0; c < intents; c++)
        scores[a * intents + c] = this.#targets[i * intents + c]! - scores[a * intents + c]!;
    }
    return { rows: block, scores };
  }

  /**
   * How other texts would have scored, had a block been left out, for each of a text's blocks:
   * k A − (k G_·B) (G_BB)⁻¹ A_B, where k has nothing of the block.
   * @param texts each with its similarities to the rows; several at a time are quicker
   */
  scoresWithout(texts: readonly { similarities: Float64Array; blocks: readonly number[][] }[]): Float64Array[][] {
    // G = U Uᵀ, so k G_·b = (Uᵀ k) · (row b of U).
    const through = timesTransposed(
      this.#inverse,
      this.rows,
      texts.map(({ similarities }) => similarities),
    );
    return texts.map(({ similarities, blocks }, i) =>
      blocks.map((block) => this.#scoresWithout(similarities, through[i]!, block)),
    );
  }

  #scoresWithout(similarities: Float64Array, through: Float64Array, block: number[]): Float64Array {
    const { intents, rows: n } = this;
    const u = this.#inverse;
    const known = similarities.slice();
    const rest = through.slice();
    for (const i of block) {
      addRowOf(rest, u, n, i, -known[i]!, i, n);
      known[i] = 0;
    }
    const part = this.#partOf(block);
    const scores = this.scores(known);
    for (const [b, i] of block.entries()) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += rest[k]! * u[i * n + k]!;
      for (let c = 0; c < intents; c++) scores[c]! -= sum * part[b * intents + c]!;
    }
    return scores;
  }

  /** (G_BB)⁻¹ A_B: block.length x intents, row-major. */
  #partOf(block: number[]): Float64Array {
    const { intents, rows: n } = this;
    const m = block.length;
    const g = new Float64Array(m * m);
    const r = new Float64Array(m * intents);
    for (const [a, i] of block.entries()) {
      for (const [b, j] of block.entries()) g[a * m + b] = b < a ? g[b * m + a]! : rowProduct(this.#inverse, n, i, j);
      for (let c = 0; c < intents; c++) r[a * intents + c] = this.coefficients[i * intents + c]!;
    }
    solveInPlace(g, m, r, intents);
    return r;
  }
}
