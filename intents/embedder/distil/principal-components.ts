/** The directions in which vectors differ most, and vectors as seen along them from their mean. */
export interface Components {
  project(vector: Float32Array): Float32Array;
}

const rounds = 40;

/**
 * The first `count` principal components, by orthogonal iteration on the covariance. Deterministic.
 * With `count` ≥ the vectors' own dimensions it only moves the mean to nought.
 */
export function principalComponents(vectors: Float32Array[], count: number): Components {
  const size = vectors[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of vectors) for (let d = 0; d < size; d++) mean[d]! += vector[d]! / vectors.length;
  const covariance = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (const vector of vectors) {
    for (let d = 0; d < size; d++) centred[d] = vector[d]! - mean[d]!;
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) covariance[i * size + j]! += centred[i]! * centred[j]!;
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) covariance[j * size + i] = covariance[i * size + j]!;

  const kept = Math.min(count, size);
  let basis = Array.from({ length: kept }, (_, c) =>
    Float64Array.from({ length: size }, (_, d) => (c === d ? 1 : 1e-3 * Math.sin(c * size + d + 1))),
  );
  for (let round = 0; round < rounds; round++) {
    basis = basis.map((direction) => {
      const turned = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) sum += covariance[i * size + j]! * direction[j]!;
        turned[i] = sum;
      }
      return turned;
    });
    makeOrthonormal(basis);
  }
  return {
    project: (vector) =>
      Float32Array.from({ length: count }, (_, c) => {
        const direction = basis[c];
        let sum = 0;
        if (direction) for (let d = 0; d < size; d++) sum += direction[d]! * (vector[d]! - mean[d]!);
        return sum;
      }),
  };
}

/** Gram–Schmidt in place; a direction that is left with nothing becomes nought. */
function makeOrthonormal(basis: Float64Array[]): void {
  for (const [at, direction] of basis.entries()) {
    // Twice is enough: what rounding left of the others goes in the second pass.
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis.slice(0, at)) {
        let share = 0;
        for (let d = 0; d < direction.length; d++) share += direction[d]! * other[d]!;
        for (let d = 0; d < direction.length; d++) direction[d]! -= share * other[d]!;
      }
    }
    const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    for (let d = 0; d < direction.length; d++) direction[d] = length > 1e-12 ? direction[d]! / length : 0;
  }
}
