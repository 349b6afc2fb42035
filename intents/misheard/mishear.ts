/** A text as a recogniser on a telephone might hand it on: for copies of examples by which the router judges itself. */
import { wordsOf } from '../classifier/words.js';
import { fillers, homophones, numerals } from './homophones.js';
import { codesOf, soundOf, unlikeness } from './sounds.js';

/** Makes the copies of one agent. */
export interface Mishearing {
  /** The text misheard; the same text and number give the same copy. It may come out unharmed. */
  mishear(text: string, copy?: number): string;
}

/** Errors in a hundred words on average; a good telephone line has 5 to 10, a bad one 20. Half of the turns have none. */
const meanRate = 0.1;
const mostRate = 0.6;
/** What becomes of a word that is not heard as said, in parts of the whole. */
const shares = { replaced: 0.58, dropped: 0.22, doubled: 0.08 };
/** A short word is lost so many times as easily as a long one. */
const shortIsLost = 2;
const longestShort = 3;
/** How often a turn has these, whatever its words. */
const odds = { filler: 0.1, falseStart: 0.05, edge: 0.06, numeral: 0.5 };
/** More unlike than this is no mishearing. */
const mostUnlike = 0.5;
/** Of the words that sound near, one of so many nearest is taken. */
const nearest = 3;

/**
 * @param vocabulary what the recogniser might write: the agent's own texts, for it is told of these, and ordinary talk
 */
export function createMishearing(vocabulary: readonly string[], language: string): Mishearing {
  const known = new Set(vocabulary.flatMap(wordsOf).filter((word) => /^\p{L}+$/u.test(word)));
  const written = Array.from(known, (word) => ({ word, sound: codesOf(soundOf(word)) }));
  const table = new Map<string, string[]>();
  for (const group of homophones[language] ?? []) {
    const [said, ...heard] = group.map((part) => wordsOf(part).join(' '));
    table.set(said!, [...(table.get(said!) ?? []), ...heard]);
  }
  const names = numerals[language] ?? [];
  const think = fillers[language] ?? [];

  const near = new Map<string, string[]>();
  const nearOf = (word: string): string[] => {
    let found = near.get(word);
    if (!found) {
      const said = codesOf(soundOf(word));
      found = written
        .filter(({ word: other, sound }) => other !== word && Math.abs(sound.length - said.length) <= 2)
        .map(({ word: other, sound }) => ({ other, far: unlikeness(said, sound) }))
        .filter(({ far }) => far <= mostUnlike)
        .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
        .slice(0, nearest)
        .map(({ other }) => other);
      near.set(word, found);
    }
    return found;
  };

  return {
    mishear(text, copy = 0) {
      const chance = randomOf(`${copy} ${text}`);
      const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(chance() * list.length)];
      const words = wordsOf(text);
      if (words.length === 0) return '';
      // Errors come in bursts: a clear line has hardly any, a bad one many.
      const rate = Math.min(mostRate, (chance() < 0.5 ? 0.25 : 1.75) * meanRate * -Math.log(1 - chance()));
      const heard: string[] = [];
      for (let i = 0; i < words.length; i++) {
        const word = words[i]!;
        const pair = words[i + 1] === undefined ? undefined : table.get(`${word} ${words[i + 1]}`);
        if (word.startsWith('<')) heard.push(word);
        else if (names.includes(word) && chance() < odds.numeral) heard.push(String(names.indexOf(word)));
        else if (names[Number(word)] !== undefined && chance() < odds.numeral) heard.push(names[Number(word)]!);
        else if (chance() >= rate) heard.push(word);
        else if (pair && chance() < 0.5) {
          heard.push(pick(pair)!);
          i++;
        } else {
          const isShort = word.length <= longestShort;
          const what = chance();
          const lost = shares.dropped * (isShort ? shortIsLost : 0.5);
          if (what < lost) continue;
          if (isShort && what < lost + shares.doubled) heard.push(word, word);
          else heard.push(pick([...(table.get(word) ?? []), ...nearOf(word)]) ?? word);
        }
      }
      // The line opens late, or the caller is taken to have ended.
      if (heard.length > 3 && chance() < odds.edge) heard.shift();
      if (heard.length > 3 && chance() < odds.edge) heard.pop();
      if (heard.length > 1 && chance() < odds.falseStart)
        heard.unshift(...heard.slice(0, 1 + Math.floor(chance() * 2)));
      if (think.length > 0 && chance() < odds.filler)
        heard.splice(Math.floor(chance() * heard.length), 0, pick(think)!);
      return (heard.length === 0 ? words : heard).join(' ');
    },
  };
}

/** Numbers from 0 to 1 that depend on the text alone (xorshift of its FNV-1a hash). */
function randomOf(seed: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 16777619);
  state = state >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 4; i++) next();
  return next;
}
