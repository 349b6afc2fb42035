/**
 * What a stretch says of a list or a record that is a field of an item itself: "with ham and olives", "no olives",
 * "ham instead of the olives". Both come back whole, as they are to be after it.
 */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { tokenise } from '../slot-types/normalise.js';
import type { Span } from './item-clauses.js';
import type { FieldSpan, FoundHead, Manner } from './item-fields.js';
import { countBefore, countField, findFields, findHeads } from './item-fields.js';
import type { Item, Items } from './items.js';
import type { InnerWords } from './built-ins/item-words.js';
import { head, itemWordsOf, missingField, readItems, startOf, writeItems } from './items.js';
import { same } from './talk.js';

export interface FoundInner {
  /** What the field may hold after it; several where one of the words may mean several, or was said nearly right. */
  values: Json[];
  isNear: boolean;
  spans: Span[];
  /** What was to be taken off and is not there. */
  lacking: string[];
}

/** The part of a path below a field: `size` of `sides.size`. */
function pathBelow(path: string | undefined, { name }: Slot): string | undefined {
  return path?.startsWith(`${name}.`) ? path.slice(name.length + 1) : undefined;
}

/** `manner` is that of the item which the field belongs to. */
export function findInner(inner: Items, text: string, range: Span, manner: Manner): FoundInner | undefined {
  const below = pathBelow(manner.asked, inner.slot);
  const found = inner.slot.type === 'record' ? recordOf(inner, text, range, { ...manner, asked: below }) : undefined;
  return found ?? (inner.slot.type === 'list' ? listOf(inner, text, range, manner, below) : undefined);
}

/** A record is one item: each of its fields that is heard. */
function recordOf(inner: Items, text: string, range: Span, manner: Manner): FoundInner | undefined {
  const own = readItems(inner)[0] ?? {};
  return within(inner, own, findFields(inner, own, text, range, withoutOnly(manner)), (item) => item);
}

function withoutOnly(manner: Manner): Manner {
  return { ...manner, only: undefined, anchor: undefined };
}

function within(
  inner: Items,
  own: Item,
  { values, spans, unsure, lacking }: ReturnType<typeof findFields>,
  put: (item: Item) => Json,
): FoundInner | undefined {
  if (Object.keys(values).length === 0 && !unsure && lacking.length === 0) return undefined;
  const item = { ...own, ...values };
  if (!unsure) return { values: [put(item)], isNear: false, spans, lacking };
  const all = unsure.values.map((value) => put({ ...item, [unsure.field]: value }));
  return { values: all, isNear: all.length === 1, spans: [...spans, unsure.span], lacking };
}

function listOf(
  inner: Items,
  text: string,
  range: Span,
  manner: Manner,
  below: string | undefined,
): FoundInner | undefined {
  const now = startOf(inner);
  // "Large" is said of the side that lacks its size.
  const at = below === undefined ? -1 : now.findIndex((item) => missingField(inner, item));
  const asked =
    at === -1 ? undefined : findFields(inner, now[at]!, text, range, { ...withoutOnly(manner), asked: below });
  const pending =
    asked && within(inner, now[at]!, asked, (item) => writeItems(inner, now.map((one, place) => (place === at ? item : one)))); // prettier-ignore
  if (pending) return pending;
  const isAsked = manner.asked === inner.slot.name;
  const heads = findHeads(inner, withoutDenials(text, itemWordsOf(inner).inner), range, isAsked).filter(
    (one) => !isIn(manner.taken ?? [], one),
  );
  if (heads.length === 0 && isAsked && saysNone(inner, text, range)) return nothingOf(range);
  if (heads.length === 0) return deeper(inner, now, text, range, manner);
  return editedList(inner, now, text, range, heads, manner);
}

/** "No juice", said of a drink with one of the meals: the last of them that it changes. */
function deeper(inner: Items, now: readonly Item[], text: string, range: Span, manner: Manner): FoundInner | undefined {
  if (manner.overwrite !== true) return undefined;
  for (const [at, item] of [...now.entries()].reverse()) {
    for (const only of inner.fields.values()) {
      if (!only.fields) continue;
      const found = findFields(inner, item, text, range, { ...withoutOnly(manner), asked: undefined, only });
      if (same(found.values[only.name] ?? null, item[only.name] ?? null) && !found.unsure) continue;
      return within(inner, item, found, (one) => writeItems(inner, now.with(at, one)));
    }
  }
  return undefined;
}

