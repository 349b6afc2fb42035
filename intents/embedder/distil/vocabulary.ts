import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Words that stand in the sentences less often than this get no piece of their own. */
const rarest = 3;
const mostWords = 30_000;
const longestEnding = 4;

/**
 * The word pieces of a static model: those of the teacher's tokenizer where it cuts as BERT does, else the words of the
 * sentences, their commonest endings and single letters, so that every word can be put together.
 * @param folder of the encoder, with `tokenizer.json`
 */
export function vocabularyOf(folder: string, sentences: string[]): string[] {
  const { model } = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as {
    model: { type: string; vocab: unknown };
  };
  if (model.type !== 'WordPiece') return piecesOf(sentences);
  const readable = /^(##)?([\p{Ll}\p{Lo}\p{N}]+|[\p{P}\p{S}])$/u;
  const pieces = Object.keys(model.vocab as Record<string, number>).filter((piece) => readable.test(piece));
  return ['[UNK]', ...pieces];
}

/** Pieces from texts alone. */
export function piecesOf(sentences: string[]): string[] {
  const words = new Map<string, number>();
  for (const sentence of sentences) {
    const plain = sentence
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '');
    for (const [word] of plain.matchAll(/[\p{L}\p{N}\p{M}]+|[\p{P}\p{S}]/gu))
      words.set(word, (words.get(word) ?? 0) + 1);
  }
  const endings = new Map<string, number>();
  const letters = new Set<string>();
  for (const [word, count] of words) {
    const signs = [...word];
    for (const sign of signs) letters.add(sign);
    for (let length = 2; length <= longestEnding && length < signs.length; length++) {
      const ending = signs.slice(-length).join('');
      endings.set(ending, (endings.get(ending) ?? 0) + count);
    }
  }
  const byCount = (counts: Map<string, number>): string[] =>
    [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .flatMap(([text, count]) => (count < rarest ? [] : [text]));
  return [
    ...new Set([
      '[UNK]',
      ...byCount(words).slice(0, mostWords),
      ...[...letters].sort(),
      ...[...letters].sort().map((letter) => `##${letter}`),
      ...byCount(endings)
        .slice(0, mostWords / 10)
        .map((ending) => `##${ending}`),
    ]),
  ];
}
