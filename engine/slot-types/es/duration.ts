import { inOrder, oneOf, reading } from '../define.js';
import { duration as english } from '../duration.js';
import type { Token } from '../normalise.js';
import { dateMoment } from '../read-date.js';
import type { DateMoment } from '../read-date.js';
import type { Reading } from '../slot-type.js';
import { isWrapping, spanish } from './define.js';
import { readDate } from './date.js';
import { numberWords, readCardinal } from './numbers.js';
import { readNumber } from './counting.js';

const units: readonly (readonly [pattern: RegExp, seconds: number])[] = [
  [/^(?:segundos?|segs?)$/, 1], [/^(?:minutos?|minutitos?|mins?)$/, 60], [/^(?:horas?|horitas?|h|hs)$/, 3600],
  [/^(?:dias?|noches?)$/, 86_400], [/^semanas?$/, 604_800], [/^quincenas?$/, 1_296_000],
]; // prettier-ignore
const daySeconds = 86_400;

interface Span {
  seconds: number;
  next: number;
  /** The unit it was counted in, in seconds. */
  unit: number;
  other?: number;
}

/** A length of time in Spanish: "hora y media", "tres cuartos de hora", "una o dos horas", "desde ayer". */
export const duration = spanish({
  name: 'duration',
  read(tokens, context, text) {
    const found: Reading[] = [];
    const moment = dateMoment({ ...context, range: { max: 'today' } });
    for (let index = 0; index < tokens.length;) {
      const one = readEither(tokens, index) ?? readSpan(tokens, index) ?? readSince(tokens, index, moment);
      if (!one || !Number.isInteger(one.seconds) || isPatience(tokens, index, one)) {
        index = one?.next ?? index + 1;
        continue;
      }
      const others = one.other === undefined ? [] : [written(one.other)];
      found.push(reading(text, tokens, index, one.next, written(one.seconds), 1, others));
      index = one.next;
    }
    return found;
  },
  parse: english.parse,
  say: (value) => sayDuration(String(value)),
  spoken: () =>
    oneOf([
      inOrder(
        oneOf(['un', 'una', ...Array.from({ length: 60 }, (_, index) => numberWords(index + 1))]),
        oneOf(['minuto', 'minutos', 'hora', 'horas', 'día', 'días', 'semana', 'semanas', 'hora y media']),
      ),
      'media hora',
      'hora y media',
      'un cuarto de hora',
    ]),
});

/** "Un segundo", said in words, asks for patience. */
function isPatience(tokens: readonly Token[], index: number, one: Span): boolean {
  return one.seconds === 1 && tokens[index]!.word === 'un';
}

function unitAt(tokens: readonly Token[], index: number): number | undefined {
  const token = tokens[index];
  return token && units.find(([pattern]) => pattern.test(token.word))?.[1];
}

/** "Dos horas y diez minutos", "hora y media", "media hora", "un cuarto de hora". */
export function readSpan(tokens: readonly Token[], index: number): Span | undefined {
  const first = readPart(tokens, index);
  if (!first) return undefined;
  const word = (at: number): string => tokens[at]?.word ?? '';
  let { seconds, unit, next } = first;
  for (;;) {
    const joined = word(next) === 'y' ? next + 1 : next;
    if (joined > next && /^medi[oa]$/.test(word(joined)) && unitAt(tokens, joined + 1) === undefined)
      return { seconds: seconds + unit / 2, unit, next: joined + 1 };
    if (joined > next && word(joined) === 'cuarto' && unit === 3600)
      return { seconds: seconds + unit / 4, unit, next: joined + 1 };
    const more = /[,.;!?]/.test(tokens[next]?.gap ?? '') ? undefined : readPart(tokens, joined);
    if (more && more.unit < unit) {
      [seconds, unit, next] = [seconds + more.seconds, more.unit, more.next];
      continue;
    }
    // "Una hora veinte".
    const minutes = unit === 3600 ? readCardinal(tokens, joined) : undefined;
    const ends = minutes && (tokens[minutes.next] === undefined || isWrapping(word(minutes.next)));
    if (minutes && ends && !more && minutes.value > 0 && minutes.value < 60)
      return { seconds: seconds + minutes.value * 60, unit: 60, next: minutes.next };
    return { seconds, unit, next };
  }
}

