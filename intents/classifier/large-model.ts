import type { Embedder } from '../embedder/embedder.js';
import { evidenceOf, type Evidence } from './features.js';
import { LexicalView, Postings, type LexicalVector } from './lexical-view.js';
import { average, temperatureOf, type CommonTalk, type TrainedModel, type Trial } from './model.js';
import { recipe } from './recipe.js';
import type { TrainingRow } from './rows.js';
import { sentenceVectors } from './sentence-vectors.js';
import { SoftmaxRegression, type RegressionInput } from './softmax-regression.js';
import { VectorView } from './vectors.js';

/** How many rows a text is compared with one by one; evenly taken from every intent. */
const mostCompared = 2_000;
/** One row in so many, and one intent in so many, is kept from the twin by which the model judges itself. */
const heldRows = 10;
const heldIntents = 10;
/** Trials beyond this tell nothing new. */
const mostTrials = 1_500;
/** Brings log-odds to the scale of kernel ridge scores, whose temperature is near 0.05. */
const scoreScale = 0.05;

interface Embedding {
  embedder: Embedder;
  rows: Float32Array[];
  background: Float32Array[];
}

/**
 * The model for more rows than a kernel holds: softmax regression over the same two views. It cannot leave rows out
 * in closed form, so a twin is trained without a tenth of the rows and a tenth of the intents, and asked about these.
 */
export class LargeModel implements TrainedModel {
  readonly temperature: number;
  readonly #fitted: Fitted;
  #trials: { examples: Trial[]; intents: Trial[] };

  private constructor(fitted: Fitted, trials: { examples: Trial[]; intents: Trial[] }, temperature: number) {
    this.#fitted = fitted;
    this.#trials = trials;
    this.temperature = temperature;
  }

  /** @param own see `Model.train` */
  static async train(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedder?: Embedder,
    own: (intent: number) => boolean = () => true,
    onProgress?: (what: string, done: number, of: number) => void,
  ): Promise<LargeModel> {
    const texts = rows.map(({ text }) => text);
    const embedding = embedder && {
      embedder,
      rows: await sentenceVectors(embedder, texts, common.functionWords),
      background: await sentenceVectors(embedder, common.lines, common.functionWords),
    };
    const at = Array.from(rows.keys());
    const isHeldIntent = (intent: number): boolean => own(intent) && intent % heldIntents === heldIntents - 1;
    const isHeldRow = (row: TrainingRow): boolean => row.group % heldRows === 0;
    const seen = at.filter((i) => !isHeldIntent(rows[i]!.intent) && !isHeldRow(rows[i]!));
    const twin = await Fitted.fit(rows, seen, intents, common, embedding, (done, of) =>
      onProgress?.('training the judge', done, of),
    );
    const fitted = await Fitted.fit(rows, at, intents, common, embedding, (done, of) =>
      onProgress?.('training', done, of),
    );
    const trialsOf = (wanted: (row: TrainingRow) => boolean): Trial[] =>
      thinned(
        at.filter((i) => rows[i]!.judged && wanted(rows[i]!)),
        mostTrials,
      ).map((i) => {
        const evidence = twin.read(texts[i]!, embedding?.rows[i]);
        for (let c = 0; c < intents; c++) if (isHeldIntent(c)) evidence.scores[c] = -10;
        return { row: rows[i]!, evidence };
      });
    const trials = {
      examples: trialsOf((row) => !isHeldIntent(row.intent) && isHeldRow(row)),
      intents: trialsOf((row) => isHeldIntent(row.intent)),
    };
    return new LargeModel(fitted, trials, temperatureOf(trials.examples, intents, own));
  }

