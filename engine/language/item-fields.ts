import type { SlotTypeName } from '../slot-types/slot-type.js';
import type { SlotDraft } from './build-slot.js';
import { buildSlot, draftSlot, resolveChoice } from './build-slot.js';
import type { Slot } from './flow.js';
import { NameScope, reservedNames } from './name-scope.js';
import type { ValueType } from './value-types.js';
import { anyType } from './value-types.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

type Fields = NonNullable<SlotDraft['fields']>;

/** The name of the one field of a list of plain values. */
const plainField = 'it';

/** So many lists and records may stand in each other below a slot: an order's pizzas, a pizza's sides, a side's sauces. */
const mostDepth = 2;

/** Keys of a list of plain values that say what one value is; all others are about the whole list. */
const keysOfPlain = ['options', 'pattern', 'range', 'spoken', 'dtmf', 'by', 'relative_to', 'checksum'];

/** `of:` of a list or a record: its fields, or the type of plain values. undefined on every other type. */
export function draftFields(
  typeName: SlotTypeName,
  keyNode: YamlNode,
  node: YamlNode,
  flow: string | undefined,
  shop: Workshop,
  depth: number,
): Fields | undefined {
  if (typeName !== 'list' && typeName !== 'record') return undefined;
  if (depth > mostDepth) {
    const message = `A ${typeName} stands here in more than ${mostDepth} others.`;
    shop.report(keyNode, 'type-not-ready', message, 'Put its fields one level up, or make it a slot of its own.');
    return undefined;
  }
  const of = get(node, 'of');
  const isPlain = typeName === 'list' && textOf(of) !== undefined;
  const drafts = new Map<string, SlotDraft>();
  if (isPlain && of)
    drafts.set(plainField, draftSlot(plainField, keyNode, plainNode(node, of), flow, false, shop, depth + 1));
  else if (of?.kind === 'map' && of.entries.length > 0) {
    for (const one of of.entries) {
      if (reservedNames.has(one.key))
        shop.reportKey(one, 'name-clash', `"${one.key}" is a word of expressions.`, 'Take another name.');
      drafts.set(one.key, draftSlot(one.key, one.keyNode, one.value, flow, false, shop, depth + 1));
    }
  } else {
    shop.report(
      of ?? keyNode,
      of ? 'wrong-type' : 'missing-key',
      `A ${typeName} says with \`of:\` what it holds.`,
      `Write of: { name: name, age: integer }${typeName === 'list' ? ', or of: name for plain values' : ''}.`,
    );
  }
  reportUnheeded(node, isPlain ? ofPlainLists : ofLists, `a ${typeName}`, shop);
  if (depth > 0) reportUnheeded(node, ofInnerLists, `a ${typeName} inside an item`, shop);
  for (const draft of drafts.values()) if (!isPlain) reportUnheeded(draft.node, ofFields, 'a field of an item', shop);
  return { drafts, isPlain };
}

/** Keys that have no meaning there, each with what to write in its place. */
const ofPlainLists: Readonly<Record<string, string>> = {
  same_as: 'Take it out: what is in a list is named item by item.',
};
const ofLists: Readonly<Record<string, string>> = {
  ...ofPlainLists,
  dtmf: 'Put it on the field that may be keyed in.',
  relative_to: 'Put it on the field that it is about.',
  range: 'Put it on a field; how many there may be is `min:` and `max:`.',
  pattern: 'Put it on the field that it is about.',
};
const ofInnerLists: Readonly<Record<string, string>> = {
  more: 'Take it out: what is inside is closed by its first answer that has `min` of it.',
  added: 'Put it on the outer list: it speaks of the whole item.',
  removed: 'Put it on the outer list: it speaks of the whole item.',
  changed: 'Put it on the outer list: it speaks of the whole item.',
  not_there: 'Put it on the outer list: it speaks of the whole item.',
};
const ofFields: Readonly<Record<string, string>> = {
  confirm: 'Put it on the whole list or record, or let a state `confirm:` it.',
  sensitive: 'Put it on the whole list or record.',
  scope: 'Put it on the whole list or record.',
  same_as: 'Take it out: what is in a list is named item by item.',
};

function reportUnheeded(node: YamlNode, keys: Readonly<Record<string, string>>, where: string, shop: Workshop): void {
  for (const one of node.kind === 'map' ? node.entries : []) {
    const cure = Object.hasOwn(keys, one.key) ? keys[one.key] : undefined;
    if (cure !== undefined)
      shop.reportKey(one, 'wrong-combination', `\`${one.key}:\` has no meaning on ${where}.`, cure);
  }
}

