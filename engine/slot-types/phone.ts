import { createRequire } from 'node:module';
import type { Reading } from './slot-type.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import type { Token } from './normalise.js';
import { hesitations } from './normalise.js';
import { readDigitGroup } from './numbers.js';
import { regionOf } from './regions.js';

const require = createRequire(import.meta.url);

/** What is used of libphonenumber's small metadata. */
interface Phone {
  number: string;
  country?: string;
  countryCallingCode: string;
  isValid(): boolean;
  isPossible(): boolean;
  formatNational(): string;
  formatInternational(): string;
}
interface Phones {
  parsePhoneNumberFromString(text: string, region: string): Phone | undefined;
}
let phones: Phones | undefined;

function parsePhone(text: string, language: string): Phone | undefined {
  // 0.1 s to load: only when a number was really said.
  phones ??= require('libphonenumber-js/min') as Phones;
  return phones.parsePhoneNumberFromString(text, regionOf(language));
}

/** Shorter runs of digits are rooms, codes and years (ITU-T E.164 has no numbers of subscribers below seven with their area). */
const fewestDigits = 7;

/** A telephone number, written in E.164: "oh one, two three four, five six seven eight", "+353 1 234 5678". */
export const phone = defineType({
  name: 'phone',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const run = readNumberRun(tokens, index);
      if (run === undefined) {
        index += 1;
        continue;
      }
      index = run.next;
      if (run.digits.length < fewestDigits || run.digits.length > 16) continue;
      // "$1,234,567.00"
      if (/^[$€£]$/.test(tokens[run.from - 1]?.word ?? '')) continue;
      const from = tokens[run.from]!.start;
      if (/^\d{4}-\d{2}-\d{2}$/.test(text.slice(from, tokens[run.next - 1]!.end))) continue;
      const one = parsePhone(run.digits, context.language);
      if (one === undefined || !one.isPossible()) continue;
      found.push(reading(text, tokens, run.from, run.next, one.number, one.isValid() ? 1 : 0.7));
    }
    return found;
  },
  parse(written, context) {
    const value = writtenText(written) ?? '';
    const one = /^[+\d][\d\s()./-]{3,24}$/.test(value) ? parsePhone(value, context.language) : undefined;
    if (one === undefined || !one.isPossible())
      return { problem: 'A telephone number is expected here, such as "+35312345678".' };
    return { value: one.number };
  },
  say(value, context) {
    const one = parsePhone(String(value), context.language);
    if (one === undefined) return [...String(value)].join(' ').replace('+', 'plus');
    const home = one.country === regionOf(context.language);
    const groups = (home ? one.formatNational() : one.formatInternational()).replace('+', '+ ').split(/[\s()/-]+/);
    // A pause between the groups, as people dictate them.
    return groups
      .filter((group) => group !== '')
      .map((group) => (group === '+' ? 'plus' : [...group].join(' ')))
      .join(', ')
      .replace('plus,', 'plus');
  },
  spoken: () => ({
    kind: 'repeat',
    of: oneOf(['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'plus', 'double']),
    min: 7,
    max: 15,
  }),
});

/** Digits, groups and a leading plus; hesitations may stand between, a corrected or ended run is a new one. */
function readNumberRun(
  tokens: readonly Token[],
  index: number,
): { digits: string; from: number; next: number } | undefined {
  let digits = '';
  let at = index;
  let next = index;
  if (tokens[at]!.word === '+' || tokens[at]!.word === 'plus') {
    digits = '+';
    at += 1;
  }
  while (at < tokens.length) {
    if (digits.length > 1 && hesitations.has(tokens[at]!.word)) {
      at += 1;
      continue;
    }
    if (digits.length > 1 && /[.;!?]\s/.test(tokens[at]!.gap)) break;
    const group = readDigitGroup(tokens, at);
    if (group === undefined) break;
    digits += group.digits;
    at = group.next;
    next = at;
  }
  return next === index ? undefined : { digits: digits.replace(/^00(?=[1-9])/, '+'), from: index, next };
}
