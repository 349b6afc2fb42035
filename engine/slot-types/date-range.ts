import type { Json } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { addDays, addMonths, isDay, isoDay, partsOf, weekdayOf } from './calendar.js';
import { dateSpoken, sayDate } from './date.js';
import { defineType, inOrder, oneOf, reading, words } from './define.js';
import { readDuration } from './duration.js';
import type { Token } from './normalise.js';
import { phraseAt, tokenise, wordsAt } from './normalise.js';
import { readCardinal, readOrdinal } from './numbers.js';
import type { DateMoment } from './read-date.js';
import { dateMoment, monthAt, readDate } from './read-date.js';

interface Days {
  start: string;
  end: string;
  next: number;
  /** Only one day was named: right for a period, half an answer for a stay. */
  single?: boolean;
}

/** Days from `start` to `end`, both included: "from June 9th to the 12th", "next week", "the weekend", "three nights from Friday". */
export const dateRange = defineType({
  name: 'date_range',
  read(tokens, context, text) {
    const moment = dateMoment(context);
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readDays(tokens, index, moment, context);
      if (one === undefined) {
        index += 1;
        continue;
      }
      const confidence = one.single ? 0.6 : 1;
      const days = reading(text, tokens, index, one.next, { start: one.start, end: one.end }, confidence);
      found.push(one.single ? { ...days, single: true } : days);
      index = one.next;
    }
    return found;
  },
  parse(written, context) {
    const problem = { problem: 'Two days are expected here, such as { start: 2026-06-09, end: 2026-06-12 }.' };
    if (typeof written === 'string') {
      // `default: last 7 days`: a period in words is a written value too.
      const tokens = tokenise(written);
      const one = tokens.length === 0 ? undefined : readDays(tokens, 0, dateMoment(context), context);
      return one?.next === tokens.length ? { value: { start: one.start, end: one.end } } : problem;
    }
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return problem;
    const { start, end } = written;
    const whole = typeof start === 'string' && typeof end === 'string' && isDay(start) && isDay(end);
    return whole ? { value: { start, end } } : problem;
  },
  say(value, context) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return String(value);
    const [start, end] = [value['start'], value['end']];
    if (typeof start !== 'string' || typeof end !== 'string') return sayDate(String(start ?? end ?? ''), context);
    return start === end ? sayDate(start, context) : `${sayDate(start, context)} to ${sayDate(end, context)}`;
  },
  spoken: () =>
    oneOf([
      'this week', 'next week', 'last week', 'this month', 'next month', 'last month', 'the weekend', 'the same week',
      inOrder(words('from'), dateSpoken, oneOf(['to', 'until', 'till']), dateSpoken),
      dateSpoken,
    ]), // prettier-ignore
});

function readDays(tokens: readonly Token[], index: number, moment: DateMoment, context: SlotContext): Days | undefined {
  return (
    betweenDays(tokens, index, moment) ??
    nightsFrom(tokens, index, moment) ??
    period(tokens, index, moment, context) ??
    oneDay(tokens, index, moment)
  );
}

const links = [['to'], ['until'], ['till'], ['through'], ['til'], ['up', 'to'], ['back', 'on'], ['and', 'back', 'on']];

/** "from X to Y", "between X and Y", "X until Y", "June 9 to 12", "the 9th to the 12th of June". */
function betweenDays(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const lead = tokens[index]!.word;
  const at = /^(?:from|between)$/.test(lead) ? index + 1 : index;
  const open: DateMoment = { ...moment, asked: true };
  // Without a month of its own the first day takes that of the second: "the 9th to the 12th of June".
  const first = readDate(tokens, at, at > index ? open : moment) ?? bareDay(tokens, at);
  if (first === undefined) return undefined;
  let link = phraseAt(tokens, first.next, lead === 'between' ? [['and']] : links);
  if (link === 0 && /^\s*[-–]\s*$/.test(tokens[first.next]?.gap ?? '') && 'day' in first) link = 0;
  else if (link === 0) return undefined;
  const from = first.next + link;
  const second = readDate(tokens, from, open) ?? bareDay(tokens, from);
  const span = readDuration(tokens, from);
  if (second === undefined || (span !== undefined && link > 0)) return undefined;
  const named = (to: number, start: number): boolean =>
    tokens.slice(start, to).some((token) => monthAt(token) !== undefined);
  if (!('day' in first)) {
    if (!('day' in second) || !named(second.next, from)) return undefined;
    const { year, month } = partsOf(second.day);
    const day = isoDay(year, month, first.date);
    return day === undefined ? undefined : { start: day, end: second.day, next: second.next };
  }
  const bothOpen = !named(first.next, at) && named(second.next, from) && 'day' in second;
  const dayOnly = readOrdinal(tokens, tokens[at]?.word === 'the' ? at + 1 : at);
  if (bothOpen && dayOnly?.next === first.next) {
    const { year, month } = partsOf(second.day);
    const day = isoDay(year, month, dayOnly.value);
    if (day !== undefined && day <= second.day) return { start: day, end: second.day, next: second.next };
  }
  const end = endAfter(first.day, second, named(second.next, from), tokens, from);
  return end === undefined ? undefined : { start: first.day, end, next: second.next };
}

