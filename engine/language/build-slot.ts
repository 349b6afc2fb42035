import { RE2JS } from 're2js';
import { checksumNames } from '../slot-types/checksum.js';
import { isHeardIn, isReady, languagesOf } from '../slot-types/index.js';
import { slotTypeNames } from '../slot-types/slot-type.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';
import type { Json } from '../contracts.js';
import type { ChoiceOption, Slot } from './flow.js';
import { scopeOfFields } from './build-tool.js';
import { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import type { ChoiceType, ValueType } from './value-types.js';
import { anyType, numberType, scalarType, textType, yesNoType } from './value-types.js';
import { readDtmf } from './voice-keys.js';
import { troubleOfRangeEnd } from './written-values.js';
import { buildFields, draftFields, resolveFields, typeOfFields } from './item-fields.js';
import { buildParts, buildSameAs } from './slot-parts.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, itemsOf, plainJson, textOf } from './yaml-source.js';

/** A slot as it was declared: first its type, then the rest, because expressions of the rest read other slots. */
export interface SlotDraft {
  name: string;
  flow?: string;
  keyNode: YamlNode;
  node: YamlNode;
  typeName: SlotTypeName;
  type: ValueType;
  /** From `in:` alone: may be left out. */
  parameter: boolean;
  /** Collected by a state: its values have to be heard. */
  asked: boolean;
  /** `of:` of a list or a record; in `scope` they see each other. */
  fields?: { drafts: Map<string, SlotDraft>; isPlain: boolean; scope?: NameScope };
}

/** Reads name and type; `person: name` is short for `person: { type: name }`. */
export function draftSlot(
  name: string,
  keyNode: YamlNode,
  node: YamlNode,
  flow: string | undefined,
  parameter: boolean,
  shop: Workshop,
  /** In how many lists and records it stands. */
  depth = 0,
): SlotDraft {
  const typeNode = node.kind === 'map' ? get(node, 'type') : node;
  const written = textOf(typeNode) ?? 'text';
  const known = slotTypeNames.find((one) => one === written);
  if (known === undefined && typeNode) {
    shop.report(
      typeNode,
      'wrong-type',
      `There is no type "${written}".`,
      didYouMean(written, slotTypeNames, 'See "Types" in flows/README.md.'),
    );
  }
  const typeName = known ?? 'text';
  const fields = draftFields(typeName, keyNode, node, flow, shop, depth);
  const type: ValueType =
    typeName === 'choice'
      ? choiceType(get(node, 'options'), shop)
      : fields
        ? typeOfFields(typeName, fields)
        : scalarType(typeName, get(node, 'of') !== undefined);
  return { name, flow, keyNode, node, typeName, type, parameter, asked: false, ...(fields && { fields }) };
}

function choiceType(node: YamlNode | undefined, shop: Workshop): ChoiceType {
  if (node === undefined || node.kind === 'scalar') return { kind: 'choice' };
  const options = listedOptions(node, shop);
  const listed = new Map(options.map((option) => [option.id, { data: option.data, name: option.said ?? option.id }]));
  const fields = new Map<string, ValueType>();
  for (const { data } of options) {
    for (const [name, value] of Object.entries(data)) if (name !== 'id') fields.set(name, literalType(value));
  }
  return { kind: 'choice', listed, fields: fields.size > 0 ? fields.set('id', textType) : undefined };
}

function literalType(value: Json): ValueType {
  if (typeof value === 'number') return numberType;
  if (typeof value === 'boolean') return yesNoType;
  return typeof value === 'string' ? textType : anyType;
}

/** Words; words with synonyms `{ savings: [nest egg] }`; words with data `{ large: { also: [big], price: 20 } }`. */
function listedOptions(node: YamlNode, shop: Workshop): ChoiceOption[] {
  const names = shop.optionNames.get(node);
  if (!names) return writtenOptions(node);
  return writtenOptions(node).map((one) => {
    const [said = one.id, ...more] = names.get(one.id) ?? [];
    return { ...one, also: [said, ...more], said };
  });
}

function writtenOptions(node: YamlNode): ChoiceOption[] {
  if (node.kind === 'map') return node.entries.map(({ key, value }) => option(key, value));
  return itemsOf(node).flatMap((item) => {
    if (item.kind === 'map' && item.entries.length === 1) return [option(item.entries[0]!.key, item.entries[0]!.value)];
    const id = textOf(item);
    return id === undefined ? [] : [{ id, also: [], data: { id } }];
  });
}

function option(id: string, node: YamlNode): ChoiceOption {
  if (node.kind !== 'map') return { id, also: textsOf(node), data: { id } };
  const data: Record<string, Json> = {};
  for (const { key, value } of node.entries) if (key !== 'also') data[key] = plainJson(value);
  return { id, also: textsOf(get(node, 'also')), data: { ...data, id } };
}

export function textsOf(node: YamlNode | undefined): string[] {
  return itemsOf(node)
    .map((item) => textOf(item))
    .filter((text) => text !== undefined);
}

/** Looks at what computed options give, once tools and plain slots are known. */
export function resolveChoice(draft: SlotDraft, scope: NameScope, shop: Workshop): void {
  resolveFields(draft, scope, shop);
  const options = get(draft.node, 'options');
  if (draft.type.kind !== 'choice' || options?.kind !== 'scalar') return;
  const computed = shop.computedOptions(options, scope);
  if (!computed) return;
  const item = computed.type.kind === 'list' ? computed.type.of : anyType;
  draft.type.computed = computed.expression;
  if (item.kind === 'record' || item.kind === 'choice') {
    draft.type.fields = item.fields;
    draft.type.spoken = item.spoken;
  } else if (item.kind === 'any' && computed.type.kind === 'any') draft.type.fields = undefined;
}

/** Builds the slot; `scope` is its flow's. */
export function buildSlot(draft: SlotDraft, scope: NameScope, shop: Workshop): Slot {
  const { name, flow, keyNode, typeName, type } = draft;
  const node: YamlNode = draft.node.kind === 'map' ? draft.node : emptyMap(draft.node);
  if (!isReady(typeName) && draft.asked) {
    shop.report(
      typeNode(draft),
      'type-not-ready',
      `"${name}" is asked for, and values of the type ${typeName} cannot be heard yet.`,
      `Use one of ${slotTypeNames.filter(isReady).join(', ')}.`,
      shop.notReady,
    );
  }
  const isKeyed = textOf(get(node, 'by')) === 'keys';
  if (isReady(typeName) && draft.asked && !isKeyed && !isHeardIn(typeName, shop.language)) {
    shop.report(
      typeNode(draft),
      'type-not-in-language',
      `"${name}" is asked for, and values of the type ${typeName} cannot be heard in ${shop.language}; they can in ${languagesOf(typeName).join(', ')}.`,
      'Let it be keyed in (`by: keys`), ask for it as another type, or leave the language out.',
    );
  }
  const words = wordScope(type, scope);
  const range = get(node, 'range');
  const pattern = textOf(get(node, 'pattern'));
  if (pattern !== undefined) checkPattern(get(node, 'pattern')!, pattern, shop);
  const spokenNode = get(node, 'spoken');
  const itemType = type.kind === 'list' ? type.of : type;
  const spoken = spokenNode ? shop.template(spokenNode, scopeOfFields(itemType, scope)) : undefined;
  if (spoken && (type.kind === 'choice' || type.kind === 'record')) type.spoken = spoken;
  if (spoken && type.kind === 'list' && (type.of.kind === 'record' || type.of.kind === 'choice'))
    type.of.spoken = spoken;
  const defaultNode = get(node, 'default');
  const confirm = textOf(get(node, 'confirm'));
  const by = textOf(get(node, 'by'));
  if (by === 'speech' && get(node, 'dtmf'))
    shop.report(get(node, 'by')!, 'wrong-combination', `"${name}" is only spoken, and dtmf says how it is keyed in.`, 'Leave out one of the two.'); // prettier-ignore
  const sensitive = textOf(get(node, 'sensitive'));
  const kept = textOf(get(node, 'scope'));
  return {
    name,
    flow,
    place: shop.place(keyNode),
    type: typeName,
    called: textsOf(get(node, 'called')),
    description: textOf(get(node, 'description'))?.trim(),
    ask: shop.ladder(get(node, 'ask'), words),
    help: shop.words(get(node, 'help'), words),
    why: shop.words(get(node, 'why'), words),
    reject: itemsOf(get(node, 'reject')).flatMap((line) => {
      const trouble = shop.expression(get(line, 'if'), scope);
      return trouble ? [{ if: trouble, say: shop.words(get(line, 'say'), words), place: shop.place(line) }] : [];
    }),
    range: range && readRange(range, type, shop),
    askIf: shop.expression(get(node, 'if'), scope),
    optional: textOf(get(node, 'optional')) === 'true' || draft.parameter || defaultNode !== undefined,
    default: shop.value(defaultNode, scope, type),
    value: shop.value(get(node, 'value'), scope, type),
    askFirst: textOf(get(node, 'ask_first')) === 'true',
    confirm: confirm === 'none' || confirm === 'implicit' || confirm === 'explicit' ? confirm : 'auto',
    dtmf: readDtmf(get(node, 'dtmf'), shop),
    by: by === 'keys' || by === 'speech' ? by : undefined,
    sensitive: sensitive === 'pii' || sensitive === 'secret' ? sensitive : undefined,
    ...(textOf(get(node, 'on_correct')) === 'keep' && { keepOnCorrect: true }),
    ttlMs: shop.durationMs(get(node, 'ttl')),
    consent: shop.expression(get(node, 'consent'), scope),
    scope: kept === 'turn' || kept === 'call' || kept === 'caller' ? kept : 'flow',
    pattern,
    checksum: readChecksum(get(node, 'checksum'), typeName, shop),
    options: optionsOf(draft, node, shop),
    spoken,
    parts: buildParts(draft, node, words, shop),
    ...buildFields(draft, node, words, shop),
    sameAs: buildSameAs(draft, get(node, 'same_as'), scope, shop),
    relativeTo: shop.value(get(node, 'relative_to'), scope),
  };
}

function typeNode(draft: SlotDraft): YamlNode {
  return (draft.node.kind === 'map' ? get(draft.node, 'type') : draft.node) ?? draft.keyNode;
}

function optionsOf(draft: SlotDraft, node: YamlNode, shop: Workshop): Slot['options'] {
  if (draft.typeName !== 'choice') return undefined;
  const options = get(node, 'options');
  if (options === undefined) {
    shop.report(
      draft.keyNode,
      'missing-key',
      `The choice "${draft.name}" has no options.`,
      'Give it `options:`, as in options: [small, large].',
    );
    return [];
  }
  if (options.kind !== 'scalar') return listedOptions(options, shop);
  const computed = draft.type.kind === 'choice' ? draft.type.computed : undefined;
  if (!computed)
    shop.report(
      options,
      'wrong-type',
      'Options are a list, a map, or one whole "{{ expression }}".',
      'Write for example options: [small, large].',
    );
  return computed ?? [];
}

/** In the words of a choice `options` are its own, in those of a list `it` is the item. */
export function wordScope(type: ValueType, scope: NameScope): NameScope {
  if (type.kind === 'choice') return new NameScope(scope).declare('options', { kind: 'list', of: type });
  if (type.kind === 'list') return new NameScope(scope).declare('it', type.of);
  return scope;
}

function readRange(node: YamlNode, type: ValueType, shop: Workshop): Slot['range'] {
  const text = textOf(node) ?? '';
  const at = text.indexOf('..');
  if (at === -1) {
    shop.report(
      node,
      'bad-value',
      `"${text}" is no range.`,
      'Write both ends, or one, as in 1..12, 17:00..22:00 or ..today.',
    );
    return undefined;
  }
  const [min, max] = [text.slice(0, at).trim(), text.slice(at + 2).trim()];
  for (const end of [min, max]) {
    const trouble = end === '' ? undefined : troubleOfRangeEnd(end, type);
    if (trouble) shop.report(node, 'bad-value', trouble.message, trouble.cure);
  }
  return { min: min === '' ? undefined : min, max: max === '' ? undefined : max };
}

function checkPattern(node: YamlNode, pattern: string, shop: Workshop): void {
  try {
    RE2JS.compile(pattern);
  } catch {
    shop.report(
      node,
      'bad-pattern',
      'This pattern cannot be read.',
      'Use RE2 syntax: no look-ahead, no back-references; close every bracket.',
    );
  }
}

function readChecksum(node: YamlNode | undefined, typeName: SlotTypeName, shop: Workshop): Slot['checksum'] {
  if (node === undefined) return undefined;
  if (typeName !== 'code' && typeName !== 'digits') {
    const cure = 'Make the type code or digits, or take `checksum:` away.';
    shop.report(node, 'wrong-combination', `A ${typeName} has no check digits.`, cure);
    return undefined;
  }
  return checksumNames.find((name) => name === textOf(node));
}

export function emptyMap(node: YamlNode): MapNode {
  return { kind: 'map', entries: [], file: node.file, start: node.start, end: node.end };
}
