/** Whether written values and results of expressions fit the type of the slot they go into. */
import { nearest } from './suggest.js';
import type { ValueType } from './value-types.js';
import { typeWords } from './value-types.js';
import { Day, Moment, Money, Span, TimeOfDay } from './values.js';

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));
const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && Day.read(text) !== undefined;
const isMoment = (text: string): boolean => Moment.read(text) !== undefined;
const isTime = (text: string): boolean => TimeOfDay.read(text) !== undefined;

/** How values are written whose type is not a plain text. */
const forms: Partial<Record<string, { fits: (text: string) => boolean; like: string }>> = {
  integer: { fits: (text) => isNumber(text) && Number.isInteger(Number(text)), like: '3' },
  ordinal: { fits: (text) => isNumber(text) && Number.isInteger(Number(text)), like: '3' },
  number: { fits: isNumber, like: '2.5' },
  money: { fits: (text) => Money.read(text) !== undefined || isNumber(text), like: '30 EUR' },
  date: { fits: isDay, like: '2026-03-04' },
  time: { fits: isTime, like: '19:00' },
  datetime: { fits: isMoment, like: '2026-03-04T19:00' },
  duration: { fits: (text) => Span.read(text) !== undefined, like: '90s' },
};

/** What is wrong with a written value, with the cure; undefined when it fits. */
export function troubleOfValue(text: string, type: ValueType): { message: string; cure: string } | undefined {
  if (type.kind === 'choice') {
    const { listed } = type;
    if (!listed || listed.size === 0 || listed.has(text)) return undefined;
    const near = nearest(text, listed.keys());
    const ids = [...listed.keys()];
    return {
      message: `"${text}" is none of the options.`,
      cure: near ? `Did you mean "${near}"?` : `Write one of ${ids.slice(0, 12).join(', ')}.`,
    };
  }
  const form = type.kind === 'scalar' ? forms[type.of] : undefined;
  if (!form || form.fits(text)) return undefined;
  // "today" is a name of expressions: it stands in a range by itself, elsewhere in braces.
  if (
    ['today', 'now'].includes(text) &&
    ['date', 'datetime', 'time'].includes(String(type.kind === 'scalar' && type.of))
  )
    return { message: `"${text}" is no ${typeWords(type)}.`, cure: `Write "{{ ${text} }}", in quotes.` };
  const cure = /^[\d.]+$/.test(form.like) ? `Write it in figures, like ${form.like}.` : `Write it like ${form.like}.`;
  return { message: `"${text}" is no ${typeWords(type)}.`, cure };
}

/** What is wrong with one end of `range:`; undefined when it fits. Days and times may bound a datetime too. */
export function troubleOfRangeEnd(text: string, type: ValueType): { message: string; cure: string } | undefined {
  const of = type.kind === 'list' ? type.of : type;
  if (of.kind !== 'scalar') return undefined;
  if (['date', 'datetime', 'date_range'].includes(of.of) && (text === 'today' || isDay(text))) return undefined;
  if (of.of === 'datetime' && isTime(text)) return undefined;
  return troubleOfValue(text, of.of === 'date_range' ? { kind: 'scalar', of: 'date' } : of);
}

const numbers = ['int', 'double'];
/** What an expression may come to for a slot of the type; a type that is not here takes anything. */
const results: Partial<Record<string, readonly string[]>> = {
  integer: numbers,
  ordinal: numbers,
  number: numbers,
  yes_no: ['bool'],
  money: ['money', ...numbers],
  date: ['date', 'datetime', 'string'],
  time: ['time', 'datetime', 'string'],
  datetime: ['datetime', 'date', 'string'],
  duration: ['span', 'string'],
  date_range: ['date_range', 'map'],
};
/** Results whose type is told for certain: others are left to the run. */
const certain = ['int', 'double', 'bool', 'string', 'money', 'date', 'time', 'datetime', 'span', 'date_range'];

/** A type of the expression language, in designers' words. */
export function resultWords(result: string): string {
  const words: Record<string, string> = {
    int: 'integer',
    double: 'number',
    bool: 'yes_no',
    string: 'text',
    span: 'duration',
  };
  return words[result] ?? result;
}

/** Whether what an expression comes to (a type of the expression language) can be a value of the type. */
export function resultFits(result: string, type: ValueType): boolean {
  if (!certain.includes(result)) return true;
  if (type.kind === 'list' || type.kind === 'map') return false;
  const allowed = type.kind === 'scalar' ? results[type.of] : undefined;
  return allowed === undefined || allowed.includes(result);
}

/** What an expression for the type has to come to. */
export function wantedWords(type: ValueType): string {
  const isMoney = type.kind === 'scalar' && type.of === 'money';
  return isMoney ? 'money or to a number, as in "{{ count * 35 }}" (in the currency of the agent)' : typeWords(type);
}
