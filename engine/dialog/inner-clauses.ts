/** Clauses that change what is inside of an item that is there: "add ham to the second one", "no olives", "take the ham off". */
import type { Slot } from '../language/flow.js';
import { tokenise } from '../slot-types/normalise.js';
import { readAdded } from './item-adding.js';
import type { Clause, Span } from './item-clauses.js';
import { placeBefore, placeIn } from './item-clauses.js';
import type { Found, FoundHead } from './item-fields.js';
import { findFields } from './item-fields.js';
import type { Reader } from './item-reader.js';
import { overlaps } from './item-reader.js';
import { headsHere, placeOf, targetOf } from './item-targets.js';
import type { Item } from './items.js';
import type { ItemWords } from './built-ins/item-words.js';
import { itemWordsOf, pendingItem } from './items.js';
import { same } from './talk.js';

/** True where the clause was about what is inside of items, and is done with. */
export function readInside(reader: Reader, clause: Clause): boolean {
  const inner = [...reader.items.fields.values()].filter((field) => field.fields);
  if (inner.length === 0 || reader.now.length === 0) return false;
  const isOfPending = reader.asked && pendingItem(reader.items) !== undefined && clause.does === 'add';
  const heads = headsHere(reader, clause).filter((one) => !isInside(reader, inner, clause, one));
  const [named] = heads.filter((one) => isNamedAsThere(reader, clause, one));
  // "Both bagels" are those that are there.
  const whole = targetOf(reader, clause);
  const others = heads.filter((one) => one !== named && !(typeof whole === 'object' && overlaps([whole], one)));
  const [next] = others;
  const part = next
    ? { ...clause, end: startOfItem(reader.text, clause.start, next.start, itemWordsOf(reader.items)) }
    : clause;
  // Other things in their place are no matter of what is inside; nor is a thing with all that is said of it.
  if (next && (clause.does !== 'add' || part.end <= part.start)) return false;
  const target = targetOf(reader, part);
  if (target === 'none') return false;
  if (next && !target && !named) return false;
  if (isOfPending && !target && !named) return false;
  const taken: Span[] = [...(target ? [target] : []), ...(named ? [named] : [])];
  const ats = target?.ats ?? (named ? [placeOf(reader, named.values, placeBefore(reader.text.slice(part.start, named.start), itemWordsOf(reader.items)))] : placesFor(reader, part, inner)); // prettier-ignore
  let isDone = false;
  for (const at of placesWith(reader, part, ats, taken, inner))
    isDone = changeInside(reader, part, at, taken, inner) || isDone;
  if (isDone) reader.result.used.push(part);
  if (isDone && next) readAdded(reader, { ...clause, start: part.end, does: 'add' });
  return isDone;
}

/** Whether the words for an item are those of something inside, said as such: "no pepperoni", "with pepperoni". */
function isInside(reader: Reader, inner: readonly Slot[], clause: Clause, one: FoundHead): boolean {
  const isThere = placeOf(reader, one.values) !== -1;
  const isSaid = itemWordsOf(reader.items).inner.saidOf.test(reader.text.slice(clause.start, one.start));
  return (isSaid || !isThere) && reader.now.some((item, at) => Object.keys(insideOf(reader, clause, at, [], inner, one).values).length > 0 && item !== undefined && !startsItem(reader.text, clause.start, one.start, itemWordsOf(reader.items))); // prettier-ignore
}

/** "To the pizza", "on my second pizza", "the pizza with …": one that is there, and no new one. */
function isNamedAsThere(reader: Reader, clause: Clause, one: FoundHead): boolean {
  const words = itemWordsOf(reader.items).inner;
  const before = reader.text.slice(clause.start, one.start);
  return placeOf(reader, one.values) !== -1 && (words.ofOne.test(before) || words.theOne.test(before));
}

