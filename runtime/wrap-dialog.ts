import type { Dialog } from '../engine/contracts.js';

/** A dialog in place of another: what `changes` does not give is the other's, what it may or may not do included. */
export function wrapDialog(dialog: Dialog, changes: Partial<Omit<Dialog, 'id'>>): Dialog {
  return {
    id: dialog.id,
    turn: (input, run) => dialog.turn(input, run),
    understand: (text, signal) => dialog.understand(text, signal),
    ...(dialog.rehearse && { rehearse: (said, signal) => dialog.rehearse!(said, signal) }),
    ...(dialog.hide && { hide: (text, who, isOver) => dialog.hide!(text, who, isOver) }),
    ...(dialog.modelUsage && { modelUsage: () => dialog.modelUsage!() }),
    settlements: (signal) => dialog.settlements(signal),
    close: (reason) => dialog.close(reason),
    ...changes,
  };
}
