import type { Reading } from './slot-type.js';
import { isChecked } from './checksum.js';
import { defineType, oneOf, reading, words, writtenText, inOrder } from './define.js';
import type { Token } from './normalise.js';
import { isPronoun, readDigitRun } from './numbers.js';
import { matchesWhole } from './pattern.js';
import { isWrapped } from './answer.js';

const digitNames = ['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Figures in a row, zeros in front kept: "double oh seven", "four four seventy one", "4471". */
export const digits = defineType({
  name: 'digits',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const run = readRun(tokens, index);
      if (run === undefined) {
        index += 1;
        continue;
      }
      if (tokens[index]!.word === 'one' && run.digits.length === 1 && isPronoun(tokens, index)) {
        index = run.next;
        continue;
      }
      // A sigh before the number ("oh, four four seven one") is no zero, if the figures fit better without it.
      const sigh = tokens[index]!.word === 'oh' || tokens[index]!.word === 'o';
      const candidates = [{ from: index, digits: run.digits }];
      if (sigh && run.digits.length > 1) {
        const without = { from: index + 1, digits: run.digits.slice(1) };
        if (/,/.test(tokens[index + 1]!.gap)) candidates.unshift(without);
        else candidates.push(without);
      }
      const { checksum } = context;
      const fitting = candidates.filter((one) => fit(one.digits, context.pattern));
      const fits = fitting.find((one) => checksum !== undefined && isChecked(checksum, one.digits)) ?? fitting[0];
      if (fits && !(sigh && run.digits.length === 1 && !context.asked)) {
        const bare = context.pattern === undefined && fits.digits.length < 3;
        const sure = !bare || (context.asked && isWrapped(tokens, fits.from, run.next)) ? 1 : 0.5;
        found.push(reading(text, tokens, fits.from, run.next, fits.digits, sure));
      }
      index = run.next;
    }
    return found;
  },
  parse(written, context) {
    const value = writtenText(written)?.replace(/[\s-]/g, '') ?? '';
    if (!/^\d+$/.test(value)) return { problem: 'Digits are expected here, such as "0471" in quotes.' };
    if (!fit(value, context.pattern)) return { problem: `These digits do not match the pattern ${context.pattern}.` };
    if (context.checksum !== undefined && !isChecked(context.checksum, value))
      return { problem: `The check digits of this number are wrong (${context.checksum}).` };
    return { value };
  },
  say: (value) => [...String(value)].join(' '),
  spoken(context) {
    const one = oneOf([
      ...digitNames,
      ...['double', 'triple'].map((times) => inOrder(words(times), oneOf(digitNames))),
    ]);
    const { min, max } = lengthOf(context.pattern);
    return { kind: 'repeat', of: one, min, max };
  },
});

function fit(value: string, pattern: string | undefined): boolean {
  return pattern === undefined || matchesWhole(pattern, value);
}

/** Digits that are written apart with spaces or hyphens are one run: `555-1234`, `44 71`. */
function readRun(tokens: readonly Token[], index: number): { digits: string; next: number } | undefined {
  return readDigitRun(tokens, index);
}

/** The lengths that a pattern of one repeated class allows (`[0-9]{4}`, `\d{3,6}`); otherwise 1 to 12. */
export function lengthOf(pattern: string | undefined): { min: number; max: number } {
  const match = /^(?:\[[^\]]+\]|\\d)\{(\d+)(?:,(\d+))?\}$/.exec(pattern ?? '');
  if (match === null) return { min: 1, max: 12 };
  const min = Number(match[1]);
  return { min, max: Number(match[2] ?? min) };
}
