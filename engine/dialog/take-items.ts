/** What a turn does to a list or a record: applied, checked field by field, and said back. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import type { Taken } from './answer.js';
import { hardly } from './answer.js';
import { reroute } from './correct.js';
import type { Edit } from './item-edits.js';
import { asJson, editsOf } from './item-edits.js';
import { countField } from './item-fields.js';
import type { Item, Items } from './items.js';
import {
  applies,
  contextOfField,
  head,
  innerItems,
  itemScope,
  itemsOfWritten,
  missingField,
  pendingItem,
  readItems,
  sayItem,
  wholeItem,
  wantsItems,
  writeItems,
} from './items.js';
import { climbAfterRefusal } from './ladders.js';
import { joinWords } from '../language/filters.js';
import { orList } from './questions.js';
import { makeScope } from './scope.js';
import { refusalOf, store, stored } from './slots.js';
import type { Fill, Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, countersOf, same } from './talk.js';
import { say, sayBuiltIn, sayText } from './words.js';

/** An item in the course of a turn. */
interface Entry {
  item: Item;
  /** Before the turn; null for a new one. */
  before: Item | null;
  wasWhole: boolean;
}

interface Outcome {
  entries: Entry[];
  removed: Item[];
  notThere: Item[];
  /** What was to be taken off of what is inside an item. */
  notInside: string[];
  /** What was named and is not on offer. */
  notListed: string[];
  /** What is already as it was wanted. */
  same: Item[];
  /** A place was named that the list does not have. */
  hasNoPlace: boolean;
  refused: { items: Items; path: string; item: Item; why: NonNullable<ReturnType<typeof refusalOf>> }[];
  /** What an item was wanted to be and cannot be. */
  notOffered: string[];
  /** The entry that was spoken of last. */
  last?: Entry;
  /** No more fit in: of the list, or of one inside an item. */
  isFull: boolean;
  most?: number;
}

/** `isWritten`: a finished write used the items. `stays`: the talk is on its way to their question, and goes nowhere else. */
interface TakingManner {
  isWritten: boolean;
  stays?: boolean;
}

/** Takes what one turn does to a list or a record. */
export function takeItems(
  talk: Talk,
  frame: Frame,
  items: Items,
  fill: Fill,
  { isWritten, stays }: TakingManner,
): Taken | 'too_late' {
  if (fill.confidence < hardly) return 'nothing';
  const before = readItems(items);
  const outcome = applyAll(items, before, fill.value);
  const after = outcome.entries.map((entry) => entry.item);
  const isChanged = !same(writeItems(items, before), writeItems(items, after));
  if (isChanged && isWritten) return 'too_late';
  const { slot } = items;
  // An empty list that was spoken of is not one that nobody asked for yet.
  const given = stored(talk, frame, slot);
  if (isChanged || slot.type === 'list') store(talk, frame, slot, writeItems(items, after));
  const refused = isChanged ? ruleAgainst(talk, frame, slot) : undefined;
  if (refused) {
    store(talk, frame, slot, given);
    if (refused.say) say(talk, `reject.${slot.name}`, refused.say, { frame });
    if (stays) return 'nothing';
    climbAfterRefusal(talk);
    return 'handled';
  }
  const at = outcome.last ? outcome.entries.indexOf(outcome.last) : -1;
  if (at !== -1) frame.spokenOf = { slot: slot.name, at };
  else if (outcome.removed.length > 0) delete frame.spokenOf;
  if (wantsMore(items)) frame.left = frame.left.filter((name) => name !== slot.name);
  const isDone = isChanged || outcome.removed.length > 0;
  if (isDone) Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
  sayOutcome(talk, frame, items, outcome);
  confirmWhole(frame, items);
  if (stays) return isDone ? 'answered' : 'nothing';
  if (isDone && reroute(talk, [{ slot: slot.name, ...(slot.flow !== undefined && { flow: slot.flow }) }]))
    return 'handled';
  if (outcome.refused.length > 0 || outcome.isFull) {
    if (isDone) return 'answered';
    climbAfterRefusal(talk);
    return 'handled';
  }
  const isAnswered =
    outcome.notThere.length > 0 ||
    outcome.notInside.length > 0 ||
    outcome.same.length > 0 ||
    outcome.notOffered.length > 0 ||
    outcome.hasNoPlace;
  return isDone || isAnswered ? 'answered' : 'nothing';
}

/** The line of the whole list's `reject` that its items break now. */
function ruleAgainst(talk: Talk, frame: Frame, slot: Slot): Slot['reject'][number] | undefined {
  const scope = makeScope(talk, frame);
  return slot.reject.find((line) => line.if.evaluate(scope).value === true);
}

