/** The classifier as it serves: trained with the embedder, and without it once the embedder fails. */
import type { TrainingIntent } from '../engine/contracts.js';
import { Classifier, type Verdict } from './classifier/classifier.js';
import { basisOf, matterOf, train, type ClassifierState, type TrainingBasis } from './classifier/training.js';
import { checkedEmbedder, failureOf } from './embedder/checked.js';
import type { Embedder } from './embedder/embedder.js';
import type { RouterSettings } from './router.js';
import { TrainedStates } from './trained-states.js';

/** What can be said of a turn that nothing here can read. */
export const unread: Verdict = { candidates: [], probability: 0, scope: 0, unknown: 1 };

interface Learned {
  classifier?: Classifier;
  embedder?: Embedder;
  rows: number;
}

/** What it is trained from, and whom it tells. */
export interface LocalJudgeSettings extends Pick<RouterSettings, 'cacheFolder' | 'trainElsewhere' | 'onProgress'> {
  intents: readonly TrainingIntent[];
  language: string;
  embedder: Embedder | undefined;
  log: (line: string) => void;
  /** What was known of thresholds holds no longer. */
  onChange: () => void;
}

/** Judges texts for one router. What it was trained with may change while calls run: from the embedder to n-grams. */
export class LocalJudge {
  readonly #settings: LocalJudgeSettings;
  #learned: Learned = { rows: 0 };
  #relearning = false;

  private constructor(settings: LocalJudgeSettings) {
    this.#settings = settings;
  }

  /** Trains, or takes what was learned before. An embedder that fails is said, and done without. */
  static async train(settings: LocalJudgeSettings): Promise<LocalJudge> {
    const judge = new LocalJudge(settings);
    const embedder = settings.embedder && checkedEmbedder(settings.embedder);
    try {
      judge.#learned = await judge.#learn(embedder);
    } catch (error) {
      if (!embedder) throw error;
      judge.#sayLost(embedder, error);
      judge.#learned = await judge.#learn(undefined);
    }
    return judge;
  }

  get classifier(): Classifier | undefined {
    return this.#learned.classifier;
  }

  /** Undefined without one, and after it failed. */
  get embedder(): Embedder | undefined {
    return this.#learned.embedder;
  }

  /** What was learned from: examples, names and descriptions. */
  get rows(): number {
    return this.#learned.rows;
  }

  /**
   * Never fails for the embedder's sake: the turns that meet its failure are not read, those after it by n-grams. No caller
   * waits for their training.
   */
  async judge(forms: string[], legal: string[]): Promise<Verdict> {
    const { classifier, embedder } = this.#learned;
    if (!classifier || this.#relearning) return unread;
    try {
      return await classifier.judge(forms, legal);
    } catch (error) {
      if (!embedder) throw error;
      if (!this.#relearning) void this.#doWithout(embedder, error);
      return unread;
    }
  }

  async #doWithout(embedder: Embedder, error: unknown): Promise<void> {
    this.#relearning = true;
    this.#sayLost(embedder, error);
    try {
      this.#learned = await this.#learn(undefined);
    } catch (problem) {
      this.#learned = { rows: 0 };
      this.#settings.log(`router: ${(problem as Error).name} in training with n-grams; only what is said word for word is understood here`); // prettier-ignore
    }
    this.#relearning = false;
    this.#settings.onChange();
  }

  #sayLost(embedder: Embedder, error: unknown): void {
    this.#settings.log(
      `router: ${failureOf(embedder, error)}; going on with n-grams only until the next start. If it happens again, fetch the model again with flow models pull.`,
    );
  }

  async #learn(embedder: Embedder | undefined): Promise<Learned> {
    const { intents, language, cacheFolder } = this.#settings;
    const basis = basisOf(intents, language, embedder);
    if (!basis) return { rows: 0, ...(embedder && { embedder }) };
    const learn = (): Promise<ClassifierState> => this.#train(basis, embedder);
    const state = cacheFolder === undefined ? await learn() : await new TrainedStates(cacheFolder).of(basis, learn);
    const ids = intents.map(({ id }) => id);
    return {
      classifier: new Classifier(state, ids, language, embedder),
      rows: basis.rows.length,
      ...(embedder && { embedder }),
    };
  }

  async #train(basis: TrainingBasis, embedder: Embedder | undefined): Promise<ClassifierState> {
    const { trainElsewhere, onProgress, log } = this.#settings;
    const matter = await matterOf(basis, embedder, onProgress);
    try {
      if (trainElsewhere) return await trainElsewhere(matter);
    } catch (error) {
      log(`router: ${(error as Error).message}; training in the main thread`);
    }
    return train(matter, onProgress);
  }
}
