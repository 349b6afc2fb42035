/** What the Spanish types share: words without accents, what wraps an answer, what takes a value back. */
import type { Definition } from '../define.js';
import { defineType } from '../define.js';
import type { Token } from '../normalise.js';
import { phraseAt } from '../normalise.js';
import type { Reading, SlotType } from '../slot-type.js';

/** Words that say nothing beside a value. Without accents, as {@link spanish} reads them. */
const wrapping = new Set([
  'eh', 'em', 'este', 'pues', 'bueno', 'a', 'ver', 'mm', 'ah', 'oh', 'por', 'favor', 'gracias', 'vale', 'ok', 'si', 'no', 'es', 'son', 'seria', 'serian', 'el', 'la', 'los', 'las',
  'un', 'una', 'lo', 'mi', 'me', 'yo', 'de', 'del', 'en', 'para', 'con', 'al', 'que', 'quiero', 'quisiera', 'querria', 'queria', 'necesito', 'pongame', 'pon', 'ponga', 'deme', 'prefiero',
  'sea', 'sean', 'mas', 'o', 'menos', 'sobre', 'hacia', 'solo', 'somos', 'seremos', 'seriamos', 'vamos', 'iremos', 'numero', 'creo', 'digamos', 'hola', 'buenas', 'claro', 'entonces',
  'senor', 'senora', 'dia', 'unos', 'unas', 'nomas', 'mismo', 'pongale', 'deje', 'dejelo', 'seran', 'mejor', 'y', 'ya', 'asi', 'perfecto', 'bien', 'estaria', 'gustaria', 'tengo', 'tenemos', 'hay', 'nosotros', 'opcion', 'correcto', 'perdon', 'digo',
]); // prettier-ignore

/** Small letters without accents: recognisers write both `sí` and `si`. */
export function fold(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

/** Sounds that may fall anywhere, and what people say while they think. */
const hesitations = new Set(['eh', 'em', 'mm', 'ah', 'uh', 'um', 'uy', 'ay', 'hum']);
const thinking: readonly (readonly string[])[] = [
  ['a', 'ver'], ['dejeme', 'ver'], ['deje', 'que', 'mire'], ['dejeme', 'pensar'], ['como', 'se', 'dice'], ['es', 'decir'],
]; // prettier-ignore

function withoutThinking(tokens: readonly Token[]): Token[] {
  const heard: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const length = hesitations.has(tokens[index]!.word) ? 1 : phraseAt(tokens, index, thinking);
    if (length === 0) heard.push(tokens[index]!);
    else index += length - 1;
  }
  return heard;
}

/** A type as it is heard in Spanish. Readings see folded tokens; a value that was taken back is left out. */
export function spanish(definition: Omit<Definition, 'keepsAll'>): SlotType {
  return defineType({
    ...definition,
    keepsAll: true,
    read: (tokens, context, text) => {
      const folded = withoutThinking(tokens.map((token) => ({ ...token, word: fold(token.word) })));
      if (folded.length === 0) return [];
      return orInSpanish(kept(definition.read(folded, context, text), folded), folded, text);
    },
  });
}

export function isWrapping(word: string): boolean {
  return wrapping.has(word);
}

/** Whether all outside the tokens `from` to `to` is what people wrap an answer in. */
export function isWrapped(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.every((token, index) => (index >= from && index < to) || wrapping.has(token.word));
}

/** Whether all that stands outside the readings is what people wrap an answer in: "cincuenta euros, no, sesenta". */
export function isWrappedBeside(tokens: readonly Token[], spans: readonly { from: number; to: number }[]): boolean {
  return tokens.every(
    (token, index) => spans.some(({ from, to }) => index >= from && index < to) || wrapping.has(token.word),
  );
}

const questions = new Set([
  'que', 'cuando', 'cuanto', 'cuanta', 'cuantos', 'cuantas', 'donde', 'quien', 'como', 'cual', 'cuales', 'puedo', 'puede', 'podria', 'tiene', 'hay',
]); // prettier-ignore

/** Whether the words ask something, by their marks or by how they begin. */
export function isQuestion(tokens: readonly Token[], text: string): boolean {
  return /[¿?]/.test(text) || (tokens.length > 1 && questions.has(tokens[0]!.word));
}

/** "El jueves, no, el viernes": the value before such words goes when another comes after them. */
const slips = new Set(['no', 'perdon', 'perdone', 'digo', 'mejor', 'espere', 'espera', 'corrijo', 'quiero', 'sino']);

function kept(readings: readonly Reading[], tokens: readonly Token[]): Reading[] {
  const sorted = [...readings].sort((a, b) => a.start - b.start);
  return sorted.filter((one, index) => {
    const next = sorted[index + 1];
    const before = tokens.findLastIndex((token) => token.end <= one.start);
    const denied = tokens.slice(Math.max(0, before - 1), before + 1).some(({ word }) => word === 'no');
    if (!next) return !(denied && index > 0 && !slipBetween(sorted[index - 1]!, one, tokens));
    return !slipBetween(one, next, tokens);
  });
}

function slipBetween(one: Reading, next: Reading, tokens: readonly Token[]): boolean {
  const between = tokens.filter((token) => token.start >= one.end && token.end <= next.start).map(({ word }) => word);
  return (
    between.length > 0 &&
    between.length <= 5 &&
    slips.has(between[0]!) &&
    between.every((word) => wrapping.has(word) || slips.has(word))
  );
}

/** "El viernes o el sábado": two values with nothing but "o" between are one open answer. */
function orInSpanish(found: readonly Reading[], tokens: readonly Token[], text: string): Reading[] {
  const joined: Reading[] = [];
  for (const one of found) {
    const last = joined.at(-1);
    const between = last
      ? tokens.filter((token) => token.start >= last.end && token.end <= one.start).map(({ word }) => word)
      : [];
    const isOr =
      (between[0] === 'o' || between[0] === 'u') &&
      between.slice(1).every((word) => /^(?:el|la|las|los|a|en|un|una)$/.test(word));
    if (!last || !isOr) {
      joined.push(one);
      continue;
    }
    const values = [last.value, ...(last.others ?? []), one.value, ...(one.others ?? [])];
    const key = values.map((value) => JSON.stringify(value));
    const others = values.filter((_, at) => key.indexOf(key[at]!) === at && at > 0);
    joined[joined.length - 1] = {
      ...last,
      text: text.slice(last.start, one.end),
      end: one.end,
      confidence: Math.min(last.confidence, one.confidence),
      ...(others.length > 0 && { others }),
    };
  }
  return joined;
}
