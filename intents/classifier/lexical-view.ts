import { recipe } from './recipe.js';
import { wordsOf } from './words.js';

/** A text as n-grams: ids ascending, weights with each block (words, characters) of length 1/sqrt(2), so that x·x = 1. */
export interface LexicalVector {
  ids: Int32Array;
  weights: Float32Array;
  words: string[];
}

const [shortestGram, longestGram] = [2, 5];

type Weigh = (word: string) => number;

/** Words 1-2, each with its weight; a pair weighs as its parts on average. */
function* wordGrams(words: string[], weigh: Weigh): Generator<[string, number]> {
  for (let i = 0; i < words.length; i++) {
    yield [words[i]!, weigh(words[i]!)];
    if (i + 1 < words.length) yield [`${words[i]!} ${words[i + 1]!}`, (weigh(words[i]!) + weigh(words[i + 1]!)) / 2];
  }
}

/** Characters 2-5 inside padded words; a placeholder is one gram. */
function* characterGrams(words: string[], weigh: Weigh): Generator<[string, number]> {
  for (const word of words) {
    if (word.startsWith('<')) {
      yield [word, 1];
      continue;
    }
    const padded = ` ${word} `;
    const weight = weigh(word);
    for (let size = shortestGram; size <= longestGram; size++) {
      for (let at = 0; at + size <= padded.length; at++) yield [padded.slice(at, at + size), weight];
    }
  }
}

const blocks = [
  { prefix: 'w:', grams: wordGrams },
  { prefix: 'c:', grams: characterGrams },
];

/**
 * Word and character n-grams, tf-idf. The document frequencies count `background` texts too: in an
 * agent of twenty examples "could you" would otherwise be as telling as "excursion".
 */
export class LexicalView {
  readonly #ids = new Map<string, number>();
  readonly #idf: number[] = [];
  readonly #unknownIdf: number;
  readonly #weigh: Weigh;
  /** In how many of the training texts each word occurs; the background is not counted. */
  readonly #wordCounts = new Map<string, number>();

  constructor(texts: string[], background: string[] = [], functionWords: ReadonlySet<string> = new Set()) {
    this.#weigh = (word) => (functionWords.has(word) ? recipe.functionWordWeight : 1);
    const frequency = new Map<string, number>();
    const seen = new Set<string>();
    const documents = texts.length + background.length;
    for (const [index, text] of [...texts, ...background].entries()) {
      const words = wordsOf(text);
      if (index < texts.length)
        for (const word of new Set(words)) this.#wordCounts.set(word, (this.#wordCounts.get(word) ?? 0) + 1);
      seen.clear();
      for (const { prefix, grams } of blocks) for (const [gram] of grams(words, this.#weigh)) seen.add(prefix + gram);
      for (const gram of seen) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
      // Background grams weigh on the frequencies, but get no place of their own.
      if (index < texts.length) for (const gram of seen) if (!this.#ids.has(gram)) this.#ids.set(gram, this.#ids.size);
    }
    for (const gram of this.#ids.keys()) this.#idf.push(Math.log((1 + documents) / (1 + frequency.get(gram)!)) + 1);
    this.#unknownIdf = Math.log(1 + documents) + 1;
  }

  /** How many n-grams have a place. */
  get size(): number {
    return this.#ids.size;
  }

  /** Unknown grams have no place in the vector and count in its length: a text of unknown words is near nothing. */
  vector(text: string): LexicalVector {
    const words = wordsOf(text);
    const weights = new Map<number, number>();
    for (const { prefix, grams } of blocks) {
      const counts = new Map<string, number>();
      for (const [gram, weight] of grams(words, this.#weigh)) counts.set(gram, (counts.get(gram) ?? 0) + weight);
      let squares = 0;
      const block: [number, number][] = [];
      for (const [gram, count] of counts) {
        const id = this.#ids.get(prefix + gram);
        const weight =
          (count < 1 ? count : 1 + Math.log(count)) * (id === undefined ? this.#unknownIdf : this.#idf[id]!);
        squares += weight * weight;
        if (id !== undefined) block.push([id, weight]);
      }
      const scale = squares === 0 ? 0 : Math.SQRT1_2 / Math.sqrt(squares);
      for (const [id, weight] of block) weights.set(id, weight * scale);
    }
    const ids = Int32Array.from(weights.keys()).sort();
    return { ids, weights: Float32Array.from(ids, (id) => weights.get(id)!), words };
  }

  /** In how many training texts the word occurs. */
  count(word: string): number {
    return this.#wordCounts.get(word) ?? 0;
  }
}

/** For each n-gram, the rows that hold it: similarities of one text to all rows in one pass over its grams. */
export class Postings {
  readonly #starts: Int32Array;
  readonly #rows: Int32Array;
  readonly #weights: Float32Array;
  readonly #rowCount: number;

  constructor(vectors: LexicalVector[], size: number) {
    this.#rowCount = vectors.length;
    this.#starts = new Int32Array(size + 1);
    for (const { ids } of vectors) for (const id of ids) this.#starts[id + 1]!++;
    for (let id = 0; id < size; id++) this.#starts[id + 1]! += this.#starts[id]!;
    const next = this.#starts.slice(0, size);
    this.#rows = new Int32Array(this.#starts[size]!);
    this.#weights = new Float32Array(this.#starts[size]!);
    for (const [row, { ids, weights }] of vectors.entries()) {
      for (let i = 0; i < ids.length; i++) {
        const at = next[ids[i]!]!++;
        this.#rows[at] = row;
        this.#weights[at] = weights[i]!;
      }
    }
  }

  /** Dot products with every row, 0 to 1. */
  similarities({ ids, weights }: LexicalVector): Float64Array {
    const result = new Float64Array(this.#rowCount);
    for (let i = 0; i < ids.length; i++) {
      const weight = weights[i]!;
      for (let at = this.#starts[ids[i]!]!; at < this.#starts[ids[i]! + 1]!; at++) {
        result[this.#rows[at]!]! += weight * this.#weights[at]!;
      }
    }
    return result;
  }
}
