/**
 * What stands after a `|` in a template: `{{ amount | money }}`. Filters speak as people do.
 */
import type { SlotTypeName } from '../slot-types/slot-type.js';

/** What a filter may use. `say` says a written value as its slot type does; `sayPart` says one item of a list. */
export interface Saying {
  sayAs(type: SlotTypeName, value: unknown): string;
  readonly language: string;
  /** As it is said without a filter. */
  say(value: unknown): string;
}

export interface Filter {
  name: string;
  /** How many arguments it takes. */
  least: number;
  most: number;
  /** Also called for an empty value (others give nothing then). */
  takesEmpty?: boolean;
  /** A string is said as it is. */
  apply(value: unknown, args: readonly unknown[], saying: Saying): unknown;
}

const joiners: Record<string, string> = { and: 'and', or: 'or' };

/**
 * `a, b and c`, `a, b o c`: in English without a comma before the last, unless one of them says "and" itself
 * ("a pizza with ham and olives, and a cola"); in other languages as `Intl` joins them.
 */
export function joinWords(words: readonly string[], joiner: string, language = 'en'): string {
  if (words.length < 2) return words[0] ?? '';
  if (!language.startsWith('en') && (joiner === 'and' || joiner === 'or'))
    return listFormat(language, joiner).format(words);
  const comma = words.some((one) => one.includes(` ${joiner} `)) ? ',' : '';
  return `${words.slice(0, -1).join(', ')}${comma} ${joiner} ${words[words.length - 1]!}`;
}

const listFormats = new Map<string, Intl.ListFormat>();

function listFormat(language: string, joiner: 'and' | 'or'): Intl.ListFormat {
  const key = `${language} ${joiner}`;
  let format = listFormats.get(key);
  if (!format)
    listFormats.set(
      key,
      (format = new Intl.ListFormat(language, { type: joiner === 'and' ? 'conjunction' : 'disjunction' })),
    );
  return format;
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : undefined;
}

const table: Filter[] = [
  { name: 'spell', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('spelled', value) },
  { name: 'digits', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('digits', value) },
  { name: 'say_date', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('date', value) },
  { name: 'say_time', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('time', value) },
  { name: 'money', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('money', value) },
  { name: 'ordinal', least: 0, most: 0, apply: (value, _args, { sayAs }) => sayAs('ordinal', value) },
  {
    name: 'list',
    least: 0,
    most: 1,
    apply: (value, args, { say, language }) => {
      const items = Array.isArray(value) ? value : [value];
      const words = items.map((item) => say(item)).filter((item) => item !== '');
      return joinWords(words, joiners[String(args[0] ?? 'and')] ?? String(args[0]), language);
    },
  },
  {
    name: 'plural',
    least: 2,
    most: 2,
    apply: (value, args) => (asNumber(Array.isArray(value) ? value.length : value) === 1 ? args[0] : args[1]),
  },
  {
    name: 'or',
    least: 1,
    most: 1,
    takesEmpty: true,
    apply: (value, args) => (value === null || value === undefined || value === '' ? args[0] : value),
  },
];

export const filters: ReadonlyMap<string, Filter> = new Map(table.map((filter) => [filter.name, filter]));
