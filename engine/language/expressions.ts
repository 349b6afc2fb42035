import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../contracts.js';
import { checkerFor, runEnvironment } from './cel.js';
import type { Expression, Place, Scope } from './flow.js';
import type { NameScope } from './name-scope.js';
import { wordInPlaceOfName } from './name-scope.js';
import type { ProblemCode } from './problems.js';
import { didYouMean } from './suggest.js';
import { toInner, toWritten, unitMs } from './values.js';
import type { ChoiceType, ValueType } from './value-types.js';
import { anyType, fieldType, typeWords } from './value-types.js';

/** What is wrong with an expression: `start` and `end` count in its own text. */
export interface ExpressionTrouble {
  code: Extract<ProblemCode, 'unknown-name' | 'bad-expression'>;
  start: number;
  end: number;
  message: string;
  cure: string;
}

export interface Compiled {
  expression: Expression;
  troubles: ExpressionTrouble[];
  /** Of the whole value, where it can be told: it decides how the value is said. */
  type: ValueType;
  /** The same as the expression language names it, when it could be told: `int`, `money`, `dyn`. */
  result?: string;
  /** The value inside expressions, with what could not be computed. */
  inner(scope: Scope): { value: unknown; problem?: string };
}

/**
 * Compiles a CEL expression and checks its names and types.
 * @param wants `condition`: the value has to be true or false
 */
export function compileExpression(
  source: string,
  place: Place,
  scope: NameScope,
  wants: 'condition' | 'value' = 'value',
): Compiled {
  const { text, back } = rewrite(source);
  const troubles: ExpressionTrouble[] = [];
  const report = (
    code: ExpressionTrouble['code'],
    range: { start: number; end: number } | undefined,
    message: string,
    cure: string,
  ): void => {
    const start = back(range?.start ?? 0);
    troubles.push({ code, start, end: Math.max(start + 1, back(range?.end ?? text.length)), message, cure });
  };
  let run: ((context: Record<string, unknown>) => unknown) | undefined;
  let reads: Read[] = [];
  let type: ValueType = anyType;
  let resultType: string | undefined;
  try {
    const parsed = runEnvironment().parse(text);
    const outside = outsideField(parsed.ast);
    if (outside) {
      report('unknown-name', outside.range, `"${outside.name}" is no field.`, 'Take it out.');
    } else run = parsed;
    reads = readsOf(parsed.ast, scope);
    type = staticType(parsed.ast, scope) ?? anyType;
    checkNames(parsed.ast, scope, report);
    if (troubles.length === 0) {
      const checker = checkerFor(scope);
      checker.prepare(reads.map(({ name }) => name));
      const result = checker.environment.check(text);
      if (result.valid) resultType = result.type;
      if (!result.valid) {
        const error = result.error as { code: string; summary: string; range?: { start: number; end: number } };
        report(
          'bad-expression',
          error.range,
          `This does not fit: ${inOurWords(error.summary)}.`,
          typeCure(error.summary),
        );
      } else if (wants === 'condition' && result.type !== 'bool' && result.type !== 'dyn') {
        report(
          'bad-expression',
          undefined,
          `A condition is true or false, and this is ${inOurWords(result.type ?? 'something else')}.`,
          'Compare it with something, as in `x == "lost"` or `x != null`.',
        );
      }
    }
  } catch (error) {
    const { summary, range } = error as { summary?: string; range?: { start: number; end: number } };
    const word = wordInPlaceOfName(source);
    if (word !== undefined)
      report(
        'bad-expression',
        range,
        `"${word}" is a word of expressions, and can name no value in one.`,
        'Call what it stands for by another name.',
      );
    else
      report(
        'bad-expression',
        range,
        `This expression cannot be read: ${inOurWords(summary ?? 'it is not complete')}.`,
        'Correct it; texts stand in quotes, `==` compares, `&&` is and, `||` is or.',
      );
  }

  const inner = (values: Scope): { value: unknown; problem?: string } => {
    if (run === undefined) return { value: null, problem: 'the expression cannot be read' };
    try {
      return { value: run(contextOf(reads, scope, values)) };
    } catch (error) {
      return { value: null, problem: reasonOf(error) };
    }
  };
  const names = reads.flatMap((read) =>
    read.fields === undefined ? [read.name] : read.fields.map((field) => `${read.name}.${field}`),
  );
  const expression: Expression = {
    source,
    place,
    reads: [...new Set(names)],
    evaluate(values: Scope): { value: Json; problem?: string } {
      const { value, problem } = inner(values);
      return problem === undefined ? { value: toWritten(value) } : { value: null, problem };
    },
  };
  return { expression, troubles, type, inner, ...(resultType !== undefined && { result: resultType }) };
}

/** A top-level name, and for namespaces the fields that are read (undefined: the whole). */
interface Read {
  name: string;
  fields?: string[];
}

