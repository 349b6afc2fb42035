import type { Embedder } from '../embedder/embedder.js';
import { calibrationOf, type Calibration, type Expectation } from './calibration.js';
import { readEvidence } from './features.js';
import { readerOfKernel } from './kernel-reader.js';
import { readerOfLarge } from './large-model.js';
import { probabilityOf } from './logistic.js';
import { priors } from './prior-figures.js';
import { usuallyAccepted, type Prior } from './prior.js';
import type { TextReader } from './trained-model.js';
import { functionWordsOf, type ClassifierState } from './training.js';

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

/** A trained classifier. Deterministic: the same intents and model files give the same verdicts. */
export class Classifier {
  readonly trainMs: number;
  readonly calibration: Calibration;
  readonly #ids: readonly string[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #reader: TextReader;
  readonly #prior: Prior;

  /**
   * @param state of a training on these intents, with this embedder
   * @param ids of the intents, in the order in which they were learned
   */
  constructor(state: ClassifierState, ids: readonly string[], language: string, embedder: Embedder | undefined) {
    const { model, kind, calibration, trainMs } = state;
    this.#ids = ids;
    this.#index = new Map(ids.map((id, i) => [id, i]));
    const functionWords = functionWordsOf(language);
    this.#reader =
      model.kind === 'kernel'
        ? readerOfKernel(model, functionWords, embedder)
        : readerOfLarge(model, functionWords, embedder);
    this.#prior = priors[kind];
    this.calibration = calibrationOf(calibration, this.#prior, ids.length, model.temperature);
    this.trainMs = trainMs;
  }

  /** The threshold for a promise where these are legal. See `Calibration`. */
  threshold(maxWrong: number, legal?: readonly string[]): number {
    return this.calibration.threshold(maxWrong, legal?.length ? this.#indices(legal) : undefined);
  }

  expected(maxWrong: number, legal?: readonly string[]): Expectation | undefined {
    return this.calibration.expected(maxWrong, legal && this.#indices(legal));
  }

  /** What agents like it usually decide, where its own examples are too few to tell. */
  usual(maxWrong: number): number | undefined {
    return this.calibration.source === 'prior' ? usuallyAccepted(this.#prior, maxWrong) : undefined;
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
    return this.#reader.temperature;
  }

  /** @param forms the text as said, and perhaps with typed placeholders */
  async judge(forms: string[], legal: string[]): Promise<Verdict> {
    const among = this.#indices(legal);
    if (among.length === 0) return { candidates: [], probability: 0, scope: 0, unknown: 1 };
    const evidence = await this.#reader.read(forms);
    const { ranked, features } = readEvidence(evidence, among, this.temperature);
    return {
      candidates: ranked.map(({ intent, probability }) => ({ intent: this.#ids[intent]!, score: probability })),
      probability: probabilityOf(this.calibration.answer, features),
      scope: probabilityOf(this.calibration.scope, features),
      unknown: evidence.unknown,
    };
  }
}
