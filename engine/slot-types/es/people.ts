/** Who somebody is and how to reach them, as said in Spanish: names, letters, telephone numbers, e-mail addresses. */
import { createRequire } from 'node:module';
import { code as englishCode } from '../code.js';
import { lengthOf } from '../digits.js';
import { email as englishEmail } from '../email.js';
import { name as englishName } from '../name.js';
import { oneOf, reading } from '../define.js';
import type { Token } from '../normalise.js';
import { matchesWhole } from '../pattern.js';
import { phone as englishPhone } from '../phone.js';
import type { Reading } from '../slot-type.js';
import { spelled as englishSpelled } from '../spelled.js';
import { isQuestion, isWrapping, spanish } from './define.js';
import { numberWords, readDigits } from './numbers.js';

const introductions = [['me', 'llamo'], ['mi', 'nombre', 'es'], ['a', 'nombre', 'de'], ['soy'], ['nombre', 'de']];
/** Words that are no part of a name, and end one. */
const notNames = new Set([
  'si', 'no', 'el', 'que', 'cuando', 'donde', 'como', 'quiero', 'y', 'pero', 'para', 'gracias', 'por', 'favor', 'entradas', 'persona', 'personas', 'hoy', 'ayuda', 'se', 'un', 'una',
  'repita', 'hablar', 'con', 'cancelar', 'espere', 'momento', 'perdon', 'adios', 'a', 'en', 'usted', 'puedo', 'puede', 'dos', 'tres', 'cuatro', 'cinco', 'nada', 'nadie',
]); // prettier-ignore
/** With an article before them these are a day, and no surname: "no, el domingo". */
const days = new Set(['lunes', 'martes', 'miercoles', 'jueves', 'viernes', 'sabado', 'domingo', 'dia', 'proximo']);
const particles = new Set(['de', 'del', 'la', 'los', 'las']);
const longestName = 5;

/** "Me llamo Lucía Fernández", "a nombre de García"; asked for, the name alone. */
export const name = spanish({
  name: 'name',
  read(tokens, context, text) {
    if (isQuestion(tokens, text)) return [];
    for (let index = 0; index < tokens.length; index++) {
      const intro = introductions.find((words) => words.every((word, offset) => tokens[index + offset]?.word === word));
      const from = intro && index + intro.length;
      const to = from === undefined ? 0 : nameEnd(tokens, from);
      if (from !== undefined && to > from) return [named(tokens, from, to, text, 1)];
    }
    if (!context.asked) return [];
    let from = 0;
    while (from < tokens.length - 1 && isWrapping(tokens[from]!.word) && !particles.has(tokens[from]!.word)) from += 1;
    if (tokens[from - 1]?.word === 'el' && days.has(tokens[from]!.word)) return [];
    const to = nameEnd(tokens, from);
    const isAll = tokens.slice(to).every(({ word }) => isWrapping(word));
    return to > from && isAll ? [named(tokens, from, to, text, to - from > 1 ? 0.9 : 0.85)] : [];
  },
  parse: englishName.parse,
  say: (value, context) => englishName.say(value, context),
  spoken: () => oneOf([]),
});

