import type { Reading } from './slot-type.js';
import { isWrapping } from './answer.js';
import { defineType, reading, writtenText } from './define.js';
import { readSpelled, spelledLetters } from './letters.js';
import type { Token } from './normalise.js';
import { phraseAt } from './normalise.js';
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
    found.push(...said(tidied(tokens), text, context.asked));
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

function said(tokens: readonly Token[], text: string, asked: boolean): Reading[] {
  const found: Reading[] = [];
  for (let index = 1; index < tokens.length - 2; index++) {
    const { word } = tokens[index]!;
    if (word !== 'at' && !(word === '@' && tokens[index]!.gap !== '')) continue;
    const domain = domainAfter(tokens, index + 1);
    if (domain === undefined) continue;
    const local = localBefore(tokens, index, asked);
    if (local === undefined) continue;
    const after = spelledAfter(tokens, domain.next, local.text);
    const value = `${after?.local ?? local.text}@${domain.text}`;
    if (!valid.test(value)) continue;
    found.push(reading(text, tokens, local.from, after?.next ?? domain.next, value, local.words > 1 ? 0.7 : 0.95));
  }
  return found;
}

/** What people say of how it is written, which is no part of it. */
const howWritten = [
  'all lowercase', 'all lower case', 'in lowercase', 'in lower case', 'lowercase', 'lower case', 'all small letters', 'small letters',
  'all one word', 'one word', 'no spaces', 'no space', 'all together',
].map((phrase) => phrase.split(' ')); // prettier-ignore

/** Without what is said of the writing; "s for sugar" and "triple a" as letters; "siobhan, s i o b h a n," as the name spelled. */
function tidied(tokens: readonly Token[]): Token[] {
  const kept: Token[] = [];
  for (let index = 0; index < tokens.length;) {
    const remark = phraseAt(tokens, index, howWritten);
    if (remark > 0) {
      index += remark;
      continue;
    }
    const token = tokens[index]!;
    const run = spelledLetters(tokens, index);
    const name = kept.at(-1);
    const repeats = run && name && /^[a-z]{2,}$/.test(name.word) && isSpelling(run.letters, name.word);
    if (repeats && /^(?:at|@)$/.test(tokens[run.next]?.word ?? '')) {
      kept[kept.length - 1] = { ...name, word: run.letters, raw: run.letters };
      index = run.next;
      continue;
    }
    const step = readSpelled(tokens, index);
    if (step !== undefined && step.next > index + 1 && /^[a-z]+$/.test(step.text)) {
      const end = tokens[step.next - 1]!.end;
      for (const letter of step.text) kept.push({ ...token, word: letter, raw: letter, end });
      index = step.next;
      continue;
    }
    kept.push(token);
    index += 1;
  }
  return kept;
}

/** Whether these letters spell what was heard as this word: "s i o b h a n" and "shivawn". */
function isSpelling(letters: string, word: string): boolean {
  return letters.length > 1 && letters[0] === word[0] && Math.abs(letters.length - word.length) <= 3;
}

/** "Shivawn at gmail dot com, that's s i o b h a n": the letters are right where the word was guessed. */
function spelledAfter(
  tokens: readonly Token[],
  index: number,
  local: string,
): { local: string; next: number } | undefined {
  const lead = phraseAt(tokens, index, [["that's"], ['that', 'is'], ['spelled'], ["that's", 'spelled'], ["it's"]]);
  const run = spelledLetters(tokens, index + lead);
  if (run === undefined || run.letters.length < 3 || !/^[a-z]+$/.test(local) || !isSpelling(run.letters, local)) return undefined; // prettier-ignore
  return { local: run.letters, next: run.next };
}

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
