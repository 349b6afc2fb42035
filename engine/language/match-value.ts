/**
 * Whether a value is what a designer wrote: records are compared as subsets, lists whole, `/…/` is a pattern,
 * `"> 900"` compares, `{ any: [] }` is one of several. Values are "written values" (flows/README.md).
 */
import type { Json } from '../contracts.js';

/** True when `actual` is what `expected` asks for. A value that is not there is null. */
export function matchesValue(expected: Json, actual: Json | undefined): boolean {
  const value = actual ?? null;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((item, index) => matchesValue(item, value[index]))
    );
  }
  if (expected !== null && typeof expected === 'object') {
    const any = alternatives(expected);
    if (any) return any.some((one) => matchesValue(one, value));
    return isRecord(value) && Object.entries(expected).every(([key, part]) => matchesValue(part, value[key]));
  }
  if (typeof expected === 'string') {
    const pattern = patternOf(expected);
    if (pattern) return value !== null && pattern.test(textOf(value));
    const comparison = comparisonOf(expected);
    if (comparison) return compares(comparison, value);
  }
  return sameScalar(expected, value);
}

/** The list in `{ any: [] }`, else undefined. */
export function alternatives(expected: Json): Json[] | undefined {
  if (!isRecord(expected)) return undefined;
  return Object.keys(expected).length === 1 && Array.isArray(expected['any']) ? expected['any'] : undefined;
}

/** `/words/` or `/words/i` as a pattern, else undefined (also when it is not a valid one). */
export function patternOf(text: string): RegExp | undefined {
  const parts = /^\/(.+)\/([isu]*)$/s.exec(text);
  if (!parts) return undefined;
  try {
    return new RegExp(parts[1]!, parts[2]);
  } catch {
    return undefined;
  }
}

/** A value as text, to be searched and shown. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Comparison {
  sign: '<' | '<=' | '>' | '>=';
  bound: string;
}

function comparisonOf(text: string): Comparison | undefined {
  const parts = /^(<=|>=|<|>)\s*(\S.*)$/.exec(text);
  return parts ? { sign: parts[1] as Comparison['sign'], bound: parts[2]!.trim() } : undefined;
}

const holds: Record<Comparison['sign'], (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compares({ sign, bound }: Comparison, value: Json): boolean {
  if (value === null || typeof value === 'object' || typeof value === 'boolean') return false;
  const [left, right] = [amountOf(value), amountOf(bound)];
  if (left && right) {
    if (left.unit && right.unit && left.unit !== right.unit) return false;
    return holds[sign](left.number - right.number);
  }
  // Dates, times and date-times in their written form stand in the order of their text.
  const text = String(value);
  return holds[sign](text < bound ? -1 : text > bound ? 1 : 0);
}

const durationMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `900`, `30.00 EUR`, `90s`, `20%`: a number with its unit, so that equal amounts are equal however they are written. */
function amountOf(value: string | number): { number: number; unit: string } | undefined {
  if (typeof value === 'number') return { number: value, unit: '' };
  const parts = /^(-?\d+(?:\.\d+)?)\s*([A-Z]{3}|ms|s|m|h|d|%)?$/.exec(value.trim());
  if (!parts) return undefined;
  const [number, unit = ''] = [Number(parts[1]), parts[2]];
  const length = durationMs[unit];
  return length === undefined ? { number, unit } : { number: number * length, unit: 'ms' };
}

function sameScalar(expected: string | number | boolean | null, value: Json): boolean {
  if (expected === null) return value === null;
  if (value === null || typeof value === 'object') return false;
  if (expected === value || String(expected) === String(value)) return true;
  if (typeof expected === 'boolean' || typeof value === 'boolean') return false;
  // "0123" and 123 are two things: keys and codes are compared as they are written.
  if (typeof expected === 'string' && typeof value === 'string' && /^\d+$/.test(expected + value)) return false;
  const [left, right] = [amountOf(expected), amountOf(value)];
  if (!left || !right || left.number !== right.number) return false;
  // An amount without its currency is in the caller's.
  return left.unit === right.unit || (isMoney(left.unit || right.unit) && (left.unit === '' || right.unit === ''));
}

function isMoney(unit: string): boolean {
  return /^[A-Z]{3}$/.test(unit);
}

function isRecord(value: Json): value is Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
