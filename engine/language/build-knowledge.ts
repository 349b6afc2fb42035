import { textsOf } from './build-slot.js';
import { buildCode } from './build-tool.js';
import type { KnowledgeBase, KnowledgeEntry, Tool, ToolType } from './flow.js';
import { readKnowledgeFiles } from './knowledge-files.js';
import type { NameScope } from './name-scope.js';
import type { Workshop } from './workshop.js';
import type { Entry, YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** `knowledge:` of an agent: fixed answers, documents, or code that gives a retriever. */
export function buildKnowledge(
  node: YamlNode | undefined,
  scope: NameScope,
  shop: Workshop,
): ReadonlyMap<string, KnowledgeBase> {
  const bases = new Map<string, KnowledgeBase>();
  if (node?.kind !== 'map') return bases;
  for (const { key: name, keyNode, value } of node.entries) {
    const place = shop.place(keyNode);
    if (value.kind === 'scalar') {
      bases.set(name, { name, place, entries: [], passages: [], files: [], retriever: name });
      continue;
    }
    const filesNode = get(value, 'files');
    const { files, passages } = filesNode ? readKnowledgeFiles(filesNode, shop) : { files: [], passages: [] };
    const entries = buildEntries(value.kind === 'list' ? value : get(value, 'entries'), name, scope, shop);
    for (const { says, node: at } of filesNode ? [] : entries.values()) {
      if (says) continue;
      shop.report(
        at,
        'empty-knowledge',
        'This entry has nothing to say.',
        'Give it `says:`, the words of the answer, or documents to answer from: { files: [help/*.md], entries: [...] }.',
      );
    }
    bases.set(name, {
      name,
      place,
      entries: [...entries.values()].map(({ id, place, asks, says }) => ({ id, place, asks, ...(says && { says }) })),
      passages,
      files,
    });
  }
  return bases;
}

/** Entries of `knowledge:` that name code. */
export function retrieversOf(agent: YamlNode | undefined): Entry[] {
  const node = get(agent, 'knowledge');
  return node?.kind === 'map' ? node.entries.filter(({ value }) => value.kind === 'scalar') : [];
}

const text: ToolType = { kind: 'slot', type: 'text' };
/** How long a caller waits for a retriever. */
const retrieverMs = 2000;

/** A retriever is asked as a read is: with a time-out, a trace, and stand-ins in scripts. */
export function buildRetriever({ key: name, keyNode, value }: Entry, shop: Workshop): Tool {
  const code = buildCode(value, shop, 'default');
  return {
    name,
    place: shop.place(keyNode),
    effect: 'read',
    input: new Map([['question', text]]),
    output: new Map([
      [
        'passages',
        {
          kind: 'list',
          of: {
            kind: 'record',
            fields: new Map([
              ['text', text],
              ['source', text],
            ]),
          },
        },
      ],
    ]),
    outcomes: [{ name: 'no_answer' }],
    ...(code && { code }),
    isRetriever: true,
    timeoutMs: retrieverMs,
    retries: 0,
    onInterrupt: 'finish',
    lateResult: 'speak',
  };
}

function buildEntries(
  node: YamlNode | undefined,
  base: string,
  scope: NameScope,
  shop: Workshop,
): Map<string, KnowledgeEntry & { node: YamlNode }> {
  const entries = new Map<string, KnowledgeEntry & { node: YamlNode }>();
  for (const item of node?.kind === 'list' ? node.items : []) {
    const id = textOf(get(item, 'id'));
    if (item.kind !== 'map' || id === undefined) continue;
    if (entries.has(id)) {
      shop.report(
        get(item, 'id')!,
        'duplicate-name',
        `There are two entries called "${id}" in "${base}".`,
        'Give one of them another name.',
      );
      continue;
    }
    const says = shop.words(get(item, 'says'), scope);
    const asks = itemsOf(get(item, 'asks')).flatMap((ask) => textsOf(ask));
    entries.set(id, { id, place: shop.place(item), asks, ...(says && { says }), node: item });
  }
  return entries;
}
