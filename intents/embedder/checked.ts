import { ModelFileError, type Embedder } from './embedder.js';

/** An embedder whose answers are looked at: what is no vector of numbers would make every decision a silent "no". */
export function checkedEmbedder(embedder: Embedder): Embedder {
  const { name, hash, dimensions, languages } = embedder;
  return {
    name,
    hash,
    dimensions,
    ...(languages && { languages }),
    async embed(texts) {
      const vectors = await embedder.embed(texts);
      if (vectors.length !== texts.length || !vectors.every((vector) => isVector(vector, dimensions)))
        throw new ModelFileError(`${name} gives what is no vector of ${dimensions} numbers`);
      return vectors;
    },
    close: async () => embedder.close?.(),
  };
}

/** What went wrong, in words that can stand in a log: an error of another's making may quote the text. */
export function failureOf({ name }: Embedder, error: unknown): string {
  if (error instanceof ModelFileError) return error.message;
  return `${name} cannot read a text (${error instanceof Error ? error.name : typeof error})`;
}

function isVector(vector: Float32Array, dimensions: number): boolean {
  if (vector.length !== dimensions) return false;
  // A sum is no number as soon as one part is none.
  let sum = 0;
  for (const x of vector) sum += x;
  return Number.isFinite(sum);
}