/** What a list of plain values says of one of them, as if it were a slot. */
function plainNode(node: YamlNode, of: YamlNode): MapNode {
  const type = { key: 'type', keyNode: of, value: of } as MapNode['entries'][number];
  const entries = node.kind === 'map' ? node.entries.filter(({ key }) => keysOfPlain.includes(key)) : [];
  return { kind: 'map', entries: [type, ...entries], file: node.file, start: node.start, end: node.end };
}

export function typeOfFields(typeName: SlotTypeName, { drafts, isPlain }: Fields): ValueType {
  const fields = new Map([...drafts].map(([name, draft]) => [name, draft.type]));
  const said = [...drafts].flatMap(([name, draft]) => (get(draft.node, 'value') ? [] : [name]));
  const item: ValueType = isPlain
    ? (fields.get(plainField) ?? anyType)
    : fields.size > 0
      ? { kind: 'record', fields, said }
      : anyType;
  return typeName === 'list' ? { kind: 'list', of: item } : item;
}

/** Fields see the slots and tools of their flow, and each other: what one offers may depend on another. */
export function resolveFields(draft: SlotDraft, scope: NameScope, shop: Workshop): void {
  if (!draft.fields) return;
  const inside = new NameScope(scope);
  for (const [name, field] of draft.fields.drafts) inside.declare(name, field.type);
  draft.fields.scope = inside;
  for (const field of draft.fields.drafts.values()) resolveChoice(field, inside, shop);
}

/** The part of a slot that only lists and records have. */
export function buildFields(
  draft: SlotDraft,
  node: MapNode,
  words: NameScope,
  shop: Workshop,
): Pick<Slot, 'fields' | 'isPlain' | 'min' | 'max' | 'more' | 'itemWords'> {
  const scope = draft.fields?.scope;
  if (!draft.fields || !scope) return {};
  // What is inside is asked for where the whole is.
  for (const field of draft.fields.drafts.values()) if (field.fields) field.asked = draft.asked;
  const fields = new Map([...draft.fields.drafts].map(([name, field]) => [name, buildSlot(field, scope, shop)]));
  const more = shop.words(get(node, 'more'), words);
  const itemWords: NonNullable<Slot['itemWords']> = {};
  for (const key of ['added', 'removed', 'changed', 'not_there'] as const) {
    const said = shop.words(get(node, key), words);
    if (said) itemWords[key] = said;
  }
  const [min, max] = [countOf(node, 'min'), countOf(node, 'max')];
  if (min !== undefined && max !== undefined && min > max)
    shop.report(get(node, 'max')!, 'bad-value', 'The most is less than the least.', 'Make `max` as large as `min`.');
  checkQuestions(draft, fields, shop);
  return {
    fields,
    isPlain: draft.fields.isPlain,
    itemWords,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(more && { more }),
  };
}

function countOf(node: MapNode, key: string): number | undefined {
  const written = textOf(get(node, key));
  return written === undefined || !Number.isFinite(Number(written)) ? undefined : Number(written);
}

/** A field that an item may lack needs a question; the first one of a list is what the list's own asks for. */
function checkQuestions(draft: SlotDraft, fields: ReadonlyMap<string, Slot>, shop: Workshop): void {
  if (!draft.asked || draft.fields?.isPlain) return;
  const head = draft.typeName === 'list' ? headOf(fields) : undefined;
  for (const [name, field] of fields) {
    if (field === head || field.ask.length > 0 || field.optional || field.value !== undefined) continue;
    // A record inside is asked for field by field.
    if (field.type === 'record') continue;
    const message = `The field "${name}" of "${draft.name}" has no question, and an item may lack it.`;
    const keyNode = draft.fields?.drafts.get(name)?.keyNode ?? draft.keyNode;
    shop.report(keyNode, 'missing-key', message, 'Give it `ask:`, `default:`, `optional: true` or `value:`.');
  }
}

/** The field by which an item is known: the first that every item must have. */
export function headOf(fields: ReadonlyMap<string, Slot>): Slot | undefined {
  const all = [...fields.values()].filter((field) => field.value === undefined);
  return all.find((field) => !field.optional && field.askIf === undefined) ?? all[0];
}