function insideOf(
  { items, text, now }: Reader,
  clause: Clause,
  at: number,
  taken: readonly Span[],
  inner: readonly Slot[],
  range: Span = clause,
): Pick<Found, 'values' | 'lacking' | 'spans' | 'unsure'> {
  const words = text.slice(clause.start, clause.end);
  const { values, lacking, spans, unsure } = findFields(items, now[at]!, text, range, {
    overwrite: true,
    taken,
    replaces: clause.does === 'change' && !itemWordsOf(items).inner.also.test(words),
    removes: clause.does === 'remove',
  });
  const names = inner.map(({ name }) => name);
  const isSaid = names.some((name) => Object.hasOwn(values, name)) || lacking.length > 0 || names.includes(unsure?.field ?? ''); // prettier-ignore
  return isSaid ? { values, lacking, spans, ...(unsure && { unsure }) } : { values: {}, lacking: [], spans: [] };
}

/** "No jam on the second one" is said of the second that may have jam, where the second of all cannot. */
function placesWith(
  reader: Reader,
  clause: Clause,
  ats: readonly number[],
  taken: readonly Span[],
  inner: readonly Slot[],
): readonly number[] {
  const place = placeIn(reader.text, clause, itemWordsOf(reader.items))?.place;
  const isOf = (at: number): boolean => {
    const { values, lacking, unsure } = insideOf(reader, clause, at, taken, inner);
    return Object.keys(values).length > 0 || lacking.length > 0 || unsure !== undefined;
  };
  if (place === undefined || ats.some((at) => reader.now[at] && isOf(at))) return ats;
  const at = [...reader.now.keys()].filter(isOf).at(place - 1);
  return at === undefined ? ats : [at];
}

/** Which item is meant where none is named: the one spoken of last, before it the last that the words change something of. */
function placesFor(reader: Reader, clause: Clause, inner: readonly Slot[]): number[] {
  const places = [reader.last, ...[...reader.now.keys()].reverse().filter((at) => at !== reader.last)];
  const found = places.map((at) => ({ at, ...insideOf(reader, clause, at, [], inner) }));
  const changed = found.find(({ at, values }) => !isAsItWas(reader.now[at]!, values));
  const said = changed ?? found.find(({ values, lacking }) => Object.keys(values).length > 0 || lacking.length > 0);
  return said ? [said.at] : [];
}

function isAsItWas(item: Item, values: Item): boolean {
  return Object.keys(values).every((name) => same(values[name] ?? null, item[name] ?? null));
}

function changeInside(
  reader: Reader,
  clause: Clause,
  at: number,
  taken: readonly Span[],
  inner: readonly Slot[],
): boolean {
  const { now, result } = reader;
  const item = now[at];
  if (!item) return false;
  const { values, lacking, unsure } = insideOf(reader, clause, at, taken, inner);
  if (Object.keys(values).length === 0 && lacking.length === 0 && !unsure) return false;
  reader.last = at;
  if (unsure) {
    result.unsure ??= unsure.values.map((value) => [
      { edit: 'change', at, item: { ...values, [unsure.field]: value }, meant: unsure.field },
    ]);
    return true;
  }
  if (isAsItWas(item, values)) {
    for (const words of lacking) result.edits.push({ edit: 'not_there', item: {}, words });
    if (lacking.length === 0) result.edits.push({ edit: 'same', at });
    return true;
  }
  result.edits.push({ edit: 'change', at, item: values });
  now[at] = { ...item, ...values };
  return true;
}

/** Where the words for a new item begin: at the "and" or comma before its article or number. */
function startOfItem(text: string, from: number, to: number, words: ItemWords): number {
  const joints = [...text.slice(from, to).matchAll(words.joints)];
  const at = joints.findLast(({ index }) => startsItem(text, from + index, to, words))?.index;
  return at === undefined ? from : from + at;
}

/** An article or a number right before it, or but a word between: "a large pizza", "two pizzas". */
export function startsItem(text: string, from: number, to: number, words: ItemWords): boolean {
  const tokens = tokenise(text.slice(from, to)).slice(-2);
  return tokens.some(({ word }, index) => words.article.test(word) || words.cardinal(tokens, index) !== undefined);
}
