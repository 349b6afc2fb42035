/**
 * What a sentence does to a list or a record. The sentence is cut into clauses by what they do (add, take off, change);
 * in each, the values of the field by which items are known are found, and around each of them those of its other fields.
 */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { isWrapping } from '../slot-types/answer.js';
import { isQuestion, tokenise } from '../slot-types/normalise.js';
import type { Clause, Span } from './item-clauses.js';
import {
  clausesOf,
  isClearing,
  isLastMeant,
  isMeantSo,
  isOnly,
  isOrder,
  moreOfIt,
  orderWords,
  placeBefore,
  pronoun,
  swapped,
  unclaimed,
  unheeded,
  wholeOrder,
} from './item-clauses.js';
import type { Edit } from './item-edits.js';
import type { Found, FoundHead } from './item-fields.js';
import { countBefore, countField, findFields, findHeads, namedField } from './item-fields.js';
import type { ReadEdits, Reader } from './item-reader.js';
import { addItem, alikeTo, namedLike, newReader, setCount, totalOf, unitsOf } from './item-reader.js';
import type { Share } from './item-shares.js';
import { readShares } from './item-shares.js';
import type { Target } from './item-targets.js';
import { headsHere, placeOf, targetOf } from './item-targets.js';
import type { Item, Items } from './items.js';
import { head, pendingItem } from './items.js';
import { same } from './talk.js';

/**
 * @param asked whether the list or record is what was asked for
 * @param loosely whether items may be named without a word that says what to do with them
 */
export function readEdits(items: Items, text: string, asked: boolean, loosely: boolean): ReadEdits | null {
  const first = head(items);
  if (!first || (isQuestion(text) && !isOrder(text))) return null;
  const reader = newReader(items, first, text, asked);
  if (items.slot.type === 'record') readRecord(reader);
  else {
    for (const clause of clausesOf(text)) {
      if (clause.does === 'add' && !loosely && !clause.isSaid) continue;
      const before = reader.result.edits.length;
      const isOfOwn = clause.does === 'add' && !clause.isSaid && readOfOwn(reader, clause);
      if (!isOfOwn) readers[clause.does](reader, clause);
      // What is done to an item is said in many ways: the clause counts as a whole.
      if (clause.does !== 'add' && reader.result.edits.length > before) reader.result.used.push(clause);
    }
  }
  const { edits, unsure } = reader.result;
  return edits.length > 0 || unsure ? reader.result : null;
}

const readers: Record<Clause['does'], (reader: Reader, clause: Clause) => void> = {
  add: readAdded,
  remove: readRemoved,
  change: readChanged,
};

/** A record is its one item: every field that is heard is its. */
function readRecord(reader: Reader): void {
  const { items, text, result } = reader;
  const item = reader.now[0] ?? {};
  const asked = reader.asked ? pendingItem(items)?.field.name : undefined;
  const found = findFields(
    items,
    item,
    text,
    { start: 0, end: text.length },
    { asked, overwrite: reader.now.length > 0 },
  );
  takeFound(reader, found, reader.now.length > 0 ? { edit: 'change', at: 0, item: found.values } : undefined);
  result.used.push(...found.spans.values());
  // "A cat, no wait, a dog": what was taken back is used up with what came in its place.
  const back = /\b(?:no wait|wait|i meant?|sorry|make that)\b/i.exec(text)?.index;
  const after = [...found.spans.values()].find(({ start }) => back !== undefined && start > back);
  if (after) result.used.push({ start: 0, end: after.end });
}

function takeFound(reader: Reader, found: Found, change: Extract<Edit, { edit: 'change' }> | undefined): void {
  const { result } = reader;
  if (Object.keys(found.values).length > 0) result.edits.push(change ?? { edit: 'add', item: found.values });
  const { unsure } = found;
  if (!unsure) return;
  result.used.push(unsure.span);
  result.unsure ??= unsure.values.map((value): Edit[] => {
    const item = { [unsure.field]: value };
    return [change ? { ...change, item, meant: unsure.field } : { edit: 'add', item, meant: unsure.field }];
  });
}

