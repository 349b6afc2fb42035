import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from './embedder.js';
import { openStaticModel, shippedStaticModel } from './static-model.js';
import { defaultId, findTransformersModel, openTransformersModel, weightFiles } from './transformers.js';

/** The shipped model, read once for all agents of a process: it is 10 MB, never changes, and has nothing to close. */
let shipped: Embedder | undefined;

/** Said once a process, not once an agent. */
const said = new Set<string>();
/** Encoders that could not be loaded: each try costs seconds, and every agent would make its own. */
const broken = new Set<string>();

/** What names the embedder that would be used by default, without opening it: equal keys give equal vectors. */
export function defaultEmbedderKey(): string {
  const encoder = findTransformersModel();
  if (!encoder) return shippedStaticModel.sha256;
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', ...weightFiles.map(({ file }) => join('onnx', file))]; // prettier-ignore
  const stats = files.map((file) => statSync(join(encoder.folder, encoder.id, file), { throwIfNoEntry: false }));
  return [encoder.id, ...stats.map((one) => (one ? `${one.size} ${one.mtimeMs}` : '-'))].join(' ');
}

/**
 * The embedder to use: sentence encoder when its files are there, the static model otherwise, none when
 * told so or when its file is bad. Whatever is not as wished is said once, with the cure.
 */
export async function openEmbedder(
  choice: Embedder | 'static' | 'none' | undefined,
  log: (line: string) => void,
): Promise<Embedder | undefined> {
  const sayOnce = (line: string): void => {
    if (said.size !== said.add(line).size) log(line);
  };
  if (choice === 'none') return undefined;
  if (typeof choice === 'object') return choice;
  const encoder = choice === undefined ? findTransformersModel() : undefined;
  const files = encoder && defaultEmbedderKey();
  if (encoder && files !== undefined && !broken.has(files)) {
    try {
      return await openTransformersModel(encoder);
    } catch (error) {
      broken.add(files);
      sayOnce(`router: ${(error as Error).message}; going on with the static model`);
    }
  }
  if (choice === undefined && !encoder && process.env.PARLEY_MODELS)
    sayOnce(
      `router: PARLEY_MODELS has no ${defaultId}/config.json in it; going on with the static model. Name the folder above ${defaultId.split('/')[0]}/.`,
    );
  try {
    return (shipped ??= openStaticModel());
  } catch (error) {
    sayOnce(`router: ${(error as Error).message}; going on with n-grams only`);
    return undefined;
  }
}
