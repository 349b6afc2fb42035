import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ModelFileError, type Embedder } from './embedder.js';
import { openStaticModel } from './static-model.js';
import { findTransformersModel, openTransformersModel } from './transformers.js';

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
  if (existsSync(join(path, 'config.json'))) {
    const found = findTransformersModel({ folder: dirname(path), id: basename(path) });
    return openTransformersModel(found!);
  }
  const found = findTransformersModel({ id: name });
  if (found) return openTransformersModel(found);
  const folder = process.env.PARLEY_MODELS ?? join('.parley', 'models');
  throw new ModelFileError(
    `there is no model ${name}: neither a folder with config.json in it, nor a static model's file, nor ${join(folder, name, 'config.json')}. Name its folder, or set PARLEY_MODELS to the folder above ${name.split('/')[0]!}/`,
  );
}
