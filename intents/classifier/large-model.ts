import type { Embedder } from '../embedder/embedder.js';
import { thinned } from './calibration.js';
import { evidenceOf, type Evidence } from './features.js';
import { LexicalView, Postings, type LexicalVector } from './lexical-view.js';
import { average, temperatureOf, type CommonTalk, type TrainedModel, type Trial } from './model.js';
import { recipe } from './recipe.js';
import type { TrainingRow } from './rows.js';
import { sentenceVectors } from './sentence-vectors.js';
import { SoftmaxRegression, type RegressionInput, type RegressionRow } from './softmax-regression.js';
import { Middle, VectorTable } from './vectors.js';

/** How many rows a text is compared with one by one; evenly taken from every intent. */
const mostCompared = 2_000;
/** One row in so many, and one intent in so many, is kept from the twin by which the model judges itself. */
const heldRows = 10;
const heldIntents = 10;
/** Trials beyond this tell nothing new. */
const mostTrials = 1_500;
/** Brings log-odds to the scale of kernel ridge scores, whose temperature is near 0.05. */
const scoreScale = 0.05;

/** The twin learns from nothing; the model goes on from the twin, for it has a tenth to add. Chosen on training rows. */
const schedules = { twin: { epochs: 6, firstRate: 2 }, model: { epochs: 3, firstRate: 1 } };

/** What both read texts by: their words are counted once, their vectors seen from one middle. */
interface Views {
  rows: readonly TrainingRow[];
  lexical: LexicalView;
  inputs: (RegressionInput & { lexical: LexicalVector })[];
  centre?: (vector: Float32Array) => Float32Array;
}

/**
 * The model for more rows than a kernel holds: softmax regression over the same two views. It cannot leave rows out
 * in closed form, so a twin is trained without a tenth of the rows and a tenth of the intents, and asked about these.
 */
export class LargeModel implements TrainedModel {
  readonly temperature: number;
  readonly #reader: Reader;
  readonly #views: Views;
  readonly #embedder: Embedder | undefined;
  readonly #functionWords: ReadonlySet<string>;
  #trials: { examples: Trial[]; intents: Trial[] };

  private constructor(
    reader: Reader,
    views: Views,
    temperature: number,
    trials: { examples: Trial[]; intents: Trial[] },
    { embedder, functionWords }: { embedder: Embedder | undefined; functionWords: ReadonlySet<string> },
  ) {
    this.#reader = reader;
    // The rows' own inputs were for training only.
    this.#views = { ...views, inputs: [] };
    this.temperature = temperature;
    this.#trials = trials;
    this.#embedder = embedder;
    this.#functionWords = functionWords;
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
    const views = await viewsOf(rows, common, embedder);
    const isHeldIntent = (intent: number): boolean => own(intent) && intent % heldIntents === heldIntents - 1;
    const isHeldRow = ({ group }: TrainingRow): boolean => group % heldRows === 0;
    const all = Array.from(rows.keys());
    const seen = all.filter((i) => !isHeldIntent(rows[i]!.intent) && !isHeldRow(rows[i]!));
    const learned = (from: readonly number[]): RegressionRow[] =>
      // A `not:` row has no intent to learn.
      from.flatMap((i) => (rows[i]!.target > 0 ? [{ ...views.inputs[i]!, ...rows[i]! }] : []));

    const regression = new SoftmaxRegression(intents, views.lexical.size, views.inputs[0]?.vector?.length ?? 0);
    await regression.fit(learned(seen), schedules.twin, (done, of) => onProgress?.('training the judge', done, of));
    const twin = new Reader(views, seen, regression);
    const trialsOf = (wanted: (row: TrainingRow) => boolean): Trial[] =>
      thinned(
        all.filter((i) => rows[i]!.judged && wanted(rows[i]!)),
        mostTrials,
      ).map((i) => {
        const evidence = twin.read(views.inputs[i]!);
        for (let c = 0; c < intents; c++) if (isHeldIntent(c)) evidence.scores[c] = -10;
        return { row: rows[i]!, evidence };
      });
    const trials = {
      examples: trialsOf((row) => !isHeldIntent(row.intent) && isHeldRow(row)),
      intents: trialsOf((row) => isHeldIntent(row.intent)),
    };
    await regression.fit(learned(all), schedules.model, (done, of) => onProgress?.('training', done, of));
    const temperature = temperatureOf(trials.examples, intents, own);
    const { functionWords } = common;
    return new LargeModel(new Reader(views, all, regression), views, temperature, trials, { embedder, functionWords });
  }

  async read(forms: string[]): Promise<Evidence> {
    const { lexical, centre } = this.#views;
    const vectors = this.#embedder && (await sentenceVectors(this.#embedder, forms, this.#functionWords));
    const parts = forms.map((text, i) =>
      this.#reader.read({ lexical: lexical.vector(text), vector: vectors && centre?.(vectors[i]!) }),
    );
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

async function viewsOf(rows: TrainingRow[], common: CommonTalk, embedder: Embedder | undefined): Promise<Views> {
  const texts = rows.map(({ text }) => text);
  const lexical = new LexicalView(
    texts.filter((_, i) => rows[i]!.target > 0),
    common.lines,
    common.functionWords,
  );
  const grams = texts.map((text) => lexical.vector(text));
  if (!embedder) return { rows, lexical, inputs: grams.map((lexical) => ({ lexical })) };
  const vectors = await sentenceVectors(embedder, texts, common.functionWords);
  const background = await sentenceVectors(embedder, common.lines, common.functionWords);
  const middle = new Middle(vectors, background, recipe.meanPull);
  const centre = (vector: Float32Array): Float32Array => middle.centre(vector);
  return { rows, lexical, centre, inputs: grams.map((lexical, i) => ({ lexical, vector: centre(vectors[i]!) })) };
}

/** A regression beside the rows that a text is compared with one by one. */
class Reader {
  readonly #compared: TrainingRow[];
  readonly #postings: Postings;
  readonly #table: VectorTable | undefined;
  readonly #regression: SoftmaxRegression;
  readonly #known = new Set<string>();

  /** @param seen the rows that it may know */
  constructor({ rows, lexical, inputs }: Views, seen: readonly number[], regression: SoftmaxRegression) {
    const compared = comparedOf(rows, seen, regression.intents);
    this.#compared = compared.map((i) => rows[i]!);
    this.#postings = new Postings(
      compared.map((i) => inputs[i]!.lexical),
      lexical.size,
    );
    if (inputs[0]?.vector) this.#table = new VectorTable(compared.map((i) => inputs[i]!.vector!));
    this.#regression = regression;
    for (const i of seen) if (rows[i]!.target > 0) for (const word of inputs[i]!.lexical.words) this.#known.add(word);
  }

  read(input: RegressionInput & { lexical: LexicalVector }): Evidence {
    const lexical = this.#postings.similarities(input.lexical);
    const cosine = (input.vector && this.#table?.cosines(input.vector)) ?? lexical;
    const scores = this.#regression.scores(input).map((z) => z * scoreScale);
    const { words } = input.lexical;
    const unknown = words.filter((word) => !this.#known.has(word)).length;
    return evidenceOf(scores, { cosine, lexical }, this.#compared, { words: words.length, unknown });
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
