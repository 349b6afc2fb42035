import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Json } from '../../../engine/contracts.js';
import { fits } from '../../../engine/language/schema-fit.js';
import { flowSchema, publishedSchema, resolved } from '../../../engine/language/schema.js';
import { packageRoot } from '../../../engine/package-root.js';

const file = join(packageRoot, 'flows', 'flow.schema.json');

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

  it('explains every key of agents, flows, states and slots, by a description or a title', () => {
    const mute: string[] = [];
    for (const name of ['agent', 'flow', 'state', 'slot', 'transition', 'tool', 'turn']) {
      for (const [key, schema] of Object.entries(flowSchema.definitions?.[name]?.properties ?? {})) {
        const { title, description, notYet } = resolved(schema) ?? {};
        if (title === undefined && description === undefined && notYet === undefined) mute.push(`${name}.${key}`);
      }
    }
    expect(mute).toEqual([]);
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
      const kind = ['agent', 'flow', 'test'].find((key) => key in document)!;
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
