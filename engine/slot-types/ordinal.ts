import type { Reading } from './slot-type.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import { ordinalFigure, ordinalWords, readCardinal, readOrdinal } from './numbers.js';

/** A place in a row, written as its number: "the second one", "22nd", "number three". */
export const ordinal = defineType({
  name: 'ordinal',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const numbered = context.asked && /^(?:number|option)$/.test(tokens[index]!.word);
      const one = numbered ? readCardinal(tokens, index + 1) : readOrdinal(tokens, index);
      // "One second, please" asks for patience.
      const unit = tokens[index]!.word === 'second' && /^(?:one|a)$/.test(tokens[index - 1]?.word ?? '');
      // "A third" is a part.
      const part = /^an?$/.test(tokens[index - 1]?.word ?? '') && !/^(?:one|time)$/.test(tokens[one?.next ?? -1]?.word ?? ''); // prettier-ignore
      if (one === undefined || unit || part || !Number.isInteger(one.value)) {
        index += 1;
        continue;
      }
      found.push(reading(text, tokens, index, one.next, one.value));
      index = one.next;
    }
    return found;
  },
  parse(written) {
    const match = /^(\d+)(?:st|nd|rd|th)?$/.exec(writtenText(written) ?? '');
    const value = Number(match?.[1]);
    return match !== null && value > 0 && Number.isSafeInteger(value) ? { value } : { problem: 'A place in a row is expected here, such as 2.' }; // prettier-ignore
  },
  say: (value) => (typeof value === 'number' && value > 100 ? ordinalFigure(value) : ordinalWords(Number(value))),
  spoken: () => oneOf(Array.from({ length: 31 }, (_, index) => ordinalWords(index + 1))),
});