function readAdded(reader: Reader, clause: Clause): void {
  const { items, text, result } = reader;
  const pending = reader.asked ? pendingItem(items) : undefined;
  const taken: Span[] = [];
  if (pending && !isOnly(clause, 'another')) taken.push(...readPending(reader, clause, pending));
  const heads = findHeads(items, text, clause, reader.asked && !pending).filter((one) => !overlaps(taken, one));
  if (heads.length === 0 && taken.length === 0) {
    readMoreOfIt(reader, clause);
    return;
  }
  let from = taken.reduce((end, span) => Math.max(end, span.end), clause.start);
  const rest = [...heads];
  for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
    const base: Item = { [reader.head.name]: one.values[0]! };
    const count = countBefore(items, text, from, one.start);
    const shares = count ? sharesBehind(reader, base, one, rest, { start: from, end: clause.end }, count.value) : [];
    const end = shares[0]?.start ?? regionEnd(text, one.end, rest[0]?.start ?? clause.end, rest.length > 0);
    const attached = shares.length > 0 ? end : attach(reader, base, one, rest, clause.end);
    const region = { start: from, end: Math.max(end, attached) };
    const around = { anchor: one, taken: [...taken, one] };
    const found = findFields(items, base, text, region, around);
    const item: Item = { ...base, ...found.values };
    result.used.push(one, ...found.spans.values(), ...shares, ...(count ? [count.span] : []), ...orderWords(text));
    const isMore = isOnly(clause, 'another') || /\b(?:another|more)\s+$/i.test(text.slice(from, one.start));
    from = Math.max(region.end, ...[...found.spans.values(), ...shares].map((span) => span.end));
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
  for (const { words, ...span } of unclaimed(text, clause, result.used)) {
    result.edits.push({ edit: 'not_listed', words });
    result.used.push(span);
  }
}

/** "One roll": a number that was said stands in the item, also where it is one. */
function withCount(item: Item, count: ReturnType<typeof countBefore>): Item {
  return count?.field && count.value === 1 ? { ...item, [count.field.name]: 1 } : item;
}

function overlaps(spans: readonly Span[], one: Span): boolean {
  return spans.some((span) => one.start < span.end && one.end > span.start);
}

/** What is said of the item that is being completed: its fields, or what each of several is to be. The words used. */
function readPending(
  reader: Reader,
  clause: Clause,
  { at, item, field }: NonNullable<ReturnType<typeof pendingItem>>,
): Span[] {
  const { items, text, result } = reader;
  const alike = alikeTo(reader, at);
  const shares = readShares(items, item, text, clause, totalOf(reader, alike), findHeads(items, text, clause, false));
  if (shares.length > 0) {
    divide(reader, alike, shares);
    result.used.push(...shares);
    return shares;
  }
  const found = findFields(items, item, text, clause, { asked: field.name });
  const isAll = /\b(?:both|all|each|every one)\b/i.test(text.slice(clause.start, clause.end));
  for (const one of isAll ? alike.slice(1) : []) result.edits.push({ edit: 'change', at: one, item: found.values });
  takeFound(reader, found, { edit: 'change', at, item: found.values });
  result.used.push(...found.spans.values());
  return [...found.spans.values(), ...(found.unsure ? [found.unsure.span] : [])];
}

/** Gives several of one thing what each of them is to be. More shares than there are make more of it. */
function divide(reader: Reader, ats: readonly number[], shares: readonly Share[]): void {
  const { items, now, result } = reader;
  const [at] = ats;
  if (at === undefined) return;
  if (countField(items) && shares.length === 1 && shares[0]!.count >= unitsOf(items, now[at]))
    result.edits.push({ edit: 'change', at, item: shares[0]!.item });
  else if (countField(items))
    result.edits.push({ edit: 'split', at, shares: shares.map(({ count, item }) => ({ count, item })) });
  else {
    const left = [...ats];
    for (const { count, item } of shares) {
      for (const one of left.splice(0, count)) result.edits.push({ edit: 'change', at: one, item });
      // What was not there yet.
    }
  }
  reader.last = at;
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
    if (own.spans.size > 0 || shares.reduce((sum, { count }) => sum + count, 0) !== total) return [];
  }
  rest.splice(0, named.length);
  return shares;
}

