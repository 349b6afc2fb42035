import { isWrapped } from './answer.js';
import type { Token } from './normalise.js';
import { phraseAt, wordsAt } from './normalise.js';
import { readCardinal, teenWords, unitWords } from './numbers.js';
import { monthAt, weekdayAt } from './read-date.js';
import { regionOf } from './regions.js';
import type { SlotContext } from './slot-type.js';

/** A time of day read from the tokens up to `next`: one value, or two that are as good. */
export interface TimeRead {
  times: string[];
  next: number;
  confidence: number;
}

type Part = 'am' | 'pm' | 'night';

/** Hours and minutes as they were said, before it is clear which half of the day is meant. */
interface Clock {
  hour: number;
  minute: number;
  next: number;
  /** Minutes are counted back from the hour ("quarter to eight"). */
  before?: boolean;
  /** Written or said on the 24-hour clock, or "noon": no half of the day to ask for. */
  exact?: boolean;
  /** Only a number: a time only where a time is expected. */
  bare?: boolean;
}

const afterParts: readonly (readonly [string, Part])[] = [
  ['am', 'am'], ['pm', 'pm'], ['a m', 'am'], ['p m', 'pm'], ['in the morning', 'am'], ['this morning', 'am'],
  ['tomorrow morning', 'am'], ['in the afternoon', 'pm'], ['this afternoon', 'pm'], ['tomorrow afternoon', 'pm'],
  ['in the evening', 'pm'], ['this evening', 'pm'], ['tomorrow evening', 'pm'], ['at night', 'night'], ['tonight', 'night'],
  ['tomorrow night', 'night'], ['of the afternoon', 'pm'], ['of the morning', 'am'], ['in the night', 'night'],
]; // prettier-ignore

const partWords: Readonly<Record<string, Part>> = {
  morning: 'am', mornings: 'am', breakfast: 'am', afternoon: 'pm', evening: 'pm', tonight: 'night', night: 'night', dinner: 'pm',
}; // prettier-ignore

const timeLeads = new Set([
  'at',
  'around',
  'about',
  'by',
  'from',
  'until',
  'till',
  'before',
  'after',
  'say',
  'maybe',
  'to',
  'make',
  'no',
  'wait',
  'sorry',
  'actually',
  'mean',
  'rather',
]);
/** Words that may follow a bare hour; a noun ("at four people", "two hours") may not. */
const afterHour = new Set([
  'please', 'on', 'for', 'then', 'today', 'tomorrow', 'tonight', 'if', 'or', 'and', 'instead', 'would', 'is', 'sharp', 'maybe',
  'thanks', 'thank', 'not', 'no', 'wait', 'uh', 'um', 'this', 'next', 'works', 'sounds', 'with', 'in', 'to', 'until', 'the', 'but',
  'actually', 'sorry', 'i', 'ish', 'under', 'exactly', 'when', 'make', 'it', 'rather', 'you', 'that', 'so', 'latest',
]); // prettier-ignore

/** The time that begins at `index`, if one does. */
export function readTime(tokens: readonly Token[], index: number, context: SlotContext): TimeRead | undefined {
  const soon = fromNow(tokens, index, context);
  if (soon !== undefined) return { times: [soon.time], next: soon.next, confidence: 1 };
  const clock =
    namedHour(tokens, index) ??
    relativeHour(tokens, index, context) ??
    figures(tokens, index, context) ??
    spokenHour(tokens, index);
  if (clock === undefined) return undefined;
  let next = clock.next;
  // "Eight-ish".
  if (tokens[next]?.word === 'ish') next += 1;
  if (tokens[next]?.word === "o'clock" || tokens[next]?.word === 'oclock') {
    next += 1;
    clock.bare = false;
  }
  let part: Part | undefined;
  let best = 0;
  for (const [phrase, value] of afterParts) {
    const words = phrase.split(' ');
    if (words.length > best && wordsAt(tokens, next, words)) [part, best] = [value, words.length];
  }
  next += best;
  if (clock.bare && part === undefined && !timeIsMeant(tokens, index, next, context)) return undefined;
  part ??= partElsewhere(tokens, index, next);
  const times = clock.exact || clock.hour > 12 || clock.hour === 0 ? [write(clock)] : halves(clock, part);
  const kept = within(times, context.range);
  return { times: kept, next, confidence: clock.bare && part === undefined && !context.asked ? 0.8 : 1 };
}

