import type { Embedder } from '../embedder/embedder.js';
import { thinned } from './thinned.js';
import { evidenceOf, type Evidence } from './features.js';
import {
  LexicalView,
  Postings,
  type LexicalVector,
  type LexicalViewState,
  type PostingsState,
} from './lexical-view.js';
import { recipe } from './recipe.js';
import type { TrainingRow } from './rows.js';
import { sentenceVectors } from './sentence-vectors.js';
import {
  SoftmaxRegression,
  type RegressionInput,
  type RegressionRow,
  type RegressionState,
} from './softmax-regression.js';
import {
  average,
  packMarks,
  temperatureOf,
  unpackMarks,
  type CommonTalk,
  type Copy,
  type RowMark,
  type RowMarks,
  type TextReader,
  type TrainedModel,
  type Trial,
} from './trained-model.js';
import { Middle, VectorTable, type VectorTableState } from './vectors.js';

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

type Input = RegressionInput & { lexical: LexicalVector };

interface Trials {
  examples: Trial[];
  intents: Trial[];
  copies: { examples: Trial[]; intents: Trial[] };
}

const isHeldRow = ({ group }: TrainingRow): boolean => group % heldRows === 0;
const isEveryTenth = (intent: number): boolean => intent % heldIntents === heldIntents - 1;

/** Whether the twin has not learned the row of an own intent, and may be asked about it. */
export function isHeldBack(row: TrainingRow): boolean {
  return isHeldRow(row) || isEveryTenth(row.intent);
}

/** What both read texts by: their words are counted once, their vectors seen from one middle. */
interface Views {
  rows: readonly TrainingRow[];
  lexical: LexicalView;
  inputs: Input[];
  middle?: Middle;
}

/** What the large model knows, as plain data. */
export interface LargeState {
  kind: 'large';
  temperature: number;
  compared: RowMarks;
  lexical: LexicalViewState;
  postings: PostingsState;
  middle?: Float64Array;
  table?: VectorTableState;
  regression: RegressionState;
}

/**
 * The model for more rows than a kernel holds: softmax regression over the same two views. It cannot leave rows out
 * in closed form, so a twin is trained without a tenth of the rows and a tenth of the intents, and asked about these.
 */
export class LargeModel implements TrainedModel<LargeState> {
  readonly temperature: number;
  readonly #reader: Reader;
  readonly #views: Views;
  readonly #embedder: Embedder | undefined;
  readonly #functionWords: ReadonlySet<string>;
  readonly #trials: Trials;

  private constructor(
    reader: Reader,
    views: Views,
    temperature: number,
    trials: Trials,
    { embedder, functionWords }: { embedder: Embedder | undefined; functionWords: ReadonlySet<string> },
  ) {
    this.#reader = reader;
    this.#views = views;
    this.temperature = temperature;
    this.#trials = trials;
    this.#embedder = embedder;
    this.#functionWords = functionWords;
  }

  /** @param own and `copies`: see `Model.train`. Only copies of rows that are held back (`isHeldBack`) can be asked about. */
  static async train(
    rows: TrainingRow[],
    intents: number,
    common: CommonTalk,
    embedder?: Embedder,
    own: (intent: number) => boolean = () => true,
    copies: readonly Copy[] = [],
    onProgress?: (what: string, done: number, of: number) => void,
  ): Promise<LargeModel> {
    const views = await viewsOf(rows, common, embedder);
    const isHeldIntent = (intent: number): boolean => own(intent) && isEveryTenth(intent);
    const all = Array.from(rows.keys());
    const seen = all.filter((i) => !isHeldIntent(rows[i]!.intent) && !isHeldRow(rows[i]!));
    const learned = (from: readonly number[]): RegressionRow[] =>
      // A `not:` row has no intent to learn.
      from.flatMap((i) => (rows[i]!.target > 0 ? [{ ...views.inputs[i]!, ...rows[i]! }] : []));

    const regression = SoftmaxRegression.empty(intents, views.lexical.size, views.inputs[0]?.vector?.length ?? 0);
    await regression.fit(learned(seen), schedules.twin, (done, of) => onProgress?.('training the judge', done, of));
    const twin = Reader.of(views, seen, regression);
    const isExample = (row: TrainingRow): boolean => !isHeldIntent(row.intent) && isHeldRow(row);
    const isStranger = (row: TrainingRow): boolean => isHeldIntent(row.intent);
    const ask = (row: TrainingRow, input: Input): Trial => {
      const evidence = twin.read(input);
      for (let c = 0; c < intents; c++) if (isHeldIntent(c)) evidence.scores[c] = -10;
      return { row, evidence };
    };
    const trialsOf = (wanted: (row: TrainingRow) => boolean): Trial[] =>
      thinned(
        all.filter((i) => rows[i]!.judged && wanted(rows[i]!)),
        mostTrials,
      ).map((i) => ask(rows[i]!, views.inputs[i]!));
    const heard = await inputsOf(copies.map(({ text }) => text), views, embedder, common.functionWords); // prettier-ignore
    const copiesOf = (wanted: (row: TrainingRow) => boolean): Trial[] =>
      copies.flatMap(({ row }, i) => (wanted(rows[row]!) ? [ask(rows[row]!, heard[i]!)] : []));
    const trials = {
      examples: trialsOf(isExample),
      intents: trialsOf(isStranger),
      copies: { examples: copiesOf(isExample), intents: copiesOf(isStranger) },
    };
    await regression.fit(learned(all), schedules.model, (done, of) => onProgress?.('training', done, of));
    const temperature = temperatureOf(trials.examples, intents, own);
    const { functionWords } = common;
    return new LargeModel(Reader.of(views, all, regression), views, temperature, trials, { embedder, functionWords });
  }

