import { readEvidence, type Evidence } from './features.js';
import { fitLogistic, probabilityOf, type LogisticRow, type LogisticWeights } from './logistic.js';
import type { TrainedModel, Trial } from './model.js';
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
  /**
   * The lowest probability to accept, when at most `maxWrong` of the accepted may be wrong.
   * @param legal what is legal in a state; all intents when absent. Few of them are told apart more easily
   */
  threshold(maxWrong: number, legal?: readonly number[]): number;
  /** What is to be expected at that threshold of turns like the examples, one in ten foreign. */
  expected(maxWrong: number, legal?: readonly number[]): Expectation | undefined;
  /** Left-out examples of the designer's that were taken for another intent: what is confused with what. */
  confusions: Confusion[];
}

/** Shares of the turns. */
export interface Expectation {
  accepted: number;
  wrong: number;
  wrongAtMost: number;
}

/** A left-out example and what it was taken for; indices of intents. */
export interface Confusion {
  text: string;
  intent: number;
  takenFor: number;
}

/** Of turns in a call, this share is foreign; half of it like the left-out intents, half like the background. */
const foreignShare = 0.1;
/** Below this many own examples a quantile of them means nothing. */
const fewestRows = 60;
/** Below this many own examples a state has no threshold of its own. */
const fewestInState = 50;
/** So many states keep theirs; an agent has fewer, a bench may make more. */
const mostStates = 256;
/** Of examples that are legal elsewhere only, more tell nothing new. */
const mostElsewhere = 200;
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
      confusions: confusionsOf(examples),
    };
  }
  const strangers = model.leaveIntentsOut().filter(({ row }) => own(row.intent));
  const talk: Evidence[] = [];
  for (const text of background) talk.push(await model.read([text]));

  /** The trials as they would have been judged where only `legal` intents were. */
  const judgedAmong = (legal: readonly number[]): (LogisticRow & { inScope: boolean })[] => {
    const isLegal = new Set(legal);
    const featuresOf = (evidence: Evidence, among: readonly number[]): number[] =>
      readEvidence(evidence, among, model.temperature).features;
    const inScope = examples.filter(({ row }) => isLegal.has(row.intent));
    const near = strangers.flatMap(({ row, evidence }) => {
      const among = legal.filter((c) => c !== row.intent);
      return isLegal.has(row.intent) && among.length > 0 ? [featuresOf(evidence, among)] : [];
    });
    const elsewhere = thinned(
      examples.filter(({ row }) => !isLegal.has(row.intent)),
      mostElsewhere,
    ).map(({ evidence }) => featuresOf(evidence, legal));
    const far = talk.map((evidence) => featuresOf(evidence, legal));
    const foreign = (inScope.length * foreignShare) / (1 - foreignShare);
    const { nearShare } = recipe;
    const shareOfNear = elsewhere.length === 0 ? nearShare : nearShare / 2;
    const strange = (list: number[][], share: number): (LogisticRow & { inScope: boolean })[] =>
      list.map((features) => ({ features, right: false, inScope: false, weight: (foreign * share) / list.length }));
    return [
      ...inScope.map(({ row, evidence }) => {
        const { ranked, features } = readEvidence(evidence, legal, model.temperature);
        return { features, right: ranked[0]!.intent === row.intent, inScope: true, weight: 1 };
      }),
      ...strange(near, shareOfNear),
      ...strange(elsewhere, nearShare - shareOfNear),
      ...strange(far, 1 - nearShare),
    ];
  };

  const judged = judgedAmong(all);
  const answer = fitLogistic(judged, prior.answer, priorPull);
  const scope = fitLogistic(
    judged.map(({ features, inScope, weight }) => ({ features, right: inScope, weight })),
    prior.scope,
    priorPull,
  );
  const scoredOf = (list: LogisticRow[]): Judged[] =>
    list.map(({ features, right, weight }) => ({ probability: probabilityOf(answer, features), right, weight }));
  const everywhere = scoredOf(judged);
  const states = new Map<string, { scored: Judged[]; rows: number }>();
  /** A state's own trials; undefined where all are legal or the state has too few of its own to tell. */
  const stateOf = (legal: readonly number[] | undefined): { scored: Judged[]; rows: number } | undefined => {
    if (!legal || legal.length === intents) return undefined;
    const key = [...legal].sort((a, b) => a - b).join(' ');
    let state = states.get(key);
    if (!state) {
      const isLegal = new Set(legal);
      const count = examples.filter(({ row }) => isLegal.has(row.intent)).length;
      state = { scored: count < fewestInState ? [] : scoredOf(judgedAmong(legal)), rows: count };
      if (states.size >= mostStates) states.delete(states.keys().next().value!);
      states.set(key, state);
    }
    return state.scored.length === 0 ? undefined : state;
  };
  const thresholdOf = (scored: Judged[], maxWrong: number): number | undefined =>
    // Where even a spotless run of so few is no proof, what was seen is still better than nothing.
    (chooseThreshold(scored, maxWrong, recipe.caution) ?? chooseThreshold(scored, maxWrong, 0))?.threshold;

  return {
    answer,
    scope,
    source: 'examples',
    rows,
    threshold(maxWrong, legal) {
      const whole = blend(priorThreshold(prior, maxWrong), thresholdOf(everywhere, maxWrong) ?? 0.99, rows);
      const state = stateOf(legal);
      const own = state && thresholdOf(state.scored, maxWrong);
      // A few dozen examples show that a state is easier than the whole; that it is harder only their scatter could say.
      return own !== undefined && own < whole ? blend(whole, own, state!.rows) : whole;
    },
    expected(maxWrong, legal) {
      const scored = stateOf(legal)?.scored ?? everywhere;
      const chosen = chooseThreshold(scored, maxWrong, recipe.caution);
      const total = scored.reduce((sum, { weight }) => sum + weight, 0) * (chosen?.accepted ?? 0);
      return chosen && { ...chosen, wrongAtMost: wilsonUpper(chosen.wrong * total, total) };
    },
    confusions: confusionsOf(examples),
  };
}

function confusionsOf(examples: readonly Trial[]): Confusion[] {
  return examples.flatMap(({ row, evidence }) => {
    const takenFor = evidence.scores.indexOf(Math.max(...evidence.scores));
    return takenFor === row.intent ? [] : [{ text: row.text, intent: row.intent, takenFor }];
  });
}

/** Between the shipped threshold and the examples' own, in log-odds: one more example moves it a little, never at a jump. */
function blend(shipped: number, own: number, rows: number): number {
  const odds = (p: number): number => Math.log(p / (1 - p));
  const share = rows / (rows + recipe.shippedRows);
  return 1 / (1 + Math.exp(-((1 - share) * odds(clamp(shipped)) + share * odds(clamp(own)))));
}

/** At most `most` of them, evenly taken. */
export function thinned<T>(list: readonly T[], most: number): T[] {
  const step = list.length / most;
  return step <= 1 ? [...list] : Array.from({ length: most }, (_, i) => list[Math.floor(i * step)]!);
}

function clamp(p: number): number {
  return Math.min(0.9999, Math.max(0.0001, p));
}
