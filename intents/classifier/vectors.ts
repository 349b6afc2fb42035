/** The middle of sentence vectors, and vectors as seen from it: what all texts share says nothing. */
export class Middle {
  readonly mean: Float64Array;

  constructor(mean: Float64Array) {
    this.mean = mean;
  }

  /**
   * @param vectors of the training rows
   * @param background vectors of ordinary talk, whose mean counts as `pull` rows: few examples have no middle of their own
   */
  static of(vectors: Float32Array[], background: Float32Array[], pull: number): Middle {
    const mean = new Float64Array(vectors[0]?.length ?? 0);
    const add = (vector: Float32Array, share: number): void => {
      for (let d = 0; d < mean.length; d++) mean[d]! += share * vector[d]!;
    };
    const backgroundPull = background.length === 0 ? 0 : pull;
    const total = vectors.length + backgroundPull;
    for (const vector of vectors) add(vector, 1 / total);
    for (const vector of background) add(vector, backgroundPull / background.length / total);
    return new Middle(mean);
  }

  /** A unit vector from the middle; zero stays zero. */
  centre(vector: Float32Array): Float32Array {
    const { mean } = this;
    const result = new Float32Array(mean.length);
    if (vector.every((x) => x === 0)) return result;
    let squares = 0;
    for (let d = 0; d < mean.length; d++) {
      const x = vector[d]! - mean[d]!;
      result[d] = x;
      squares += x * x;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let d = 0; d < mean.length; d++) result[d]! *= scale;
    return result;
  }
}

export interface VectorTableState {
  rows: number;
  dimensions: number;
  /** Row after row. */
  table: Float32Array;
}

/** Unit vectors of rows, to compare others with. */
export class VectorTable {
  readonly rows: number;
  readonly dimensions: number;
  readonly #table: Float32Array;

  constructor({ rows, dimensions, table }: VectorTableState) {
    this.rows = rows;
    this.dimensions = dimensions;
    this.#table = table;
  }

  static of(vectors: readonly Float32Array[]): VectorTable {
    const dimensions = vectors[0]?.length ?? 0;
    const table = new Float32Array(vectors.length * dimensions);
    for (const [row, vector] of vectors.entries()) table.set(vector, row * dimensions);
    return new VectorTable({ rows: vectors.length, dimensions, table });
  }

  /** As plain data. */
  get state(): VectorTableState {
    return { rows: this.rows, dimensions: this.dimensions, table: this.#table };
  }

  /** Cosines of a unit vector with every row. */
  cosines(centred: Float32Array): Float64Array {
    const result = new Float64Array(this.rows);
    this.#multiply(centred, 0, result);
    return result;
  }

  /** Cosines of the rows with each other, one list a row: half of them are worked out, the others are the same. */
  cosinesOfRows(): Float64Array[] {
    const { rows } = this;
    const all: Float64Array[] = [];
    for (let row = 0; row < rows; row++) {
      const own = new Float64Array(rows);
      this.#multiply(this.row(row), row, own);
      for (let other = 0; other < row; other++) own[other] = all[other]![row]!;
      all.push(own);
    }
    return all;
  }

  /**
   * Dot products with the rows from `first` on, two rows at a time: what is read of the vector serves both. Each sum
   * is kept in four parts, always the same ones, so that a product has the same bits wherever it is worked out.
   */
  #multiply(centred: Float32Array, first: number, result: Float64Array): void {
    const { rows, dimensions } = this;
    const table = this.#table;
    const vector = Float64Array.from(centred);
    const even = dimensions - (dimensions % 4);
    for (let row = first; row < rows; row += 2) {
      // Beside an odd last row stands itself.
      const isLast = row + 1 === rows;
      let p = row * dimensions;
      let q = isLast ? p : p + dimensions;
      // Not by destructuring: the numbers would be boxed and everything four times slower.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let e = 0;
      let f = 0;
      let g = 0;
      let h = 0;
      let k = 0;
      for (; k < even; k += 4, p += 4, q += 4) {
        const x0 = vector[k]!;
        const x1 = vector[k + 1]!;
        const x2 = vector[k + 2]!;
        const x3 = vector[k + 3]!;
        a += x0 * table[p]!;
        b += x1 * table[p + 1]!;
        c += x2 * table[p + 2]!;
        d += x3 * table[p + 3]!;
        e += x0 * table[q]!;
        f += x1 * table[q + 1]!;
        g += x2 * table[q + 2]!;
        h += x3 * table[q + 3]!;
      }
      for (; k < dimensions; k++, p++, q++) {
        a += vector[k]! * table[p]!;
        e += vector[k]! * table[q]!;
      }
      result[row] = a + b + c + d;
      if (!isLast) result[row + 1] = e + f + g + h;
    }
  }

  /** The vector of a row. */
  row(row: number): Float32Array {
    return this.#table.subarray(row * this.dimensions, (row + 1) * this.dimensions);
  }
}
