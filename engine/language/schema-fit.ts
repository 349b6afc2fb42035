import type { Json } from '../contracts.js';
import type { Schema } from './schema.js';
import { patterned, resolved } from './schema.js';
import { isRecord } from './values.js';

/**
 * Whether a document has the shape of its schema: yes or no, and nothing said.
 *
 * Ajv judges and explains, and compiling its validators costs a small check a third of its time. Nearly all documents
 * fit, so this walk looks first, and only what does not fit is given to ajv. It knows the keywords our schema uses; a
 * test holds it to ajv's verdict.
 */
export function fits(value: Json, schema: Schema): boolean {
  const shape = resolved(schema) ?? {};
  if (shape.type !== undefined && ![shape.type].flat().includes(typeOf(value))) return false;
  if (shape.enum !== undefined && !shape.enum.includes(value)) return false;
  if (shape.allOf?.some((one) => !fitsBranch(value, one)) === true) return false;
  if (typeof value === 'string') return shape.pattern === undefined || new RegExp(shape.pattern).test(value);
  if (typeof value === 'number') return value >= (shape.minimum ?? -Infinity) && value <= (shape.maximum ?? Infinity);
  if (Array.isArray(value)) {
    const { items } = shape;
    return value.length >= (shape.minItems ?? 0) && (items === undefined || value.every((item) => fits(item, items)));
  }
  return !isRecord(value) || fitsMap(value, shape);
}

function fitsBranch(value: Json, branch: Schema): boolean {
  if (branch.if === undefined) return fits(value, branch);
  const next = fits(value, branch.if) ? branch.then : branch.else;
  return next === undefined || fits(value, next);
}

function fitsMap(map: Record<string, Json>, shape: Schema): boolean {
  const names = Object.keys(map);
  if (names.length < (shape.minProperties ?? 0)) return false;
  if (shape.required?.some((name) => !Object.hasOwn(map, name)) === true) return false;
  return names.every((name) => {
    if (shape.propertyNames !== undefined && !fits(name, shape.propertyNames)) return false;
    const own =
      shape.properties !== undefined && Object.hasOwn(shape.properties, name)
        ? shape.properties[name]
        : (patterned(shape, name) ?? shape.additionalProperties);
    return own === undefined || (own !== false && fits(map[name]!, own));
  });
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
