import { speakAloud } from './voice-rules.js';

/**
 * Cuts a stream of text into sentences, so that the first is spoken while the model still writes the second,
 * each by the voice rules.
 * Pure: feed it pieces as they come, `end()` gives what is left.
 */
export interface SentenceSplitter {
  /** Sentences that are complete with this piece, in order; often none. */
  push(piece: string): string[];
  /** Of a sentence that does not come to its end: up to its last clause, else its last whole word; often nothing. */
  hurry(): string[];
  /** What was written after the last complete sentence, if anything. */
  end(): string[];
}

/** Words that end in a dot without ending a sentence, lower case, without the dot. */
const abbreviations = new Set(
  'mr mrs ms dr prof st no vs etc e.g i.e approx dept est inc ltd jr sr a.m p.m tel fig max min sq avg'.split(' '),
);
/** A sentence longer than this leaves at its next comma or semicolon: a voice needs something to say. */
const longCharacters = 160;
/** Fewer words than this are not worth a breath of their own. */
const fewWords = 4;

export function createSentenceSplitter(): SentenceSplitter {
  let buffer = '';
  return {
    push(piece) {
      buffer += piece;
      const done: string[] = [];
      for (let end = endOfSentence(buffer); end > 0; end = endOfSentence(buffer)) {
        const sentence = speakAloud(buffer.slice(0, end));
        buffer = buffer.slice(end);
        if (sentence !== '') done.push(sentence);
      }
      return done;
    },
    hurry() {
      const clause = buffer.search(/[,;:–—]\s[^,;:–—]*$/u) + 1;
      const end = [clause, buffer.search(/\s\S*$/)].find(
        (at) => (buffer.slice(0, at).match(/\S+/g) ?? []).length >= fewWords,
      );
      if (end === undefined) return [];
      const part = speakAloud(buffer.slice(0, end));
      buffer = buffer.slice(end);
      return part === '' ? [] : [part];
    },
    end() {
      const rest = speakAloud(buffer);
      buffer = '';
      return rest === '' ? [] : [rest];
    },
  };
}

/** A line that may be the next item of a list: what is before it is no sentence of its own. */
const listItem = /^\s*\n\s*(?:[-*•+–|]|\d{1,2}[.)]?)(?:\s|$)/;

/** Offset just after the first complete sentence, 0 when there is none yet. */
function endOfSentence(text: string): number {
  // What follows the mark decides ("3.50", "well… yes"), so a mark at the very end of the text is not yet one.
  // Models begin their tokens with the space, so waiting for the next letter costs nothing.
  for (const match of text.matchAll(/[.!?…。！？]+["'”’)\]]*(?=\s+\S)|\n+(?=\s*\S)/gu)) {
    const end = match.index + match[0].length;
    const before = text.slice(0, match.index);
    if (before.trim() === '') continue;
    if (match[0].startsWith('\n') && listItem.test(text.slice(match.index))) continue;
    if (/^[.…]/.test(match[0]) && isAbbreviated(before, text.slice(end))) continue;
    return end;
  }
  if (text.length <= longCharacters) return 0;
  const soft = /[,;:–—](?=\s)/gu;
  soft.lastIndex = longCharacters / 2;
  const match = soft.exec(text);
  return match ? match.index + 1 : 0;
}

function isAbbreviated(before: string, after: string): boolean {
  const word =
    /(\S+)$/
      .exec(before)?.[1]
      ?.toLowerCase()
      .replace(/^["'“‘(]+/, '') ?? '';
  // "J. Byrne"; "1. First" (a list); and nothing begins a sentence in lower case.
  if (abbreviations.has(word) || /^\p{L}$/u.test(word) || (/^\d{1,2}$/.test(word) && /(^|\n)\s*\d{1,2}$/.test(before)))
    return true;
  return /^\s+\p{Ll}/u.test(after);
}