const named: readonly (readonly [readonly string[], number])[] = [
  [['twelve', 'noon'], 12], [['12', 'noon'], 12], [['noon'], 12], [['midday'], 12], [['mid', 'day'], 12],
  [['twelve', 'midnight'], 0], [['12', 'midnight'], 0], [['midnight'], 0],
]; // prettier-ignore

function namedHour(tokens: readonly Token[], index: number): Clock | undefined {
  for (const [words, hour] of named) {
    if (wordsAt(tokens, index, words)) return { hour, minute: 0, next: index + words.length, exact: true };
  }
  return undefined;
}

/** "half past seven", "a quarter to eight", "ten past twelve", "half seven". */
function relativeHour(tokens: readonly Token[], index: number, context: SlotContext): Clock | undefined {
  let at = tokens[index]?.word === 'a' ? index + 1 : index;
  let minute: number | undefined;
  const word = tokens[at]?.word;
  if (word === 'half') minute = 30;
  else if (word === 'quarter') minute = 15;
  if (minute !== undefined) at += 1;
  else {
    const number = readCardinal(tokens, index);
    if (number === undefined || !Number.isInteger(number.value) || number.value < 1 || number.value > 59)
      return undefined;
    minute = number.value;
    at = number.next;
    if (/^minutes?$/.test(tokens[at]?.word ?? '')) at += 1;
  }
  const link = tokens[at]?.word ?? '';
  const past = link === 'past' || link === 'after';
  // "A quarter of eight" is one before eight in North America.
  const american = link === 'of' && word === 'quarter' && /^(?:US|CA)$/.test(regionOf(context.language));
  const before = link === 'to' || link === 'before' || link === 'till' || american;
  if (!past && !before) {
    // "half seven" is half past seven (Britain and Ireland), never "half to".
    if (word !== 'half' || at !== index + 1) return undefined;
    const hour = readCardinal(tokens, at);
    if (hour === undefined || hour.value < 1 || hour.value > 12 || /^\d/.test(tokens[at]!.word)) return undefined;
    const noun = tokens[hour.next]?.word ?? '';
    return /^(?:dozen|hours?|people)$/.test(noun) ? undefined : { hour: hour.value, minute: 30, next: hour.next };
  }
  // "from ten to seven" is a stretch of time, not ten minutes to seven.
  if (before && /^(?:from|between)$/.test(tokens[index - 1]?.word ?? '')) return undefined;
  const twelve = namedHour(tokens, at + 1);
  const hour = twelve === undefined ? readCardinal(tokens, at + 1) : { value: twelve.hour, next: twelve.next };
  if (hour === undefined || !Number.isInteger(hour.value) || hour.value > 24) return undefined;
  if (past) return { hour: hour.value, minute, next: hour.next, ...(twelve && { exact: true }) };
  return { hour: hour.value, minute: 60 - minute, next: hour.next, before: true, ...(twelve && { exact: true }) };
}

/** `7:30`, `07:30`, `7.30 pm`, `7pm`, `1930`. */
function figures(tokens: readonly Token[], index: number, context: SlotContext): Clock | undefined {
  const word = tokens[index]?.word ?? '';
  const next = index + 1;
  const match = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(word) ?? /^(\d{1,2})\.(\d{2})$/.exec(word);
  if (match !== null) {
    const [hour, minute] = [Number(match[1]), Number(match[2])];
    if (hour > 24 || minute > 59) return undefined;
    const pointed = word.includes('.');
    if (pointed && !context.asked && tokens[index - 1]?.word !== 'at' && !/^[ap]m$/.test(tokens[next]?.word ?? ''))
      return undefined;
    const part = phraseAt(tokens, next, afterParts.map(([phrase]) => phrase.split(' '))); // prettier-ignore
    return { hour, minute, next, exact: part === 0 && /^0\d/.test(word) };
  }
  if (/^(?:[01]\d|2[0-3])[0-5]\d$/.test(word) && context.asked && isWrapped(tokens, index, next)) {
    return { hour: Number(word.slice(0, 2)), minute: Number(word.slice(2)), next, exact: true };
  }
  return undefined;
}

/** "seven", "seven thirty", "seven oh five", "nineteen hundred", "twenty one fifteen". */
function spokenHour(tokens: readonly Token[], index: number): Clock | undefined {
  const before = tokens[index - 1];
  const military = militaryHour(tokens, index);
  if (military !== undefined) return military;
  const after = tokens[index + 1];
  if (before?.word === '/' || tokens[index]?.gap === '-' || (after?.gap === '-' && after.word !== 'ish'))
    return hyphenated(tokens, index);
  return spokenHourAt(tokens, index);
}

