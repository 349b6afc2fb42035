/** A day with its time, and days from one to another, as they are said in Spanish. */
import { addDays, addMonths, isDay, isoDay, partsOf, weekdayOf } from '../calendar.js';
import { dateRange as englishRange } from '../date-range.js';
import { datetime as englishDatetime } from '../datetime.js';
import { inOrder, oneOf, reading, words } from '../define.js';
import type { Token } from '../normalise.js';
import { wordsAt } from '../normalise.js';
import { dateMoment } from '../read-date.js';
import type { DateMoment } from '../read-date.js';
import type { Reading, SlotContext } from '../slot-type.js';
import { date, monthAt, readDate, sayDate } from './date.js';
import { spanish } from './define.js';
import { readSpan } from './duration.js';
import { readCardinal } from './numbers.js';
import { fromNow, sayTime, time } from './time.js';

const written = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/;

/** "Mañana a las siete y media de la tarde", "dentro de dos horas". */
export const datetime = spanish({
  name: 'datetime',
  read(tokens, context, text) {
    const { now } = context;
    const soon = fromNow(tokens, now);
    if (soon) {
      const value = `${addDays(now.slice(0, 10), soon.days)}T${soon.time}`;
      return [reading(text, tokens, soon.from, soon.next, value)];
    }
    // A range of days and times would be read as one of days by the one and of hours by the other.
    const open: SlotContext = { ...context };
    delete open.range;
    const day = date.find(text, { ...open, asked: false })[0];
    const hour = time.find(text, open)[0];
    if (!day || !hour) return [];
    const hours = [hour.value, ...(hour.others ?? [])];
    const all = [day.value, ...(day.others ?? [])].flatMap((one) => hours.map((at) => `${String(one)}T${String(at)}`));
    const from = tokens.findIndex((token) => token.start >= Math.min(day.start, hour.start));
    const to = tokens.findLastIndex((token) => token.end <= Math.max(day.end, hour.end)) + 1;
    return [reading(text, tokens, from, to, all[0]!, Math.min(day.confidence, hour.confidence), all.slice(1))];
  },
  parse: englishDatetime.parse,
  say(value, context) {
    const match = written.exec(String(value));
    return match ? `${sayDate(match[1]!, context)} a ${sayTime(match[2]!)}` : String(value);
  },
  spoken: (context) => inOrder(date.spoken(context), words('a'), time.spoken(context)),
});

interface Days {
  start: string;
  end: string;
  next: number;
  single?: true;
}

/** "Del nueve al doce de junio", "la semana que viene", "tres noches desde el viernes", "en junio". */
export const dateRange = spanish({
  name: 'date_range',
  read(tokens, context, text) {
    const moment = dateMoment(context);
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one =
        betweenDays(tokens, index, moment) ??
        nightsFrom(tokens, index, moment) ??
        period(tokens, index, moment, context) ??
        oneDay(tokens, index, moment);
      if (one) {
        const days = reading(text, tokens, index, one.next, { start: one.start, end: one.end }, one.single ? 0.6 : 1);
        found.push(one.single ? { ...days, single: true } : days);
      }
      index = one?.next ?? index + 1;
    }
    return found;
  },
  parse: englishRange.parse,
  say(value, context) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return String(value);
    const [start, end] = [String(value['start'] ?? ''), String(value['end'] ?? '')];
    if (!isDay(start) || !isDay(end) || start === end) return sayDate(start === '' ? end : start, context);
    // "Del", "al": the article is in both.
    return `d${sayDate(start, context)} a${sayDate(end, context).slice(1)}`;
  },
  spoken: (context) =>
    oneOf([
      'esta semana', 'la semana que viene', 'la próxima semana', 'la semana pasada', 'este mes', 'el mes que viene', 'el fin de semana', 'la misma semana',
      inOrder(words('del'), date.spoken(context), oneOf(['al', 'hasta el']), date.spoken(context)),
      date.spoken(context),
    ]), // prettier-ignore
});

/** A whole day, or the number of one in a month that stands elsewhere. */
type Open = { day: string; next: number; isDated: boolean } | { date: number; next: number };

