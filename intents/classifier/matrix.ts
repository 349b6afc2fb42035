/** Dense symmetric algebra in Float64, row-major. The same input gives the same bits on every machine. */

const panel = 48;

/**
 * Cholesky factor L of a symmetric positive definite matrix, in place (lower triangle; the upper one is
 * left as it was). Works in panels so that what is read again stays in the cache.
 * @throws when the matrix is not positive definite
 */
export function choleskyInPlace(a: Float64Array, n: number): void {
  const strip = new Float64Array(n * panel);
  for (let k = 0; k < n; k += panel) {
    const width = Math.min(panel, n - k);
    factorPanel(a, n, k, width);
    const next = k + width;
    for (let i = next; i < n; i++) strip.set(a.subarray(i * n + k, i * n + next), i * panel);
    for (let i = next; i < n; i++) {
      let j = next;
      for (; j + 3 <= i; j += 4) subtractFour(a, strip, i, j, n, width);
      for (; j <= i; j++) {
        let sum = 0;
        for (let c = 0; c < width; c++) sum += strip[i * panel + c]! * strip[j * panel + c]!;
        a[i * n + j]! -= sum;
      }
    }
  }
}

function factorPanel(a: Float64Array, n: number, k: number, width: number): void {
  for (let i = k; i < n; i++) {
    const last = Math.min(i, k + width - 1);
    for (let j = k; j <= last; j++) {
      let sum = a[i * n + j]!;
      for (let c = k; c < j; c++) sum -= a[i * n + c]! * a[j * n + c]!;
      if (i === j) {
        if (!(sum > 0)) throw new Error('matrix: not positive definite');
        a[i * n + i] = Math.sqrt(sum);
      } else {
        a[i * n + j] = sum / a[j * n + j]!;
      }
    }
  }
}

function subtractFour(a: Float64Array, strip: Float64Array, i: number, j: number, n: number, width: number): void {
  // Not by destructuring: the sums would be boxed.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const row = i * panel;
  const r0 = j * panel;
  const r1 = r0 + panel;
  const r2 = r1 + panel;
  const r3 = r2 + panel;
  for (let c = 0; c < width; c++) {
    const x = strip[row + c]!;
    s0 += x * strip[r0 + c]!;
    s1 += x * strip[r1 + c]!;
    s2 += x * strip[r2 + c]!;
    s3 += x * strip[r3 + c]!;
  }
  const at = i * n + j;
  a[at]! -= s0;
  a[at + 1]! -= s1;
  a[at + 2]! -= s2;
  a[at + 3]! -= s3;
}

/** The transposed inverse of L: row i holds column i of L⁻¹, from i on; so G = (L Lᵀ)⁻¹ has G_ij = row i · row j. */
export function invertTransposed(l: Float64Array, n: number): Float64Array {
  const u = new Float64Array(n * n);
  for (let first = 0; first < n; first += 4) {
    const end = Math.min(first + 4, n);
    // Where the four columns are not all begun yet: one by one.
    for (let i = first; i < end; i++) {
      u[i * n + i] = 1 / l[i * n + i]!;
      for (let j = first; j < i; j++) u[j * n + i] = -productTo(l, u, n, i, j, j, i) / l[i * n + i]!;
    }
    if (end - first === 4) for (let i = end; i < n; i++) invertFour(l, u, n, first, i);
  }
  return u;
}

/** Row i of L · row j of U, from one place up to another. */
function productTo(
  l: Float64Array,
  u: Float64Array,
  n: number,
  i: number,
  j: number,
  from: number,
  to: number,
): number {
  // prettier-ignore
  let sum = 0;
  for (let k = from; k < to; k++) sum += l[i * n + k]! * u[j * n + k]!;
  return sum;
}