type Open = { day: string; next: number } | { date: number; next: number };

/** The end is meant after the start: "the 12th" in the start's month or the next, "Friday" the one that follows. */
function endAfter(
  start: string,
  second: Open,
  dated: boolean,
  tokens: readonly Token[],
  from: number,
): string | undefined {
  const ordinal = readOrdinal(tokens, tokens[from]?.word === 'the' ? from + 1 : from);
  const date = 'date' in second ? second.date : !dated && ordinal?.next === second.next ? ordinal.value : undefined;
  if (date !== undefined) {
    const { year, month } = partsOf(start);
    for (const ahead of [0, 1, 2]) {
      const day = isoDay(year + Math.floor((month - 1 + ahead) / 12), ((month - 1 + ahead) % 12) + 1, date);
      if (day !== undefined && day >= start) return day;
    }
    return undefined;
  }
  if (!('day' in second)) return undefined;
  if (second.day >= start) return second.day;
  if (dated) {
    const { year, month, day } = partsOf(second.day);
    return isoDay(year + 1, month, day);
  }
  const ahead = (weekdayOf(second.day) - weekdayOf(start) + 7) % 7;
  return addDays(start, ahead === 0 ? 7 : ahead);
}

/** A number that can only be a day of a month which is named elsewhere: "June 9 to 12", "the 9 to the 12 of June". */
function bareDay(tokens: readonly Token[], index: number): { date: number; next: number } | undefined {
  const at = tokens[index]?.word === 'the' ? index + 1 : index;
  const day = readOrdinal(tokens, at) ?? readCardinal(tokens, at);
  if (day === undefined || !Number.isInteger(day.value) || day.value < 1 || day.value > 31) return undefined;
  return { date: day.value, next: day.next };
}

/** "three nights from the ninth", "from Friday for a week". */
function nightsFrom(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const at = tokens[index]!.word === 'for' ? index + 1 : index;
  const span = readDuration(tokens, at);
  if (span !== undefined && /^(?:from|starting|beginning|starting on|on)$/.test(tokens[span.next]?.word ?? '')) {
    const on = tokens[span.next + 1]?.word === 'on' || tokens[span.next + 1]?.word === 'from' ? 2 : 1;
    if (wordsAt(tokens, span.next, ['from', 'now']) || /^weeks?$/.test(tokens[span.next - 1]!.word)) return undefined;
    const start = readDate(tokens, span.next + on, { ...moment, asked: true });
    if (start !== undefined && span.seconds >= 86_400) {
      return { start: start.day, end: addDays(start.day, Math.round(span.seconds / 86_400)), next: start.next };
    }
  }
  const from = tokens[index]!.word === 'from' ? index + 1 : index;
  const start = readDate(tokens, from, moment);
  if (start === undefined || tokens[start.next]?.word !== 'for') return undefined;
  const length = readDuration(tokens, start.next + 1);
  if (length === undefined || length.seconds < 86_400) return undefined;
  return { start: start.day, end: addDays(start.day, Math.round(length.seconds / 86_400)), next: length.next };
}

