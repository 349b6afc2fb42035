/** How callers say what they do to a list: what the words of a language (`built-ins/item-words.ts`) make of a sentence. */
import { tokenise } from '../slot-types/normalise.js';
import type { ItemWords } from './built-ins/item-words.js';

export interface Span {
  start: number;
  end: number;
}

/** A stretch of a sentence that does one thing. `isSaid`: by a verb, and not only by naming items. */
export interface Clause extends Span {
  does: 'add' | 'remove' | 'change';
  isSaid: boolean;
  mark: string;
}

/** Cuts a sentence where another thing is done. What stands before the first verb adds. */
export function clausesOf(text: string, words: ItemWords): Clause[] {
  const found = words.marks
    .flatMap(({ does, pattern }) =>
      [...text.matchAll(pattern)].map((match) => ({ does, at: match.index, mark: match[0].toLowerCase() })),
    )
    .sort((a, b) => a.at - b.at || b.mark.length - a.mark.length);
  const clauses: Clause[] = [];
  let end = 0;
  for (const { does, at, mark } of found) {
    // "Take the fries off" is one mark, whatever stands in it.
    if (at < end) continue;
    end = does === 'remove' ? at + mark.length : at;
    clauses.push({ start: at, end: text.length, does, isSaid: true, mark });
  }
  // "The latte should be large" says of what before the verb.
  if (clauses[0] && words.subjectFirst.test(clauses[0].mark)) clauses[0].start = 0;
  const first = clauses[0]?.start ?? text.length;
  // "A cola instead of the fries" says both in one clause.
  const swap = clauses.find(({ mark }) => words.swapMarks.has(mark));
  if (swap) return [{ ...swap, start: clauses[0] === swap ? 0 : Math.min(first, swap.start), end: text.length }];
  clauses.forEach((clause, index) => (clause.end = clauses[index + 1]?.start ?? text.length));
  if (first > 0) clauses.unshift({ start: 0, end: first, does: 'add', isSaid: false, mark: '' });
  return clauses;
}

/** "I wanted two coffees", "no, two coffees": what is named is meant in this way, and no more of it. */
export function isMeantSo(clause: Clause, text: string, { meant }: ItemWords): boolean {
  if (meant.mark.test(clause.mark)) return true;
  const words = text.slice(clause.start, clause.end);
  return clause.start === 0 && clause.mark === '' && meant.opening.test(words);
}

/** A request in the form of a question. */
export function isOrder(text: string, { request }: ItemWords): boolean {
  return text.match(request) !== null;
}

/** The words of asking, which say nothing about the items. */
export function orderWords(text: string, { request, wanting }: ItemWords): Span[] {
  return [request, wanting].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
  );
}

/** "The second one", "number two", "the last one": one of the caller's own items. `place` counts from 1; 0 is the last. */
export function placeIn(
  text: string,
  span: Span,
  words: ItemWords,
): { place: number; start: number; end: number } | undefined {
  const tokens = tokenise(text.slice(span.start, span.end));
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const ordinal = words.ordinal(tokens, index);
    const numbered = words.place.numbered.test(word) ? words.cardinal(tokens, index + 1) : undefined;
    const next = ordinal?.next ?? index + 1;
    const follows = tokens[next]?.word;
    const noun = words.place.noun.test(follows ?? '');
    const hasArticle = index > 0 && words.place.article.test(tokens[index - 1]!.word);
    const isBare = words.place.isBare && hasArticle && (follows === undefined || words.isWrapping(follows));
    const isPlace = words.place.last.test(word) || ordinal !== undefined;
    if (!(isPlace && (noun || isBare)) && numbered === undefined) continue;
    const end = numbered ? numbered.next : noun ? next + 1 : next;
    const start = hasArticle ? index - 1 : index;
    return {
      place: numbered?.value ?? ordinal?.value ?? 0,
      start: span.start + tokens[start]!.start,
      end: span.start + tokens[end - 1]!.end,
    };
  }
  return undefined;
}

