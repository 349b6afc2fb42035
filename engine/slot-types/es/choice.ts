import { choice as english } from '../choice.js';
import type { ExtremeWords } from '../extremes.js';
import { extremeOf } from '../extremes.js';
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
    const isChosen = (context.current ?? null) !== null;
    if (found.length > 0 || !(context.asked || isChosen) || isQuestion(tokens, text)) return found;
    const other = theOther(tokens, context, text);
    if (other) return other;
    const extreme = extremeOf(tokens, context.options ?? [], extremes);
    if (extreme) return [reading(text, tokens, extreme.from, extreme.to, extreme.ids[0]!, 0.95, extreme.ids.slice(1))];
    if (!context.asked) return byPlace(tokens, context, text) ?? [];
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

/** Without accents and the plural. */
function stem(word: string): string {
  const plain = fold(word);
  return plain.length > 2 && plain.endsWith('s') ? plain.slice(0, -1) : plain;
}

/** "Pequeño" and "pequeña" are one, and so are "flor" and "flores", whose plural leaves an e. */
function gender(word: string): string {
  return word.length > 3 ? word.replace(/[oae]$/, '') : word;
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

/** "La otra", "la otra no, esa no": of two, the one that was not chosen. */
function theOther(tokens: readonly Token[], context: SlotContext, text: string): Reading[] | undefined {
  const ids = (context.options ?? []).map(({ id }) => id);
  const left = ids.filter((id) => id !== context.current);
  const at = tokens.findIndex(
    ({ word }, index) => /^otr[oa]$/.test(word) && /^(?:el|la)$/.test(tokens[index - 1]?.word ?? ''),
  );
  if (at < 0 || left.length === ids.length || left.length === 0 || left.length > 4) return undefined;
  return [reading(text, tokens, at - 1, at + 1, left[0]!, 0.9, left.slice(1))];
}

type Ways = ExtremeWords['phrases'][number][1];
const inBoth = (stems: readonly string[], way: Ways): ExtremeWords['phrases'] =>
  stems.flatMap((stem) =>
    (stem.endsWith('o') ? [stem, `${stem.slice(0, -1)}a`] : [stem]).map((word) => [word, way] as const),
  );

/** "El más barato", "la más temprana", "el mejor". */
const extremes: ExtremeWords = {
  phrases: [
    ...inBoth(['mas barato', 'menos caro', 'mas economico'], ['price', 'least']),
    ...inBoth(['mas caro'], ['price', 'most']),
    ...inBoth(['mas temprano', 'mas pronto', 'antes posible', 'cuanto antes', 'primero que haya', 'primer hueco'], ['moment', 'least']),
    ...inBoth(['mas tarde', 'mas tardio'], ['moment', 'most']),
    ...inBoth(['mas corto', 'mas rapido', 'mas breve'], ['length', 'least']),
    ...inBoth(['mas largo', 'mas lento'], ['length', 'most']),
    ...inBoth(['mas cercano', 'mas cerca', 'mas proximo'], ['distance', 'least']),
    ...inBoth(['mas lejano', 'mas lejos'], ['distance', 'most']),
    ...inBoth(['mejor valorado', 'el mejor', 'la mejor'], ['rating', 'most']),
    ...inBoth(['mas grande', 'mayor'], ['size', 'most']),
    ...inBoth(['mas pequeno', 'mas chico', 'menor'], ['size', 'least']),
  ],
  notAlone: /^(?:vez|dia|semana|mes)$/,
}; // prettier-ignore

/** "La segunda", "la opción dos", "la última". */
function byPlace(tokens: readonly Token[], context: SlotContext, text: string): Reading[] | undefined {
  const ids = (context.options ?? []).map(({ id }) => id);
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const numbered = /^(?:numero|opcion)$/.test(word) ? readCardinal(tokens, index + 1) : undefined;
    const place =
      readOrdinal(tokens, index) ??
      numbered ??
      (/^ultim[oa]$/.test(word) ? { value: ids.length, next: index + 1 } : undefined) ??
      (word === 'medio' && ids.length % 2 === 1 ? { value: (ids.length + 1) / 2, next: index + 1 } : undefined);
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
