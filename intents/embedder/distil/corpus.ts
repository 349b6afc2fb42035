import { readFileSync } from 'node:fs';
import { UsageError } from '../../../engine/errors.js';
import { seeded, sentencesOf } from './sentences.js';
import { readWordnet } from './wordnet.js';

/** A longer line is no turn of a caller. */
const longestSentence = 300;

/**
 * The sentences to learn from, no two the same: lines of files, as many as are wanted, and of WordNet what lacks then.
 * @throws UsageError when a file cannot be read, or when there is nothing to learn from
 */
export function corpusOf(from: { files: string[]; wordnet?: string; size: number }): string[] {
  const lines = new Set<string>();
  for (const file of from.files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw new UsageError(
        `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). --corpus takes text files with one sentence a line.`,
      );
    }
    for (const line of text.split(/\r?\n/)) {
      const sentence = line
        .normalize('NFC')
        .replace(/\p{Cc}+|\s+/gu, ' ')
        .trim();
      if (sentence !== '' && sentence.length <= longestSentence) lines.add(sentence);
    }
  }
  const sentences = thinned([...lines], from.size);
  if (from.wordnet !== undefined && sentences.length < from.size)
    for (const sentence of sentencesOf(readWordnet(from.wordnet), from.size - sentences.length))
      if (!lines.has(sentence)) sentences.push(sentence);
  if (sentences.length < 100)
    throw new UsageError(
      `there are ${sentences.length} sentences to learn from, and a hundred are the least. Give --corpus files with one sentence a line, or --wordnet for English.`,
    );
  return sentences;
}

/** So many of them, drawn evenly; always the same ones. */
function thinned(lines: string[], size: number): string[] {
  if (lines.length <= size) return lines;
  const random = seeded(11);
  return lines
    .flatMap((line, i) => ({ line, at: random(), i }))
    .sort((a, b) => a.at - b.at)
    .slice(0, size)
    .sort((a, b) => a.i - b.i)
    .map(({ line }) => line);
}
