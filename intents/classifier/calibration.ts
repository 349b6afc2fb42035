import type { Evidence } from './features.js';
import { fitLogistic, probabilityOf, type LogisticWeights } from './logistic.js';
import { priorThreshold, type Prior } from './prior.js';
import { recipe } from './recipe.js';
import { chooseThreshold, wilsonUpper, type Judged } from './threshold.js';
import type { TrainedModel, Trial } from './trained-model.js';
import {
  judgedAmong,
  packEvidence,
  unpackEvidence,
  type JudgedText,
  type PackedEvidence,
  type Trials,
} from './trials.js';

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

/** Below this many own examples a quantile of them means nothing. */
export const fewestRows = 60;
/** Below this many own examples a state has no threshold of its own. */
const fewestInState = 50;
/** So many states keep theirs; an agent has fewer, a bench may make more. */
const mostStates = 256;
/** How many rows' worth the shipped weights count. */
const priorPull = 8;

/** A calibration as plain data. */
export interface CalibrationState {
  answer: LogisticWeights;
  scope: LogisticWeights;
  rows: number;
  confusions: Confusion[];
  /** What the thresholds are chosen by; absent where there are too few examples. */
  own?: {
    examples: PackedEvidence;
    exampleIntents: Int32Array;
    exampleWeights: Float64Array;
    strangers: PackedEvidence;
    strangerIntents: Int32Array;
    strangerWeights: Float64Array;
    talk: PackedEvidence;
    /** Of all trials, all intents legal. */
    everywhere: { probability: Float64Array; right: Uint8Array; weight: Float64Array };
  };
}

/**
 * Judges the model by what it would have said of each example had it not seen it (right or wrong), of each
 * example had it never heard of its intent, and of ordinary talk (always wrong).
 * @param own which intents are the designer's: the built-ins' phrases are the same in every agent
 * @param background ordinary talk, which is no example of anything
 */
export async function calibrate(
  model: TrainedModel<unknown>,
  prior: Prior,
  own: (intent: number) => boolean,
  intents: number,
  background: string[],
): Promise<CalibrationState> {
  const left = model.leaveExamplesOut().filter(({ row }) => own(row.intent));
  const rows = left.length;
  const confusions = confusionsOf(left);
  if (rows < fewestRows || new Set(left.map(({ row }) => row.intent)).size < 2)
    return { answer: prior.answer, scope: prior.scope, rows, confusions };
  const copies = model.leaveOutOfCopies();
  const examples = together(left, copies.examples);
  const strangers = together(
    model.leaveIntentsOut().filter(({ row }) => own(row.intent)),
    copies.intents,
  );
  const talk: Evidence[] = [];
  for (const text of background) talk.push(await model.read([text]));

  const all = Array.from({ length: intents }, (_, c) => c);
  const judged = judgedAmong({ examples, strangers, talk }, all, model.temperature);
  const answer = fitLogistic(judged, prior.answer, priorPull);
  const scope = fitLogistic(
    judged.map(({ features, inScope, weight }) => ({ features, right: inScope, weight })),
    prior.scope,
    priorPull,
  );
  const pack = (list: readonly JudgedText[]): PackedEvidence =>
    packEvidence(
      list.map(({ evidence }) => evidence),
      intents,
    );
  const intentsOf = (list: readonly JudgedText[]): Int32Array => Int32Array.from(list, ({ intent }) => intent);
  const weightsOf = (list: readonly JudgedText[]): Float64Array => Float64Array.from(list, ({ weight }) => weight);
  return {
    answer,
    scope,
    rows,
    confusions,
    own: {
      examples: pack(examples),
      exampleIntents: intentsOf(examples),
      exampleWeights: weightsOf(examples),
      strangers: pack(strangers),
      strangerIntents: intentsOf(strangers),
      strangerWeights: weightsOf(strangers),
      talk: packEvidence(talk, intents),
      everywhere: {
        probability: Float64Array.from(judged, ({ features }) => probabilityOf(answer, features)),
        right: Uint8Array.from(judged, ({ right }) => (right ? 1 : 0)),
        weight: Float64Array.from(judged, ({ weight }) => weight),
      },
    },
  };
}

