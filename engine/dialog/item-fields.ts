/** Which words are the value of which field of an item. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { tokenise } from '../slot-types/normalise.js';
import type { Reading, SlotContext, SlotTypeName } from '../slot-types/slot-type.js';
import { surely } from './answer.js';
import type { Span } from './item-clauses.js';
import type { Item, Items } from './items.js';
import type { FoundInner } from './inner-items.js';
import { findInner, spansOf } from './inner-items.js';
import type { ItemWords } from './built-ins/item-words.js';
import { applies, contextOfField, head, innerItems, itemScope, itemWordsOf } from './items.js';

/** A value of the field by which items are known, or several that are as good. */
export interface FoundHead extends Span {
  values: Json[];
  /** Nearly that name: it has to be asked. */
  isNear: boolean;
}

/** Where a value of a field stands. A field that holds several values stands in several places. */
export interface FieldSpan extends Span {
  field: string;
}

export interface Found {
  values: Item;
  spans: FieldSpan[];
  /** A value of the asked field that may mean several, or was said nearly right. */
  unsure?: { field: string; values: Json[]; span: Span };
  /** What was to be taken off of a list inside the item, and is not in it. */
  lacking: string[];
}

/** Types that fit nearly anything. */
const free: readonly SlotTypeName[] = ['text', 'name', 'spelled'];
/** Types that are read out of a bare number, and a yes: taken only when asked for. */
const onlyAsked: readonly SlotTypeName[] = [
  ...free,
  'yes_no',
  'number',
  'integer',
  'ordinal',
  'digits',
  'code',
  'money',
];

/** Types whose values are numbers themselves: what stands before one says not how many. */
export const numbers: readonly SlotTypeName[] = ['number', 'integer', 'ordinal', 'digits', 'code', 'phone', 'money'];

/** Every item that a stretch names, from the left; with `among`, only these, also by a part of their name. */
export function findHeads(
  items: Items,
  text: string,
  range: Span,
  asked: boolean,
  among?: readonly Json[],
): FoundHead[] {
  const field = head(items)!;
  const isFree = free.includes(field.type);
  if (isFree && (!asked || among)) return [];
  if (among && field.type !== 'choice') return [];
  const scope = itemScope(items, {});
  const contextHere = (isAsked: boolean): SlotContext => {
    const context = contextOfField(items, field, scope, isAsked);
    return among && context.options
      ? { ...context, options: context.options.filter(({ id }) => among.includes(id)) }
      : context;
  };
  const read = (part: Span, isAsked: boolean): Reading[] =>
    slotType(field.type)
      .find(text.slice(part.start, part.end), contextHere(isAsked))
      .map((one) => ({ ...one, start: one.start + part.start, end: one.end + part.start }));
  const parts = isFree || numbers.includes(field.type) ? partsOf(text, range, itemWordsOf(items)) : [];
  const byPart = parts.map((part) => read(part, true).slice(0, 1));
  // "4471200, 4471201 and 4471202": numbers one after the other are one long number, unless each stands by itself.
  const areNumbers = parts.length > 1 && byPart.every((one, at) => one.length > 0 || !hasFigures(text.slice(parts[at]!.start, parts[at]!.end), contextHere(true))); // prettier-ignore
  let found = isFree || areNumbers ? byPart.flat() : read(range, false);
  // "Mary Reed and Bob": what one says by a part of its name is looked for between the others.
  if (asked && !among && field.type === 'choice' && items.slot.isPlain)
    for (const part of partsOf(text, range, itemWordsOf(items)))
      if (!found.some((one) => one.start < part.end && one.end > part.start))
        found.push(...read(part, true).slice(0, 1));
  if (found.length === 0 && asked) found = read(range, true).slice(0, 1);
  const kept: Reading[] = [];
  for (const one of [...found].sort((a, b) => b.confidence - a.confidence || b.end - b.start - (a.end - a.start)))
    if (!kept.some((other) => one.start < other.end && one.end > other.start)) kept.push(one);
  return kept
    .sort((a, b) => a.start - b.start)
    .map(({ value, others, start, end, confidence }) => ({
      values: [value, ...(others ?? [])],
      start,
      end,
      isNear: !isFree && confidence < surely,
    }));
}

