import type { Json } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { isWrapping } from './answer.js';
import { defineType, reading, writtenText } from './define.js';
import { readSpelledRun, spelledLetters } from './letters.js';
import type { Token } from './normalise.js';
import { hesitations, isQuestion, pauseBefore, phraseAt } from './normalise.js';
import { isOrdinary } from './ordinary-words.js';

/** The longest name in words: "Anna Maria van der Berg". */
const mostWords = 5;

const particles = new Set(['van', 'von', 'der', 'den', 'de', 'del', 'della', 'da', 'di', 'du', 'la', 'le', 'dos', 'das', 'bin', 'al', 'el', 'y', 'ter', 'ten']); // prettier-ignore
/** Everyday words that many people are called by: names where a name is expected. */
const surnames = new Set([
  'brown', 'young', 'white', 'green', 'black', 'blue', 'long', 'short', 'small', 'day', 'price', 'best', 'love', 'friend', 'man',
  'street', 'station', 'house', 'son', 'strong', 'good', 'gold', 'silver', 'early', 'hope', 'ward', 'ring', 'park', 'march',
]); // prettier-ignore

const titles = new Set(['mr', 'mrs', 'ms', 'miss', 'mister', 'missus', 'dr', 'doctor', 'professor', 'prof', 'sir', 'madam', 'herr', 'frau', 'señor', 'señora']); // prettier-ignore

interface Carrier {
  words: string[];
  /** Said only before a name: heard in any sentence. The others introduce much else too. */
  sure: boolean;
}

function carriers(sure: boolean, ...texts: string[]): Carrier[] {
  return texts.map((text) => ({ words: text.split(' '), sure }));
}

const openings: readonly Carrier[] = [
  ...carriers(
    true, 'my name is', "my name's", 'my names', 'name is', "name's", 'the name is', 'the names', 'name will be', 'name would be',
    'my first name is', 'my full name is', 'my last name is', 'my surname is', 'first name is', 'last name is', 'surname is',
    'under the name of', 'under the name', 'in the name of', 'under', 'call me', 'call her', 'call him', 'called', 'name of',
    'they call me', 'booked under', 'speaking is', 'this is mr', 'this is mrs', 'this is ms',
  ), // prettier-ignore
  ...carriers(
    false, "it's", 'it is', 'its', "i'm", 'i am', 'im', 'this is', 'for', "that's", 'that is', "it'll be", 'it will be',
    'that would be', 'it would be', "that'd be", 'say', 'put', 'put down', 'here is', "here's", 'make it', 'make that',
  ), // prettier-ignore
];

/** A person's name in answer to its question, or after words that bring one ("my name is", "under"). */
export const name = defineType({
  name: 'name',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const best = openings
        .filter((one) => phraseAt(tokens, index, [one.words]) > 0)
        .reduce<Carrier | undefined>((a, b) => (a === undefined || b.words.length > a.words.length ? b : a), undefined);
      if (best === undefined) continue;
      const one = nameAt(tokens, index + best.words.length, text, best.sure, context);
      if (one === undefined) continue;
      found.push(one.reading);
      index = one.next - 1;
    }
    found.push(...introduced(tokens, text).filter((one) => apart(one, found)));
    if (isQuestion(text)) return found.filter((one) => one.confidence >= 0.9);
    if (context.asked) {
      found.push(...bare(tokens, text).filter((one) => apart(one, found)));
      if (found.length === 0) found.push(...onlyLetters(tokens, text));
    } else found.push(...capitalised(tokens, text).filter((one) => apart(one, found)));
    return found;
  },
  parse(written) {
    if (isParts(written)) return { value: written };
    const value = writtenText(written);
    if (value === undefined || value === '' || /\d/.test(value))
      return { problem: 'A name is expected here, such as Lena.' };
    return { value: value.replace(/\s+/g, ' ') };
  },
  say: (value) => (isParts(value) ? [value['first'], value['last']].filter((part) => typeof part === 'string').join(' ') : String(value)), // prettier-ignore
  // Nobody can list what people are called; a recogniser is better served with nothing than with a few names.
  spoken: () => ({ kind: 'choice', options: [] }),
});

/** A name in its parts, `{ first, last }`. */
function isParts(value: Json): value is Record<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const parts = Object.entries(value);
  return parts.length > 0 && parts.every(([part, name]) => /^(?:first|last)$/.test(part) && (typeof name === 'string' || name === null)); // prettier-ignore
}

/** "Ludwig van Beethoven" → Ludwig, van Beethoven; one word is a first name. */
export function splitName(name: string): { first: string; last?: string } {
  const words = name.split(' ');
  let at = words.length - 1;
  while (at > 1 && particles.has(words[at - 1]!.toLowerCase())) at -= 1;
  return at < 1 ? { first: name } : { first: words.slice(0, at).join(' '), last: words.slice(at).join(' ') };
}

