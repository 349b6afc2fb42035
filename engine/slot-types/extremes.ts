/** "The cheapest", "the earliest", "the biggest": the record of a list that has the least or the most of something. */
import type { Json } from '../contracts.js';
import type { Token } from './normalise.js';
import { wordsAt } from './normalise.js';

interface Option {
  id: string;
  data?: Readonly<Record<string, Json>>;
}

type Measure = 'price' | 'moment' | 'length' | 'distance' | 'rating' | 'size';
type Extreme = readonly [measure: Measure, which: 'least' | 'most'];

/** How a language says extremes; `notAlone` are words after one that make it something else ("the next time"). */
export interface ExtremeWords {
  phrases: readonly (readonly [string, Extreme])[];
  notAlone: RegExp;
  /** Stands for the thing itself: "the cheapest *one*". */
  one?: string;
}

const phrases: ExtremeWords['phrases'] = [
  ['cheapest', ['price', 'least']], ['least expensive', ['price', 'least']], ['lowest price', ['price', 'least']],
  ['lowest', ['price', 'least']], ['cheaper one', ['price', 'least']], ['cheaper', ['price', 'least']],
  ['most expensive', ['price', 'most']], ['dearest', ['price', 'most']], ['priciest', ['price', 'most']],
  ['earliest', ['moment', 'least']], ['soonest', ['moment', 'least']], ['next', ['moment', 'least']], ['earlier', ['moment', 'least']],
  ['first available', ['moment', 'least']], ['latest', ['moment', 'most']], ['later', ['moment', 'most']],
  ['shortest', ['length', 'least']], ['quickest', ['length', 'least']], ['fastest', ['length', 'least']],
  ['longest', ['length', 'most']], ['slowest', ['length', 'most']],
  ['nearest', ['distance', 'least']], ['closest', ['distance', 'least']], ['furthest', ['distance', 'most']], ['farthest', ['distance', 'most']],
  ['best rated', ['rating', 'most']], ['highest rated', ['rating', 'most']], ['best', ['rating', 'most']],
  ['biggest', ['size', 'most']], ['largest', ['size', 'most']], ['smallest', ['size', 'least']], ['bigger', ['size', 'most']],
  ['smaller', ['size', 'least']],
]; // prettier-ignore
const english: ExtremeWords = { phrases, notAlone: /^(?:time|thing|day|week|month)$/, one: 'one' };

/** What a field measures, by its value and its name. The first field of a record that measures it counts. */
const measures: Readonly<Record<Measure, (name: string, value: Json) => number | undefined>> = {
  price: (name, value) => amount(value) ?? numberNamed(/price|cost|fare|rate|amount|total|fee/i, name, value),
  moment: (_, value) => moment(value),
  length: (name, value) => lengthOf(value) ?? numberNamed(/duration|minutes|hours|length|days|nights/i, name, value),
  distance: (name, value) => numberNamed(/distance|miles|km|metres|meters|away/i, name, value),
  rating: (name, value) => numberNamed(/rating|stars|score/i, name, value),
  size: (name, value) => numberNamed(/size|seats|capacity|area|sqm|rooms|beds|guests|people|sleeps|litres|volume|storage|gb$/i, name, value), // prettier-ignore
};

function numberNamed(pattern: RegExp, name: string, value: Json): number | undefined {
  return typeof value === 'number' && pattern.test(name) ? value : undefined;
}

function amount(value: Json): number | undefined {
  const match = typeof value === 'string' ? /^(-?\d+(?:\.\d+)?) [A-Z]{3}$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
}

/** Days, times and moments as they are written: in the order of time by themselves. */
function moment(value: Json): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d\d:\d\d$/.test(value)) return Number(value.replace(':', ''));
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?$/.test(value) ? Date.parse(value) : undefined;
}

function lengthOf(value: Json): number | undefined {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([smhd])$/.exec(value) : null;
  return match ? Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 's' | 'm' | 'h' | 'd'] : undefined;
}

/** The options that have the most or the least of what is said; several when they are equal; none where nobody can tell. */
export function extremeOf(
  tokens: readonly Token[],
  options: readonly Option[],
  words: ExtremeWords = english,
): { from: number; to: number; ids: string[] } | undefined {
  for (let from = 0; from < tokens.length; from++) {
    const said = words.phrases.find(([phrase]) => wordsAt(tokens, from, phrase.split(' ')));
    if (!said) continue;
    const [phrase, [measure, which]] = said;
    // "The next time", "the best thing": of what is offered only "the next", "the next one".
    const to = from + phrase.split(' ').length;
    if (words.notAlone.test(tokens[to]?.word ?? '') && measure !== 'length') continue;
    const ids = most(options, measure, which);
    if (ids.length > 0)
      return { from, to: words.one !== undefined && tokens[to]?.word === words.one ? to + 1 : to, ids };
  }
  return undefined;
}

function most(options: readonly Option[], measure: Measure, which: 'least' | 'most'): string[] {
  const field = Object.entries(options[0]?.data ?? {}).find(([name, value]) => measures[measure](name, value) !== undefined)?.[0]; // prettier-ignore
  if (field === undefined) return [];
  const values = options.map((option) => measures[measure](field, option.data?.[field] ?? null));
  // One that cannot be compared might be it. Amounts in several currencies cannot be.
  const currencies = new Set(options.map(({ data }) => /[A-Z]{3}$/.exec(String(data?.[field]))?.[0]));
  if (values.some((value) => value === undefined) || (measure === 'price' && currencies.size > 1)) return [];
  const numbers = values as number[];
  const wanted = which === 'least' ? Math.min(...numbers) : Math.max(...numbers);
  return options.filter((_, index) => numbers[index] === wanted).map(({ id }) => id);
}