/** What stands between two items is the first one's up to the last "and" or comma, the rest the second one's. */
function regionEnd(text: string, from: number, to: number, isBetween: boolean): number {
  if (!isBetween) return to;
  const between = text.slice(from, to);
  const joints = [...between.matchAll(/,|\b(?:and|plus|also|then)\b/gi)];
  return from + (joints.at(-1)?.index ?? 0);
}

/** "A meal with coke and mayo": values after "with" are the item's own where it has a field for them. */
function attach(reader: Reader, base: Item, one: Span, rest: Span[], end: number): number {
  const { items, text } = reader;
  let at = one.end;
  let isChain = false;
  while (rest.length > 0) {
    const next = rest[0]!;
    const between = text.slice(at, next.start);
    isChain ||= /\bwith\b/i.test(between);
    if (!isChain || !/^[\s,]*(?:(?:and|with|plus|an?|the|some|large|medium|small|\p{L}+)[\s,]+){0,4}$/iu.test(between))
      break;
    const region = { start: one.end, end: next.end };
    const found = findFields(items, base, text, region, { anchor: one, taken: [] });
    if (![...found.spans.values()].some((span) => span.start < next.end && span.end > next.start)) break;
    rest.shift();
    at = next.end;
  }
  return at === one.end ? one.end : regionEnd(text, at, rest[0]?.start ?? end, rest.length > 0);
}

/** "Two of those", "one more": the item that was spoken of last. */
function readMoreOfIt(reader: Reader, clause: Clause): void {
  const { items, text, now, last, result } = reader;
  const item = now[last];
  const more = moreOfIt(text.slice(clause.start, clause.end));
  if (!item) return;
  if (!more) return readSlip(reader, clause);
  result.used.push(clause);
  const before = unitsOf(items, item);
  if (countField(items)) setCount(reader, [last], more.isMore ? before + more.count : more.count, {});
  else addItem(reader, item, more.isMore ? more.count : more.count - 1);
}

const slips = /^(?:no|nope|sorry|wait|not|meant?|mean|rather|instead|said)$/;

/** "Uh, large, sorry": nothing but another value for the item that was spoken of last. */
function readSlip(reader: Reader, clause: Clause): void {
  const { items, text, now, last, result } = reader;
  if (!reader.asked || pendingItem(items)) return;
  const found = findFields(items, now[last]!, text, clause, { overwrite: true });
  const spans = [...found.spans.values()];
  const isBare = tokenise(text.slice(clause.start, clause.end)).every(
    ({ word, start, end }) =>
      isWrapping(word) || slips.test(word) || overlaps(spans, { start: clause.start + start, end: clause.start + end }),
  );
  if (!isBare || spans.length === 0 || found.unsure) return;
  result.edits.push({ edit: 'change', at: last, item: found.values });
  result.used.push(...spans);
}

/** Without a verb, but said of an item that is there: "the latte with oat milk", "just one of them large", "no, two bagels". */
function readOfOwn(reader: Reader, clause: Clause): boolean {
  const { items, text, now, result } = reader;
  if (now.length === 0 || (reader.asked && pendingItem(items))) return false;
  const heads = findHeads(items, text, clause, false);
  if (isMeant(reader, clause)) return heads.length === 1 && readMeantSo(reader, clause, heads[0]!);
  const target = targetOf(reader, clause) ?? byArticle(reader, clause, heads);
  if (!target || target === 'none') return false;
  const before = result.edits.length;
  changeTarget(reader, clause, target);
  if (result.edits.length > before) result.used.push(clause);
  return result.edits.length > before;
}

function isMeant({ items, text }: Reader, clause: Clause): boolean {
  return isMeantSo(clause, text) || (clause.mark === '' && items.frame?.question?.kind === 'change');
}

/** "The latte medium": an item that is there, with something said of it. */
function byArticle(reader: Reader, clause: Clause, heads: readonly FoundHead[]): Target | undefined {
  const [one, other] = heads;
  if (!one || other || !/\b(?:the|my|that)\s+$/i.test(reader.text.slice(clause.start, one.start))) return undefined;
  const at = placeOf(reader, one.values);
  return at === -1 ? undefined : { ats: [at], start: one.start, end: one.end, isGroup: false };
}