function contextOf(reads: readonly Read[], scope: NameScope, values: Scope): Record<string, unknown> {
  const context = Object.create(null) as Record<string, unknown>;
  const optionsOf = (type: ChoiceType, item?: Record<string, Json>): Json =>
    type.computed?.evaluate((name) => (item && Object.hasOwn(item, name) ? item[name] : values(name))).value ?? null;
  for (const { name, fields } of reads) {
    const declared = scope.lookup(name);
    if (declared === undefined) continue;
    if (fields === undefined) {
      context[name] = toInner(readName(name, values), declared.type, optionsOf);
      continue;
    }
    const record = Object.create(null) as Record<string, unknown>;
    const whole = values(name);
    for (const field of fields) {
      const given =
        values(`${name}.${field}`) ?? (isPlainRecord(whole) && Object.hasOwn(whole, field) ? whole[field] : undefined);
      record[field] =
        given === undefined || given === null
          ? declared.empty
          : toInner(given, fieldType(declared.type, field) ?? anyType, optionsOf);
    }
    context[name] = record;
  }
  return context;
}

function readName(name: string, values: Scope): Json | undefined {
  const value = values(name);
  // Whoever gives only `now` has given today too.
  if (value === undefined && name === 'today') {
    const now = values('now');
    return typeof now === 'string' ? now.slice(0, 10) : undefined;
  }
  return value;
}

