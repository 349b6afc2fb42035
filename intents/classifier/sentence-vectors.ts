import { isStatic, type Embedder } from '../embedder/embedder.js';
import { placeholdersAsWords } from './placeholders.js';
import { recipe } from './recipe.js';
import { wordsOf } from './words.js';

/**
 * Two readings of each text, side by side in one unit vector: the whole sentence, and its matter without the
 * words of its frame. "Could you book me an outing" is as a whole nearest to "could you also book a hotel",
 * in its matter to "book an excursion". A text of frame words only is read twice as a whole. A sentence encoder knows
 * frames by itself, and bare words are strange to it: it reads the whole only.
 */
export async function sentenceVectors(
  embedder: Embedder,
  texts: string[],
  functionWords: ReadonlySet<string>,
): Promise<Float32Array[]> {
  const vectors = await embedder.embed(readingsOf(embedder, texts, functionWords));
  if (vectors.length === texts.length) return vectors;
  const share = recipe.matterShare;
  const [a, b] = [Math.sqrt(1 - share), Math.sqrt(share)];
  return texts.map((_, i) => {
    const [first, second] = [vectors[i]!, vectors[texts.length + i]!];
    const both = new Float32Array(first.length + second.length);
    for (let d = 0; d < first.length; d++) {
      both[d] = a * first[d]!;
      both[first.length + d] = b * second[d]!;
    }
    return both;
  });
}

/** What the embedder is asked for: the whole of every text, and after these, where it reads both, the matter of every text. */
export function readingsOf(
  embedder: Pick<Embedder, 'name'>,
  texts: string[],
  functionWords: ReadonlySet<string>,
): string[] {
  const whole = texts.map(placeholdersAsWords);
  if (!isStatic(embedder) || recipe.matterShare === 0 || functionWords.size === 0) return whole;
  const matter = whole.map((text) => {
    const words = wordsOf(text).filter((word) => !functionWords.has(word));
    return words.length === 0 ? text : words.join(' ');
  });
  return [...whole, ...matter];
}