/** "this week", "next month", "the weekend", "last 7 days", "the same week", "in June". */
function period(tokens: readonly Token[], index: number, moment: DateMoment, context: SlotContext): Days | undefined {
  const the = /^(?:the|in|for)$/.test(tokens[index]!.word) ? index + 1 : index;
  const lead = tokens[the]?.word ?? '';
  const { today } = moment;
  const known = baseDays(context);
  const base = known ?? { start: today, end: today };
  if (lead === 'same') {
    const unit = tokens[the + 1]?.word ?? '';
    if (unit === 'week') return { ...weekOf(base.start), next: the + 2 };
    if (unit === 'month') return { ...monthOf(base.start), next: the + 2 };
    if (/^(?:days?|dates?)$/.test(unit) && known) return { ...known, next: the + 2 };
    return undefined;
  }
  const span = readDuration(tokens, index);
  if (span !== undefined && span.seconds >= 86_400 && /^(?:later|earlier)$/.test(tokens[span.next]?.word ?? '')) {
    const days = Math.round(span.seconds / 86_400) * (tokens[span.next]!.word === 'later' ? 1 : -1);
    return { start: addDays(base.start, days), end: addDays(base.end, days), next: span.next + 1 };
  }
  if (lead === 'weekend' && the > index) return { ...weekendOf(today, 0), next: the + 1 };
  const step = { this: 0, next: 1, last: -1, past: -1, coming: 1 }[lead];
  if (step === undefined) return monthAlone(tokens, index, moment);
  const unit = tokens[the + 1]?.word ?? '';
  if (unit === 'week') return { ...weekOf(addDays(today, 7 * step)), next: the + 2 };
  if (unit === 'weekend') return { ...weekendOf(today, step), next: the + 2 };
  if (unit === 'month') return { ...monthOf(addMonths(`${today.slice(0, 8)}01`, step)), next: the + 2 };
  if (unit === 'year') {
    const year = partsOf(today).year + step;
    return { start: `${year}-01-01`, end: `${year}-12-31`, next: the + 2 };
  }
  const many = readDuration(tokens, the + 1);
  const months = readCardinal(tokens, the + 1);
  if (months !== undefined && /^months?$/.test(tokens[months.next]?.word ?? '') && months.value <= 240) {
    const other = addMonths(today, step < 0 ? -months.value : months.value);
    return step < 0
      ? { start: other, end: today, next: months.next + 1 }
      : { start: today, end: other, next: months.next + 1 };
  }
  if (many === undefined || many.seconds < 86_400) return undefined;
  // Today counts: the last seven days are today and the six before.
  const days = Math.round(many.seconds / 86_400) - 1;
  return step < 0
    ? { start: addDays(today, -days), end: today, next: many.next }
    : { start: today, end: addDays(today, days), next: many.next };
}

/** "in June", "for august": the whole month, this year's or the next. */
function monthAlone(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  if (!/^(?:in|for|during)$/.test(tokens[index]!.word)) return undefined;
  const month = monthAt(tokens[index + 1]);
  if (
    month === undefined ||
    readCardinal(tokens, index + 2) !== undefined ||
    readOrdinal(tokens, index + 2) !== undefined
  )
    return undefined;
  if (tokens[index + 2]?.word === 'the' && readOrdinal(tokens, index + 3) !== undefined) return undefined;
  const { year, month: now } = partsOf(moment.today);
  return { ...monthOf(isoDay(month < now ? year + 1 : year, month, 1)!), next: index + 2 };
}

function oneDay(tokens: readonly Token[], index: number, moment: DateMoment): Days | undefined {
  const one = readDate(tokens, index, moment);
  return one === undefined ? undefined : { start: one.day, end: one.day, next: one.next, single: true };
}

/** Monday to Sunday (ISO 8601). */
function weekOf(day: string): { start: string; end: string } {
  const start = addDays(day, -((weekdayOf(day) + 6) % 7));
  return { start, end: addDays(start, 6) };
}

function weekendOf(today: string, step: number): { start: string; end: string } {
  const saturday = addDays(weekOf(today).start, 5 + 7 * step);
  return { start: saturday, end: addDays(saturday, 1) };
}

function monthOf(day: string): { start: string; end: string } {
  const start = `${day.slice(0, 8)}01`;
  return { start, end: addDays(addMonths(start, 1), -1) };
}

function baseDays(context: SlotContext): { start: string; end: string } | undefined {
  const from: Json | undefined = context.relativeTo;
  if (typeof from === 'string' && isDay(from.slice(0, 10))) return { start: from.slice(0, 10), end: from.slice(0, 10) };
  if (typeof from !== 'object' || from === null || Array.isArray(from)) return undefined;
  const { start, end } = from;
  return typeof start === 'string' && isDay(start)
    ? { start, end: typeof end === 'string' && isDay(end) ? end : start }
    : undefined;
}
