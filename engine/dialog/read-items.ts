/**
 * What a sentence does to a list or a record. The sentence is cut into clauses by what they do (add, take off, change);
 * in each, the values of the field by which items are known are found, and around each of them those of its other fields.
 */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { isQuestion } from '../slot-types/normalise.js';
import type { Clause, Span } from './item-clauses.js';
import {
  clausesOf,
  isClearing,
  isLastMeant,
  isOnly,
  isOrder,
  moreOfIt,
  orderWords,
  placeBefore,
  placeIn,
  pronoun,
  swapped,
  unclaimed,
  wholeOrder,
} from './item-clauses.js';
import type { Edit } from './item-edits.js';
import type { Found, FoundHead } from './item-fields.js';
import { countBefore, countField, findFields, findHeads, namedField } from './item-fields.js';
import type { Item, Items } from './items.js';
import { head, pendingItem, readItems } from './items.js';

export interface ReadEdits {
  edits: Edit[];
  /** What one of the values may mean otherwise: a list of edits for each meaning. */
  unsure?: Edit[][];
  /** The stretches that were used. */
  used: Span[];
}

/** A sentence about items, and what it came to so far. */
interface Reader {
  items: Items;
  head: Slot;
  text: string;
  asked: boolean;
  /** Items as they will be after the edits that were read. */
  now: Item[];
  result: ReadEdits;
}

/**
 * @param asked whether the list or record is what was asked for
 * @param loosely whether items may be named without a word that says what to do with them
 */
export function readEdits(items: Items, text: string, asked: boolean, loosely: boolean): ReadEdits | null {
  const first = head(items);
  if (!first || (isQuestion(text) && !isOrder(text))) return null;
  const reader: Reader = { items, head: first, text, asked, now: readItems(items), result: { edits: [], used: [] } };
  if (items.slot.type === 'record') readRecord(reader);
  else {
    for (const clause of clausesOf(text)) {
      if (clause.does === 'add' && !loosely && !clause.isSaid) continue;
      const before = reader.result.edits.length;
      readers[clause.does](reader, clause);
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
  if (pending && !isOnly(clause, 'another')) {
    const found = findFields(items, pending.item, text, clause, { asked: pending.field.name });
    takeFound(reader, found, { edit: 'change', at: pending.at, item: found.values });
    taken.push(...found.spans.values(), ...(found.unsure ? [found.unsure.span] : []));
    result.used.push(...found.spans.values());
  }
  const heads = findHeads(items, text, clause, reader.asked && !pending).filter(
    (one) => !taken.some((span) => one.start < span.end && one.end > span.start),
  );
  const isBusy = taken.length > 0;
  if (heads.length === 0 && !isBusy) return readMoreOfIt(reader, clause);
  let from = taken.reduce((end, span) => Math.max(end, span.end), clause.start);
  const rest = [...heads];
  for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
    const base: Item = { [reader.head.name]: one.values[0]! };
    const end = regionEnd(text, one.end, rest[0]?.start ?? clause.end, rest.length > 0);
    const attached = attach(reader, base, one, rest, clause.end);
    const region = { start: from, end: Math.max(end, attached) };
    const around = { anchor: one, taken: [...taken, one] };
    const found = findFields(items, base, text, region, around);
    const count = countBefore(items, text, from, one.start);
    const counted = count?.field ? { [count.field.name]: count.value } : {};
    const item: Item = { ...counted, ...base, ...found.values };
    result.used.push(one, ...found.spans.values(), ...(count ? [count.span] : []), ...orderWords(text));
    from = Math.max(region.end, ...[...found.spans.values()].map((span) => span.end));
    if (one.values.length > 1 || one.isNear) {
      result.unsure ??= one.values.map((value): Edit[] => [
        { edit: 'add', item: { ...item, [reader.head.name]: value }, meant: reader.head.name },
      ]);
      continue;
    }
    const copies = count && !count.field ? Math.min(count.value, mostCopies) : 1;
    for (let copy = 0; copy < copies; copy++) result.edits.push({ edit: 'add', item });
  }
  if (reader.head.type !== 'choice' || result.unsure) return;
  for (const { words, ...span } of unclaimed(text, clause, result.used)) {
    result.edits.push({ edit: 'not_listed', words });
    result.used.push(span);
  }
}

/** "Fifty ketchups" of a list that does not count its items: nobody reads fifty lines back. */
const mostCopies = 20;

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
  const { items, text, now, result } = reader;
  const more = moreOfIt(text.slice(clause.start, clause.end));
  const at = now.length - 1;
  const last = now[at];
  if (!more || !last) return;
  const field = countField(items);
  const before = field ? Number(last[field.name] ?? 1) : 1;
  const count = more.isMore ? before + more.count : more.count;
  result.used.push(clause);
  if (field) result.edits.push({ edit: 'change', at, item: { [field.name]: count } });
  else
    for (let copy = 0; copy < Math.min(count - 1, mostCopies); copy++) result.edits.push({ edit: 'add', item: last });
}