function nameEnd(tokens: readonly Token[], from: number): number {
  let to = from;
  while (to < tokens.length && to - from < longestName) {
    const { word, gap } = tokens[to]!;
    if ((to > from && /[,;.!?]/.test(gap)) || !/^\p{L}+(?:['’-]\p{L}+)*$/u.test(word) || notNames.has(word)) break;
    to += 1;
  }
  while (to > from && particles.has(tokens[to - 1]!.word)) to -= 1;
  return to;
}

function named(tokens: readonly Token[], from: number, to: number, text: string, confidence: number): Reading {
  const value = tokens
    .slice(from, to)
    .map(({ raw, word }) => (particles.has(word) ? raw.toLowerCase() : raw.charAt(0).toUpperCase() + raw.slice(1)))
    .join(' ');
  return reading(text, tokens, from, to, value, confidence);
}

const letterNames: Readonly<Record<string, string>> = {
  a: 'a', be: 'b', ce: 'c', de: 'd', e: 'e', efe: 'f', ge: 'g', hache: 'h', i: 'i', jota: 'j', ka: 'k', ele: 'l', eme: 'm', ene: 'n', o: 'o', pe: 'p',
  cu: 'q', erre: 'r', ere: 'r', ese: 's', te: 't', u: 'u', uve: 'v', ve: 'v', equis: 'x', zeta: 'z', ceta: 'z',
}; // prettier-ignore

/** Letters and figures said one by one: "be de cuatro dos", "hache de hotel", `AB12`. */
function readSigns(tokens: readonly Token[], index: number): { text: string; signs: number; next: number } | undefined {
  let text = '';
  let signs = 0;
  let next = index;
  while (next < tokens.length) {
    const { word, raw } = tokens[next]!;
    const figures = readDigits(tokens, next);
    const double =
      word === 'doble' && tokens[next + 1]?.word === 'u'
        ? 'w'
        : word === 'uve' && tokens[next + 1]?.word === 'doble'
          ? 'w'
          : undefined;
    if (double) [text, signs, next] = [text + double, signs + 1, next + 2];
    else if (figures) [text, signs, next] = [text + figures.digits, signs + figures.groups, figures.next];
    else if (word === 'i' && tokens[next + 1]?.word === 'griega')
      [text, signs, next] = [`${text}y`, signs + 1, next + 2];
    else if (word.length === 1 && /\p{L}/u.test(word)) {
      [text, signs, next] = [text + word, signs + 1, next + 1];
      if (
        tokens[next]?.word === 'de' &&
        (tokens[next + 1]?.word ?? '').startsWith(word) &&
        tokens[next + 1]!.word.length > 2
      )
        next += 2;
    } else if (Object.hasOwn(letterNames, word)) {
      const letter = letterNames[word]!;
      [text, signs, next] = [text + letter, signs + 1, next + 1];
      if (
        tokens[next]?.word === 'de' &&
        (tokens[next + 1]?.word ?? '').startsWith(letter) &&
        tokens[next + 1]!.word.length > 2
      )
        next += 2;
    } else if (/^[A-Z0-9]{2,}$/.test(raw)) [text, signs, next] = [text + word, signs + 1, next + 1];
    else break;
  }
  return signs === 0 ? undefined : { text: text.toUpperCase(), signs, next };
}

export const code = spanish({
  name: 'code',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const run = readSigns(tokens, index);
      const fits =
        run && (context.pattern === undefined ? run.text.length > 1 : matchesWhole(context.pattern, run.text));
      if (run && fits) found.push(reading(text, tokens, index, run.next, run.text));
      // "El código es a be cuatro": an article or a preposition may open the run.
      index = run && fits ? run.next : index + 1;
    }
    return found.slice(0, 1);
  },
  parse: englishCode.parse,
  say: (value) => [...String(value)].filter((sign) => sign.trim() !== '').join(' '),
  spoken: (context) => ({
    kind: 'repeat',
    of: oneOf([...Object.keys(letterNames), ...Array.from({ length: 10 }, (_, index) => numberWords(index))]),
    ...lengthOf(context.pattern),
  }),
});

export const spelled = spanish({
  name: 'spelled',
  read(tokens, context, text) {
    for (let index = 0; index < tokens.length; index++) {
      const run = readSigns(tokens, index);
      if (run && run.signs > 1 && (context.asked || run.signs > 2))
        return [reading(text, tokens, index, run.next, run.text.toLowerCase(), 0.95)];
    }
    return [];
  },
  parse: englishSpelled.parse,
  say: (value) => [...String(value)].join(' '),
  spoken: () => ({ kind: 'repeat', of: oneOf(Object.keys(letterNames)), min: 2, max: 20 }),
});

interface Phones {
  parsePhoneNumberFromString(
    text: string,
    region: string,
  ): { number: string; isPossible(): boolean; isValid(): boolean } | undefined;
}
const require = createRequire(import.meta.url);
let phones: Phones | undefined;
const fewestDigits = 7;

/** "Seiscientos doce, treinta y cuatro, cincuenta y seis, setenta y ocho", "más treinta y cuatro …". */
export const phone = spanish({
  name: 'phone',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const plus = tokens[index]!.word === 'mas' || tokens[index]!.word === '+';
      const run = readDigits(tokens, plus ? index + 1 : index);
      if (!run) {
        index += 1;
        continue;
      }
      if (run.digits.length >= fewestDigits && run.digits.length <= 16) {
        phones ??= require('libphonenumber-js/min') as Phones;
        const region = /-([A-Z]{2})/.exec(context.language)?.[1] ?? 'ES';
        const one = phones.parsePhoneNumberFromString(`${plus ? '+' : ''}${run.digits}`, region);
        if (one?.isPossible()) found.push(reading(text, tokens, index, run.next, one.number, one.isValid() ? 1 : 0.7));
      }
      index = run.next;
    }
    return found;
  },
  parse: englishPhone.parse,
  say: (value, context) => englishPhone.say(value, context).replace(/^plus/, 'más'),
  spoken: () => ({
    kind: 'repeat',
    of: oneOf([...Array.from({ length: 10 }, (_, index) => numberWords(index)), 'más']),
    min: 7,
    max: 15,
  }),
});

const marks: Readonly<Record<string, string>> = { punto: '.', guion: '-', _: '_', '.': '.', mas: '+' };
const introduces = new Set(['es', 'correo', 'email', 'mi', 'electronico', 'direccion', 'a', 'el', 'la']);
const valid = /^[^\s@]{1,64}@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/;

/** "lucía punto fernández arroba correo punto es". */
export const email = spanish({
  name: 'email',
  read(tokens, context, text) {
    const written = englishEmail.find(text, context).filter((one) => one.text.includes('@'));
    if (written.length > 0) return written;
    const at = tokens.findIndex(({ word }) => word === 'arroba');
    if (at < 1) return [];
    let from = at;
    while (from > 0 && !introduces.has(tokens[from - 1]!.word)) from -= 1;
    let to = at + 1;
    while (to < tokens.length && !/^(?:por|gracias|vale|y|si)$/.test(tokens[to]!.word)) to += 1;
    const local = joined(tokens.slice(from, at));
    const domain = joined(tokens.slice(at + 1, to));
    const value = `${local}@${domain}`.toLowerCase();
    return valid.test(value) ? [reading(text, tokens, from, to, value, at - from > 1 ? 0.7 : 0.95)] : [];
  },
  parse: englishEmail.parse,
  say: (value) => String(value).replace('@', ' arroba ').replace(/\./g, ' punto ').replace(/_/g, ' guion bajo ').replace(/-/g, ' guion ').replace(/\+/g, ' más '),
  spoken: () => oneOf([]),
}); // prettier-ignore

function joined(tokens: readonly Token[]): string {
  let text = '';
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    if (word === 'guion' && tokens[index + 1]?.word === 'bajo') {
      text += '_';
      index += 1;
      continue;
    }
    const digits = readDigits(tokens, index);
    if (digits) {
      text += digits.digits;
      index = digits.next - 1;
    } else text += marks[word] ?? (tokens[index]!.gap === '.' ? `.${word}` : word);
  }
  return text;
}
