import type { SlotDraft } from './build-slot.js';
import type { Slot, SlotPart } from './flow.js';
import type { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import { textParts, typeWords } from './value-types.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { entry, get, itemsOf, textOf } from './yaml-source.js';

/** The types whose values have parts, in the order in which they are asked. */
export const partsOfType: Readonly<Record<string, readonly string[]>> = {
  date_range: ['start', 'end'],
  name: textParts.name!,
  address: textParts.address!,
};

/** An address needs only the parts that are asked for. */
const needsAll = (typeName: string): boolean => typeName !== 'address';

/** `of:` on a type whose value has parts: a question for each. On lists and records it says what they hold. */
export function buildParts(draft: SlotDraft, node: MapNode, words: NameScope, shop: Workshop): Slot['parts'] {
  const of = entry(node, 'of');
  if (!of || draft.typeName === 'list' || draft.typeName === 'record') return undefined;
  const names = partsOfType[draft.typeName];
  if (names === undefined) {
    const message = `A value of the type ${draft.typeName} has no parts.`;
    shop.reportKey(of, 'wrong-combination', message, 'Take `of:` away; the slot is asked for as a whole.');
    return undefined;
  }
  const parts = new Map<string, SlotPart>();
  let isMisspelt = false;
  if (of.value.kind !== 'map') {
    shop.report(of.value, 'wrong-type', `Here stand the parts ${names.join(' and ')}.`, example(names));
    return undefined;
  }
  for (const { key, keyNode, value } of of.value.entries) {
    if (!names.includes(key)) {
      const cure = didYouMean(key, names, `It has ${names.join(' and ')}.`);
      isMisspelt = true;
      shop.report(keyNode, 'unknown-key', `A ${draft.typeName} has no part "${key}".`, cure);
      continue;
    }
    for (const inner of value.kind === 'map' ? value.entries : []) {
      if (!keysOfPart.includes(inner.key))
        shop.reportKey(
          inner,
          'unknown-key',
          `A part has no "${inner.key}".`,
          'It has `ask:`, `help:` and `why:`; the rest stands on the slot.',
        );
    }
    const ask = shop.ladder(get(value, 'ask'), words);
    const [help, why] = [shop.words(get(value, 'help'), words), shop.words(get(value, 'why'), words)];
    if (ask.length > 0) parts.set(key, { ask, ...(help && { help }), ...(why && { why }) });
  }
  const lacking = names.filter((name) => !parts.has(name) && (needsAll(draft.typeName) || hasKey(of.value, name)));
  // A misspelt part is told once.
  if (lacking.length > 0 && !isMisspelt) {
    const message = `The part "${lacking[0]!}" of "${draft.name}" has no question.`;
    shop.reportKey(of, 'missing-key', message, example(names));
  }
  return new Map(names.flatMap((name) => (parts.has(name) ? [[name, parts.get(name)!]] : [])));
}

const keysOfPart = ['ask', 'help', 'why'];

function hasKey(node: YamlNode, name: string): boolean {
  return node.kind === 'map' && node.entries.some(({ key }) => key === name);
}

function example(names: readonly string[]): string {
  return `Write of: { ${names.map((name) => `${name}: { ask: … }`).join(', ')} }.`;
}

/** `same_as: [flow.slot]`: slots of the same type. A bare name is a slot that is in scope here. */
export function buildSameAs(
  draft: SlotDraft,
  node: YamlNode | undefined,
  scope: NameScope,
  shop: Workshop,
): Slot['sameAs'] {
  if (node === undefined) return undefined;
  return itemsOf(node).flatMap((item) => {
    const text = textOf(item)?.trim();
    if (text === undefined) return [];
    const [first, second, ...more] = text.split('.');
    const owner = second === undefined ? undefined : scope.lookup(first!);
    const fields = owner?.namespace === true && owner.type.kind === 'record' ? owner.type.fields : undefined;
    const type = second === undefined ? scope.lookup(first!)?.type : fields?.get(second);
    if (type === undefined || more.length > 0) {
      const cure = didYouMean(second ?? first!, fields?.keys() ?? [], 'Write flow.slot, as in rent_car.days.');
      shop.report(item, 'unknown-slot', `There is no slot "${text}".`, cure);
      return [];
    }
    if (typeWords(type) !== typeWords(draft.type)) {
      const message = `"${text}" is of the type ${typeWords(type)}, and "${draft.name}" of the type ${typeWords(draft.type)}.`;
      shop.report(item, 'wrong-type', message, 'Name slots of the same type.');
      return [];
    }
    return [second === undefined ? { slot: first! } : { flow: first!, slot: second }];
  });
}
