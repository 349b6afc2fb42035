import type { Token } from './normalise.js';
import { hesitations, wordsAt } from './normalise.js';

/** A number that was read: its value and the index of the first token after it. */
export interface NumberRead {
  value: number;
  next: number;
  /** Digits were written or dictated as one figure (`007` keeps its text). */
  figure?: string;
}

export const unitWords: Readonly<Record<string, number>> = {
  zero: 0, nought: 0, nil: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9,
}; // prettier-ignore

export const teenWords: Readonly<Record<string, number>> = {
  ten: 10, eleven: 11, twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18,
  nineteen: 19,
}; // prettier-ignore

const tensWords: Readonly<Record<string, number>> = {
  twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90,
}; // prettier-ignore

const scaleWords: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9 };

const unitOrdinals: Readonly<Record<string, number>> = {
  first: 1, second: 2, third: 3, fourth: 4, fifth: 5, sixth: 6, seventh: 7, eighth: 8, ninth: 9,
}; // prettier-ignore

const otherOrdinals: Readonly<Record<string, number>> = {
  tenth: 10, eleventh: 11, twelfth: 12, thirteenth: 13, fourteenth: 14, fifteenth: 15, sixteenth: 16, seventeenth: 17,
  eighteenth: 18, nineteenth: 19, twentieth: 20, thirtieth: 30, fortieth: 40, fiftieth: 50, sixtieth: 60,
  seventieth: 70, eightieth: 80, ninetieth: 90, hundredth: 100,
}; // prettier-ignore

function own(table: Readonly<Record<string, number>>, word: string | undefined): number | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The value of a written figure: `1,000`, `4.5`, `30`; undefined for `7:30` and the like. */
export function figureValue(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(word)) return Number(word.replace(/,/g, ''));
  if (/^\d+\.\d+$/.test(word)) return Number(word);
  if (/^\d+,\d{1,2}$/.test(word)) return Number(word.replace(',', '.'));
  return undefined;
}

/** A number below one hundred in words: `seven`, `fourteen`, `twenty one`. */
function readBelowHundred(tokens: readonly Token[], index: number): NumberRead | undefined {
  const word = tokens[index]?.word;
  const small = own(unitWords, word) ?? own(teenWords, word);
  if (small !== undefined) return { value: small, next: index + 1 };
  const tens = own(tensWords, word);
  if (tens === undefined) return undefined;
  const unit = own(unitWords, tokens[index + 1]?.word);
  if (unit && joined(tokens, index + 1)) return { value: tens + unit, next: index + 2 };
  return { value: tens, next: index + 1 };
}

/** Words of one number have at most a hyphen between them, never a comma. */
function joined(tokens: readonly Token[], index: number): boolean {
  return !/[,.;:!?]/.test(tokens[index]?.gap ?? '');
}

/**
 * A cardinal at `index`: figures, number words with hundred, thousand and "and", "a hundred",
 * "a dozen". Undefined when none begins there. Does not join what is not one number: "four four"
 * is read as 4.
 */
export function readCardinal(tokens: readonly Token[], index: number): NumberRead | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const figure = figureValue(token.word);
  if (figure !== undefined) {
    const after = tokens[index + 1];
    if (after?.gap === '' && /^(?:st|nd|rd|th)$/.test(after.word)) return undefined;
    const scale = own(scaleWords, after?.word) ?? (after?.gap === '' && after.word === 'k' ? 1e3 : undefined);
    if (scale !== undefined) return { value: figure * scale, next: index + 2 };
    return { value: figure, next: index + 1, figure: token.word };
  }
  if (token.word === 'half' && wordsAt(tokens, index, ['half', 'a', 'dozen'])) return { value: 6, next: index + 3 };
  if (
    token.word === 'half' &&
    tokens[index + 1]?.word === 'a' &&
    own(scaleWords, tokens[index + 2]?.word) !== undefined
  )
    return { value: scaleWords[tokens[index + 2]!.word]! / 2, next: index + 3 };
  if (token.word === 'dozen') return { value: 12, next: index + 1 };
  if (token.word === 'couple') return coupleOf(tokens, index);
  if (token.word === 'a' || token.word === 'an') {
    const next = tokens[index + 1]?.word;
    if (next === 'dozen') return { value: 12, next: index + 2 };
    if (next === 'couple') return coupleOf(tokens, index + 1);
    if (next !== 'hundred' && own(scaleWords, next) === undefined) return undefined;
    return readScaled(tokens, index + 1, 1);
  }
  if (token.word === 'hundred' || own(scaleWords, token.word) !== undefined) return undefined;
  if (token.word === 'one' && isPronoun(tokens, index)) return undefined;
  const head = readBelowHundred(tokens, index);
  if (head === undefined) return undefined;
  const next = tokens[head.next]?.word;
  if (next === 'hundred' || own(scaleWords, next) !== undefined) {
    if (joined(tokens, head.next)) return readScaled(tokens, head.next, head.value);
  }
  if (next === 'dozen' && head.value > 0) return { value: head.value * 12, next: head.next + 1 };
  return head;
}