function editedList(
  inner: Items,
  now: readonly Item[],
  text: string,
  range: Span,
  heads: readonly FoundHead[],
  manner: Manner,
): FoundInner | undefined {
  const name = head(inner)!.name;
  const isOff = takenOff(text, range, heads, manner.removes === true, itemWordsOf(inner).inner);
  const added = heads.filter((_one, index) => !isOff[index]);
  const isReplaced = manner.replaces === true && inner.slot.isPlain === true && added.length === heads.length;
  let all = isReplaced ? [] : [...now];
  const lacking: string[] = [];
  const spans: Span[] = [...heads];
  for (const [index, one] of heads.entries()) {
    if (!isOff[index]) continue;
    const left = all.filter((item) => !one.values.includes(item[name] ?? null));
    if (left.length === all.length) lacking.push(text.slice(one.start, one.end));
    all = left;
  }
  let from = range.start;
  for (const [index, one] of heads.entries()) {
    const next = heads[index + 1];
    if (!isOff[index]) {
      const region = {
        start: from,
        end: next ? jointBefore(text, one.end, next.start, itemWordsOf(inner).joints) : range.end,
      };
      const { item, spans: own } = itemAround(inner, text, region, one, heads, manner);
      spans.push(...own);
      const there = all.findIndex((other) => same(other[name] ?? null, item[name] ?? null));
      if (there === -1) all.push(item);
      else all[there] = { ...all[there], ...item };
      from = region.end;
    } else from = one.end;
  }
  const isAsked = manner.asked === inner.slot.name;
  // "No olives" of what nobody spoke of yet says nothing of the rest.
  const isUnknown = (inner.inside?.item[inner.slot.name] ?? null) === null && now.length === 0;
  if (isUnknown && added.length === 0 && !isAsked) return { values: [], isNear: false, spans, lacking };
  const unclear = added.find((one) => one.values.length > 1 || one.isNear);
  const values = (unclear?.values ?? [null]).map((value) =>
    writeItems(
      inner,
      all.map((item) => (unclear && same(item[name] ?? null, unclear.values[0]!) ? { ...item, [name]: value } : item)),
    ),
  );
  return { values, isNear: unclear?.isNear === true, spans, lacking: isAsked ? [] : lacking };
}

/** One item of an inner list with what is said around it. */
function itemAround(
  inner: Items,
  text: string,
  region: Span,
  one: FoundHead,
  heads: readonly FoundHead[],
  manner: Manner,
): { item: Item; spans: Span[] } {
  const base: Item = { [head(inner)!.name]: one.values[0]! };
  if (inner.slot.isPlain) return { item: base, spans: [] };
  const taken = [...(manner.taken ?? []), ...heads];
  const { values, spans } = findFields(inner, base, text, region, { anchor: one, taken });
  const field = countField(inner);
  const count = field && countBefore(inner, text, region.start, one.start);
  const item = { ...base, ...values, ...(count && field && { [field.name]: count.value }) };
  return { item, spans: [...spans, ...(count ? [count.span] : [])] };
}

/** What stands between two belongs to the first up to the last "and" or comma. */
function jointBefore(text: string, from: number, to: number, all: RegExp): number {
  const joints = [...text.slice(from, to).matchAll(all)];
  return from + (joints.at(-1)?.index ?? 0);
}

/** "Ham, no olives" and "no ham actually, olives" take nothing back: what is not wanted is named as well. */
function withoutDenials(text: string, { denial, denialBack }: InnerWords): string {
  return text
    .replace(denialBack, (_all, before: string, word: string) => before + ' '.repeat(word.length))
    .replace(denial, (words) => ' '.repeat(words.length));
}

/** Of each value whether it is to go. "No ham or olives" takes both off, "no ham but olives" one. */
function takenOff(
  text: string,
  range: Span,
  heads: readonly FoundHead[],
  removes: boolean,
  words: InnerWords,
): boolean[] {
  const off: boolean[] = [];
  for (const [index, one] of heads.entries()) {
    const before = text.slice(range.start, one.start);
    const between = index > 0 ? text.slice(heads[index - 1]!.end, one.start) : undefined;
    const next = heads[index + 1];
    const isSwapped = words.swapBefore.test(before) && next !== undefined && words.swapTo.test(text.slice(one.end, next.start)); // prettier-ignore
    if (isSwapped || (words.offBefore.test(before) && !words.notOff.test(before))) off.push(true);
    else if (between !== undefined && words.joint.test(between)) off.push(off[index - 1]!);
    else off.push(removes && !(index > 0 && words.onBefore.test(between ?? '')));
  }
  return off;
}

/** "No", "nothing on it", "plain please", "no toppings": an answer where none is needed. */
function saysNone(inner: Items, text: string, range: Span): boolean {
  const { slot } = inner;
  const { nothing, besideNothing } = itemWordsOf(inner).inner;
  if ((slot.min ?? 0) > 0) return false;
  const names = [slot.name.replace(/_/g, ' '), ...slot.called].flatMap((name) => {
    const one = name.toLowerCase();
    return [one, one.replace(/s$/, ''), `${one}s`];
  });
  const words = tokenise(text.slice(range.start, range.end)).map(({ word }) => word);
  return (
    words.some((word) => nothing.has(word)) &&
    words.every((word) => nothing.has(word) || besideNothing.has(word) || names.includes(word))
  );
}

function nothingOf(range: Span): FoundInner {
  return { values: [[]], isNear: false, spans: [range], lacking: [] };
}

function isIn(spans: readonly Span[], one: Span): boolean {
  return spans.some((span) => one.start < span.end && one.end > span.start);
}

/** Spans of one field, which may stand in several places. */
export function spansOf(field: string, spans: readonly Span[]): FieldSpan[] {
  return spans.map(({ start, end }) => ({ field, start, end }));
}
