/** Whether what an agent said is what a script expects: ids of words, patterns, in order and with gaps. */
import type { Json } from '../../engine/contracts.js';
import { alternatives, patternOf } from '../../engine/language/match-value.js';
import { carries, meaningOf } from './meanings.js';
import type { SpokenWords } from './turn-record.js';

/**
 * True when a script's id means a spoken one: the ids are equal, with or without the spoken one's `flow/`,
 * and a ladder's id without its rung means any rung.
 */
export function matchesId(expected: string, spoken: string): boolean {
  const slash = spoken.indexOf('/');
  return [spoken, spoken.slice(slash + 1)].some(
    (id) => id === expected || (id.startsWith(`${expected}.`) && /^\d+$/.test(id.slice(expected.length + 1))),
  );
}

/** `none`, one item, or a list of items in order: undefined when all of it was said, else the first item that was not. */
export function missingWords(expected: Json, words: readonly SpokenWords[]): Json | undefined {
  if (isNone(expected)) return words.length === 0 ? undefined : 'none';
  let next = 0;
  for (const item of Array.isArray(expected) ? expected : [expected]) {
    const at = find(item, words, next);
    if (at === undefined) return item;
    next = at + 1;
  }
  return undefined;
}

/** The first item of `said_not` that was said after all. */
export function forbiddenWords(expected: Json, words: readonly SpokenWords[]): Json | undefined {
  const items = Array.isArray(expected) ? expected : [expected];
  return items.find((item) => find(item, words, 0) !== undefined);
}

export function isNone(expected: Json): boolean {
  return expected === 'none' || (Array.isArray(expected) && expected.length === 0);
}

/**
 * The place of the words where the item ends; it begins at `from` or later. A pattern or a meaning may fall in the same words as
 * the item before it (`from - 1`), and may reach over several words.
 */
function find(item: Json, words: readonly SpokenWords[], from: number): number | undefined {
  const any = alternatives(item);
  if (any) {
    const places = any.map((one) => find(one, words, from)).filter((place) => place !== undefined);
    return places.length === 0 ? undefined : Math.min(...places);
  }
  const pattern = typeof item === 'string' ? patternOf(item) : undefined;
  if (pattern) {
    const first = Math.max(0, from - 1);
    for (let last = first; last < words.length; last++) {
      if (pattern.test(join(words.slice(first, last + 1)))) return last;
    }
    return undefined;
  }
  const meaning = meaningOf(item);
  if (meaning) {
    const at = words.findIndex((one, index) => index >= from - 1 && carries(one, meaning));
    return at < 0 ? undefined : at;
  }
  const text = textItem(item);
  const wanted = text === undefined ? undefined : plain(text);
  for (let index = from; index < words.length; index++) {
    const { id, text: said } = words[index]!;
    if (wanted === undefined ? typeof item === 'string' && matchesId(item, id) : plain(said) === wanted) return index;
  }
  return undefined;
}

function textItem(item: Json): string | undefined {
  const text = item !== null && typeof item === 'object' && !Array.isArray(item) ? item['text'] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function join(words: readonly SpokenWords[]): string {
  return words.map(({ text }) => text).join(' ');
}

/** Words without their capitals and punctuation: what is the same to the ear. */
export function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
