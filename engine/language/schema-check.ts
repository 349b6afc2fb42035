import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { slotTypeNames } from '../slot-types/slot-type.js';
import type { Problem, ProblemCode } from './problems.js';
import type { DocumentKind, Schema } from './schema.js';
import { flowSchema, mapShape, resolved, schemaInside } from './schema.js';
import { fits } from './schema-fit.js';
import { didYouMean, nearest } from './suggest.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { entry, plainJson } from './yaml-source.js';

let ajv: Ajv | undefined;
const validators = new Map<DocumentKind, ValidateFunction>();

function validatorOf(kind: DocumentKind): ValidateFunction {
  let validator = validators.get(kind);
  if (validator === undefined) {
    // Compiling is most of what a check costs: each definition once (no inlining), and no pass to make it faster to run.
    ajv ??= new Ajv({
      allErrors: true,
      strict: false,
      validateSchema: false,
      inlineRefs: false,
      code: { optimize: false },
    }).addSchema(flowSchema, 'flow');
    validator = ajv.compile({ $ref: `flow#/definitions/${kind}` });
    validators.set(kind, validator);
  }
  return validator;
}

/** Every place where a document has not the shape of its kind. */
export function checkShape(node: MapNode, kind: DocumentKind): Problem[] {
  const value = plainJson(node);
  if (fits(value, flowSchema.definitions![kind]!)) return [];
  const validate = validatorOf(kind);
  if (validate(value)) return [];
  const problems: Problem[] = [];
  for (const error of validate.errors ?? []) {
    const problem = problemOf(error, node, kind);
    if (problem) problems.push(problem);
  }
  return problems;
}

function problemOf(error: ErrorObject, root: MapNode, kind: DocumentKind): Problem | undefined {
  const { node, schema: wanted, key, keyNode } = nodeAt(root, kind, error.instancePath);
  const schema = (node.kind === 'map' ? mapShape(wanted) : resolved(wanted)) ?? {};
  const report = (at: YamlNode, code: ProblemCode, message: string, cure: string): Problem =>
    at.file.problem(code, at, message, cure);
  const here = key === undefined ? 'This' : `"${key}"`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = (error.params as { additionalProperty: string }).additionalProperty;
      const known = Object.keys(schema.properties ?? {});
      const owner = schema.title ?? 'this';
      return report(
        entry(node, name)?.keyNode ?? node,
        'unknown-key',
        `There is no key "${short(name)}" in ${owner}.`,
        didYouMean(name, known, listed(known)),
      );
    }
    case 'required': {
      const name = (error.params as { missingProperty: string }).missingProperty;
      // A misspelt key is told once, as unknown.
      const misspelt =
        node.kind === 'map' &&
        node.entries.some(
          ({ key: one }) => schemaInside(schema, one) === undefined && nearest(one, [name]) !== undefined,
        );
      if (misspelt) return undefined;
      const owner = key === undefined ? (schema.title ?? 'this') : `"${key}"`;
      const of = schemaInside(schema, name);
      return report(
        keyNode ?? firstKey(node),
        'missing-key',
        `${capital(owner)} needs "${name}".`,
        of?.title ? `Add \`${name}:\` with ${of.title}.` : `Add \`${name}:\`.`,
      );
    }
    case 'type':
      if (node.kind === 'scalar' && node.empty) {
        return report(
          keyNode ?? node,
          'missing-key',
          `${here} has no value.`,
          schema.title ? `Give it ${schema.title}.` : 'Give it one, or take the key out.',
        );
      }
      return report(
        node,
        'wrong-type',
        `${here} takes ${schema.title ?? words(schema.type)}, and this is ${kindOf(node)}.`,
        schema.description ?? cureFor(schema),
      );
    case 'enum': {
      if (schema.enum?.length === slotTypeNames.length) return undefined; // the slot's builder says it
      const allowed = (schema.enum ?? []).map(String);
      if (node.kind === 'scalar' && node.empty)
        return report(keyNode ?? node, 'missing-key', `${here} has no value.`, `Give it one of ${allowed.join(', ')}.`);
      return report(
        node,
        'wrong-type',
        `${here} is ${schema.title ?? allowed.join(', ')}, and not ${kindOf(node)}.`,
        node.kind === 'scalar'
          ? didYouMean(node.text, allowed, `Write ${allowed.join(' or ')}.`)
          : `Write ${allowed.join(' or ')}.`,
      );
    }
    case 'pattern':
      if (schema.loaderChecks === true || error.propertyName !== undefined) return undefined;
      return report(
        node,
        'wrong-type',
        `${here} takes ${schema.title ?? 'something else'}, and not ${kindOf(node)}.`,
        schema.description ?? cureFor(schema),
      );
    case 'propertyNames': {
      const name = (error.params as { propertyName: string }).propertyName;
      return report(
        entry(node, name)?.keyNode ?? node,
        'wrong-type',
        `"${name}" is no ${schema.propertyNames?.title === 'a version' ? 'version' : 'name'}.`,
        schema.propertyNames?.title === 'a version'
          ? 'Versions are whole numbers from 1 on: `2: { rename: … }`.'
          : 'A name has letters, digits and _, and begins with a letter.',
      );
    }
    case 'minimum':
    case 'maximum':
      return report(
        node,
        'wrong-type',
        `${here} ${error.message ?? 'is out of range'}.`,
        schema.title ? `Write ${schema.title}.` : '',
      );
    case 'minItems':
    case 'minProperties':
      return report(
        keyNode ?? node,
        'missing-key',
        `${here} is empty.`,
        schema.title ? `Give it ${schema.title}.` : 'Give it at least one.',
      );
    default:
      return undefined; // `if` and the like: what is inside has its own error
  }
}

interface Found {
  node: YamlNode;
  schema: Schema | undefined;
  key?: string;
  keyNode?: YamlNode;
}

/** The node an error is about, and the schema of that node. */
function nodeAt(root: MapNode, kind: DocumentKind, pointer: string): Found {
  let found: Found = { node: root, schema: flowSchema.definitions?.[kind] };
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const { node, schema } = found;
    if (node.kind === 'list') {
      const index = Number(name);
      found = { node: node.items[index] ?? node, schema: schemaInside(schema, index), key: found.key };
    } else {
      const one = entry(node, name);
      if (!one) return found;
      found = { node: one.value, schema: schemaInside(schema, name), key: name, keyNode: one.keyNode };
    }
  }
  return found;
}

function cureFor({ title }: Schema): string {
  return title === undefined ? '' : `Write ${title}.`;
}

function firstKey(node: YamlNode): YamlNode {
  return node.kind === 'map' ? (node.entries[0]?.keyNode ?? node) : node;
}

function kindOf(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  return node.text.length > 40 || node.text.includes('\n') ? 'a text' : `"${node.text}"`;
}

/** A whole line that was taken for a key is not repeated. */
function short(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

function words(type: string | string[] | undefined): string {
  return [type ?? 'something else'].flat().join(' or ');
}

function listed(names: string[]): string {
  return names.length === 0 ? '' : `It may have: ${names.join(', ')}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
