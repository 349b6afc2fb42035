/** People who are counted in groups: "two adults and two kids" are four, "me, my wife and a baby" are three. */
import type { Reading } from './slot-type.js';
import { reading } from './define.js';
import type { Token } from './normalise.js';
import { fillers } from './normalise.js';
import { readCardinal } from './numbers.js';

/** How a language counts people. */
export interface PartyWords {
  /** One of a party, as it is said after "a", "my" or a number; and several of them. */
  one: ReadonlySet<string>;
  several: ReadonlySet<string>;
  /** Who counts alone: "me". */
  alone: ReadonlySet<string>;
  singular: RegExp;
  joints: RegExp;
  /** Nouns that count the whole party. */
  whole: RegExp;
  fillers: ReadonlySet<string>;
  cardinal(tokens: readonly Token[], index: number): { value: number; next: number } | undefined;
  /** The tokens after a number that make it the whole party ("of us"): how many, or 0. */
  ofUs(tokens: readonly Token[], index: number): number;
}

const one = new Set([
  'adult', 'grownup', 'child', 'kid', 'baby', 'toddler', 'infant', 'teenager', 'teen', 'boy', 'girl', 'man', 'woman', 'person',
  'pensioner', 'senior', 'student', 'guest', 'friend', 'colleague', 'wife', 'husband', 'partner', 'girlfriend', 'boyfriend',
  'mother', 'father', 'mum', 'mom', 'dad', 'parent', 'grandparent', 'grandmother', 'grandfather', 'granny', 'grandad', 'sister',
  'brother', 'son', 'daughter', 'aunt', 'uncle', 'cousin', 'nephew', 'niece', 'neighbour', 'neighbor', 'boss',
]); // prettier-ignore
const several = new Set([...[...one].map((word) => `${word}s`), 'children', 'babies', 'men', 'women', 'people', 'persons', 'wives', 'grannies', 'folks', 'ladies', 'gentlemen', 'others', 'more']); // prettier-ignore

const english: PartyWords = {
  one,
  several,
  alone: new Set(['me', 'myself', 'i']),
  singular: /^(?:an?|my|our|the|one|another)$/,
  joints: /^(?:and|plus|with|&|\+)$/,
  whole: /^(?:people|persons|guests)$/,
  fillers,
  cardinal: readCardinal,
  ofUs: (tokens, index) =>
    tokens[index]?.word === 'of' && /^(?:us|them)$/.test(tokens[index + 1]?.word ?? '') ? 2 : 0,
};
/** A word or two may stand before the noun: "two small kids", "my best friend". */
const mostBetween = 2;

interface Group {
  count: number;
  next: number;
  /** The whole party: "four of us". */
  isAll: boolean;
}

/** The sum of each row of at least two groups of people, of which one is counted by a number. */
export function headCounts(
  tokens: readonly Token[],
  text: string,
  counted: readonly Reading[],
  words: PartyWords = english,
): Reading[] {
  const found: Reading[] = [];
  // A row without a number is a story about people, not a count of them.
  if (counted.length === 0) return found;
  for (let index = 0; index < tokens.length;) {
    const row = rowAt(tokens, index, words);
    if (!row) {
      index += 1;
      continue;
    }
    const hasNumber = counted.some(
      ({ start, end }) => start >= tokens[index]!.start && end <= tokens[row.next - 1]!.end,
    );
    if (hasNumber) found.push(reading(text, tokens, index, row.next, row.count, 1));
    index = row.next;
  }
  return found;
}

function rowAt(
  tokens: readonly Token[],
  index: number,
  words: PartyWords,
): { count: number; next: number } | undefined {
  const first = groupAt(tokens, index, words);
  if (!first) return undefined;
  const groups = [first];
  let { next } = first;
  for (;;) {
    let at = next;
    while (at < tokens.length && (words.joints.test(tokens[at]!.word) || words.fillers.has(tokens[at]!.word))) at += 1;
    const isJoined = at > next || /,/.test(tokens[at]?.gap ?? '');
    const group = isJoined ? groupAt(tokens, at, words) : undefined;
    if (!group) break;
    groups.push(group);
    ({ next } = group);
  }
  if (groups.length < 2) return undefined;
  const [whole, ...parts] = groups;
  const sum = (all: readonly Group[]): number => all.reduce((total, { count }) => total + count, 0);
  // "Four of us, two adults and two kids": the groups are those four.
  const isTold = whole!.isAll && parts.length > 1 && sum(parts) === whole!.count;
  return { count: isTold ? whole!.count : sum(groups), next };
}

function groupAt(tokens: readonly Token[], index: number, words: PartyWords): Group | undefined {
  const token = tokens[index];
  if (!token) return undefined;
  if (words.alone.has(token.word)) return { count: 1, next: index + 1, isAll: false };
  const number = words.cardinal(tokens, index);
  const isOne = number === undefined ? words.singular.test(token.word) : number.value === 1;
  if (number === undefined && !isOne) return undefined;
  const from = number?.next ?? index + 1;
  const ofUs = number ? words.ofUs(tokens, from) : 0;
  if (number && ofUs > 0) return { count: number.value, next: from + ofUs, isAll: true };
  // "The two of us".
  if (token.word === 'the' && number === undefined) {
    const rest = groupAt(tokens, index + 1, words);
    if (rest?.isAll) return { ...rest, isAll: false };
  }
  for (let at = from; at < tokens.length && at - from <= mostBetween; at++) {
    const { word } = tokens[at]!;
    const isNoun = isOne ? words.one.has(word) : words.several.has(word);
    if (isNoun) return { count: number?.value ?? 1, next: at + 1, isAll: words.whole.test(word) };
    if (words.joints.test(word) || /[,.;]/.test(tokens[at + 1]?.gap ?? '') || words.cardinal(tokens, at))
      return undefined;
  }
  return undefined;
}
