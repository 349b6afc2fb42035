/** Which of the caller's own items a clause means: "the second one", "both of them", "one of the lattes", "the large one". */
import type { Json } from '../contracts.js';
import { tokenise } from '../slot-types/normalise.js';
import { readCardinal } from '../slot-types/numbers.js';
import type { Clause, Span } from './item-clauses.js';
import { placeIn } from './item-clauses.js';
import type { FoundHead } from './item-fields.js';
import { findFields, findHeads } from './item-fields.js';
import type { Reader } from './item-reader.js';
import { alikeTo, totalOf, unitsOf } from './item-reader.js';
import { itemWordsOf } from './items.js';
import { same } from './talk.js';

/** The entries that are meant, only so many of them (`count`), and the words that say so. */
export interface Target extends Span {
  ats: number[];
  count?: number;
  /** All of them were meant, by "both" or by a plural: what they do not have in common stays. */
  isGroup: boolean;
}

/** Where the item stands that was meant: the last one of several, or the one that `place` counts from 1. */
export function placeOf({ now, head: { name } }: Reader, values: readonly Json[], place = 0): number {
  if (place > 0) return now.flatMap((item, at) => (values.includes(item[name] ?? null) ? [at] : []))[place - 1] ?? -1;
  return now.findLastIndex((item) => values.includes(item[name] ?? null));
}

/** The items that a clause is about: by any name, else by a part of the name of one that is there ("the shake"). */
export function headsHere({ items, text, now, head: { name } }: Reader, clause: Span): FoundHead[] {
  const heads = findHeads(items, text, clause, false);
  if (heads.length > 0) return heads;
  const here = now.map((item) => item[name] ?? null);
  return findHeads(items, text, clause, true, here).slice(0, 1);
}

/** The entries that a clause means by their place, together, or by what they are like. 'none': a place that is not there. */
export function targetOf(reader: Reader, clause: Clause): Target | 'none' | undefined {
  const { text, now } = reader;
  const words = itemWordsOf(reader.items);
  if (now.length === 0 && !placeIn(text, clause, words)) return undefined;
  const group = words.tellsApart ? groupOf(reader, clause) : undefined;
  if (group) return group;
  const place = placeIn(text, clause, words);
  if (place) {
    const found = byPlace(reader, place.place);
    return found === undefined ? 'none' : { ...found, start: place.start, end: place.end, isGroup: false };
  }
  return words.tellsApart ? byLikeness(reader, clause) : undefined;
}

/** Places count entries, or, where these are fewer, the single things: the second of "two lattes". */
function byPlace({ items, now }: Reader, place: number): Pick<Target, 'ats' | 'count'> | undefined {
  if (place === 0) return now.length > 0 ? { ats: [now.length - 1] } : undefined;
  if (now[place - 1]) return { ats: [place - 1] };
  let units = 0;
  for (const [at, item] of now.entries()) {
    units += unitsOf(items, item);
    if (place <= units) return { ats: [at], count: 1 };
  }
  return undefined;
}

const wholes = /^(?:both|all|each)$/;
const pronouns = /^(?:them|those|these)$/;