/** "The second tea": which of several of one name; 0 is the last one. */
export function placeBefore(text: string, words: ItemWords): number | undefined {
  const tokens = tokenise(text);
  if (words.place.last.test(tokens.at(-1)?.word ?? '')) return 0;
  for (let index = 0; index < tokens.length; index++) {
    const ordinal = words.ordinal(tokens, index);
    if (ordinal?.next === tokens.length) return ordinal.value;
  }
  return undefined;
}

/**
 * Stretches between "and" and commas that name a thing which nothing else in the sentence claims: one that is counted
 * ("and a donkey"), or one that stands in a chain after "with" ("with butter and nutella").
 */
export function unclaimed(
  text: string,
  span: Span,
  used: readonly Span[],
  words: ItemWords,
): (Span & { words: string })[] {
  const found: (Span & { words: string })[] = [];
  let start = span.start;
  let isChain = false;
  const take = (end: number): void => {
    if (used.some((one) => one.start < end && one.end > start)) return;
    const said = tokenise(text.slice(start, end))
      .map(({ word }) => word)
      .filter((word) => !words.isFiller(word));
    const isCounted = said.length > 1 && words.small.test(said[0]!);
    const things = isCounted ? said.slice(1) : isChain ? said.filter((word) => !words.amounts.has(word)) : [];
    const isThing =
      things.length > 0 &&
      things.length < (isCounted ? 4 : 3) &&
      things.every((word) => /^\p{L}/u.test(word) && !words.noThing.has(word) && !words.isWrapping(word)) &&
      (isCounted || things.every((word) => !words.noTopping.has(word) && !words.small.test(word)));
    if (isThing) found.push({ words: things.join(' '), start, end });
  };
  for (const match of text.slice(span.start, span.end).matchAll(words.cuts)) {
    take(span.start + match.index);
    start = span.start + match.index + match[0].length;
    isChain ||= words.isWith.test(match[0]);
  }
  take(span.end);
  return found;
}

/** What a clause says of an item beside the words for the item: "decaf", "sugar"; '' for what is to be left out of it. */
export function unheeded(text: string, clause: Clause, said: ItemWords, target?: Span): string | undefined {
  const behind = text.slice(Math.max(clause.start, target?.end ?? 0), clause.end);
  if (said.without.test(behind)) return '';
  const with_ = said.withRest.exec(behind)?.[1] ?? behind;
  const words = tokenise(with_)
    .map(({ word }) => word)
    .filter((word) => !said.isWrapping(word) && !said.ofChange.test(word));
  const isPlain = words.length > 0 && words.length < 4 && words.every((word) => /^\p{L}/u.test(word));
  return isPlain ? words.join(' ') : undefined;
}

/** "Two of those" is a count of what is there, "one more" and "another of those" add to it. */
export function moreOfIt(text: string, { more, cardinal }: ItemWords): { count: number; isMore: boolean } | undefined {
  const tokens = tokenise(text);
  const isMore = more.isMore.test(text);
  if (!more.isSame.test(text) && !more.again.test(text)) return undefined;
  for (let index = 0; index < tokens.length; index++) {
    const number = cardinal(tokens, index);
    if (number && number.value >= 1) return { count: number.value, isMore };
  }
  return isMore ? { count: 1, isMore } : undefined;
}

/** "Swap the fries for a cola", "a cola instead of the fries": which goes, and what comes. */
export function swapped<One extends Span>(
  text: string,
  clause: Clause,
  heads: readonly One[],
  words: ItemWords,
): { old: One; other: One } | undefined {
  const [first, second] = heads;
  if (!first || !second) return undefined;
  if (!words.swapMarks.has(clause.mark))
    return words.into.test(text.slice(first.end, second.start)) ? { old: first, other: second } : undefined;
  const at = text.toLowerCase().indexOf(clause.mark);
  const [before, after] = [heads.find((one) => one.end <= at), heads.find((one) => one.start > at)];
  if (before && after) return { old: after, other: before };
  return { old: first, other: second };
}
