import { addDays, daysBetween, isoDay, partsOf, weekdayOf } from '../calendar.js';
import { date as english } from '../date.js';
import { inOrder, maybe, oneOf, reading, words } from '../define.js';
import type { Token } from '../normalise.js';
import { dateMoment } from '../read-date.js';
import type { DateMoment } from '../read-date.js';
import type { Reading, SlotContext } from '../slot-type.js';
import { fold, isWrapped, spanish } from './define.js';
import { numberWords, readCardinal, readOrdinal } from './numbers.js';

const weekdays = ['domingo', 'lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado'];
const months = [
  'enero',
  'febrero',
  'marzo',
  'abril',
  'mayo',
  'junio',
  'julio',
  'agosto',
  'septiembre',
  'octubre',
  'noviembre',
  'diciembre',
];
const foldedDays = weekdays.map(fold);
const foldedMonths = new Map([
  ...months.map((name, index) => [fold(name), index + 1] as const),
  ['setiembre', 9] as const,
]);
/** A later day than this from today is said with its year. */
const yearAfterDays = 300;

interface DateRead {
  day: string;
  next: number;
  confidence: number;
  others?: string[];
}

/** A day in Spanish: "mañana", "el viernes", "el quince de mayo", "dentro de tres días", `15/5`. */
export const date = spanish({
  name: 'date',
  read(tokens, context, text) {
    const moment = dateMoment(context);
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readDate(tokens, index, moment);
      if (one) found.push(reading(text, tokens, index, one.next, one.day, one.confidence, one.others));
      index = one?.next ?? index + 1;
    }
    if (found.length > 0 || !context.asked) return found;
    return bareDay(tokens, moment, text);
  },
  parse: english.parse,
  say: (value, context) => sayDate(String(value), context),
  spoken: () =>
    oneOf([
      'hoy',
      'mañana',
      'pasado mañana',
      inOrder(maybe(oneOf(['el', 'este', 'el próximo'])), oneOf(weekdays)),
      inOrder(
        words('el'),
        oneOf(Array.from({ length: 31 }, (_, index) => numberWords(index + 1))),
        maybe(inOrder(words('de'), oneOf(months))),
      ),
    ]),
});

/** `2026-05-22` → "el viernes 22 de mayo", with the year when it is far. */
export function sayDate(day: string, context: SlotContext): string {
  const match = /^\d{4}-\d{2}-\d{2}$/.test(day);
  if (!match) return day;
  const { year, month, day: date } = partsOf(day);
  const ahead = daysBetween(context.now.slice(0, 10), day);
  const far = ahead > yearAfterDays || ahead < -60 ? ` de ${year}` : '';
  return `el ${weekdays[weekdayOf(day)]!} ${date} de ${months[month - 1]!}${far}`;
}

function readDate(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const { today } = moment;
  const word = (offset: number): string => tokens[index + offset]?.word ?? '';
  const sure = (day: string, length: number): DateRead => ({ day, next: index + length, confidence: 1 });
  if (word(0) === 'hoy') return sure(today, 1);
  if (word(0) === 'pasado' && word(1) === 'manana') return sure(addDays(today, 2), 2);
  // "De la mañana", "por la mañana" is a part of the day.
  if (word(0) === 'manana' && !/^(?:la|esta)$/.test(word(-1))) return sure(addDays(today, 1), 1);
  if (/^(?:ayer|anteayer)$/.test(word(0))) return sure(addDays(today, word(0) === 'ayer' ? -1 : -2), 1);
  const iso = /^(\d{4})$/.test(word(0))
    ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(
        tokens
          .slice(index, index + 3)
          .map((one) => one.word)
          .join('-'),
      )
    : null;
  const written = iso && isoDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  if (written) return sure(written, 3);
  return (
    readAhead(tokens, index, moment) ?? readWeekday(tokens, index, moment) ?? readDayOfMonth(tokens, index, moment)
  );
}

/** "Dentro de tres días", "en una semana", "de aquí a dos semanas". */
function readAhead(tokens: readonly Token[], index: number, { today }: DateMoment): DateRead | undefined {
  const { word } = tokens[index]!;
  const after =
    word === 'dentro' && tokens[index + 1]?.word === 'de' ? index + 2 : word === 'en' ? index + 1 : undefined;
  const count = after === undefined ? undefined : readCardinal(tokens, after);
  const unit = /^(dia|semana|mes)/.exec(tokens[count?.next ?? -1]?.word ?? '')?.[1];
  if (!count || !unit) return undefined;
  const day =
    unit === 'mes' ? shiftMonths(today, count.value) : addDays(today, count.value * (unit === 'semana' ? 7 : 1));
  return day === undefined ? undefined : { day, next: count.next + 1, confidence: 1 };
}

function shiftMonths(day: string, by: number): string | undefined {
  const { year, month, day: date } = partsOf(day);
  const to = year * 12 + month - 1 + by;
  return isoDay(Math.floor(to / 12), (to % 12) + 1, date);
}