/** "A couple", "a couple of days", "a couple of hundred". */
function coupleOf(tokens: readonly Token[], index: number): NumberRead | undefined {
  const at = index + (tokens[index + 1]?.word === 'of' ? 2 : 1);
  const scale = tokens[at]?.word;
  if (scale === 'hundred' || own(scaleWords, scale) !== undefined) return readScaled(tokens, at, 2);
  return { value: 2, next: at };
}

/** "That one", "the last one", "one moment": no count. */
export function isPronoun(tokens: readonly Token[], index: number): boolean {
  const before = joined(tokens, index) ? (tokens[index - 1]?.word ?? '') : '';
  const after = tokens[index + 1]?.word ?? '';
  if (/^(?:moment|sec|second)$/.test(after)) return true;
  if (/^(?:hundred|thousand|million|dozen|o'clock|oclock|thirty|fifteen|pm|am)$/.test(after)) return false;
  const ordinal = own(unitOrdinals, before) ?? own(otherOrdinals, before);
  return (
    ordinal !== undefined ||
    /^(?:that|this|which|last|next|other|another|any|every|each|no|some|good|new|old)$/.test(before)
  );
}

/** From a scale word (`hundred`, `thousand`) with the number before it already read. */
function readScaled(tokens: readonly Token[], index: number, before: number): NumberRead {
  let total = 0;
  let group = before;
  let at = index;
  let lastScale = Infinity;
  for (;;) {
    const word = tokens[at]?.word;
    const scale = own(scaleWords, word);
    if (word === 'hundred' && group > 0 && group < 100 && joined(tokens, at)) {
      group *= 100;
      at += 1;
    } else if (scale !== undefined && scale < lastScale && group > 0) {
      total += group * scale;
      lastScale = scale;
      group = 0;
      at += 1;
    } else {
      const skip = word === 'and' ? 1 : 0;
      const more = joined(tokens, at) ? readBelowHundred(tokens, at + skip) : undefined;
      const room = group === 0 || group % 100 === 0;
      const followed = tokens[more?.next ?? -1]?.word;
      // "two hundred and fifty" goes on; "two hundred and two beers" would too, and so it is meant.
      if (more === undefined || !room || more.value === 0) break;
      if (group > 0 && (followed === 'hundred' || own(scaleWords, followed) === lastScale)) break;
      group += more.value;
      at = more.next;
      if (tokens[at]?.word !== 'hundred' && own(scaleWords, tokens[at]?.word) === undefined) break;
    }
  }
  return { value: total + group, next: at };
}

/** An ordinal at `index`: `9th`, `ninth`, `twenty first`, `thirty-first`. */
export function readOrdinal(tokens: readonly Token[], index: number): NumberRead | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const after = tokens[index + 1];
  if (/^\d+$/.test(token.word) && after && /^(?:st|nd|rd|th)$/.test(after.word) && after.gap === '') {
    return { value: Number(token.word), next: index + 2 };
  }
  const plain = own(unitOrdinals, token.word) ?? own(otherOrdinals, token.word);
  if (plain !== undefined) return { value: plain, next: index + 1 };
  const tens = own(tensWords, token.word);
  const unit = own(unitOrdinals, after?.word);
  if (tens !== undefined && unit !== undefined && joined(tokens, index + 1))
    return { value: tens + unit, next: index + 2 };
  return undefined;
}

/** A year: `2026`, "twenty twenty six", "nineteen eighty two", "two thousand and six", "twenty oh six". */
export function readYear(tokens: readonly Token[], index: number): NumberRead | undefined {
  const word = tokens[index]?.word ?? '';
  if (/^(?:1[5-9]|20|21)\d\d$/.test(word)) return { value: Number(word), next: index + 1 };
  const head = readBelowHundred(tokens, index);
  if (head !== undefined && head.value >= 15 && head.value <= 21) {
    const oh = tokens[head.next]?.word;
    const unit = own(unitWords, tokens[head.next + 1]?.word);
    if ((oh === 'oh' || oh === 'o') && unit) return { value: head.value * 100 + unit, next: head.next + 2 };
    const tail = readBelowHundred(tokens, head.next);
    if (tail !== undefined && tail.value >= 10) return { value: head.value * 100 + tail.value, next: tail.next };
  }
  const tens = own(tensWords, word) ?? own(teenWords, word);
  if (tens === 20 || tens === 19) {
    // "twenty one ninety" is no year, but "twenty" "twenty six" is; the unit belonged to the tens above.
    const tail = readBelowHundred(tokens, index + 1);
    if (tail !== undefined && tail.value >= 10) return { value: tens * 100 + tail.value, next: tail.next };
  }
  const whole = readCardinal(tokens, index);
  if (whole?.figure === undefined && whole && whole.value >= 1500 && whole.value < 2200) return whole;
  return undefined;
}

const repeatWords: Readonly<Record<string, number>> = { double: 2, triple: 3, treble: 3, quadruple: 4 };

/** The digits that begin at `index`: "double four", "oh", "forty four", "4471"; one step of a run. */
export function readDigitGroup(tokens: readonly Token[], index: number): { digits: string; next: number } | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const times = own(repeatWords, token.word);
  if (times !== undefined) {
    const one = singleDigit(tokens[index + 1]?.word);
    return one === undefined ? undefined : { digits: one.repeat(times), next: index + 2 };
  }
  if (/^\d+$/.test(token.word)) {
    const after = tokens[index + 1];
    const suffix = after?.gap === '' && /^(?:st|nd|rd|th)$/.test(after.word);
    return suffix ? undefined : { digits: token.word, next: index + 1 };
  }
  if (/^\d+(?:[.,]\d+)+$/.test(token.word)) return { digits: token.word.replace(/[.,]/g, ''), next: index + 1 };
  // "A couple" counts things and is dictated by nobody.
  if (/^(?:an?|dozen|half|couple)$/.test(token.word)) return undefined;
  const single = singleDigit(token.word);
  const scaled = readCardinal(tokens, index);
  if (single !== undefined && (scaled === undefined || scaled.next === index + 1))
    return { digits: single, next: index + 1 };
  if (scaled === undefined || !Number.isInteger(scaled.value)) return undefined;
  return { digits: String(scaled.value), next: scaled.next };
}

