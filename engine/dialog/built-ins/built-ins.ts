/**
 * What the engine brings in each language it ships: its own words, how callers say the built-in intents, and the
 * small words by which it hears a correction. One file a language (`en.ts`, `es.ts`) and one line in the table here.
 * Any other language has to be given its words and examples by its locale file; `flow check` lists what lacks.
 */
import * as en from './en.js';
import type { BuiltInFacts, BuiltInName } from './en.js';
import * as englishCorrections from './en-corrections.js';
import { echoWords } from './en-echoes.js';
import { englishHearing } from './en-hearing.js';
import { englishItems } from './en-items.js';
import * as es from './es.js';
import type { ItemWords } from './item-words.js';
import { noItemWords } from './item-words.js';
import type { SlotTypeName } from '../../slot-types/slot-type.js';

/** The small words of one language, as far as the engine itself listens for them. */
export interface Hearing {
  /** "No, …", "sorry, …", "I meant …": the value is put right, not added. */
  slip: readonly RegExp[];
  /** A yes with one of these is no plain yes: "but", "instead". */
  hedge: RegExp;
  /** An utterance that agrees begins so. */
  agreeing: RegExp;
  /** A yes or a no that answers "did you mean …?". */
  yes: RegExp;
  no: RegExp;
  /** A no that waves a question off in words which elsewhere drop the task: "no, don't bother". */
  waveOff: RegExp;
  /** Whether the words ask something, by their mark or by how they begin. */
  isQuestion(text: string): boolean;
  /** Asks for something, and names nothing: no option that is not on the list. */
  asksWhich: RegExp;
  /** None of what was offered, and nothing in its place; or both of two. */
  neither: RegExp;
  both: RegExp;
  /** What may stand between a slot's name and its value: "the number *is the* 4". */
  articles: string;
  /** What denies the value after it: "not", "rather than". */
  denials: string;
  /** Words before a value that say nothing of which slot it is for. */
  determiners: ReadonlySet<string>;
  /** Words that answer by themselves. */
  answers: ReadonlySet<string>;
  /** Politeness at either end. */
  courtesy: ReadonlySet<string>;
  /** What stands before a time, and hardly before an amount. */
  approximates: ReadonlySet<string>;
  /** Has a word of parting in it: "the next day" is no goodbye, however near a router thinks it. */
  takesLeave: RegExp;
  /** One word: of every story as of any intent, so that it tells neither. */
  narrates: RegExp;
  /** "In the afternoon", beside a day: it needs its hour all the same. */
  partOfDay: RegExp;
  /** Nothing is to be said to an open question: "nothing special". */
  nothing: RegExp;
  /** The question asks for one more, or for more: to it "that's it" is a no. */
  asksForMore: RegExp;
  /** What stands before a thing that is wished for: "what about Sunday". */
  wishing: RegExp;
  /** A greeting at the head of a sentence that goes on: "hi there, I need a taxi". */
  greeting: RegExp;
  /** Words around the name of a language in a request to speak it. */
  speaking: ReadonlySet<string>;
  /** A verb of speaking: with one of these the name of a language is a request even where free words are asked for. */
  speaks: RegExp;
  /** Where one request of a sentence ends and the next may begin, how one opens, and what points back to the one before. */
  clauses: { between: RegExp; opensRequest: RegExp; pointsBack: RegExp };
}

/** How callers deny a value, and say that one is wrong without giving another (`en-corrections.ts`). */
export interface Corrections {
  /** Right before a value that is denied. */
  denialBefore: RegExp;
  /** Nothing but a denial: what is denied stands in the first group. */
  deniedOnly: RegExp;
  denies: RegExp;
  /** A sentence that says what something is. */
  states: RegExp;
  /** "The number is wrong", "fix the date": the slot's name is the group `before`, or `after`. */
  isWrong: RegExp;
  isRight: RegExp;
  wrongFirst: RegExp;
  allIsWrong: RegExp;
  /** Nothing but a number and what wraps it in a change: the groups `before` and `number`. */
  bareNumber: RegExp;
  /** Between a name and what is said after it, at the end of a stretch. */
  betweenValues: RegExp;
}

/** The small words with which several values are said back in one sentence. */
export interface EchoWords {
  /** What stands before a value of a type. */
  before: Partial<Record<SlotTypeName, string>>;
  /** Names of slots that are such words themselves: `called: [to]`. */
  roles: ReadonlySet<string>;
  /** A name for what is counted. */
  plural: RegExp;
  singular(noun: string): string;
}

/** How the engine says what limits a value. */
export interface Phrasing {
  /** The second of two requests of one kind: "I'll come to … right after this". */
  other: string;
  between(min: string, max: string): string;
  past: string;
  future: string;
  atLeast(min: string): string;
  atMost(max: string): string;
  /** The check digits do not fit. */
  misread: string;
  /** Of a list: how many it takes, what is not on offer, what a field cannot be, and a place that it has not. */
  mostItems(count: number): string;
  notOffered(it: string): string;
  cannotDo(words: string): string;
  noSuchPlace(count: number): string;
}

