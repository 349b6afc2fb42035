/** Numbers, places in a row and figures, as they are said in Spanish. */
import { oneOf } from '../define.js';
import { reading } from '../define.js';
import { digits as englishDigits, lengthOf } from '../digits.js';
import { integer as englishInteger } from '../integer.js';
import type { Token } from '../normalise.js';
import { number as englishNumber } from '../number.js';
import { ordinal as englishOrdinal } from '../ordinal.js';
import { matchesWhole } from '../pattern.js';
import type { Reading } from '../slot-type.js';
import { headCounts } from '../head-count.js';
import { isWrapped, isWrapping, spanish } from './define.js';
import { spanishParty } from './party.js';
import { numberWords, ordinalWords, readCardinal, readDigits, readOrdinal } from './numbers.js';

const listedUpTo = 99;
const listed = oneOf(Array.from({ length: listedUpTo + 1 }, (_, index) => numberWords(index)));

/** "Un" and "una" are numbers only where one was asked for, or what is counted follows. */
function certainty(tokens: readonly Token[], index: number, next: number, asked: boolean): number {
  if (!/^(?:un|una|uno)$/.test(tokens[index]!.word) || next !== index + 1) return 1;
  return asked && isWrapped(tokens, index, next) ? 0.95 : tokens[index]!.word === 'uno' ? 0.6 : 0.4;
}

/** A whole number: "cuatro", "treinta y dos", "ciento cincuenta", "un par". */
export const integer = spanish({
  name: 'integer',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const { word } = tokens[index]!;
      if ((word === 'par' || word === 'pareja') && index > 0) {
        found.push(
          reading(text, tokens, index - (/^(?:un|una)$/.test(tokens[index - 1]!.word) ? 1 : 0), index + 1, 2, 0.9),
        );
        index += 1;
        continue;
      }
      const dozens = readDozens(tokens, index);
      if (dozens) {
        found.push(reading(text, tokens, index, dozens.next, dozens.value));
        index = dozens.next;
        continue;
      }
      // "La segunda" is a place, "un momento" patience, "dos y medio" no whole number.
      const exact = readNumber(tokens, index);
      if (isPatience(tokens, index) || (exact && !Number.isInteger(exact.value))) {
        index = exact?.next ?? index + 2;
        continue;
      }
      const one = readCardinal(tokens, index);
      if (!one || !Number.isSafeInteger(one.value) || /^(?:par|pareja)$/.test(tokens[one.next]?.word ?? '')) {
        index = one?.next ?? index + 1;
        continue;
      }
      const negative = tokens[index - 1]?.word === 'menos' && index === 1;
      const run = readDigits(tokens, index);
      if (
        run &&
        run.groups > 1 &&
        run.next > one.next &&
        /^(?:[0-9]{1}|\d)+$/.test(run.digits) &&
        run.digits.length === run.groups
      ) {
        found.push(reading(text, tokens, index, run.next, Number(run.digits), 0.6));
        index = run.next;
        continue;
      }
      found.push(
        reading(
          text,
          tokens,
          negative ? 0 : index,
          one.next,
          negative ? -one.value : one.value,
          certainty(tokens, index, one.next, context.asked),
        ),
      );
      index = one.next;
    }
    found.push(...headCounts(tokens, text, found, spanishParty));
    if (found.length === 0 && context.asked) {
      const at = tokens.findIndex(({ word }) => /^(?:ninguno|ninguna|nadie|nada)$/.test(word));
      if (at >= 0 && tokens.every(({ word }, index) => index === at || isWrapping(word)))
        return [reading(text, tokens, at, at + 1, 0, 0.7)];
    }
    return found;
  },
  parse: englishInteger.parse,
  say: (value) => String(value).replace(/^-/, 'menos '),
  spoken: () => listed,
});

/** "Una docena", "media docena", "dos docenas". */
function readDozens(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const half = tokens[index]?.word === 'media';
  const count = half ? { value: 0.5, next: index + 1 } : readCardinal(tokens, index);
  return count && /^docenas?$/.test(tokens[count.next]?.word ?? '')
    ? { value: count.value * 12, next: count.next + 1 }
    : undefined;
}

/** "Un momento", "un segundo": who says this asks for patience. */
function isPatience(tokens: readonly Token[], index: number): boolean {
  return (
    /^una?$/.test(tokens[index]!.word) &&
    /^(?:momento|momentito|segundo|segundito|minutito|ratito)$/.test(tokens[index + 1]?.word ?? '')
  );
}

