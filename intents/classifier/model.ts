import type { Embedder } from '../embedder/embedder.js';
import type { Evidence } from './features.js';
import {
  KernelViews,
  type Hidden,
  type KernelParts,
  type KernelState,
  type Likeness,
  type Query,
} from './kernel-reader.js';
import { LexicalView, Postings } from './lexical-view.js';
import { recipe } from './recipe.js';
import { Ridge } from './ridge.js';
import type { TrainingRow } from './rows.js';
import { sentenceVectors } from './sentence-vectors.js';
import {
  packMarks,
  temperatureOf,
  type CommonTalk,
  type Copy,
  type TrainedModel,
  type Trial,
} from './trained-model.js';
import { Middle, VectorTable } from './vectors.js';

/** So many misheard copies go through the inverse together: it is read once for all of them. */
const copiesAtOnce = 16;

/**
 * The one global model of an agent in training: two views of the text (n-grams, sentence vectors), one kernel, one
 * head. It knows nothing of states; who asks it restricts its scores to what is legal.
 */
export class Model implements TrainedModel<KernelState> {
  temperature = 0;
  readonly #rows: TrainingRow[];
  readonly #intents: number;
  readonly #parts: KernelParts;
  readonly #views: KernelViews;
  readonly #ridge: Ridge;
  readonly #queries: Query[];
  #copies: { row: TrainingRow; query: Query }[] = [];
  /** Of the rows with each other. */
  readonly #likenesses: Likeness[];

  private constructor(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedding?: { embedder: Embedder; rows: Float32Array[]; background: Float32Array[] },
  ) {
    this.#rows = rows;
    this.#intents = intents;
    const { functionWords } = common;
    const lexical = new LexicalView(
      rows.filter(({ target }) => target > 0).map(({ text }) => text),
      common.lines,
      functionWords,
    );
    const middle = embedding && Middle.of(embedding.rows, embedding.background, recipe.meanPull);
    const table = embedding && VectorTable.of(embedding.rows.map((vector) => middle!.centre(vector)));
    this.#queries = rows.map(({ text }, row) => ({ lexical: lexical.vector(text), vector: table?.row(row) }));
    const postings = Postings.of(
      this.#queries.map(({ lexical }) => lexical),
      lexical.size,
    );
    this.#parts = { rows, lexical, postings, middle, table, functionWords, embedder: embedding?.embedder };
    this.#views = new KernelViews(this.#parts);

    const n = rows.length;
    const kernel = new Float64Array(n * n);
    const cosines = table?.cosinesOfRows();
    this.#likenesses = this.#queries.map((query, row) => this.#views.likeness(query, cosines?.[row]));
    for (const [i, likeness] of this.#likenesses.entries()) kernel.set(likeness.kernel, i * n);
    const targets = new Float64Array(n * intents);
    for (const [i, { intent, target }] of rows.entries()) targets[i * intents + intent] = target;
    this.#ridge = new Ridge(
      kernel,
      targets,
      Float64Array.from(rows, ({ weight }) => weight),
      recipe.ridge,
    );
  }

  /**
   * @param own the designer's intents, by which the temperature is set: the built-ins' phrases are unlike each other and would blur it
   * @param copies of rows, to be judged by
   */
  static async train(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedder?: Embedder,
    own: (intent: number) => boolean = () => true,
    copies: readonly Copy[] = [],
  ): Promise<Model> {
    const embedding = embedder && {
      embedder,
      rows: await sentenceVectors(
        embedder,
        rows.map(({ text }) => text),
        common.functionWords,
      ),
      background: await sentenceVectors(embedder, common.lines, common.functionWords),
    };
    const model = new Model(rows, intents, common, embedding);
    const queries = await model.#views.queries(copies.map(({ text }) => text));
    model.#copies = copies.map(({ row }, i) => ({ row: rows[row]!, query: queries[i]! }));
    model.temperature = temperatureOf(model.leaveExamplesOut(), intents, own);
    return model;
  }

  read(forms: string[]): Promise<Evidence> {
    return this.#views.read(forms, this.#ridge);
  }

  state(): KernelState {
    const { rows, lexical, postings, middle, table } = this.#parts;
    return {
      kind: 'kernel',
      temperature: this.temperature,
      rows: packMarks(rows),
      lexical: lexical.state,
      postings: postings.state,
      ...(middle && { middle: middle.mean }),
      ...(table && { table: table.state }),
      coefficients: this.#ridge.coefficients,
    };
  }

  /** Each judged example with its copies left out. */
  leaveExamplesOut(): Trial[] {
    const groups = this.#blocks(({ group }) => group);
    return [...groups.values()].flatMap((block) => this.#leaveOut(block));
  }

  leaveIntentsOut(): Trial[] {
    const blocks = this.#blocks(({ intent }) => intent);
    return [...blocks.values()].flatMap((block) => {
      const trials = this.#leaveOut(block);
      for (const { row, evidence } of trials) evidence.scores[row.intent] = -10;
      return trials;
    });
  }

  leaveOutOfCopies(): { examples: Trial[]; intents: Trial[] } {
    const groups = this.#blocks(({ group }) => group);
    const intents = this.#blocks(({ intent }) => intent);
    const found: { examples: Trial[]; intents: Trial[] } = { examples: [], intents: [] };
    for (let at = 0; at < this.#copies.length; at += copiesAtOnce) {
      const some = this.#copies.slice(at, at + copiesAtOnce).map(({ row, query }) => {
        const likeness = this.#views.likeness(query);
        const blocks = [groups.get(row.group)!, intents.get(row.intent)!];
        return { row, query, likeness, blocks, similarities: likeness.kernel };
      });
      for (const [i, parts] of this.#ridge.scoresWithout(some).entries()) {
        const { row, query, likeness, blocks } = some[i]!;
        const [example, stranger] = parts.map((scores, b) =>
          this.#views.evidence(query, scores, likeness, this.#hide(blocks[b]!)),
        );
        stranger!.scores[row.intent] = -10;
        found.examples.push({ row, evidence: example! });
        found.intents.push({ row, evidence: stranger! });
      }
    }
    return found;
  }

  #blocks(of: (row: TrainingRow) => number): Map<number, number[]> {
    const blocks = new Map<number, number[]>();
    for (const [i, row] of this.#rows.entries()) {
      const block = blocks.get(of(row));
      if (block) block.push(i);
      else blocks.set(of(row), [i]);
    }
    return blocks;
  }

  /** What each judged row of a block would have scored, had the whole block never been seen. */
  #leaveOut(block: number[]): Trial[] {
    if (!block.some((i) => this.#rows[i]!.judged)) return [];
    const { scores } = this.#ridge.leaveOut(block);
    const hidden = this.#hide(block);
    return block.flatMap((i, at) => {
      const row = this.#rows[i]!;
      if (!row.judged) return [];
      const own = scores.slice(at * this.#intents, (at + 1) * this.#intents);
      return [{ row, evidence: this.#views.evidence(this.#queries[i]!, own, this.#likenesses[i]!, hidden) }];
    });
  }

  #hide(block: number[]): Hidden {
    const rows = new Uint8Array(this.#rows.length);
    const words = new Map<string, number>();
    for (const i of block) {
      rows[i] = 1;
      if (this.#rows[i]!.target < 0) continue;
      for (const word of new Set(this.#queries[i]!.lexical.words)) words.set(word, (words.get(word) ?? 0) + 1);
    }
    return { rows, words };
  }
}