/** "Both of them", "all the lattes", "them all", "one of those", "two of the coffees". */
function groupOf(reader: Reader, clause: Clause): Target | undefined {
  const heads = headsHere(reader, clause);
  const tokens = tokenise(reader.text.slice(clause.start, clause.end));
  const headAt = (index: number): FoundHead | undefined =>
    heads.find((one) => one.start === clause.start + (tokens[index]?.start ?? -1));
  for (let index = 0; index < tokens.length; index++) {
    const { word, start } = tokens[index]!;
    const span = (to: number, one?: FoundHead): Span => ({
      start: clause.start + start,
      end: one?.end ?? clause.start + tokens[to]!.end,
    });
    if (pronouns.test(word) && wholes.test(tokens[index + 1]?.word ?? '')) {
      const { word: all } = tokens[index + 1]!;
      return { ats: togetherWith(reader, all), ...span(index + 1), isGroup: true };
    }
    // "After all", "that's all" and "at all" mean no items.
    const isWhole = wholes.test(word) && !/^(?:after|at|that's|is|be|not)$/.test(tokens[index - 1]?.word ?? '');
    const number = isWhole ? undefined : readCardinal(tokens, index);
    if (!isWhole && !number) continue;
    let next = number?.next ?? index + 1;
    if (isWhole) next = readCardinal(tokens, next)?.next ?? next;
    const isOf = tokens[next]?.word === 'of';
    if (isOf) next += 1;
    const isThe = /^(?:the|my|our|your)$/.test(tokens[next]?.word ?? '');
    if (isThe) next += 1;
    const one = headAt(next);
    const isPronoun = pronouns.test(tokens[next]?.word ?? '');
    const end = isPronoun ? next : Math.max(index, next - (isOf ? 2 : 1));
    if (isWhole) {
      const ats = one ? entriesOf(reader, one.values) : togetherWith(reader, word);
      if (ats.length > 0) return { ats, ...span(end, one), isGroup: true };
    } else if (isOf && number && (one || isPronoun)) {
      const ats = one ? entriesOf(reader, one.values) : togetherWith(reader, 'both');
      return partOf(reader, ats, number.value, span(end, one));
    } else if (number && tokens[index - 1]?.word === 'make' && !one && tokens[number.next]) {
      return partOf(reader, togetherWith(reader, 'both'), number.value, span(number.next - 1));
    }
  }
  // "Make the lattes large": a plural is all of them.
  const [plural] = heads.filter((one) => /s$/i.test(reader.text.slice(one.start, one.end)));
  const isOne = plural && readCardinalBefore(reader.text.slice(clause.start, plural.start));
  const ats = plural && !isOne ? entriesOf(reader, plural.values) : [];
  return plural && ats.length > 1 ? { ats, start: plural.start, end: plural.end, isGroup: true } : undefined;
}

function readCardinalBefore(text: string): boolean {
  const tokens = tokenise(text);
  return tokens.length > 0 && readCardinal(tokens, tokens.length - 1) !== undefined;
}

function partOf(reader: Reader, ats: number[], count: number, span: Span): Target | undefined {
  const total = totalOf(reader, ats);
  if (ats.length === 0 || count < 1) return undefined;
  return count < total ? { ats, count, ...span, isGroup: true } : { ats, ...span, isGroup: true };
}

function entriesOf({ now, head: { name } }: Reader, values: readonly Json[]): number[] {
  return now.flatMap((item, at) => (values.includes(item[name] ?? null) ? [at] : []));
}

/** What "them" is: the several that were spoken of last, all of that name, else all there is. */
function togetherWith(reader: Reader, word: string): number[] {
  const { items, now, last, head: { name } } = reader; // prettier-ignore
  if (unitsOf(items, now[last]) > 1) return [last];
  const alike = alikeTo(reader, last);
  if (alike.length > 1) return alike;
  const named = entriesOf(reader, [now[last]?.[name] ?? null]);
  if (named.length > 1) return named;
  const all = [...now.keys()];
  return word === 'both' ? all.slice(-2) : all;
}

/** "The large one", "the small latte", "the other one": an item by the values it has. */
function byLikeness(reader: Reader, clause: Clause): Target | undefined {
  const tokens = tokenise(reader.text.slice(clause.start, clause.end));
  const heads = headsHere(reader, clause);
  for (let index = 0; index < tokens.length; index++) {
    if (!/^(?:the|that|my)$/.test(tokens[index]!.word)) continue;
    for (let noun = index + 2; noun < Math.min(tokens.length, index + 5); noun++) {
      const { word, start, end } = tokens[noun]!;
      const one = heads.find((found) => found.start === clause.start + start);
      if (!one && !/^ones?$/.test(word)) continue;
      const part = { start: clause.start + tokens[index]!.start, end: one?.end ?? clause.start + end };
      const at = likeIt(reader, part, one).at(-1);
      if (at !== undefined) return { ats: [at], ...part, isGroup: false };
    }
  }
  return undefined;
}

/** The entries of which everything is true that the words say. */
function likeIt({ items, text, now, head: { name } }: Reader, part: Span, one: FoundHead | undefined): number[] {
  return now.flatMap((item, at) => {
    if (one && !one.values.includes(item[name] ?? null)) return [];
    const { values } = findFields(items, item, text, part, { overwrite: true, taken: one ? [one] : [] });
    const names = Object.keys(values);
    return names.length > 0 && names.every((field) => same(values[field] ?? null, item[field] ?? null)) ? [at] : [];
  });
}
