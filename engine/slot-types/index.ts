import { address } from './address.js';
import { choice } from './choice.js';
import { city } from './city.js';
import { code } from './code.js';
import { date } from './date.js';
import { datetime } from './datetime.js';
import { dateRange } from './date-range.js';
import { digits } from './digits.js';
import { duration } from './duration.js';
import { email } from './email.js';
import { integer } from './integer.js';
import { list, record } from './list.js';
import { money } from './money.js';
import { name } from './name.js';
import { number } from './number.js';
import { ordinal } from './ordinal.js';
import { phone } from './phone.js';
import { postcode } from './postcode.js';
import type { SlotType, SlotTypeName } from './slot-type.js';
import { time } from './time.js';
import { spelled } from './spelled.js';
import { spanishTypes } from './es/spanish.js';
import { text } from './text.js';
import { yesNo } from './yes-no.js';

export { soundAlikes } from './choice.js';

/** The types that have a parser: one file and one line here each. */
const types: Readonly<Record<SlotTypeName, SlotType>> = {
  text,
  integer,
  number,
  money,
  digits,
  code,
  choice,
  date,
  time,
  name,
  yes_no: yesNo,
  city,
  phone,
  email,
  date_range: dateRange,
  duration,
  datetime,
  ordinal,
  spelled,
  postcode,
  list,
  record,
  address,
};

/** Whether the type can be read from speech; `flow check` reports the others (`type-not-ready`). */
export function isReady(type: SlotTypeName): boolean {
  return Object.hasOwn(types, type);
}

/** The language as the types know it: `es-MX` → `es`. */
function baseOf(language: string): string {
  return language.toLowerCase().split(/[-_]/, 1)[0]!;
}

/** Types by language, where they are not the English ones. `text` is the same in all; `list` and `record` are read by the dialog. */
const others: Readonly<Record<string, Readonly<Partial<Record<SlotTypeName, SlotType>>>>> = {
  es: { ...spanishTypes, text, list, record },
};

/** Whether callers can give such a value in this language; `flow check` reports the others (`type-not-in-language`). */
export function isHeardIn(type: SlotTypeName, language: string): boolean {
  const base = baseOf(language);
  return base === 'en' || type === 'text' || Object.hasOwn(others[base] ?? {}, type);
}

/** The languages in which a type is heard: `*` is any. */
export function languagesOf(type: SlotTypeName): string[] {
  if (type === 'text') return ['*'];
  return ['en', ...Object.keys(others).filter((language) => isHeardIn(type, language))];
}

const hearsNothing = (type: SlotType): SlotType => ({
  ...type,
  find: () => [],
  spoken: () => ({ kind: 'choice', options: [] }),
});

/**
 * The type as it is in a language. One that is not heard there finds nothing, and is said as in English. Of a language
 * without any types the checker has told already: what slipped past it is read as English.
 */
function inLanguage(type: SlotType, language: string): SlotType {
  const base = baseOf(language);
  const own = others[base];
  if (!own) return type;
  return own[type.name] ?? (deaf[type.name] ??= hearsNothing(type));
}

const deaf: Partial<Record<SlotTypeName, SlotType>> = {};
const byLanguage: Partial<Record<SlotTypeName, SlotType>> = {};

/** One type for all languages: which one it is stands in the context. */
function speaking(type: SlotType): SlotType {
  return {
    name: type.name,
    find: (said, context) => inLanguage(type, context.language).find(said, context),
    parse: (written, context) => inLanguage(type, context.language).parse(written, context),
    say: (value, context) => inLanguage(type, context.language).say(value, context),
    spoken: (context) => inLanguage(type, context.language).spoken(context),
  };
}

/**
 * The parser of a type, in the language of the context it is given. A type that is not ready reads as `text`, so
 * that an agent which slipped past `flow check` still talks.
 */
export function slotType(type: SlotTypeName): SlotType {
  return (byLanguage[type] ??= speaking(types[type] ?? text));
}
