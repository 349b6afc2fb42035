/**
 * Values inside expressions: money, days and times compare as people expect; records keep their id.
 * Written values come in by their declared type and go out as written values again.
 */
import type { Json } from '../contracts.js';
import type { ChoiceType, ValueType } from './value-types.js';
import { anyType } from './value-types.js';

export class Money {
  constructor(
    readonly value: number,
    readonly currency: string,
  ) {}

  static read(text: string): Money | undefined {
    const match = /^(-?\d+(?:\.\d+)?)\s*([A-Z]{3})$/.exec(text.trim());
    return match ? new Money(Number(match[1]), match[2]!) : undefined;
  }

  get written(): string {
    const cents = Math.round(this.value * 100) / 100;
    return `${Number.isInteger(cents) ? String(cents) : cents.toFixed(2)} ${this.currency}`.trim();
  }
}

const dayMs = 86_400_000;

/** A calendar day. */
export class Day {
  constructor(readonly ms: number) {}

  static read(text: string): Day | undefined {
    const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
    if (!match) return undefined;
    const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
    return new Date(ms).toISOString().startsWith(match[0]) ? new Day(ms) : undefined;
  }

  get written(): string {
    return new Date(this.ms).toISOString().slice(0, 10);
  }
}

/** A time of day, without a date. */
export class TimeOfDay {
  constructor(readonly ms: number) {}

  static read(text: string): TimeOfDay | undefined {
    const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
    if (!match || Number(match[1]) > 24 || Number(match[2]) > 59) return undefined;
    return new TimeOfDay(((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3] ?? 0)) * 1000);
  }

  get written(): string {
    return new Date(((this.ms % dayMs) + dayMs) % dayMs).toISOString().slice(11, 16);
  }
}

/** A moment in the agent's zone. One with an offset is on its way to a tool, whose addresses and bodies have it with seconds. */
export class Moment {
  constructor(
    readonly ms: number,
    readonly offset = '',
  ) {}

  static read(text: string): Moment | undefined {
    const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
    const day = match ? Day.read(match[1]!) : undefined;
    const time = match ? TimeOfDay.read(`${match[2]!}:${match[3] ?? '00'}`) : undefined;
    return day && time ? new Moment(day.ms + time.ms, match![4] ?? '') : undefined;
  }

  get written(): string {
    const isShort = this.offset === '' && this.ms % 60_000 === 0;
    return new Date(this.ms).toISOString().slice(0, isShort ? 16 : 19) + this.offset;
  }

  get day(): Day {
    return new Day(Math.floor(this.ms / dayMs) * dayMs);
  }
}

/** A length of time. */
export class Span {
  constructor(readonly ms: number) {}

  static read(text: string): Span | undefined {
    const match = /^(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text);
    return match ? new Span(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]) : undefined;
  }

  get written(): string {
    return this.ms % 1000 === 0 ? `${this.ms / 1000}s` : `${this.ms}ms`;
  }
}

export const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: dayMs, w: 7 * dayMs } as const;

export class DayRange {
  constructor(
    readonly start: Day | null,
    readonly end: Day | null,
  ) {}

  get written(): Json {
    return { start: this.start?.written ?? null, end: this.end?.written ?? null };
  }
}

