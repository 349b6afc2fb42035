/** Who somebody is and how to reach them, as said in Spanish: names, letters, telephone numbers, e-mail addresses. */
import { createRequire } from 'node:module';
import { code as englishCode } from '../code.js';
import { lengthOf } from '../digits.js';
import { email as englishEmail } from '../email.js';
import { name as englishName } from '../name.js';
import { oneOf, reading } from '../define.js';
import type { Token } from '../normalise.js';
import { wordsAt } from '../normalise.js';
import { matchesWhole } from '../pattern.js';
import { phone as englishPhone } from '../phone.js';
import { postcode as englishPostcode, shapeOf } from '../postcode.js';
import type { Reading, SlotType } from '../slot-type.js';
import { spelled as englishSpelled } from '../spelled.js';
import { fold, isQuestion, isWrapping, spanish } from './define.js';
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
  cu: 'q', erre: 'r', ere: 'r', ese: 's', te: 't', u: 'u', uve: 'v', ve: 'v', equis: 'x', ye: 'y', zeta: 'z', ceta: 'z', che: 'ch', elle: 'll',
}; // prettier-ignore

/** Two words for one letter. "Be chica" is a v to those who call it so. */
const longNames: readonly (readonly [string, string])[] = [
  ['doble u', 'w'], ['uve doble', 'w'], ['doble ve', 'w'], ['ve doble', 'w'], ['doble uve', 'w'], ['i griega', 'y'], ['i latina', 'i'],
  ['be larga', 'b'], ['be alta', 'b'], ['be grande', 'b'], ['ve chica', 'v'], ['ve corta', 'v'], ['ve baja', 'v'], ['be chica', 'v'], ['be corta', 'v'],
]; // prettier-ignore

function letterAt(tokens: readonly Token[], index: number): { letter: string; next: number } | undefined {
  const { word, raw } = tokens[index] ?? { word: '', raw: '' };
  const long = longNames.find(([name]) => wordsAt(tokens, index, name.split(' ')));
  if (long) return { letter: long[1], next: index + 2 };
  // Without its tilde "eñe" is another letter.
  if (/^(?:eñe|ñ)$/iu.test(raw.normalize('NFC'))) return { letter: 'ñ', next: index + 1 };
  if (word.length === 1 && /\p{L}/u.test(word)) return { letter: word, next: index + 1 };
  return Object.hasOwn(letterNames, word) ? { letter: letterNames[word]!, next: index + 1 } : undefined;
}

/** The letters of `ab 4471`; those of "el 4471" are a word. */
function isTyped(tokens: readonly Token[], index: number): boolean {
  const { word } = tokens[index]!;
  return /^[a-z]{2,3}$/.test(word) && !isWrapping(word) && /^\d+$/.test(tokens[index + 1]?.word ?? '');
}

/** Letters and figures said one by one: "be de cuatro dos", "hache de hotel", "doble ele", `AB12`. */
function readSigns(tokens: readonly Token[], index: number): { text: string; signs: number; next: number } | undefined {
  let text = '';
  let signs = 0;
  let next = index;
  while (next < tokens.length) {
    const one = letterAt(tokens, next);
    const figures = one ? undefined : readDigits(tokens, next);
    const twice = !one && !figures && tokens[next]!.word === 'doble' ? letterAt(tokens, next + 1) : undefined;
    const letter = one ?? twice;
    if (figures) [text, signs, next] = [text + figures.digits, signs + figures.groups, figures.next];
    else if (letter) {
      [text, signs, next] = [text + letter.letter.repeat(twice ? 2 : 1), signs + 1, letter.next];
      const example = tokens[next + 1]?.word ?? '';
      if (tokens[next]?.word === 'de' && example.startsWith(fold(letter.letter)) && example.length > 2) next += 2;
    } else if (/^[A-Z0-9]{2,}$/.test(tokens[next]!.raw) || isTyped(tokens, next)) {
      [text, signs, next] = [text + tokens[next]!.word, signs + 1, next + 1];
    } else break;
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
      index = run && (fits || /^\d/.test(run.text)) ? run.next : index + 1;
    }
    return context.pattern === undefined ? found.slice(0, 1) : found;
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
      if (run && run.signs > 1 && /^\p{L}+$/u.test(run.text) && (context.asked || run.signs > 2))
        return [reading(text, tokens, index, run.next, run.text.toLowerCase(), 0.95)];
    }
    return [];
  },
  parse: englishSpelled.parse,
  say: (value) => [...String(value)].join(' '),
  spoken: () => ({ kind: 'repeat', of: oneOf(Object.keys(letterNames)), min: 2, max: 20 }),
});

/** Five figures in Spain and Mexico, said in whatever groups: "veintiocho cero cero uno", "veintiocho mil uno". */
export const postcode: SlotType = {
  name: 'postcode',
  find: (text, context) => code.find(text, { ...context, pattern: context.pattern ?? shapeOf(context.language) }),
  parse: englishPostcode.parse,
  say: englishPostcode.say,
  spoken: (context) => code.spoken({ ...context, pattern: context.pattern ?? shapeOf(context.language) }),
};

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
/** Letters said before a surname, and how recognisers write the great providers. */
const heardAs: Readonly<Record<string, string>> = {
  jota: 'j', hache: 'h', equis: 'x', uve: 'v', jotmeil: 'hotmail', jotmail: 'hotmail', hotmeil: 'hotmail', gmeil: 'gmail', yimeil: 'gmail',
  gimeil: 'gmail', yaju: 'yahoo', outluk: 'outlook', autluk: 'outlook',
}; // prettier-ignore
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
    if (word === 'todo' && tokens[index + 1]?.word === 'junto') {
      index += 1;
      continue;
    }
    if (word === 'guion' && tokens[index + 1]?.word === 'bajo') {
      text += '_';
      index += 1;
      continue;
    }
    const digits = readDigits(tokens, index);
    if (digits) {
      text += digits.digits;
      index = digits.next - 1;
    } else text += marks[word] ?? heardAs[word] ?? (tokens[index]!.gap === '.' ? `.${word}` : word);
  }
  return text;
}
