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
export const weightFiles = [
  { file: 'model_quantized.onnx', dtype: 'q8' },
  { file: 'model.onnx', dtype: 'fp32' },
] as const;

/** What `flow models pull` fetches of an encoder; `config.json` last. */
export const encoderFiles = {
  weights: weightFiles.map(({ file }) => [`onnx/${file}`]),
  others: ['tokenizer.json', 'tokenizer_config.json', 'config.json'],
  optional: ['tokenizer_config.json'],
};

/** Encoders known to read one language only. */
const languagesOf = (id: string): string[] | undefined =>
  /MiniLM-L6|MiniLM-L12-v2$|bge-.*-en|-en-/i.test(id) && !/multilingual/i.test(id) ? ['en'] : undefined;

/** Where encoders lie: the given folder, else PARLEY_MODELS, else `.parley/models`. */
export function encoderFolder(folder?: string): string {
  return resolve(folder ?? process.env.PARLEY_MODELS ?? join('.parley', 'models'));
}

/** Looks in `encoderFolder`. Undefined when nothing is there. */
export function findTransformersModel(options: { id?: string; folder?: string } = {}): TransformersModel | undefined {
  const id = options.id ?? defaultId;
  const folder = encoderFolder(options.folder);
  return existsSync(join(folder, id, 'config.json')) ? { id, folder, languages: languagesOf(id) } : undefined;
}

function weightsOf({ folder, id }: TransformersModel): (typeof weightFiles)[number] | undefined {
  return weightFiles.find(({ file }) => existsSync(join(folder, id, 'onnx', file)));
}

/** What a model's folder lacks; undefined when all of it is there. */
export function trouble(model: TransformersModel): string | undefined {
  const folder = join(model.folder, model.id);
  if (weightsOf(model) && existsSync(join(folder, 'tokenizer.json'))) return undefined;
  return `${folder}: wants config.json, tokenizer.json and onnx/${weightFiles[0].file}; copy the model's folder again, or fetch it with flow models pull ${model.id}`;
}

/**
 * A sentence encoder through transformers.js: mean of the token vectors, unit length. One thread: the
 * default fights with the audio for cores and triples the median. One text at a time: in a file with
 * ordinary dynamic int8 a vector depends on its batch mates. Nothing is ever fetched.
 * @param options.batched many texts at a time, which is nearly twice as fast, for files whose vectors do not depend on their batch mates
 * (that is tried); for long work away from calls
 * @throws ModelFileError when the files are not all there or cannot be loaded
 */
export async function openTransformersModel(
  model: TransformersModel,
  options: { batched?: boolean } = {},
): Promise<Embedder> {
  const folder = join(model.folder, model.id);
  const lacks = trouble(model);
  if (lacks !== undefined) throw new ModelFileError(lacks);
  const weights = weightsOf(model)!;
  const hash = createHash('sha256');
  for (const file of ['tokenizer.json', join('onnx', weights.file)]) hash.update(readFileSync(join(folder, file)));

  const unloadable = (cause: unknown): ModelFileError =>
    new ModelFileError(
      `${folder}: cannot be loaded; fetch it again with flow models pull ${model.id}, or copy its folder again`,
      { cause },
    );
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = model.folder;
  const extract = await pipeline('feature-extraction', model.id, {
    dtype: weights.dtype,
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  }).catch((error: unknown) => {
    throw unloadable(error);
  });

  const embedOne = async (text: string): Promise<Float32Array> => {
    const { data } = await extract(text, { pooling: 'mean', normalize: true });
    return Float32Array.from(data as Float32Array);
  };
  // A file of another kind may load, and break or give something else only when it is asked.
  const tried = await embedOne('hello').catch((error: unknown) => {
    throw unloadable(error);
  });
  const { length: dimensions } = tried;
  if (!(Math.abs(Math.hypot(...tried) - 1) < 0.01)) throw unloadable(new Error('gives no unit vector'));
  const embedTogether = async (texts: string[]): Promise<Float32Array[]> => {
    const { data } = await extract(texts, { pooling: 'mean', normalize: true });
    return texts.map((_, i) => (data as Float32Array).slice(i * dimensions, (i + 1) * dimensions));
  };
  const batched = options.batched === true && (await isBatchBlind(embedOne, embedTogether));
  return {
    name: model.id,
    hash: hash.digest('hex'),
    dimensions,
    languages: model.languages,
    async embed(texts) {
      if (batched && texts.length > 1) return embedTogether(texts);
      const vectors: Float32Array[] = [];
      for (const text of texts) vectors.push(await embedOne(text));
      return vectors;
    },
    async close() {
      await extract.dispose();
    },
  };
}

/** Whether a text has the same vector alone and among others. */
async function isBatchBlind(
  embedOne: (text: string) => Promise<Float32Array>,
  embedTogether: (texts: string[]) => Promise<Float32Array[]>,
): Promise<boolean> {
  const texts = ['hello', 'where is the parcel that I sent to my sister last week', 'no', '12.50 €!'];
  const together = await embedTogether(texts);
  for (const [i, text] of texts.entries()) {
    const alone = await embedOne(text);
    if (alone.reduce((sum, x, d) => sum + x * together[i]![d]!, 0) < 0.99999) return false;
  }
  return true;
}