/** "I wanted two coffees": of what is there so many, in this way; another thing in place of the last one, after a "no". */
function readMeantSo(reader: Reader, clause: Clause, one: FoundHead): boolean {
  const { items, text, now, result } = reader;
  const at = placeOf(reader, one.values);
  const count = countBefore(items, text, clause.start, one.start);
  const base = now[at] ?? { [reader.head.name]: one.values[0]! };
  const { values, spans } = findFields(items, base, text, clause, { overwrite: true, anchor: one, taken: [one] });
  if (at === -1) {
    const isDenial = clause.isSaid && /\b(?:no|nope|not|said|meant?)\b/i.test(text.slice(0, one.start));
    if (!isDenial || one.isNear || one.values.length > 1 || !now[reader.last]) return false;
    const counted = count?.field ? { [count.field.name]: count.value } : {};
    const item = { ...counted, [reader.head.name]: one.values[0]!, ...values };
    result.edits.push({ edit: 'change', at: reader.last, item });
  } else if (count) setCount(reader, countField(items) ? [at] : namedLike(reader, at), count.value, values);
  else if (spans.size > 0) result.edits.push({ edit: 'change', at, item: values });
  else return false;
  result.used.push(clause);
  return true;
}

function readRemoved(reader: Reader, clause: Clause): void {
  const { items, text, now, result } = reader;
  const words = text.slice(clause.start, clause.end);
  const isAll = wholeOrder.test(words) || isClearing(clause.mark);
  const heads = headsHere(reader, clause);
  const target = isAll && heads.length === 0 ? undefined : targetOf(reader, clause);
  if (target === 'none') return void result.edits.push({ edit: 'no_such_place' });
  if (target && (heads.length < 2 || target.isGroup)) return removeTarget(reader, target);
  if (heads.length === 0) {
    if (isAll) return void (now.length > 0 && result.edits.push({ edit: 'clear' }));
    if (now[reader.last] && (pronoun.test(words) || isLastMeant(words)))
      result.edits.push({ edit: 'remove', at: pendingItem(items)?.at ?? reader.last });
    return;
  }
  let from = clause.start;
  for (const one of heads) {
    const at = placeOf(reader, one.values, placeBefore(text.slice(from, one.start)));
    const count = countBefore(items, text, from, one.start);
    from = one.end;
    if (at === -1) result.edits.push({ edit: 'not_there', item: { [reader.head.name]: one.values[0]! } });
    else if (!result.edits.some((edit) => edit.edit === 'remove' && edit.at === at))
      result.edits.push({ edit: 'remove', at, ...(count && { count: count.value }) });
  }
}

function removeTarget({ items, result }: Reader, { ats, count }: Target): void {
  if (count === undefined || countField(items)) {
    for (const at of count === undefined ? ats : ats.slice(-1))
      result.edits.push({ edit: 'remove', at, ...(count !== undefined && { count }) });
  } else for (const at of ats.slice(-count)) result.edits.push({ edit: 'remove', at });
}

function readChanged(reader: Reader, clause: Clause): void {
  const { text, now, result } = reader;
  const heads = headsHere(reader, clause);
  const [one] = heads;
  if (one && heads.length === 1 && isMeant(reader, clause)) {
    if (readMeantSo(reader, clause, one)) return;
    return readAdded(reader, clause);
  }
  const target = targetOf(reader, clause);
  if (target === 'none') return void result.edits.push({ edit: 'no_such_place' });
  if (target) return changeTarget(reader, clause, target);
  const swap = swapped(text, clause, heads);
  if (swap) {
    const at = placeOf(reader, swap.old.values);
    if (at === -1) result.edits.push({ edit: 'not_there', item: { [reader.head.name]: swap.old.values[0]! } });
    else changeItem(reader, at, clause, swap.other);
    return;
  }
  const at = one ? placeOf(reader, one.values, placeBefore(text.slice(clause.start, one.start))) : -1;
  if (one && at !== -1) {
    changeItem(reader, at, clause, undefined, one);
    return sayUnheeded(reader, clause, one);
  }
  const words = text.slice(clause.start, one?.start ?? clause.end);
  if (!one || pronoun.test(words)) {
    if (!now[reader.last]) return;
    const before = result.edits.length;
    changeItem(reader, reader.last, clause, one);
    if (clause.mark === 'make' && pronoun.test(words) && result.edits.length === before) sayUnheeded(reader, clause);
    return;
  }
  // "Make the fries large", where the fries are a meal's.
  const named = namedField(reader.items, now, text.slice(one.start, one.end));
  if (named) return changeItem(reader, named.at, clause, undefined, one, named.field);
  result.edits.push({ edit: 'not_there', item: { [reader.head.name]: one.values[0]! } });
}

