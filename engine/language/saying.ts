/** How values sound when they are printed in words. */
import type { Json } from '../contracts.js';
import { isReady, slotType } from '../slot-types/index.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';
import type { Template } from './flow.js';
import type { Saying } from './filters.js';
import { joinWords } from './filters.js';
import { Day, DayRange, Moment, Money, Option, Rec, Span, TimeOfDay, toData, toWritten } from './values.js';
import type { ValueType } from './value-types.js';

/** What saying needs to know of the moment. */
export interface SayContext {
  language: string;
  /** `2026-03-02T10:00` */
  now: string;
}

export function sayingFor(context: SayContext, itemType: ValueType): Saying {
  return {
    language: context.language,
    sayAs: (type, value) =>
      Array.isArray(value)
        ? joinWords(
            value.map((one) => sayAs(type, one, context)),
            'and',
            context.language,
          )
        : sayAs(type, value, context),
    say: (value) => sayValue(value, itemType, context),
  };
}

/** A value of expressions, by its declared type where that is known. Empty is nothing. */
export function sayValue(value: unknown, type: ValueType, context: SayContext): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value)) {
    const itemType: ValueType = type.kind === 'list' ? type.of : { kind: 'any' };
    return joinWords(
      value.map((item) => sayValue(item, itemType, context)).filter((words) => words !== ''),
      'and',
      context.language,
    );
  }
  if (value instanceof Rec) return sayRecord(value, type, context);
  if (type.kind === 'choice') return sayChoice(String(value), type, context);
  if (type.kind === 'scalar') return sayAs(type.of, value, context);
  if (value instanceof Money) return sayAs('money', value, context);
  if (value instanceof Day) return sayAs('date', value, context);
  if (value instanceof TimeOfDay) return sayAs('time', value, context);
  if (value instanceof Moment) return sayAs('datetime', value, context);
  if (value instanceof Span) return sayAs('duration', value, context);
  if (value instanceof DayRange) return sayAs('date_range', value, context);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'bigint' || typeof value === 'number') return String(Number(value));
  return typeof value === 'string' ? value : '';
}

function sayRecord(record: Rec, type: ValueType, context: SayContext): string {
  const fields: Record<string, unknown> = { ...record };
  if (type.kind === 'record' && type.as) return sayAs(type.as, record, context);
  const spoken: Template | undefined = type.kind === 'record' || type.kind === 'choice' ? type.spoken : undefined;
  if (spoken)
    return spoken.render((name) =>
      Object.hasOwn(fields, name) ? toData(fields[name]) : name === 'now' ? context.now : undefined,
    );
  if (type.kind === 'choice' && Object.keys(fields).every((name) => name === 'id'))
    return sayChoice(String(fields['id']), type, context);
  if (type.kind === 'record' && type.said) return sayFields(fields, type, type.said, context);
  for (const name of ['name', 'title', 'label', 'text']) if (typeof fields[name] === 'string') return fields[name];
  return record instanceof Option || 'id' in fields ? readable(String(fields['id'])) : '';
}

/** "2 large pizza with ham and olives": an item's fields, one after the other. */
function sayFields(
  fields: Record<string, unknown>,
  type: Extract<ValueType, { kind: 'record' }>,
  said: readonly string[],
  context: SayContext,
): string {
  const words = said.map((name, index) => {
    const own = type.fields.get(name) ?? { kind: 'any' };
    const text = sayValue(fields[name], own, context);
    return text !== '' && own.kind === 'list' && index > 0 ? `with ${text}` : text;
  });
  return words.filter((one) => one !== '').join(' ');
}

function sayChoice(id: string, type: Extract<ValueType, { kind: 'choice' }>, context: SayContext): string {
  const data = type.listed?.get(id)?.data ?? { id };
  if (type.spoken)
    return type.spoken.render((name) =>
      name === 'now' ? context.now : Object.hasOwn(data, name) ? (data[name] as Json) : undefined,
    );
  return readable(type.listed?.get(id)?.name ?? id);
}

/** `big_bun` is said "big bun". */
function readable(id: string): string {
  return id.replaceAll('_', ' ');
}

/** As a slot type says it; where the type has no parser yet, plainly. */
function sayAs(type: SlotTypeName, value: unknown, context: SayContext): string {
  if (value === null || value === undefined || value === '') return '';
  const written = writtenFor(type, value);
  if (type === 'spelled') return spell(String(written));
  if (type === 'choice') return readable(String(written));
  if (type === 'datetime' && typeof written === 'string') {
    const moment = Moment.read(written);
    if (moment) return `${sayAs('date', moment.day, context)} at ${sayAs('time', written.slice(11, 16), context)}`;
  }
  if (type === 'date_range' && typeof written === 'object' && written !== null && !Array.isArray(written)) {
    return ['start', 'end']
      .map((part) => sayAs('date', written[part], context))
      .filter((words) => words !== '')
      .join(' to ');
  }
  if (isReady(type) || type === 'text')
    return slotType(type).say(written, { language: context.language, now: context.now, asked: false });
  return (plainly[type] ?? String)(written, context);
}

/** The written value a type expects: a moment's day for dates, its time for times. */
function writtenFor(type: SlotTypeName, value: unknown): Json {
  if (typeof value === 'string' && (type === 'date' || type === 'time')) value = Moment.read(value) ?? value;
  if (value instanceof Moment) {
    if (type === 'date') return value.day.written;
    if (type === 'time') return value.written.slice(11, 16);
  }
  return toWritten(value);
}

function spell(text: string): string {
  return [...text.replace(/\s+/g, '')].join(' ');
}

const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' });
const ordinalEnds: Record<string, string> = { one: 'st', two: 'nd', few: 'rd', other: 'th' };

const plainly: Partial<Record<SlotTypeName, (written: Json, context: SayContext) => string>> = {
  money: sayMoney,
  ordinal: (written) => `${String(written)}${ordinalEnds[ordinalRules.select(Number(written))] ?? 'th'}`,
  yes_no: (written) => (written === true ? 'yes' : 'no'),
  code: (written) => spell(String(written)),
  digits: (written) => spell(String(written)),
  duration: sayDuration,
};

function sayDuration(written: Json): string {
  const seconds = (Span.read(String(written))?.ms ?? 0) / 1000;
  const [unit, each] = (
    [
      ['day', 86_400],
      ['hour', 3600],
      ['minute', 60],
    ] as const
  ).find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
  const count = seconds / each;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** "30 euros", "12 euros 50": the unit's name comes from Intl. */
function sayMoney(written: Json, { language }: SayContext): string {
  const money = typeof written === 'number' ? new Money(written, '') : Money.read(String(written));
  if (!money) return String(written);
  const whole = Math.trunc(Math.abs(money.value));
  const cents = Math.round((Math.abs(money.value) - whole) * 100);
  const sign = money.value < 0 ? 'minus ' : '';
  const unit = money.currency === '' ? '' : unitName(money.currency, whole, language);
  if (cents === 0) return `${sign}${whole}${unit === '' ? '' : ` ${unit}`}`;
  return unit === ''
    ? `${sign}${whole}.${String(cents).padStart(2, '0')}`
    : `${sign}${whole} ${unit} ${String(cents).padStart(2, '0')}`;
}

function unitName(currency: string, count: number, language: string): string {
  try {
    const parts = new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      currencyDisplay: 'name',
      maximumFractionDigits: 0,
      minimumFractionDigits: 0,
    }).formatToParts(count);
    return parts.find((part) => part.type === 'currency')?.value.toLowerCase() ?? currency;
  } catch {
    return currency;
  }
}