function hasFigures(text: string, { language, now }: SlotContext): boolean {
  return slotType('digits').find(text, { language, now, asked: true }).length > 0;
}

/** "Anna, Bob and Carol": free words are cut where one says "and" or stops. */
function partsOf(text: string, range: Span, { freeCuts }: ItemWords): Span[] {
  const parts: Span[] = [];
  let start = range.start;
  const cut = (end: number): void => {
    if (text.slice(start, end).trim() !== '') parts.push({ start, end });
  };
  for (const match of text.slice(range.start, range.end).matchAll(freeCuts)) {
    cut(range.start + match.index);
    start = range.start + match.index + match[0].length;
  }
  cut(range.end);
  return parts;
}

export interface Manner {
  /** The field that was asked for, or the path to one inside of it. */
  asked?: string | undefined;
  /** Whether fields that are known may get another value. */
  overwrite?: boolean;
  /** Stretches that mean something else. */
  taken?: readonly Span[];
  /** Where the item is named: of several stretches a field takes the nearest. */
  anchor?: Span | undefined;
  only?: Slot | undefined;
  /** Lists inside are what is named now, and no longer what they were. */
  replaces?: boolean;
  /** What is named is taken off of lists inside. */
  removes?: boolean;
}

interface Candidate {
  field: Slot;
  reading: Reading;
  cost: number;
  /** Of a list or a record inside the item. */
  inner?: FoundInner;
}

/**
 * The fields that a stretch names, one after the other: what one offers depends on those before it. A field whose
 * options come from another one's value is looked for around that value: "a medium meal with a large coke".
 */
export function findFields(items: Items, item: Item, text: string, range: Span, manner: Manner): Found {
  const found: Found = { values: {}, spans: [], lacking: [] };
  for (let round = 0; round < items.fields.size; round++) {
    const now = { ...item, ...found.values };
    const [best] = [...items.fields.values()]
      .filter((field) => isOpen(items, field, item, found, manner))
      .flatMap((field) => candidatesOf(items, field, now, { text, range, found, manner }))
      .sort((a, b) => a.cost - b.cost || b.reading.confidence - a.reading.confidence);
    if (!best) break;
    const { field, reading, inner } = best;
    if (inner) found.lacking.push(...inner.lacking);
    const span = { start: reading.start, end: reading.end };
    const values = [reading.value, ...(reading.others ?? [])];
    if (values.length > 1 || (reading.confidence < surely && !free.includes(field.type))) {
      found.unsure ??= { field: field.name, values, span };
      break;
    }
    found.values[field.name] = reading.value;
    found.spans.push(...spansOf(field.name, inner?.spans ?? [span]));
  }
  return found;
}

function isOpen(items: Items, field: Slot, item: Item, found: Found, { overwrite, only, asked }: Manner): boolean {
  if (field.value !== undefined || field.by === 'keys' || Object.hasOwn(found.values, field.name)) return false;
  // Never filled before it was asked.
  if (field.askFirst && asked !== field.name && (item[field.name] ?? null) === null) return false;
  if (only) return field === only;
  if (items.slot.type === 'list' && field === head(items) && field.name !== asked) return false;
  // More may be said of what is inside, whatever is known of it.
  return overwrite === true || field.fields !== undefined || (item[field.name] ?? null) === null;
}

function candidatesOf(
  items: Items,
  field: Slot,
  now: Item,
  at: { text: string; range: Span; found: Found; manner: Manner },
): Candidate[] {
  const { text, range, found, manner } = at;
  if (field.fields) return innerCandidates(items, field, now, at);
  const isAsked = field.name === manner.asked;
  if (onlyAsked.includes(field.type) && !isAsked) return [];
  const scope = itemScope(items, now);
  if (!applies(field, scope)) return [];
  const anchor = found.spans.findLast((span) => dependsOn(field, span.field)) ?? manner.anchor;
  const isTaken = (one: Reading): boolean =>
    [...(manner.taken ?? []), ...found.spans].some((span) => one.start < span.end && one.end > span.start);
  const readings = slotType(field.type)
    .find(text.slice(range.start, range.end), contextOfField(items, field, scope, isAsked))
    .map((one) => ({ ...one, start: one.start + range.start, end: one.end + range.start }));
  return readings
    .filter((one) => !isTaken(one))
    .filter((one) => isAsked || (one.confidence >= surely && (one.others ?? []).length === 0))
    .map((reading) => ({ field, reading, cost: costOf(items, field, reading, { isAsked, anchor }) }));
}

