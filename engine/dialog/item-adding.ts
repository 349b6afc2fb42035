/** Items that a sentence adds, what it says of the one that is being completed, and more of those that are there. */
import type { Token } from '../slot-types/normalise.js';
import { tokenise } from '../slot-types/normalise.js';
import { readCardinal } from '../slot-types/numbers.js';
import type { Clause, Span } from './item-clauses.js';
import { moreOfIt, orderWords, unclaimed } from './item-clauses.js';
import type { Edit } from './item-edits.js';
import type { FoundHead } from './item-fields.js';
import { countBefore, countField, findFields, findHeads, numbers } from './item-fields.js';
import type { Reader } from './item-reader.js';
import { addItem, alikeTo, setCount, totalOf, unitsOf, takeFound, overlaps, divide } from './item-reader.js';
import type { Share } from './item-shares.js';
import { startsItem } from './inner-clauses.js';
import { readShares } from './item-shares.js';
import type { Item } from './items.js';
import { contextOfField, itemScope, itemWordsOf, pendingItem } from './items.js';
import type { ItemWords } from './built-ins/item-words.js';
import { same } from './talk.js';

export function readAdded(reader: Reader, clause: Clause): void {
  const { items, text, result } = reader;
  const said = itemWordsOf(items);
  const pending = reader.asked ? pendingItem(items) : undefined;
  const taken: Span[] = [];
  if (pending && !said.another.test(clause.mark)) taken.push(...readPending(reader, clause, pending));
  const heads = findHeads(items, text, clause, reader.asked && !pending).filter((one) => !overlaps(taken, one));
  if (takesAll(reader, clause, heads)) return;
  if (heads.length === 0 && taken.length === 0) {
    readMoreOfIt(reader, clause);
    return;
  }
  let from = taken.reduce((end, span) => Math.max(end, span.end), clause.start);
  const rest = [...heads];
  for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
    const base: Item = { [reader.head.name]: one.values[0]! };
    const count = numbers.includes(reader.head.type) ? undefined : countBefore(items, text, from, one.start);
    const shares = count ? sharesBehind(reader, base, one, rest, { start: from, end: clause.end }, count.value) : [];
    const end = shares[0]?.start ?? regionEnd(text, one.end, rest[0]?.start ?? clause.end, rest.length > 0, said);
    const attached = shares.length > 0 ? end : attach(reader, base, one, rest, clause.end);
    const region = { start: from, end: Math.max(end, attached) };
    const around = { anchor: one, taken: [...taken, one] };
    const found = findFields(items, base, text, region, around);
    const item: Item = { ...base, ...found.values };
    result.used.push(one, ...found.spans, ...shares, ...(count ? [count.span] : []), ...orderWords(text, said));
    const isMore = said.another.test(clause.mark) || said.moreBefore.test(text.slice(from, one.start));
    from = Math.max(region.end, ...[...found.spans, ...shares].map((span) => span.end));
    if (one.values.length > 1 || one.isNear) {
      const counted = count?.field ? { [count.field.name]: count.value } : {};
      result.unsure ??= one.values.map((value): Edit[] => [
        { edit: 'add', item: { ...counted, ...item, [reader.head.name]: value }, meant: reader.head.name },
      ]);
      continue;
    }
    if (isMore && addToThose(reader, item, count?.value ?? 1)) continue;
    for (const share of shares) addItem(reader, { ...item, ...share.item }, share.count);
    const left = (count?.value ?? 1) - shares.reduce((sum, share) => sum + share.count, 0);
    if (left > 0) addItem(reader, withCount(item, count), left);
  }
  if (reader.head.type !== 'choice' || result.unsure) return;
  for (const { words, ...span } of unclaimed(text, clause, result.used, said)) {
    result.edits.push({ edit: 'not_listed', words });
    result.used.push(span);
  }
}

/** More options than these are no company that one means by "all of us". */
const mostOfAll = 9;

/** "All three", "everybody", asked which of those on offer: each of them. */
function takesAll(reader: Reader, clause: Clause, heads: readonly FoundHead[]): boolean {
  const { items, text, asked, now, head, result } = reader;
  const words = text.slice(clause.start, clause.end);
  if (!asked || !items.slot.isPlain || head.type !== 'choice' || now.length > 0) return false;
  const said = itemWordsOf(items);
  const isRest = (one: Token): boolean => said.isWrapping(one.word) || readCardinal([one], 0) !== undefined || /^(?:us|them|those|these)$/.test(one.word); // prettier-ignore
  if (!said.all.test(words) || !tokenise(words.replace(said.all, ' ')).every(isRest)) return false;
  // "All three" is no third one.
  const named = heads.filter((one) => !isPlaceOnly(text.slice(one.start, one.end)));
  if (named.length > 0) return false;
  const ids = (contextOfField(items, head, itemScope(items, {}), true).options ?? []).map(({ id }) => id);
  if (ids.length === 0 || ids.length > mostOfAll) return false;
  for (const id of ids) addItem(reader, { [head.name]: id }, 1);
  result.used.push(clause);
  return true;
}

function isPlaceOnly(words: string): boolean {
  const [token, ...others] = tokenise(words);
  return others.length === 0 && token !== undefined && readCardinal([token], 0) !== undefined;
}

/** "One roll": a number that was said stands in the item, also where it is one. */
function withCount(item: Item, count: ReturnType<typeof countBefore>): Item {
  return count?.field && count.value === 1 ? { ...item, [count.field.name]: 1 } : item;
}

