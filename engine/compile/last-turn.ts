import type { Input, Out } from '../contracts.js';
import type { DialogState } from '../dialog/seam.js';

/** What a turn may not have done if it is to be taken back: these have been seen by others than the caller. */
const stays = new Set<Out['kind']>(['tool', 'transfer', 'end']);

/**
 * Where the last turn began, so that it can be taken back: the caller went on speaking before anything of its answer
 * was heard, and two halves of a sentence are understood as one.
 */
export class LastTurn {
  #before: DialogState | undefined;

  /** Undefined where it cannot be taken back. */
  get before(): DialogState | undefined {
    return this.#before;
  }

  /** A turn begins. @returns the state to step from, and the input with all that was said where that is what counts */
  begin(state: DialogState, input: Input): { before: DialogState; input: Input } {
    const whole = input.kind === 'utterance' ? input.whole : undefined;
    if (whole === undefined || this.#before === undefined || input.kind !== 'utterance') {
      this.#before = state;
      return { before: state, input };
    }
    // The words' times are those of its end only.
    return { before: this.#before, input: { ...input, text: whole, words: [] } };
  }

  note(out: Out): void {
    if (stays.has(out.kind)) this.#before = undefined;
  }
}
