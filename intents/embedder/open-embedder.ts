import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from './embedder.js';
import { openStaticModel, shippedStaticModel } from './static-model.js';
import { defaultId, findTransformersModel, openTransformersModel } from './transformers.js';

/** The shipped model, read once for all agents of a process: it is 10 MB, never changes, and has nothing to close. */
let shipped: Embedder | undefined;

/** Said once a process, not once an agent. */
let missedModels = false;

/** What names the embedder that would be used by default, without opening it: equal keys give equal vectors. */
export function defaultEmbedderKey(): string {
  const encoder = findTransformersModel();
  if (!encoder) return shippedStaticModel.sha256;
  const config = statSync(join(encoder.folder, encoder.id, 'config.json'));
  return `${encoder.id} ${config.size} ${config.mtimeMs}`;
}

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
  if (choice === undefined && !encoder && process.env.PARLEY_MODELS && !missedModels) {
    missedModels = true;
    log(
      `router: PARLEY_MODELS has no ${defaultId}/config.json in it; going on with the static model. Name the folder above ${defaultId.split('/')[0]}/.`,
    );
  }
  try {
    return (shipped ??= openStaticModel());
  } catch (error) {
    log(`router: ${(error as Error).message}; going on with n-grams only`);
    return undefined;
  }
}
