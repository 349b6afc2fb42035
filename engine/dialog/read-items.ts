/**
 * What a sentence does to a list or a record. The sentence is cut into clauses by what they do (add, take off, change);
 * in each, the values of the field by which items are known are found, and around each of them those of its other fields.
 */
import { builtInsOf } from './built-ins/built-ins.js';
import { readInside } from './inner-clauses.js';
import { readAdded } from './item-adding.js';
import { readChanged, readOfOwn, readRemoved } from './item-changing.js';
import type { Clause } from './item-clauses.js';
import { clausesOf, isOrder } from './item-clauses.js';
import { findFields, findHeads } from './item-fields.js';
import type { ReadEdits, Reader } from './item-reader.js';
import { newReader, takeFound } from './item-reader.js';
import type { Items } from './items.js';
import { head, itemWordsOf, pendingItem } from './items.js';
import { same } from './talk.js';

/**
 * @param asked whether the list or record is what was asked for
 * @param loosely whether items may be named without a word that says what to do with them
 */
export function readEdits(items: Items, text: string, asked: boolean, loosely: boolean): ReadEdits | null {
  const first = head(items);
  const words = itemWordsOf(items);
  const { isQuestion } = builtInsOf(items.talk.agent.language).hearing;
  if (!first || (isQuestion(text) && !isOrder(text, words))) return null;
  const reader = newReader(items, first, text, asked);
  if (items.slot.type === 'record') readRecord(reader);
  else {
    for (const clause of clausesOf(text, words)) {
      if (clause.does === 'add' && !loosely && !clause.isSaid) continue;
      if (readInside(reader, clause)) continue;
      const before = reader.result.edits.length;
      if (readLeftOut(reader, clause)) continue;
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

/** "No latte", of a latte that is there: it is left out. "No, a latte" puts something right, and "no, latte" may. */
function readLeftOut(reader: Reader, clause: Clause): boolean {
  const { items, text, now } = reader;
  const { before, after } = itemWordsOf(items).leftOut;
  if (clause.does !== 'add' || clause.isSaid || !before.test(text.slice(clause.start))) return false;
  const [one, ...others] = findHeads(items, text, clause, false);
  if (!one || others.length > 0) return false;
  const opening = before.exec(text.slice(clause.start, one.start) + 'x')?.[0].length;
  if (opening !== one.start - clause.start || !after.test(text.slice(one.end, clause.end))) return false;
  if (!now.some((item) => one.values.some((value) => same(item[reader.head.name] ?? null, value)))) return false;
  readRemoved(reader, { ...clause, start: one.start, does: 'remove', isSaid: true, mark: 'no' });
  reader.result.used.push(clause);
  return true;
}

/** A record is its one item: every field that is heard is its. */
function readRecord(reader: Reader): void {
  const { items, text, result } = reader;
  const item = reader.now[0] ?? {};
  const asked = reader.asked ? pendingItem(items)?.path : undefined;
  const found = findFields(
    items,
    item,
    text,
    { start: 0, end: text.length },
    { asked, overwrite: reader.now.length > 0 },
  );
  takeFound(reader, found, reader.now.length > 0 ? { edit: 'change', at: 0, item: found.values } : undefined);
  result.used.push(...found.spans);
  // "A cat, no wait, a dog": what was taken back is used up with what came in its place.
  const back = itemWordsOf(items).takenBack.exec(text)?.index;
  const after = [...found.spans].find(({ start }) => back !== undefined && start > back);
  if (after) result.used.push({ start: 0, end: after.end });
}
