/**
 * Lists and records as the dialog holds them. Kept is what was given; computed fields, defaults and fields that do not
 * apply are looked up when they are read, so that they are always current.
 */
import type { Json } from '../contracts.js';
import { joinWords } from '../language/filters.js';
import { headOf } from '../language/item-fields.js';
import type { ChoiceOption, Scope, Slot, Value } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { SlotContext } from '../slot-types/slot-type.js';
import { builtInsOf } from './built-ins/built-ins.js';
import type { ItemWords } from './built-ins/item-words.js';
import { makeScope } from './scope.js';
import { contextOf, stored } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { note } from './talk.js';

/** What was given of one item, by field. */
export type Item = Record<string, Json>;

/** Where items are read: their slot, and the flow it belongs to. */
export interface Items {
  talk: Talk;
  frame: Frame | undefined;
  slot: Slot;
  fields: ReadonlyMap<string, Slot>;
  /** Of a list or a record that is a field itself: the item it belongs to, and the names that its expressions see. */
  inside?: { item: Item; scope: Scope };
}

/** The items of a list or a record; undefined for every other slot. */
export function itemsIn(talk: Talk, frame: Frame | undefined, slot: Slot): Items | undefined {
  return slot.fields ? { talk, frame, slot, fields: slot.fields } : undefined;
}

/** The items of a field that is a list or a record itself. */
export function innerItems(items: Items, item: Item, field: Slot, scope?: Scope): Items | undefined {
  if (!field.fields) return undefined;
  const inside = { item, scope: scope ?? itemScope(items, item) };
  return { talk: items.talk, frame: items.frame, slot: field, fields: field.fields, inside };
}

/** What was given of the list or record, as it is written. */
function givenOf({ talk, frame, slot, inside }: Items): Json {
  return inside ? (inside.item[slot.name] ?? null) : stored(talk, frame, slot);
}

/** The names that expressions outside of the items see. */
function outerScope({ talk, frame, inside }: Items, extra: Record<string, Json> = {}): Scope {
  if (!inside) return makeScope(talk, frame, extra);
  return (name) => (Object.hasOwn(extra, name) ? extra[name] : inside.scope(name));
}

/** The field that a path of names leads to, as in `guest.first`. */
export function fieldAt(slot: Slot | undefined, path: string): Slot | undefined {
  return path.split('.').reduce<Slot | undefined>((found, name) => found?.fields?.get(name), slot);
}

/** The words of the call's language for what is done to a list. */
export function itemWordsOf({ talk }: Items): ItemWords {
  return builtInsOf(talk.agent.language).items;
}

/** The field by which an item is known. */
export function head({ fields }: Items): Slot | undefined {
  return headOf(fields);
}

export function readItems(items: Items): Item[] {
  return itemsOfWritten(items, givenOf(items));
}

export function itemsOfWritten({ slot }: Items, written: Json): Item[] {
  if (Array.isArray(written)) return written.map((one) => (slot.isPlain ? { it: one } : recordOf(one)));
  return written === null ? [] : [recordOf(written)];
}

/** The one form in which items are kept. */
export function writeItems({ slot }: Items, items: readonly Item[]): Json {
  if (slot.type === 'record') return items[0] ?? null;
  return slot.isPlain ? items.map((item) => item['it'] ?? null) : [...items];
}

