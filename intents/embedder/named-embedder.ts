import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ModelFileError, type Embedder } from './embedder.js';
import { openStaticModel } from './static-model.js';
import { encoderFolder, findTransformersModel, openTransformersModel, type TransformersModel } from './transformers.js';

/**
 * The embedder somebody asked for by name: `static`, `none`, the file of a static model (`models/mine.bin`), the folder
 * of a sentence encoder (with `config.json` in it), or its id (`Xenova/all-MiniLM-L6-v2`) in PARLEY_MODELS or
 * `.parley/models`. What was asked for by name is never silently replaced.
 * @throws ModelFileError when it is not there or cannot be read
 */
export async function openNamedEmbedder(name: string): Promise<Embedder | 'none'> {
  if (name === 'none') return 'none';
  if (name === 'static') return openStaticModel();
  const path = resolve(name);
  if (existsSync(path) && statSync(path).isFile())
    return openStaticModel({ name: `static:${basename(path)}`, file: path });
  return openTransformersModel(resolveEncoder(name));
}

/**
 * The files of a sentence encoder: its folder (with `config.json` in it), or its id in PARLEY_MODELS or `.parley/models`.
 * @throws ModelFileError when it is not there
 */
export function resolveEncoder(name: string): TransformersModel {
  const path = resolve(name);
  const found = existsSync(join(path, 'config.json'))
    ? findTransformersModel({ folder: dirname(path), id: basename(path) })
    : findTransformersModel({ id: name });
  if (found) return found;
  throw new ModelFileError(
    `there is no model ${name}: neither a folder with config.json in it, nor a static model's file, nor ${join(encoderFolder(), name, 'config.json')}. Name its folder, set PARLEY_MODELS to the folder above ${name.split('/')[0]!}/, or fetch it with flow models pull`,
  );
}
