/** What a model said of texts whose answer is known, kept to judge it by; as plain data one list of numbers each. */
import { thinned } from './thinned.js';
import { readEvidence, type Evidence } from './features.js';
import type { LogisticRow } from './logistic.js';
import { recipe } from './recipe.js';

/** Evidence of many texts, text after text. */
export interface PackedEvidence {
  /** How many numbers a text has in each list. */
  intents: number;
  scores: Float64Array;
  cosine: Float64Array;
  lexical: Float64Array;
  unknown: Float64Array;
  words: Float64Array;
}

export function packEvidence(list: readonly Evidence[], intents: number): PackedEvidence {
  const flat = (pick: (evidence: Evidence) => Float64Array): Float64Array => {
    const all = new Float64Array(list.length * intents);
    for (const [i, evidence] of list.entries()) all.set(pick(evidence), i * intents);
    return all;
  };
  return {
    intents,
    scores: flat(({ scores }) => scores),
    cosine: flat(({ cosine }) => cosine),
    lexical: flat(({ lexical }) => lexical),
    unknown: Float64Array.from(list, ({ unknown }) => unknown),
    words: Float64Array.from(list, ({ words }) => words),
  };
}

export function unpackEvidence({ intents, scores, cosine, lexical, unknown, words }: PackedEvidence): Evidence[] {
  return Array.from(words, (count, i) => {
    const part = (of: Float64Array): Float64Array => of.subarray(i * intents, (i + 1) * intents);
    return { scores: part(scores), cosine: part(cosine), lexical: part(lexical), unknown: unknown[i]!, words: count };
  });
}

/** A left-out example: its own intent, and what was made of it. */
export interface JudgedText {
  intent: number;
  evidence: Evidence;
  /** What it counts: an example and its misheard copy are one turn together. */
  weight: number;
}

export interface Trials {
  /** Examples that the model had not seen, as they stand and misheard. */
  examples: JudgedText[];
  /** Examples of whose whole intent it had never heard. */
  strangers: JudgedText[];
  /** Ordinary talk, which is no example of anything. */
  talk: Evidence[];
}

/** Of turns in a call, this share is foreign; half of it like the left-out intents, half like the background. */
const foreignShare = 0.1;
/** Of examples that are legal elsewhere only, more tell nothing new. */
const mostElsewhere = 200;

/** The trials as they would have been judged where only `legal` intents were. */
export function judgedAmong(
  { examples, strangers, talk }: Trials,
  legal: readonly number[],
  temperature: number,
): (LogisticRow & { inScope: boolean })[] {
  const isLegal = new Set(legal);
  const featuresOf = (evidence: Evidence, among: readonly number[]): number[] =>
    readEvidence(evidence, among, temperature).features;
  const inScope = examples.filter(({ intent }) => isLegal.has(intent));
  const near = strangers.flatMap(({ intent, evidence, weight }) => {
    const among = legal.filter((c) => c !== intent);
    return isLegal.has(intent) && among.length > 0 ? [{ features: featuresOf(evidence, among), weight }] : [];
  });
  const elsewhere = thinned(
    examples.filter(({ intent }) => !isLegal.has(intent)),
    mostElsewhere,
  ).map(({ evidence, weight }) => ({ features: featuresOf(evidence, legal), weight }));
  const far = talk.map((evidence) => ({ features: featuresOf(evidence, legal), weight: 1 }));
  const foreign = (weightOf(inScope) * foreignShare) / (1 - foreignShare);
  const { nearShare } = recipe;
  const shareOfNear = elsewhere.length === 0 ? nearShare : nearShare / 2;
  const strange = (
    list: { features: number[]; weight: number }[],
    share: number,
  ): (LogisticRow & { inScope: boolean })[] => {
    const all = weightOf(list);
    return list.map(({ features, weight }) => ({
      features,
      right: false,
      inScope: false,
      weight: (foreign * share * weight) / all,
    }));
  };
  return [
    ...inScope.map(({ intent, evidence, weight }) => {
      const { ranked, features } = readEvidence(evidence, legal, temperature);
      return { features, right: ranked[0]!.intent === intent, inScope: true, weight };
    }),
    ...strange(near, shareOfNear),
    ...strange(elsewhere, nearShare - shareOfNear),
    ...strange(far, 1 - nearShare),
  ];
}

/** How many turns they are together. */
export function weightOf(list: readonly { weight: number }[]): number {
  return list.reduce((sum, { weight }) => sum + weight, 0);
}
