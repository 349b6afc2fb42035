/**
 * Stand-ins for words: each word of a call has another of the same length in its place, the same one wherever it is
 * said, so that whatever compares, counts or measures words decides as it would with the words themselves. Words of the
 * call's own lists ("mhm", "stop", "and") stay: they are compared with what stands in the code.
 */
import { openEndWords } from './turn-end.js';
import { defaultPublicWords } from './words.js';

/** Letters of a script in which no agent speaks, without upper case: nobody takes them for words. One UTF-16 unit each. */
const firstLetter = 0x1401;
const letters = 600;

const ownWords: ReadonlySet<string> = new Set([...defaultPublicWords, ...openEndWords]);
const tokens = /[\p{L}\p{N}'’]+/gu;

export class StandIns {
  readonly #open = new Map<string, string>();
  readonly #secret = new Map<string, string>();
  /** So many stand-ins of each length were given: none is given twice. */
  readonly #given = new Map<number, number>();

  /** The text with a stand-in for each word. */
  of(text: string): string {
    return text.replace(tokens, (token) => this.#standIn(token, this.#open));
  }

  /**
   * The same of words that are secret: they have stand-ins of their own, since those of other words can be told from
   * prompts that everybody knows.
   * @param compared words (in the open) that these are compared with: those of them keep the usual stand-in
   */
  ofSecret(text: string, compared: ReadonlySet<string>): string {
    return text.replace(tokens, (token) => {
      const usual = this.#open.get(token.toLowerCase());
      return usual !== undefined && compared.has(usual) ? usual : this.#standIn(token, this.#secret);
    });
  }

  #standIn(token: string, known: Map<string, string>): string {
    const word = token.toLowerCase();
    if (ownWords.has(word)) return token;
    let found = known.get(word);
    if (found === undefined) {
      const n = this.#given.get(token.length) ?? 0;
      this.#given.set(token.length, n + 1);
      known.set(word, (found = written(n, token.length)));
    }
    return found;
  }
}

/** A number as `length` letters, the lowest figure first. */
function written(n: number, length: number): string {
  let text = '';
  for (let left = n; text.length < length; left = Math.floor(left / letters))
    text += String.fromCharCode(firstLetter + (left % letters));
  return text;
}

/** Words as they stand in a text of stand-ins. */
export function standInsIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => text.match(tokens) ?? []));
}
