/** What the commands write to: colours only on a terminal, a progress line that leaves no trace. */
import { writeFileSync } from 'node:fs';
import pc from 'picocolors';
import { UsageError } from '../engine/errors.js';

export type Colours = ReturnType<typeof pc.createColors>;

/** Colours for one stream: none when it is a pipe or a file, or when `NO_COLOR` is set. */
export function coloursFor(stream: NodeJS.WriteStream): Colours {
  return pc.createColors(stream.isTTY === true && pc.isColorSupported);
}

export interface Progress {
  show(text: string): void;
  /** Removes the line. */
  clear(): void;
}

/** One line that is written over and over. Nothing at all where there is no terminal to write over. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let shown = false;
  return {
    show(text) {
      stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`);
      shown = true;
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K');
      shown = false;
    },
  };
}

/** `3 problems`, `1 problem`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Writes what a command was told to leave in a file. Throws a UsageError when the file cannot be written. */
export function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Name a file in a folder that is there.`,
    );
  }
}
