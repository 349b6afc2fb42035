/** What a sentence changes of the items that are there, and which it takes off. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { readAdded } from './item-adding.js';
import type { Clause, Span } from './item-clauses.js';
import { isMeantSo, placeBefore, swapped, unheeded } from './item-clauses.js';
import type { Edit } from './item-edits.js';
import type { FoundHead } from './item-fields.js';
import { countBefore, countField, findFields, findHeads, namedField } from './item-fields.js';
import type { Reader } from './item-reader.js';
import { namedLike, setCount, unitsOf, takeFound, divide } from './item-reader.js';
import type { Target } from './item-targets.js';
import { headsHere, placeOf, targetOf } from './item-targets.js';
import type { Item } from './items.js';
import { itemWordsOf, pendingItem } from './items.js';

/** Without a verb, but said of an item that is there: "the latte with oat milk", "just one of them large", "no, two bagels". */
export function readOfOwn(reader: Reader, clause: Clause): boolean {
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
  return (
    isMeantSo(clause, text, itemWordsOf(items)) || (clause.mark === '' && items.frame?.question?.kind === 'change')
  );
}

/** "The latte medium": an item that is there, with something said of it. */
function byArticle(reader: Reader, clause: Clause, heads: readonly FoundHead[]): Target | undefined {
  const [one, other] = heads;
  if (!one || other || !itemWordsOf(reader.items).theBefore.test(reader.text.slice(clause.start, one.start)))
    return undefined;
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
    const isDenial = clause.isSaid && itemWordsOf(items).denied.test(text.slice(0, one.start));
    if (!isDenial || one.isNear || one.values.length > 1 || !now[reader.last]) return false;
    const counted = count?.field ? { [count.field.name]: count.value } : {};
    const item = { ...counted, [reader.head.name]: one.values[0]!, ...values };
    result.edits.push({ edit: 'change', at: reader.last, item });
  } else if (count) setCount(reader, countField(items) ? [at] : namedLike(reader, at), count.value, values);
  else if (spans.length > 0) result.edits.push({ edit: 'change', at, item: values });
  else return false;
  result.used.push(clause);
  return true;
}

export function readRemoved(reader: Reader, clause: Clause): void {
  const { items, text, now, result } = reader;
  const words = text.slice(clause.start, clause.end);
  const said = itemWordsOf(items);
  const isAll = said.wholeOrder.test(words) || said.clearing.test(clause.mark);
  const heads = headsHere(reader, clause);
  const target = isAll && heads.length === 0 ? undefined : targetOf(reader, clause);
  if (target === 'none') return void result.edits.push({ edit: 'no_such_place' });
  if (target && (heads.length < 2 || target.isGroup)) return removeTarget(reader, target);
  if (heads.length === 0) {
    if (isAll) return void (now.length > 0 && result.edits.push({ edit: 'clear' }));
    if (now[reader.last] && (said.pronoun.test(words) || said.lastMeant.test(words)))
      result.edits.push({ edit: 'remove', at: pendingItem(items)?.at ?? reader.last });
    return;
  }
  let from = clause.start;
  for (const one of heads) {
    const at = placeOf(reader, one.values, placeBefore(text.slice(from, one.start), said));
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

export function readChanged(reader: Reader, clause: Clause): void {
  const { text, now, result } = reader;
  const said = itemWordsOf(reader.items);
  const heads = headsHere(reader, clause);
  const [one] = heads;
  if (one && heads.length === 1 && isMeant(reader, clause)) {
    if (readMeantSo(reader, clause, one)) return;
    return readAdded(reader, clause);
  }
  const target = targetOf(reader, clause);
  if (target === 'none') return void result.edits.push({ edit: 'no_such_place' });
  if (target) return changeTarget(reader, clause, target);
  const swap = swapped(text, clause, heads, said);
  if (swap) {
    const at = placeOf(reader, swap.old.values);
    if (at === -1) result.edits.push({ edit: 'not_there', item: { [reader.head.name]: swap.old.values[0]! } });
    else changeItem(reader, at, clause, swap.other);
    return;
  }
  const at = one ? placeOf(reader, one.values, placeBefore(text.slice(clause.start, one.start), said)) : -1;
  if (one && at !== -1) {
    changeItem(reader, at, clause, undefined, one);
    return sayUnheeded(reader, clause, one);
  }
  const words = text.slice(clause.start, one?.start ?? clause.end);
  if (!one || said.pronoun.test(words)) {
    if (!now[reader.last]) return;
    const before = result.edits.length;
    changeItem(reader, reader.last, clause, one);
    if (said.makes.test(clause.mark) && said.pronoun.test(words) && result.edits.length === before)
      sayUnheeded(reader, clause);
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
  const words = unheeded(text, clause, itemWordsOf(reader.items), target);
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
    replaces: clause.does === 'change',
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
