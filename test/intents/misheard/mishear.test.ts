import { describe, expect, it } from 'vitest';
import { background } from '../../../intents/classifier/background.js';
import { train, type TrainingMatter } from '../../../intents/classifier/training.js';
import { wordsOf } from '../../../intents/classifier/words.js';
import { fillers, homophones } from '../../../intents/misheard/homophones.js';
import { createMishearing } from '../../../intents/misheard/mishear.js';
import { codesOf, soundOf, unlikeness } from '../../../intents/misheard/sounds.js';
import { createRouter } from '../../../intents/router.js';
import { packRows } from '../training/rows.js';

const texts = packRows(10, 20).flatMap(({ examples }) => examples.map(({ text }) => text));
const vocabulary = [...texts, ...background.en!];
const { mishear } = createMishearing(vocabulary, 'en');

/** Words to change, lose or add to come from one text to the other. */
function errorsIn(said: string[], heard: string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, j) => j);
  for (const [i, word] of said.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries())
      next.push(Math.min(row[j]! + (word === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    row = next;
  }
  return row.at(-1)!;
}

describe('a text as a telephone’s recogniser hears it', () => {
  it('is the same every time, and another one as another copy', () => {
    const again = createMishearing(vocabulary, 'en');
    expect(texts.map((text) => again.mishear(text))).toEqual(texts.map((text) => mishear(text)));
    expect(texts.filter((text) => mishear(text, 1) !== mishear(text)).length).toBeGreaterThan(texts.length / 4);
  });

  it('has about one word in ten wrong, in bursts: many turns have no error, some have several', () => {
    const counts = texts.map((text) => errorsIn(wordsOf(text), wordsOf(mishear(text))));
    const words = texts.reduce((sum, text) => sum + wordsOf(text).length, 0);
    const rate = counts.reduce((sum, n) => sum + n, 0) / words;
    expect(rate).toBeGreaterThan(0.06);
    expect(rate).toBeLessThan(0.18);
    expect(counts.filter((n) => n === 0).length / counts.length).toBeGreaterThan(0.35);
    expect(counts.filter((n) => n > 1).length / counts.length).toBeGreaterThan(0.1);
  });

  it('is made of words that there are: known ones, ones that sound alike, and what people say while they think', () => {
    const known = new Set([...vocabulary, ...homophones.en!.flat(), ...fillers.en!].flatMap(wordsOf));
    for (const text of texts)
      for (const copy of [0, 1, 2])
        for (const word of wordsOf(mishear(text, copy))) expect(known.has(word) || /^\d+$/.test(word), word).toBe(true);
  });

  it('has neither capitals nor signs, and numbers in either form', () => {
    const heard = Array.from({ length: 40 }, (_, copy) => mishear('Two tables for 4, at the back!', copy));
    expect(heard.join(' ')).toMatch(/^[a-z0-9 ]+$/);
    expect(heard.join(' ')).toMatch(/\btwo\b/);
    expect(heard.join(' ')).toMatch(/\b2\b/);
    expect(heard.join(' ')).toMatch(/\bfour\b/);
  });

  it.each([
    ['nothing', ''],
    ['signs only', '?! …'],
    ['one letter', 'a'],
    ['another script', '我的包裹在哪里'],
    ['a placeholder', '<money>'],
  ])('does not fail on %s, and makes nothing of nothing', (_, text) => {
    for (const copy of [0, 1, 2, 3, 4])
      if (text !== '')
        expect(wordsOf(mishear(text, copy)).length > 0, mishear(text, copy)).toBe(wordsOf(text).length > 0);
    expect(createMishearing([], 'ja').mishear(text)).toBeDefined();
  });

  it('leaves a typed placeholder alone: it is no word that was said', () => {
    for (let copy = 0; copy < 50; copy++) expect(mishear('please send <money> to <name> now', copy)).toMatch(/<money>.*<name>|<name>.*<money>/); // prettier-ignore
  });

  it('takes words for those that sound alike, whatever their letters', () => {
    const far = (a: string, b: string): number => unlikeness(codesOf(soundOf(a)), codesOf(soundOf(b)));
    expect(far('night', 'knight')).toBe(0);
    expect(far('phone', 'fone')).toBe(0);
    expect(far('bill', 'pill')).toBeLessThan(far('bill', 'refund'));
    expect(far('cancel', 'council')).toBeLessThan(far('cancel', 'appointment'));
    expect(far('', 'word')).toBe(1);
  });
});

describe('the threshold', () => {
  it('reckons with misheard copies of the examples, which count with them as one turn each and teach nothing', async () => {
    const intents = packRows(8, 10);
    let matter: TrainingMatter | undefined;
    const router = await createRouter(intents, {
      embedder: 'static',
      trainElsewhere: (given) => train((matter = given)),
    });
    const { calibration } = await train(matter!);
    const { exampleWeights } = calibration.own!;
    expect(exampleWeights).toHaveLength(160);
    expect(exampleWeights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(80, 9);
    expect(calibration.rows).toBe(80);
    expect(router.report()).toMatchObject({ examples: 80, calibratedBy: 'examples' });
    // Copies are read, but are no rows: what is learned has only what the designer wrote.
    expect(matter!.basis.rows.filter(({ judged }) => judged)).toHaveLength(80);
    expect(matter!.vectors!.texts.length).toBeGreaterThan(matter!.basis.rows.length);
  });
});