function apart(one: Reading, others: readonly Reading[]): boolean {
  return others.every((other) => one.end <= other.start || one.start >= other.end);
}

/** The name that begins at `index`, after words that bring one. */
function nameAt(
  tokens: readonly Token[],
  index: number,
  text: string,
  sure: boolean,
  context: SlotContext,
): { reading: Reading; next: number } | undefined {
  let from = index;
  while (from < tokens.length && (titles.has(tokens[from]!.word) || hesitations.has(tokens[from]!.word))) from += 1;
  let to = from;
  while (
    to < tokens.length &&
    to - from < mostWords &&
    (to === from || !breaks(tokens, to)) &&
    namely(tokens, to, sure)
  )
    to += 1;
  while (to > from && particles.has(tokens[to - 1]!.word) && to - 1 > from) to -= 1;
  if (to === from) return undefined;
  if (!sure && !standsAlone(tokens, from, to, context)) return undefined;
  const spelled = spelledAfter(tokens, from, to);
  const last = spelled?.next ?? to;
  const value = spelled?.value ?? written(tokens.slice(from, to));
  const confidence = sure ? 1 : context.asked ? 0.95 : 0.6;
  return { reading: reading(text, tokens, from, last, value, confidence), next: last };
}

/** After "it's" or "for" a name ends the sentence, or is written with a capital: "I'm hungry now" brings none. */
function standsAlone(tokens: readonly Token[], from: number, to: number, context: SlotContext): boolean {
  if (/ing$|ed$/.test(tokens[from]!.word) && to - from === 1 && tokens[from]!.word.length > 5) return false;
  const rest = tokens[to];
  const ends =
    rest === undefined ||
    pauseBefore(tokens, to) ||
    /^(?:please|here|speaking|again|thanks|with|and|calling|from)$/.test(rest.word);
  if (isCapitalised(tokens[from]!)) return true;
  return context.asked
    ? ends || /^[a-z]$/.test(rest.word)
    : ends && /^(?:please|speaking|here|calling)$/.test(rest?.word ?? '');
}

function breaks(tokens: readonly Token[], index: number): boolean {
  return /[,.;:!?\n]/.test(tokens[index]!.gap);
}

