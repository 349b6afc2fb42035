import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { slotTypeNames } from '../slot-types/slot-type.js';
import type { Problem, ProblemCode } from './problems.js';
import type { DocumentKind, Schema } from './schema.js';
import { flowSchema, resolved } from './schema.js';
import { didYouMean } from './suggest.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { entry, get, plainJson } from './yaml-source.js';

let ajv: Ajv | undefined;
const validators = new Map<DocumentKind, ValidateFunction>();

function validatorOf(kind: DocumentKind): ValidateFunction {
  let validator = validators.get(kind);
  if (validator === undefined) {
    ajv ??= new Ajv({ allErrors: true, strict: false, verbose: true, validateSchema: false, addUsedSchema: false }).addSchema(flowSchema, 'flow');
    validator = ajv.compile({ $ref: `flow#/definitions/${kind}` });
    validators.set(kind, validator);
  }
  return validator;
}

/** Every place where a document has not the shape of its kind. */
export function checkShape(node: MapNode, kind: DocumentKind): Problem[] {
  const validate = validatorOf(kind);
  if (validate(plainJson(node))) return [];
  const problems: Problem[] = [];
  for (const error of validate.errors ?? []) {
    const problem = problemOf(error, node);
    if (problem) problems.push(problem);
  }
  return problems;
}

/** Keys that are read and not yet acted on. */
export function findNotYet(node: MapNode, kind: DocumentKind, severity: Problem['severity']): Problem[] {
  const problems: Problem[] = [];
  const walk = (one: YamlNode, schema: Schema | undefined): void => {
    const shape = resolved(schema);
    if (shape === undefined) return;
    if (one.kind === 'list') for (const item of one.items) walk(item, shape.items);
    if (one.kind !== 'map') return;
    for (const { key, keyNode, value } of one.entries) {
      const of = shape.properties?.[key] ?? (shape.additionalProperties === false ? undefined : shape.additionalProperties);
      if (of?.notYet === undefined) walk(value, of);
      else {
        const needed = of.notYet === 'error';
        const cure = needed ? 'Do without it for now.' : 'Nothing is to be done; it does nothing for now.';
        problems.push(keyNode.file.problem('not-yet', keyNode, `"${key}" is read and not yet acted on.`, cure, needed ? severity : 'warning'));
      }
    }
  };
  walk(node, flowSchema.definitions?.[kind]);
  return problems;
}

function problemOf(error: ErrorObject, root: MapNode): Problem | undefined {
  const { node, key, keyNode } = nodeAt(root, error.instancePath);
  const schema = error.parentSchema as Schema;
  const report = (at: YamlNode, code: ProblemCode, message: string, cure: string): Problem => at.file.problem(code, at, message, cure);
  const here = key === undefined ? 'This' : `"${key}"`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = (error.params as { additionalProperty: string }).additionalProperty;
      const known = Object.keys(schema.properties ?? {});
      const owner = schema.title ?? 'this';
      return report(entry(node, name)?.keyNode ?? node, 'unknown-key', `There is no key "${name}" in ${owner}.`, didYouMean(name, known, listed(known)));
    }
    case 'required': {
      const name = (error.params as { missingProperty: string }).missingProperty;
      const owner = key === undefined ? (schema.title ?? 'this') : `"${key}"`;
      const of = resolved(schema.properties?.[name]);
      return report(keyNode ?? firstKey(node), 'missing-key', `${capital(owner)} needs "${name}".`, of?.title ? `Add \`${name}:\` with ${of.title}.` : `Add \`${name}:\`.`);
    }
    case 'type':
      if (node.kind === 'scalar' && node.empty) {
        return report(keyNode ?? node, 'missing-key', `${here} has no value.`, schema.title ? `Give it ${schema.title}.` : 'Give it one, or take the key out.');
      }
      return report(node, 'wrong-type', `${here} takes ${schema.title ?? words(schema.type)}, and this is ${kindOf(node)}.`, schema.description ?? '');
    case 'enum': {
      if (schema.enum?.length === slotTypeNames.length) return undefined; // the slot's builder says it
      const allowed = (schema.enum ?? []).map(String);
      if (node.kind === 'scalar' && node.empty) return report(keyNode ?? node, 'missing-key', `${here} has no value.`, `Give it one of ${allowed.join(', ')}.`);
      return report(node, 'wrong-type', `${here} is ${schema.title ?? allowed.join(', ')}, and not ${kindOf(node)}.`, node.kind === 'scalar' ? didYouMean(node.text, allowed, `Write ${allowed.join(' or ')}.`) : `Write ${allowed.join(' or ')}.`);
    }
    case 'pattern':
      if (schema.loaderChecks === true || error.propertyName !== undefined) return undefined;
      return report(node, 'wrong-type', `${here} takes ${schema.title ?? 'something else'}, and not ${kindOf(node)}.`, schema.description ?? '');
    case 'propertyNames': {
      const name = (error.params as { propertyName: string }).propertyName;
      return report(entry(node, name)?.keyNode ?? node, 'wrong-type', `"${name}" is no name.`, 'A name has letters, digits and _, and begins with a letter.');
    }
    case 'minimum':
    case 'maximum':
      return report(node, 'wrong-type', `${here} ${error.message ?? 'is out of range'}.`, schema.title ? `Write ${schema.title}.` : '');
    case 'minItems':
    case 'minProperties':
      return report(keyNode ?? node, 'missing-key', `${here} is empty.`, schema.title ? `Give it ${schema.title}.` : 'Give it at least one.');
    default:
      return undefined; // `if` and the like: what is inside has its own error
  }
}

function nodeAt(root: MapNode, pointer: string): { node: YamlNode; key?: string; keyNode?: YamlNode } {
  let found: { node: YamlNode; key?: string; keyNode?: YamlNode } = { node: root };
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const { node } = found;
    if (node.kind === 'list') found = { node: node.items[Number(name)] ?? node, key: found.key };
    else {
      const one = entry(node, name);
      if (!one) return found;
      found = { node: one.value, key: name, keyNode: one.keyNode };
    }
  }
  return found;
}

function firstKey(node: YamlNode): YamlNode {
  return node.kind === 'map' ? (node.entries[0]?.keyNode ?? node) : node;
}

function kindOf(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  return node.text.length > 40 || node.text.includes('\n') ? 'a text' : `"${node.text}"`;
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

export { get };
