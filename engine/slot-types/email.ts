import type { Reading } from './slot-type.js';
import { isWrapping } from './answer.js';
import { defineType, reading, writtenText } from './define.js';
import { readSpelled } from './letters.js';
import type { Token } from './normalise.js';
import { readDigitGroup } from './numbers.js';
import { isOrdinary } from './ordinary-words.js';

const written = /[\p{L}\d][\p{L}\d._%+-]*@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu;
const valid = /^[^\s@]{1,64}@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/;

/** Signs as they are said. */
const marks: Readonly<Record<string, string>> = {
  dot: '.', period: '.', point: '.', dash: '-', hyphen: '-', minus: '-', underscore: '_', plus: '+', _: '_', '+': '+',
}; // prettier-ignore
/** Words that end the search for the beginning of an address. */
const introduces = new Set(['is', "it's", 'its', 'email', 'mail', 'address', 'to', 'that', 'use', 'at', 'my', "that's", 'and', 'or', 'with', 'by', 'no', 'yes', 'send']); // prettier-ignore

/** An e-mail address, written or said: "robin at lighthouse dot example", "l dot okafor at g mail dot com". */
export const email = defineType({
  name: 'email',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (const match of text.matchAll(written)) {
      const value = match[0].toLowerCase();
      if (!valid.test(value)) continue;
      found.push({ value, text: match[0], start: match.index, end: match.index + match[0].length, confidence: 1 });
    }
    for (let index = 1; index < tokens.length - 2; index++) {
      const { word } = tokens[index]!;
      if (word !== 'at' && !(word === '@' && tokens[index]!.gap !== '')) continue;
      const domain = domainAfter(tokens, index + 1);
      if (domain === undefined) continue;
      const local = localBefore(tokens, index, context.asked);
      if (local === undefined || !valid.test(`${local.text}@${domain.text}`)) continue;
      found.push(
        reading(text, tokens, local.from, domain.next, `${local.text}@${domain.text}`, local.words > 1 ? 0.7 : 0.95),
      );
    }
    return found;
  },
  parse(one) {
    const value = writtenText(one)?.toLowerCase() ?? '';
    return valid.test(value)
      ? { value }
      : { problem: 'An e-mail address is expected here, such as lena@mail.example.' };
  },
  say: (value) => String(value).replace('@', ' at ').replace(/\./g, ' dot ').replace(/_/g, ' underscore ').replace(/-/g, ' dash ').replace(/\+/g, ' plus '), // prettier-ignore
  // Nobody can list addresses; their frame is heard by the dictation recognisers.
  spoken: () => ({ kind: 'choice', options: [] }),
});

/** "lighthouse dot example", "g mail dot com", "mail.example". */
function domainAfter(tokens: readonly Token[], index: number): { text: string; next: number } | undefined {
  let text = '';
  let next = index;
  let dots = 0;
  for (let at = index; at < tokens.length && at - index < 24;) {
    const { word, gap } = tokens[at]!;
    if (text !== '' && /[,;!?]|\.\s/.test(gap)) break;
    const written = gap === '.' && text !== '';
    if (written || ((word === 'dot' || word === 'point') && text !== '' && !text.endsWith('.'))) {
      dots += 1;
      text += '.';
      if (!written) {
        at += 1;
        continue;
      }
    }
    const dash = word === 'dash' || word === 'hyphen';
    const step = dash ? { text: '-', next: at + 1, letter: false } : piece(tokens, at);
    if (step === undefined) break;
    const label = text.slice(text.lastIndexOf('.') + 1);
    // After the dot one word is the whole label ("dot com please"), unless letters go on being spelled.
    if (
      dots > 0 &&
      label !== '' &&
      !dash &&
      !/-$/.test(label) &&
      !(step.letter && /^[a-z]{1,3}$/.test(label) && lastWasLetter(tokens, at))
    )
      break;
    text += step.text;
    at = step.next;
    next = at;
  }
  return dots > 0 && !text.endsWith('.') ? { text, next } : undefined;
}

function lastWasLetter(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]!.word.length === 1;
}

function piece(tokens: readonly Token[], index: number): { text: string; next: number; letter: boolean } | undefined {
  const spelled = readSpelled(tokens, index);
  const { word } = tokens[index]!;
  if (
    spelled !== undefined &&
    spelled.kind === 'letter' &&
    (word.length === 1 || /^(?:double|triple|capital)$/.test(word))
  ) {
    return { text: spelled.text, next: spelled.next, letter: true };
  }
  // Among letters a lone "o" is one; "oh" is the zero.
  if (word === 'o') return { text: 'o', next: index + 1, letter: true };
  const digits = readDigitGroup(tokens, index);
  if (digits !== undefined) return { text: digits.digits, next: digits.next, letter: false };
  if (/^[\p{L}\d']+$/u.test(word)) return { text: word.replace(/'/g, ''), next: index + 1, letter: false };
  return undefined;
}

/** What stands before "at": one word, or words and letters tied by "dot", "underscore" or spelling. */
function localBefore(
  tokens: readonly Token[],
  at: number,
  asked: boolean,
): { text: string; from: number; words: number } | undefined {
  let from = at;
  let wordCount = 0;
  let tied = true;
  for (let index = at - 1; index >= 0 && at - index < 24; index--) {
    const { word } = tokens[index]!;
    if (Object.hasOwn(marks, word)) {
      if (from === at) return undefined;
      tied = true;
      from = index;
      continue;
    }
    const small =
      word.length === 1 || /^\d+$/.test(word) || readDigitGroup(tokens, index) !== undefined || word === 'double';
    if (index + 1 < at && /^[.-]$/.test(tokens[index + 1]!.gap)) tied = true;
    const pause = index + 1 < at && /[.;!?]\s/.test(tokens[index + 1]!.gap);
    if (pause || (!tied && !small && (introduces.has(word) || isWrapping(word) || isOrdinary(word)))) break;
    if (!tied && !small && !asked) break;
    // "is a n n a at": a lone "a" in front of letters belongs to them.
    if (!small) wordCount += 1;
    if (wordCount > 2 && !tied) break;
    from = index;
    tied = small && word !== 'double' ? tied && from === at : false;
    if (small) tied = false;
  }
  if (Object.hasOwn(marks, tokens[from]!.word)) from += 1;
  let text = '';
  for (let index = from; index < at;) {
    const mark = marks[tokens[index]!.word];
    const step = mark === undefined ? piece(tokens, index) : { text: mark, next: index + 1 };
    if (step === undefined || step.next > at) return undefined;
    const { gap } = tokens[index]!;
    text += (index > from && /^[.-]$/.test(gap) ? gap : '') + step.text;
    index = step.next;
  }
  const ties = tokens
    .slice(from + 1, at)
    .filter((one) => Object.hasOwn(marks, one.word) || /^[.-]$/.test(one.gap)).length;
  return text === '' ? undefined : { text, from, words: Math.max(1, wordCount - ties) };
}
