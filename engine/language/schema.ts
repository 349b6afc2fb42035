/**
 * The shape of the language as a JSON Schema (draft-07): published as `flows/flow.schema.json` for editors, and used
 * by the loader. It looks at what YAML 1.2 makes of a file; the loader itself reads scalars as their source text.
 *
 * Written so that a wrong value gives one error and not one for each alternative: no `anyOf`, since `items` and
 * `properties` only look at lists and maps.
 *
 * Our own annotation: `loaderChecks` (the pattern is for editors, the loader says it better). The shapes stand in
 * `schema/`, by what they are about; here they are put together.
 */
import { agentShapes } from './schema/agent.js';
import { scalarShapes } from './schema/scalars.js';
import { scriptShapes } from './schema/script.js';
import { ref, type Schema } from './schema/shape.js';
import { talkShapes } from './schema/talk.js';
import { taskShapes } from './schema/task.js';
import { toolShapes } from './schema/tool.js';

export type { Schema };

const definitions: Record<string, Schema> = {
  ...scalarShapes,
  ...talkShapes,
  ...taskShapes,
  ...toolShapes,
  ...agentShapes,
  ...scriptShapes,
};

const begins = (key: string, then: string, otherwise: Schema): Schema => ({
  if: { required: [key] },
  then: ref(then),
  else: otherwise,
});

/** The published schema: any document of an agent's files. */
export const flowSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'flow.schema.json',
  title: 'A document of a Parley agent: agent, flow, test, or mocks',
  type: 'object',
  definitions,
  allOf: [
    begins(
      'agent',
      'agent',
      begins('flow', 'flow', begins('test', 'test', begins('locale', 'locale', ref('mocksFile')))),
    ),
  ],
};

/** What a `$ref` means, with what stands beside it. */
export function resolved(schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...resolved(definitions[$ref.replace('#/definitions/', '')]), ...beside };
}

/** The schema of what stands at a key (a number: an item of a list). */
export function schemaInside(schema: Schema | undefined, key: string | number): Schema | undefined {
  const shape = resolved(schema);
  if (shape === undefined) return undefined;
  if (typeof key === 'number') return resolved(shape.items);
  const own = shape.properties?.[key] ?? patterned(shape, key);
  if (own) return resolved(own);
  const asMap = shape.allOf?.find((one) => one.if?.type === 'object')?.then;
  if (asMap) return schemaInside(asMap, key);
  return shape.additionalProperties === false ? undefined : resolved(shape.additionalProperties);
}

/** The schema of a key that has no name of its own, and is known by its form. */
export function patterned(shape: Schema, key: string): Schema | undefined {
  return Object.entries(shape.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}

/** What a map has to look like where a map is one of several shapes. */
export function mapShape(schema: Schema | undefined): Schema | undefined {
  const shape = resolved(schema);
  return resolved(shape?.allOf?.find((one) => one.if?.type === 'object')?.then) ?? shape;
}

/** The schema as editors get it: without our own annotation. */
export function publishedSchema(): unknown {
  const publish = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(publish);
    if (typeof value !== 'object' || value === null) return value;
    const { loaderChecks, ...schema } = value as Schema;
    void loaderChecks;
    return Object.fromEntries(
      Object.entries(schema)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, publish(item)]),
    );
  };
  return publish(flowSchema);
}

export type DocumentKind = 'agent' | 'flow' | 'test' | 'mocksFile' | 'locale';
