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
    for (let i = first; i < n; i++) {
      const diagonal = l[i * n + i]!;
      for (let j = first; j < end && j <= i; j++) {
        if (j === i) {
          u[j * n + i] = 1 / diagonal;
          continue;
        }
        let sum = 0;
        for (let k = j; k < i; k++) sum += l[i * n + k]! * u[j * n + k]!;
        u[j * n + i] = -sum / diagonal;
      }
    }
  }
  return u;
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