  async read(forms: string[]): Promise<Evidence> {
    return readForms(forms, this.#reader, this.#views, this.#embedder, this.#functionWords);
  }

  state(): LargeState {
    const { lexical, middle } = this.#views;
    return {
      kind: 'large',
      temperature: this.temperature,
      lexical: lexical.state,
      ...(middle && { middle: middle.mean }),
      ...this.#reader.state,
    };
  }

  leaveExamplesOut(): Trial[] {
    return this.#trials.examples;
  }

  leaveIntentsOut(): Trial[] {
    return this.#trials.intents;
  }

  leaveOutOfCopies(): { examples: Trial[]; intents: Trial[] } {
    return this.#trials.copies;
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
  const middle = Middle.of(vectors, background, recipe.meanPull);
  return {
    rows,
    lexical,
    middle,
    inputs: grams.map((lexical, i) => ({ lexical, vector: middle.centre(vectors[i]!) })),
  };
}

async function readForms(
  forms: string[],
  reader: Reader,
  views: Pick<Views, 'lexical' | 'middle'>,
  embedder: Embedder | undefined,
  functionWords: ReadonlySet<string>,
): Promise<Evidence> {
  const inputs = await inputsOf(forms, views, embedder, functionWords);
  return average(inputs.map((input) => reader.read(input)));
}

async function inputsOf(
  texts: string[],
  { lexical, middle }: Pick<Views, 'lexical' | 'middle'>,
  embedder: Embedder | undefined,
  functionWords: ReadonlySet<string>,
): Promise<Input[]> {
  const vectors = embedder && (await sentenceVectors(embedder, texts, functionWords));
  return texts.map((text, i) => ({ lexical: lexical.vector(text), vector: vectors && middle?.centre(vectors[i]!) }));
}

/** The large model as it serves: made of its state, in whatever thread or run that was trained. */
export function readerOfLarge(
  state: LargeState,
  functionWords: ReadonlySet<string>,
  embedder: Embedder | undefined,
): TextReader {
  const lexical = LexicalView.restore(state.lexical, functionWords);
  const views = { lexical, ...(state.middle && { middle: new Middle(state.middle) }) };
  const reader = new Reader({
    compared: unpackMarks(state.compared),
    postings: new Postings(state.postings),
    ...(state.table && { table: new VectorTable(state.table) }),
    regression: new SoftmaxRegression(state.regression),
    isKnown: (word) => lexical.count(word) > 0,
  });
  return {
    temperature: state.temperature,
    read: (forms) => readForms(forms, reader, views, embedder, functionWords),
  };
}

interface ReaderParts {
  compared: readonly RowMark[];
  postings: Postings;
  table?: VectorTable;
  regression: SoftmaxRegression;
  isKnown: (word: string) => boolean;
}

/** A regression beside the rows that a text is compared with one by one. */
class Reader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** @param seen the rows that it may know */
  static of({ rows, lexical, inputs }: Views, seen: readonly number[], regression: SoftmaxRegression): Reader {
    const compared = comparedOf(rows, seen, regression.intents);
    const known = new Set<string>();
    for (const i of seen) if (rows[i]!.target > 0) for (const word of inputs[i]!.lexical.words) known.add(word);
    return new Reader({
      compared: compared.map((i) => rows[i]!),
      postings: Postings.of(
        compared.map((i) => inputs[i]!.lexical),
        lexical.size,
      ),
      ...(inputs[0]?.vector && { table: VectorTable.of(compared.map((i) => inputs[i]!.vector!)) }),
      regression,
      isKnown: (word) => known.has(word),
    });
  }

  get state(): Pick<LargeState, 'compared' | 'postings' | 'table' | 'regression'> {
    const { compared, postings, table, regression } = this.#parts;
    return {
      compared: packMarks(compared),
      postings: postings.state,
      ...(table && { table: table.state }),
      regression: regression.state,
    };
  }

  read(input: Input): Evidence {
    const { compared, postings, table, regression, isKnown } = this.#parts;
    const lexical = postings.similarities(input.lexical);
    const cosine = (input.vector && table?.cosines(input.vector)) ?? lexical;
    const scores = regression.scores(input).map((z) => z * scoreScale);
    const { words } = input.lexical;
    const unknown = words.filter((word) => !isKnown(word)).length;
    return evidenceOf(scores, { cosine, lexical }, compared, { words: words.length, unknown });
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
