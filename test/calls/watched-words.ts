/** What the agents of a server say, as their dialogs gave it. */
import type { Dialog, Out } from '../../engine/contracts.js';
import { wrapDialog } from '../../runtime/wrap-dialog.js';
import { eventually } from '../conformance/line.js';

export interface WatchedWords {
  wrap: (dialog: Dialog) => Dialog;
  readonly outs: Out[];
  /** Texts, in order. */
  readonly texts: string[];
  said(text: string, withinMs?: number): Promise<void>;
  clear(): void;
}

export function watchedWords(): WatchedWords {
  const outs: Out[] = [];
  const texts = (): string[] => outs.flatMap((out) => (out.kind === 'words' ? [out.text] : []));
  return {
    outs,
    get texts() {
      return texts();
    },
    clear: () => void (outs.length = 0),
    said: (text, withinMs = 8000) => eventually(() => texts().some((one) => one.includes(text)), withinMs),
    wrap: (dialog) =>
      wrapDialog(dialog, {
        async *turn(input, run) {
          for await (const out of dialog.turn(input, run)) {
            outs.push(out);
            yield out;
          }
        },
      }),
  };
}