function singleDigit(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  if (word === 'oh' || word === 'o') return '0';
  if (/^\d$/.test(word)) return word;
  const value = own(unitWords, word);
  return value === undefined ? undefined : String(value);
}

/**
 * A run of digits said one after the other or in groups. Hesitations may stand between them; a run
 * never begins with a bare "oh", which is more often a sigh ("oh, four please"), unless digits follow at once.
 */
export function readDigitRun(
  tokens: readonly Token[],
  index: number,
): { digits: string; next: number; groups: number } | undefined {
  let digits = '';
  let groups = 0;
  let at = index;
  let next = index;
  while (at < tokens.length) {
    if (groups > 0 && (hesitations.has(tokens[at]!.word) || tokens[at]!.word === 'and')) {
      if (tokens[at]!.word === 'and') break;
      at += 1;
      continue;
    }
    const group = readDigitGroup(tokens, at);
    if (group === undefined) break;
    digits += group.digits;
    groups += 1;
    at = group.next;
    next = at;
  }
  return groups === 0 ? undefined : { digits, next, groups };
}

const smallNames = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen',
  'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
]; // prettier-ignore
const tensNames = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** A whole number in words, as it is said: 214 → "two hundred and fourteen". Beyond a billion: its digits. */
export function numberWords(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 1e12) return String(value);
  if (value < 0) return `minus ${numberWords(-value)}`;
  if (value < 20) return smallNames[value]!;
  if (value < 100) {
    const unit = value % 10;
    return tensNames[Math.floor(value / 10)]! + (unit === 0 ? '' : ` ${smallNames[unit]!}`);
  }
  const scales: [number, string][] = [[1e9, 'billion'], [1e6, 'million'], [1e3, 'thousand'], [100, 'hundred']]; // prettier-ignore
  for (const [size, name] of scales) {
    if (value < size) continue;
    const rest = value % size;
    const head = `${numberWords(Math.floor(value / size))} ${name}`;
    if (rest === 0) return head;
    return `${head}${rest < 100 ? ' and' : ''} ${numberWords(rest)}`;
  }
  return String(value);
}

/** `1` → `1st`, `22` → `22nd`. */
export function ordinalFigure(value: number): string {
  const tens = value % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${suffix}`;
}

const ordinalNames: readonly (readonly [string, number])[] = [
  ...Object.entries(unitOrdinals),
  ...Object.entries(otherOrdinals),
];

/** `1` → "first", `22` → "twenty second". Up to 100; beyond, the figure. */
export function ordinalWords(value: number): string {
  const plain = ordinalNames.find(([, number]) => number === value)?.[0];
  if (plain !== undefined) return plain;
  if (value > 20 && value < 100) return `${tensNames[Math.floor(value / 10)]!} ${ordinalWords(value % 10)}`;
  return ordinalFigure(value);
}