export interface BuiltIns {
  words: Readonly<Partial<Record<BuiltInName, readonly string[] | ((facts: BuiltInFacts) => readonly string[])>>>;
  examples: Readonly<Record<string, readonly string[]>>;
  titles: Readonly<Record<string, string>>;
  softWords: readonly string[];
  stopWords: readonly string[];
  everything: RegExp;
  /** "Forget the balance": what is dropped by its name stands in the first group. */
  dropping: RegExp;
  /** "I'm back", "are you there?": who says this wants the question, not an answer. */
  isBack: RegExp;
  /** "Hmm, wait, …": what follows stands in the first group. */
  waiting: RegExp;
  /** Has a word of waiting or looking in it: a question without one asks for no time. */
  asksForTime: RegExp;
  /** What small talk is about, and which of our words answer it; the last one is for everything else. */
  smallTalk: typeof en.smallTalk;
  correcting: RegExp;
  wrapping: ReadonlySet<string>;
  hearing: Hearing;
  corrections: Corrections;
  items: ItemWords;
  echoes: EchoWords;
  phrasing: Phrasing;
}

const english: BuiltIns = {
  words: en.builtInWords,
  examples: en.builtInExamples,
  titles: en.builtInTitles,
  softWords: en.softWords,
  stopWords: en.stopWords,
  everything: en.everything,
  dropping: en.dropping,
  isBack: en.isBack,
  waiting: en.waiting,
  asksForTime: en.asksForTime,
  smallTalk: en.smallTalk,
  correcting: en.correcting,
  wrapping: en.wrapping,
  hearing: englishHearing,
  corrections: englishCorrections,
  items: englishItems,
  echoes: echoWords,
  phrasing: {
    other: 'the other one',
    between: (min, max) => `It has to be between ${min} and ${max}.`,
    past: 'That is in the past.',
    future: 'That is still to come.',
    atLeast: (min) => `It has to be ${min} or later.`,
    atMost: (max) => `It can be ${max} at most.`,
    misread: "That number doesn't seem to be right.",
    mostItems: (count) => `I can take ${count === 1 ? 'only one' : `at most ${count}`}.`,
    notOffered: (it) => `Sorry, there's no ${it}.`,
    cannotDo: (words) => (words === '' ? "Sorry, I can't leave that out." : `Sorry, I can't do ${words}.`),
    noSuchPlace: (count) =>
      count === 0 ? "There's nothing on it yet." : count === 1 ? "There's only one." : `There are only ${count}.`,
  },
};

const never = /(?!)/;
const none: ReadonlySet<string> = new Set();

/** A language that ships nothing: all of its words come from its locale file, and it hears no small words. */
const blank: BuiltIns = {
  words: {},
  examples: {},
  titles: {},
  softWords: [],
  stopWords: [],
  everything: never,
  dropping: never,
  isBack: never,
  waiting: never,
  asksForTime: /^/,
  smallTalk: [{ kind: 'other', said: /^/, words: 'chitchat' }],
  correcting: never,
  wrapping: none,
  hearing: {
    isQuestion: (text) => /\?\s*$/.test(text), slip: [], hedge: never, agreeing: never, yes: never, no: never, waveOff: never, asksWhich: never, neither: never, both: never, articles: '(?:)', denials: '(?!)', determiners: none,
    answers: none, courtesy: none, approximates: none, greeting: never, takesLeave: /^/, narrates: never, partOfDay: /(?!)/g, nothing: never, asksForMore: never, wishing: never, speaking: none, speaks: never, clauses: { between: /(?!)/g, opensRequest: never, pointsBack: never },
  }, // prettier-ignore
  corrections: {
    denialBefore: never, deniedOnly: never, denies: never, states: never, isWrong: never, isRight: never, wrongFirst: never, allIsWrong: never,
    bareNumber: never, betweenValues: /[\s,.;]*$/,
  }, // prettier-ignore
  items: noItemWords,
  echoes: { before: {}, roles: none, plural: never, singular: (noun) => noun },
  phrasing: {
    other: '',
    between: () => '',
    past: '',
    future: '',
    atLeast: () => '',
    atMost: () => '',
    misread: '',
    mostItems: () => '',
    notOffered: () => '',
    cannotDo: () => '',
    noSuchPlace: () => '',
  },
};

const shipped: Readonly<Record<string, BuiltIns>> = { en: english, es: es.spanish };

/** `es-MX` → `es`. */
export function baseOf(language: string): string {
  return language.toLowerCase().split(/[-_]/, 1)[0]!;
}

/** The built-ins of a language; those of a language that ships none are empty. */
export function builtInsOf(language: string): BuiltIns {
  return shipped[baseOf(language)] ?? blank;
}

/** Languages with built-in words of their own. */
export const shippedLanguages: readonly string[] = Object.keys(shipped);

/** Every built-in word there is, by name. */
export const builtInNames = Object.keys(en.builtInWords) as BuiltInName[];

/** Every built-in intent that callers may say. */
export const builtInIntentNames: readonly string[] = Object.keys(en.builtInExamples);

/** Whatever a designer names, these stay sayable in all of their words: they are the caller's ways out, and answers. */
export const keptIntents: ReadonlySet<string> = new Set(['yes', 'no', 'cancel', 'human', 'hold_on', 'goodbye']);
