/** What callers do to a list or a record. The value of a `fill` of such a slot is a list of these. */
import type { Json } from '../contracts.js';
import type { Item, Items } from './items.js';
import { head, readItems, sayField, sayItem } from './items.js';

export type Edit =
  | { edit: 'add'; item: Item; meant?: string }
  /** Other values of some fields, also of those that were empty. `at` counts from 0. */
  | { edit: 'change'; at: number; item: Item; meant?: string }
  /** `count`: only so many of it. */
  | { edit: 'remove'; at: number; count?: number }
  /** Of several, so many with other values each; the rest stays. */
  | { edit: 'split'; at: number; shares: { count: number; item: Item }[] }
  | { edit: 'clear' }
  /** `words`: of what is inside an item. */
  | { edit: 'not_there'; item: Item; words?: string }
  /** It is so already: said back as it is. */
  | { edit: 'same'; at: number }
  /** "The fifth one" of three. */
  | { edit: 'no_such_place' }
  /** The part of a sentence that names nothing on offer, beside one that does. */
  | { edit: 'not_listed'; words: string }
  /** What an item cannot be or come with; without words: what cannot be left out of it. */
  | { edit: 'not_offered'; words: string };

export function asJson(edits: readonly Edit[]): Json {
  return edits as unknown as Json;
}

/** The edits of a fill; undefined when its value is written items. */
export function editsOf(value: Json): Edit[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const isEdit = (one: Json): boolean =>
    one !== null && typeof one === 'object' && !Array.isArray(one) && typeof one['edit'] === 'string';
  return value.every(isEdit) ? (value as unknown as Edit[]) : undefined;
}

/** How "did you mean" names what may have been meant: by the value that was unclear. */
export function sayEdit(items: Items, edit: Edit): string {
  if (!('item' in edit)) return '';
  const meant = 'meant' in edit && edit.meant !== undefined ? items.fields.get(edit.meant) : head(items);
  const item = edit.edit === 'change' ? { ...readItems(items)[edit.at], ...edit.item } : edit.item;
  return meant ? sayField(items, meant, item) : sayItem(items, item);
}
