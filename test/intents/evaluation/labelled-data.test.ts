import { describe, expect, it } from 'vitest';
import { readLabelledData } from '../../../intents/evaluation/labelled-data.js';

const good = {
  train: [
    { text: 'book a table', intent: 'book' },
    { text: 'a table please', intent: 'book' },
    { text: 'when are you open', intent: 'hours' },
    { text: 'opening hours', intent: 'hours' },
  ],
  test: [
    { text: 'table for two', intent: 'book' },
    { text: 'who won the match', intent: null },
  ],
};
const told = (data: unknown): string[] => {
  const { errors, notes } = readLabelledData(JSON.stringify(data));
  return [...errors, ...notes].map(({ place, message }) => `${place} ${message}`);
};

describe('labelled data', () => {
  it('is read when it is as wanted, also with a byte order mark', () => {
    expect(readLabelledData(JSON.stringify(good))).toEqual({ data: good, errors: [], notes: [] });
    expect(readLabelledData(`\ufeff${JSON.stringify(good)}`).data).toEqual(good);
  });

  it.each([
    ['{"train":[', 'line 1, column 11'],
    ['{\n  "train": [},\n', 'line 2, column 13'],
    ['hello', 'line 1, column 1'],
    [`{"train":[{"text":"a secret of a caller","intent":x}]}`, 'line 1, column 51'],
    ['', 'line 1, column 1'],
  ])('that is no JSON (%j) is told with its place, and never quoted', (text, place) => {
    const { errors, data } = readLabelledData(text);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]!.place).toBe(place);
    expect(errors[0]!.message).not.toContain('secret');
  });

  it.each([
    [[], /^the file wants to be an object/],
    [{}, /^train wants to be a list with at least one turn/],
    [{ ...good, test: [] }, /^test wants to be a list/],
    [{ ...good, train: [...good.train, { text: 7, intent: 'a' }] }, /^train\[4\]\.text wants to be a text/],
    [{ ...good, train: [...good.train, null] }, /^train\[4\]\.text wants to be a text/],
    [{ ...good, train: [...good.train, { text: 'a' }] }, /^train\[4\]\.intent wants to be an intent's name$/],
    [
      { ...good, train: [...good.train, { text: 'a', intent: null }] },
      /^train\[4\]\.intent is null; foreign turns belong into "test"/,
    ],
    [{ ...good, test: [{ text: 'a', intent: ' ' }] }, /^test\[0\]\.intent wants to be an intent's name, or null/],
    [
      { ...good, test: [{ text: 'a', intent: 'zz' }] },
      /^test\[0\]\.intent is an intent with no example in "train"; give it examples, or write null/,
    ],
  ])('with a mistake (%#) names the place and the cure', (data, message) => {
    expect(told(data)[0]).toMatch(message);
    expect(readLabelledData(JSON.stringify(data)).data).toBeUndefined();
  });

  it('tells all mistakes at once, and of very many only the number', () => {
    const train = Array.from({ length: 500 }, () => ({ text: 1, intent: 'a' }));
    const lines = told({ ...good, train });
    expect(lines.length).toBeLessThan(15);
    expect(lines.at(-1)).toMatch(/^and 4\d\d more like these$/);
  });

  it('notes what is thin but can be used', () => {
    const train = [
      ...good.train,
      { text: '...', intent: 'book' },
      { text: 'Book a table!', intent: 'hours' },
      { text: 'where can I park', intent: 'parking' },
    ];
    expect(told({ ...good, train })).toEqual([
      'train[4].text has no word in it; it is left out',
      'train[5].text is an example of two intents (also train[0]); such turns can only be guessed: keep it in one',
      'train[6].intent has this one example only; three to ten make it reliable',
    ]);
    expect(told({ ...good, test: [good.test[0]] })[0]).toMatch(/^test has no foreign turn/);
    expect(told({ train: good.train.slice(0, 2), test: [good.test[0], good.test[1]] })[0]).toMatch(
      /fewer than two intents/,
    );
  });

  it('that is no UTF-8 is said so, instead of words that nobody wrote', () => {
    const bytes = Buffer.from(JSON.stringify({ ...good, train: [{ text: 'café', intent: 'a' }] }), 'latin1');
    const { errors, data } = readLabelledData(bytes);
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      { place: 'the file', message: expect.stringMatching(/^is not UTF-8; save it so/) as string },
    ]);
    expect(readLabelledData(Buffer.from(`\ufeff${JSON.stringify(good)}`)).data).toEqual(good);
  });

  it('notes names that only a slip tells apart', () => {
    const train = [...good.train, { text: 'table', intent: 'Book ' }, { text: 'a table', intent: 'Book ' }];
    expect(told({ ...good, train })).toEqual([
      'train[4].intent is named nearly as train[0].intent, and counts as another: write one of them everywhere',
    ]);
  });

  it('notes turns that were learned, and a test that nothing can be right in', () => {
    const learned = { text: 'Book a table!', intent: 'book' };
    expect(told({ ...good, test: [...good.test, learned] })).toEqual([
      'test has one turn that stands word for word in train; they make the figures too good',
    ]);
    expect(told({ ...good, test: [good.test[1]] })).toEqual([
      'test has foreign turns only (intent null), so nothing is said of how well intents are told apart',
    ]);
  });
});
