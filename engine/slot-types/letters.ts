import type { Token } from './normalise.js';
import { hesitations } from './normalise.js';
import { readDigitGroup } from './numbers.js';

/** The spelling alphabet of aviation (ICAO, Annex 10), with the spellings that recognisers write. */
const alphabet: Readonly<Record<string, string>> = {
  alpha: 'a', alfa: 'a', bravo: 'b', charlie: 'c', delta: 'd', echo: 'e', foxtrot: 'f', golf: 'g', hotel: 'h', india: 'i',
  juliet: 'j', juliett: 'j', juliette: 'j', kilo: 'k', lima: 'l', mike: 'm', november: 'n', oscar: 'o', papa: 'p', quebec: 'q',
  romeo: 'r', sierra: 's', tango: 't', uniform: 'u', victor: 'v', whiskey: 'w', whisky: 'w', xray: 'x', yankee: 'y', zulu: 'z',
}; // prettier-ignore

/** The names of letters as recognisers write them. */
const letterNames: Readonly<Record<string, string>> = {
  ay: 'a', bee: 'b', cee: 'c', see: 'c', sea: 'c', dee: 'd', ee: 'e', ef: 'f', eff: 'f', gee: 'g', aitch: 'h', haitch: 'h', jay: 'j',
  kay: 'k', el: 'l', ell: 'l', em: 'm', en: 'n', pee: 'p', cue: 'q', queue: 'q', ar: 'r', are: 'r', ess: 's', tee: 't', tea: 't',
  you: 'u', vee: 'v', ex: 'x', why: 'y', wye: 'y', zed: 'z', zee: 'z',
}; // prettier-ignore

/** What one step of a spelled run gives. */
export interface SpelledStep {
  text: string;
  next: number;
  /** `letter` alone, `named` in an alphabet, `digits`, or `block`: written letters that belong together (`AB12C`). */
  kind: 'letter' | 'named' | 'digits' | 'block' | 'mark';
}

const marks: Readonly<Record<string, string>> = {
  dash: '-',
  hyphen: '-',
  minus: '-',
  slash: '/',
  underscore: '_',
  dot: '.',
};

/** One letter, digit group or written block at `index`; letters are small. */
export function readSpelled(tokens: readonly Token[], index: number): SpelledStep | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const { word } = token;
  if (/^(?:capital|uppercase|letter)$/.test(word)) {
    const after = readSpelled(tokens, index + 1);
    return after?.kind === 'letter' || after?.kind === 'named' ? after : undefined;
  }
  if (/^(?:double|triple)$/.test(word)) {
    if (word === 'double' && /^(?:u|you)$/.test(tokens[index + 1]?.word ?? '')) {
      return { text: 'w', next: index + 2, kind: 'letter' };
    }
    const letter = readSpelled(tokens, index + 1);
    if (letter?.text.length === 1 && letter.kind !== 'mark') {
      return { ...letter, text: letter.text.repeat(word === 'double' ? 2 : 3) };
    }
    return undefined;
  }
  if (word === 'x' && tokens[index + 1]?.word === 'ray') return { text: 'x', next: index + 2, kind: 'named' };
  if (Object.hasOwn(alphabet, word)) return { text: alphabet[word]!, next: index + 1, kind: 'named' };
  if (/^[a-z]$/.test(word) && word !== 'o') {
    const like = likeWord(tokens, index);
    return { text: word, next: like ?? index + 1, kind: like === undefined ? 'letter' : 'named' };
  }
  const digits = readDigitGroup(tokens, index);
  if (digits !== undefined) return { text: digits.digits, next: digits.next, kind: 'digits' };
  if (Object.hasOwn(letterNames, word))
    return { text: letterNames[word]!, next: likeWord(tokens, index) ?? index + 1, kind: 'letter' };
  if (Object.hasOwn(marks, word)) return { text: marks[word]!, next: index + 1, kind: 'mark' };
  if (/^[/_]$/.test(word)) return { text: word, next: index + 1, kind: 'mark' };
  return undefined;
}

/** The end of "as in boy", "for bravo", "like boy" after a letter, when its word begins with that letter. */
function likeWord(tokens: readonly Token[], index: number): number | undefined {
  const letter = letterNames[tokens[index]!.word] ?? tokens[index]!.word;
  const [first, second] = [tokens[index + 1]?.word, tokens[index + 2]?.word];
  const at =
    first === 'as' && second === 'in' ? index + 3 : first === 'for' || first === 'like' ? index + 2 : undefined;
  if (at === undefined) return undefined;
  const word = tokens[at]?.word ?? '';
  return word.length > 1 && word.startsWith(letter) ? at + 1 : undefined;
}

/** The letters of a spelled run; an "o" among letters is one, and no zero. Undefined where figures stand among them. */
export function spelledLetters(tokens: readonly Token[], index: number): { letters: string; next: number } | undefined {
  const { steps, next } = readSpelledRun(tokens, index);
  let letters = '';
  for (const step of steps) {
    if (/^(?:o|oh)$/.test(tokens[step.from]!.word)) letters += 'o';
    else if (step.kind === 'letter' || step.kind === 'named') letters += step.text;
    else return undefined;
  }
  return letters === '' ? undefined : { letters, next };
}

/** A run of spelled steps; hesitations may stand between them. */
export function readSpelledRun(
  tokens: readonly Token[],
  index: number,
): { steps: (SpelledStep & { from: number })[]; next: number } {
  const steps: (SpelledStep & { from: number })[] = [];
  let at = index;
  let next = index;
  while (at < tokens.length) {
    if (steps.length > 0 && hesitations.has(tokens[at]!.word)) {
      at += 1;
      continue;
    }
    const step = readSpelled(tokens, at);
    if (step === undefined) break;
    steps.push({ ...step, from: at });
    at = step.next;
    next = at;
  }
  return { steps, next };
}