/** `confirm: explicit` on the whole: said back once nothing more is asked, and after each change from there on. */
function confirmWhole(frame: Frame, items: Items): void {
  const { slot } = items;
  frame.toConfirm = frame.toConfirm.filter((name) => name !== slot.name);
  if (slot.confirm === 'explicit' && !wantsItems(items) && readItems(items).length > 0) frame.toConfirm.push(slot.name);
}

/** Something is asked for again that the caller had done with. */
function wantsMore(items: Items): boolean {
  return pendingItem(items) !== undefined || (wantsItems(items) && readItems(items).length < (items.slot.min ?? 0));
}

function applyAll(items: Items, before: readonly Item[], given: Json): Outcome {
  const entries = before.map((item): Entry => ({ item, before: item, wasWhole: !missingField(items, item) }));
  const outcome: Outcome = {
    entries: [...entries],
    removed: [],
    notThere: [],
    notInside: [],
    notListed: [],
    notOffered: [],
    same: [],
    hasNoPlace: false,
    refused: [],
    isFull: false,
  };
  const edits = editsOf(given) ?? itemsOfWritten(items, given).map((item): Edit => ({ edit: 'add', item }));
  // Places count from what the caller heard: what is taken off leaves its place until the end, what is added follows.
  for (const edit of edits) apply(items, edit, entries, outcome);
  return outcome;
}

function apply(items: Items, edit: Edit, entries: Entry[], outcome: Outcome): void {
  const entry = 'at' in edit ? entries[edit.at] : undefined;
  const there = entry && outcome.entries.includes(entry) ? entry : undefined;
  if (there) outcome.last = there;
  switch (edit.edit) {
    case 'add':
      entries.push(add(items, edit.item, outcome));
      return;
    case 'change':
      return there && change(items, there, edit.item, outcome);
    case 'split':
      return there && split(items, there, edit.shares, outcome);
    case 'remove':
      return there && remove(items, there, edit.count, outcome);
    case 'clear':
      outcome.removed.push(...outcome.entries.map(({ item }) => item));
      outcome.entries = [];
      return;
    case 'not_there':
      if (edit.words === undefined) outcome.notThere.push(edit.item);
      else outcome.notInside.push(edit.words);
      return;
    case 'same':
      if (there) outcome.same.push(there.item);
      return;
    case 'no_such_place':
      outcome.hasNoPlace = true;
      return;
    case 'not_listed':
      outcome.notListed.push(edit.words);
      return;
    case 'not_offered':
      outcome.notOffered.push(edit.words);
  }
}

/** The entry that was made; one that does not fit, or is refused, is not among the others. */
function add(items: Items, item: Item, outcome: Outcome): Entry {
  const { max, type } = items.slot;
  const entry: Entry = { item, before: null, wasWhole: false };
  if (outcome.entries.length >= (type === 'record' ? 1 : (max ?? Infinity))) {
    outcome.isFull = true;
    return entry;
  }
  const { item: checked, isFit } = check(items, item, outcome, null);
  entry.item = checked;
  if (isFit) outcome.entries.push(entry);
  if (isFit) outcome.last = entry;
  return entry;
}

/** Each share becomes an entry of its own before what is left of the one they are of. */
function split(items: Items, entry: Entry, shares: readonly { count: number; item: Item }[], outcome: Outcome): void {
  const field = countField(items);
  if (!field) return;
  let left = Number(itemScope(items, entry.item)(field.name) ?? 1);
  const made = shares.map(({ count, item }): Entry => {
    left -= count;
    const one = { ...entry, item: { ...entry.item, [field.name]: count } };
    change(items, one, { ...item, [field.name]: count }, outcome);
    return one;
  });
  if (left > 0) made.push({ ...entry, item: { ...entry.item, [field.name]: left } });
  const { max } = items.slot;
  if (max !== undefined && outcome.entries.length + made.length - 1 > max) {
    outcome.isFull = true;
    return;
  }
  outcome.entries = outcome.entries.flatMap((one) => (one === entry ? made : [one]));
  outcome.last = made[shares.length - 1];
}

/** A refused value leaves the item as it was; one that the item lacked is asked again. */
function change(items: Items, entry: Entry, values: Item, outcome: Outcome): void {
  const { item } = check(items, settle(items, { ...entry.item, ...values }), outcome, entry.item);
  entry.item = item;
}

