/** What a JSON Schema is here, and the few ways in which its parts are written. */
export interface Schema {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  /** What editors offer where a value is free. */
  examples?: unknown[];
  pattern?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  patternProperties?: Record<string, Schema>;
  propertyNames?: Schema;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minProperties?: number;
  minimum?: number;
  maximum?: number;
  $ref?: string;
  $id?: string;
  $schema?: string;
  definitions?: Record<string, Schema>;
  allOf?: Schema[];
  if?: Schema;
  then?: Schema;
  else?: Schema;
  loaderChecks?: boolean;
}

/** Editors and ajv alike read what stands beside a `$ref`. Every shared shape is a reference: each is compiled once. */
export const ref = (name: string, description?: string): Schema => ({
  $ref: `#/definitions/${name}`,
  ...(description === undefined ? {} : { description }),
});

/** A map with these keys and no others. */
export const map = (title: string, properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  title,
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});

/** A map whose keys the designer chooses. */
export const named = (title: string, of: Schema, description?: string): Schema => ({
  title,
  description,
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_-]*$', title: 'a name' },
  additionalProperties: of,
});

/** One of some words. */
export const oneOf = (values: string[], description?: string): Schema => ({
  title: `one of ${values.join(', ')}`,
  enum: values,
  description,
});

/** For `allOf`: where a value is a map, it has this shape; anything else is looked at by the loader. */
export const onlyMap = (name: string): Schema[] => [{ if: { type: 'object' }, then: ref(name) }];
/** Scalars that stand everywhere. */
export const text = ref('text');
export const flag = ref('flag');
export const texts = ref('texts');
export const duration = ref('duration');
export const values = ref('values');
export const value = ref('value');
export const condition = ref('condition');
