/** People who are counted in groups: "two adults and two kids" are four, "me, my wife and a baby" are three. */
import type { Reading } from './slot-type.js';
import { reading } from './define.js';
import type { Token } from './normalise.js';
import { fillers } from './normalise.js';
import { readCardinal } from './numbers.js';

/** One of a party, as it is said after "a", "my" or a number. */
const one = new Set([
  'adult', 'grownup', 'child', 'kid', 'baby', 'toddler', 'infant', 'teenager', 'teen', 'boy', 'girl', 'man', 'woman', 'person',
  'pensioner', 'senior', 'student', 'guest', 'friend', 'colleague', 'wife', 'husband', 'partner', 'girlfriend', 'boyfriend',
  'mother', 'father', 'mum', 'mom', 'dad', 'parent', 'grandparent', 'grandmother', 'grandfather', 'granny', 'grandad', 'sister',
  'brother', 'son', 'daughter', 'aunt', 'uncle', 'cousin', 'nephew', 'niece', 'neighbour', 'neighbor', 'boss',
]); // prettier-ignore
const several = new Set([...[...one].map((word) => `${word}s`), 'children', 'babies', 'men', 'women', 'people', 'persons', 'wives', 'grannies', 'folks', 'ladies', 'gentlemen', 'others', 'more']); // prettier-ignore

/** Who counts alone. */
const alone = new Set(['me', 'myself', 'i']);
const singular = /^(?:an?|my|our|the|one|another)$/;
/** A word or two may stand before the noun: "two small kids", "my best friend". */
const mostBetween = 2;
const joints = /^(?:and|plus|with|&|\+)$/;

interface Group {
  count: number;
  next: number;
  /** The whole party: "four of us". */
  isAll: boolean;
}

/** The sum of each row of at least two groups of people, of which one is counted by a number. */
export function headCounts(tokens: readonly Token[], text: string, counted: readonly Reading[]): Reading[] {
  const found: Reading[] = [];
  // A row without a number is a story about people, not a count of them.
  if (counted.length === 0) return found;
  for (let index = 0; index < tokens.length;) {
    const row = rowAt(tokens, index);
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

function rowAt(tokens: readonly Token[], index: number): { count: number; next: number } | undefined {
  const first = groupAt(tokens, index);
  if (!first) return undefined;
  const groups = [first];
  let { next } = first;
  for (;;) {
    let at = next;
    while (at < tokens.length && (joints.test(tokens[at]!.word) || fillers.has(tokens[at]!.word))) at += 1;
    const isJoined = at > next || /,/.test(tokens[at]?.gap ?? '');
    const group = isJoined ? groupAt(tokens, at) : undefined;
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

function groupAt(tokens: readonly Token[], index: number): Group | undefined {
  const token = tokens[index];
  if (!token) return undefined;
  if (alone.has(token.word)) return { count: 1, next: index + 1, isAll: false };
  const number = readCardinal(tokens, index);
  const isOne = number === undefined ? singular.test(token.word) : number.value === 1;
  if (number === undefined && !isOne) return undefined;
  const from = number?.next ?? index + 1;
  if (number && tokens[from]?.word === 'of' && /^(?:us|them)$/.test(tokens[from + 1]?.word ?? ''))
    return { count: number.value, next: from + 2, isAll: true };
  // "The two of us".
  if (token.word === 'the' && number === undefined) {
    const rest = groupAt(tokens, index + 1);
    if (rest?.isAll) return { ...rest, isAll: false };
  }
  for (let at = from; at < tokens.length && at - from <= mostBetween; at++) {
    const { word } = tokens[at]!;
    const isNoun = isOne ? one.has(word) : several.has(word);
    if (isNoun) return { count: number?.value ?? 1, next: at + 1, isAll: /^(?:people|persons|guests)$/.test(word) };
    if (joints.test(word) || /[,.;]/.test(tokens[at + 1]?.gap ?? '') || readCardinal(tokens, at)) return undefined;
  }
  return undefined;
}
