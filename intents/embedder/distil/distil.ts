import type { Embedder } from '../embedder.js';
import { WordPieces } from '../word-pieces.js';
import { principalComponents } from './principal-components.js';
import { seeded } from './sentences.js';
import { writeStaticModel } from './static-file.js';

export interface DistilOptions {
  /** The encoder to learn from. */
  teacher: Embedder;
  /** Pieces of words to have vectors for; `##` continues a word. See `vocabularyOf`. */
  vocabulary: string[];
  /** One sentence each, like those that will be asked about. */
  sentences: string[];
  dimensions: number;
  /** Times that every sentence is learned from. */
  epochs?: number;
  onProgress?: (what: string, done: number, of: number) => void;
  /** Ends the work; nothing is written by it. */
  signal?: AbortSignal;
}

export interface Distilled {
  bytes: Buffer;
  /** Mean cosine to the teacher on sentences that were not learned from, before and after learning. */
  cosine: { start: number; end: number };
}

/** So often in a thousand words, a word is worth half as much (SIF, Arora et al. 2017). */
const halfWorth = 1e-3;
const slice = 64;
/** One sentence in so many is kept to judge by. */
const keptOne = 40;
const rate = 0.06;

/**
 * A table of word pieces whose sums point where the teacher's vectors of whole sentences do. Each piece begins as the
 * teacher's own vector for it alone, weighted by how rare it is, on the first principal components of the sentences; then
 * steepest descent (Adagrad) on the angle between sum and teacher. A piece that no sentence holds stays where it began.
 */
export async function distil(options: DistilOptions): Promise<Distilled> {
  const { teacher, vocabulary, sentences, dimensions, epochs = 12, onProgress, signal } = options;
  const read = async (what: string, texts: string[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += slice) {
      signal?.throwIfAborted();
      onProgress?.(what, at, texts.length);
      vectors.push(...(await teacher.embed(texts.slice(at, at + slice))));
    }
    return vectors;
  };
  const taught = await read('sentences read', sentences);
  const alone = await read(
    'word pieces read',
    vocabulary.map((piece) => piece.replace(/^##(?=.)/, '')),
  );

  const basis = principalComponents(taught, dimensions);
  const targets = taught.map((vector) => unit(basis.project(vector)));
  const pieces = new WordPieces(vocabulary);
  const texts = sentences.map((sentence) => Int32Array.from(pieces.rows(sentence)));
  // What cannot be read says nothing, unless sentences teach otherwise.
  const begin = alone.map((vector, row) =>
    vocabulary[row] === '[UNK]' ? new Float32Array(dimensions) : basis.project(vector),
  );
  const table = startOf(begin, texts, dimensions);

  const kept = texts.flatMap((_, i) => (i % keptOne === 0 ? [i] : []));
  const learned = texts.flatMap((rows, i) => (i % keptOne !== 0 && rows.length > 0 ? [i] : []));
  const judge = (): number =>
    kept.reduce((sum, i) => sum + dot(unit(sumOf(table, texts[i]!, dimensions)), targets[i]!), 0) /
    Math.max(1, kept.length);
  const start = judge();
  const seen = new Float32Array(table.length).fill(1e-4);
  const random = seeded(7);
  for (let epoch = 0; epoch < epochs; epoch++) {
    signal?.throwIfAborted();
    onProgress?.('rounds learned', epoch, epochs);
    shuffle(learned, random);
    const step = rate * (1 - epoch / epochs);
    for (const i of learned) learn(table, seen, texts[i]!, targets[i]!, dimensions, step);
    await new Promise(setImmediate);
  }
  return { bytes: writeStaticModel(vocabulary, table, dimensions), cosine: { start, end: judge() } };
}

/** One step on 1 − cos(sum of the rows, target). */
function learn(
  table: Float32Array,
  seen: Float32Array,
  rows: Int32Array,
  target: Float32Array,
  dimensions: number,
  step: number,
): void {
  const sum = sumOf(table, rows, dimensions);
  const length = Math.sqrt(dot(sum, sum));
  if (length === 0) return;
  const cosine = dot(sum, target) / length;
  for (let d = 0; d < dimensions; d++) {
    const slope = (cosine * (sum[d]! / length) - target[d]!) / length;
    for (const row of rows) {
      const at = row * dimensions + d;
      seen[at]! += slope * slope;
      table[at]! -= (step * slope) / Math.sqrt(seen[at]!);
    }
  }
}

function startOf(alone: Float32Array[], texts: Int32Array[], dimensions: number): Float32Array {
  const counts = new Float64Array(alone.length);
  let total = 0;
  for (const rows of texts) {
    for (const row of rows) counts[row]! += 1;
    total += rows.length;
  }
  const table = new Float32Array(alone.length * dimensions);
  for (const [row, vector] of alone.entries()) {
    const weight = halfWorth / (halfWorth + counts[row]! / Math.max(1, total));
    for (let d = 0; d < dimensions; d++) table[row * dimensions + d] = weight * vector[d]!;
  }
  return table;
}

function sumOf(table: Float32Array, rows: Int32Array, dimensions: number): Float32Array {
  const sum = new Float32Array(dimensions);
  for (const row of rows) for (let d = 0, at = row * dimensions; d < dimensions; d++, at++) sum[d]! += table[at]!;
  return sum;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((x) => x / length);
}

function shuffle(list: number[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}
