/** A sentence about items, and what it came to so far. */
import type { Slot } from '../language/flow.js';
import type { Span } from './item-clauses.js';
import type { Edit } from './item-edits.js';
import type { Found } from './item-fields.js';
import { countField } from './item-fields.js';
import type { Share } from './item-shares.js';
import type { Item, Items } from './items.js';
import { pendingItem, readItems } from './items.js';
import { same } from './talk.js';

export interface ReadEdits {
  edits: Edit[];
  /** What one of the values may mean otherwise: a list of edits for each meaning. */
  unsure?: Edit[][];
  /** The stretches that were used. */
  used: Span[];
}

export interface Reader {
  items: Items;
  head: Slot;
  text: string;
  asked: boolean;
  /** The items, those that the sentence added before included. */
  now: Item[];
  /** The item that "it" means: the one that is not complete, else the one spoken of last. */
  last: number;
  result: ReadEdits;
}

/** "Fifty ketchups" of a list that does not count its items: nobody reads fifty lines back. */
const mostCopies = 20;

export function newReader(items: Items, first: Slot, text: string, asked: boolean): Reader {
  const now = [...readItems(items)];
  const spokenOf = items.frame?.spokenOf;
  const at = spokenOf?.slot === items.slot.name ? Math.min(spokenOf.at, now.length - 1) : now.length - 1;
  const last = now.length > 0 ? (pendingItem(items)?.at ?? at) : -1;
  return { items, head: first, text, asked, now, last, result: { edits: [], used: [] } };
}

/** So many of one item: one entry with its number, or as many entries. */
export function addItem(reader: Reader, item: Item, count: number): void {
  const field = countField(reader.items);
  const made = field && count !== 1 ? { ...item, [field.name]: count } : item;
  for (let copy = 0; copy < (field ? 1 : Math.min(count, mostCopies)); copy++) {
    reader.result.edits.push({ edit: 'add', item: made });
    reader.last = reader.now.push(made) - 1;
  }
}

/** How many of it an entry stands for. */
export function unitsOf(items: Items, item: Item | undefined): number {
  const field = countField(items);
  return field && item ? Number(item[field.name] ?? 1) : 1;
}

export function totalOf({ items, now }: Reader, ats: readonly number[]): number {
  return ats.reduce((sum, at) => sum + unitsOf(items, now[at]), 0);
}

/** The entries that are the same thing in the same way, this one among them: two lattes of a list that does not count. */
export function alikeTo({ now }: Reader, at: number): number[] {
  return now.flatMap((item, other) => (same(item, now[at] ?? null) ? [other] : []));
}

/** The entries that are the same thing, in whatever way. */
export function namedLike({ now, head: { name } }: Reader, at: number): number[] {
  return now.flatMap((item, other) => (same(item[name] ?? null, now[at]?.[name] ?? null) ? [other] : []));
}

/** Gives entries as many as were said: a number in the last of them, or entries more or less. */
export function setCount(reader: Reader, ats: readonly number[], count: number, values: Item): void {
  const { items, now, result } = reader;
  const field = countField(items);
  const at = ats.at(-1);
  if (at === undefined) return;
  reader.last = at;
  if (field) return void result.edits.push({ edit: 'change', at, item: { ...values, [field.name]: count } });
  if (Object.keys(values).length > 0) result.edits.push({ edit: 'change', at, item: values });
  for (const gone of ats.slice(0, Math.max(0, ats.length - count))) result.edits.push({ edit: 'remove', at: gone });
  if (count > ats.length) addItem(reader, { ...now[at], ...values }, count - ats.length);
}

export function takeFound(reader: Reader, found: Found, change: Extract<Edit, { edit: 'change' }> | undefined): void {
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

export function overlaps(spans: readonly Span[], one: Span): boolean {
  return spans.some((span) => one.start < span.end && one.end > span.start);
}

/** Gives several of one thing what each of them is to be. More shares than there are make more of it. */
export function divide(reader: Reader, ats: readonly number[], shares: readonly Share[]): void {
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
