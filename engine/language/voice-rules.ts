/**
 * What a model writes, as a voice may say it: short, no lists, no markup, no addresses, numbers as people say them.
 * Models are told so and do otherwise; here it is made true. Pure.
 */

/** How fast a voice speaks, characters a second: what a length of time is worth in words. */
export const charactersASecond = 15;

const bullet = String.raw`(?:[-*•+–]|\d{1,2}[.)])`;

/** In order; the first ones take off what is for eyes, the last ones say signs in words. */
const rules: [RegExp, string | ((...match: string[]) => string)][] = [
  [/```(?:[a-z]+(?=\n))?|`/gi, ''],
  [/<[^<>]*>/g, ' '],
  [/!\[[^\]]*\]\([^)]*\)/g, ' '],
  [/\[([^\]]+)\]\([^)]*\)/g, '$1'],
  [/^\s*(?:assistant|agent)\s*:\s*/i, ''],
  [/\b(?:at|on|via|under)\s+(?:https?:\/\/|www\.)\S+?(?=[.,;:!?)]*(?:\s|$))/gi, 'on our website'],
  [/(?:https?:\/\/|www\.)\S+?(?=[.,;:!?)]*(?:\s|$))/gi, 'our website'],
  [/^\s*\|?[\s:|-]*-{3,}[\s:|-]*$/gm, ' '],
  [/^[ \t]*(?:#{1,6}|>)[ \t]+/gm, ''],
  [/(\*\*|__)(?=\S)([\s\S]*?\S)\1/g, '$2'],
  [/(?<!\w)[*_](?=\S)([^*_\n]*\S)[*_](?!\w)/g, '$1'],
  [/[ \t]*\|[ \t]*$/gm, '.'],
  [/^[ \t]*\|[ \t]*/gm, ''],
  [/\s*\|\s*/g, ', '],
  [/(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\u20e3)+/gu, ''],
  [/\be\.g\.,?/gi, 'for example'],
  [/\bi\.e\.,?/gi, 'that is'],
  [/\betc\.(?=\s*$)/gi, 'and so on.'],
  [/\betc\./gi, 'and so on'],
  [/\bvs\.?(?=\s)/gi, 'versus'],
  [/([€£$])\s?(\d[\d,]*)(?:\.(\d{2}))?(?!\d)/g, (_, sign, whole, cents) => amount(sign!, whole!, cents)],
  [/(\d[\d,.]*\d|\d)\s?(EUR|GBP|USD)\b/g, (_, number, code) => `${number!} ${currencies[code!]![1]!}`],
  [/\b(\d{4})-(\d{2})-(\d{2})\b/g, (written, year, month, day) => date(written!, year!, month!, day!)],
  [/(?<![\d-])(\d{1,3})\s?[–-]\s?(\d{1,3})(?![\d-])/g, '$1 to $2'],
  [/(\d)\s?%/g, '$1 percent'],
  [/(\d)\s?°\s?C?\b/g, '$1 degrees'],
  [/#(?=\d)/g, 'number '],
  [/(?<=^|\s)~\s?(?=\d)/g, 'about '],
  [/\s*&\s*/g, ' and '],
  [/\s*\(([^()]*)\)(?=[.,;:!?])/g, ', $1'],
  [/\s*\(([^()]*)\)\s*/g, ', $1, '],
  [/[*_#~^|\\{}[\]<>]+/g, ' '],
  [/[“”«»"]/g, ''],
];

/** One or more sentences of a model as they are spoken; empty when nothing in them is for the ear. */
export function speakAloud(text: string): string {
  let spoken = joinBullets(text);
  for (const [pattern, by] of rules) spoken = spoken.replace(pattern, by as string);
  const tidy = spoken
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:!?])/g, '$1')
    .replace(/,(?:\s*,)+/g, ',')
    .replace(/([!?:;]),/g, '$1')
    .replace(/^[\s,;:]+/, '')
    .replace(/,\s*([.!?])/g, '$1')
    .trim();
  return /[\p{L}\p{N}]/u.test(tidy) ? tidy : '';
}

/** A list for the eye, as one sentence: "…: tea, coffee, and milk". Items that are sentences stay so. */
function joinBullets(text: string): string {
  const items = [...text.matchAll(new RegExp(`(^|\\n)[ \\t]*${bullet}[ \\t]+`, 'g'))];
  if (items.length === 0) return text;
  const last = items.at(-1)!;
  return text.replace(
    new RegExp(`(^|[^\\n]?)\\s*(^|\\n)[ \\t]*${bullet}[ \\t]+`, 'g'),
    (match, before: string, _, at) => {
      if (before === '' || /[.!?:;,]/.test(before)) return `${before} `;
      const isLast = items.length > 1 && Number(at) + match.length >= last.index + last[0].length;
      return `${before}, ${isLast ? 'and ' : ''}`;
    },
  );
}

const currencies: Readonly<Record<string, readonly [one: string, many: string]>> = {
  '€': ['euro', 'euros'], '£': ['pound', 'pounds'], $: ['dollar', 'dollars'],
  EUR: ['euro', 'euros'], GBP: ['pound', 'pounds'], USD: ['dollar', 'dollars'],
}; // prettier-ignore

function amount(sign: string, whole: string, cents: string | undefined): string {
  const [one, many] = currencies[sign]!;
  return `${whole} ${whole === '1' ? one : many}${cents === undefined || cents === '00' ? '' : ` ${cents}`}`;
}

function date(written: string, year: string, month: string, day: string): string {
  const moment = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (moment.getUTCMonth() + 1 !== Number(month)) return written;
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(moment);
}

/**
 * How much a model may still say. Whole sentences only: one that does not fit any more is not begun, and nothing after
 * it is said. The first is always said, since silence is worse.
 */
export class SpeechBudget {
  #left: number;
  #begun = false;
  #spent = false;

  /** @param seconds of speech */
  constructor(seconds: number) {
    this.#left = seconds * charactersASecond;
  }

  /** Whether this sentence is said. */
  take(sentence: string): boolean {
    if (this.#spent) return false;
    this.#left -= sentence.length;
    this.#spent = this.#begun && this.#left < 0;
    this.#begun = true;
    return !this.#spent;
  }
}
