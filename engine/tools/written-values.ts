import type { Json } from '../contracts.js';
import type { ToolType } from '../language/flow.js';
import { isReady, slotType } from '../slot-types/index.js';
import type { SlotContext, SlotTypeName } from '../slot-types/slot-type.js';

/** A value made canonical, or where and how it does not fit. A problem names places and types, never values. */
export type Fitted = { value: Json } | { problem: string };

/** What reading a written value needs to know: language (order of dates), now, and the zone of moments. */
export type WritingContext = Pick<SlotContext, 'language' | 'now' | 'timezone'>;

/** Fits all declared fields of a tool's input or output. What is not declared is left out; so is a missing field. */
export function fitFields(
  given: unknown,
  fields: ReadonlyMap<string, ToolType>,
  where: string,
  context: WritingContext,
): { value: Record<string, Json> } | { problem: string } {
  if (!isRecord(given)) return { problem: `${where} is ${kindOf(given)}, and a record was expected` };
  const value: Record<string, Json> = {};
  for (const [name, type] of fields) {
    if (!Object.hasOwn(given, name) || given[name] === undefined) continue;
    const fitted = fitValue(given[name], type, `${where}.${name}`, context);
    if ('problem' in fitted) return fitted;
    value[name] = fitted.value;
  }
  return { value };
}

/** Fits one value to its type. An empty one (null) fits every type. */
export function fitValue(given: unknown, type: ToolType, where: string, context: WritingContext): Fitted {
  if (given === null || given === undefined) return { value: null };
  switch (type.kind) {
    case 'slot':
      return fitScalar(given, type.type, where, context);
    case 'one_of': {
      const text = typeof given === 'string' ? given.trim() : String(given as number);
      return type.values.includes(text)
        ? { value: text }
        : { problem: `${where} is none of ${type.values.join(', ')}` };
    }
    case 'list': {
      if (!Array.isArray(given)) return { problem: `${where} is ${kindOf(given)}, and a list was expected` };
      const items: Json[] = [];
      for (const [index, item] of given.entries()) {
        const fitted = fitValue(item, type.of, `${where}[${String(index)}]`, context);
        if ('problem' in fitted) return fitted;
        items.push(fitted.value);
      }
      return { value: items };
    }
    case 'map': {
      if (!isRecord(given)) return { problem: `${where} is ${kindOf(given)}, and a map was expected` };
      const entries: [string, Json][] = [];
      for (const [name, item] of Object.entries(given)) {
        const fitted = fitValue(item, type.of, `${where}.*`, context);
        if ('problem' in fitted) return fitted;
        entries.push([name, fitted.value]);
      }
      return { value: Object.fromEntries(entries) };
    }
    case 'record': {
      const fitted = fitFields(given, type.fields, where, context);
      if ('problem' in fitted) return fitted;
      // A record is chosen and compared by its `id`, declared or not.
      const { id } = given as { id?: unknown };
      if (!type.fields.has('id') && (typeof id === 'string' || typeof id === 'number')) fitted.value.id = String(id);
      return fitted;
    }
  }
}

function fitScalar(given: unknown, name: SlotTypeName, where: string, context: WritingContext): Fitted {
  const expected = `${where} is not a written ${name}`;
  // A choice's options are a slot's business: here it is a word.
  if (isReady(name) && name !== 'choice') {
    const parsed = slotType(name).parse(given as Json, { ...context, asked: false });
    // The type's own problem may quote what it was given.
    return 'value' in parsed ? parsed : { problem: expected };
  }
  const value = withoutParser[name]?.(given);
  if (value !== undefined) return { value };
  return Object.hasOwn(withoutParser, name) || typeof given === 'object'
    ? { problem: expected }
    : { value: String(given as number).trim() };
}

/** Written values of types that cannot be heard yet: tools may give them all the same. undefined: does not fit. */
const withoutParser: Partial<Record<SlotTypeName, (given: unknown) => Json | undefined>> = {
  number: finite,
  ordinal: finite,
  money(given) {
    if (typeof given === 'number') return Number.isFinite(given) ? String(given) : undefined;
    const match = /^(-?\d+(?:\.\d+)?)\s*([A-Z]{3})?$/.exec(textOf(given) ?? '');
    return match ? [match[1], match[2]].filter(Boolean).join(' ') : undefined;
  },
  duration: (given) => matching(given, /^\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/),
  datetime: (given) => matching(given, /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/),
  list: (given) => (Array.isArray(given) ? (given as Json[]) : undefined),
  record: (given) => (isRecord(given) ? (given as Json) : undefined),
  date_range(given) {
    if (!isRecord(given)) return undefined;
    const [start, end] = [textOf(given.start), textOf(given.end)];
    return start === undefined || end === undefined ? undefined : { start, end };
  },
};

function finite(given: unknown): number | undefined {
  const value = typeof given === 'number' ? given : Number(textOf(given) || NaN);
  return Number.isFinite(value) ? value : undefined;
}

function matching(given: unknown, pattern: RegExp): string | undefined {
  const text = textOf(given);
  return text !== undefined && pattern.test(text) ? text : undefined;
}

function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given.trim() : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What something is, in a word: for problems. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a record' : `a ${typeof value}`;
}

/** A value of the type to copy into a mock. */
export function exampleOf(type: ToolType): string {
  switch (type.kind) {
    case 'slot':
      return examples[type.type] ?? 'text';
    case 'one_of':
      return type.values[0] ?? 'text';
    case 'list':
      return `[${exampleOf(type.of)}]`;
    case 'map':
      return `{ key: ${exampleOf(type.of)} }`;
    case 'record':
      return exampleOfFields(type.fields);
  }
}

export function exampleOfFields(fields: ReadonlyMap<string, ToolType>): string {
  if (fields.size === 0) return '{}';
  return `{ ${[...fields].map(([name, type]) => `${name}: ${exampleOf(type)}`).join(', ')} }`;
}

const examples: Partial<Record<SlotTypeName, string>> = {
  number: '1.5', integer: '1', ordinal: '1', money: '10 EUR', date: '2026-03-04', time: '"19:00"',
  datetime: '2026-03-04T19:00', date_range: '{ start: 2026-03-04, end: 2026-03-06 }', duration: '90s',
  yes_no: 'true', phone: '"+35312345678"', email: 'a@example.com', code: '"A100"', digits: '"1234"', spelled: '"ABC"',
  postcode: '"D02"', list: '[]', record: '{}',
}; // prettier-ignore
