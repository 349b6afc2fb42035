/** Vendors that tell a turn of the caller as it grows: what of it is new to the call. Pure. */

export interface VendorWord {
  text: string;
  /** The call's clock; not every vendor times words. */
  startMs?: number;
  endMs?: number;
  confidence?: number;
}

/** What a vendor's message says of the turn (or utterance) that it is in: all words of it so far. */
export interface VendorTurn {
  turn: number;
  words: readonly VendorWord[];
  /** The words stand; or the caller's turn is over, too. */
  ended?: 'words' | 'turn';
}

/**
 * The words of a turn that were not given away yet. Given away are those that the call took for final: when the vendor
 * said that they stand, or after a pause that the vendor does not take for an end, or because the call decided its turn
 * without waiting. Such words come again with the next message of the same turn, so they are counted.
 */
export class VendorTurns {
  #turn = -1;
  #given = 0;
  #open: readonly VendorWord[] = [];
  #wordsInTurn = 0;
  #isOver = false;

  /** Words that were heard and are not final. */
  get open(): readonly VendorWord[] {
    return this.#open;
  }

  /** Returns what is new as final words, where the message ends some; whether it says anything else is in `open`. */
  take({ turn, words, ended }: VendorTurn): { final?: readonly VendorWord[]; isNews: boolean } {
    // One that comes late, or ends a second time (raw, then with commas), was heard.
    if (turn < this.#turn || (turn === this.#turn && this.#isOver)) return { isNews: false };
    if (turn > this.#turn) {
      this.#turn = turn;
      this.#given = 0;
      this.#isOver = false;
    }
    const before = textOf(this.#open);
    this.#wordsInTurn = words.length;
    this.#open = words.slice(this.#given);
    if (ended === undefined) return { isNews: textOf(this.#open) !== before };
    const final = this.#open;
    this.#isOver = true;
    this.#open = [];
    return { isNews: true, ...(final.length > 0 ? { final } : {}) };
  }

  /** The open words are final; more of the same turn may follow. */
  give(): readonly VendorWord[] {
    const words = this.#open;
    this.#given = this.#wordsInTurn;
    this.#open = [];
    return words;
  }
}

export function textOf(words: readonly VendorWord[]): string {
  return words.map(({ text }) => text).join(' ');
}
