import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OutsideError } from '../../../engine/errors.js';

/** A Whisper model's files on this machine, as transformers.js wants them: `folder/id/{config.json,…,onnx/…}`. */
export interface WhisperModel {
  /** `org/name`. */
  id: string;
  folder: string;
  /** Of its weights. */
  dtype: 'q8' | 'fp32';
}

const files = ['config.json', 'generation_config.json', 'preprocessor_config.json', 'tokenizer.json'];
/** Quantized first: less than a third of the size, and faster on a processor. */
const weights = [
  { dtype: 'q8', suffix: '_quantized' },
  { dtype: 'fp32', suffix: '' },
] as const;

/** @throws OutsideError that names what is missing */
export function whisperModel(id: string, modelsFolder: string | undefined): WhisperModel {
  const folder = resolve(modelsFolder ?? join('.parley', 'models'));
  const has = (file: string): boolean => existsSync(join(folder, id, file));
  const found = weights.find(({ suffix }) =>
    ['encoder_model', 'decoder_model_merged'].every((name) => has(join('onnx', `${name}${suffix}.onnx`))),
  );
  const missing = [
    ...files.filter((file) => !has(file)),
    ...(found ? [] : ['onnx/encoder_model_quantized.onnx and onnx/decoder_model_merged_quantized.onnx']),
  ];
  if (!found || missing.length > 0)
    throw new OutsideError(
      'whisper',
      'refused',
      `${join(folder, id)} lacks ${missing.join(', ')}. Copy a Whisper model made for transformers.js there (onnx-community/whisper-base and the like), or set PARLEY_MODELS.`,
      { retryable: false },
    );
  return { id, folder, dtype: found.dtype };
}