/** "El viernes", "el próximo lunes", "el viernes que viene", "el viernes seis de marzo". */
function readWeekday(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const isNext = /^proxim[oa]$/.test(tokens[index]!.word);
  const at = isNext || tokens[index]!.word === 'este' ? index + 1 : index;
  const weekday = foldedDays.indexOf(tokens[at]?.word ?? '');
  if (weekday < 0) return undefined;
  const start = tokens[at + 1]?.word === 'dia' || tokens[at + 1]?.word === 'el' ? at + 2 : at + 1;
  const numbered = readDayOfMonth(tokens, start, moment, true);
  if (numbered)
    return weekdayOf(numbered.day) === weekday ? { ...numbered, confidence: 1 } : { ...numbered, confidence: 0.6 };
  const { today, latest } = moment;
  const ahead = (weekday - weekdayOf(today) + 7) % 7;
  const first =
    latest !== undefined && addDays(today, ahead) > latest ? addDays(today, ahead - 7) : addDays(today, ahead);
  const isComing = tokens[at + 1]?.word === 'que' && tokens[at + 2]?.word === 'viene';
  const next = isComing ? at + 3 : at + 1;
  if (!isNext && !isComing)
    return { day: ahead === 0 ? addDays(today, latest === undefined ? 7 : 0) : first, next, confidence: 1 };
  // Said on a Monday, "el próximo viernes" is this week's to some and next week's to others.
  const coming = ahead === 0 ? addDays(today, 7) : first;
  return ahead > 0 && ahead < 5 && isNext
    ? { day: coming, next, confidence: 1, others: [addDays(coming, 7)] }
    : { day: coming, next, confidence: 1 };
}

/** "Quince de mayo", "el 15", "el primero de junio de 2027", `15/5`. */
function readDayOfMonth(
  tokens: readonly Token[],
  index: number,
  moment: DateMoment,
  afterWeekday = false,
): DateRead | undefined {
  const first = tokens[index]?.word === 'primero' ? readOrdinal(tokens, index) : readCardinal(tokens, index);
  if (!first || !Number.isInteger(first.value) || first.value < 1 || first.value > 31) return undefined;
  const slash = tokens[first.next]?.word === '/' ? readCardinal(tokens, first.next + 1) : undefined;
  const named = tokens[first.next]?.word === 'de' ? foldedMonths.get(tokens[first.next + 1]?.word ?? '') : undefined;
  const month = named ?? (slash && slash.value <= 12 ? slash.value : undefined);
  if (month !== undefined) {
    let next = slash ? slash.next : first.next + 2;
    const yearAt =
      tokens[next]?.word === 'de' || tokens[next]?.word === 'del' || tokens[next]?.word === '/' ? next + 1 : next;
    const year = yearAt > next ? readCardinal(tokens, yearAt) : undefined;
    if (year && year.value >= 1900 && year.value < 2200) {
      next = year.next;
      const day = isoDay(year.value, month, first.value);
      return day === undefined ? undefined : { day, next, confidence: 1 };
    }
    const day = nearest(first.value, month, moment);
    return day === undefined ? undefined : { day, next, confidence: 1 };
  }
  const before = tokens[index - 1]?.word;
  const isDay = before === 'el' || before === 'dia' || before === 'al' || before === 'del';
  // "El quince" is a day; "el dos por ciento" and "el primero" by itself are not.
  const follows = tokens[first.next]?.word;
  if (!afterWeekday && (!isDay || follows === 'por' || tokens[index]!.word === 'primero' || follows === '%'))
    return undefined;
  const day = nearest(first.value, undefined, moment);
  return day === undefined
    ? undefined
    : { day, next: first.next, confidence: before === 'dia' || moment.asked || afterWeekday ? 1 : 0.7 };
}

/** The next such day, or the last one where no later day is allowed. */
function nearest(date: number, month: number | undefined, { today, latest }: DateMoment): string | undefined {
  const now = partsOf(today);
  const steps = month === undefined ? [0, 1, 2] : [0, 12];
  const base = now.year * 12 + (month ?? now.month) - 1;
  const days = (latest === undefined ? steps : steps.map((step) => -step)).flatMap((step) => {
    const at = base + step;
    return isoDay(Math.floor(at / 12), (((at % 12) + 12) % 12) + 1, date) ?? [];
  });
  return days.find((day) => (latest === undefined ? day >= today : day <= latest));
}

/** "Quince", as the whole answer to "¿qué día?". */
function bareDay(tokens: readonly Token[], moment: DateMoment, text: string): Reading[] {
  for (let index = 0; index < tokens.length; index++) {
    const one = readCardinal(tokens, index);
    if (!one || !isWrapped(tokens, index, one.next)) continue;
    const day = nearest(one.value, undefined, moment);
    return day === undefined ? [] : [reading(text, tokens, index, one.next, day, 0.6)];
  }
  return [];
}
