import { softmax } from './temperature.js';

/** What one text brings to the decision, per intent. */
export interface Evidence {
  /** Kernel ridge scores: about 1 for the right intent, about 0 elsewhere. */
  scores: Float64Array;
  /** Best cosine to an example of each intent; the lexical one where there are no sentence vectors. */
  cosine: Float64Array;
  /** Best n-gram similarity to an example of each intent. */
  lexical: Float64Array;
  /** Share of the words that occur in no example. */
  unknown: number;
  words: number;
}

/** Similarities of one text to rows. */
export interface Similarities {
  cosine: Float64Array;
  lexical: Float64Array;
}

/**
 * A text's scores beside its best similarity to an example of each intent.
 * @param rows what the similarities are to; a row against its intent (`not:`) is no example of it
 * @param isHidden rows that are not to be known
 */
export function evidenceOf(
  scores: Float64Array,
  likeness: Similarities,
  rows: readonly { intent: number; target: number }[],
  counted: { words: number; unknown: number },
  isHidden?: (row: number) => boolean,
): Evidence {
  const cosine = new Float64Array(scores.length);
  const lexical = new Float64Array(scores.length);
  for (let i = 0; i < rows.length; i++) {
    const { target, intent } = rows[i]!;
    if (target < 0 || isHidden?.(i)) continue;
    cosine[intent] = Math.max(cosine[intent]!, likeness.cosine[i]!);
    lexical[intent] = Math.max(lexical[intent]!, likeness.lexical[i]!);
  }
  const { words, unknown } = counted;
  return { scores, cosine, lexical, unknown: words === 0 ? 1 : unknown / words, words };
}

/** The features' names, in order. */
export const featureNames = [
  'most probable',
  'margin',
  'certainty',
  'energy',
  'best score',
  'score gap',
  'best cosine',
  'cosine margin',
  'cosine agrees',
  'best lexical',
  'unknown words',
  'length',
  'legal mass',
  'foreign score',
] as const;

/** More words than in any example of a public set say nothing more: the feature must not grow on. */
const longestCounted = 20;

/** A reading of the evidence among the legal intents. */
export interface Reading {
  /** Legal intents with their probabilities, most probable first. */
  ranked: { intent: number; probability: number }[];
  features: number[];
}

/**
 * Features by which an answer's chance is judged (see `featureNames`). Legal ones compete; the score of
 * the others only tells whether the caller meant something that is not legal here.
 * @param legal indices of the legal intents, at least one
 */
export function readEvidence(evidence: Evidence, legal: readonly number[], temperature: number): Reading {
  const { scores, cosine, lexical } = evidence;
  const probabilities = softmax(scores, legal, temperature);
  const ranked = legal.map((intent, i) => ({ intent, probability: probabilities[i]! }));
  ranked.sort((a, b) => b.probability - a.probability || scores[b.intent]! - scores[a.intent]!);
  const [first, second] = [ranked[0]!, ranked[1]];

  const isLegal = new Uint8Array(scores.length);
  for (const c of legal) isLegal[c] = 1;
  let foreign = 0;
  let foreignCosine = 0;
  for (let c = 0; c < scores.length; c++) {
    if (isLegal[c]) continue;
    foreign = Math.max(foreign, scores[c]!);
    foreignCosine = Math.max(foreignCosine, cosine[c]!);
  }
  const legalMass = legal.reduce((sum, c) => sum + Math.exp(scores[c]! / temperature), 0);
  let allMass = 0;
  for (const z of scores) allMass += Math.exp(z / temperature);

  let [near, nearest, next] = [first.intent, -1, 0];
  for (const c of legal) {
    if (cosine[c]! > nearest) [near, next, nearest] = [c, Math.max(nearest, 0), cosine[c]!];
    else next = Math.max(next, cosine[c]!);
  }
  next = Math.max(next, foreignCosine);

  const best = scores[first.intent]!;
  const features = [
    first.probability,
    first.probability - (second?.probability ?? 0),
    probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0),
    temperature * Math.log(legalMass),
    best,
    best - (second ? scores[second.intent]! : 0),
    nearest,
    nearest - next,
    near === first.intent ? 1 : 0,
    Math.max(...legal.map((c) => lexical[c]!)),
    evidence.unknown,
    Math.log(1 + Math.min(evidence.words, longestCounted)),
    Math.max(-8, Math.log(legalMass / allMass)),
    foreign,
  ];
  return { ranked, features };
}
