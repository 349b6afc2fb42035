import type { Reading } from './slot-type.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import { readSpelledRun } from './letters.js';

/** Fewer letters than these are an article or a slip. */
const fewestLetters = 2;

/** A word said letter by letter, written in small letters: "s i o b h a n", "b as in boy, o, b", "double l". */
export const spelled = defineType({
  name: 'spelled',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const { steps, next } = readSpelledRun(tokens, index);
      if (steps.length === 0) {
        index += 1;
        continue;
      }
      index = next;
      const value = steps.map((step) => (/^(?:o|oh)$/.test(tokens[step.from]!.word) ? 'o' : step.text)).join('');
      const isLetter = (step: (typeof steps)[number]): boolean =>
        step.kind === 'letter' || step.kind === 'named' || /^(?:o|oh)$/.test(tokens[step.from]!.word);
      const letters = steps.filter(isLetter).length;
      // "You are" and "see why" are names of letters only beside a real letter.
      const clear = steps.some((step) => step.kind === 'named' || /^[b-hj-z]$/.test(tokens[step.from]!.word));
      if (letters < fewestLetters || !clear) continue;
      if (!context.asked && letters < 3) continue;
      found.push(reading(text, tokens, steps[0]!.from, next, value));
    }
    return found;
  },
  parse(written) {
    const value = writtenText(written)?.toLowerCase();
    return value !== undefined && /^\S+$/.test(value)
      ? { value }
      : { problem: 'A spelled word is expected here, such as lena.' };
  },
  say: (value) => [...String(value).toUpperCase()].join(' '),
  spoken: () => ({ kind: 'repeat', of: oneOf('abcdefghijklmnopqrstuvwxyz'.split('')), min: 2, max: 20 }),
});
