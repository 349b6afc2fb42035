/** Which fixed answer a caller's question is about: by the words it shares with the questions an entry was given. */
import type { KnowledgeBase, KnowledgeEntry } from '../language/flow.js';
import { wordsOf } from './words.js';

export interface Match {
  entry: KnowledgeEntry;
  /** 0 to 1: how near the question is to the nearest of the entry's own. */
  score: number;
}

/**
 * A question is only answered when it is as near as this to one that was written down. Measured on the questions of
 * `test/engine/knowledge`: what is asked in other words lies at 0.45 and above, what is about something else below 0.38.
 */
const relevant = 0.42;
/** Two entries this near to each other are as good as each other: neither is said. */
const margin = 0.05;

interface Index {
  /** How telling each word is: rare among the entries is telling. */
  weights: Map<string, number>;
  /** Words that no entry has. */
  unknown: number;
  entries: { entry: KnowledgeEntry; asks: Set<string>[] }[];
}

const indexes = new WeakMap<KnowledgeBase, Index>();

/** The entry that answers a question, or null where none is near enough or two are as near. Never throws. */
export function matchKnowledge(base: KnowledgeBase, question: string): Match | null {
  let index = indexes.get(base);
  if (!index) indexes.set(base, (index = indexOf(base)));
  const words = wordsOf(question);
  if (words.size === 0) return null;
  const ranked = index.entries
    .map(({ entry, asks }) => ({ entry, score: Math.max(0, ...asks.map((ask) => nearness(index, words, ask))) }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = ranked;
  if (!first || first.score < relevant) return null;
  return second && first.score < 1 && first.score - second.score < margin ? null : first;
}

function indexOf(base: KnowledgeBase): Index {
  const entries = base.entries.map((entry) => ({ entry, asks: entry.asks.map(wordsOf) }));
  const counts = new Map<string, number>();
  for (const { asks } of entries) {
    for (const word of new Set(asks.flatMap((ask) => [...ask]))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const weight = (count: number): number => Math.log(1 + (entries.length + 1) / (count + 0.5));
  return {
    weights: new Map([...counts].map(([word, count]) => [word, weight(count)])),
    unknown: weight(0.5),
    entries,
  };
}

/** The weight of the words that both have, of all the words of each (the cosine of the two). */
function nearness(index: Index, words: ReadonlySet<string>, ask: ReadonlySet<string>): number {
  const weightOf = (word: string): number => index.weights.get(word) ?? index.unknown;
  const length = (set: ReadonlySet<string>): number =>
    Math.sqrt([...set].reduce((sum, word) => sum + weightOf(word) ** 2, 0));
  const shared = [...words].filter((word) => ask.has(word)).reduce((sum, word) => sum + weightOf(word) ** 2, 0);
  const lengths = length(words) * length(ask);
  return lengths === 0 ? 0 : shared / lengths;
}
