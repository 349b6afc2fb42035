/**
 * What can be heard at one position, as a finite-state grammar in Sphinx's FSG text: a back-off trigram
 * of the examples and of samples of the asked slot's values, plus a loop of phones that soaks up everything
 * else (so that it can be told from what was expected). A literal grammar of the same examples has 43 % word errors.
 */
import type { Listening, Spoken } from '../../../engine/contracts.js';
import { plainWords, type Draw } from './plain-words.js';

/** The phones of the recogniser's English model. `g_aa` is the garbage word that is the phone AA. */
export const phones =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(' ');

export const garbageWord = (phone: string): string => `g_${phone.toLowerCase()}`;

export interface Grammar {
  /** FSG text. Every word in it is in `words` or is a garbage word. */
  fsg: string;
  words: string[];
}

const exampleWeight = 4;
const sampleWeight = 0.1;
const samples = 40;
/** A slot with many words (dates) is sampled on until each was drawn, but no longer than this. */
const mostSamples = 400;
const unigramFloor = 0.2;
/**
 * What a line's noise before and after speech is taken for. It may stand there without leaving the sentence: once in
 * the loop of all phones, a word as short as "no" would cost more than two more phones.
 */
const noisePhones = ['F', 'TH', 'S', 'HH', 'DH', 'V', 'P', 'T', 'K', 'B', 'D'];
const garbage = { enter: 0.1, phone: 0.2, leave: 0.5 };

/** Same listening, same grammar: sampling is seeded. */
export function grammarOf(listening: Listening): Grammar {
  return fsgOf(sentencesOf(listening));
}

export interface WeightedSentence {
  words: string[];
  weight: number;
}

/** The sentences from which the grammar learns. */
export function sentencesOf(listening: Listening): WeightedSentence[] {
  const draw = seeded(1);
  const sentences: WeightedSentence[] = [];
  const add = (words: string[], weight: number): void => void (words.length > 0 && sentences.push({ words, weight }));

  for (const { examples } of listening.moves) {
    for (const example of examples) {
      const { words, varied } = plainWords(example);
      add(words, exampleWeight);
      if (varied) for (let i = 0; i < samples; i++) add(plainWords(example, draw).words, sampleWeight);
    }
  }
  for (const text of [...listening.softWords, ...listening.stopWords, ...listening.hints])
    add(plainWords(text).words, 1);

  const { slot } = listening;
  if (slot !== undefined) {
    const leadIns = [
      ['it', 'is'],
      ["it's"],
      ...slot.called.flatMap((name) => [
        ['my', ...plainWords(name).words, 'is'],
        ['the', ...plainWords(name).words, 'is'],
      ]),
    ];
    const missing = new Set(spokenWords(slot.spoken));
    const used = new Map<Spoken, number>();
    for (let i = 0; i < mostSamples && (i < samples || missing.size > 0); i++) {
      const words = sample(slot.spoken, draw, used);
      for (const word of words) missing.delete(word);
      add(words, sampleWeight);
      // Some people answer in a sentence.
      if (words.length > 0 && i % 8 === 0) add([...leadIns[(i / 8) % leadIns.length]!, ...words], sampleWeight);
    }
  }
  return sentences;
}

/** One thing that can be said. Options that were drawn least come first half of the time, so that all come up. */
function sample(spoken: Spoken, draw: Draw, used: Map<Spoken, number>): string[] {
  switch (spoken.kind) {
    case 'words':
      return plainWords(spoken.text).words;
    case 'sequence':
      return spoken.parts.flatMap((part) => sample(part, draw, used));
    case 'repeat': {
      const times = spoken.min + Math.floor(draw() * (Math.min(spoken.max, spoken.min + 20) - spoken.min + 1));
      return Array.from({ length: times }, () => sample(spoken.of, draw, used)).flat();
    }
    case 'choice': {
      if (spoken.options.length === 0) return [];
      const least = Math.min(...spoken.options.map((option) => used.get(option) ?? 0));
      const rare = spoken.options.filter((option) => (used.get(option) ?? 0) === least);
      const among = draw() < 0.5 ? rare : spoken.options;
      const chosen = among[Math.floor(draw() * among.length)]!;
      used.set(chosen, (used.get(chosen) ?? 0) + 1);
      return sample(chosen, draw, used);
    }
  }
}