function openDay(tokens: readonly Token[], index: number, moment: DateMoment): Open | undefined {
  const at = tokens[index]?.word === 'el' || tokens[index]?.word === 'dia' ? index + 1 : index;
  if (!tokens[at]) return undefined;
  const number = readCardinal(tokens, at);
  const joint = tokens[number?.next ?? -1]?.word;
  const isAlone = number && !(joint === '/' || (joint === 'de' && monthAt(tokens[number.next + 1]) !== undefined) || (joint === 'del' && readCardinal(tokens, number.next + 1))); // prettier-ignore
  if (number && isAlone)
    return Number.isInteger(number.value) && number.value >= 1 && number.value <= 31
      ? { date: number.value, next: number.next }
      : undefined;
  const one = readDate(tokens, at, { ...moment, asked: true });
  return one && { day: one.day, next: one.next, isDated: number !== undefined };
}

function betweenDays(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const lead = tokens[index]!.word;
  const isLed = /^(?:de|del|desde|entre)$/.test(lead);
  const from = isLed ? index + 1 : index;
  const first = openDay(tokens, from, moment);
  const link = tokens[first?.next ?? -1]?.word ?? '';
  if (!first || !(/^(?:a|al|hasta)$/.test(link) || (lead === 'entre' && link === 'y'))) return undefined;
  const second = openDay(tokens, first.next + 1, moment);
  if (!second) return undefined;
  const { next } = second;
  // "De diez a siete" are hours: two bare numbers are days only with their articles.
  const isDay = lead === 'del' || tokens[from]?.word === 'el';
  if (!('day' in first) && !('day' in second) && !isDay) return undefined;
  if ('day' in first) {
    const end = 'day' in second ? endAfter(first.day, second) : dayFrom(first.day, second.date);
    return end === undefined ? undefined : { start: first.day, end, next };
  }
  if ('day' in second) {
    if (!second.isDated) return undefined;
    const { year, month } = partsOf(second.day);
    const start = isoDay(year, month, first.date);
    return start === undefined || start > second.day ? undefined : { start, end: second.day, next };
  }
  const start = dayFrom(moment.today, first.date);
  const end = start && dayFrom(start, second.date);
  return start === undefined || end === undefined ? undefined : { start, end, next };
}

/** The first day of that number from a day on. */
function dayFrom(from: string, date: number): string | undefined {
  const { year, month } = partsOf(from);
  for (const ahead of [0, 1, 2]) {
    const day = isoDay(year + Math.floor((month - 1 + ahead) / 12), ((month - 1 + ahead) % 12) + 1, date);
    if (day !== undefined && day >= from) return day;
  }
  return undefined;
}

function endAfter(start: string, second: { day: string; isDated: boolean }): string | undefined {
  if (second.day > start) return second.day;
  if (second.isDated) {
    const { year, month, day } = partsOf(second.day);
    return second.day === start ? second.day : isoDay(year + 1, month, day);
  }
  const ahead = (weekdayOf(second.day) - weekdayOf(start) + 7) % 7;
  return addDays(start, ahead === 0 ? 7 : ahead);
}

/** "Tres noches a partir del nueve", "desde el viernes por una semana". */
function nightsFrom(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const span = readSpan(tokens, index);
  const days = Math.round((span?.seconds ?? 0) / 86_400);
  if (span && days > 0) {
    const opening = [['a', 'partir', 'del'], ['a', 'partir', 'de'], ['desde', 'el'], ['desde'], ['empezando', 'el']].find((one) => wordsAt(tokens, span.next, one)); // prettier-ignore
    const at = opening ? span.next + opening.length : undefined;
    const start = at === undefined || !tokens[at] ? undefined : wholeDay(tokens, at, moment);
    if (start) return { start: start.day, end: addDays(start.day, days), next: start.next };
  }
  const from = /^(?:del|desde)$/.test(tokens[index]!.word) ? index + 1 : index;
  const start = tokens[from] && wholeDay(tokens, tokens[from].word === 'el' ? from + 1 : from, moment, from > index);
  if (!start || !/^(?:por|durante)$/.test(tokens[start.next]?.word ?? '')) return undefined;
  const length = readSpan(tokens, start.next + 1);
  const nights = Math.round((length?.seconds ?? 0) / 86_400);
  return length && nights > 0 ? { start: start.day, end: addDays(start.day, nights), next: length.next } : undefined;
}

function wholeDay(
  tokens: readonly Token[],
  index: number,
  moment: DateMoment,
  mayBeBare = true,
): { day: string; next: number } | undefined {
  const one = openDay(tokens, index, moment);
  if (!one || 'day' in one) return one;
  const day = mayBeBare ? dayFrom(moment.today, one.date) : undefined;
  return day === undefined ? undefined : { day, next: one.next };
}

