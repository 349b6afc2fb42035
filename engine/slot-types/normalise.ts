/**
 * What every slot type reads in place of raw text: small lower-case tokens that know where they
 * stood. Speech has no capitals and little punctuation, so nothing here depends on either.
 */

/** A word, a number, or one of the signs that carry meaning (`$ € £ @ # + % & /`). */
export interface Token {
  /** Lower case, apostrophes made plain, accents kept: `o'clock`, `30`, `p.m.` as `pm`. */
  word: string;
  /** As it stood in the text. */
  raw: string;
  /** UTF-16 offsets in the text. */
  start: number;
  end: number;
  /** What stood between the token before and this one; empty when they touch (`7pm`, `9th`). */
  gap: string;
}

/** Longer utterances are read up to here: nobody says a value after three hundred words. */
export const maxTokens = 300;

const tokenPattern =
  /(?<meridiem>(?<![\p{L}])[ap]\.\s?m\b\.?)|(?<number>\d+(?:[.,:]\d+)*)|(?<word>\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*)|(?<sign>[$€£@#+%&/_])/giu;

/** Cuts a text into at most {@link maxTokens} tokens. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let last = 0;
  for (const match of text.matchAll(tokenPattern)) {
    const raw = match[0];
    const start = match.index;
    const word = match.groups?.['meridiem'] ? raw.replace(/[.\s]/g, '') : raw.replace(/’/g, "'");
    tokens.push({ word: word.toLowerCase(), raw, start, end: start + raw.length, gap: text.slice(last, start) });
    last = start + raw.length;
    if (tokens.length === maxTokens) break;
  }
  return tokens;
}

/** Sounds and small words that people put between the words that matter. */
export const fillers: ReadonlySet<string> = new Set([
  'uh', 'um', 'er', 'erm', 'ah', 'eh', 'hm', 'hmm', 'mm', 'mhm', 'uhm', 'well', 'like', 'so', 'oh', 'okay', 'ok', 'please',
  'just', 'then', 'thanks', 'actually',
]); // prettier-ignore

/** Sounds that may fall anywhere, even between two digits. */
export const hesitations: ReadonlySet<string> = new Set([
  'uh',
  'um',
  'er',
  'erm',
  'ah',
  'eh',
  'hm',
  'hmm',
  'mm',
  'uhm',
]);

/** What people say while they think: it stands for nothing, wherever it falls. */
const thinking: readonly (readonly string[])[] = [
  ['let', 'me', 'see'], ['let', 'me', 'think'], ["let's", 'see'], ['lets', 'see'], ['hang', 'on'], ['hold', 'on'], ['you', 'know'],
  ['what', 'was', 'it'], ['how', 'do', 'you', 'say'],
]; // prettier-ignore

/** The tokens without what people say while they think, between two others or before one. */
export function withoutThinking(tokens: Token[]): Token[] {
  const kept: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const length = phraseAt(tokens, index, thinking);
    // "Hold on" as the last words, or "hold on a second", asks for patience.
    if (length === 0 || index + length >= tokens.length || tokens[index + length]!.word === 'a')
      kept.push(tokens[index]!);
    else index += length - 1;
  }
  return kept;
}

const before = String.raw`^(?:(?:so|and|but|ok|okay|well|uh|um|er|sorry|hi|hello|hey|please)[\s,]+)*`;
const questionStarts: readonly RegExp[] = [
  String.raw`(?:what|when|where|who|which|why|how)(?:'?s|\s+(?:i|you|we|he|she|it|they|there|that|this|the|a|an|my|your|is|are|was|were|do|does|did|can|could|would|will|should|shall|have|has|if|happens|much|many|long|far|about|time|day|kind|kinds|sort|sorts|one|number))\b`,
  String.raw`(?:can|could|would|will|shall|should|may|is|are|was|were|have|has|am)\s+(?:i|you|we|he|she|it|they|there|that|this|the|a|an|my|your|any|anybody|someone)\b`,
  String.raw`(?:do|does|did)\s+(?:i|you|we|he|she|they|the|my|your|any|people)\b`,
].map((pattern) => new RegExp(before + pattern));

/** Whether the words ask something, by their mark or by how they begin. */
export function isQuestion(text: string): boolean {
  if (/\?\s*$/.test(text)) return true;
  const start = text.trimStart().slice(0, 80).toLowerCase().replace(/’/g, "'");
  return questionStarts.some((pattern) => pattern.test(start));
}

const wishStarts = new RegExp(
  `${before}(?:no\\s+|actually\\s+|wait\\s+)*(?:(?:can|could|may|might|shall)\\s+(?:i|we|you)\\s+(?:please\\s+|just\\s+|not\\s+|maybe\\s+)?(?:come|do|have|take|get|book|make|go|pick|choose|try|say|switch|change|move|use|pay|send|put|give)|(?:what|how)\\s+about|(?:is\\s+there|have\\s+you(?:\\s+got)?|do\\s+you\\s+have)\\s+(?:anything|something|one))\\b`,
);

/** Whether a question asks to have something, and so may name it: "can I come on Wednesday", "what about the second". */
export function isWish(text: string): boolean {
  return wishStarts.test(text.trimStart().slice(0, 80).toLowerCase().replace(/’/g, "'"));
}

/** Whether a pause was written between the token before `index` and it. */
export function pauseBefore(tokens: readonly Token[], index: number): boolean {
  return index === 0 || /[,.;:!?\n]/.test(tokens[index]!.gap);
}

/** Whether the tokens from `index` on are these words. */
export function wordsAt(tokens: readonly Token[], index: number, words: readonly string[]): boolean {
  if (index < 0 || index + words.length > tokens.length) return false;
  return words.every((word, offset) => tokens[index + offset]!.word === word);
}

/** The first of several phrases that stands at `index`, as the number of its tokens; 0 when none does. */
export function phraseAt(tokens: readonly Token[], index: number, phrases: readonly (readonly string[])[]): number {
  let best = 0;
  for (const phrase of phrases) if (phrase.length > best && wordsAt(tokens, index, phrase)) best = phrase.length;
  return best;
}