/** Place i of four rows of U at once: what is read of L serves all of them, and no sum waits for another. */
function invertFour(l: Float64Array, u: Float64Array, n: number, first: number, i: number): void {
  const row = i * n;
  const r0 = first * n;
  const r1 = r0 + n;
  const r2 = r1 + n;
  const r3 = r2 + n;
  const all = first + 4;
  let s0 = productTo(l, u, n, i, first, first, all);
  let s1 = productTo(l, u, n, i, first + 1, first + 1, all);
  let s2 = productTo(l, u, n, i, first + 2, first + 2, all);
  let s3 = productTo(l, u, n, i, first + 3, first + 3, all);
  for (let k = all; k < i; k++) {
    const x = l[row + k]!;
    s0 += x * u[r0 + k]!;
    s1 += x * u[r1 + k]!;
    s2 += x * u[r2 + k]!;
    s3 += x * u[r3 + k]!;
  }
  const diagonal = l[row + i]!;
  u[r0 + i] = -s0 / diagonal;
  u[r1 + i] = -s1 / diagonal;
  u[r2 + i] = -s2 / diagonal;
  u[r3 + i] = -s3 / diagonal;
}

/** Uᵀ k, for several k at a time: what is read of the upper triangle U, which no cache holds, serves all of them. */
export function timesTransposed(u: Float64Array, n: number, vectors: readonly Float64Array[]): Float64Array[] {
  const sums = vectors.map(() => new Float64Array(n));
  for (let j = 0; j < n; j += 4) {
    const end = Math.min(j + 4, n);
    for (const [v, vector] of vectors.entries()) {
      const sum = sums[v]!;
      if (end - j === 4) addFourRows(sum, u, n, j, vector);
      else for (let at = j; at < end; at++) addRowOf(sum, u, n, at, vector[at]!, at, n);
    }
  }
  return sums;
}

/** Adds row j of U times `factor`, from one place up to another. */
export function addRowOf(
  sum: Float64Array,
  u: Float64Array,
  n: number,
  j: number,
  factor: number,
  from: number,
  to: number,
): void {
  // prettier-ignore
  for (let i = from; i < to; i++) sum[i]! += factor * u[j * n + i]!;
}

function addFourRows(sum: Float64Array, u: Float64Array, n: number, j: number, factors: Float64Array): void {
  for (let at = j; at < j + 4; at++) addRowOf(sum, u, n, at, factors[at]!, at, j + 4);
  const f0 = factors[j]!;
  const f1 = factors[j + 1]!;
  const f2 = factors[j + 2]!;
  const f3 = factors[j + 3]!;
  const r0 = j * n;
  const r1 = r0 + n;
  const r2 = r1 + n;
  const r3 = r2 + n;
  for (let i = j + 4; i < n; i++) {
    // One after the other, so that the sums have the same bits as row by row.
    let x = sum[i]!;
    x += f0 * u[r0 + i]!;
    x += f1 * u[r1 + i]!;
    x += f2 * u[r2 + i]!;
    x += f3 * u[r3 + i]!;
    sum[i] = x;
  }
}

/** Row i · row j of an upper triangle, from `max(i, j)` on. */
export function rowProduct(u: Float64Array, n: number, i: number, j: number): number {
  let sum = 0;
  for (let k = Math.max(i, j); k < n; k++) sum += u[i * n + k]! * u[j * n + k]!;
  return sum;
}

/** Solves B X = R for a small symmetric positive definite B (m x m); R is m x columns, overwritten with X. */
export function solveInPlace(b: Float64Array, m: number, r: Float64Array, columns: number): void {
  choleskyInPlace(b, m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < i; k++) addRow(r, columns, i, k, -b[i * m + k]!);
    scaleRow(r, columns, i, 1 / b[i * m + i]!);
  }
  for (let i = m - 1; i >= 0; i--) {
    for (let k = i + 1; k < m; k++) addRow(r, columns, i, k, -b[k * m + i]!);
    scaleRow(r, columns, i, 1 / b[i * m + i]!);
  }
}

function addRow(r: Float64Array, columns: number, to: number, from: number, factor: number): void {
  for (let c = 0; c < columns; c++) r[to * columns + c]! += factor * r[from * columns + c]!;
}

function scaleRow(r: Float64Array, columns: number, row: number, factor: number): void {
  for (let c = 0; c < columns; c++) r[row * columns + c]! *= factor;
}
