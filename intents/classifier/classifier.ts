import type { TrainingIntent } from '../../engine/contracts.js';
import { isStatic, type Embedder } from '../embedder/embedder.js';
import { background } from './background.js';
import { calibrate, type Calibration, type Expectation } from './calibration.js';
import { readEvidence } from './features.js';
import { functionWords } from './function-words.js';
import { probabilityOf } from './logistic.js';
import { LargeModel } from './large-model.js';
import { Model, type TrainedModel } from './model.js';
import { priors } from './prior-figures.js';
import type { PriorKind } from './prior.js';
import { recipe } from './recipe.js';
import { rowsOf } from './rows.js';
import { baseLanguage, wordsOf } from './words.js';

/** What the classifier makes of a text among the legal intents. */
export interface Verdict {
  /** Most probable first; the scores are shares among the legal ones and sum to 1. */
  candidates: { intent: string; score: number }[];
  /** Calibrated probability that the first candidate is right. */
  probability: number;
  /** Calibrated probability that any of the legal ones is right. */
  scope: number;
  /** Share of the words that occur in no example. */
  unknown: number;
}

/** Told what a long training is at: `reading examples`, 512 of 15,000. */
export type TrainingProgress = (what: string, done: number, of: number) => void;

/** So many lines of ordinary talk the calibration looks at: more only take time. */
const calibrationBackground = 120;

/** A trained classifier. Deterministic: the same intents and model files give the same verdicts. */
export class Classifier {
  readonly rows: number;
  readonly trainMs: number;
  readonly kind: PriorKind;
  readonly calibration: Calibration;
  readonly #ids: string[];
  readonly #index: Map<string, number>;
  readonly #model: TrainedModel;

  private constructor(
    ids: string[],
    rows: number,
    model: TrainedModel,
    kind: PriorKind,
    calibration: Calibration,
    trainMs: number,
  ) {
    this.#ids = ids;
    this.#index = new Map(ids.map((id, i) => [id, i]));
    this.#model = model;
    this.rows = rows;
    this.kind = kind;
    this.calibration = calibration;
    this.trainMs = trainMs;
  }

  /** Undefined when there is nothing to learn from. */
  static async train(
    intents: TrainingIntent[],
    language: string,
    embedder: Embedder | undefined,
    onProgress?: TrainingProgress,
  ): Promise<Classifier | undefined> {
    const startedAtMs = performance.now();
    const rows = rowsOf(intents);
    if (rows.length === 0) return undefined;
    const said = new Set(rows.filter(({ target }) => target > 0).map(({ text }) => wordsOf(text).join(' ')));
    const talk = (background[baseLanguage(language)] ?? []).filter((line) => !said.has(wordsOf(line).join(' ')));
    const kind: PriorKind = embedder === undefined ? 'lexical' : isStatic(embedder) ? 'static' : 'sentence';
    const own = (intent: number): boolean => !intents[intent]!.builtIn;
    const kindOfModel = rows.length > recipe.largestKernel ? LargeModel : Model;
    const model: TrainedModel = await kindOfModel.train(
      rows,
      intents.length,
      { lines: talk, functionWords: functionWords[baseLanguage(language)] ?? new Set() },
      embedder && onProgress ? inSlices(embedder, onProgress) : embedder,
      own,
      onProgress,
    );
    const calibration = await calibrate(
      model,
      priors[kind],
      own,
      intents.length,
      talk.filter((_, i) => i % Math.ceil(talk.length / calibrationBackground) === 0),
    );
    model.finish();
    return new Classifier(
      intents.map(({ id }) => id),
      rows.length,
      model,
      kind,
      calibration,
      performance.now() - startedAtMs,
    );
  }

  /** The threshold for a promise where these are legal. See `Calibration`. */
  threshold(maxWrong: number, legal?: readonly string[]): number {
    return this.calibration.threshold(maxWrong, legal?.length ? this.#indices(legal) : undefined);
  }

  expected(maxWrong: number, legal?: readonly string[]): Expectation | undefined {
    return this.calibration.expected(maxWrong, legal && this.#indices(legal));
  }

  /** Own examples that would be taken for another intent, had they not been given. */
  get confusions(): { text: string; intent: string; takenFor: string }[] {
    return this.calibration.confusions.map(({ text, intent, takenFor }) => ({
      text,
      intent: this.#ids[intent]!,
      takenFor: this.#ids[takenFor]!,
    }));
  }

  #indices(ids: readonly string[]): number[] {
    return [...new Set(ids)].flatMap((id) => this.#index.get(id) ?? []);
  }

  get temperature(): number {
    return this.#model.temperature;
  }

  /** @param forms the text as said, and perhaps with typed placeholders */
  async judge(forms: string[], legal: string[]): Promise<Verdict> {
    const among = this.#indices(legal);
    if (among.length === 0) return { candidates: [], probability: 0, scope: 0, unknown: 1 };
    const evidence = await this.#model.read(forms);
    const { ranked, features } = readEvidence(evidence, among, this.temperature);
    return {
      candidates: ranked.map(({ intent, probability }) => ({ intent: this.#ids[intent]!, score: probability })),
      probability: probabilityOf(this.calibration.answer, features),
      scope: probabilityOf(this.calibration.scope, features),
      unknown: evidence.unknown,
    };
  }
}

/** The same embedder, which says how far it is. */
function inSlices(embedder: Embedder, onProgress: TrainingProgress): Embedder {
  const slice = 256;
  const { name, hash, dimensions, languages } = embedder;
  return {
    name,
    hash,
    dimensions,
    languages,
    async embed(texts) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += slice) {
        if (texts.length > slice) onProgress('reading examples', at, texts.length);
        vectors.push(...(await embedder.embed(texts.slice(at, at + slice))));
      }
      return vectors;
    },
  };
}
