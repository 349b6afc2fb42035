import { choice as english } from '../choice.js';
import { oneOf, reading } from '../define.js';
import type { Token } from '../normalise.js';
import { tokenise } from '../normalise.js';
import type { Reading, SlotContext } from '../slot-type.js';
import { likeness } from '../sound.js';
import { fold, isQuestion, isWrapped, isWrapping, spanish } from './define.js';
import { readCardinal, readOrdinal } from './numbers.js';

/** One of the listed options in Spanish: by a name, a part of one, its place in the list, or nearly. */
export const choice = spanish({
  name: 'choice',
  read(tokens, context, text) {
    const names = namesOf(context);
    const found = whole(tokens, names, text);
    if (found.length > 0 || !context.asked || isQuestion(tokens, text)) return found;
    return byPart(tokens, names, text) ?? byPlace(tokens, context, text) ?? nearly(tokens, names, text);
  },
  parse: english.parse,
  say: english.say,
  spoken: (context) =>
    oneOf([
      ...new Set(
        (context.options ?? []).flatMap((one) => (one.also.length > 0 ? one.also : [one.id.replace(/_/g, ' ')])),
      ),
    ]),
});

interface Name {
  option: string;
  words: string[];
}

/** Without articles, accents and the plural. */
function stem(word: string): string {
  const plain = fold(word);
  if (plain.length > 4 && /[^aeiou]es$/.test(plain)) return plain.slice(0, -2);
  return plain.length > 3 && plain.endsWith('s') ? plain.slice(0, -1) : plain;
}

/** "Pequeño" and "pequeña" are one. */
function gender(word: string): string {
  return word.length > 3 ? word.replace(/[oa]$/, '') : word;
}

const articles = new Set(['el', 'la', 'los', 'las', 'un', 'una', 'de', 'del', 'lo', 'mi', 'y']);

function namesOf(context: SlotContext): Name[] {
  return (context.options ?? []).flatMap(({ id, also }) =>
    [id, ...also].map((name) => ({
      option: id,
      words: tokenise(name.replace(/_/g, ' ')).map(({ word }) => gender(stem(word))).filter((word) => !articles.has(word)),
    })),
  ).filter(({ words }) => words.length > 0); // prettier-ignore
}

/** The tokens that count, with their place. */
function unitsOf(tokens: readonly Token[]): { word: string; at: number }[] {
  return tokens.flatMap(({ word }, at) => (articles.has(word) ? [] : [{ word: gender(stem(word)), at }]));
}

function whole(tokens: readonly Token[], names: readonly Name[], text: string): Reading[] {
  const units = unitsOf(tokens);
  const found: Reading[] = [];
  for (let at = 0; at < units.length;) {
    const here = names.filter(({ words }) => words.every((word, offset) => units[at + offset]?.word === word));
    const length = Math.max(0, ...here.map(({ words }) => words.length));
    if (length === 0) {
      at += 1;
      continue;
    }
    const options = [...new Set(here.filter(({ words }) => words.length === length).map(({ option }) => option))];
    found.push(reading(text, tokens, units[at]!.at, units[at + length - 1]!.at + 1, options[0]!, 1, options.slice(1)));
    at += length;
  }
  return found;
}

/** A word of a longer name that not all options share. */
function byPart(tokens: readonly Token[], names: readonly Name[], text: string): Reading[] | undefined {
  const all = new Set(names.map(({ option }) => option));
  for (const { word, at } of unitsOf(tokens)) {
    if (word.length < 3 || isWrapping(tokens[at]!.word)) continue;
    const having = [
      ...new Set(names.filter(({ words }) => words.length > 1 && words.includes(word)).map(({ option }) => option)),
    ];
    if (having.length > 0 && having.length < all.size)
      return [reading(text, tokens, at, at + 1, having[0]!, 0.85, having.slice(1))];
  }
  return undefined;
}

/** "La segunda", "la opción dos", "la última". */
function byPlace(tokens: readonly Token[], context: SlotContext, text: string): Reading[] | undefined {
  const ids = (context.options ?? []).map(({ id }) => id);
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const numbered = /^(?:numero|opcion)$/.test(word) ? readCardinal(tokens, index + 1) : undefined;
    const place =
      readOrdinal(tokens, index) ??
      numbered ??
      (/^ultim[oa]$/.test(word) ? { value: ids.length, next: index + 1 } : undefined);
    const id = place && ids[place.value - 1];
    if (id !== undefined && isWrapped(tokens, index, place!.next))
      return [reading(text, tokens, index, place!.next, id, 0.95)];
  }
  return undefined;
}

function nearly(tokens: readonly Token[], names: readonly Name[], text: string): Reading[] {
  const found: Reading[] = [];
  for (const { word, at } of unitsOf(tokens)) {
    for (const { option, words } of names) {
      const like = words.length === 1 && word.length > 3 ? likeness(word, words[0]!) : 0;
      if (like >= 0.75 && found[0]?.value !== option) found.push(reading(text, tokens, at, at + 1, option, 0.8 * like));
    }
  }
  return found.sort((a, b) => b.confidence - a.confidence).slice(0, 1);
}