/** Whether the word can be part of a name. */
function namely(tokens: readonly Token[], index: number, expected = false): boolean {
  const { word } = tokens[index]!;
  if (particles.has(word) && index + 1 < tokens.length && !breaks(tokens, index + 1))
    return namely(tokens, index + 1, expected);
  return (
    /^\p{L}[\p{L}\p{M}']+$/u.test(word) &&
    (!isOrdinary(word) || (expected && surnames.has(word))) &&
    !titles.has(word) &&
    !/(?:n't|'ll|'re|'ve)$/.test(word)
  );
}

/** "Lena Okafor speaking", "Priya here". */
function introduced(tokens: readonly Token[], text: string): Reading[] {
  for (let index = 1; index < tokens.length; index++) {
    if (!/^(?:speaking|here)$/.test(tokens[index]!.word) || breaks(tokens, index)) continue;
    let from = index;
    while (from > 0 && index - from < 3 && namely(tokens, from - 1)) from -= 1;
    const starts =
      from === 0 || pauseBefore(tokens, from) || isWrapping(tokens[from - 1]!.word) || tokens[from - 1]!.word === 'is';
    const ends = index + 1 === tokens.length || breaks(tokens, index + 1);
    if (from < index && starts && ends)
      return [reading(text, tokens, from, index, written(tokens.slice(from, index)), 0.9)];
  }
  return [];
}

/** A name and nothing else but what people wrap an answer in. */
function bare(tokens: readonly Token[], text: string): Reading[] {
  const runs: [number, number][] = [];
  for (let index = 0; index < tokens.length;) {
    if (titles.has(tokens[index]!.word) || (!namely(tokens, index) && wrapsName(tokens[index]!.word))) {
      index += 1;
      continue;
    }
    let to = index;
    // "Lena Brown", or "Brown" and nothing else.
    if (runs.length === 1 && phraseAt(tokens, index, spelling) > 0) {
      const at = index + phraseAt(tokens, index, spelling);
      if (spelledLetters(tokens, at)?.next === tokens.length) break;
    }
    const lonely = tokens.every(
      (token, other) =>
        other === index || (wrapsName(token.word) && !/^(?:one|an?)$/.test(token.word)) || titles.has(token.word),
    );
    while (to < tokens.length && namely(tokens, to, to > index || lonely) && (to === index || !breaks(tokens, to)))
      to += 1;
    if (to === index) {
      // Any other word: this is a sentence, not a name; unless letters spell the name that went before.
      const spelled = runs.length === 1 && readSpelledRun(tokens, index).next === tokens.length;
      if (!spelled && !(runs.length > 0 && afterName.has(tokens[index]!.word))) return [];
      break;
    }
    runs.push([index, to]);
    index = to;
  }
  return runs
    .filter(([from]) => !/^(?:an?|the|some)$/.test(tokens[from - 1]?.word ?? '') || isCapitalised(tokens[from]!))
    .filter(([from, to]) => to - from <= mostWords && (to - from <= 3 || isCapitalised(tokens[from]!)))
    .map(([from, to]) => {
      const spelled = spelledAfter(tokens, from, to);
      return reading(
        text,
        tokens,
        from,
        spelled?.next ?? to,
        spelled?.value ?? written(tokens.slice(from, to)),
        spelled ? 1 : 0.9,
      );
    });
}

const afterName = new Set(['with', 'as', 'like', 'from', 'and']);
const nameWrapping = new Set(['name', 'names', "name's", 'first', 'last', 'under', 'call', 'called', 'hi', 'hello', 'good', 'morning', 'evening', 'speaking', 'here', 'is', 'this', 'am', "i'm", 'im', 'wait', 'sorry', 'mean', 'rather', 'book', 'not', "it'll"]); // prettier-ignore

function wrapsName(word: string): boolean {
  return isWrapping(word) || nameWrapping.has(word);
}

/** In other sentences only a capital in mid-sentence tells a name, and not surely: it may be a town or a brand. */
function capitalised(tokens: readonly Token[], text: string): Reading[] {
  const found: Reading[] = [];
  for (let index = 1; index < tokens.length;) {
    const starts = /[.!?]/.test(tokens[index]!.gap) || !isCapitalised(tokens[index]!) || !namely(tokens, index);
    if (starts) {
      index += 1;
      continue;
    }
    let to = index + 1;
    while (
      to < tokens.length &&
      to - index < mostWords &&
      !breaks(tokens, to) &&
      isCapitalised(tokens[to]!) &&
      namely(tokens, to)
    )
      to += 1;
    found.push(reading(text, tokens, index, to, written(tokens.slice(index, to)), 0.5));
    index = to;
  }
  // A text all in capitals says nothing by them.
  return text === text.toUpperCase() ? [] : found;
}

function isCapitalised(token: Token): boolean {
  return /^\p{Lu}/u.test(token.raw);
}

/** What people say between a name and its letters. */
const spelling = ['spelled', 'spelt', "that's", 'that is', "it's", "that's spelled", "that's spelt", "it's spelled", 'spelled as'].map((words) => words.split(' ')); // prettier-ignore

/** "s i o b h a n", asked for a name: the letters and what people wrap them in. */
function onlyLetters(tokens: readonly Token[], text: string): Reading[] {
  for (let index = 0; index < tokens.length; index++) {
    const run = spelledLetters(tokens, index);
    if (run === undefined || run.letters.length < 2) continue;
    if (tokens.slice(index, run.next).some((token) => /^.{3,}$/.test(token.word) && !/^(?:double|letter|capital)$/.test(token.word)) && run.letters.length < 3) return []; // prettier-ignore
    const around = [...tokens.slice(0, index), ...tokens.slice(run.next)];
    if (!around.every((token) => wrapsName(token.word) || /^(?:spelled|spelt)$/.test(token.word))) return [];
    return [reading(text, tokens, index, run.next, titled(run.letters), run.letters.length > 2 ? 0.95 : 0.7)];
  }
  return [];
}

/** "siobhan, s i o b h a n": the letters are right where the word was guessed. */
function spelledAfter(tokens: readonly Token[], from: number, to: number): { value: string; next: number } | undefined {
  const at = to + phraseAt(tokens, to, spelling);
  const spelled = at >= tokens.length ? undefined : spelledLetters(tokens, at);
  if (spelled === undefined) return undefined;
  const { letters, next } = spelled;
  const last = tokens[to - 1]!.word;
  if (letters.length < 2 || letters[0] !== last[0] || Math.abs(letters.length - last.length) > 4) return undefined;
  const before = written(tokens.slice(from, to - 1));
  return { value: `${before === '' ? '' : `${before} `}${titled(letters)}`, next };
}

/** The words as a name is written. Capitals that the recogniser wrote inside a word are kept. */
function written(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) => {
      const raw = token.raw.replace(/’/g, "'").replace(/'s$/, '');
      const joint = index === 0 ? '' : /^[-‐]$/.test(token.gap) ? '-' : ' ';
      if (index > 0 && particles.has(token.word) && index < tokens.length - 1) return joint + token.word;
      return joint + (/^\p{Lu}.*\p{Ll}/u.test(raw) || /\p{Ll}\p{Lu}/u.test(raw) ? raw : titled(raw.toLowerCase()));
    })
    .join('');
}

/** "o'brien" → "O'Brien", "mcdonald" → "McDonald". */
function titled(word: string): string {
  return word
    .replace(/(^|')(\p{L})/gu, (_, mark: string, letter: string) => mark + letter.toUpperCase())
    .replace(/^Mc(\p{L})/u, (_, letter: string) => `Mc${letter.toUpperCase()}`);
}
