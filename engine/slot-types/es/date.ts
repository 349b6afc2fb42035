import { addDays, daysBetween, isoDay, partsOf, weekdayOf } from '../calendar.js';
import { date as english } from '../date.js';
import { inOrder, maybe, oneOf, reading, words } from '../define.js';
import type { Token } from '../normalise.js';
import { wordsAt } from '../normalise.js';
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
/** The number of the month that a token names: 1 to 12. */
export function monthAt(token: Token | undefined): number | undefined {
  return token && foldedMonths.get(token.word);
}

/** A later day than this from today is said with its year. */
const yearAfterDays = 300;

export interface DateRead {
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
      // The "uno" of "treinta y uno" begins no day.
      index = one?.next ?? readCardinal(tokens, index)?.next ?? index + 1;
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

export function readDate(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const { today } = moment;
  const word = (offset: number): string => tokens[index + offset]?.word ?? '';
  const sure = (day: string, length: number): DateRead => ({ day, next: index + length, confidence: 1 });
  if (word(0) === 'hoy') return sure(today, 1);
  if (word(0) === 'pasado' && word(1) === 'manana') return sure(addDays(today, 2), 2);
  // "De la mañana", "por la mañana" is a part of the day.
  if (word(0) === 'manana' && !/^(?:la|esta)$/.test(word(-1))) return sure(addDays(today, 1), 1);
  if (word(0) === 'esta' && /^(?:manana|tarde|noche)$/.test(word(1))) return sure(today, 2);
  if (word(0) === 'antes' && word(1) === 'de' && word(2) === 'ayer') return sure(addDays(today, -2), 3);
  if (/^(?:ayer|anteayer|antier)$/.test(word(0))) return sure(addDays(today, word(0) === 'ayer' ? -1 : -2), 1);
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

/** "Dentro de tres días", "en una semana", "de aquí a dos semanas", "hace tres días", "de hoy en ocho". */
function readAhead(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const { today } = moment;
  const word = (at: number): string => tokens[at]?.word ?? '';
  const back = word(index) === 'hace';
  const opening = [['dentro', 'de'], ['de', 'aqui', 'a'], ['en'], ['hace']].find((words) =>
    wordsAt(tokens, index, words),
  );
  if (!opening) return readInEight(tokens, index, moment);
  const count = readCardinal(tokens, index + opening.length);
  const unit = /^(dia|semana|mes|ano)(?:s|es)?$/.exec(word(count?.next ?? -1))?.[1];
  if (!count || !unit) return undefined;
  const next = count.next + 1;
  const by = back ? -count.value : count.value;
  if (unit === 'mes' || unit === 'ano') {
    const day = shiftMonths(today, by * (unit === 'ano' ? 12 : 1));
    return day === undefined ? undefined : { day, next, confidence: 1 };
  }
  if (unit === 'semana') return { day: addDays(today, by * 7), next, confidence: 1 };
  // "En ocho días" is a week to most people and eight days to some, "quince días" two weeks.
  const weeks = back ? undefined : { 8: 7, 15: 14 }[count.value];
  return weeks === undefined
    ? { day: addDays(today, by), next, confidence: 1 }
    : { day: addDays(today, weeks), next, confidence: 1, others: [addDays(today, by)] };
}

/** "De hoy en ocho", "del viernes en ocho": the same weekday a week later. */
function readInEight(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const lead = tokens[index]?.word;
  if (lead !== 'de' && lead !== 'del') return undefined;
  const day = tokens[index + 1] && readDate(tokens, index + 1, moment);
  const many = day && tokens[day.next]?.word === 'en' ? readCardinal(tokens, day.next + 1) : undefined;
  const weeks = many && ({ 8: 1, 15: 2 } as Readonly<Record<number, number>>)[many.value];
  if (!day || !many || weeks === undefined) return undefined;
  const next = /^dias?$/.test(tokens[many.next]?.word ?? '') ? many.next + 1 : many.next;
  return { day: addDays(day.day, weeks * 7), next, confidence: 1 };
}

function shiftMonths(day: string, by: number): string | undefined {
  const { year, month, day: date } = partsOf(day);
  const to = year * 12 + month - 1 + by;
  return isoDay(Math.floor(to / 12), (to % 12) + 1, date);
}

/** "El viernes", "el próximo lunes", "el viernes que viene", "el viernes seis de marzo". */
function readWeekday(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  const isNext = /^proxim[oa]$/.test(tokens[index]!.word);
  const isLast = tokens[index]!.word === 'pasado';
  const at = isNext || isLast || tokens[index]!.word === 'este' ? index + 1 : index;
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
  const week = afterWeekday(tokens, at + 1);
  if (week)
    return {
      day: addDays(addDays(today, -((weekdayOf(today) + 6) % 7)), ((weekday + 6) % 7) + 7 * week.by),
      next: week.next,
      confidence: 1,
    };
  if (isLast || tokens[at + 1]?.word === 'pasado')
    return { day: addDays(today, ahead === 0 ? -7 : ahead - 7), next: isLast ? at + 1 : at + 2, confidence: 1 };
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

/** "… de esta semana", "… de la semana que viene", "… de la próxima semana": which week, from this one. */
function afterWeekday(tokens: readonly Token[], index: number): { by: number; next: number } | undefined {
  const ways: readonly (readonly [string, number])[] = [
    ['de esta semana', 0], ['de la semana que viene', 1], ['de la semana proxima', 1], ['de la proxima semana', 1], ['de la otra semana', 1],
  ]; // prettier-ignore
  const way = ways.find(([words]) => wordsAt(tokens, index, words.split(' ')));
  return way && { by: way[1], next: index + way[0].split(' ').length };
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
  const joint = tokens[first.next]?.word;
  const named = joint === 'de' ? foldedMonths.get(tokens[first.next + 1]?.word ?? '') : undefined;
  if (joint === 'del' && wordsAt(tokens, first.next + 1, ['mes', 'que', 'viene'])) {
    const base = shiftMonths(`${moment.today.slice(0, 8)}01`, 1)!;
    const day = isoDay(partsOf(base).year, partsOf(base).month, first.value);
    return day === undefined ? undefined : { day, next: first.next + 4, confidence: 1 };
  }
  // "El tres del cuatro".
  const counted = joint === 'del' ? readCardinal(tokens, first.next + 1) : undefined;
  const numbered = slash ?? (counted && Number.isInteger(counted.value) ? counted : undefined);
  const month = named ?? (numbered && numbered.value >= 1 && numbered.value <= 12 ? numbered.value : undefined);
  if (month !== undefined) {
    const next = named === undefined ? numbered!.next : first.next + 2;
    const year = readYear(tokens, next, moment);
    const day = year ? isoDay(year.value, month, first.value) : nearest(first.value, month, moment);
    return day === undefined ? undefined : { day, next: year?.next ?? next, confidence: 1 };
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

/** "De mil novecientos ochenta y cinco", "del 27", `/2027`. */
function readYear(
  tokens: readonly Token[],
  index: number,
  { today, latest }: DateMoment,
): { value: number; next: number } | undefined {
  if (!/^(?:de|del|\/)$/.test(tokens[index]?.word ?? '')) return undefined;
  const year = readCardinal(tokens, index + 1);
  if (!year || !Number.isInteger(year.value)) return undefined;
  if (year.value >= 1900 && year.value < 2200) return year;
  // "De ocho a nueve" is a time.
  if (year.value > 99 || (tokens[index]!.word === 'de' && year.value < 10) || tokens[year.next]?.word === 'a')
    return undefined;
  const newest = latest === undefined ? Number(today.slice(0, 4)) + 10 : Number(latest.slice(0, 4));
  return { value: 2000 + year.value <= newest ? 2000 + year.value : 1900 + year.value, next: year.next };
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
    // "A las tres" is a time.
    if (!one || !isWrapped(tokens, index, one.next) || /^las?$/.test(tokens[index - 1]?.word ?? '')) continue;
    const day = nearest(one.value, undefined, moment);
    return day === undefined ? [] : [reading(text, tokens, index, one.next, day, 0.6)];
  }
  return [];
}
