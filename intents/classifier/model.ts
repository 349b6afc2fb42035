import type { Embedder } from '../embedder/embedder.js';
import { evidenceOf, type Evidence, type Similarities } from './features.js';
import { LexicalView, Postings, type LexicalVector } from './lexical-view.js';
import { recipe } from './recipe.js';
import { Ridge } from './ridge.js';
import type { TrainingRow } from './rows.js';
import { sentenceVectors } from './sentence-vectors.js';
import { fitTemperature } from './temperature.js';
import { Middle, VectorTable } from './vectors.js';

/** What is known of a language before any example: how common a word is, and the middle of the vectors. */
export interface CommonTalk {
  lines: string[];
  functionWords: ReadonlySet<string>;
}

/** A left-out row's evidence, and the intent that would have been right. */
export interface Trial {
  row: TrainingRow;
  evidence: Evidence;
}

/** One text as the model compares it. */
interface Query {
  lexical: LexicalVector;
  vector?: Float32Array;
}

/** Similarities of one text to all rows. */
interface Likeness extends Similarities {
  kernel: Float64Array;
}

/** Rows that are left out, and how often each word stood in them. */
interface Hidden {
  rows: Uint8Array;
  words: ReadonlyMap<string, number>;
}

/** What calibration and callers ask of a trained model, whatever it is made of. */
export interface TrainedModel {
  readonly temperature: number;
  /** Evidence for a text; several forms of one text (as said, with placeholders) are averaged. */
  read(forms: string[]): Promise<Evidence>;
  /** Judged examples as the model would have read them, had it not seen them. */
  leaveExamplesOut(): Trial[];
  /** Judged examples, had their whole intent never been seen: pseudo-foreign texts, for which no intent is right. */
  leaveIntentsOut(): Trial[];
  /** Frees what only calibration needs. */
  finish(): void;
}

/**
 * The one global model of an agent: two views of the text (n-grams, sentence vectors), one kernel, one
 * head. It knows nothing of states; who asks it restricts its scores to what is legal.
 */
export class Model implements TrainedModel {
  temperature = 0;
  readonly #rows: TrainingRow[];
  readonly #intents: number;
  readonly #lexical: LexicalView;
  readonly #postings: Postings;
  readonly #middle: Middle | undefined;
  readonly #vectors: VectorTable | undefined;
  readonly #functionWords: ReadonlySet<string>;
  readonly #embedder: Embedder | undefined;
  readonly #ridge: Ridge;
  readonly #queries: Query[];
  /** Of the rows with each other; only calibration needs them. */
  readonly #likenesses: Likeness[];

  private constructor(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedding?: { embedder: Embedder; rows: Float32Array[]; background: Float32Array[] },
  ) {
    this.#rows = rows;
    this.#intents = intents;
    this.#functionWords = common.functionWords;
    this.#embedder = embedding?.embedder;
    this.#lexical = new LexicalView(
      rows.filter(({ target }) => target > 0).map(({ text }) => text),
      common.lines,
      common.functionWords,
    );
    if (embedding) {
      const middle = new Middle(embedding.rows, embedding.background, recipe.meanPull);
      this.#middle = middle;
      this.#vectors = new VectorTable(embedding.rows.map((vector) => middle.centre(vector)));
    }
    this.#queries = rows.map(({ text }, row) => ({
      lexical: this.#lexical.vector(text),
      vector: this.#vectors?.row(row),
    }));
    this.#postings = new Postings(
      this.#queries.map(({ lexical }) => lexical),
      this.#lexical.size,
    );

    const n = rows.length;
    const kernel = new Float64Array(n * n);
    const cosines = this.#vectors?.cosinesOfRows();
    this.#likenesses = this.#queries.map((query, row) => this.#likeness(query, cosines?.[row]));
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

  /** @param own the designer's intents, by which the temperature is set: the built-ins' phrases are unlike each other and would blur it */
  static async train(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedder?: Embedder,
    own: (intent: number) => boolean = () => true,
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
    model.temperature = temperatureOf(model.leaveExamplesOut(), intents, own);
    return model;
  }

  async read(forms: string[]): Promise<Evidence> {
    const vectors = this.#embedder && (await sentenceVectors(this.#embedder, forms, this.#functionWords));
    const parts = forms.map((text, i) => {
      const query: Query = { lexical: this.#lexical.vector(text) };
      if (vectors) query.vector = this.#middle!.centre(vectors[i]!);
      const likeness = this.#likeness(query);
      return this.#evidence(query, this.#ridge.scores(likeness.kernel), likeness);
    });
    return parts.length === 1 ? parts[0]! : average(parts);
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

  finish(): void {
    this.#ridge.forget();
    this.#queries.length = 0;
    this.#likenesses.length = 0;
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
      return [{ row, evidence: this.#evidence(this.#queries[i]!, own, this.#likenesses[i]!, hidden) }];
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

  #likeness({ lexical, vector }: Query, known?: Float64Array): Likeness {
    const similarity = this.#postings.similarities(lexical);
    if (!this.#vectors || !vector)
      return { kernel: similarity.map((s) => recipe.lexicalAlone * s), cosine: similarity, lexical: similarity };
    const cosine = known ?? this.#vectors.cosines(vector);
    const kernel = new Float64Array(similarity.length);
    for (let i = 0; i < kernel.length; i++)
      kernel[i] = recipe.lexicalWeight * similarity[i]! + Math.exp(2 * cosine[i]! - 2);
    return { kernel, cosine, lexical: similarity };
  }

  #evidence(query: Query, scores: Float64Array, likeness: Likeness, hidden?: Hidden): Evidence {
    const { words } = query.lexical;
    const unknown = words.filter((word) => this.#lexical.count(word) <= (hidden?.words.get(word) ?? 0)).length;
    return evidenceOf(
      scores,
      likeness,
      this.#rows,
      { words: words.length, unknown },
      hidden && ((row) => hidden.rows[row] === 1),
    );
  }
}

/** The temperature that fits left-out examples of the designer's own intents. */
export function temperatureOf(trials: Trial[], intents: number, own: (intent: number) => boolean): number {
  const judged = trials.filter(({ row }) => own(row.intent));
  const scores = new Float64Array(judged.length * intents);
  for (const [i, { evidence }] of judged.entries()) scores.set(evidence.scores, i * intents);
  return fitTemperature(
    scores,
    judged.map(({ row }) => row.intent),
    intents,
  );
}

/** The mean of what several forms of one text say. */
export function average(parts: Evidence[]): Evidence {
  const mean = (pick: (part: Evidence) => Float64Array): Float64Array =>
    pick(parts[0]!).map((_, c) => parts.reduce((sum, part) => sum + pick(part)[c]!, 0) / parts.length);
  return {
    scores: mean(({ scores }) => scores),
    cosine: mean(({ cosine }) => cosine),
    lexical: mean(({ lexical }) => lexical),
    unknown: Math.min(...parts.map(({ unknown }) => unknown)),
    words: parts[0]!.words,
  };
}
