/** How callers say what they do to a list. English, like the other words that the engine brings. */
import { readCardinal } from '../slot-types/numbers.js';
import { tokenise } from '../slot-types/normalise.js';

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

const few = String.raw`(?:[\p{L}\p{N}']+\s+){0,6}?`;

const marks: readonly { does: Clause['does']; pattern: RegExp }[] = [
  {
    does: 'remove',
    pattern: new RegExp(
      String.raw`\b(?:(?:take|leave|strike|knock)\s+${few}(?:off|out|away|back)\b|(?:remove|delete|drop|scratch|scrap|forget about|forget|lose|cancel|never mind|get rid of|no more|minus)\b|(?:(?:do not|don't|no longer|not)\s+)(?:want|need)\b)`,
      'giu',
    ),
  },
  {
    does: 'change',
    pattern:
      /\b(?:make|change|switch|swap|replace|turn|upgrade|instead of|rather than|can (?:it|that|the \p{L}+) be|should be|i meant|i mean)\b/giu,
  },
  {
    does: 'add',
    pattern:
      /\b(?:add|also|another|plus|as well|(?:i'll|i will|can i|could i|may i|let me)\s+(?:have|get|take|order)|i'd like|give me|get me)\b/giu,
  },
];

/** Cuts a sentence where another thing is done. What stands before the first verb adds. */
export function clausesOf(text: string): Clause[] {
  const found = marks
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
  const first = clauses[0]?.start ?? text.length;
  // "A cola instead of the fries" says both in one clause.
  const swap = clauses.find(({ mark }) => mark === 'instead of' || mark === 'rather than');
  if (swap) return [{ ...swap, start: clauses[0] === swap ? 0 : Math.min(first, swap.start), end: text.length }];
  clauses.forEach((clause, index) => (clause.end = clauses[index + 1]?.start ?? text.length));
  if (first > 0) clauses.unshift({ start: 0, end: first, does: 'add', isSaid: false, mark: '' });
  return clauses;
}

export function isOnly(clause: Clause, mark: string): boolean {
  return clause.mark === mark;
}

const request =
  /\b(?:can|could|may|might)\s+(?:i|we|you)\s+(?:please\s+)?(?:have|get|take|order|add|do|make|change|remove|swap|switch|leave|give)\b/gi;
const wanting =
  /\b(?:i'd|i would|we'd)\s+(?:like|love)\b|\b(?:i'll|we'll|i will)\s+(?:have|get|take|try)\b|\b(?:hi|hello|hey)\b/gi;

/** A request in the form of a question. */
export function isOrder(text: string): boolean {
  return text.match(request) !== null;
}

/** The words of asking, which say nothing about the items. */
export function orderWords(text: string): Span[] {
  return [request, wanting].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
  );
}

export const wholeOrder =
  /\b(?:everything|it all|them all|all of (?:it|that|them)|the lot|the (?:whole|entire) \p{L}+)\b/iu;
export const pronoun = /\b(?:that|it|this|those|these|them)\b/i;

export function isLastMeant(words: string): boolean {
  return /\bthe last (?:one|thing|item)\b/i.test(words);
}

/** "Two of those" is a count of what is there, "one more" and "another of those" add to it. */
export function moreOfIt(words: string): { count: number; isMore: boolean } | undefined {
  const tokens = tokenise(words);
  const isMore = /\b(?:another|more|again|extra)\b/i.test(words);
  const isSame = /\bof (?:those|these|them|that)\b/i.test(words);
  if (!isSame && !/\b(?:another one|one more|(?:the )?same again)\b/i.test(words)) return undefined;
  for (let index = 0; index < tokens.length; index++) {
    const number = readCardinal(tokens, index);
    if (number && number.value >= 1) return { count: number.value, isMore };
  }
  return isMore ? { count: 1, isMore } : undefined;
}

/** "Swap the fries for a cola", "a cola instead of the fries": which goes, and what comes. */
export function swapped<One extends Span>(
  text: string,
  clause: Clause,
  heads: readonly One[],
): { old: One; other: One } | undefined {
  const [first, second] = heads;
  if (!first || !second) return undefined;
  if (clause.mark !== 'instead of' && clause.mark !== 'rather than')
    return /\b(?:to|for|with|by|into|a|an)\b/i.test(text.slice(first.end, second.start))
      ? { old: first, other: second }
      : undefined;
  const at = text.toLowerCase().indexOf(clause.mark);
  const [before, after] = [heads.find((one) => one.end <= at), heads.find((one) => one.start > at)];
  if (before && after) return { old: after, other: before };
  return { old: first, other: second };
}