/** "oh seven thirty", "oh seven hundred", "fifteen hundred", "17 hundred hours". A lone "oh seven" is a sigh and a seven. */
function militaryHour(tokens: readonly Token[], index: number): Clock | undefined {
  const oh = /^(?:oh|o|zero)$/.test(tokens[index]?.word ?? '');
  const at = oh ? index + 1 : index;
  const word = tokens[at]?.word ?? '';
  const hour = oh ? unitWords[word] : hourOfHundreds(word);
  if (hour === undefined || (oh && (/[,.]/.test(tokens[at]!.gap) || hour === 0))) return undefined;
  const then = at + 1;
  if (tokens[then]?.word === 'hundred') {
    const named = /^hours?$/.test(tokens[then + 1]?.word ?? '');
    const alone = isWrapped(tokens, index, then + 1);
    return named || alone ? { hour, minute: 0, next: then + (named ? 2 : 1), exact: true } : undefined;
  }
  if (!oh) return undefined;
  const minutes = readCardinal(tokens, then);
  if (minutes === undefined || minutes.value < 10 || minutes.value > 59 || !Number.isInteger(minutes.value))
    return undefined;
  return readCardinal(tokens, minutes.next) === undefined && !countsThings(tokens[minutes.next])
    ? { hour, minute: minutes.value, next: minutes.next, exact: true }
    : undefined;
}

/** Ten to nineteen in one word, ten to twenty-four in figures. */
function hourOfHundreds(word: string): number | undefined {
  const hour = /^\d{2}$/.test(word) ? Number(word) : teenWords[word];
  return hour !== undefined && hour >= 10 && hour <= 24 ? hour : undefined;
}

/** "seven-thirty" is a time, `2026-06-09` is none. */
function hyphenated(tokens: readonly Token[], index: number): Clock | undefined {
  return /^\d/.test(tokens[index]!.word) ? undefined : spokenHourAt(tokens, index);
}

function spokenHourAt(tokens: readonly Token[], index: number): Clock | undefined {
  const first = tokens[index]?.word;
  if (first === 'a' || first === 'an' || first === 'half' || first === 'dozen') return undefined;
  const number = readCardinal(tokens, index);
  if (number === undefined || !Number.isInteger(number.value)) return undefined;
  if (/^(?:\d+[.,:]\d+.*|\d{3,})$/.test(first ?? '')) return undefined;
  if (number.value >= 100) {
    const hundreds = number.value / 100;
    const military = Number.isInteger(hundreds) && hundreds <= 24 && hundreds >= 10;
    if (!military || !/^hours?$/.test(tokens[number.next]?.word ?? '')) return undefined;
    return { hour: hundreds, minute: 0, next: number.next + 1, exact: true };
  }
  if (number.value > 24) return undefined;
  const hour = number.value;
  const oh = tokens[number.next]?.word;
  const unit = tokens[number.next + 1]?.word ?? '';
  if ((oh === 'oh' || oh === 'o' || oh === 'zero') && Object.hasOwn(unitWords, unit)) {
    return { hour, minute: unitWords[unit]!, next: number.next + 2, bare: hour < 13 && oh === 'zero' };
  }
  const gap = tokens[number.next]?.gap ?? '';
  const minutes = /[,.;!?]/.test(gap) ? undefined : readCardinal(tokens, number.next);
  const figure = tokens[number.next]?.word ?? '';
  if (
    minutes !== undefined &&
    minutes.value >= 10 &&
    minutes.value <= 59 &&
    Number.isInteger(minutes.value) &&
    figure !== 'a'
  ) {
    const tail = tokens[minutes.next];
    // "two fourteen euros" and "four fifteen seven" are no times.
    const more = readCardinal(tokens, minutes.next) !== undefined && !/[,.;]/.test(tail?.gap ?? '');
    if (!more && !countsThings(tail)) return { hour, minute: minutes.value, next: minutes.next };
    return undefined;
  }
  if (minutes !== undefined) return undefined;
  return { hour, minute: 0, next: number.next, bare: true };
}

function countsThings(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    /^(?:euros?|dollars?|pounds?|cents?|bucks|quid|percent|people|persons?|guests|[€$£%])$/.test(token.word)
  );
}

