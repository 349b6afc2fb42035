import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { builtInEvents, builtInIntents, repairWords } from '../../../engine/language/build-transition.js';
import { filters } from '../../../engine/language/filters.js';
import { loadAgent } from '../../../engine/language/load.js';
import { builtInNames } from '../../../engine/language/name-scope.js';
import { expectationKeys } from '../../../engine/language/script.js';
import { flowSchema, patterned, resolved } from '../../../engine/language/schema.js';
import type { Schema } from '../../../engine/language/schema.js';
import { isReady } from '../../../engine/slot-types/index.js';
import { slotTypeNames } from '../../../engine/slot-types/slot-type.js';
import { brief, folderOf } from './load-text.js';
import { reference, referenceExamples } from './reference-examples.js';
import type { ReferenceExample } from './reference-examples.js';

/** What a schema leads to from a map or a list, before references are followed. */
function inside(schema: Schema | undefined, key: string | number): Schema | undefined {
  const shape = resolved(schema);
  if (typeof key === 'number') return shape?.items;
  const asMap = shape?.allOf?.find((one) => one.if?.type === 'object')?.then;
  const found =
    shape?.properties?.[key] ??
    (asMap && inside(asMap, key)) ??
    (shape && patterned(shape, String(key))) ??
    shape?.additionalProperties;
  return found === false ? undefined : found;
}

/** Marks the keys that a document uses. */
function walk(value: unknown, schema: Schema | undefined, used: Set<Schema>): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [key, below] of entries) {
    const at = inside(schema, key);
    if (at) used.add(at);
    walk(below, at, used);
  }
}

/** Every key of the language: where it stands, and its schema. */
function* keysOf(schema: Schema, path: string): Generator<[string, Schema]> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${key}`, property];
    yield* keysOf(property, `${path}.${key}`);
  }
  for (const below of [
    ...Object.values(schema.patternProperties ?? {}),
    schema.items,
    schema.additionalProperties,
    schema.then,
    schema.else,
    ...(schema.allOf ?? []),
  ])
    if (below) yield* keysOf(below, path);
}

describe('the language reference', () => {
  it.each(referenceExamples().map((example): [string, ReferenceExample] => [example.title, example]))(
    'its example under "%s" loads without a word from the checker',
    async (_title, { files }) => {
      const folder = folderOf(files);
      const { problems, agent } = await loadAgent(
        Object.keys(files).length === 1 ? join(folder, Object.keys(files)[0]!) : folder,
      );
      expect(brief(problems)).toEqual([]);
      expect(agent).toBeDefined();
    },
  );

  it('shows every key of the language in an example', () => {
    const used = new Set<Schema>();
    for (const { files } of referenceExamples())
      for (const [name, text] of Object.entries(files))
        if (name.endsWith('.yaml'))
          for (const document of parseAllDocuments(text)) {
            const value = document.toJS() as Record<string, unknown>;
            const kind = ['agent', 'flow', 'test', 'locale'].find((key) => key in value) ?? 'mocksFile';
            walk(value, flowSchema.definitions![kind], used);
          }
    const lacking = new Set<string>();
    for (const [name, definition] of Object.entries(flowSchema.definitions!))
      for (const [path, schema] of keysOf(definition, name)) if (!used.has(schema)) lacking.add(path);
    expect([...lacking], 'keys without an example in flows/README.md').toEqual([]);
  });

  it('names everything there is', () => {
    const names = [
      ...builtInIntents,
      ...builtInNames.keys(),
      ...filters.keys(),
      ...expectationKeys,
      ...slotTypeNames,
      ...repairWords.filter((name) => !['no_input', 'no_match'].includes(name)),
      ...builtInEvents.filter((name) => name !== 'unknown'),
    ];
    expect([...new Set(names)].filter((name) => !new RegExp(`\\b${name}\\b`).test(reference))).toEqual([]);
  });

  it('explains every key of the language in its prose, and does not only show it', () => {
    const prose = reference.replace(/^```[\s\S]*?^```$/gm, '');
    const keys = Object.entries(flowSchema.definitions!).flatMap(([name, definition]) =>
      [...keysOf(definition, name)].map(([path]) => path),
    );
    const silent = keys.filter((path) => !new RegExp(`\\b${path.slice(path.lastIndexOf('.') + 1)}\\b`).test(prose));
    expect(silent, 'keys that the prose of flows/README.md does not name').toEqual([]);
  });

  it('lists the types that callers can give', () => {
    const heard = /Heard from callers: ([^.]+)\./.exec(reference)![1]!;
    expect([...heard.matchAll(/`(\w+)`/g)].map((match) => match[1]!).sort()).toEqual(
      slotTypeNames.filter(isReady).sort(),
    );
  });
});
