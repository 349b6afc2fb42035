import type { Token } from './normalise.js';
import { phraseAt } from './normalise.js';
import type { Reading } from './slot-type.js';

/** What people say between a slip and what they meant. */
const slipPhrases: readonly (readonly string[])[] = [
  'no wait', 'no sorry', 'no no', 'no make that', 'no make it', 'no i mean', 'no actually', 'no', 'nope', 'wait', 'sorry',
  'i mean', 'i meant', 'make that', 'make it', 'or rather', 'rather', 'scratch that', 'correction', 'actually', 'oh no',
  'let me correct that', 'change that to', 'change it to', 'no let\'s say', 'or actually',
].map((phrase) => phrase.split(' ')); // prettier-ignore

const denials = new Set(['not', "isn't", 'isnt', "wasn't", 'wasnt']);
/** Words that may stand between "not" and the value it denies. */
const between = new Set(['the', 'a', 'an', 'at', 'on', 'in', 'for', 'to', 'from']);

/**
 * Leaves out what the caller took back in the same breath: the value before "no wait" when another
 * of the same type comes after it, and a value right after "not" ("the twelfth, not the thirteenth").
 */
export function dropTakenBack(readings: Reading[], tokens: readonly Token[], text: string): Reading[] {
  if (readings.length === 0) return readings;
  const spoken = readings.filter((one) => !isDenied(one, tokens));
  if (spoken.length < 2) return spoken;
  const slips = slipsIn(tokens, text);
  if (slips.length === 0) return spoken;
  return spoken.filter(
    (one) => !slips.some((slip) => one.end <= slip.start && spoken.some((other) => other.start >= slip.end)),
  );
}

function isDenied(one: Reading, tokens: readonly Token[]): boolean {
  let index = tokens.findIndex((token) => token.start >= one.start) - 1;
  while (index >= 0 && between.has(tokens[index]!.word)) index -= 1;
  return index >= 0 && denials.has(tokens[index]!.word);
}

/** "no" is a slip only between two stretches, not when it opens the utterance or counts things ("no meal"). */
function slipsIn(tokens: readonly Token[], text: string): { start: number; end: number }[] {
  const slips: { start: number; end: number }[] = [];
  for (let index = 1; index < tokens.length; index++) {
    const length = phraseAt(tokens, index, slipPhrases);
    if (length === 0) continue;
    const start = tokens[index]!.start;
    const end = tokens[index + length - 1]!.end;
    slips.push({ start, end: Math.min(end, text.length) });
    index += length - 1;
  }
  return slips;
}