/** Where the item stands that was meant: the last one of several, or the one that `place` counts from 1. */
function placeOf({ now, head: { name } }: Reader, values: readonly Json[], place = 0): number {
  if (place > 0) return now.flatMap((item, at) => (values.includes(item[name] ?? null) ? [at] : []))[place - 1] ?? -1;
  return now.findLastIndex((item) => values.includes(item[name] ?? null));
}

/** The items that a clause is about: by any name, else by a part of the name of one that is there ("the shake"). */
function headsHere({ items, text, now, head: { name } }: Reader, clause: Clause): FoundHead[] {
  const heads = findHeads(items, text, clause, false);
  return heads.length > 0
    ? heads
    : findHeads(
        items,
        text,
        clause,
        true,
        now.map((item) => item[name] ?? null),
      ).slice(0, 1);
}

function readRemoved(reader: Reader, clause: Clause): void {
  const { items, text, now, result } = reader;
  const place = placeIn(text, clause);
  if (place) {
    const at = place.place === 0 ? now.length - 1 : place.place - 1;
    return void result.edits.push(now[at] ? { edit: 'remove', at } : { edit: 'no_such_place' });
  }
  const heads = headsHere(reader, clause);
  const words = text.slice(clause.start, clause.end);
  if (heads.length === 0) {
    if (wholeOrder.test(words) || isClearing(clause.mark))
      return void (now.length > 0 && result.edits.push({ edit: 'clear' }));
    const at = pendingItem(items)?.at ?? now.length - 1;
    if (now[at] && (pronoun.test(words) || isLastMeant(words))) result.edits.push({ edit: 'remove', at });
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

function readChanged(reader: Reader, clause: Clause): void {
  const { items, text, now, result } = reader;
  const place = placeIn(text, clause);
  if (place) {
    const at = place.place === 0 ? now.length - 1 : place.place - 1;
    if (!now[at]) return void result.edits.push({ edit: 'no_such_place' });
    const rest = { ...clause, start: place.end };
    const [other] = findHeads(items, text, rest, false);
    return changeItem(reader, at, rest, other);
  }
  const heads = headsHere(reader, clause);
  const swap = swapped(text, clause, heads);
  if (swap) {
    const at = placeOf(reader, swap.old.values);
    if (at === -1) result.edits.push({ edit: 'not_there', item: { [reader.head.name]: swap.old.values[0]! } });
    else changeItem(reader, at, clause, swap.other);
    return;
  }
  const [one] = heads;
  const at = one ? placeOf(reader, one.values, placeBefore(text.slice(clause.start, one.start))) : -1;
  if (one && at !== -1) return changeItem(reader, at, clause, undefined, one);
  const last = pendingItem(items)?.at ?? now.length - 1;
  const words = text.slice(clause.start, one?.start ?? clause.end);
  if (!one || pronoun.test(words)) return now[last] ? changeItem(reader, last, clause, one) : undefined;
  // "Make the fries large", where the fries are a meal's.
  const named = namedField(items, now, text.slice(one.start, one.end));
  if (named) return changeItem(reader, named.at, clause, undefined, one, named.field);
  result.edits.push({ edit: 'not_there', item: { [reader.head.name]: one.values[0]! } });
}

/** Other values for one item: another one in its place (`other`), or those of its fields that the clause names. */
function changeItem(
  reader: Reader,
  at: number,
  clause: Clause,
  other: (Span & { values: Json[] }) | undefined,
  named?: Span,
  field?: Slot,
): void {
  const { items, text, now, result } = reader;
  const before = now[at]!;
  const base: Item = other ? { ...before, [reader.head.name]: other.values[0]! } : before;
  const anchor = other ?? named;
  const found = findFields(items, base, text, clause, {
    overwrite: true,
    taken: anchor ? [anchor] : [],
    ...(anchor && { anchor }),
    ...(field && { only: field }),
  });
  const values: Item = { ...(other && { [reader.head.name]: other.values[0]! }), ...found.values };
  const count = countBefore(items, text, clause.start, clause.end);
  if (count?.field && Object.keys(values).length === 0) values[count.field.name] = count.value;
  if (other && other.values.length > 1) {
    result.unsure ??= other.values.map((value): Edit[] => [
      { edit: 'change', at, item: { ...values, [reader.head.name]: value }, meant: reader.head.name },
    ]);
    return;
  }
  takeFound(reader, { ...found, values }, { edit: 'change', at, item: values });
}