/** What is said of the item that is being completed: its fields, or what each of several is to be. The words used. */
function readPending(
  reader: Reader,
  clause: Clause,
  { at, item, path }: NonNullable<ReturnType<typeof pendingItem>>,
): Span[] {
  const { items, text, result } = reader;
  const alike = alikeTo(reader, at);
  const shares = readShares(items, item, text, clause, totalOf(reader, alike), findHeads(items, text, clause, false));
  // "A large dinner and a small lunch" divides no single item: both are inside of it.
  const isInside = alike.length === 1 && shares.every((share) => Object.keys(share.item).every((name) => items.fields.get(name)?.fields)); // prettier-ignore
  if (shares.length > 0 && !isInside) {
    divide(reader, alike, shares);
    result.used.push(...shares);
    return shares;
  }
  const found = findFields(items, item, text, clause, { asked: path });
  const isAll = itemWordsOf(items).all.test(text.slice(clause.start, clause.end));
  for (const one of isAll ? alike.slice(1) : []) result.edits.push({ edit: 'change', at: one, item: found.values });
  takeFound(reader, found, { edit: 'change', at, item: found.values });
  result.used.push(...found.spans);
  return [...found.spans, ...(found.unsure ? [found.unsure.span] : [])];
}

/** "Another bagel" beside a bagel: one more of it. False where there is none, or none in that way. */
function addToThose(reader: Reader, item: Item, count: number): boolean {
  const { items, now } = reader;
  const at = now.findLastIndex((one) => Object.keys(item).every((name) => same(item[name] ?? null, one[name] ?? null)));
  if (at === -1) return false;
  if (countField(items)) setCount(reader, [at], unitsOf(items, now[at]) + count, {});
  else addItem(reader, now[at]!, count);
  return true;
}

/** "Two lattes, one large and one small": what is said behind an item of those that it is. */
function sharesBehind(
  reader: Reader,
  base: Item,
  one: FoundHead,
  rest: FoundHead[],
  { start, end }: Span,
  total: number,
): Share[] {
  if (total < 2) return [];
  const shares = readShares(reader.items, base, reader.text, { start: one.end, end }, total, rest);
  const named = rest.filter((other) => overlaps(shares, other));
  if (named.length > 0) {
    // "Two large lattes and one small latte" are three: only what says nothing itself is divided by its own name.
    const own = findFields(
      reader.items,
      base,
      reader.text,
      { start, end: shares[0]!.start },
      { anchor: one, taken: [one] },
    );
    if (own.spans.length > 0 || shares.reduce((sum, { count }) => sum + count, 0) !== total) return [];
  }
  rest.splice(0, named.length);
  return shares;
}

/** What stands between two items is the first one's up to the last "and" or comma, the rest the second one's. */
function regionEnd(text: string, from: number, to: number, isBetween: boolean, words: ItemWords): number {
  if (!isBetween) return to;
  const between = text.slice(from, to);
  const joints = [...between.matchAll(words.joints)];
  // "A pizza with ham and olives and two colas": what is counted is the next one's.
  const counted = joints.findLast(({ index }) => startsItem(text, from + index, to, words));
  return from + ((counted ?? joints.at(-1))?.index ?? 0);
}

/** "A meal with coke and mayo": values after "with" are the item's own where it has a field for them. */
function attach(reader: Reader, base: Item, one: Span, rest: Span[], end: number): number {
  const { items, text } = reader;
  const words = itemWordsOf(items);
  const hasInner = [...items.fields.values()].some((field) => field.fields);
  let at = one.end;
  let isChain = false;
  while (rest.length > 0) {
    const next = rest[0]!;
    const between = text.slice(at, next.start);
    isChain ||= words.isWith.test(between);
    if (!isChain || !words.chain.test(between)) break;
    // "With ham and a pepperoni": what is counted is an item, and nothing that stands on another one.
    if (hasInner && startsItem(text, at, next.start, words)) break;
    const region = { start: one.end, end: next.end };
    const found = findFields(items, base, text, region, { anchor: one, taken: [] });
    if (![...found.spans].some((span) => span.start < next.end && span.end > next.start)) break;
    rest.shift();
    at = next.end;
  }
  return at === one.end ? one.end : regionEnd(text, at, rest[0]?.start ?? end, rest.length > 0, words);
}

/** "Two of those", "one more": the item that was spoken of last. */
function readMoreOfIt(reader: Reader, clause: Clause): void {
  const { items, text, now, last, result } = reader;
  const item = now[last];
  const more = moreOfIt(text.slice(clause.start, clause.end), itemWordsOf(items));
  if (!item) return;
  if (!more) return readSlip(reader, clause);
  result.used.push(clause);
  const before = unitsOf(items, item);
  if (countField(items)) setCount(reader, [last], more.isMore ? before + more.count : more.count, {});
  else addItem(reader, item, more.isMore ? more.count : more.count - 1);
}

/** "Uh, large, sorry", "yes but the large one": nothing but another value for the item that was spoken of last, or is the only one. */
function readSlip(reader: Reader, clause: Clause): void {
  const { items, text, now, last, result } = reader;
  if (!(reader.asked || now.length === 1) || pendingItem(items)) return;
  const said = itemWordsOf(items);
  const found = findFields(items, now[last]!, text, clause, { overwrite: true });
  const spans = [...found.spans];
  const others = spans.length > 0 ? unclaimed(text, clause, spans, said) : [];
  const isBare = tokenise(text.slice(clause.start, clause.end)).every(
    ({ word, start, end }) =>
      said.isWrapping(word) ||
      said.slips.test(word) ||
      overlaps([...spans, ...others], { start: clause.start + start, end: clause.start + end }),
  );
  if (!isBare || spans.length === 0 || found.unsure) return;
  result.edits.push({ edit: 'change', at: last, item: found.values });
  result.used.push(...spans);
  for (const { words, ...span } of others) {
    result.edits.push({ edit: 'not_listed', words });
    result.used.push(span);
  }
}
