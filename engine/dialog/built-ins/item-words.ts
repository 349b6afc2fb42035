/** The words by which callers work on a list, and the parts of an item; one table a language (`en-items.ts`, `es-items.ts`). */
import type { Token } from '../../slot-types/normalise.js';

type Read = (tokens: readonly Token[], index: number) => { value: number; next: number } | undefined;

export interface ItemWords {
  /** What a clause does, by the words that open it. */
  marks: readonly { does: 'add' | 'remove' | 'change'; pattern: RegExp }[];
  /** Marks after which stands what goes: "instead of". */
  swapMarks: ReadonlySet<string>;
  /** A mark behind what it is about: "the latte *should* be large". */
  subjectFirst: RegExp;
  /** What is named is meant so, and no more of it: by the mark of a clause, or as an utterance opens. */
  meant: { mark: RegExp; opening: RegExp };
  /** A request in the form of a question, and the other words of asking. Global. */
  request: RegExp;
  wanting: RegExp;
  /** A mark said of the whole list: "clear". */
  clearing: RegExp;
  /** "The second one". `isBare`: an ordinal after an article needs no noun ("el segundo"). */
  place: { numbered: RegExp; noun: RegExp; last: RegExp; article: RegExp; isBare: boolean };
  /** What counts a thing that nobody offers, and what is no thing: "a donkey", "a moment". */
  small: RegExp;
  noThing: ReadonlySet<string>;
  /** After "with": what belongs to nothing that people order ("with you"), and what says only how much ("extra"). */
  noTopping: ReadonlySet<string>;
  amounts: ReadonlySet<string>;
  /** Between items, between unknown ones, and between free words. Global. */
  joints: RegExp;
  cuts: RegExp;
  freeCuts: RegExp;
  /** Words of a change that say nothing of what the item is to be. */
  ofChange: RegExp;
  without: RegExp;
  /** "With …": the rest stands in the first group. */
  withRest: RegExp;
  wholeOrder: RegExp;
  pronoun: RegExp;
  lastMeant: RegExp;
  /** "One more", "two of those": whether it adds, whether it speaks of what is there, and both in one. */
  more: { isMore: RegExp; isSame: RegExp; again: RegExp };
  /** Between what goes and what comes: "for", "with". */
  into: RegExp;
  another: RegExp;
  moreBefore: RegExp;
  all: RegExp;
  isWith: RegExp;
  /** What may stand between an item and what belongs to it. */
  chain: RegExp;
  slips: RegExp;
  /** "No latte", of one that is there: the words before its name, and those that may follow it. */
  leftOut: { before: RegExp; after: RegExp };
  theBefore: RegExp;
  denied: RegExp;
  /** "Make it …". */
  makes: RegExp;
  /** An article that begins a new item. */
  article: RegExp;
  /** "No wait": what stands before it in a record was taken back. */
  takenBack: RegExp;
  /** Several of one thing told apart: "both of them", "one large and one small", "the large one". Read in English alone. */
  tellsApart: boolean;
  inner: InnerWords;
  cardinal: Read;
  ordinal: Read;
  isWrapping(word: string): boolean;
  isFiller(word: string): boolean;
}

/** What is said of a list inside an item: "with ham", "no olives", "ham instead of the olives". */
export interface InnerWords {
  offBefore: RegExp;
  /** Takes nothing off, though it looks so: "I'll take". */
  notOff: RegExp;
  /** A denial that is no taking back of a value. Global; and such a one with "actually" after it, kept and blanked. */
  denial: RegExp;
  denialBack: RegExp;
  swapBefore: RegExp;
  swapTo: RegExp;
  onBefore: RegExp;
  joint: RegExp;
  nothing: ReadonlySet<string>;
  besideNothing: ReadonlySet<string>;
  also: RegExp;
  ofOne: RegExp;
  theOne: RegExp;
  saidOf: RegExp;
}

const never = /(?!)/;
const neverAll = /(?!)/g;
const none: ReadonlySet<string> = new Set();

/** A language without such words: items are added by their names alone, and nothing else is done to a list. */
export const noItemWords: ItemWords = {
  marks: [], swapMarks: none, subjectFirst: never, meant: { mark: never, opening: never }, request: neverAll, wanting: neverAll, clearing: never,
  place: { numbered: never, noun: never, last: never, article: never, isBare: false }, small: never, noThing: none, noTopping: none, amounts: none, joints: /,/g, cuts: /[,;.]/g,
  freeCuts: /[,;]/g, ofChange: never, without: never, withRest: never, wholeOrder: never, pronoun: never, lastMeant: never,
  more: { isMore: never, isSame: never, again: never }, into: never, another: never, moreBefore: never, all: never, isWith: never, chain: never,
  slips: never, leftOut: { before: never, after: never }, theBefore: never, denied: never, makes: never, article: never, takenBack: never, tellsApart: false,
  inner: {
    offBefore: never, notOff: never, denial: neverAll, denialBack: neverAll, swapBefore: never, swapTo: never, onBefore: never, joint: never,
    nothing: none, besideNothing: none, also: never, ofOne: never, theOne: never, saidOf: never,
  },
  cardinal: (tokens, index) => /^\d{1,4}$/.test(tokens[index]?.word ?? '') ? { value: Number(tokens[index]!.word), next: index + 1 } : undefined,
  ordinal: () => undefined, isWrapping: () => false, isFiller: () => false,
}; // prettier-ignore
