import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Json } from '../../../engine/contracts.js';
import { fits } from '../../../engine/language/schema-fit.js';
import { flowSchema, publishedSchema } from '../../../engine/language/schema.js';
import type { Schema } from '../../../engine/language/schema.js';
import { packageRoot } from '../../../engine/package-root.js';

const file = join(packageRoot, 'flows', 'flow.schema.json');

interface PlaceOfSchema {
  path: string;
  schema: Schema;
  /** A key of the language, and not an item or the value of a name that the designer chose. */
  isKey: boolean;
}

/** Every place of the schema where a value may stand. */
function* placesOf(schema: Schema): Generator<PlaceOfSchema> {
  function* inside(one: Schema, path: string): Generator<PlaceOfSchema> {
    for (const [key, property] of Object.entries(one.properties ?? {})) {
      yield { path: `${path}.${key}`, schema: property, isKey: true };
      yield* inside(property, `${path}.${key}`);
    }
    for (const [key, below] of [
      ['items', one.items],
      ['additionalProperties', one.additionalProperties],
    ] as const) {
      if (below === undefined || below === false) continue;
      yield { path: `${path}.${key}`, schema: below, isKey: false };
      yield* inside(below, `${path}.${key}`);
    }
    for (const branch of [...(one.allOf ?? []), one.then, one.else]) if (branch) yield* inside(branch, path);
  }
  for (const [name, definition] of Object.entries(schema.definitions ?? {})) {
    yield { path: name, schema: definition, isKey: false };
    yield* inside(definition, name);
  }
}

/** All but the locale files, which are no part of the language of flows. */
function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name) && !/(?:^|[\\/])locales[\\/]/.test(name))
    .map((name) => join(folder, name));
}

describe('the schema for editors', () => {
  it('is in step with the loader (UPDATE_SCHEMA=1 writes it)', () => {
    if (process.env['UPDATE_SCHEMA']) writeFileSync(file, `${JSON.stringify(publishedSchema(), null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(publishedSchema());
  });

  it('is plain draft-07 that any validator compiles, and judges plain YAML', () => {
    const validate = new Ajv({ strict: false, allErrors: true }).compile(publishedSchema() as object);
    expect(validate(parse('flow: a\nstates: { s: { say: Hi, to: end } }'))).toBe(true);
    expect(validate(parse('agent: a\nno_input_after: 6s\nlisten: false'))).toBe(true);
    expect(validate(parse('test: a\nturns: [{ silence: 6s, expect: { said: x } }]'))).toBe(true);
    expect(validate(parse('tools: { t: { gives: {} } }'))).toBe(true);
    expect(validate(parse('flow: a\nstates: { s: { sya: Hi } }'))).toBe(false);
    expect(validate(parse('flow: a\nno_input_after: six\nstates: { s: { say: Hi, to: end } }'))).toBe(false);
  });

  const published = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const named = (schema: Schema): Schema | undefined =>
    schema.$ref === undefined ? undefined : published.definitions![schema.$ref.replace('#/definitions/', '')];

  it('explains every key, wherever it stands, in words of its own or of the shape it refers to', () => {
    const mute = [...placesOf(published)].filter(
      ({ schema, isKey }) => isKey && !schema.description && !named(schema)?.description,
    );
    expect(mute.map(({ path }) => path)).toEqual([]);
  });

  it('says of every place what may stand there, so that an editor can complete it', () => {
    const open = [...placesOf(published)].filter(
      ({ schema }) => !(schema.type ?? schema.enum ?? schema.$ref ?? schema.allOf),
    );
    expect(open.map(({ path }) => path)).toEqual([]);
    expect([...placesOf(published)].filter(({ schema }) => schema.$ref !== undefined && !named(schema))).toEqual([]);
  });

  it('accepts every file of the example agents, as plain draft-07 and plain YAML', () => {
    const validate = new Ajv({ strict: false, allErrors: true }).compile(published);
    const files = yamlFiles(join(packageRoot, 'flows'));
    expect(files.length).toBeGreaterThan(30);
    for (const path of files) {
      for (const document of parseAllDocuments(readFileSync(path, 'utf8'))) {
        validate(document.toJS());
        expect(validate.errors ?? [], path).toEqual([]);
      }
    }
  });

  it('is named in the first line of every file of the example agents, by a path that leads to it', () => {
    const wrong = yamlFiles(join(packageRoot, 'flows')).filter((path) => {
      const line = readFileSync(path, 'utf8').split('\n', 1)[0]!;
      const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(line)?.[1];
      return named === undefined || resolve(dirname(path), named) !== file;
    });
    expect(wrong).toEqual([]);
  });
});

describe('the quick look at a shape', () => {
  /** Small mistakes at every place of a document. */
  function* mistakes(value: Json): Generator<Json> {
    yield* [null, 'x', 7, -1, true, false, [], {}, ['x'], { x: 1 }, [null]] as Json[];
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) for (const wrong of mistakes(item)) yield value.with(index, wrong);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    yield { ...value, unheard: 1 };
    for (const [key, item] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      yield { ...value, [`${key}!`]: item };
      for (const wrong of mistakes(item)) yield { ...value, [key]: wrong };
    }
  }

  it('says of every example of the reference, and of every small mistake in it, what ajv says', () => {
    const ajv = new Ajv({ strict: false, inlineRefs: false }).addSchema(flowSchema, 'flow');
    const reference = readFileSync(join(packageRoot, 'flows', 'README.md'), 'utf8');
    const documents = [...reference.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap((match) =>
      parseAllDocuments(match[1]!).map((one) => one.toJS() as Record<string, Json>),
    );
    const tally = { right: 0, wrong: 0 };
    for (const document of documents) {
      const kind = ['agent', 'flow', 'test', 'locale'].find((key) => key in document) ?? 'mocksFile';
      const validate = ajv.getSchema(`flow#/definitions/${kind}`)!;
      expect(fits(document, flowSchema.definitions![kind]!)).toBe(true);
      for (const wrong of mistakes(document)) {
        const verdict = fits(wrong, flowSchema.definitions![kind]!);
        if (verdict !== validate(wrong)) expect({ wrong, verdict }).toEqual('what ajv says');
        tally[verdict ? 'right' : 'wrong']++;
      }
    }
    expect(tally.right).toBeGreaterThan(500);
    expect(tally.wrong).toBeGreaterThan(2000);
  });
});
