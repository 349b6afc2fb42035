/** Sentence vectors of the rows, seen from their own middle: what all texts share says nothing. */
export class VectorView {
  readonly rows: number;
  readonly dimensions: number;
  readonly #mean: Float64Array;
  readonly #table: Float32Array;

  /**
   * @param vectors of the training rows
   * @param background vectors of ordinary talk, whose mean counts as `pull` rows: few examples have no middle of their own
   */
  constructor(vectors: Float32Array[], background: Float32Array[], pull: number) {
    this.rows = vectors.length;
    this.dimensions = vectors[0]?.length ?? 0;
    this.#mean = new Float64Array(this.dimensions);
    const add = (vector: Float32Array, share: number): void => {
      for (let d = 0; d < this.dimensions; d++) this.#mean[d]! += share * vector[d]!;
    };
    const backgroundPull = background.length === 0 ? 0 : pull;
    const total = vectors.length + backgroundPull;
    for (const vector of vectors) add(vector, 1 / total);
    for (const vector of background) add(vector, backgroundPull / background.length / total);
    this.#table = new Float32Array(this.rows * this.dimensions);
    for (const [row, vector] of vectors.entries()) this.#table.set(this.centre(vector), row * this.dimensions);
  }

  /** A unit vector from the middle; zero stays zero. */
  centre(vector: Float32Array): Float32Array {
    const result = new Float32Array(this.dimensions);
    if (vector.every((x) => x === 0)) return result;
    let squares = 0;
    for (let d = 0; d < this.dimensions; d++) {
      const x = vector[d]! - this.#mean[d]!;
      result[d] = x;
      squares += x * x;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let d = 0; d < this.dimensions; d++) result[d]! *= scale;
    return result;
  }

  /** Cosines of a centred vector with every row. */
  cosines(centred: Float32Array): Float64Array {
    const { rows, dimensions } = this;
    const table = this.#table;
    const result = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const at = row * dimensions;
      let [a, b, c, d] = [0, 0, 0, 0];
      let k = 0;
      for (; k + 3 < dimensions; k += 4) {
        a += centred[k]! * table[at + k]!;
        b += centred[k + 1]! * table[at + k + 1]!;
        c += centred[k + 2]! * table[at + k + 2]!;
        d += centred[k + 3]! * table[at + k + 3]!;
      }
      for (; k < dimensions; k++) a += centred[k]! * table[at + k]!;
      result[row] = a + b + c + d;
    }
    return result;
  }

  /** The centred vector of a training row. */
  row(row: number): Float32Array {
    return this.#table.subarray(row * this.dimensions, (row + 1) * this.dimensions);
  }
}