/** Other values for those that are meant; of several only so many, or each in its own way. */
function changeTarget(reader: Reader, clause: Clause, target: Target): void {
  const { items, text, now, result } = reader;
  const rest = { ...clause, start: target.end };
  const others = findHeads(items, text, rest, false);
  const [at] = target.ats;
  if (at === undefined) return;
  if (target.count !== undefined) {
    const last = countField(items)
      ? (target.ats.findLast((one) => unitsOf(items, now[one]) > target.count!) ?? at)
      : at;
    const values = valuesFor(reader, last, clause, target, others[0]);
    const share = { ...target, count: target.count, item: values, isPart: true };
    if (Object.keys(values).length > 0) divide(reader, countField(items) ? [last] : target.ats, [share]);
    else sayUnheeded(reader, clause, target);
    return;
  }
  const before = result.edits.length;
  for (const one of target.ats) {
    if (!target.isGroup) changeItem(reader, one, countedApart(clause, target), others[0], undefined, undefined, target);
    else {
      const values = valuesFor(reader, one, clause, target, others[0]);
      if (Object.keys(values).length > 0) result.edits.push({ edit: 'change', at: one, item: values });
    }
  }
  reader.last = target.ats.at(-1)!;
  if (result.edits.length === before && !result.unsure) sayUnheeded(reader, clause, target);
}

/** The number of "the first one" is no number of items. */
function countedApart(clause: Clause, target: Target): Clause {
  return target.start === clause.start ? { ...clause, start: target.end } : clause;
}

function valuesFor(reader: Reader, at: number, clause: Clause, target: Target, other: FoundHead | undefined): Item {
  const { items, text, now } = reader;
  const base: Item = other ? { ...now[at]!, [reader.head.name]: other.values[0]! } : now[at]!;
  const taken = [target, ...(other ? [other] : [])];
  const { values } = findFields(items, base, text, clause, { overwrite: true, taken, anchor: other ?? target });
  const own = now[at]![reader.head.name] ?? null;
  return { ...(other && !other.values.includes(own) && { [reader.head.name]: other.values[0]! }), ...values };
}

/** "Make it decaf", where nothing of an item is decaf: said so, instead of nothing. */
function sayUnheeded(reader: Reader, clause: Clause, target?: Span): void {
  const { text, result } = reader;
  if (result.unsure || result.edits.some((edit) => edit.edit === 'change' || edit.edit === 'split')) return;
  const words = unheeded(text, clause, target);
  if (words !== undefined) result.edits.push({ edit: 'not_offered', words });
}

/** Other values for one item: another one in its place (`other`), or those of its fields that the clause names. */
function changeItem(
  reader: Reader,
  at: number,
  clause: Clause,
  other: (Span & { values: Json[] }) | undefined,
  named?: Span,
  field?: Slot,
  target?: Span,
): void {
  const { items, text, now, result } = reader;
  const before = now[at]!;
  const base: Item = other ? { ...before, [reader.head.name]: other.values[0]! } : before;
  const anchor = other ?? named;
  const found = findFields(items, base, text, clause, {
    overwrite: true,
    taken: [...(anchor ? [anchor] : []), ...(target ? [target] : [])],
    ...(anchor && { anchor }),
    ...(field && { only: field }),
  });
  const values: Item = { ...(other && { [reader.head.name]: other.values[0]! }), ...found.values };
  const count = countBefore(items, text, Math.max(clause.start, target?.end ?? 0), clause.end);
  reader.last = at;
  if (count && Object.keys(values).length === 0) {
    const own = namedLike(reader, at);
    return setCount(reader, countField(items) ? [at] : own, count.value, {});
  }
  if (other && other.values.length > 1) {
    result.unsure ??= other.values.map((value): Edit[] => [
      { edit: 'change', at, item: { ...values, [reader.head.name]: value }, meant: reader.head.name },
    ]);
    return;
  }
  takeFound(reader, { ...found, values }, { edit: 'change', at, item: values });
}
