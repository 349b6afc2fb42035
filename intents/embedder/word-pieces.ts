/** A word longer than this is not cut into pieces; it is unknown. BERT's own rule. */
const longestWord = 100;
/** Text beyond this is not read: a spoken turn is far shorter. */
const longestText = 2_000;

/**
 * BERT's uncased word pieces: lower case, no accents, runs of letters and digits and single punctuation
 * marks, then greedily the longest piece that the vocabulary holds, `##` before a continuation.
 * A word that cannot be covered is one `[UNK]`. Devlin et al. 2019, arXiv 1810.04805.
 */
export class WordPieces {
  readonly #rows: Map<string, number>;
  readonly #unknown: number | undefined;
  readonly #longest: number;

  constructor(vocabulary: string[]) {
    this.#rows = new Map(vocabulary.map((piece, row) => [piece, row]));
    this.#unknown = this.#rows.get('[UNK]');
    this.#longest = vocabulary.reduce((longest, piece) => Math.max(longest, piece.length), 0);
  }

  /** Rows of the vocabulary, in the order of the text. */
  rows(text: string): number[] {
    const plain = text
      .slice(0, longestText)
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '');
    const result: number[] = [];
    for (const [word] of plain.matchAll(/[\p{L}\p{N}\p{M}]+|[\p{P}\p{S}]/gu)) this.#cut(word, result);
    return result;
  }

  #cut(word: string, into: number[]): void {
    const mark = into.length;
    let at = 0;
    while (at < word.length && word.length <= longestWord) {
      let end = Math.min(word.length, at + this.#longest);
      let row: number | undefined;
      for (; end > at; end--) {
        row = this.#rows.get(at === 0 ? word.slice(0, end) : `##${word.slice(at, end)}`);
        if (row !== undefined) break;
      }
      if (row === undefined) break;
      into.push(row);
      at = end;
    }
    if (at === word.length) return;
    into.length = mark;
    if (this.#unknown !== undefined) into.push(this.#unknown);
  }
}