/** "Tres coma cinco", "dos y medio", `4,5`. */
export const number = spanish({
  name: 'number',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = isPatience(tokens, index) ? undefined : readMeasure(tokens, index);
      if (!one) {
        index += isPatience(tokens, index) ? 2 : 1;
        continue;
      }
      const isBelow = tokens[index - 1]?.word === 'menos' && (index === 1 || isWrapped(tokens, index, one.next));
      const value = isBelow ? -one.value : one.value;
      const sure = certainty(tokens, index, one.next, context.asked);
      found.push(reading(text, tokens, isBelow ? index - 1 : index, one.next, value, sure));
      index = one.next;
    }
    return found;
  },
  parse: englishNumber.parse,
  say: (value) => String(value).replace('-', 'menos ').replace('.', ' coma '),
  spoken: () => listed,
});

const measured =
  /^(?:kilos?|litros?|metros?|kilometros?|gramos?|grados?|anos?|tazas?|vueltas?|raciones|racion|puntos?)$/;

/** A number with what it measures in its midst, and the quarters: "dos litros y medio", "kilo y medio", "tres cuartos". */
function readMeasure(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const word = (at: number): string => tokens[at]?.word ?? '';
  const whole = readNumber(tokens, index);
  if (/^(?:un|tres)$/.test(word(index)) && /^cuartos?$/.test(word(index + 1)) && whole?.next === index + 1)
    return { value: whole.value / 4, next: index + 2 };
  const at = whole?.next ?? index;
  if (measured.test(word(at)) && word(at + 1) === 'y' && /^(?:medi[oa]|cuarto)$/.test(word(at + 2)))
    return { value: (whole?.value ?? 1) + (word(at + 2) === 'cuarto' ? 0.25 : 0.5), next: at + 3 };
  // "Treinta y siete con cinco" of fever.
  const part = whole && Number.isInteger(whole.value) && word(at) === 'con' ? readDigits(tokens, at + 1) : undefined;
  return whole && part ? { value: Number(`${whole.value}.${part.digits}`), next: part.next } : whole;
}

/** A number that may have a fraction. */
export function readNumber(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const whole = readCardinal(tokens, index);
  if (!whole) return /^medi[oa]$/.test(tokens[index]?.word ?? '') ? { value: 0.5, next: index + 1 } : undefined;
  const [word, after] = [tokens[whole.next]?.word, tokens[whole.next + 1]];
  if (word === 'y' && /^medi[oa]$/.test(after?.word ?? '')) return { value: whole.value + 0.5, next: whole.next + 2 };
  if (word === 'coma' || word === 'punto') {
    const rest = readDigits(tokens, whole.next + 1);
    if (rest) return { value: Number(`${whole.value}.${rest.digits}`), next: rest.next };
  }
  return whole;
}

/** "La segunda", "el tercero", "número tres". */
export const ordinal = spanish({
  name: 'ordinal',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const numbered = context.asked && /^(?:numero|opcion)$/.test(tokens[index]!.word);
      const one = numbered ? readCardinal(tokens, index + 1) : readOrdinal(tokens, index);
      // "Un segundo" asks for patience, "menos cuarto" is a time.
      if (!one || /^(?:un|menos|y)$/.test(tokens[index - 1]?.word ?? '')) continue;
      found.push(reading(text, tokens, index, one.next, one.value));
      index = one.next - 1;
    }
    return found;
  },
  parse: englishOrdinal.parse,
  say: (value) => ordinalWords(Number(value)),
  spoken: () => oneOf(Array.from({ length: 10 }, (_, index) => ordinalWords(index + 1))),
});

/** "Cuatro cuatro siete uno", "doble cero siete", "cuarenta y cuatro setenta y uno". */
export const digits = spanish({
  name: 'digits',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const run = readDigits(tokens, index);
      if (!run) {
        index += 1;
        continue;
      }
      if (context.pattern === undefined || matchesWhole(context.pattern, run.digits)) {
        const bare = context.pattern === undefined && run.digits.length < 3;
        const sure = !bare || (context.asked && isWrapped(tokens, index, run.next)) ? 1 : 0.5;
        found.push(reading(text, tokens, index, run.next, run.digits, sure));
      }
      index = run.next;
    }
    return found;
  },
  parse: englishDigits.parse,
  say: (value) => [...String(value)].join(' '),
  spoken: (context) => ({
    kind: 'repeat',
    of: oneOf(Array.from({ length: 10 }, (_, index) => numberWords(index))),
    ...lengthOf(context.pattern),
  }),
});
