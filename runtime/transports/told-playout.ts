/**
 * What the other end has spoken of the words it was given. It tells when it was cut off, and perhaps when it falls
 * silent; for the rest the clock says, at fifteen characters a second.
 */
const charactersPerMs = 15 / 1000;
/** Where the other end tells when it is silent, it is waited for beyond the estimate so long. */
const patienceMs = 3000;
/** Silence that is told so early in a sentence was not about it: the sentence was still on its way. */
const leastShare = 0.4;

interface Given {
  /** How many words had been given with it. */
  words: number;
  /** When it begins and ends, by the estimate. */
  fromMs: number;
  untilMs: number;
}

export class ToldPlayout {
  #given: Given[] = [];
  /** All words since the last silence, as letters and digits; where each ends. */
  #letters = '';
  #ends: number[] = [];
  #marks: { name: string; words: number }[] = [];
  /** The other end has told once that it spoke or was silent. */
  tellsSilence = false;

  /** Something given is not known to be spoken. */
  get isBusy(): boolean {
    return this.#given.length > 0;
  }

  give(words: readonly string[], nowMs: number): void {
    for (const word of words) {
      this.#letters += lettersOf(word);
      this.#ends.push(this.#letters.length);
    }
    const fromMs = Math.max(nowMs, this.#given.at(-1)?.untilMs ?? 0);
    const untilMs = fromMs + Math.max(1, words.join(' ').length) / charactersPerMs;
    this.#given.push({ words: this.#ends.length, fromMs, untilMs });
  }

  /** @param ahead so many words are still to be given before it */
  mark(name: string, ahead: number): void {
    this.#marks.push({ name, words: this.#ends.length + ahead });
  }

  /** When the clock has to be asked again. */
  nextMs(): number | undefined {
    const first = this.#given[0];
    return first && this.#deadline(first);
  }

  /** By the clock: the marks that are due. */
  passed(nowMs: number): string[] {
    let words = 0;
    while (this.#given[0] && this.#deadline(this.#given[0]) <= nowMs) words = this.#given.shift()!.words;
    return this.#played(words);
  }

  /** The other end fell silent by itself. */
  silent(nowMs: number): string[] {
    let words = 0;
    while (
      this.#given[0] &&
      nowMs >= this.#given[0].fromMs + leastShare * (this.#given[0].untilMs - this.#given[0].fromMs)
    )
      words = this.#given.shift()!.words;
    return this.#played(words);
  }

  /** All of it was spoken. */
  all(): string[] {
    this.#given = [];
    return this.#played(this.#ends.length);
  }

  /**
   * The other end was cut off. What it says it had spoken may be all since the last silence or only the last of it.
   * @returns the marks up to the last word that was heard; `exact` is false where the text was not ours and the time
   *   had to do
   */
  interrupted(heard: string, heardMs: number | undefined): { marks: string[]; exact: boolean } {
    const letters = lettersOf(heard);
    const at = this.#letters.startsWith(letters) ? 0 : this.#letters.indexOf(letters);
    const exact = at >= 0;
    const until = exact ? at + letters.length : (heardMs ?? 0) * charactersPerMs;
    const marks = this.#played(this.#ends.filter((end) => end <= until).length);
    this.forget();
    return { marks, exact };
  }

  /** The line is gone: what had been spoken by then, by the clock. */
  gone(nowMs: number): string[] {
    let words = 0;
    for (const { words: until, fromMs, untilMs } of this.#given) {
      const share = Math.min(1, Math.max(0, (nowMs - fromMs) / (untilMs - fromMs)));
      words += Math.floor((until - words) * share);
      if (share < 1) break;
    }
    const marks = this.#played(words);
    this.forget();
    return marks;
  }

  forget(): void {
    this.#given = [];
    this.#marks = [];
    this.#letters = '';
    this.#ends = [];
  }

  #deadline({ fromMs, untilMs }: Given): number {
    return this.tellsSilence ? untilMs + (untilMs - fromMs) + patienceMs : untilMs;
  }

  #played(words: number): string[] {
    const played = this.#marks.filter((mark) => mark.words <= words);
    this.#marks = this.#marks.slice(played.length);
    if (this.#given.length === 0 && words >= this.#ends.length) this.forget();
    return played.map(({ name }) => name);
  }
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
