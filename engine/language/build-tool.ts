import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { slotTypeNames } from '../slot-types/slot-type.js';
import type { Json } from '../contracts.js';
import { buildMcp } from './build-mcp.js';
import type { McpServer, Scope, Template, Tool, ToolType, Value } from './flow.js';
import { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import type { ValueType } from './value-types.js';
import { fromToolType, integerType } from './value-types.js';
import type { Workshop } from './workshop.js';
import { withEnvironment } from './workshop.js';
import type { Entry, MapNode, YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

/** Where a tool is read: its agent's folder, the flow that has it, the names that are there everywhere. */
export interface ToolSetting {
  flow?: string;
  baseScope: NameScope;
  /** The agent's `mcp_servers`. */
  servers: ReadonlyMap<string, McpServer>;
}

const defaultTimeoutMs = 8000;
const methods = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

/** Builds the tool of one entry of `tools:`. */
export function buildTool(
  { key: name, value: node, keyNode }: Entry,
  setting: ToolSetting,
  shop: Workshop,
): Tool | undefined {
  if (node.kind !== 'map') return undefined;
  const input = toolFields(get(node, 'input'), setting, shop);
  const output = toolFields(get(node, 'output'), setting, shop);
  const inside = withEnvironment(setting.baseScope);
  for (const [field, type] of input) inside.declare(field, fromToolType(type));
  const results = new NameScope(setting.baseScope).declare('status', integerType);
  for (const [field, type] of output) results.declare(field, fromToolType(type));

  const doings = ['http', 'code', 'mcp'].filter((key) => get(node, key) !== undefined);
  if (doings.length !== 1) {
    shop.report(
      keyNode,
      doings.length === 0 ? 'missing-key' : 'wrong-combination',
      `The tool "${name}" ${doings.length === 0 ? 'says nowhere how it is run' : 'is run in two ways'}.`,
      'Give it one of http, code and mcp.',
    );
  }
  const idempotencyKey = shop.template(get(node, 'idempotency_key'), inside, 'written');
  return {
    name,
    flow: setting.flow,
    place: shop.place(keyNode),
    effect: textOf(get(node, 'effect')) === 'write' ? 'write' : 'read',
    ...(textOf(get(node, 'confirm')) === 'true' && { confirm: true }),
    description: textOf(get(node, 'description'))?.trim(),
    input,
    output,
    outcomes: outcomes(get(node, 'outcomes'), results, shop),
    http: buildHttp(get(node, 'http'), inside, shop),
    code: buildCode(get(node, 'code'), shop),
    mcp: buildMcp(get(node, 'mcp'), name, setting.servers, shop),
    timeoutMs: shop.durationMs(get(node, 'timeout')) ?? defaultTimeoutMs,
    retries: Number(textOf(get(node, 'retries')) ?? 0) || 0,
    idempotencyKey,
    filler: filler(get(node, 'filler'), setting.baseScope, shop),
    onInterrupt: oneOf(get(node, 'on_interrupt'), ['finish', 'cancel', 'block']),
    lateResult: oneOf(get(node, 'late_result'), ['speak', 'store', 'drop']),
  };
}

function oneOf<const Names extends readonly [string, ...string[]]>(
  node: YamlNode | undefined,
  names: Names,
): Names[number] {
  const text = textOf(node);
  return names.find((name) => name === text) ?? names[0];
}

function filler(node: YamlNode | undefined, scope: NameScope, shop: Workshop): Tool['filler'] {
  if (node === undefined) return undefined;
  const say = shop.words(node.kind === 'map' ? get(node, 'say') : node, scope);
  return say && { afterMs: shop.durationMs(get(node, 'after')) ?? 900, say };
}

function outcomes(node: YamlNode | undefined, results: NameScope, shop: Workshop): Tool['outcomes'] {
  if (node?.kind !== 'map') return [];
  return node.entries.map(({ key, value }) => {
    const text = textOf(value) ?? '';
    return /^\d{3}$/.test(text)
      ? { name: key, status: Number(text) }
      : { name: key, if: shop.expression(value, results) };
  });
}

/** `name: type` pairs of an input, an output or a record. */
export function toolFields(node: YamlNode | undefined, setting: ToolSetting, shop: Workshop): Map<string, ToolType> {
  const fields = new Map<string, ToolType>();
  if (node?.kind !== 'map') return fields;
  for (const { key, value } of node.entries) fields.set(key, toolType(value, setting, shop));
  return fields;
}

/** `text`, `[packed, lost]`, `{ list: … }`, `{ map: … }`, `{ record: … }` or the fields of a record themselves. */
function toolType(node: YamlNode, setting: ToolSetting, shop: Workshop): ToolType {
  if (node.kind === 'list') return { kind: 'one_of', values: node.items.map((item) => textOf(item) ?? '') };
  if (node.kind === 'scalar') {
    const name = slotTypeNames.find((one) => one === node.text);
    if (name === undefined) {
      shop.report(
        node,
        'wrong-type',
        `There is no type "${node.text}".`,
        didYouMean(node.text, slotTypeNames, 'See "Types" in flows/README.md.'),
      );
    }
    return { kind: 'slot', type: name ?? 'text' };
  }
  const list = get(node, 'list');
  if (list) {
    const of = toolType(list, setting, shop);
    const spoken = spokenOf(node, of, setting, shop);
    return { kind: 'list', of: spoken && of.kind === 'record' ? { ...of, spoken } : of, spoken };
  }
  const map = get(node, 'map');
  if (map) return { kind: 'map', of: toolType(map, setting, shop) };
  const record = get(node, 'record');
  const of: ToolType = { kind: 'record', fields: toolFields(record ?? withoutSpoken(node), setting, shop) };
  const spoken = spokenOf(node, of, setting, shop);
  return spoken ? { ...of, spoken } : of;
}

/** `spoken` beside the fields of a record is how it is said, and no field. */
function withoutSpoken(node: MapNode): MapNode {
  return { ...node, entries: node.entries.filter(({ key }) => key !== 'spoken') };
}

/** Fields of a record are names inside its `spoken:`. */
function spokenOf(node: MapNode, of: ToolType, setting: ToolSetting, shop: Workshop): Template | undefined {
  const spoken = get(node, 'spoken');
  if (!spoken) return undefined;
  return shop.template(spoken, scopeOfFields(fromToolType(of), setting.baseScope));
}

/** The names inside the `spoken:` of a type: its fields, or `it`. */
export function scopeOfFields(type: ValueType, outer: NameScope): NameScope {
  const scope = new NameScope(outer);
  const fields = type.kind === 'record' || type.kind === 'choice' ? type.fields : undefined;
  for (const [name, field] of fields ?? []) scope.declare(name, field);
  return scope.declare('it', type);
}

function buildHttp(node: YamlNode | undefined, scope: NameScope, shop: Workshop): Tool['http'] {
  if (node?.kind !== 'map') return undefined;
  const verbs = node.entries.filter(({ key }) => Object.hasOwn(methods, key));
  if (verbs.length !== 1) {
    shop.report(
      node,
      verbs.length === 0 ? 'missing-key' : 'wrong-combination',
      'A request has one address.',
      'Write one of get, post, put, patch, delete with the address.',
    );
    if (verbs.length === 0) return undefined;
  }
  const verb = verbs[0]!;
  const compiled = shop.compiledTemplate(verb.value, scope, 'url');
  if (!compiled) return undefined;
  const headers = new Map<string, Template>();
  const headerNode = get(node, 'headers');
  if (headerNode?.kind === 'map') {
    for (const { key, value } of headerNode.entries) {
      const template = shop.template(value, scope, 'written');
      if (template) headers.set(key, template);
    }
  }
  return {
    method: methods[verb.key as keyof typeof methods],
    url: { ...compiled.template, render: (values) => compiled.render(values, 'written') },
    renderUrl: (values) => compiled.render(values, 'url'),
    headers,
    body: buildBody(get(node, 'body'), scope, shop),
  };
}

function buildBody(node: YamlNode | undefined, scope: NameScope, shop: Workshop): NonNullable<Tool['http']>['body'] {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') return shop.value(node, scope);
  const render = bodyTree(node, scope, shop);
  return { kind: 'tree', render };
}

function bodyTree(node: YamlNode, scope: NameScope, shop: Workshop): (values: Scope) => Json {
  if (node.kind === 'list') {
    const items = node.items.map((item) => bodyTree(item, scope, shop));
    return (values) => items.map((item) => item(values));
  }
  if (node.kind === 'map') {
    const fields = node.entries.map(({ key, value }) => [key, bodyTree(value, scope, shop)] as const);
    return (values) => Object.fromEntries(fields.map(([key, field]) => [key, field(values)]));
  }
  const value = shop.value(node, scope)!;
  return (values) => valueOf(value, values);
}

/** What a value comes to. Null when it cannot be computed. */
export function valueOf(value: Value, scope: Scope): Json {
  switch (value.kind) {
    case 'literal':
      return value.value;
    case 'expression':
      return value.expression.evaluate(scope).value;
    case 'template':
      return value.template.render(scope);
  }
}

/** `./tools.ts#name`: the file has to be there and to export the name. */
/** `./tools.ts#name`. @param fallback the export that is meant where none is named */
export function buildCode(node: YamlNode | undefined, shop: Workshop, fallback?: 'default'): Tool['code'] {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const match = /^(.+)#([A-Za-z_$][\w$]*)$/.exec(text) ?? (fallback && /^(.+\.[cm]?[jt]s)()$/.exec(text));
  if (!match) {
    shop.report(
      node,
      'wrong-type',
      fallback ? `"${text}" names no code.` : `"${text}" names no function.`,
      fallback
        ? 'Write the file whose default export is a retriever, as in ./kb.ts, or ./kb.ts#name.'
        : 'Write the file and its export, as in ./tools.ts#find_order.',
    );
    return undefined;
  }
  const file = resolve(dirname(node.file.path), match[1]!);
  if (!existsSync(file) || !statSync(file).isFile()) {
    shop.report(
      node,
      'no-such-file',
      `There is no file ${match[1]!} beside this one.`,
      'Create it, or correct the path: it counts from this file.',
    );
    return undefined;
  }
  const name = match[2]! || (fallback ?? '');
  const exported = exportsOf(readFileSync(file, 'utf8'));
  if (!exported.has(name)) {
    shop.report(
      node,
      'no-such-file',
      `${match[1]!} exports no "${name}".`,
      didYouMean(
        name,
        exported,
        fallback
          ? 'Write there: export default, and the retriever.'
          : `Write there: export async function ${name}(input) { … }`,
      ),
    );
    return undefined;
  }
  return { file, export: name };
}

/** The names a module exports, read from its text: it is not run to be checked. */
function exportsOf(text: string): Set<string> {
  const names = new Set<string>(/^\s*export\s+default\b/m.test(text) ? ['default'] : []);
  for (const match of text.matchAll(
    /^\s*export\s+(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s+([A-Za-z_$][\w$]*)/gm,
  ))
    names.add(match[1]!);
  for (const match of text.matchAll(/^\s*export\s*\{([^}]*)\}/gm)) {
    for (const item of match[1]!.split(',')) {
      const name = /(?:\bas\s+)?([A-Za-z_$][\w$]*)\s*$/.exec(item.trim())?.[1];
      if (name) names.add(name);
    }
  }
  return names;
}