function spokenWords(spoken: Spoken): string[] {
  switch (spoken.kind) {
    case 'words':
      return plainWords(spoken.text).words;
    case 'sequence':
      return spoken.parts.flatMap(spokenWords);
    case 'repeat':
      return spokenWords(spoken.of);
    case 'choice':
      return spoken.options.flatMap(spokenWords);
  }
}

const begin = '<s>';
const end = '</s>';
const backOff = '#';

/** Witten-Bell: a history keeps N/(N+T) for what was seen after it and gives T/(N+T) to the shorter history. */
function fsgOf(sentences: readonly WeightedSentence[]): Grammar {
  /** history ("" | "u" | "u v") -> next word -> weight */
  const counts = new Map<string, Map<string, number>>();
  const count = (history: string, next: string, weight: number): void => {
    const after = counts.get(history) ?? new Map<string, number>();
    after.set(next, (after.get(next) ?? 0) + weight);
    counts.set(history, after);
  };
  const vocabulary = new Set<string>();
  for (const { words, weight } of sentences) {
    const padded = [begin, ...words, end];
    for (const word of words) vocabulary.add(word);
    for (let i = 1; i < padded.length; i++) {
      count(backOff, padded[i]!, weight);
      count(padded[i - 1]!, padded[i]!, weight);
      if (i > 1) count(`${padded[i - 2]!} ${padded[i - 1]!}`, padded[i]!, weight);
    }
  }

  const states = new Map<string, number>();
  const state = (name: string): number => {
    if (!states.has(name)) states.set(name, states.size);
    return states.get(name)!;
  };
  const lines: string[] = [];
  const arc = (from: string, to: string, probability: number, word = ''): void => {
    lines.push(
      `TRANSITION ${state(from)} ${state(to)} ${Math.max(probability, 1e-7).toPrecision(5)} ${word}`.trimEnd(),
    );
  };
  state(begin);
  state(end);
  state(backOff);

  for (const [history, after] of counts) {
    if (history === backOff) continue;
    const seen = [...after.values()].reduce((sum, weight) => sum + weight, 0);
    const total = seen + after.size;
    const last = history.split(' ').at(-1)!;
    for (const [next, weight] of after) {
      if (next === end) arc(history, end, weight / total);
      else arc(history, `${last} ${next}`, weight / total, next);
    }
    arc(history, history.includes(' ') ? last : backOff, after.size / total);
  }

  const unigrams = counts.get(backOff) ?? new Map<string, number>();
  const mass = [...unigrams.values()].reduce((sum, weight) => sum + weight, 0);
  const floor = unigramFloor / (vocabulary.size + 1);
  for (const next of [...vocabulary, end]) {
    const probability = (1 - unigramFloor) * ((unigrams.get(next) ?? 0) / (mass || 1)) + floor;
    if (next === end) arc(backOff, end, probability);
    else arc(backOff, next, probability, next);
  }
  if (sentences.length === 0) arc(begin, backOff, 1);

  for (const phone of noisePhones) {
    arc(begin, begin, garbage.phone, garbageWord(phone));
    arc(end, end, garbage.phone, garbageWord(phone));
  }
  arc(backOff, 'G', garbage.enter);
  for (const phone of phones) arc('G', 'G', garbage.phone, garbageWord(phone));
  arc('G', backOff, garbage.leave);

  const fsg = [
    'FSG_BEGIN heard',
    `NUM_STATES ${states.size}`,
    'START_STATE 0',
    'FINAL_STATE 1',
    ...lines,
    'FSG_END',
    '',
  ].join('\n');
  return { fsg, words: [...vocabulary].sort() };
}

/** A small deterministic generator (mulberry32): two runs hear the same. */
export function seeded(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