/** A tool's or a list's record. Fields are own properties; `in` and `==` go by the id. */
// A class and not a function, because the expression engine tells types apart by their class.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
export class Rec {
  constructor(fields: Record<string, unknown>) {
    for (const [name, value] of Object.entries(fields)) {
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }
}

/** One option of a choice with data: written as its id. */
export class Option extends Rec {}

export function idOf(value: Rec): unknown {
  return Object.hasOwn(value, 'id') ? (value as unknown as { id: unknown }).id : undefined;
}

/** Where computed options come from while an expression runs; `item` is the record whose field is the choice. */
export type OptionsOf = (type: ChoiceType, item?: Record<string, Json>) => Json;

/** A written value as expressions hold it. What does not fit its type stays as it is, and then fits no operator. */
export function toInner(value: Json | undefined, type: ValueType, optionsOf: OptionsOf): unknown {
  if (value === null || value === undefined) return null;
  const optionsIn =
    (item: Record<string, Json>): OptionsOf =>
    (choice) =>
      optionsOf(choice, item);
  switch (type.kind) {
    case 'any':
      return anyInner(value);
    case 'scalar':
      return scalarInner(value, type.of);
    case 'list':
      return Array.isArray(value) ? value.map((item) => toInner(item, type.of, optionsOf)) : anyInner(value);
    case 'map':
      return isRecord(value) ? mapValues(value, (item) => toInner(item, type.of, optionsOf)) : anyInner(value);
    case 'record':
      return isRecord(value)
        ? new Rec(
            mapValues(withAllParts(value, type), (field, name) =>
              toInner(field, type.fields.get(name) ?? anyType, optionsIn(value)),
            ),
          )
        : anyInner(value);
    case 'choice':
      return choiceInner(value, type, optionsOf);
  }
}

/** An address without a flat has an empty one. */
function withAllParts(value: Record<string, Json>, type: Extract<ValueType, { kind: 'record' }>): Record<string, Json> {
  return type.as === undefined ? value : { ...Object.fromEntries([...type.fields.keys()].map((name) => [name, null])), ...value }; // prettier-ignore
}

function choiceInner(value: Json, type: ChoiceType, optionsOf: OptionsOf): unknown {
  if (type.fields === undefined) return isRecord(value) ? (value['id'] ?? null) : value;
  let record = isRecord(value) ? value : undefined;
  if (record === undefined && type.listed)
    record = type.listed.get(String(value))?.data as Record<string, Json> | undefined;
  if (record === undefined && type.computed) {
    const options = optionsOf(type);
    const found = Array.isArray(options)
      ? options.find((one) => isRecord(one) && String(one['id']) === String(value))
      : undefined;
    record = isRecord(found) ? found : undefined;
  }
  const fields = type.fields;
  return new Option(
    mapValues(record ?? { id: value }, (item, name) => toInner(item, fields.get(name) ?? anyType, optionsOf)),
  );
}

function scalarInner(value: Json, of: string): unknown {
  switch (of) {
    case 'integer':
    case 'ordinal': {
      const number = typeof value === 'string' ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) ? BigInt(number) : value;
    }
    case 'number':
      return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
    case 'yes_no':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'money':
      return typeof value === 'string'
        ? (Money.read(value) ?? value)
        : typeof value === 'number'
          ? new Money(value, '')
          : value;
    case 'date':
      return typeof value === 'string' ? (Day.read(value) ?? value) : value;
    case 'time':
      return typeof value === 'string' ? (TimeOfDay.read(value) ?? value) : value;
    case 'datetime':
      return typeof value === 'string' ? (Moment.read(value) ?? value) : value;
    case 'duration':
      return typeof value === 'string' ? (Span.read(value) ?? value) : value;
    case 'date_range':
      return isRecord(value) ? new DayRange(dayOrNull(value['start']), dayOrNull(value['end'])) : value;
    default:
      return typeof value === 'number' ? String(value) : anyInner(value);
  }
}

function dayOrNull(value: Json | undefined): Day | null {
  return typeof value === 'string' ? (Day.read(value) ?? null) : null;
}

function anyInner(value: Json): unknown {
  if (Array.isArray(value)) return value.map(anyInner);
  return isRecord(value) ? new Rec(mapValues(value, anyInner)) : value;
}

/** What an expression came to, as a written value. */
export function toWritten(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Money || value instanceof Day || value instanceof TimeOfDay) return value.written;
  if (value instanceof Moment || value instanceof Span || value instanceof DayRange) return value.written;
  if (value instanceof Option) return toWritten(idOf(value));
  if (Array.isArray(value)) return value.map(toWritten);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), toWritten(item)]));
  if (typeof value === 'object') return mapValues(value as Record<string, unknown>, toWritten);
  return null;
}

/** Like {@link toWritten}, but an option keeps its data: for words that read its fields. */
export function toData(value: unknown): Json {
  return value instanceof Option ? mapValues({ ...value } as Record<string, unknown>, toWritten) : toWritten(value);
}

export function isRecord(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own fields only; a field called `__proto__` stays a field. */
function mapValues<In, Out>(record: Record<string, In>, change: (value: In, name: string) => Out): Record<string, Out> {
  const result: Record<string, Out> = {};
  for (const name of Object.keys(record)) {
    Object.defineProperty(result, name, {
      value: change(record[name]!, name),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}