/** A list or a record inside the item: as it is to be after what the stretch says of it. */
function innerCandidates(
  items: Items,
  field: Slot,
  now: Item,
  { text, range, found, manner }: { text: string; range: Span; found: Found; manner: Manner },
): Candidate[] {
  const scope = itemScope(items, now);
  const inner = applies(field, scope) ? innerItems(items, now, field, scope) : undefined;
  const taken = [...(manner.taken ?? []), ...found.spans];
  const said = inner && findInner(inner, text, range, { ...manner, taken });
  if (!said) return [];
  const [value, ...others] = said.values;
  if (value === undefined) {
    found.lacking.push(...said.lacking.filter((words) => !found.lacking.includes(words)));
    return [];
  }
  const start = Math.min(...said.spans.map((span) => span.start));
  const end = Math.max(...said.spans.map((span) => span.end));
  const reading = { value, others, start, end, text: text.slice(start, end), confidence: said.isNear ? 0.5 : 1 };
  const isAsked = manner.asked !== undefined && manner.asked.split('.')[0] === field.name;
  return [{ field, reading, inner: said, cost: costOf(items, field, reading, { isAsked, anchor: manner.anchor }) }];
}

function costOf(
  items: Items,
  field: Slot,
  reading: Reading,
  { isAsked, anchor }: { isAsked: boolean; anchor: Span | undefined },
): number {
  const distance = anchor ? Math.max(0, reading.start - anchor.end, anchor.start - reading.end) : reading.start;
  const isAnchor = [...items.fields.values()].some((other) => other !== field && dependsOn(other, field.name));
  return distance - (isAsked ? 20_000 : 0) - (isAnchor ? 10_000 : 0);
}

/** Whether the field's options are those of another field's value. */
function dependsOn(field: Slot, name: string): boolean {
  const { options } = field;
  if (options !== undefined && 'reads' in options && options.reads.includes(name)) return true;
  return [...(field.fields?.values() ?? [])].some((inner) => dependsOn(inner, name));
}

/** The field that says how many: a number that is 1 unless the caller says so. */
export function countField(items: Items): Slot | undefined {
  return [...items.fields.values()].find(
    (field) => field.type === 'integer' && field.default?.kind === 'literal' && field.default.value === 1,
  );
}

/** "Two mayos", "take one of the mayos off": the number that stands last in a stretch. */
export function countBefore(
  items: Items,
  text: string,
  start: number,
  end: number,
): { value: number; span: Span; field: Slot | undefined } | undefined {
  const { cardinal } = itemWordsOf(items);
  const tokens = tokenise(text.slice(start, end));
  const field = countField(items);
  for (let index = tokens.length - 1; index >= 0; index--) {
    const number = cardinal(tokens, index);
    if (!number || !Number.isInteger(number.value) || number.value < 1) continue;
    // "Twenty one" ends in "one": the longest that ends there.
    let first = index;
    while (first > 0 && cardinal(tokens, first - 1)?.next === number.next) first -= 1;
    const value = cardinal(tokens, first)!.value;
    const span = { start: start + tokens[first]!.start, end: start + tokens[number.next - 1]!.end };
    return { value, span, field };
  }
  return undefined;
}

/** A field whose own name was said: "make the fries large" means the size of a meal's fries. */
export function namedField(items: Items, all: readonly Item[], words: string): { at: number; field: Slot } | undefined {
  const said = words.toLowerCase();
  for (const field of items.fields.values()) {
    const names = [field.name.replace(/_.*$/, ''), ...field.called].map((name) => name.toLowerCase());
    if (field.value !== undefined || !names.includes(said)) continue;
    const at = all.findLastIndex((item) => applies(field, itemScope(items, item)));
    if (at !== -1) return { at, field };
  }
  return undefined;
}
