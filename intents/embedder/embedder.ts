/** Sentences in, unit vectors out. A vector depends on its own text only, never on the others in the call. */
export interface Embedder {
  /** `static-minilm`, `Xenova/all-MiniLM-L6-v2`. */
  readonly name: string;
  /** SHA-256 of the model: equal hashes give equal vectors, so vectors may be cached under it. */
  readonly hash: string;
  readonly dimensions: number;
  /** Languages it reads, as base tags (`en`); undefined when it reads any. */
  readonly languages?: string[];
  /** Unit vectors; all zero for a text in which the model knows nothing. */
  embed(texts: string[]): Promise<Float32Array[]>;
  close?(): Promise<void>;
}

/**
 * Whether an embedder only sums up words: it sees no frame, order or context, as a sentence encoder does. Told by the
 * name, which wrappers keep.
 */
export function isStatic({ name }: Pick<Embedder, 'name'>): boolean {
  return name.startsWith('static');
}

/** A model file that is missing, damaged or of another shape. `message` names the file, the trouble and the cure. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
}
