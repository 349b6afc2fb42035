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

/** A view as plain data. No gram and no word holds a line break: lists of them are one text. */
export interface LexicalViewState {
  grams: string;
  idf: Float64Array;
  unknownIdf: number;
  words: string;
  counts: Int32Array;
}

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
  #idf: Float64Array = new Float64Array();
  #unknownIdf = 0;
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
    this.#idf = Float64Array.from(
      this.#ids.keys(),
      (gram) => Math.log((1 + documents) / (1 + frequency.get(gram)!)) + 1,
    );
    this.#unknownIdf = Math.log(1 + documents) + 1;
  }

  get state(): LexicalViewState {
    return {
      grams: [...this.#ids.keys()].join('\n'),
      idf: this.#idf,
      unknownIdf: this.#unknownIdf,
      words: [...this.#wordCounts.keys()].join('\n'),
      counts: Int32Array.from(this.#wordCounts.values()),
    };
  }

  /** The view that `state` was taken of. */
  static restore(state: LexicalViewState, functionWords: ReadonlySet<string>): LexicalView {
    const view = new LexicalView([], [], functionWords);
    view.#idf = state.idf;
    view.#unknownIdf = state.unknownIdf;
    for (const gram of linesOf(state.grams)) view.#ids.set(gram, view.#ids.size);
    for (const [i, word] of linesOf(state.words).entries()) view.#wordCounts.set(word, state.counts[i]!);
    return view;
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

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

export interface PostingsState {
  rowCount: number;
  starts: Int32Array;
  rows: Int32Array;
  weights: Float32Array;
}

/** For each n-gram, the rows that hold it: similarities of one text to all rows in one pass over its grams. */
export class Postings {
  /** As plain data. */
  readonly state: PostingsState;

  constructor(state: PostingsState) {
    this.state = state;
  }

  /** @param size how many n-grams there are */
  static of(vectors: LexicalVector[], size: number): Postings {
    const starts = new Int32Array(size + 1);
    for (const { ids } of vectors) for (const id of ids) starts[id + 1]!++;
    for (let id = 0; id < size; id++) starts[id + 1]! += starts[id]!;
    const next = starts.slice(0, size);
    const rows = new Int32Array(starts[size]!);
    const all = new Float32Array(starts[size]!);
    for (const [row, { ids, weights }] of vectors.entries()) {
      for (let i = 0; i < ids.length; i++) {
        const at = next[ids[i]!]!++;
        rows[at] = row;
        all[at] = weights[i]!;
      }
    }
    return new Postings({ rowCount: vectors.length, starts, rows, weights: all });
  }

  /** Dot products with every row, 0 to 1. */
  similarities({ ids, weights }: LexicalVector): Float64Array {
    const { rowCount, starts, rows, weights: all } = this.state;
    const result = new Float64Array(rowCount);
    for (let i = 0; i < ids.length; i++) {
      const weight = weights[i]!;
      for (let at = starts[ids[i]!]!; at < starts[ids[i]! + 1]!; at++) {
        result[rows[at]!]! += weight * all[at]!;
      }
    }
    return result;
  }
}
