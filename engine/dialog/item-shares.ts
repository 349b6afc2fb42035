/** Several of one thing that are wanted in different ways: "two lattes, one large and one small". */
import { tokenise } from '../slot-types/normalise.js';
import { readCardinal } from '../slot-types/numbers.js';
import type { Token } from '../slot-types/normalise.js';
import type { Span } from './item-clauses.js';
import type { FoundHead } from './item-fields.js';
import { findFields } from './item-fields.js';
import type { Item, Items } from './items.js';
import { head, itemWordsOf } from './items.js';

/** So many of them with these values. */
export interface Share extends Span {
  count: number;
  item: Item;
  /** "One of them large", and not only "a large": also one share alone is a part of them. */
  isPart: boolean;
}

interface Start {
  /** Where the words begin that say how many, and where those that say which way. */
  at: number;
  from: number;
  count: number | 'rest';
  isPart: boolean;
}

/**
 * The shares that a stretch names one after the other, for an item of which there are `total`. Each begins with how
 * many they are; the first words that give nothing end them.
 * @param others where other items are named: what stands there is no share of this one
 */
export function readShares(
  items: Items,
  base: Item,
  text: string,
  range: Span,
  total: number,
  others: readonly FoundHead[] = [],
): Share[] {
  if (!itemWordsOf(items).tellsApart) return [];
  const starts = startsOf(tokenise(text.slice(range.start, range.end)));
  const shares: Share[] = [];
  for (const [index, start] of starts.entries()) {
    const part = {
      start: range.start + start.at,
      end: Math.min(range.end, range.start + (starts[index + 1]?.at ?? Infinity)),
    };
    const named = others.filter((one) => one.start < part.end && one.end > part.start);
    if (named.some((one) => !one.values.includes(base[head(items)!.name] ?? null))) break;
    const words = { start: range.start + start.from, end: part.end };
    const { values, spans, unsure } = findFields(items, base, text, words, { overwrite: true, taken: named });
    if (unsure || Object.keys(values).length === 0) break;
    const left = total - shares.reduce((sum, { count }) => sum + count, 0);
    const count = start.count === 'rest' ? left : start.count;
    if (count < 1) break;
    const end = Math.max(...[...spans, ...named].map((span) => span.end));
    shares.push({ start: part.start, end, count, item: values, isPart: start.isPart });
  }
  const [only] = shares;
  if (shares.length === 1 && !(only!.isPart && only!.count < total)) return [];
  return shares;
}

/** Where a share begins: "one", "a", "two of them", "the other one", "the rest". */
function startsOf(tokens: readonly Token[]): Start[] {
  const starts: Start[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const { word, start } = tokens[index]!;
    if (isNoun(tokens, index)) continue;
    const isOther = /^others?$|^rest$/.test(word);
    const number = isOther ? undefined : readCardinal(tokens, index);
    if (!isOther && !number && !/^an?$/.test(word)) continue;
    let next = number?.next ?? index + 1;
    const isOf = tokens[next]?.word === 'of';
    while (/^(?:of|them|those|these|the|my|ones?)$/.test(tokens[next]?.word ?? '') && !(number && isNumberHere(tokens, next))) next++; // prettier-ignore
    const begins = isOther && tokens[index - 1]?.word === 'the' ? tokens[index - 1]!.start : start;
    starts.push({
      at: begins,
      from: tokens[next]?.start ?? tokens[tokens.length - 1]!.end,
      count: isOther ? (/^others$|^rest$/.test(word) ? 'rest' : 1) : (number?.value ?? 1),
      isPart: isOf || isOther || number !== undefined,
    });
    index = next - 1;
  }
  return starts;
}

/** The next share of "one small one large" begins there, and is no word of the share before it. */
function isNumberHere(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.word === 'one' && !isNoun(tokens, index);
}

/** "A large one", not "one large": it stands behind what says which way. */
function isNoun(tokens: readonly Token[], index: number): boolean {
  if (!/^ones?$/.test(tokens[index]!.word) || index === 0) return false;
  const before = tokens[index - 1]!.word;
  if (/^(?:and|just|only|make|or|but|plus)$/.test(before) || /[,;]/.test(tokens[index]!.gap)) return false;
  const next = tokens[index + 1];
  return (
    next === undefined ||
    /[,;.]/.test(next.gap) ||
    /^(?:and|with|please|thanks|in|for|too|to|should|is|instead|without|an?)$/.test(next.word)
  );
}