function recordOf(value: Json): Item {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** The names that a field's expressions see: the item's fields before all others. */
export function itemScope(items: Items, item: Item, extra: Record<string, Json> = {}): Scope {
  const outer = outerScope(items, extra);
  const known = new Map<string, Json>();
  const busy = new Set<string>();
  const scope: Scope = (name) => {
    const field = Object.hasOwn(extra, name) ? undefined : items.fields.get(name);
    if (!field) return outer(name);
    // A field that is computed from itself is empty.
    if (busy.has(name)) return null;
    if (known.has(name)) return known.get(name)!;
    busy.add(name);
    const value = fieldValue(items, field, item, scope);
    busy.delete(name);
    known.set(name, value);
    return value;
  };
  return scope;
}

function fieldValue(items: Items, field: Slot, item: Item, scope: Scope): Json {
  if (field.value !== undefined) return evaluateIn(scope, field.value);
  if (!applies(field, scope)) return null;
  const inner = innerItems(items, item, field, scope);
  if (inner) return wholeValue(inner);
  const given = item[field.name] ?? null;
  if (given !== null || field.default === undefined) return given;
  return canonicalField(items, field, evaluateIn(scope, field.default), scope);
}

function evaluateIn(scope: Scope, value: Value): Json {
  if (value.kind === 'literal') return value.value;
  return value.kind === 'template' ? value.template.render(scope) : value.expression.evaluate(scope).value;
}

/** Whether an item has this field at all: a burger on its own has no drink. */
export function applies(field: Slot, scope: Scope): boolean {
  return field.askIf === undefined || field.askIf.evaluate(scope).value === true;
}

export function contextOfField(items: Items, field: Slot, scope: Scope, asked: boolean): SlotContext {
  const context = contextOf(items.talk, items.frame, field, asked, scope);
  if (field.type === 'choice' && field.options && !Array.isArray(field.options) && context.options)
    context.options = namesOnly(items, field, context.options as readonly ChoiceOption[]);
  return context;
}

const fieldsOfNames = ['id', 'name', 'also', 'title', 'label', 'called'];

/**
 * A record is heard by any of its text fields. Not by those that say what it comes in: the sizes of a drink are the
 * options of another field. Nor by a kind that several share, which would make every "meal" a question.
 */
function namesOnly(items: Items, field: Slot, options: readonly ChoiceOption[]): readonly ChoiceOption[] {
  const ofOthers = [...items.fields.values()].flatMap((other) => {
    const source = other.options && 'source' in other.options ? other.options.source : '';
    const [, owner, name] = /^\s*(\w+)\.(\w+)\s*$/.exec(source) ?? [];
    return owner === field.name && name !== undefined ? [name] : [];
  });
  const holds = (value: Json | undefined, word: string): boolean =>
    value === word || (Array.isArray(value) && value.includes(word));
  return options.map((option) => {
    const also = option.also.filter((word) => {
      const own = Object.keys(option.data).filter((name) => holds(option.data[name], word));
      if (own.some((name) => fieldsOfNames.includes(name) && !ofOthers.includes(name))) return true;
      if (own.every((name) => ofOthers.includes(name))) return false;
      return options.filter((other) => own.some((name) => holds(other.data[name], word))).length < 2;
    });
    return { ...option, also };
  });
}

function canonicalField(items: Items, field: Slot, written: Json, scope: Scope): Json {
  if (written === null) return null;
  const inner = innerItems(items, {}, field, scope);
  if (inner) return canonicalItems(inner, written);
  if (field.type === 'choice' && typeof written === 'object' && !Array.isArray(written)) return written['id'] ?? null;
  const parsed = slotType(field.type).parse(written, contextOfField(items, field, scope, false));
  return 'value' in parsed ? parsed.value : written;
}

/** Items as a designer, a tool or a script wrote them, in their one form. What is no field is left out. */
export function canonicalItems(items: Items, written: Json): Json {
  const made = itemsOfWritten(items, written).map((one) => {
    const item: Item = {};
    for (const [name, field] of items.fields) {
      const given = one[name];
      if (given === undefined || given === null || field.value !== undefined) continue;
      item[name] = canonicalField(items, field, given, itemScope(items, item));
    }
    return item;
  });
  return written === null ? null : writeItems(items, made);
}

/** An item with all of its fields, as expressions, tools and words see it. */
export function wholeItem(items: Items, item: Item): Item {
  const scope = itemScope(items, item);
  return Object.fromEntries([...items.fields.keys()].map((name) => [name, scope(name) ?? null]));
}

/** The value of the slot as expressions see it. A list to which nobody added anything is an empty list. */
export function wholeValue(items: Items): Json {
  const written = givenOf(items);
  if (written === null && items.slot.default) return wholeDefault(items, items.slot.default);
  if (written === null) return items.slot.type === 'list' ? [] : null;
  return writeItems(
    items,
    itemsOfWritten(items, written).map((item) => wholeItem(items, item)),
  );
}

/** What a list or a record begins with where nothing was given yet. */
export function startOf(items: Items): Item[] {
  const written = givenOf(items);
  if (written !== null || !items.slot.default) return itemsOfWritten(items, written);
  return itemsOfWritten(items, canonicalItems(items, evaluateIn(outerScope(items), items.slot.default)));
}

function wholeDefault(items: Items, value: Value): Json {
  const written = canonicalItems(items, evaluateIn(outerScope(items), value));
  return writeItems(
    items,
    itemsOfWritten(items, written).map((item) => wholeItem(items, item)),
  );
}

/** A field that an item must have and lacks: whose it is, and the names that lead to it from the item (`guest.first`). */
export interface Missing {
  items: Items;
  item: Item;
  field: Slot;
  path: string;
  /** The item with this value in the field's place. */
  put: (value: Json) => Item;
}

/** The first field that an item must have and lacks; of a record in it, or of an item of a list in it, the field there. */
export function missingField(items: Items, item: Item): Missing | undefined {
  const scope = itemScope(items, item);
  for (const field of items.fields.values()) {
    const given = item[field.name] ?? null;
    const isLeft = given === null && field.optional;
    if (field.value !== undefined || isLeft || (given !== null && !field.fields)) continue;
    if (field.askIf) {
      const { value, problem } = field.askIf.evaluate(scope);
      if (problem !== undefined) note(items.talk, `if of ${items.slot.name}.${field.name}: ${problem}`);
      if (value !== true) continue;
    }
    const put = (value: Json): Item => ({ ...item, [field.name]: value });
    const inner = innerItems(items, item, field, scope);
    const within = inner && missingWithin(inner, put);
    if (within) return within;
    const isFull =
      inner && (field.type === 'record' || (given !== null && readItems(inner).length >= (field.min ?? 0)));
    if (!isFull) return { items, item, field, path: field.name, put };
  }
  return undefined;
}

function missingWithin(inner: Items, put: (value: Json) => Item): Missing | undefined {
  const all = readItems(inner);
  if (inner.slot.type === 'record' && all.length === 0) all.push({});
  for (const [at, one] of all.entries()) {
    const missing = missingField(inner, one);
    if (!missing) continue;
    const putHere = (value: Json): Item =>
      put(writeItems(inner, all.map((other, place) => (place === at ? missing.put(value) : other)))); // prettier-ignore
    return { ...missing, path: `${inner.slot.name}.${missing.path}`, put: putHere };
  }
  return undefined;
}

/** What an answer for a field is made of: its own values, or those by which the items of a list are known. */
export function heardFor({ items, item, field }: Pick<Missing, 'items' | 'item' | 'field'>): {
  items: Items;
  item: Item;
  field: Slot;
} {
  const inner = innerItems(items, item, field);
  const first = inner && head(inner);
  return inner && first ? heardFor({ items: inner, item: {}, field: first }) : { items, item, field };
}

/** The item that is completed before anything else is asked, and the field it lacks first. */
export interface Pending {
  at: number;
  item: Item;
  field: Slot;
  path: string;
  missing: Missing;
}

export function pendingItem(items: Items): Pending | undefined {
  const all = readItems(items);
  // A record that nobody spoke of yet is an item without any field.
  if (items.slot.type === 'record' && all.length === 0) all.push({});
  for (const [at, item] of all.entries()) {
    const missing = missingField(items, item);
    if (missing) return { at, item, field: missing.field, path: missing.path, missing };
  }
  return undefined;
}

/** Whether items may still be asked for: one lacks a field, there are too few, or the caller is not done. */
export function wantsItems(items: Items): boolean {
  const { slot, frame } = items;
  if (pendingItem(items)) return true;
  if (slot.type === 'record') return false;
  const count = readItems(items).length;
  if (count < (slot.min ?? 0)) return true;
  if (slot.max !== undefined && count >= slot.max) return false;
  if (frame?.left.includes(slot.name)) return false;
  return slot.more !== undefined || count === 0;
}

/** An item as people say it. */
export function sayItem(items: Items, item: Item): string {
  const whole = wholeItem(items, item);
  const { spoken } = items.slot;
  if (spoken && !items.slot.isPlain) {
    const scope = itemScope(items, item);
    const text = spoken.render((name) => (Object.hasOwn(whole, name) ? whole[name] : scope(name)));
    return text.replace(/\s+/g, ' ').trim();
  }
  const said = [...items.fields.values()]
    .filter((field) => field.value === undefined)
    .map((field, index) => {
      const words = sayField(items, field, item);
      return words !== '' && field.type === 'list' && index > 0 ? `with ${words}` : words;
    });
  return said.filter((words) => words !== '').join(' ');
}

/** The value of one field as people say it. */
export function sayField(items: Items, field: Slot, item: Item): string {
  const scope = itemScope(items, item);
  const value = scope(field.name) ?? null;
  const inner = innerItems(items, item, field, scope);
  if (inner) return joinWords(itemsOfWritten(inner, value).map((one) => sayItem(inner, one)), 'and', items.talk.agent.language); // prettier-ignore
  return value === null ? '' : slotType(field.type).say(value, contextOfField(items, field, scope, false));
}

/** Whether the options by which items are known are there. */
export function knowsItsItems(items: Items): boolean {
  const field = head(items);
  return (
    field?.type !== 'choice' || (contextOfField(items, field, itemScope(items, {}), true).options ?? []).length > 0
  );
}
