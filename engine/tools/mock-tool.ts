import type { Json, ToolCall } from '../contracts.js';
import type { Tool } from '../language/flow.js';
import type { MockRule, Mocks } from '../language/script.js';
import { exampleOfFields, isRecord } from './written-values.js';

/** The stand-ins of one runner, with what was used of them. */
export class MockShelf {
  readonly #mocks: Mocks;
  readonly #used = new Map<MockRule, number>();

  constructor(mocks: Mocks) {
    this.#mocks = mocks;
  }

  has(call: ToolCall): boolean {
    return this.#rulesOf(call).length > 0;
  }

  /** The first rule whose `when` fits and which is not used up; it counts as used. */
  take(call: ToolCall): MockRule | undefined {
    for (const rule of this.#rulesOf(call)) {
      const used = this.#used.get(rule) ?? 0;
      if (rule.times !== undefined && used >= rule.times) continue;
      if (rule.when !== undefined && !matches(call.input, rule.when)) continue;
      this.#used.set(rule, used + 1);
      return rule;
    }
    return undefined;
  }

  #rulesOf(call: ToolCall): readonly MockRule[] {
    const own = call.flow === undefined ? undefined : this.#mocks.get(`${call.flow}.${call.tool}`);
    return own ?? this.#mocks.get(call.tool) ?? [];
  }
}

/** A stand-in to copy: every output field with a value of its type. */
export function mockLine(tool: Tool): string {
  return `${tool.name}: { gives: ${exampleOfFields(tool.output)} }`;
}

/**
 * Whether a value is what was expected: records by the fields named, lists whole, `{ any: [] }` one of, `/…/` a
 * pattern, `"> 900"` a comparison, and scalars as they are written (`4471` is `"4471"`).
 */
export function matches(actual: Json | undefined, expected: Json): boolean {
  if (typeof expected === 'string') return matchesText(actual, expected);
  if (expected === null) return actual === null || actual === undefined;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => matches(actual[index], item))
    );
  }
  if (typeof expected === 'object') {
    if (Object.keys(expected).length === 1 && Array.isArray(expected.any))
      return expected.any.some((one) => matches(actual, one));
    return (
      isRecord(actual) &&
      Object.entries(expected).every(([name, value]) => matches(actual[name] as Json | undefined, value))
    );
  }
  return typeof actual === typeof expected ? actual === expected : scalarText(actual) === String(expected);
}

function matchesText(actual: Json | undefined, expected: string): boolean {
  const comparison = /^(<=|>=|<|>)\s*(.+)$/.exec(expected);
  if (comparison) return compares(actual, comparison[1]!, comparison[2]!);
  const pattern = /^\/(.*)\/([i]?)$/s.exec(expected);
  const text = scalarText(actual);
  if (pattern) {
    try {
      return text !== undefined && new RegExp(pattern[1]!, `u${pattern[2]!}`).test(text);
    } catch {
      return false;
    }
  }
  if (text === undefined) return false;
  return text === expected || sameMoney(text, expected);
}

/** Numbers and amounts by size, anything else (dates, times) as written, which sorts by time. */
function compares(actual: Json | undefined, sign: string, bound: string): boolean {
  const text = scalarText(actual);
  if (text === undefined) return false;
  const [left, right] = [amountOf(text), amountOf(bound)];
  const order = left !== undefined && right !== undefined ? left - right : text < bound ? -1 : text > bound ? 1 : 0;
  return sign === '<' ? order < 0 : sign === '<=' ? order <= 0 : sign === '>' ? order > 0 : order >= 0;
}

function sameMoney(left: string, right: string): boolean {
  const [a, b] = [/^(\S+) ([A-Z]{3})$/.exec(left), /^(\S+) ([A-Z]{3})$/.exec(right)];
  return a !== null && b !== null && a[2] === b[2] && Number(a[1]) === Number(b[1]);
}

function amountOf(text: string): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)(?:\s*(?:[A-Z]{3}|%))?$/.exec(text.trim());
  return match ? Number(match[1]) : undefined;
}

function scalarText(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