function remove(items: Items, entry: Entry, count: number | undefined, outcome: Outcome): void {
  const field = countField(items);
  const there = field ? Number(itemScope(items, entry.item)(field.name) ?? 1) : 1;
  if (field && count !== undefined && count < there) {
    outcome.removed.push({ ...entry.item, [field.name]: count });
    entry.item = { ...entry.item, [field.name]: there - count };
    // It is told by what was taken off.
    entry.before = entry.item;
    return;
  }
  outcome.removed.push(entry.item);
  outcome.entries = outcome.entries.filter((one) => one !== entry);
}

/** Values that another field's new value no longer has a place for are forgotten. */
function settle(items: Items, item: Item): Item {
  const kept: Item = {};
  for (const [name, field] of items.fields) {
    const value = item[name] ?? null;
    if (value === null) continue;
    const scope = itemScope(items, { ...item, ...kept });
    if (!applies(field, scope)) continue;
    const inner = innerItems(items, item, field, scope);
    const options = field.type === 'choice' ? contextOfField(items, field, scope, false).options : undefined;
    if (options && options.length > 0 && !options.some((option) => option.id === String(value))) continue;
    kept[name] = inner ? settleInside(inner) : value;
  }
  return kept;
}

function settleInside(inner: Items): Json {
  const first = head(inner);
  const settled = readItems(inner).map((one) => settle(inner, one));
  const there = settled.filter((one) => inner.slot.type === 'record' || !first || (one[first.name] ?? null) !== null);
  return writeItems(inner, there);
}

/** Field by field: `reject` and `range`. An item whose first field is refused, or a number of it, is none. */
function check(
  items: Items,
  item: Item,
  outcome: Outcome,
  before: Item | null,
  above = '',
): { item: Item; isFit: boolean } {
  let checked = item;
  for (const [name, field] of items.fields) {
    if ((checked[name] ?? null) === null || (before && same(before[name] ?? null, checked[name]!))) continue;
    const path = `${above}${name}`;
    const inner = innerItems(items, checked, field);
    if (inner) checked = { ...checked, [name]: checkInside(inner, before?.[name] ?? null, outcome, `${path}.`) };
    const value = checked[name]!;
    const why = refusalOf(items.talk, items.frame, field, value, itemScope(items, checked));
    if (!why) continue;
    outcome.refused.push({ items, path, item: checked, why });
    if (before && (before[name] ?? null) !== null) return { item: before, isFit: false };
    if (!before && items.slot.type === 'list' && (field === head(items) || field.optional))
      return { item: checked, isFit: false };
    checked = Object.fromEntries(Object.entries(checked).filter(([one]) => one !== name));
  }
  return { item: checked, isFit: true };
}

/** What is inside an item: each of it, and how many fit in. */
function checkInside(inner: Items, before: Json, outcome: Outcome, above: string): Json {
  const { slot } = inner;
  const old = itemsOfWritten(inner, before);
  const all = readItems(inner).flatMap((one, at) => {
    if (old.some((other) => same(other, one))) return [one];
    const was = slot.type === 'record' ? (old[at] ?? null) : null;
    const { item, isFit } = check(inner, one, outcome, was, above);
    return isFit || was ? [item] : [];
  });
  if (slot.max !== undefined && all.length > slot.max) {
    outcome.isFull = true;
    outcome.most = slot.max;
  }
  return writeItems(inner, slot.type === 'record' ? all : all.slice(0, slot.max));
}

function sayOutcome(talk: Talk, frame: Frame, items: Items, outcome: Outcome): void {
  const { slot } = items;
  for (const { items: own, path, item, why } of outcome.refused) {
    const id = `reject.${slot.name}.${path}`;
    if (why.say) say(talk, id, why.say, { frame, extra: wholeItem(own, item) });
    else if (why.text !== undefined) sayText(talk, id, why.text, { frame });
  }
  const { phrasing } = builtIns(talk);
  if (outcome.isFull) {
    const text = phrasing.mostItems(outcome.most ?? slot.max!);
    sayText(talk, `reject.${slot.name}`, text, { frame });
  }
  const isWhole = ({ item }: Entry): boolean => !missingField(items, item);
  const isOther = ({ item, before }: Entry): boolean => before !== null && !same(item, before);
  const entries = outcome.entries.filter(isWhole);
  sayOf(talk, frame, items, 'removed', outcome.removed);
  sayOf(talk, frame, items, 'not_there', outcome.notThere);
  if (outcome.notInside.length > 0) sayNotInside(talk, frame, items, outcome.notInside);
  sayOf(talk, frame, items, 'changed', [
    ...outcome.same,
    ...entries.filter((one) => one.wasWhole && isOther(one)).map(({ item }) => item),
  ]);
  const added = entries.filter((one) => one.before === null || (!one.wasWhole && isOther(one)));
  sayOf(
    talk,
    frame,
    items,
    'added',
    added.map(({ item }) => item),
  );
  if (outcome.notListed.length > 0) {
    const text = phrasing.notOffered(orList(talk, outcome.notListed));
    sayText(talk, `not_listed.${slot.name}`, text, { frame });
  }
  for (const words of outcome.notOffered) {
    sayText(talk, `not_listed.${slot.name}`, phrasing.cannotDo(words), { frame });
  }
  if (outcome.hasNoPlace) {
    const text = phrasing.noSuchPlace(outcome.entries.length);
    sayText(talk, `not_there.${slot.name}`, text, { frame });
  }
}

