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
  const whole = texts.map(placeholdersAsWords);
  const share = isStatic(embedder) ? recipe.matterShare : 0;
  if (share === 0 || functionWords.size === 0) return embedder.embed(whole);
  const matter = whole.map((text) => {
    const words = wordsOf(text).filter((word) => !functionWords.has(word));
    return words.length === 0 ? text : words.join(' ');
  });
  const vectors = await embedder.embed([...whole, ...matter]);
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
