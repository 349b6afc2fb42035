import { addDays, addMonths, isoDay, monthNames, partsOf, weekdayNames, weekdayOf } from './calendar.js';
import type { Token } from './normalise.js';
import { phraseAt, wordsAt } from './normalise.js';
import { readCardinal, readOrdinal, readYear } from './numbers.js';
import type { SlotContext } from './slot-type.js';

/** A day read from the tokens up to `next`. */
export interface DateRead {
  day: string;
  next: number;
  confidence: number;
  others: string[];
}

/** What reading a date may know. */
export interface DateMoment {
  today: string;
  asked: boolean;
  /** The latest day allowed: "the third" is then the last one, not the next. */
  latest?: string;
  monthFirst: boolean;
  /** The language does not tell whether 4/3 is in March or in April. */
  orderOpen: boolean;
}

export function dateMoment(context: SlotContext): DateMoment {
  const today = context.now.slice(0, 10);
  const max = context.range?.max;
  const latest = max === 'today' ? today : max !== undefined && /^\d{4}-\d\d-\d\d$/.test(max) ? max : undefined;
  const region = context.language.split('-').find((part) => /^[A-Z]{2}$/.test(part));
  const moment: DateMoment = {
    today,
    asked: context.asked,
    // The order month/day is the custom of these regions only (CLDR, short date patterns).
    monthFirst: region !== undefined && ['US', 'PH', 'PR', 'GU', 'FM', 'PW', 'MH'].includes(region),
    orderOpen: region === undefined && context.language.startsWith('en'),
  };
  if (latest !== undefined) moment.latest = latest;
  return moment;
}

const weekdays = new Map<string, number>();
for (const [index, name] of weekdayNames.entries()) weekdays.set(name.toLowerCase(), index);
for (const [short, index] of [
  ['tues', 2],
  ['tue', 2],
  ['thurs', 4],
  ['thur', 4],
  ['thu', 4],
  ['fri', 5],
  ['mon', 1],
] as const) {
  weekdays.set(short, index);
}
/** Short names that are words too: only as written names, with a capital. */
const writtenWeekdays = new Map([['Wed', 3], ['Sat', 6], ['Sun', 0], ['Weds', 3]]); // prettier-ignore

const months = new Map<string, number>();
for (const [index, name] of monthNames.entries()) {
  months.set(name.toLowerCase(), index + 1);
  months.set(name.slice(0, 3).toLowerCase(), index + 1);
}
months.set('sept', 9);

const holidays: readonly (readonly [string, number, number])[] = [
  ['christmas day', 12, 25], ['christmas eve', 12, 24], ['christmas', 12, 25], ['boxing day', 12, 26], ["st stephen's day", 12, 26],
  ["new year's eve", 12, 31], ["new year's day", 1, 1], ["new year's", 1, 1], ['new years eve', 12, 31], ['new years day', 1, 1],
  ["valentine's day", 2, 14], ['valentines day', 2, 14], ["st patrick's day", 3, 17], ['halloween', 10, 31],
  ['independence day', 7, 4],
]; // prettier-ignore