/** Whether a bare number is meant as an hour: after "at", or as the whole answer to the question. */
function timeIsMeant(tokens: readonly Token[], index: number, next: number, context: SlotContext): boolean {
  const before = tokens[index - 1]?.word ?? '';
  if (readCardinal(tokens, index - 1) !== undefined && before !== 'a') return false;
  const after = tokens[next];
  const date = weekdayAt(after) !== undefined || monthAt(after) !== undefined;
  const pause = /[,.;!?]/.test(after?.gap ?? '');
  const closed = after === undefined || pause || date || afterHour.has(after.word);
  // "Five to" is half an answer.
  if (/^(?:to|past|till|after)$/.test(after?.word ?? '') && next === tokens.length - 1) return false;
  if (!closed || monthAt(tokens[index - 1]) !== undefined) return false;
  if (before === 'at') return !/^(?:look|only)$/.test(tokens[index - 2]?.word ?? '');
  if (!context.asked) return false;
  const corrected = before === 'that' && tokens[index - 2]?.word === 'make';
  return timeLeads.has(before) || corrected || isWrapped(tokens, index, next) || /[,.;!?]/.test(tokens[index]!.gap);
}

/** "Tomorrow evening at seven": the half of the day was said elsewhere, once, and not as a greeting. */
function partElsewhere(tokens: readonly Token[], from: number, to: number): Part | undefined {
  const said = tokens.flatMap((token, index) => {
    const outside = index < from || index >= to;
    const greeting = tokens[index - 1]?.word === 'good';
    return outside && !greeting && Object.hasOwn(partWords, token.word) ? [partWords[token.word]!] : [];
  });
  return new Set(said).size === 1 ? said[0] : undefined;
}

function halves(clock: Clock, part: Part | undefined): string[] {
  const hour = clock.hour % 12;
  if (part === 'pm') return [write({ ...clock, hour: hour + 12 })];
  // "Quarter to twelve in the morning" is before noon; "twelve in the morning" is midnight.
  if (part === 'am') return [write({ ...clock, hour: hour === 0 && clock.before ? 12 : hour })];
  // At night: from six to eleven before midnight, from twelve to five after it.
  if (part === 'night') return [write({ ...clock, hour: hour >= 5 ? hour + 12 : hour })];
  return [write({ ...clock, hour }), write({ ...clock, hour: hour + 12 })].sort();
}

function write(clock: { hour: number; minute: number; before?: boolean }): string {
  const hour = (clock.hour + (clock.before ? 23 : 24)) % 24;
  return `${String(hour).padStart(2, '0')}:${String(clock.minute).padStart(2, '0')}`;
}

/** What the range leaves; where it leaves nothing, the reading nearest to it, so that it can be refused by name. */
export function within(times: string[], range: SlotContext['range']): string[] {
  if (times.length < 2 || range === undefined) return times;
  const { min = '00:00', max = '23:59' } = range;
  const kept = times.filter((time) => time >= min.padStart(5, '0') && time <= max.padStart(5, '0'));
  if (kept.length > 0) return kept;
  const far = (time: string): number =>
    Math.min(Math.abs(minutes(time) - minutes(min)), Math.abs(minutes(time) - minutes(max)));
  return [[...times].sort((a, b) => far(a) - far(b))[0]!];
}

function minutes(time: string): number {
  const [hour, minute] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** "in half an hour", "in twenty minutes", "in two hours": from now. */
export function fromNow(
  tokens: readonly Token[],
  index: number,
  context: SlotContext,
): { time: string; days: number; next: number } | undefined {
  if (tokens[index]?.word !== 'in') return undefined;
  let ahead: number | undefined;
  let next = 0;
  const halfHour = phraseAt(tokens, index + 1, [['half', 'an', 'hour'], ['half', 'hour']]); // prettier-ignore
  const hour = phraseAt(tokens, index + 1, [['an', 'hour'], ['one', 'hour'], ['an', 'hour', 'and', 'a', 'half']]); // prettier-ignore
  const count = readCardinal(tokens, index + 1);
  const unit = tokens[count?.next ?? -1]?.word ?? '';
  if (halfHour > 0) [ahead, next] = [30, index + 1 + halfHour];
  else if (hour > 0) [ahead, next] = [hour > 2 ? 90 : 60, index + 1 + hour];
  else if (count !== undefined && /^minutes?$/.test(unit)) [ahead, next] = [count.value, count.next + 1];
  else if (count !== undefined && /^hours?$/.test(unit)) [ahead, next] = [count.value * 60, count.next + 1];
  if (ahead === undefined || ahead > 24 * 60) return undefined;
  const total = minutes(context.now.slice(11, 16)) + Math.round(ahead);
  if (!Number.isFinite(total)) return undefined;
  const time = write({ hour: Math.floor(total / 60) % 24, minute: total % 60 });
  return { time, days: Math.floor(total / (24 * 60)), next };
}