  async read(forms: string[]): Promise<Evidence> {
    const vectors = await this.#fitted.vectors(forms);
    const parts = forms.map((text, i) => this.#fitted.read(text, vectors?.[i]));
    return parts.length === 1 ? parts[0]! : average(parts);
  }

  leaveExamplesOut(): Trial[] {
    return this.#trials.examples;
  }

  leaveIntentsOut(): Trial[] {
    return this.#trials.intents;
  }

  finish(): void {
    this.#trials = { examples: [], intents: [] };
  }
}

/** One regression with its two views. */
class Fitted {
  readonly #compared: TrainingRow[];
  readonly #lexical: LexicalView;
  readonly #postings: Postings;
  readonly #vectors: VectorView | undefined;
  readonly #embedder: Embedder | undefined;
  readonly #functionWords: ReadonlySet<string>;
  readonly #regression: SoftmaxRegression;

  private constructor(
    rows: readonly TrainingRow[],
    seen: readonly number[],
    intents: number,
    common: CommonTalk,
    embedding?: Embedding,
  ) {
    const compared = comparedOf(rows, seen, intents);
    this.#compared = compared.map((i) => rows[i]!);
    this.#functionWords = common.functionWords;
    this.#embedder = embedding?.embedder;
    this.#lexical = new LexicalView(
      seen.filter((i) => rows[i]!.target > 0).map((i) => rows[i]!.text),
      common.lines,
      common.functionWords,
    );
    this.#postings = new Postings(
      this.#compared.map(({ text }) => this.#lexical.vector(text)),
      this.#lexical.size,
    );
    this.#vectors =
      embedding &&
      new VectorView(
        seen.map((i) => embedding.rows[i]!),
        embedding.background,
        recipe.meanPull,
        compared.map((i) => embedding.rows[i]!),
      );
    this.#regression = new SoftmaxRegression(intents, this.#lexical.size, this.#vectors?.dimensions ?? 0);
  }

  static async fit(
    rows: readonly TrainingRow[],
    seen: readonly number[],
    intents: number,
    common: CommonTalk,
    embedding: Embedding | undefined,
    onProgress?: (done: number, of: number) => void,
  ): Promise<Fitted> {
    const fitted = new Fitted(rows, seen, intents, common, embedding);
    // A `not:` row has no intent to learn; the similarity to it is what speaks.
    const learned = seen.filter((i) => rows[i]!.target > 0);
    await fitted.#regression.fit(
      learned.map((i) => {
        const { text, intent, weight } = rows[i]!;
        return { ...fitted.#input(fitted.#lexical.vector(text), embedding?.rows[i]), intent, weight };
      }),
      onProgress,
    );
    return fitted;
  }

  async vectors(forms: string[]): Promise<Float32Array[] | undefined> {
    return this.#embedder && sentenceVectors(this.#embedder, forms, this.#functionWords);
  }

  read(text: string, raw: Float32Array | undefined): Evidence {
    const lexical = this.#lexical.vector(text);
    const input = this.#input(lexical, raw);
    const similarity = this.#postings.similarities(lexical);
    const cosine = input.vector ? this.#vectors!.cosines(input.vector) : similarity;
    const scores = this.#regression.scores(input).map((z) => z * scoreScale);
    const { words } = lexical;
    const unknown = words.filter((word) => this.#lexical.count(word) === 0).length;
    return evidenceOf(scores, { cosine, lexical: similarity }, this.#compared, { words: words.length, unknown });
  }

  #input(lexical: LexicalVector, raw: Float32Array | undefined): RegressionInput {
    return { lexical, vector: raw && this.#vectors?.centre(raw) };
  }
}

/** Every intent gives as many rows as the others, evenly taken, as long as it has them. */
function comparedOf(rows: readonly TrainingRow[], seen: readonly number[], intents: number): number[] {
  const byIntent = new Map<number, number[]>();
  for (const i of seen) {
    const own = byIntent.get(rows[i]!.intent);
    if (own) own.push(i);
    else byIntent.set(rows[i]!.intent, [i]);
  }
  const each = Math.max(1, Math.floor(mostCompared / intents));
  return [...byIntent.values()].flatMap((own) => thinned(own, each));
}

/** At most `most` of them, evenly taken. */
function thinned<T>(list: readonly T[], most: number): T[] {
  const step = list.length / most;
  return step <= 1 ? [...list] : Array.from({ length: most }, (_, i) => list[Math.floor(i * step)]!);
}
