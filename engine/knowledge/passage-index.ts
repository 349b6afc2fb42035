/** Which passage of some documents answers a question, by words; and which of its sentences say it. */
import MiniSearch from 'minisearch';
import type { Passage } from '../language/flow.js';
import { stem, wordsOf } from './words.js';

export interface PassageMatch {
  passage: Passage;
  /** 0 to 1: how much of what the question asks for is in the passage. */
  score: number;
}

/** From this share on a passage answers. Chosen on the library's half of `test/fixtures/knowledge/questions.ts`. */
const relevant = 0.5;
/** What a word of the question counts for when it stands only in the headings above the passage's own. */
const inherited = 0.5;

interface Index {
  search: MiniSearch;
  passages: readonly Passage[];
  own: ReadonlySet<string>[];
  above: ReadonlySet<string>[];
  weights: ReadonlyMap<string, number>;
  /** Of a word that no passage has. */
  unknown: number;
}

/** Built at the first question: loading and checking an agent needs none. */
const indexes = new WeakMap<readonly Passage[], Index>();

/**
 * The passage that answers, or null where none is near enough. Never throws.
 * @param like questions in other words that mean the same
 */
export function findPassage(
  passages: readonly Passage[],
  question: string,
  like: readonly string[] = [],
): PassageMatch | null {
  const index = indexes.get(passages) ?? indexOf(passages);
  indexes.set(passages, index);
  const asked = [question, ...like].map(termsOf).filter(({ size }) => size > 0);
  let best: (PassageMatch & { rank: number }) | null = null;
  for (const terms of asked) {
    for (const found of index.search.search([...terms].join(' ')).slice(0, 5)) {
      const at = found.id as number;
      const score = covered(index, at, terms);
      const rank = score * found.score * (givesKind(question, passages[at]!) ? 1.5 : 1);
      if (score >= relevant && (!best || rank > best.rank)) best = { passage: passages[at]!, score, rank };
    }
  }
  return best && { passage: best.passage, score: best.score };
}

/** Whether a passage has the kind of thing that is asked for: a length of time, a sum. */
function givesKind(question: string, { sentences }: Passage): boolean {
  const wanted = kinds.find(({ asked }) => asked.test(question));
  return wanted !== undefined && sentences.some((sentence) => wanted.given.test(sentence));
}

const kinds: readonly { asked: RegExp; given: RegExp }[] = [
  {
    asked: /\bhow (?:long|soon|many (?:minutes|hours|days|weeks|months|years))\b|\bwhen\b/i,
    given: /\b(?:minute|hour|day|week|month|year)s?\b/i,
  },
  {
    asked: /\bhow much\b|\b(?:costs?|price|fee|charge|free)\b/i,
    given: /\b(?:euros?|pounds?|dollars?|cents?|free)\b/i,
  },
];

/** Whether a text has any of the words that tell what a question is about. */
export function sharesWords(question: string, sentences: readonly string[]): boolean {
  const asked = termsOf(question);
  return [...termsOf(sentences.join(' '))].some((word) => asked.has(word));
}

function indexOf(passages: readonly Passage[]): Index {
  const search = new MiniSearch({
    fields: ['head', 'above', 'text'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
    searchOptions: { boost: { head: 2, above: inherited } },
  });
  const own = passages.map(({ heads, sentences }) => termsOf([heads.at(-1) ?? '', ...sentences].join(' ')));
  const above = passages.map(({ heads }) => termsOf(heads.slice(0, -1).join(' ')));
  search.addAll(
    passages.map(({ heads, sentences }, id) => ({
      id,
      head: [...termsOf(heads.at(-1) ?? '')].join(' '),
      above: [...above[id]!].join(' '),
      text: sentences.flatMap((sentence) => [...termsOf(sentence)]).join(' '),
    })),
  );
  const counts = new Map<string, number>();
  for (const words of own) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weight = (count: number): number => Math.log(1 + (passages.length + 1) / (count + 0.5));
  return {
    search,
    passages,
    own,
    above,
    weights: new Map([...counts].map(([word, count]) => [word, weight(count)])),
    unknown: weight(0.5),
  };
}

function covered(index: Index, at: number, terms: ReadonlySet<string>): number {
  let all = 0;
  let found = 0;
  for (const term of terms) {
    const weight = index.weights.get(term) ?? index.unknown;
    all += weight;
    if (index.own[at]!.has(term)) found += weight;
    else if (index.above[at]!.has(term)) found += weight * inherited;
  }
  return all === 0 ? 0 : found / all;
}

/** The words of a question that a passage should have: not those that only say what kind of answer is wanted. */
function termsOf(text: string): ReadonlySet<string> {
  const joined = text.replace(/(?<=\p{L}{2})-(?=\p{L}{2})/gu, '');
  return new Set([...wordsOf(joined)].map(rootOf).filter((word) => !asking.has(word)));
}

/** Nouns made of verbs meet the verb: "delivery" and "deliver", "reservation" and "reserve". */
function rootOf(word: string): string {
  return irregular[word] ?? (word.length > 6 ? word.replace(/(?:ation|ment|ship|y)$/u, '') : word);
}

const irregular: Readonly<Record<string, string>> = { children: 'child', people: 'person' };

const asking: ReadonlySet<string> = new Set(
  'long much many often happen take thing something anything someone somebody now too when day week hour time'
    .split(' ')
    .map((word) => rootOf(stem(word))),
);