/** Words of the list for several items at once, unless they speak of an item's fields. */
function sayOf(
  talk: Talk,
  frame: Frame,
  items: Items,
  kind: 'added' | 'removed' | 'changed' | 'not_there',
  all: readonly Item[],
): void {
  if (all.length === 0) return;
  const { slot } = items;
  const words = slot.itemWords?.[kind];
  const id = `${kind}.${slot.name}`;
  if (!words) {
    if (kind !== 'added' && kind !== 'not_there') return sayBuiltIn(talk, 'correct', { frame, id });
    if (kind === 'not_there')
      sayText(
        talk,
        id,
        `I don't have ${orList(
          talk,
          all.map((one) => sayItem(items, one)),
        )}.`,
        { frame },
      );
    return;
  }
  const readsFields = words.phrases.some(
    ({ text, if: when }) => /\{\{[^}]*\bit\s*[.[]/.test(text.source) || /\bit\s*[.[]/.test(when?.source ?? ''),
  );
  if (readsFields && all.length > 1) {
    for (const one of all) sayOf(talk, frame, items, kind, [one]);
    return;
  }
  const [only, ...more] = all;
  const spoken = all.map((one) => sayItem(items, one));
  const several = joinWords(spoken, kind === 'not_there' ? 'or' : 'and', talk.agent.language);
  // "{{ it | digits }}" says each of them so.
  const isFiltered = slot.isPlain && words.phrases.some(({ text }) => /\bit\s*\|/.test(text.source));
  const it =
    more.length > 0
      ? isFiltered
        ? all.map((one) => one['it'] ?? null)
        : several
      : slot.isPlain
        ? (only!['it'] ?? null)
        : slot.spoken || readsFields
          ? wholeItem(items, only!)
          : spoken[0]!;
  say(talk, id, words, { frame, extra: { it } });
}

function sayNotInside(talk: Talk, frame: Frame, { slot }: Items, lacking: readonly string[]): void {
  const it = orList(talk, lacking);
  const words = slot.itemWords?.not_there;
  const readsFields = words?.phrases.some(({ text }) => /\bit\s*[.[]/.test(text.source));
  if (words && !readsFields) say(talk, `not_there.${slot.name}`, words, { frame, extra: { it } });
  else sayText(talk, `not_there.${slot.name}`, `I don't have ${it}.`, { frame });
}

/** "No" and "that's all" where a list inside an item is asked for: there is nothing in it. */
export function leaveInside(talk: Talk, frame: Frame, items: Items, intent: string): boolean {
  const pending = pendingItem(items);
  if (!pending || (intent !== 'no' && intent !== 'done')) return false;
  const { field, missing } = pending;
  if (field.type !== 'list' || (field.min ?? 0) > 0) return false;
  const edit: Edit = readItems(items)[pending.at]
    ? { edit: 'change', at: pending.at, item: missing.put([]) }
    : { edit: 'add', item: missing.put([]) };
  const fill: Fill = { kind: 'fill', slot: items.slot.name, value: asJson([edit]), text: '', confidence: 1, correction: false }; // prettier-ignore
  takeItems(talk, frame, items, fill, { isWritten: false, stays: true });
  return true;
}

/** "That's all": the list is closed, unless it lacks something; then that is asked. True: it was the list's. */
export function closeList(frame: Frame, items: Items, intent: string): boolean {
  const { slot } = items;
  const lacks = pendingItem(items) !== undefined;
  if (slot.type !== 'list' || (intent !== 'done' && (lacks || intent !== 'no'))) return false;
  if (readItems(items).length >= (slot.min ?? 0) && !frame.left.includes(slot.name)) frame.left.push(slot.name);
  if (lacks) return true;
  confirmWhole(frame, items);
  return true;
}
