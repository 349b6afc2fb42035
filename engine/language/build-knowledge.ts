import { textsOf } from './build-slot.js';
import type { KnowledgeBase, KnowledgeEntry } from './flow.js';
import type { NameScope } from './name-scope.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** `knowledge:` of an agent: entries with fixed answers. What needs a model or files is not there yet. */
export function buildKnowledge(
  node: YamlNode | undefined,
  scope: NameScope,
  shop: Workshop,
): ReadonlyMap<string, KnowledgeBase> {
  const bases = new Map<string, KnowledgeBase>();
  if (node?.kind !== 'map') return bases;
  for (const { key: name, keyNode, value } of node.entries) {
    if (value.kind !== 'list') {
      notYet(value, 'Knowledge in files', shop);
      bases.set(name, { name, place: shop.place(keyNode), entries: [] });
      continue;
    }
    const entries = new Map<string, KnowledgeEntry>();
    for (const item of value.items) {
      const entry = buildEntry(item, scope, shop);
      if (entry === undefined) continue;
      if (entries.has(entry.id)) {
        shop.report(
          get(item, 'id')!,
          'duplicate-name',
          `There are two entries called "${entry.id}" in "${name}".`,
          'Give one of them another name.',
        );
      } else entries.set(entry.id, entry);
    }
    bases.set(name, { name, place: shop.place(keyNode), entries: [...entries.values()] });
  }
  return bases;
}

function buildEntry(node: YamlNode, scope: NameScope, shop: Workshop): KnowledgeEntry | undefined {
  const id = textOf(get(node, 'id'));
  if (node.kind !== 'map' || id === undefined) return undefined;
  const says = shop.words(get(node, 'says'), scope);
  if (says === undefined) {
    notYet(node, 'An entry without `says`', shop);
    return undefined;
  }
  return { id, place: shop.place(node), asks: itemsOf(get(node, 'asks')).flatMap((ask) => textsOf(ask)), says };
}

function notYet(node: YamlNode, what: string, shop: Workshop): void {
  shop.report(
    node,
    'not-yet',
    `${what} is read and not yet answered from.`,
    'Give entries with `says:`, the words of the answer.',
    shop.notReady,
  );
}
