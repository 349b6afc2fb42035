import type { Embedder } from '../embedder/embedder.js';
import { evidenceOf, type Evidence, type Similarities } from './features.js';
import {
  LexicalView,
  Postings,
  type LexicalVector,
  type LexicalViewState,
  type PostingsState,
} from './lexical-view.js';
import { recipe } from './recipe.js';
import { RidgeHead } from './ridge.js';
import { sentenceVectors } from './sentence-vectors.js';
import { average, unpackMarks, type RowMark, type RowMarks, type TextReader } from './trained-model.js';
import { Middle, VectorTable, type VectorTableState } from './vectors.js';

/** One text as the model compares it. */
export interface Query {
  lexical: LexicalVector;
  vector?: Float32Array;
}

/** Similarities of one text to all rows. */
export interface Likeness extends Similarities {
  kernel: Float64Array;
}

/** Rows that are left out, and how often each word stood in them. */
export interface Hidden {
  rows: Uint8Array;
  words: ReadonlyMap<string, number>;
}

/** What the kernel model knows, as plain data. */
export interface KernelState {
  kind: 'kernel';
  temperature: number;
  rows: RowMarks;
  lexical: LexicalViewState;
  postings: PostingsState;
  middle?: Float64Array;
  table?: VectorTableState;
  coefficients: Float64Array;
}

/** The parts that read a text. */
export interface KernelParts {
  rows: readonly RowMark[];
  lexical: LexicalView;
  postings: Postings;
  middle?: Middle;
  table?: VectorTable;
  functionWords: ReadonlySet<string>;
  embedder?: Embedder;
}

/** A text's similarities to the rows, and the evidence in them. */
export class KernelViews {
  readonly #parts: KernelParts;

  constructor(parts: KernelParts) {
    this.#parts = parts;
  }

  async queries(forms: string[]): Promise<Query[]> {
    const { embedder, functionWords, lexical, middle } = this.#parts;
    const vectors = embedder && (await sentenceVectors(embedder, forms, functionWords));
    return forms.map((text, i) => ({
      lexical: lexical.vector(text),
      ...(vectors && { vector: middle!.centre(vectors[i]!) }),
    }));
  }

  /** @param known cosines that are worked out already */
  likeness({ lexical, vector }: Query, known?: Float64Array): Likeness {
    const { postings, table } = this.#parts;
    const similarity = postings.similarities(lexical);
    if (!table || !vector)
      return { kernel: similarity.map((s) => recipe.lexicalAlone * s), cosine: similarity, lexical: similarity };
    const cosine = known ?? table.cosines(vector);
    const kernel = new Float64Array(similarity.length);
    for (let i = 0; i < kernel.length; i++)
      kernel[i] = recipe.lexicalWeight * similarity[i]! + Math.exp(2 * cosine[i]! - 2);
    return { kernel, cosine, lexical: similarity };
  }

  evidence(query: Query, scores: Float64Array, likeness: Likeness, hidden?: Hidden): Evidence {
    const { lexical, rows } = this.#parts;
    const { words } = query.lexical;
    const unknown = words.filter((word) => lexical.count(word) <= (hidden?.words.get(word) ?? 0)).length;
    return evidenceOf(
      scores,
      likeness,
      rows,
      { words: words.length, unknown },
      hidden && ((row) => hidden.rows[row] === 1),
    );
  }

  async read(forms: string[], head: RidgeHead): Promise<Evidence> {
    const queries = await this.queries(forms);
    return average(
      queries.map((query) => {
        const likeness = this.likeness(query);
        return this.evidence(query, head.scores(likeness.kernel), likeness);
      }),
    );
  }
}

/** The kernel model as it serves: made of its state, in whatever thread or run that was trained. */
export function readerOfKernel(
  state: KernelState,
  functionWords: ReadonlySet<string>,
  embedder: Embedder | undefined,
): TextReader {
  const views = new KernelViews({
    rows: unpackMarks(state.rows),
    lexical: LexicalView.restore(state.lexical, functionWords),
    postings: new Postings(state.postings),
    ...(state.middle && { middle: new Middle(state.middle) }),
    ...(state.table && { table: new VectorTable(state.table) }),
    functionWords,
    ...(embedder && { embedder }),
  });
  const head = new RidgeHead(state.coefficients, state.rows.intents.length);
  return { temperature: state.temperature, read: (forms) => views.read(forms, head) };
}
