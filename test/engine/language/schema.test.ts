import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
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