function readPart(tokens: readonly Token[], index: number): Span | undefined {
  const word = (at: number): string => tokens[at]?.word ?? '';
  const article = /^una?$/.test(word(index)) && /^(?:medi[oa]|par|cuarto)$/.test(word(index + 1)) ? index + 1 : index;
  let count: { value: number; next: number } | undefined;
  if (/^medi[oa]$/.test(word(article))) count = { value: 0.5, next: article + 1 };
  else if (word(article) === 'par') count = { value: 2, next: article + (word(article + 1) === 'de' ? 2 : 1) };
  else if (word(article) === 'cuarto' && article > index) count = { value: 0.25, next: article + 2 };
  else if (word(index) === 'tres' && word(index + 1) === 'cuartos') count = { value: 0.75, next: index + 3 };
  // "Hora y media", "semana y pico": the article is left out.
  else if (/^(?:hora|semana)$/.test(word(index)) && word(index + 1) === 'y') count = { value: 1, next: index };
  else count = readNumber(tokens, index);
  if (!count || count.value <= 0 || count.value > 1e6) return undefined;
  const unit = unitAt(tokens, count.next);
  if (unit === undefined) return undefined;
  return { seconds: count.value * unit, unit, next: count.next + 1 };
}

/** "Una o dos horas", "una hora o dos". */
function readEither(tokens: readonly Token[], index: number): Span | undefined {
  const count = readNumber(tokens, index);
  if (count && tokens[count.next]?.word === 'o') {
    const last = readSpan(tokens, count.next + 1);
    if (last) return { ...last, seconds: count.value * last.unit, other: last.seconds };
  }
  const first = readSpan(tokens, index);
  const other = first && tokens[first.next]?.word === 'o' ? readNumber(tokens, first.next + 1) : undefined;
  if (!first || !other || readPart(tokens, first.next + 1)) return undefined;
  return { ...first, other: other.value * first.unit, next: other.next };
}

/** "Desde ayer", "desde hace tres días". */
function readSince(tokens: readonly Token[], index: number, moment: DateMoment): Span | undefined {
  if (tokens[index]?.word !== 'desde') return undefined;
  const at = tokens[index + 1]?.word === 'el' ? index + 2 : index + 1;
  if (tokens[at]?.word === 'hace') return readSpan(tokens, at + 1);
  const day = readDate(tokens, at, moment);
  const passed = day ? (Date.parse(moment.today) - Date.parse(day.day)) / 1000 / daySeconds : 0;
  const days = day && passed <= 0 && passed > -7 ? passed + 7 : passed;
  return day && days > 0 ? { seconds: days * daySeconds, unit: daySeconds, next: day.next } : undefined;
}

const sizes: readonly (readonly [seconds: number, sign: string])[] = [[86_400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']]; // prettier-ignore

function written(seconds: number): string {
  const [size, sign] = sizes.find(([size]) => seconds >= size && seconds % size === 0) ?? sizes[3]!;
  return `${seconds / size}${sign}`;
}

const names: Readonly<Record<string, readonly [one: string, many: string]>> = {
  d: ['un día', 'días'], h: ['una hora', 'horas'], m: ['1 minuto', 'minutos'], s: ['1 segundo', 'segundos'],
}; // prettier-ignore

/** `90m` → "una hora y media", `130m` → "2 horas y 10 minutos". */
export function sayDuration(value: string): string {
  const match = /^(\d+)([smhd])$/.exec(value);
  if (!match) return value;
  let rest = Number(match[1]) * sizes.find(([, sign]) => sign === match[2])![0];
  if (rest === 1800) return 'media hora';
  const parts: string[] = [];
  for (const [size, sign] of sizes) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    const [one, many] = names[sign]!;
    if (sign === 'm' && count === 30 && rest === 0 && parts.length === 1 && parts[0]!.includes('hora'))
      parts.push('media');
    else if (count > 0) parts.push(count === 1 ? one : `${count} ${many}`);
  }
  return parts.length === 0 ? '0 segundos' : parts.join(' y ');
}
