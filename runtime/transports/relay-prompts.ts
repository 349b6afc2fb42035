/** What the caller said, as Twilio tells it: a beginning that comes after its end, or an end that comes twice, is told once. */

/** Nobody says the same again so soon: Twilio waits for a silence before it tells that words are whole. */
const sameMs = 300;

export class RelayPrompts {
  #whole: { text: string; atMs: number } | undefined;

  /** @param repeated told of each that is passed over */
  constructor(private readonly repeated: () => void) {}

  /**
   * @param isWhole false for the beginning of what is still being said
   * @returns false for what belongs to words that were told to their end already
   */
  isNew(text: string, isWhole: boolean, nowMs: number): boolean {
    const before = this.#whole;
    if (before && nowMs - before.atMs < sameMs && (isWhole ? before.text === text : before.text.startsWith(text))) {
      this.repeated();
      return false;
    }
    if (isWhole) this.#whole = { text, atMs: nowMs };
    return true;
  }
}
