import type { Reading, SlotContext } from './slot-type.js';
import { isWrapped } from './answer.js';
import { daysBetween, isDay, isoDay, monthNames, partsOf, weekdayNames, weekdayOf } from './calendar.js';
import { defineType, inOrder, maybe, oneOf, reading, words } from './define.js';
import type { Token } from './normalise.js';
import { ordinalFigure, ordinalWords, readCardinal, readOrdinal } from './numbers.js';
import { dateMoment, readDate } from './read-date.js';

/** A later day than this from today is said with its year. */
const yearAfterDays = 300;

/** A day, written `2026-03-04`: "tomorrow", "on Friday", "the fifteenth", "a week from Monday", "June 9th". */
export const date = defineType({
  name: 'date',
  read(tokens, context, text) {
    const moment = dateMoment(context);
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readDate(tokens, index, moment);
      if (one === undefined) {
        index = pastOrdinal(tokens, index);
        continue;
      }
      found.push(reading(text, tokens, index, one.next, one.day, one.confidence, one.others));
      index = one.next;
    }
    if (found.length === 0 && context.asked) return bareDay(tokens, context, text);
    return found;
  },
  parse(written) {
    if (typeof written === 'string' && isDay(written.trim())) return { value: written.trim() };
    return { problem: 'A date is expected here, such as 2026-03-04.' };
  },
  say: (value, context) => sayDate(String(value), context),
  spoken: () => dateSpoken,
});

/** An ordinal that is no date is passed as a whole: "thirty second" holds no "second". */
function pastOrdinal(tokens: readonly Token[], index: number): number {
  const here = readOrdinal(tokens, index) !== undefined;
  const ordinal = readOrdinal(tokens, index) ?? readOrdinal(tokens, index + 1);
  return ordinal !== undefined && (ordinal.value > 31 || here) ? ordinal.next : index + 1;
}

/** "fifteen", as the whole answer to "which day?". */
function bareDay(tokens: readonly Token[], context: SlotContext, text: string): Reading[] {
  for (let index = 0; index < tokens.length; index++) {
    const number = readCardinal(tokens, index);
    if (number === undefined) continue;
    if (tokens[index - 1]?.word === 'at' || /^(?:an?|dozen|half|couple)$/.test(tokens[index]!.word)) return [];
    if (!isWrapped(tokens, index, number.next) || number.value < 1 || number.value > 31) return [];
    const { today } = dateMoment(context);
    const { year, month } = partsOf(today);
    for (const ahead of [0, 1, 2]) {
      const day = isoDay(year + Math.floor((month - 1 + ahead) / 12), ((month - 1 + ahead) % 12) + 1, number.value);
      if (day !== undefined && day >= today) return [reading(text, tokens, index, number.next, day, 0.6)];
    }
    return [];
  }
  return [];
}

/** Nobody knows what day of the week it was longer ago than this. */
const noWeekdayDays = 2 * 366;

/** `2026-05-22` → "Friday the 22nd of May", with the year when it is long ago or far ahead; "the 4th of May 1980". */
export function sayDate(day: string, context: SlotContext): string {
  if (!isDay(day)) return day;
  const parts = partsOf(day);
  const ahead = daysBetween(context.now.slice(0, 10), day);
  const year = ahead > yearAfterDays || ahead < -60 ? ` ${parts.year}` : '';
  const weekday = ahead < -noWeekdayDays ? '' : `${weekdayNames[weekdayOf(day)]!} `;
  return `${weekday}the ${ordinalFigure(parts.day)} of ${monthNames[parts.month - 1]!}${year}`;
}

const days = oneOf(Array.from({ length: 31 }, (_, index) => ordinalWords(index + 1)));
const monthWords = oneOf(monthNames.map((name) => name.toLowerCase()));
const weekdayWords = oneOf(weekdayNames.map((name) => name.toLowerCase()));

export const dateSpoken = oneOf([
  'today',
  'tomorrow',
  'the day after tomorrow',
  inOrder(maybe(oneOf(['on', 'next', 'this'])), weekdayWords),
  inOrder(weekdayWords, words('the'), days),
  inOrder(monthWords, maybe(words('the')), days),
  inOrder(words('the'), days, maybe(inOrder(words('of'), monthWords))),
]);
