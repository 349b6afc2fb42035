/**
 * Written examples as the words people say: `order 4417, Friday 7pm` → order four four one seven friday seven p.m.
 * Values (digits, numbers, times, weekdays) can be drawn anew, so that a grammar hears the others too.
 */

export const digitWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const small = [
  ...digitWords,
  ...['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ordinals = [
  ...['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh'],
  ...['twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth', 'eighteenth', 'nineteenth'],
];
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** 0 to 99 in words. */
export function cardinal(value: number): string[] {
  if (value < 20) return [small[value]!];
  const unit = value % 10;
  return unit === 0 ? [tens[Math.floor(value / 10)]!] : [tens[Math.floor(value / 10)]!, small[unit]!];
}

function ordinal(value: number): string[] {
  if (value < 20) return [ordinals[value]!];
  const unit = value % 10;
  if (unit === 0) return [tens[value / 10]!.replace(/y$/, 'ieth')];
  return [tens[Math.floor(value / 10)]!, ordinals[unit]!];
}

/** A whole number up to 0 to 1, drawn evenly. */
export type Draw = () => number;

interface Reading {
  pattern: RegExp;
  read: (match: RegExpMatchArray) => string[];
  /** Another value of the same kind. */
  other: (match: RegExpMatchArray, draw: Draw) => string[];
}

const whole = (draw: Draw, from: number, to: number): number => from + Math.floor(draw() * (to - from + 1));
const digits = (text: string): string[] => [...text].map((digit) => digitWords[Number(digit)]!);
const half = (mark: string): string[] => [mark.toLowerCase().startsWith('a') ? 'a.m.' : 'p.m.'];
const minutes = (value: number): string[] =>
  value === 0 ? [] : value < 10 ? ['oh', ...cardinal(value)] : cardinal(value);

/** First match wins, so the longer forms stand first. */
const readings: Reading[] = [
  {
    pattern: /^(\d{1,2})[:.](\d\d)([ap])\.?m\.?$|^(\d{1,2})([ap])\.?m\.?$/,
    read: (m) => [...cardinal(Number(m[1] ?? m[4])), ...minutes(Number(m[2] ?? 0)), ...half((m[3] ?? m[5])!)],
    other: (m, draw) => [
      ...cardinal(whole(draw, 1, 12)),
      ...(m[2] ? minutes(15 * whole(draw, 0, 3)) : []),
      ...half(draw() < 0.5 ? 'a' : 'p'),
    ],
  },
  {
    pattern: /^(\d{1,2}):(\d\d)$/,
    read: (m) => [...cardinal(Number(m[1])), ...minutes(Number(m[2]))],
    other: (_m, draw) => [...cardinal(whole(draw, 1, 12)), ...minutes(15 * whole(draw, 0, 3))],
  },
  {
    pattern: /^(\d{1,2})(?:st|nd|rd|th)$/,
    read: (m) => ordinal(Math.max(1, Number(m[1]))),
    other: (_m, draw) => ordinal(whole(draw, 1, 31)),
  },
  {
    pattern: /^\$(\d{1,2})(?:\.(\d\d))?$/,
    read: (m) => [...cardinal(Number(m[1])), 'dollars', ...(m[2] ? cardinal(Number(m[2])) : [])],
    other: (_m, draw) => [...cardinal(whole(draw, 1, 99)), 'dollars'],
  },
  {
    pattern: /^\d{1,2}$/,
    read: (m) => cardinal(Number(m[0])),
    other: (m, draw) => cardinal(m[0].length === 1 ? whole(draw, 1, 9) : whole(draw, 10, 99)),
  },
  {
    pattern: /^\d+$/,
    read: (m) => digits(m[0]),
    other: (m, draw) => Array.from(m[0], () => digitWords[whole(draw, 0, 9)]!),
  },
  {
    pattern: new RegExp(`^(?:${weekdays.join('|')})$`),
    read: (m) => [m[0]],
    other: (_m, draw) => [weekdays[whole(draw, 0, 6)]!],
  },
];

const signs: [RegExp, string][] = [
  [/[\u2018\u2019]/g, "'"],
  [/&/g, ' and '],
  [/%/g, ' percent '],
  [/@/g, ' at '],
  [/\+/g, ' plus '],
  [/(\d)[ -](?=\d)/g, '$1'],
  [/\b([ap])\.?\s?m\b\.?/g, '$1.m.'],
  [/(\d)\s?([ap])\.m\./g, '$1$2m'],
];

/**
 * @param text what a designer wrote
 * @param draw given, values in the text are replaced by others of their kind
 * @returns `varied` is true when the text holds a value that could be another
 */
export function plainWords(text: string, draw?: Draw): { words: string[]; varied: boolean } {
  let plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  for (const [pattern, by] of signs) plain = plain.replace(pattern, by);
  let varied = false;
  const words = plain.split(/[^a-z0-9'.:$]+/).flatMap((raw) => {
    const token = /^[a-z]\.m\.$/.test(raw) ? raw : raw.replace(/^['.:]+|[.:']+$/g, '');
    for (const { pattern, read, other } of readings) {
      const match = token.match(pattern);
      if (match === null) continue;
      varied = true;
      return draw ? other(match, draw) : read(match);
    }
    // Whatever mixes letters with signs or digits ("b12") is said piece by piece.
    return token === 'a.m.' || token === 'p.m.'
      ? [token]
      : (token
          .match(/[a-z']+|\d/g)
          ?.flatMap((part) => (/\d/.test(part) ? digits(part) : part.replace(/^'+|'+$/g, '') || [])) ?? []);
  });
  return { words, varied };
}