function isPlainRecord(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names types, never values: the reason may be logged. */
function reasonOf(error: unknown): string {
  const { code, summary } = error as { code?: string; summary?: string };
  if (code === 'no_such_key') return 'a field is missing or its record is empty';
  if (code === 'index_out_of_bounds') return 'the list is too short';
  if (code === 'no_such_overload')
    return `the values do not fit: ${inOurWords((summary ?? '').replace('no such overload: ', ''))}`;
  if (code !== undefined && summary !== undefined && !/["']/.test(summary)) return inOurWords(summary);
  return 'it cannot be computed';
}

/** What every object has of itself: such a field leads out of the designer's values. */
const ofEveryObject = new Set(['__proto__', 'constructor', 'prototype']);

/** The first field in an expression that is no designer's, wherever it stands. */
function outsideField(node: ASTNode): { name: string; range: { start: number; end: number } } | undefined {
  const field = node.op === '.' || node.op === '.?' ? node.args[1] : node.op === '[]' ? node.args[1] : undefined;
  const name = typeof field === 'object' ? (field as { op: string; args: unknown }).args : field;
  if (typeof name === 'string' && ofEveryObject.has(name))
    return { name, range: { start: node.end - name.length, end: node.end } };
  const inside = (value: unknown): ReturnType<typeof outsideField> => {
    if (Array.isArray(value)) {
      for (const item of value) {
        const found = inside(item);
        if (found) return found;
      }
      return undefined;
    }
    return typeof value === 'object' && value !== null && 'op' in value ? outsideField(value as ASTNode) : undefined;
  };
  return inside(node.args);
}

const macros = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);

/** Visits every name that is not bound by `map(i, …)` and the like. `path` are the fields after it. */
function visit(
  node: ASTNode,
  bound: ReadonlySet<string>,
  see: (name: string, fields: { name: string; node: ASTNode }[], node: ASTNode) => void,
): void {
  const fields: { name: string; node: ASTNode }[] = [];
  let inner: ASTNode = node;
  while (inner.op === '.' || inner.op === '.?') {
    fields.unshift({ name: inner.args[1] as string, node: inner });
    inner = inner.args[0];
  }
  if (inner.op === 'id') {
    if (!bound.has(inner.args)) see(inner.args, fields, inner);
    return;
  }
  if (inner !== node) return visit(inner, bound, see);
  switch (node.op) {
    case 'value':
      return;
    case 'call':
      for (const argument of node.args[1]) visit(argument, bound, see);
      return;
    case 'rcall': {
      const [name, receiver, args] = node.args as unknown as [string, ASTNode, ASTNode[]];
      const variable = args[0];
      if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && variable?.op === 'id') {
        if (args[1]) visit(args[1], bound, see);
        for (const argument of args.slice(2)) visit(argument, new Set([...bound, variable.args]), see);
        return;
      }
      visit(receiver, bound, see);
      if (macros.has(name) && variable?.op === 'id' && args.length > 1) {
        const inside = new Set([...bound, variable.args]);
        for (const argument of args.slice(1)) visit(argument, inside, see);
      } else for (const argument of args) visit(argument, bound, see);
      return;
    }
    case 'map':
      for (const [key, value] of node.args) {
        visit(key, bound, see);
        visit(value, bound, see);
      }
      return;
    default:
      for (const argument of (Array.isArray(node.args) ? node.args : [node.args]) as ASTNode[]) {
        if (argument !== null && typeof argument === 'object' && 'op' in argument) visit(argument, bound, see);
      }
  }
}

function readsOf(ast: ASTNode, scope: NameScope): Read[] {
  const reads = new Map<string, Read>();
  visit(ast, new Set(), (name, fields) => {
    const known = reads.get(name);
    if (scope.lookup(name)?.namespace !== true || fields.length === 0) {
      reads.set(name, { name });
      return;
    }
    if (known && known.fields === undefined) return;
    reads.set(name, { name, fields: [...new Set([...(known?.fields ?? []), fields[0]!.name])] });
  });
  return [...reads.values()];
}

type Report = (
  code: ExpressionTrouble['code'],
  range: { start: number; end: number },
  message: string,
  cure: string,
) => void;

/** Unknown names and fields, in designers' words: all of them, not only the first. */
function checkNames(ast: ASTNode, scope: NameScope, report: Report): void {
  visit(ast, new Set(), (name, fields, node) => {
    const declared = scope.lookup(name);
    if (declared === undefined && name === 'env') {
      report(
        'unknown-name',
        node.range,
        'The environment is read in tools and transfers only.',
        'Give the value by a tool, or write it here.',
      );
      return;
    }
    if (declared === undefined) {
      report(
        'unknown-name',
        node.range,
        `Nothing here is called "${name}".`,
        didYouMean(name, scope.names(), 'A text stands in quotes; a slot or tool has to be declared.'),
      );
      return;
    }
    let type: ValueType | undefined = declared.type;
    for (const field of fields) {
      const next: ValueType | undefined = fieldType(type, field.name);
      if (next === undefined) {
        const known = type.kind === 'record' || type.kind === 'choice' ? [...(type.fields?.keys() ?? [])] : [];
        const what = known.length > 0 ? `has no "${field.name}"` : `is ${typeWords(type)} and has no fields`;
        report(
          'unknown-name',
          { start: field.node.end - field.name.length, end: field.node.end },
          `"${pathBefore(name, fields, field)}" ${what}.`,
          known.length > 0 ? didYouMean(field.name, known) : 'Read it as a whole.',
        );
        return;
      }
      type = next;
    }
  });
}

function pathBefore(name: string, fields: { name: string }[], field: { name: string }): string {
  return [name, ...fields.slice(0, fields.indexOf(field)).map((one) => one.name)].join('.');
}

/** The declared type of a name or a path; undefined for anything computed. */
function staticType(node: ASTNode, scope: NameScope): ValueType | undefined {
  if (node.op === 'id') return scope.lookup(node.args)?.type;
  if (node.op === '.' || node.op === '.?') {
    const type = staticType(node.args[0], scope);
    return type && fieldType(type, node.args[1] as string);
  }
  if (node.op === '[]') {
    const type = staticType(node.args[0], scope);
    return type?.kind === 'list' || type?.kind === 'map' ? type.of : undefined;
  }
  if (node.op === '?:') {
    const [yes, no] = [staticType(node.args[1], scope), staticType(node.args[2], scope)];
    return yes !== undefined && yes === no ? yes : undefined;
  }
  return undefined;
}

/** `30d` becomes a call, and `matches` the one that cannot hang. `back` maps offsets of the new text to the old one. */
function rewrite(source: string): { text: string; back: (offset: number) => number } {
  const pieces: { from: number; to: number; oldFrom: number; oldTo: number }[] = [];
  let text = '';
  let copied = 0;
  const tokens =
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.])(\d+(?:\.\d+)?)(ms|s|m|h|d|w)\b|(?<=\.\s*)matches(?=\s*\()/g;
  for (const match of source.matchAll(tokens)) {
    let replacement: string | undefined;
    if (match[1] !== undefined) {
      const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
      replacement = `span_of(${Number.isInteger(ms) ? `${ms}.0` : ms})`;
    } else if (match[0] === 'matches') replacement = 'matches_re2';
    if (replacement === undefined) continue;
    text += source.slice(copied, match.index);
    pieces.push({
      from: text.length,
      to: text.length + replacement.length,
      oldFrom: match.index,
      oldTo: match.index + match[0].length,
    });
    text += replacement;
    copied = match.index + match[0].length;
  }
  text += source.slice(copied);
  const back = (offset: number): number => {
    let shift = 0;
    for (const piece of pieces) {
      if (offset < piece.from) break;
      if (offset < piece.to) return piece.oldFrom;
      shift = piece.oldTo - piece.to;
    }
    return Math.min(source.length, offset + shift);
  };
  return { text, back };
}

const ourWords: [RegExp, string][] = [
  [/^no such overload: /, ''],
  [/\bdyn<(\w+)>/g, '$1'],
  [/\bdouble\b/g, 'number'],
  [/\bint\b/g, 'integer'],
  [/\bstring\b/g, 'text'],
  [/\bbool\b/g, 'yes_no'],
  [/\bspan\b/g, 'duration'],
  [/\bnull_type\b|\bnull\b/g, 'an empty value'],
  [/\brecord_\d+\b/g, 'record'],
  [/\bEOF\b/g, 'the end'],
  [/[.\s]+$/, ''],
];

function inOurWords(text: string): string {
  return ourWords.reduce((words, [pattern, by]) => words.replace(pattern, by), text.split('\n')[0] ?? '');
}

function typeCure(summary: string): string {
  if (summary.includes('no such overload'))
    return 'Compare values of the same kind; texts stand in quotes, amounts and numbers do not.';
  if (summary.includes('matching overload'))
    return 'Use one of size, sum, map, filter, exists, all, contains, startsWith, endsWith, matches, string, int, double.';
  return 'See "Expressions" in flows/README.md.';
}
