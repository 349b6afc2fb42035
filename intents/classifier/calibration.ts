import { readEvidence } from './features.js';
import { fitLogistic, probabilityOf, type LogisticRow, type LogisticWeights } from './logistic.js';
import type { TrainedModel } from './model.js';
import { priorThreshold, type Prior } from './prior.js';
import { recipe } from './recipe.js';
import { chooseThreshold, wilsonUpper, type Judged } from './threshold.js';

/** How sure the classifier may be of what it says, and what it promises by it. */
export interface Calibration {
  /** Probability that the most probable legal intent is right. */
  answer: LogisticWeights;
  /** Probability that any legal intent is right. */
  scope: LogisticWeights;
  /** `examples`: from the designer's own examples; `prior`: too few of them, the shipped numbers. */
  source: 'examples' | 'prior';
  /** The designer's own examples it rests on. */
  rows: number;
  /** The lowest probability to accept, when at most `maxWrong` of the accepted may be wrong. */
  threshold(maxWrong: number): number;
  /** What is to be expected at that threshold of turns like the examples, one in ten foreign. */
  expected(maxWrong: number): { accepted: number; wrong: number; wrongAtMost: number } | undefined;
}

/** Of turns in a call, this share is foreign; half of it like the left-out intents, half like the background. */
const foreignShare = 0.1;
/** Below this many own examples a quantile of them means nothing. */
const fewestRows = 60;
/** How many rows' worth the shipped weights count. */
const priorPull = 8;

/**
 * Judges the model by what it would have said of each example had it not seen it (right or wrong), of each
 * example had it never heard of its intent, and of ordinary talk (always wrong).
 * @param own which intents are the designer's: the built-ins' phrases are the same in every agent
 * @param background ordinary talk, which is no example of anything
 */
export async function calibrate(
  model: TrainedModel,
  prior: Prior,
  own: (intent: number) => boolean,
  intents: number,
  background: string[],
): Promise<Calibration> {
  const all = Array.from({ length: intents }, (_, c) => c);
  const examples = model.leaveExamplesOut().filter(({ row }) => own(row.intent));
  const rows = examples.length;
  const ownIntents = new Set(examples.map(({ row }) => row.intent)).size;
  if (rows < fewestRows || ownIntents < 2) {
    return {
      answer: prior.answer,
      scope: prior.scope,
      source: 'prior',
      rows,
      threshold: (maxWrong) => priorThreshold(prior, maxWrong),
      expected: () => undefined,
    };
  }
  const judged: (LogisticRow & { inScope: boolean })[] = examples.map(({ row, evidence }) => {
    const { ranked, features } = readEvidence(evidence, all, model.temperature);
    return { features, right: ranked[0]!.intent === row.intent, inScope: true, weight: 1 };
  });
  const foreignRows = (rows * foreignShare) / (1 - foreignShare);
  const strangers = model.leaveIntentsOut().filter(({ row }) => own(row.intent));
  for (const { row, evidence } of strangers) {
    const { features } = readEvidence(
      evidence,
      all.filter((c) => c !== row.intent),
      model.temperature,
    );
    judged.push({
      features,
      right: false,
      inScope: false,
      weight: (foreignRows * recipe.nearShare) / strangers.length,
    });
  }
  for (const text of background) {
    const { features } = readEvidence(await model.read([text]), all, model.temperature);
    judged.push({
      features,
      right: false,
      inScope: false,
      weight: (foreignRows * (1 - recipe.nearShare)) / background.length,
    });
  }
  const answer = fitLogistic(judged, prior.answer, priorPull);
  const scope = fitLogistic(
    judged.map(({ features, inScope, weight }) => ({ features, right: inScope, weight })),
    prior.scope,
    priorPull,
  );
  const scored: Judged[] = judged.map(({ features, right, weight }) => ({
    probability: probabilityOf(answer, features),
    right,
    weight,
  }));
  const total = scored.reduce((sum, { weight }) => sum + weight, 0);
  return {
    answer,
    scope,
    source: 'examples',
    rows,
    threshold(maxWrong) {
      // Where even a spotless run of so few is no proof, what was seen is still better than nothing.
      const own = chooseThreshold(scored, maxWrong, recipe.caution) ?? chooseThreshold(scored, maxWrong, 0);
      return blend(priorThreshold(prior, maxWrong), own?.threshold ?? 0.99, rows);
    },
    expected(maxWrong) {
      const chosen = chooseThreshold(scored, maxWrong, recipe.caution);
      return (
        chosen && {
          accepted: chosen.accepted,
          wrong: chosen.wrong,
          wrongAtMost: wilsonUpper(chosen.wrong * chosen.accepted * total, chosen.accepted * total),
        }
      );
    },
  };
}

/** Between the shipped threshold and the examples' own, in log-odds: one more example moves it a little, never at a jump. */
function blend(shipped: number, own: number, rows: number): number {
  const odds = (p: number): number => Math.log(p / (1 - p));
  const share = rows / (rows + recipe.shippedRows);
  return 1 / (1 + Math.exp(-((1 - share) * odds(clamp(shipped)) + share * odds(clamp(own)))));
}

function clamp(p: number): number {
  return Math.min(0.9999, Math.max(0.0001, p));
}
