import type { ValueType } from './value-types.js';
import { anyType, integerType, numberType, textType, yesNoType } from './value-types.js';

/** A name that expressions may read. A namespace is read field by field: `turn.text`, `env.DESK`, `send_money.payee`. */
export interface DeclaredName {
  type: ValueType;
  namespace: boolean;
  /** The value of a namespace's field that nobody gave. */
  empty: null | 0;
}

const namespace = (fields: Record<string, ValueType>, open = false, empty: null | 0 = null): DeclaredName => ({
  type: { kind: 'record', fields: new Map(Object.entries(fields)), open },
  namespace: true,
  empty,
});
const plain = (type: ValueType): DeclaredName => ({ type, namespace: false, empty: null });

/** Names that are there in every flow. `env` is only for tools and transfers. */
export const builtInNames: ReadonlyMap<string, DeclaredName> = new Map([
  ...['no_input', 'no_match', 'invalid', 'attempt', 'visits'].map((name) => [name, plain(integerType)] as const),
  ['turn', namespace({ text: textType, value: anyType, slots: { kind: 'list', of: textType } })],
  ['call', namespace({ id: textType, from: textType, to: textType, direction: textType, language: textType }, true)],
  ['caller', namespace({ id: textType }, true)],
  ['heard', namespace({}, true, 0)],
  ['transfer', namespace({ open: yesNoType, seconds: numberType })],
  ['flow', namespace({ title: textType, name: textType })],
  ['now', plain({ kind: 'scalar', of: 'datetime' })],
  ['today', plain({ kind: 'scalar', of: 'date' })],
  ['options', plain({ kind: 'list', of: anyType })],
  ['it', plain(anyType)],
]);

export const environmentNames: DeclaredName = {
  type: { kind: 'record', fields: new Map(), open: true },
  namespace: true,
  empty: null,
};

/** Words of the expression language: no name of a designer's can be one of them. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
    'let',
  ],
  ...['loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
  ...[
    'bool',
    'int',
    'uint',
    'double',
    'string',
    'bytes',
    'list',
    'map',
    'type',
    'null_type',
    'dyn',
    'optional',
    'cel',
    'math',
  ],
  ...['end', 'human', '__proto__', 'constructor', 'prototype'],
]);

/** Words of the expression language that stand for values and functions in it. */
const usable: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in', 'end', 'human']);

/** A word of the expression language that stands where a name should, outside of texts: "size(list) == 0". */
export function wordInPlaceOfName(source: string): string | undefined {
  const bare = source.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  for (const { 0: word } of bare.matchAll(/(?<![\w.])[a-z_]\w*(?!\s*\()\b/g))
    if (reservedNames.has(word) && !usable.has(word)) return word;
  return undefined;
}

/** The names that expressions of one place may read; inner scopes see the outer ones. */
export class NameScope {
  readonly outer: NameScope | undefined;
  readonly #own = new Map<string, DeclaredName>();

  constructor(outer?: NameScope) {
    this.outer = outer;
  }

  declare(name: string, type: ValueType): this {
    this.#own.set(name, plain(type));
    return this;
  }

  declareNamespace(name: string, fields: ReadonlyMap<string, ValueType>): this {
    this.#own.set(name, { type: { kind: 'record', fields }, namespace: true, empty: null });
    return this;
  }

  declareAs(name: string, declared: DeclaredName): this {
    this.#own.set(name, declared);
    return this;
  }

  lookup(name: string): DeclaredName | undefined {
    return this.#own.get(name) ?? this.outer?.lookup(name);
  }

  names(): string[] {
    return [...new Set([...this.#own.keys(), ...(this.outer?.names() ?? [])])];
  }
}
