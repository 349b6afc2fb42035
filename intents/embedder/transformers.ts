import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ModelFileError, type Embedder } from './embedder.js';

/** A sentence encoder's files on this machine: `folder/id/{config.json,tokenizer.json,onnx/…}`. */
export interface TransformersModel {
  /** `org/name`, as on the hub. */
  id: string;
  folder: string;
  /** Base languages the encoder was trained on; undefined: any. */
  languages?: string[];
}

/** The encoder that is looked for when none is named. */
export const defaultId = 'Xenova/all-MiniLM-L6-v2';
/** Weight files, best first, with the name transformers.js has for each. */
const weightFiles = [
  { file: 'model_quantized.onnx', dtype: 'q8' },
  { file: 'model.onnx', dtype: 'fp32' },
] as const;

/** Encoders known to read one language only. */
const languagesOf = (id: string): string[] | undefined =>
  /MiniLM-L6|MiniLM-L12-v2$|bge-.*-en|-en-/i.test(id) && !/multilingual/i.test(id) ? ['en'] : undefined;

/** Looks in the given folder, else in PARLEY_MODELS, else in `.parley/models`. Undefined when nothing is there. */
export function findTransformersModel(options: { id?: string; folder?: string } = {}): TransformersModel | undefined {
  const id = options.id ?? defaultId;
  const folder = resolve(options.folder ?? process.env.PARLEY_MODELS ?? join('.parley', 'models'));
  return existsSync(join(folder, id, 'config.json')) ? { id, folder, languages: languagesOf(id) } : undefined;
}

/**
 * A sentence encoder through transformers.js: mean of the token vectors, unit length. One thread: the
 * default fights with the audio for cores and triples the median. One text at a time: in a file with
 * ordinary dynamic int8 a vector depends on its batch mates. Nothing is ever fetched.
 * @throws ModelFileError when the files are not all there or cannot be loaded
 */
export async function openTransformersModel(model: TransformersModel): Promise<Embedder> {
  const folder = join(model.folder, model.id);
  const weights = weightFiles.find(({ file }) => existsSync(join(folder, 'onnx', file)));
  if (!weights || !existsSync(join(folder, 'tokenizer.json'))) {
    throw new ModelFileError(
      `${folder}: wants config.json, tokenizer.json and onnx/${weightFiles[0].file}; copy the model's folder again`,
    );
  }
  const hash = createHash('sha256');
  for (const file of ['tokenizer.json', join('onnx', weights.file)]) hash.update(readFileSync(join(folder, file)));

  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = model.folder;
  const extract = await pipeline('feature-extraction', model.id, {
    dtype: weights.dtype,
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  }).catch((error: unknown) => {
    throw new ModelFileError(`${folder}: cannot be loaded; copy the model's folder again`, { cause: error });
  });

  const embedOne = async (text: string): Promise<Float32Array> => {
    const { data } = await extract(text, { pooling: 'mean', normalize: true });
    return Float32Array.from(data as Float32Array);
  };
  const { length: dimensions } = await embedOne('hello');
  return {
    name: model.id,
    hash: hash.digest('hex'),
    dimensions,
    languages: model.languages,
    async embed(texts) {
      const vectors: Float32Array[] = [];
      for (const text of texts) vectors.push(await embedOne(text));
      return vectors;
    },
    async close() {
      await extract.dispose();
    },
  };
}
