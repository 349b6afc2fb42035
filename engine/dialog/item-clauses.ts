/** How callers say what they do to a list. English, like the other words that the engine brings. */
import { isWrapping } from '../slot-types/answer.js';
import { readCardinal, readOrdinal } from '../slot-types/numbers.js';
import { fillers, tokenise } from '../slot-types/normalise.js';

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
      String.raw`\b(?:(?:take|leave|strike|knock)\s+${few}(?:off|out|away|back)\b|(?:remove|delete|drop|scratch|scrap|forget about|forget|lose|cancel|never mind|get rid of|no more|minus|clear|empty)\b|start\s+(?:the|my|our)\s+\p{L}+\s+(?:over|again)\b|(?:(?:do not|don't|no longer|not)\s+)(?:want|need)\b)`,
      'giu',
    ),
  },
  {
    does: 'change',
    pattern:
      /\b(?:make|change|switch|swap|replace|turn|upgrade|instead of|rather than|can (?:it|that|the \p{L}+) be|should (?:be|have|come)|i meant|i mean|i (?:only |just |really )?(?:wanted|said|asked for|ordered)(?! to\b))\b/giu,
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
  // "The latte should be large" says of what before the verb.
  if (clauses[0]?.mark.startsWith('should')) clauses[0].start = 0;
  const first = clauses[0]?.start ?? text.length;
  // "A cola instead of the fries" says both in one clause.
  const swap = clauses.find(({ mark }) => mark === 'instead of' || mark === 'rather than');
  if (swap) return [{ ...swap, start: clauses[0] === swap ? 0 : Math.min(first, swap.start), end: text.length }];
  clauses.forEach((clause, index) => (clause.end = clauses[index + 1]?.start ?? text.length));
  if (first > 0) clauses.unshift({ start: 0, end: first, does: 'add', isSaid: false, mark: '' });
  return clauses;
}

/** "I wanted two coffees", "no, two coffees": what is named is meant in this way, and no more of it. */
export function isMeantSo(clause: Clause, text: string): boolean {
  if (/^i (?:mean|only|just|really|wanted|said|asked|ordered)/.test(clause.mark)) return true;
  const words = text.slice(clause.start, clause.end);
  return clause.start === 0 && clause.mark === '' && /^\s*(?:no|nope|sorry|wait|actually|i mean)\b(?![\s,]+(?:and|also|plus|thanks)\b)/i.test(words); // prettier-ignore
}

export function isOnly(clause: Clause, mark: string): boolean {
  return clause.mark === mark;
}

const request =
  /\b(?:can|could|may|might)\s+(?:i|we|you)\s+(?:please\s+)?(?:have|get|take|order|bring|add|do|make|change|remove|swap|switch|leave|give)\b/gi;
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

/** Said of the whole order, whatever follows. */
export function isClearing(mark: string): boolean {
  return /^(?:clear|empty|start)\b/i.test(mark);
}

/** "The second one", "number two", "the last one": one of the caller's own items. `place` counts from 1; 0 is the last. */
export function placeIn(text: string, span: Span): { place: number; start: number; end: number } | undefined {
  const tokens = tokenise(text.slice(span.start, span.end));
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const ordinal = readOrdinal(tokens, index);
    const numbered = word === 'number' ? readCardinal(tokens, index + 1) : undefined;
    const next = ordinal?.next ?? index + 1;
    const noun = /^(?:one|item|thing)$/.test(tokens[next]?.word ?? '');
    const isPlace = word === 'last' || ordinal !== undefined;
    if (!(isPlace && noun) && numbered === undefined) continue;
    const end = numbered ? numbered.next : next + 1;
    const start = index > 0 && tokens[index - 1]!.word === 'the' ? index - 1 : index;
    return {
      place: numbered?.value ?? ordinal?.value ?? 0,
      start: span.start + tokens[start]!.start,
      end: span.start + tokens[end - 1]!.end,
    };
  }
  return undefined;
}

/** "The second tea": which of several of one name; 0 is the last one. */
export function placeBefore(text: string): number | undefined {
  const tokens = tokenise(text);
  if (tokens.at(-1)?.word === 'last') return 0;
  for (let index = 0; index < tokens.length; index++) {
    const ordinal = readOrdinal(tokens, index);
    if (ordinal?.next === tokens.length) return ordinal.value;
  }
  return undefined;
}

const smallNumber = /^(?:an?|some|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})$/;
const noThing = new Set(['bit', 'lot', 'moment', 'minute', 'second', 'few', 'couple', 'question', 'table', 'thing', 'favour', 'for', 'with', 'of', 'to', 'on', 'that', 'while', 'number', 'plain']); // prettier-ignore

/** Stretches between "and" and commas that count a thing which nothing else in the sentence claims: "and a donkey". */
export function unclaimed(text: string, span: Span, used: readonly Span[]): (Span & { words: string })[] {
  const found: (Span & { words: string })[] = [];
  let start = span.start;
  const take = (end: number): void => {
    const isUsed = used.some((one) => one.start < end && one.end > start);
    const tokens = isUsed
      ? []
      : tokenise(text.slice(start, end)).filter(({ word }) => !fillers.has(word) && word !== 'maybe');
    const [count, ...things] = tokens.map(({ word }) => word);
    const isThing = count !== undefined && smallNumber.test(count) && things.length > 0 && things.length < 4;
    if (isThing && things.every((word) => /^\p{L}/u.test(word) && !noThing.has(word) && !isWrapping(word))) found.push({ words: things.join(' '), start, end }); // prettier-ignore
  };
  for (const match of text.slice(span.start, span.end).matchAll(/[,;.]|\b(?:and|plus|also)\b/gi)) {
    take(span.start + match.index);
    start = span.start + match.index + match[0].length;
  }
  take(span.end);
  return found;
}

const ofChange = /^(?:make|made|change|switch|turn|put|said|meant?|wanted|asked|ordered|should|could|come|into|without|but|large|one|ones|two|three|of|them|those|these|both|all|each|half|other|others|not|instead|sorry|wait|said|really|too|now|quick|quickly|fast|snappy|same|first|second|third|last)$/; // prettier-ignore

/** What a clause says of an item beside the words for the item: "decaf", "sugar"; '' for what is to be left out of it. */
export function unheeded(text: string, clause: Clause, target?: Span): string | undefined {
  const behind = text.slice(Math.max(clause.start, target?.end ?? 0), clause.end);
  if (/\bwithout\s+\p{L}/iu.test(behind)) return '';
  const with_ = /\bwith\s+(.*)$/iu.exec(behind)?.[1] ?? behind;
  const words = tokenise(with_)
    .map(({ word }) => word)
    .filter((word) => !isWrapping(word) && !ofChange.test(word));
  const isPlain = words.length > 0 && words.length < 4 && words.every((word) => /^\p{L}/u.test(word));
  return isPlain ? words.join(' ') : undefined;
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