type Unit = 'week' | 'weekend' | 'month' | 'year';
const unitWords: readonly (readonly [string, Unit])[] = [
  ['fin de semana', 'weekend'], ['finde', 'weekend'], ['semana', 'week'], ['mes', 'month'], ['ano', 'year'],
]; // prettier-ignore

function unitAt(tokens: readonly Token[], index: number): { unit: Unit; next: number } | undefined {
  const found = unitWords.find(([name]) => wordsAt(tokens, index, name.split(' ')));
  return found && { unit: found[1], next: index + found[0].split(' ').length };
}

/** "Esta semana", "el mes que viene", "el próximo fin de semana", "los últimos siete días", "la misma semana", "en junio". */
function period(tokens: readonly Token[], index: number, moment: DateMoment, context: SlotContext): Days | undefined {
  const word = (at: number): string => tokens[at]?.word ?? '';
  const { today } = moment;
  const month = /^(?:en|para|durante)$/.test(word(index)) ? monthAt(tokens[index + 1]) : undefined;
  if (month !== undefined) {
    const { year, month: now } = partsOf(today);
    return { ...monthOf(isoDay(month < now ? year + 1 : year, month, 1)!), next: index + 2 };
  }
  const hasArticle = /^(?:el|la|los|las)$/.test(word(index));
  const at = hasArticle ? index + 1 : index;
  if (/^mism[oa]s?$/.test(word(at))) return sameAs(tokens, at, context);
  if (/^(?:ultim|proxim)[oa]s$/.test(word(at))) {
    const span = readSpan(tokens, at + 1);
    const days = Math.round((span?.seconds ?? 0) / 86_400) - 1;
    if (!span || days < 0) return undefined;
    return word(at).startsWith('u')
      ? { start: addDays(today, -days), end: today, next: span.next }
      : { start: today, end: addDays(today, days), next: span.next };
  }
  const isThis = /^est[ea]$/.test(word(at));
  const isNext = /^proxim[oa]$/.test(word(at));
  const one = unitAt(tokens, isThis || isNext ? at + 1 : at);
  if (!one) return undefined;
  const { unit, next } = one;
  if (isThis) return { ...spanOf(unit, today, 0), next };
  if (isNext) return { ...spanOf(unit, today, 1), next };
  if (wordsAt(tokens, next, ['que', 'viene']) || wordsAt(tokens, next, ['que', 'entra']))
    return { ...spanOf(unit, today, 1), next: next + 2 };
  if (/^proxim[oa]$/.test(word(next))) return { ...spanOf(unit, today, 1), next: next + 1 };
  if (/^pasad[oa]$/.test(word(next))) return { ...spanOf(unit, today, -1), next: next + 1 };
  return unit === 'weekend' && hasArticle ? { ...spanOf(unit, today, 0), next } : undefined;
}

function sameAs(tokens: readonly Token[], at: number, context: SlotContext): Days | undefined {
  const base = context.relativeTo;
  const known = typeof base === 'string' ? { start: base.slice(0, 10), end: base.slice(0, 10) } : base;
  if (typeof known !== 'object' || known === null || Array.isArray(known)) return undefined;
  const [start, end] = [String(known['start']), String(known['end'])];
  if (!isDay(start) || !isDay(end)) return undefined;
  if (/^(?:dias?|fechas?)$/.test(tokens[at + 1]?.word ?? '')) return { start, end, next: at + 2 };
  const one = unitAt(tokens, at + 1);
  return one && { ...spanOf(one.unit, start, 0), next: one.next };
}

/** The week (Monday to Sunday), weekend, month or year that a day is in, or so many later. */
function spanOf(unit: Unit, day: string, step: number): { start: string; end: string } {
  const monday = addDays(day, -((weekdayOf(day) + 6) % 7) + 7 * step);
  if (unit === 'week') return { start: monday, end: addDays(monday, 6) };
  if (unit === 'weekend') return { start: addDays(monday, 5), end: addDays(monday, 6) };
  if (unit === 'month') return monthOf(addMonths(`${day.slice(0, 8)}01`, step));
  const year = partsOf(day).year + step;
  return { start: `${year}-01-01`, end: `${year}-12-31` };
}

function monthOf(day: string): { start: string; end: string } {
  const start = `${day.slice(0, 8)}01`;
  return { start, end: addDays(addMonths(start, 1), -1) };
}

function oneDay(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const one = readDate(tokens, index, moment);
  return one && { start: one.day, end: one.day, next: one.next, single: true };
}
