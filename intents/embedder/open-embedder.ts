import type { Embedder } from './embedder.js';
import { openStaticModel } from './static-model.js';
import { findTransformersModel, openTransformersModel } from './transformers.js';

/** The shipped model, read once for all agents of a process: it is 10 MB, never changes, and has nothing to close. */
let shipped: Embedder | undefined;

/**
 * The embedder to use: sentence encoder when its files are there, the static model otherwise, none when
 * told so or when its file is bad. Whatever is not as wished is said once, with the cure.
 */
export async function openEmbedder(
  choice: Embedder | 'static' | 'none' | undefined,
  log: (line: string) => void,
): Promise<Embedder | undefined> {
  if (choice === 'none') return undefined;
  if (typeof choice === 'object') return choice;
  const encoder = choice === undefined ? findTransformersModel() : undefined;
  if (encoder) {
    try {
      return await openTransformersModel(encoder);
    } catch (error) {
      log(`router: ${(error as Error).message}; going on with the static model`);
    }
  }
  try {
    return (shipped ??= openStaticModel());
  } catch (error) {
    log(`router: ${(error as Error).message}; going on with n-grams only`);
    return undefined;
  }
}