export function weekdayAt(token: Token | undefined): number | undefined {
  if (token === undefined) return undefined;
  return weekdays.get(token.word.replace(/'s$/, '')) ?? writtenWeekdays.get(token.raw);
}

export function monthAt(token: Token | undefined): number | undefined {
  return token === undefined ? undefined : months.get(token.word);
}

type Rule = (tokens: readonly Token[], index: number, moment: DateMoment) => DateRead | undefined;

/** "the last Friday of May", "the first monday of next month". */
const nthWeekday: Rule = (tokens, index, moment) => {
  const at = tokens[index]?.word === 'the' ? index + 1 : index;
  const last = tokens[at]?.word === 'last';
  const place = last ? { value: 5, next: at + 1 } : readOrdinal(tokens, at);
  const wanted = weekdayAt(tokens[place?.next ?? -1]);
  if (place === undefined || wanted === undefined || place.value > 5) return undefined;
  const of = place.next + 1;
  if (!/^(?:of|in)$/.test(tokens[of]?.word ?? '')) return undefined;
  const named = monthAt(tokens[of + 1]);
  const relative = phraseAt(tokens, of + 1, [['next', 'month'], ['this', 'month'], ['the', 'month']]); // prettier-ignore
  if (named === undefined && relative === 0) return undefined;
  const ahead = relative > 0 && tokens[of + 1]!.word === 'next' ? 1 : 0;
  const now = partsOf(addMonths(`${moment.today.slice(0, 8)}01`, ahead));
  const next = named === undefined ? of + 1 + relative : of + 2;
  for (const year of named === undefined ? [now.year] : [now.year, now.year + 1]) {
    const first = isoDay(year, named ?? now.month, 1)!;
    const offset = (wanted - weekdayOf(first) + 7) % 7;
    const days = [0, 7, 14, 21, 28]
      .map((more) => addDays(first, offset + more))
      .filter((day) => day.slice(0, 7) === first.slice(0, 7));
    const day = last ? days.at(-1) : days[place.value - 1];
    if (day !== undefined && (day >= moment.today || named === undefined)) return sure(day, next);
  }
  return undefined;
};

/** The day that begins at `index`, if one does. The first rule that reads it wins. */
export function readDate(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  for (const rule of rules) {
    const found = rule(tokens, index, moment);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sure(day: string | undefined, next: number, confidence = 1, others: string[] = []): DateRead | undefined {
  return day === undefined ? undefined : { day, next, confidence, others };
}

const nearDays: readonly (readonly [readonly string[], number])[] = (
  [
    ['the day after tomorrow', 2], ['day after tomorrow', 2], ['the day before yesterday', -2], ['tomorrow', 1], ['today', 0],
    ['tonight', 0], ['this morning', 0], ['this afternoon', 0], ['this evening', 0], ['yesterday', -1], ['last night', -1],
  ] as const
).map(([text, days]) => [text.split(' '), days] as const); // prettier-ignore

const nearDay: Rule = (tokens, index, moment) => {
  for (const [words, days] of nearDays) {
    if (!wordsAt(tokens, index, words)) continue;
    const next = index + words.length;
    if (days > 0 && tokens[next]?.word === 'week') return sure(addDays(moment.today, days + 7), next + 1);
    return sure(addDays(moment.today, days), next);
  }
  return undefined;
};

/** "The end of the month", "the last day of april", "the start of next month". */
const edgeOfMonth: Rule = (tokens, index, moment) => {
  const at = tokens[index]?.word === 'the' ? index + 1 : index;
  const edge = phraseAt(tokens, at, [['end', 'of'], ['last', 'day', 'of'], ['last', 'of']]); // prettier-ignore
  const first = phraseAt(tokens, at, [['start', 'of'], ['beginning', 'of'], ['first', 'day', 'of']]); // prettier-ignore
  if (edge === 0 && first === 0) return undefined;
  const of = at + Math.max(edge, first);
  const [lead, unit] = [tokens[of]?.word ?? '', tokens[of + 1]?.word ?? ''];
  const named = monthAt(tokens[of]);
  const isRelative = /^(?:the|this|next)$/.test(lead);
  // Nobody knows which day "the beginning of June" is; that of next month is the first, to be said back.
  const confidence = first > 0 && tokens[at]!.word !== 'first' ? 0.75 : 1;
  if (edge > 0 && isRelative && unit === 'week') {
    const sunday = addDays(moment.today, ((7 - weekdayOf(moment.today)) % 7) + (lead === 'next' ? 7 : 0));
    return sure(addDays(sunday, -2), of + 2, 1, [sunday]);
  }
  if (edge > 0 && isRelative && unit === 'year')
    return sure(`${partsOf(moment.today).year + (lead === 'next' ? 1 : 0)}-12-31`, of + 2);
  if (named === undefined && !(isRelative && unit === 'month')) return undefined;
  const base = named === undefined ? addMonths(`${moment.today.slice(0, 8)}01`, lead === 'next' ? 1 : 0) : withYear(named, 1, moment, 28); // prettier-ignore
  if (base === undefined) return undefined;
  const start = `${base.slice(0, 8)}01`;
  const coming = named === undefined && first > 0 && start < moment.today ? addMonths(start, 1) : start;
  const day = edge > 0 ? addDays(addMonths(coming, 1), -1) : coming;
  return sure(day, named === undefined ? of + 2 : of + 1, confidence);
};

const spanDays: Readonly<Record<string, number>> = {
  day: 1,
  days: 1,
  week: 7,
  weeks: 7,
  fortnight: 14,
  fortnights: 14,
};

/** "a week", "three days", "two months": how far, and in what. */
function readSpan(tokens: readonly Token[], index: number): { days: number; months: number; next: number } | undefined {
  const article = tokens[index]?.word === 'a' || tokens[index]?.word === 'one' || tokens[index]?.word === 'the';
  const count = article ? { value: 1, next: index + 1 } : readCardinal(tokens, index);
  if (count === undefined || !Number.isInteger(count.value) || count.value > 1000) return undefined;
  const couple = article && tokens[index + 1]?.word === 'couple' ? readCardinal(tokens, index) : undefined;
  const { value, next } = couple ?? count;
  const unit = (tokens[next]?.word ?? '').replace(/'s?$/, '');
  if (/^years?$/.test(unit)) return { days: 0, months: 12 * value, next: next + 1 };
  if (/^months?$/.test(unit)) return { days: 0, months: value, next: next + 1 };
  const days = Object.hasOwn(spanDays, unit) ? spanDays[unit]! : undefined;
  return days === undefined ? undefined : { days: value * days, months: 0, next: next + 1 };
}

function bareWeekday(tokens: readonly Token[], index: number, moment: DateMoment): DateRead | undefined {
  return weekdayAt(tokens[index]) === undefined ? undefined : weekday(tokens, index, moment);
}

function shift(day: string, span: { days: number; months: number }, sign = 1): string {
  return addDays(addMonths(day, sign * span.months), sign * span.days);
}

/** "in three days", "two weeks from Friday", "a week ago", "the day after Christmas". */
const farDay: Rule = (tokens, index, moment) => {
  const within = tokens[index]?.word === 'in';
  const span = readSpan(tokens, within ? index + 1 : index);
  if (span === undefined) return undefined;
  if (within) return sure(shift(moment.today, span), span.next + (wordsAt(tokens, span.next, ['time']) ? 1 : 0));
  const link = tokens[span.next]?.word ?? '';
  if (link === 'ago') return sure(shift(moment.today, span, -1), span.next + 1);
  // "A week today", "a week Friday".
  const direct =
    span.days > 0 && span.days % 7 === 0
      ? (nearDay(tokens, span.next, moment) ?? bareWeekday(tokens, span.next, moment))
      : undefined;
  if (direct !== undefined) return sure(shift(direct.day, span), direct.next);
  if (!/^(?:from|on|after|before)$/.test(link)) return undefined;
  if (wordsAt(tokens, span.next, ['from', 'now'])) return sure(shift(moment.today, span), span.next + 2);
  const base = readDate(tokens, span.next + 1, moment);
  if (base === undefined) return undefined;
  const sign = link === 'before' ? -1 : 1;
  const [day, ...others] = [base.day, ...base.others].map((one) => shift(one, span, sign));
  // "A week from Monday", said on a Monday: the coming one is counted from.
  return sure(day, base.next, base.confidence, weekdayAt(tokens[span.next + 1]) === undefined ? others : []);
};

/** "Friday", "next Friday", "Friday week", "Friday the 13th", "Friday the 22nd of May", "Friday, May 22nd". */
const weekday: Rule = (tokens, index, moment) => {
  const lead = tokens[index]?.word ?? '';
  const led = /^(?:this|next|last|coming)$/.test(lead);
  const at = led ? (tokens[index + 1]?.word === 'coming' ? index + 2 : index + 1) : index;
  const wanted = weekdayAt(tokens[at]);
  if (wanted === undefined) return undefined;
  const next = at + 1;
  if (lead !== 'last') {
    const dated = datedWeekday(tokens, next, wanted, moment);
    if (dated !== undefined) return dated;
  }
  const ahead = (wanted - weekdayOf(moment.today) + 7) % 7;
  if (lead === 'last') return sure(addDays(moment.today, ahead === 0 ? -7 : ahead - 7), next);
  if (lead === 'this' || lead === 'coming') return sure(addDays(moment.today, ahead), next);
  const coming = addDays(moment.today, ahead === 0 ? 7 : ahead);
  if (wordsAt(tokens, next, ['after', 'next'])) {
    // A week after what is "next Friday" to the one, and a week after that to the other.
    const [day, ...others] = [...new Set([coming, weekAfter(moment.today, wanted)])].map((one) => addDays(one, 7));
    return sure(day, next + 2, 1, others);
  }
  if (tokens[next]?.word === 'week') return sure(addDays(coming, 7), next + 1);
  if (lead === 'next') {
    // Some mean the coming one, some that of next week.
    const nextWeek = weekAfter(moment.today, wanted);
    return sure(nextWeek, next, 1, nextWeek === coming ? [] : [coming]);
  }
  if (moment.latest !== undefined && coming > moment.latest) {
    return sure(addDays(coming, -7), next);
  }
  return sure(coming, next, 1, ahead === 0 ? [moment.today] : []);
};

/** The weekday in the week after this one; weeks begin on Monday. */
function weekAfter(today: string, wanted: number): string {
  return addDays(today, 7 - ((weekdayOf(today) + 6) % 7) + ((wanted + 6) % 7));
}

function datedWeekday(
  tokens: readonly Token[],
  index: number,
  wanted: number,
  moment: DateMoment,
): DateRead | undefined {
  const full = readMonthDay(tokens, index);
  if (full !== undefined) {
    if (full.year !== undefined) {
      const day = isoDay(full.year, full.month, full.day);
      return sure(day, full.next, day !== undefined && weekdayOf(day) === wanted ? 1 : 0.6);
    }
    const { year } = partsOf(moment.today);
    const days = [year, year + 1, year - 1]
      .map((one) => isoDay(one, full.month, full.day))
      .filter((day) => day !== undefined);
    const fitting = days.filter((day) => weekdayOf(day) === wanted);
    const best =
      fitting.find((day) => day >= moment.today && allowed(day, moment)) ?? fitting.find((day) => allowed(day, moment));
    if (best !== undefined) return sure(best, full.next);
    return sure(withYear(full.month, full.day, moment), full.next, 0.6);
  }
  const the = tokens[index]?.word === 'the' ? index + 1 : index;
  const ordinal = readOrdinal(tokens, the);
  if (ordinal === undefined || ordinal.value > 31) return undefined;
  const day = scan(moment, (one) => partsOf(one).day === ordinal.value && weekdayOf(one) === wanted, 1500);
  return sure(day, ordinal.next);
}

function allowed(day: string, moment: DateMoment): boolean {
  return moment.latest === undefined || day <= moment.latest;
}

/** The next day that fits, today included; the last one where later days are not allowed. */
function scan(moment: DateMoment, fits: (day: string) => boolean, most: number): string | undefined {
  const backwards = moment.latest !== undefined && moment.latest <= moment.today;
  for (let ahead = 0; ahead <= most; ahead++) {
    const day = addDays(moment.today, backwards ? -ahead : ahead);
    if (fits(day) && allowed(day, moment)) return day;
  }
  return undefined;
}

/** @param length how many days from that one on must not be over */
function withYear(month: number, day: number, moment: DateMoment, length = 0): string | undefined {
  const { year } = partsOf(moment.today);
  const days: string[] = [];
  // Eight years hold a 29 February, also around 2100.
  for (let offset = -8; offset <= 8; offset++) {
    const one = isoDay(year + offset, month, day);
    if (one !== undefined) days.push(one);
  }
  const coming = days.find((one) => addDays(one, length) >= moment.today);
  if (coming !== undefined && allowed(coming, moment)) return coming;
  return days.filter((one) => allowed(one, moment)).at(-1) ?? coming;
}

interface MonthDay {
  year?: number;
  month: number;
  day: number;
  next: number;
}

/** Month and day in either order, with or without the year. */
function readMonthDay(tokens: readonly Token[], index: number, moment?: DateMoment): MonthDay | undefined {
  const month = monthAt(tokens[index]);
  if (month !== undefined) {
    const at = tokens[index + 1]?.word === 'the' ? index + 2 : index + 1;
    const day = readOrdinal(tokens, at) ?? plainDay(tokens, at);
    if (day === undefined || day.value < 1 || day.value > 31) return undefined;
    const year = yearAfter(tokens, day.next, moment);
    if (year === undefined && readYear(tokens, at) !== undefined) return undefined;
    return { month, day: day.value, next: year?.next ?? day.next, ...(year && { year: year.value }) };
  }
  const the = tokens[index]?.word === 'the' ? index + 1 : index;
  const day = readOrdinal(tokens, the) ?? plainDay(tokens, the);
  if (day === undefined || day.value < 1 || day.value > 31) return undefined;
  const at = tokens[day.next]?.word === 'of' ? day.next + 1 : day.next;
  const named = monthAt(tokens[at]);
  if (named === undefined)
    return tokens[at - 1]?.word === 'of' ? monthByNumber(tokens, at, day.value, moment) : undefined;
  const year = yearAfter(tokens, at + 1, moment);
  return { month: named, day: day.value, next: year?.next ?? at + 1, ...(year && { year: year.value }) };
}

function plainDay(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const number = readCardinal(tokens, index);
  return number !== undefined && Number.isInteger(number.value) && tokens[index]!.word !== 'a' ? number : undefined;
}

/** "The fourth of the third nineteen eighty two": only with its year, as in a date of birth. */
function monthByNumber(
  tokens: readonly Token[],
  index: number,
  day: number,
  moment?: DateMoment,
): MonthDay | undefined {
  const month = readOrdinal(tokens, tokens[index]?.word === 'the' ? index + 1 : index);
  if (month === undefined || month.value > 12) return undefined;
  const year = yearAfter(tokens, month.next, moment);
  return year && { month: month.value, day, next: year.next, year: year.value };
}

function yearAfter(
  tokens: readonly Token[],
  index: number,
  moment?: DateMoment,
): { value: number; next: number } | undefined {
  if (/[.;!?]/.test(tokens[index]?.gap ?? '')) return undefined;
  const at = /^(?:in|of)$/.test(tokens[index]?.word ?? '') ? index + 1 : index;
  if (moment && tokens[at + 1]?.word === 'year' && /^(?:this|next)$/.test(tokens[at]!.word)) {
    const { year } = partsOf(moment.today);
    return { value: tokens[at]!.word === 'next' ? year + 1 : year, next: at + 2 };
  }
  const year = readYear(tokens, at);
  if (year !== undefined || moment?.latest === undefined) return year;
  // "March the fourth eighty two", where only days that are over can be meant.
  const short = readCardinal(tokens, at);
  if (short === undefined || !Number.isInteger(short.value) || short.value > 99 || tokens[at]?.word === 'a')
    return undefined;
  const latest = Number(moment.latest.slice(0, 4));
  const full = latest - (latest % 100) + short.value;
  return { value: full > latest ? full - 100 : full, next: short.next };
}

/** "Oh four, oh three, nineteen eighty two": figures said one after the other, with the year. */
const saidFigures: Rule = (tokens, index, moment) => {
  if (!moment.asked) return undefined;
  const first = smallFigure(tokens, index);
  const then = first && smallFigure(tokens, first.next);
  const year = then && yearAfter(tokens, then.next, moment);
  if (first === undefined || then === undefined || year === undefined) return undefined;
  const build = (month: number, day: number): string | undefined => isoDay(year.value, month, day);
  const [dayFirst, monthFirst] = [
    then.value > 12 ? undefined : build(then.value, first.value),
    first.value > 12 ? undefined : build(first.value, then.value),
  ];
  const [usual, other] = moment.monthFirst ? [monthFirst, dayFirst] : [dayFirst, monthFirst];
  const others = moment.orderOpen && usual !== undefined && other !== undefined && other !== usual ? [other] : [];
  return usual === undefined ? sure(other, year.next, 0.8) : sure(usual, year.next, 0.9, others);
};

/** A day or a month as a figure: "four", "oh four", "04", "fourth". */
function smallFigure(tokens: readonly Token[], index: number): { value: number; next: number } | undefined {
  const oh = /^(?:oh|o|zero)$/.test(tokens[index]?.word ?? '');
  const at = oh ? index + 1 : index;
  const number = readOrdinal(tokens, at) ?? plainDay(tokens, at);
  return number === undefined || number.value < 1 || number.value > 31 || (oh && number.value > 9) ? undefined : number;
}

const monthDay: Rule = (tokens, index, moment) => {
  const read = readMonthDay(tokens, index, moment);
  if (read === undefined) return undefined;
  const day =
    read.year === undefined ? withYear(read.month, read.day, moment) : isoDay(read.year, read.month, read.day);
  // "9 may" could be a number and a verb; an ordinal or a written month could not.
  const verb = tokens[index + 1]?.raw === 'may' && readOrdinal(tokens, index) === undefined && !moment.asked;
  return sure(day, read.next, verb ? 0.7 : 1);
};

const holiday: Rule = (tokens, index, moment) => {
  for (const [name, month, day] of holidays) {
    const words = name.split(' ');
    if (wordsAt(tokens, index, words)) return sure(withYear(month, day, moment), index + words.length);
  }
  return undefined;
};

/** `2026-06-09`, `4/3/2026`, `04.03.2026`, `4/3`. */
const figures: Rule = (tokens, index, moment) => {
  const [a, b, c] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (a === undefined || !/^\d/.test(a.word)) return undefined;
  if (/^\d{4}$/.test(a.word) && b?.gap === '-' && c?.gap === '-') {
    return sure(isoDay(Number(a.word), Number(b.word), Number(c.word)), index + 3);
  }
  const points = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(a.word);
  if (points) return sure(isoDay(Number(points[3]), Number(points[2]), Number(points[1])), index + 1);
  if (b?.word !== '/' || b.gap !== '' || c?.gap !== '' || !/^\d{1,2}$/.test(a.word) || !/^\d{1,2}$/.test(c.word))
    return undefined;
  const withYearAt = tokens[index + 3]?.word === '/' && /^(?:\d{2}|\d{4})$/.test(tokens[index + 4]?.word ?? '');
  const written = withYearAt ? Number(tokens[index + 4]!.word) : undefined;
  const latest = moment.latest === undefined ? 2069 : Number(moment.latest.slice(0, 4));
  const century = written !== undefined && 2000 + written > latest ? 1900 : 2000;
  const year = written !== undefined && written < 100 ? written + century : written;
  const next = withYearAt ? index + 5 : index + 3;
  const build = (month: number, day: number): string | undefined =>
    month > 12 || day > 31 ? undefined : year === undefined ? withYear(month, day, moment) : isoDay(year, month, day);
  const [first, second] = [Number(a.word), Number(c.word)];
  const monthFirst = build(first, second);
  const dayFirst = build(second, first);
  const [usual, unusual] = moment.monthFirst ? [monthFirst, dayFirst] : [dayFirst, monthFirst];
  const others = moment.orderOpen && usual !== undefined && unusual !== undefined && usual !== unusual ? [unusual] : [];
  return usual === undefined ? sure(unusual, next, 0.8) : sure(usual, next, 1, others);
};

const dayLeads = new Set(['on', 'from', 'until', 'till', 'to', 'by', 'since', 'before', 'after', 'and', 'through']);
/** Words that may follow a bare day of the month; a noun ("the third floor") may not. */
const afterDay = new Set([
  'please', 'at', 'to', 'until', 'till', 'for', 'then', 'instead', 'not', 'no', 'and', 'or', 'if', 'would', 'is', 'in', 'around',
  'works', 'sounds', 'thanks', 'thank', 'uh', 'um', 'but', 'maybe', 'actually', 'wait', 'sorry', 'rather', 'through', 'make', 'i',
  'from', 'by', 'was', 'will', 'evening', 'morning', 'with', 'it', 'that', 'should', 'suits', 'too', 'as', 'of',
]); // prettier-ignore

/** "the fifteenth", "the fifteenth of next month". */
const dayOfMonth: Rule = (tokens, index, moment) => {
  const the = tokens[index]?.word === 'the';
  const ordinal = readOrdinal(tokens, the ? index + 1 : index);
  if (ordinal === undefined || ordinal.value < 1 || ordinal.value > 31) return undefined;
  const month = phraseAt(tokens, ordinal.next, [
    ['of', 'next', 'month'],
    ['next', 'month'],
    ['of', 'this', 'month'],
    ['this', 'month'],
  ]);
  // "The first of the month" is the next one, or the last where later days cannot be meant.
  if (wordsAt(tokens, ordinal.next, ['of', 'the', 'month']))
    return sure(scan(moment, (one) => partsOf(one).day === ordinal.value, 70), ordinal.next + 3); // prettier-ignore
  if (month > 0) {
    const next = ordinal.next + month;
    const ahead = tokens[next - 2]!.word === 'next' ? 1 : 0;
    const { year, month: number } = partsOf(addMonths(`${moment.today.slice(0, 8)}01`, ahead));
    return sure(isoDay(year, number, ordinal.value), next);
  }
  const before = tokens[index - 1]?.word ?? '';
  const after = tokens[ordinal.next];
  const closed = after === undefined || /[,.;!?]/.test(after.gap) || afterDay.has(after.word);
  // "Hold on a second" names no day.
  if (!closed || after?.word === 'of' || /^(?:a|an|one|half|every|each)$/.test(before)) return undefined;
  if (!the && !dayLeads.has(before) && !moment.asked) return undefined;
  if (!moment.asked && !dayLeads.has(before) && ordinal.value < 4) return undefined;
  const day = scan(moment, (one) => partsOf(one).day === ordinal.value, 70);
  return sure(day, ordinal.next, moment.asked || dayLeads.has(before) ? 1 : 0.7);
};

/** "In 1980 on May the fourth": the year first. */
const yearFirst: Rule = (tokens, index) => {
  if (tokens[index]?.word !== 'in') return undefined;
  const year = readYear(tokens, index + 1);
  if (year === undefined || year.value < 1000) return undefined;
  const on = tokens[year.next]?.word === 'on' ? year.next + 1 : year.next;
  const read = readMonthDay(tokens, on);
  return read && read.year === undefined ? sure(isoDay(year.value, read.month, read.day), read.next) : undefined;
};

const rules: readonly Rule[] = [
  yearFirst, nthWeekday, edgeOfMonth, nearDay, farDay, weekday, monthDay, holiday, figures, saidFigures, dayOfMonth,
]; // prettier-ignore