/** What serves: thresholds of states are worked out when they are first asked for. */
export function calibrationOf(
  { answer, scope, rows, confusions, own }: CalibrationState,
  prior: Prior,
  intents: number,
  temperature: number,
): Calibration {
  if (!own)
    return {
      answer,
      scope,
      source: 'prior',
      rows,
      threshold: (maxWrong) => priorThreshold(prior, maxWrong),
      expected: () => undefined,
      confusions,
    };
  const texts = (packed: PackedEvidence, of: Int32Array, weights: Float64Array): JudgedText[] =>
    unpackEvidence(packed).map((evidence, i) => ({ intent: of[i]!, evidence, weight: weights[i]! }));
  let unpacked: Trials | undefined;
  const trials = (): Trials =>
    (unpacked ??= {
      examples: texts(own.examples, own.exampleIntents, own.exampleWeights),
      strangers: texts(own.strangers, own.strangerIntents, own.strangerWeights),
      talk: unpackEvidence(own.talk),
    });
  const { probability, right, weight } = own.everywhere;
  const everywhere: Judged[] = Array.from(probability, (p, i) => ({
    probability: p,
    right: right[i] === 1,
    weight: weight[i]!,
  }));
  const states = new Map<string, { scored: Judged[]; rows: number }>();
  /** A state's own trials; undefined where all are legal or the state has too few of its own to tell. */
  const stateOf = (legal: readonly number[] | undefined): { scored: Judged[]; rows: number } | undefined => {
    if (!legal || legal.length === intents) return undefined;
    const key = [...legal].sort((a, b) => a - b).join(' ');
    let state = states.get(key);
    if (!state) {
      const isLegal = new Set(legal);
      // The examples as they stand come first, their copies after them.
      const count = own.exampleIntents.subarray(0, rows).filter((intent) => isLegal.has(intent)).length;
      const judged = count < fewestInState ? [] : judgedAmong(trials(), legal, temperature);
      const scored = judged.map((one) => ({ ...one, probability: probabilityOf(answer, one.features) }));
      state = { scored, rows: count };
      if (states.size >= mostStates) states.delete(states.keys().next().value!);
      states.set(key, state);
    }
    return state.scored.length === 0 ? undefined : state;
  };
  /** All trials are counted as far as they are many. Those of a state always: probabilities that fit the whole are too shy there. */
  const countedEverywhere = 1 - 1 / (1 + (rows / recipe.countedRows) ** 2);
  const choose = (
    state: { scored: Judged[] } | undefined,
    maxWrong: number,
    caution: number = recipe.caution,
  ): ReturnType<typeof chooseThreshold> =>
    chooseThreshold(state?.scored ?? everywhere, maxWrong, caution, state ? 1 : countedEverywhere);
  const thresholdOf = (state: { scored: Judged[] } | undefined, maxWrong: number): number | undefined =>
    // Where even a spotless run of so few is no proof, what was seen is still better than nothing.
    (choose(state, maxWrong) ?? choose(state, maxWrong, 0))?.threshold;

  return {
    answer,
    scope,
    source: 'examples',
    rows,
    threshold(maxWrong, legal) {
      const whole = blend(priorThreshold(prior, maxWrong), thresholdOf(undefined, maxWrong) ?? 0.99, rows);
      const state = stateOf(legal);
      const own = state && thresholdOf(state, maxWrong);
      // A few dozen examples show that a state is easier than the whole; that it is harder only their scatter could say.
      return own !== undefined && own < whole ? blend(whole, own, state!.rows) : whole;
    },
    expected(maxWrong, legal) {
      const state = stateOf(legal);
      const scored = state?.scored ?? everywhere;
      const chosen = choose(state, maxWrong);
      const total = scored.reduce((sum, { weight }) => sum + weight, 0) * (chosen?.accepted ?? 0);
      return chosen && { ...chosen, wrongAtMost: wilsonUpper(chosen.wrong * total, total) };
    },
    confusions,
  };
}

/** Trials and those of misheard copies, by their shares; all together they count as the trials alone. */
function together(trials: readonly Trial[], copies: readonly Trial[]): JudgedText[] {
  const share = copies.length === 0 ? 0 : recipe.misheardShare;
  const each = (list: readonly Trial[], weight: number): JudgedText[] =>
    list.map(({ row, evidence }) => ({ intent: row.intent, evidence, weight }));
  return [...each(trials, 1 - share), ...each(copies, (share * trials.length) / Math.max(1, copies.length))];
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

function clamp(p: number): number {
  return Math.min(0.9999, Math.max(0.0001, p));
}
